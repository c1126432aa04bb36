"""Answers to Slack through HTTP: commands, a button, a form; the real bot, with everything registered, against bare
Bolt with one listener and the same work in Redis."""

import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

import sandbox
from benchmarks import bare_app, dispatching, payloads, sides
from benchmarks.accounts import made_up
from benchmarks.figures import Report, percentile
from benchmarks.payloads import UPDATE, Form
from benchmarks.seeding import seed
from benchmarks.sides import ENGINEER, Answered, Load
from bot.settings import Environment, settings_of
from commands.text import text
from commands.views import update_form
from commands.views.card import Scene
from policy.directory import Account
from policy.schema import Policy
from policy.timeline import Acknowledged, Entry, UpdatePosted
from storage import keys
from storage.connect import connect
from storage.directories import Directories
from storage.embedded import EmbeddedServer
from storage.scripts import Scripts
from storage.tickets import Tickets

_ACCOUNTS: Final = 8
_LISTED: Final = 10
_WARM_UP: Final = 100
_IDLE: Final = 20
_PORTAL: Final = "https://portal.example.com/tickets/4711"

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is asked. `make` makes the fields of a request from an id that no other has; `is_right` judges the body of
    an answer."""

    name: str
    make: Callable[[str], Form]
    is_right: Callable[[str], bool]


async def measure(home: Path, *, rounds: int, requests: int, concurrency: int, progress: Progress) -> Report:
    """One kind after the other, each in interleaved rounds of both sides; its effects are counted right after it.
    Then a command in one process."""
    report = Report(f"Answers to Slack through HTTP ({concurrency} connections, {requests} requests a round)")
    policy = settings_of(Environment.of(), {}, "the benchmark").policy
    accounts = made_up(policy, _ACCOUNTS + 1)
    *crowded, listed = accounts
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(sandbox.serve(sides.world()))
        store = await stack.enter_async_context(EmbeddedServer(home / "bot"))
        other = await stack.enter_async_context(EmbeddedServer(home / "bare-store"))
        client, bare_client = connect(store.url), connect(other.url)
        stack.push_async_callback(client.aclose)
        stack.push_async_callback(bare_client.aclose)
        tickets = Tickets(Scripts(client))
        await Directories(Scripts(client)).put(accounts, {policy.version: policy.source})
        progress("seeding")
        now = datetime.now(UTC)
        needed = _WARM_UP + rounds * (requests + _IDLE)
        await seed(tickets, policy, {key: accounts[key] for key in crowded}, needed, now)
        await seed(tickets, policy, {listed: accounts[listed]}, _LISTED, now)
        ids = [ticket for key in crowded for ticket in await tickets.open_ids(key)]
        shown = await tickets.open_ids(listed)
        await _copy(client, bare_client, [*ids, *shown], shown)
        scenes = await _scenes(tickets, policy, accounts, ids)
        port = await stack.enter_async_context(sides.bot(home, slack.api_url))
        load = await stack.enter_async_context(sides.load(home))
        runs = _Runs(load, port, report, rounds, requests, concurrency, progress)

        async def measured(kind: _Kind, floor: str, *words: str) -> None:
            async with sides.bare(home, other.url, slack.api_url, floor, *words) as bare:
                await runs.measure(kind, bare)

        channel = accounts[listed].channel
        for kind in (_help(channel), _list(channel, shown)):
            # The floor answers with what the bot has answered, made once.
            await measured(kind, kind.name.rpartition(" ")[2], (await runs.one(kind)).body)
        press = _press(scenes)
        await measured(press, "acknowledge")
        await _check(report, press.name, tickets, bare_client, ids, _is_acknowledged)
        update = _update(scenes)
        await measured(update, "update", update_form.CALLBACK)
        await _check(report, update.name, tickets, bare_client, ids, _is_update)
    await dispatching.measure(home, report, rounds=rounds, requests=requests, progress=progress)
    return report


def _help(channel: str) -> _Kind:
    return _Kind("/incident help", lambda name: _command("help", channel, name), payloads.is_help)


def _list(channel: str, shown: Sequence[str]) -> _Kind:
    def is_right(body: str) -> bool:
        told = [block["text"]["text"] for block in json.loads(body)["blocks"]]
        return all(any(line.startswith(f"*{ticket} ") for line in told) for ticket in shown)

    return _Kind("/incident list", lambda name: _command("list", channel, name), is_right)


def _press(scenes: Sequence[Scene]) -> _Kind:
    left = itertools.cycle(scenes)
    return _Kind("Acknowledge", lambda name: payloads.press(next(left), ENGINEER, name), _is_empty)


def _update(scenes: Sequence[Scene]) -> _Kind:
    left = itertools.cycle(scenes)
    return _Kind("update form", lambda name: payloads.update(next(left), ENGINEER, name), _is_empty)


def _command(words: str, channel: str, name: str) -> Form:
    return payloads.command(words, user=ENGINEER, channel=channel, trigger=name)


def _is_empty(body: str) -> bool:
    return not body


class _Runs:
    """Sends what is measured, first to one side, then to the other."""

    def __init__(
        self,
        load: Load,
        bot: int,
        report: Report,
        rounds: int,
        requests: int,
        concurrency: int,
        progress: Progress,
    ) -> None:
        self._load = load
        self._bot = bot
        self._report = report
        self._rounds = rounds
        self._requests = requests
        self._concurrency = concurrency
        self._progress = progress
        self._names = (f"{number}.abcdef{number:08x}" for number in itertools.count(1_790_000_000))

    async def one(self, kind: _Kind) -> Answered:
        """The bot's answer to one request."""
        sent = await self._load.send(self._bot, self._made(kind, 1), 1)
        self._judge("bot", kind, sent.answers)
        return sent.answers[0]

    async def measure(self, kind: _Kind, bare: int) -> None:
        """Each request goes to both sides, so that whatever it changes is changed once on each."""
        ports = {"bot": self._bot, "bare": bare}
        await self._round(kind, ports, self._made(kind, _WARM_UP), self._concurrency)
        for number in range(self._rounds):
            self._progress(f"{kind.name}: round {number + 1} of {self._rounds}")
            order = dict(reversed(ports.items())) if number % 2 else ports
            took = await self._round(kind, order, self._made(kind, self._requests), self._concurrency)
            rate = {side: self._requests / seconds for side, (seconds, _) in took.items()}
            for side in ports:
                self._report.add(f"{kind.name}, {side}", rate[side], "requests/s")
            self._report.add(f"{kind.name}, bot / bare", rate["bot"] / rate["bare"], "ratio of requests/s")
            alone = await self._round(kind, order, self._made(kind, _IDLE), 1)
            for side in ports:
                self._report.add(
                    f"{kind.name}, {side}: p50, one at a time", percentile(alone[side][1], 50), "ms"
                )

    async def _round(
        self, kind: _Kind, ports: Mapping[str, int], requests: list[tuple[str, Form]], lines: int
    ) -> dict[str, tuple[float, list[float]]]:
        """The seconds of each side, and the milliseconds of each of its answers."""
        took = {}
        for side, port in ports.items():
            sent = await self._load.send(port, requests, lines)
            self._judge(side, kind, sent.answers)
            self._report.facts[f"bytes of a request, {kind.name}"] = sent.bytes
            took[side] = (sent.seconds, [answer.took_ms for answer in sent.answers])
        return took

    def _made(self, kind: _Kind, count: int) -> list[tuple[str, Form]]:
        return [(name, kind.make(name)) for name in itertools.islice(self._names, count)]

    def _judge(self, side: str, kind: _Kind, answers: Iterable[Answered]) -> None:
        wrong = [one for one in answers if one.status != 200 or not kind.is_right(one.body)]
        self._report.count(f"wrong answers, {kind.name}, {side}", len(wrong))
        if wrong:
            self._report.facts[f"the first, {kind.name}, {side}"] = f"{wrong[0].status} {wrong[0].body[:300]}"


