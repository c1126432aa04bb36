"""The two sides of a benchmark over HTTP: the real bot and its floor, both asked by the same load generator."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.accounts import CALLER, TEAM, TRIAGE
from benchmarks.children import Child, part, program

BOT_TOKEN, SECRET, ENGINEER = "xoxb-benchmark", "benchmark-signing-secret", "U0ENGINEER"
WITHIN_S: Final = 120.0
_CONFIG: Final = f'[staff]\ntriage_channel = "{TRIAGE}"\nengineers = ["{ENGINEER}"]\n'


@dataclass(frozen=True, slots=True)
class Answered:
    """`id` is the request's; `status` 0 means that the connection was closed without one."""

    id: str
    status: int
    took_ms: float
    body: str


@dataclass(frozen=True, slots=True)
class Sent:
    """`bytes` is the size of the largest request, head and all."""

    seconds: float
    answers: list[Answered]
    bytes: int


class Load:
    """The load generator, running."""

    def __init__(self, child: Child) -> None:
        self._child = child

    async def send(self, port: int, requests: Sequence[tuple[str, Mapping[str, str]]], lines: int) -> Sent:
        """Send each request, with its id, over that many connections. Raises ChildFailed."""
        job = {
            "host": "127.0.0.1",
            "port": port,
            "secret": SECRET,
            "concurrency": lines,
            "requests": requests,
        }
        done = await self._child.ask(json.dumps(job), WITHIN_S)
        return Sent(done["seconds"], [Answered(*one) for one in done["answers"]], done["bytes"])


@asynccontextmanager
async def load(home: Path) -> AsyncIterator[Load]:
    async with part("load", home) as child:
        await child.hear_json(WITHIN_S)
        yield Load(child)


@asynccontextmanager
async def bot(home: Path, slack_url: str) -> AsyncIterator[int]:
    """`supportbot web`, as an operator starts it, on the server that runs under `home / "bot"`; yields its port."""
    config = home / "supportbot.toml"
    config.write_text(_CONFIG)
    env = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": slack_url,
        "SUPPORTBOT_DATA_DIR": str(home / "bot"),
        "SUPPORTBOT_CONFIG": str(config),
        "SUPPORTBOT_PORT": "0",
    }
    async with program("bot", ("-m", "bot", "web"), home / "run", env) as running:
        said = await running.hear(WITHIN_S)
        yield int(said.partition("://")[2].partition("/")[0].rpartition(":")[2])


@asynccontextmanager
async def bare(home: Path, redis_url: str, slack_url: str, kind: str, *words: str) -> AsyncIterator[int]:
    """The floor: bare Bolt with one listener (see bare_app.py); yields its port."""
    async with part("bare_app", home, redis_url, slack_url, BOT_TOKEN, SECRET, kind, *words) as running:
        yield (await running.hear_json(WITHIN_S))["port"]


def world() -> dict[str, Any]:
    """The workspace behind both; only `auth.test` and the staff's profiles are asked of it."""
    return {
        "app": {"team": TEAM, "bot_token": BOT_TOKEN, "signing_secret": SECRET},
        "teams": [{"id": TEAM, "name": "Vendor", "domain": "vendor"}],
        "users": [
            {"id": CALLER, "team": TEAM, "name": "caller"},
            {"id": ENGINEER, "team": TEAM, "name": "engineer"},
        ],
        "channels": [{"id": TRIAGE, "name": "triage", "private": True, "members": ["U0BOT"]}],
    }
