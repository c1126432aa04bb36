"""Opening a ticket through HTTP: the real bot against bare Bolt with one script call, both under the same load."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sandbox
from benchmarks.accounts import CALLER, TEAM, TRIAGE, made_up
from benchmarks.children import Child, part, program
from benchmarks.figures import Report, percentile
from bot.settings import Environment, settings_of
from commands.text import text
from commands.views import form
from commands.views.form import Meta, Prefill
from policy.directory import Account
from policy.schema import Policy
from storage import keys
from storage.connect import Client, connect
from storage.directories import Directories
from storage.embedded import EmbeddedServer
from storage.scripts import Scripts
from storage.tickets import Tickets

BOT_TOKEN, SECRET = "xoxb-benchmark", "benchmark-signing-secret"
_ACCOUNTS: Final = 8
_WARM_UP: Final = 200
_COUNTED: Final = 50
_WITHIN_S: Final = 120.0
_CONFIG: Final = f'[staff]\ntriage_channel = "{TRIAGE}"\nengineers = ["U0ENGINEER"]\n'

Progress = Callable[[str], None]


@dataclass(slots=True)
class _Side:
    """One of the two servers under load, and every ticket that it has confirmed, by view id."""

    name: str
    port: int
    confirmed: dict[str, str]


async def measure(home: Path, *, rounds: int, requests: int, concurrency: int, progress: Progress) -> Report:
    """Interleaved rounds of both sides, then the count of commands, then the check of what is kept."""
    report = Report(f"Opening a ticket through HTTP ({concurrency} connections, {requests} requests a round)")
    policy = settings_of(Environment.of(), {}, "the benchmark").policy
    accounts = made_up(policy, _ACCOUNTS)
    payloads = [submission(policy, account) for account in accounts.values()]
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(sandbox.serve(_world()))
        store = await stack.enter_async_context(EmbeddedServer(home / "bot"))
        other = await stack.enter_async_context(EmbeddedServer(home / "bare-store"))
        client = connect(store.url)
        stack.push_async_callback(client.aclose)
        await Directories(Scripts(client)).put(accounts, {policy.version: policy.source})
        bot = _Side("bot", await stack.enter_async_context(_bot(home, slack.api_url)), {})
        words = (other.url, slack.api_url, BOT_TOKEN, SECRET, form.CALLBACK)
        bare_app = await stack.enter_async_context(part("bare_app", home, *words))
        bare = _Side("bare", (await bare_app.hear_json(_WITHIN_S))["port"], {})
        load = await stack.enter_async_context(part("load", home))
        await load.hear_json(_WITHIN_S)
        runs = _Runs(load, payloads, report)
        for side in (bare, bot):
            progress(f"warming up: {side.name}")
            await runs.run(side, _WARM_UP, concurrency)
        for number in range(rounds):
            order = (bare, bot) if number % 2 == 0 else (bot, bare)
            rate = {}
            for side in order:
                progress(f"round {number + 1} of {rounds}: {side.name}")
                rate[side.name] = await runs.measured(side, requests, concurrency)
                await runs.idle(side)
            report.add("bot / bare", rate["bot"] / rate["bare"], "ratio of requests/s")
        progress("counting commands")
        counted = await _commands(client, runs.run(bot, _COUNTED, 1))
        report.facts |= counted
        progress("checking what is kept")
        await _check(report, Tickets(Scripts(client)), client, bot)
        report.facts["bytes of a request"] = runs.bytes
    return report


class _Runs:
    def __init__(self, load: Child, payloads: list[dict[str, Any]], report: Report) -> None:
        self._load = load
        self._payloads = payloads
        self._report = report
        self._number = 0
        self.bytes = 0

    async def run(self, side: _Side, count: int, concurrency: int) -> dict[str, Any]:
        self._number += 1
        job = {
            "host": "127.0.0.1",
            "port": side.port,
            "secret": SECRET,
            "concurrency": concurrency,
            "count": count,
            "prefix": f"{self._number:04d}{side.name.upper()}",
            "payloads": self._payloads,
        }
        done: dict[str, Any] = await self._load.ask(json.dumps(job), _WITHIN_S)
        side.confirmed |= done["tickets"]
        self.bytes = done["bytes"]
        self._report.count(f"errors, {side.name}", done["errors"])
        if done["first_error"]:
            self._report.facts[f"first error, {side.name}"] = done["first_error"]
        return done

    async def measured(self, side: _Side, count: int, concurrency: int) -> float:
        done = await self.run(side, count, concurrency)
        rate: float = count / done["seconds"]
        self._report.add(f"{side.name}: requests", rate, "requests/s")
        self._report.add(f"{side.name}: p50", percentile(done["latencies_ms"], 50), "ms")
        self._report.add(f"{side.name}: p99", percentile(done["latencies_ms"], 99), "ms")
        return rate

    async def idle(self, side: _Side) -> None:
        """One connection: what a person waits for on an idle bot."""
        done = await self.run(side, _COUNTED, 1)
        self._report.add(f"{side.name}: p50, one at a time", percentile(done["latencies_ms"], 50), "ms")


def submission(policy: Policy, account: Account) -> dict[str, Any]:
    """A `view_submission` of the real form, filled in, as Slack sends it. `id` and `trigger_id` are put in later."""
    shown = form.build(
        text(account.language), policy, account, Meta(account.key, account.channel), Prefill()
    ).to_dict()
    values = {
        "title": {
            "title": {"type": "plain_text_input", "value": "The API answers with 502 since this morning"}
        },
        "severity": {"severity": _choice(shown, "severity", "2")},
        "description": {
            "description": {
                "type": "plain_text_input",
                "value": "Every call that lists instances fails, from two networks. Retrying helps in one case of ten.",
            }
        },
        "impact": {"impact": _choice(shown, "impact", "part")},
        "production": {"production": _choice(shown, "production", "yes")},
        "component": {"component": _choice(shown, "component", "api")},
        "version": {"version": {"type": "plain_text_input", "value": "2026.4.1"}},
    }
    view = {
        **shown,
        "id": "",
        "team_id": TEAM,
        "state": {"values": values},
        "hash": "1790000000.abcdefgh",
        "clear_on_close": False,
        "notify_on_close": False,
        "previous_view_id": None,
        "root_view_id": None,
        "app_id": "A0SANDBOX",
        "external_id": "",
        "app_installed_team_id": TEAM,
        "bot_id": "B0BOT",
    }
    return {
        "type": "view_submission",
        "team": {"id": TEAM, "domain": "vendor"},
        "user": {"id": CALLER, "username": "caller", "name": "caller", "team_id": TEAM},
        "api_app_id": "A0SANDBOX",
        "token": "verification-token",
        "trigger_id": "",
        "view": view,
        "response_urls": [],
        "is_enterprise_install": False,
        "enterprise": None,
    }


def _choice(shown: dict[str, Any], block_id: str, value: str) -> dict[str, Any]:
    element = next(b["element"] for b in shown["blocks"] if b.get("block_id") == block_id)
    option = next(option for option in element["options"] if option["value"] == value)
    return {"type": element["type"], "selected_option": option}


def _world() -> dict[str, Any]:
    """Only `auth.test` is asked of it."""
    return {
        "app": {"team": TEAM, "bot_token": BOT_TOKEN, "signing_secret": SECRET},
        "teams": [{"id": TEAM, "name": "Vendor", "domain": "vendor"}],
        "users": [{"id": CALLER, "team": TEAM, "name": "caller"}],
        "channels": [{"id": TRIAGE, "name": "triage", "private": True, "members": ["U0BOT"]}],
    }


@asynccontextmanager
async def _bot(home: Path, slack_url: str) -> AsyncIterator[int]:
    """`supportbot web`, as an operator starts it; yields its port."""
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
        said = await running.hear(_WITHIN_S)
        yield int(said.partition("://")[2].partition("/")[0].rpartition(":")[2])


async def _commands(client: Client, opening: Any) -> dict[str, str]:
    """What the bot sent to Redis for each ticket: from MONITOR, while tickets are opened one by one."""
    sent: Counter[str] = Counter()
    within: Counter[str] = Counter()

    async def watch(monitor: Any) -> None:
        async for command in monitor.listen():
            counted = within if command["client_type"] == "lua" else sent
            counted[command["command"].split(" ", 1)[0].upper()] += 1

    any_client: Any = client
    async with any_client.monitor() as monitor:
        watching = asyncio.create_task(watch(monitor))
        done = await opening
        await asyncio.sleep(0.3)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    opened = len(done["tickets"])
    # The directory is looked at every 5 s whatever goes on, and connections say hello.
    other = {name: count for name, count in sent.items() if name != "EVALSHA"}
    inside = ", ".join(f"{name} {count / opened:g}" for name, count in sorted(within.items()))
    return {
        "commands sent for one ticket": f"{sent['EVALSHA'] / opened:g} (EVALSHA)",
        "other commands meanwhile": str(other or "none"),
        "commands inside the script, for one ticket": inside,
    }


async def _check(report: Report, tickets: Tickets, client: Client, bot: _Side) -> None:
    """Every confirmed ticket exists, each view made its own, and each account's ids have no gap."""
    kept = await tickets.many(list(bot.confirmed.values()))
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for stored in kept:
        numbers[stored.ticket.account].append(stored.ticket.number)
    gaps = 0
    any_client: Any = client
    for account, found in numbers.items():
        newest = int(await any_client.get(keys.count(account)))
        gaps += sorted(found) != list(range(1, newest + 1))
    report.facts |= {
        "tickets confirmed": len(bot.confirmed),
        "of these kept": len(kept),
        "distinct ids": len(set(bot.confirmed.values())),
        "accounts with gaps": gaps,
    }