async def _copy(source: Any, target: Any, tickets: Sequence[str], listed: Sequence[str]) -> None:
    """The same records for the floor, by keys of its own."""
    for ticket in tickets:
        await target.set(bare_app.record(ticket), await source.get(keys.ticket(ticket)))
    await target.zadd(bare_app.OPEN, {ticket: place for place, ticket in enumerate(listed)})


async def _scenes(
    tickets: Tickets, policy: Policy, accounts: Mapping[str, Account], ids: Sequence[str]
) -> list[Scene]:
    """What the cards and forms of tickets are rendered from, in Japanese and with all that can stand on
    a card that nobody has taken: 7 kB for Slack."""
    now = datetime.now(UTC)
    return [
        Scene(
            text=text("ja"),
            policy=policy,
            ticket=replace(stored.ticket, impact="part", component="api", link=_PORTAL, stranger=True),
            account=accounts[stored.ticket.account].name,
            zone=policy.regions[stored.ticket.region].tz,
            now=now,
            for_staff=True,
            call="https://meet.example.com/standing/customer",
        )
        for stored in await tickets.many(ids)
    ]


def _is_acknowledged(entry: Entry) -> bool:
    return isinstance(entry, Acknowledged) and entry.by == ENGINEER


def _is_update(entry: Entry) -> bool:
    return isinstance(entry, UpdatePosted) and entry.by == ENGINEER and entry.text == UPDATE


async def _check(
    report: Report,
    name: str,
    tickets: Tickets,
    bare: Any,
    ids: Sequence[str],
    is_effect: Callable[[Entry], bool],
) -> None:
    """Every ticket was asked for it once, and has it once; the floor's script ran as often."""
    found = [sum(map(is_effect, await tickets.timeline(ticket))) for ticket in ids]
    report.facts |= {
        f"{name}: tickets": len(ids),
        f"{name}: of these it was done once": found.count(1),
        f"{name}: scripts of the floor": int(await bare.getdel(bare_app.COUNT) or 0),
    }
