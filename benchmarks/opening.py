"""Opening a ticket through HTTP: the real bot against bare Bolt with one script call, both under the same load."""

import asyncio
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sandbox
from benchmarks import payloads, sides
from benchmarks.accounts import CALLER, made_up
from benchmarks.figures import Report, percentile
from benchmarks.sides import Answered, Load, Sent
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

_ACCOUNTS: Final = 8
_WARM_UP: Final = 200
_COUNTED: Final = 50
_TICKET: Final = re.compile(r"\b([A-Z][A-Z0-9]{1,11}-\d+)\b")

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
    filled_in = [(form_of(policy, account), answers(policy, account)) for account in accounts.values()]
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(sandbox.serve(sides.world()))
        store = await stack.enter_async_context(EmbeddedServer(home / "bot"))
        other = await stack.enter_async_context(EmbeddedServer(home / "bare-store"))
        client = connect(store.url)
        stack.push_async_callback(client.aclose)
        await Directories(Scripts(client)).put(accounts, {policy.version: policy.source})
        bot = _Side("bot", await stack.enter_async_context(sides.bot(home, slack.api_url)), {})
        floor = sides.bare(home, other.url, slack.api_url, "open", form.CALLBACK)
        bare = _Side("bare", await stack.enter_async_context(floor), {})
        load = await stack.enter_async_context(sides.load(home))
        runs = _Runs(load, filled_in, report)
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
    """`filled_in` are forms with their answers, which are sent in turn."""

    def __init__(
        self, load: Load, filled_in: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], report: Report
    ) -> None:
        self._load = load
        self._filled_in = filled_in
        self._report = report
        self._number = 0
        self.bytes = 0

    async def run(self, side: _Side, count: int, concurrency: int) -> Sent:
        self._number += 1
        requests = []
        for number in range(count):
            shown, values = self._filled_in[number % len(self._filled_in)]
            view = f"V{self._number:04d}{side.name.upper()}{number:06d}"
            requests.append((view, payloads.submission(shown, values, user=CALLER, view=view)))
        sent = await self._load.send(side.port, requests, concurrency)
        errors = [answer for answer in sent.answers if not _confirmed(side, answer)]
        self.bytes = sent.bytes
        self._report.count(f"errors, {side.name}", len(errors))
        if errors:
            self._report.facts[f"first error, {side.name}"] = f"{errors[0].status} {errors[0].body[:300]}"
        return sent

    async def measured(self, side: _Side, count: int, concurrency: int) -> float:
        sent = await self.run(side, count, concurrency)
        took_ms = [answer.took_ms for answer in sent.answers]
        rate = count / sent.seconds
        self._report.add(f"{side.name}: requests", rate, "requests/s")
        self._report.add(f"{side.name}: p50", percentile(took_ms, 50), "ms")
        self._report.add(f"{side.name}: p99", percentile(took_ms, 99), "ms")
        return rate

    async def idle(self, side: _Side) -> None:
        """One connection: what a person waits for on an idle bot."""
        sent = await self.run(side, _COUNTED, 1)
        took_ms = [answer.took_ms for answer in sent.answers]
        self._report.add(f"{side.name}: p50, one at a time", percentile(took_ms, 50), "ms")


def _confirmed(side: _Side, answer: Answered) -> bool:
    """Whether a ticket was confirmed; it is noted then."""
    found = _TICKET.search(answer.body)
    if answer.status != 200 or not found or json.loads(answer.body)["response_action"] != "update":
        return False
    side.confirmed[answer.id] = found[1]
    return True


def form_of(policy: Policy, account: Account) -> dict[str, Any]:
    """The real form, as an account's people see it."""
    meta = Meta(account.key, account.channel)
    return form.build(text(account.language), policy, account, meta, Prefill()).to_dict()


def answers(policy: Policy, account: Account) -> dict[str, Any]:
    """What somebody has put into it."""
    shown = form_of(policy, account)
    return {
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


def _choice(shown: dict[str, Any], block_id: str, value: str) -> dict[str, Any]:
    element = next(b["element"] for b in shown["blocks"] if b.get("block_id") == block_id)
    option = next(option for option in element["options"] if option["value"] == value)
    return {"type": element["type"], "selected_option": option}


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
    opened = len(done.answers)
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
