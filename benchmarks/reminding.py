"""Reminders: the real worker beside the bare floor, APScheduler and arq, each with the same work in the same run."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from benchmarks.children import Child, ChildFailed, part
from benchmarks.figures import Report, percentile
from benchmarks.posts import Posted, lines_in
from benchmarks.rivals import LEASE_MS, ApScheduler, Arq, Bot, Floor, Rival
from storage.connect import connect, connect_blocking
from storage.embedded import EmbeddedServer

_WITHIN_S: Final = 90.0
_LOOK_EVERY_S: Final = 0.01
_NO_MORE_S: Final = 2.0
"""Nothing is left in the store, and nothing more was posted for so long: what is missing is lost."""
_STUCK_S: Final = 40.0
"""Something is left, and nobody has done anything for so long."""
_SLACK_ANSWERS_AFTER_MS: Final = 100
_KILLED_AT: Final = 0.3
_HANDS: Final = 128
"""As many as the worker has."""
_OVERDUE: Final = timedelta(hours=1)

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Amounts:
    """`due` items of a round beside `waiting` ones; `posts` of a round over HTTP; `idle_s` is how long idle workers are
    watched, beside few and beside `waiting` items; `spread` items fall due at 100 a second."""

    due: int = 10_000
    waiting: int = 100_000
    posts: int = 2_000
    killed: int = 2_000
    idle_s: float = 20.0
    few: int = 1_000
    spread: int = 1_000


SHORT: Final = Amounts(due=2_000, waiting=10_000, posts=500, killed=1_000, idle_s=10.0, spread=300)
"""The same in minutes."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """`doubled` counts what was done more than once, `lost` what was not done at all, `ended` the processes that
    stopped working before the end. `seconds`: until all was posted and settled. `recovered_s`: from the death of a
    process until then. `sent`: commands."""

    posted: Posted
    seconds: float
    doubled: int
    lost: int
    ended: int
    recovered_s: float = 0.0
    sent: int = 0


async def measure(home: Path, *, rounds: int, amounts: Amounts, progress: Progress) -> Report:
    """Each round runs every side once, on a fresh server each, in an order that turns."""
    found = f"Reminders: {amounts.due} due, {amounts.waiting} wait"
    run = _Runs(home, Report(found), amounts, progress)
    for number in range(rounds):
        await run.rates(number, rounds)
    for number in range(max(1, rounds // 2)):
        await run.posts(number)
        await run.many(number)
        await run.killed(number)
    await run.commands()
    await run.delays()
    await run.idle()
    return run.report


class _Runs:
    def __init__(self, home: Path, report: Report, amounts: Amounts, progress: Progress) -> None:
        self._home = home
        self.report = report
        self._amounts = amounts
        self._progress = progress
        self._places = 0

    async def rates(self, number: int, rounds: int) -> None:
        """A post that does nothing, one process each."""
        rivals: list[Rival] = [Bot(), Floor(), Floor(32), ApScheduler(), Arq(), Bot("render")]
        rate = {}
        turn = number % len(rivals)
        for rival in rivals[turn:] + rivals[:turn]:
            self._progress(f"round {number + 1} of {rounds}: {rival.name}")
            dues = _past(self._amounts.due)
            outcome = await self._run(rival, dues, waiting=self._amounts.waiting)
            rate[rival.name] = len(dues) / outcome.seconds
            self._count(rival.name, outcome)
        for rival in rivals:
            self.report.add(rival.name, rate[rival.name], "a second")
        for other in rivals[1:5]:
            self.report.add(f"bot / {other.name}", rate["bot"] / rate[other.name], "ratio")

    async def posts(self, number: int) -> None:
        """Over HTTP, to something that answers as late as Slack does."""
        rivals: list[Rival] = [Bot(), ApScheduler(), Arq(), ApScheduler(_HANDS), Arq(_HANDS)]
        rate = {}
        for rival in rivals:
            self._progress(f"over HTTP, {number + 1}: {rival.name}")
            dues = _past(self._amounts.posts)
            outcome = await self._run(rival, dues, slack=True)
            rate[rival.name] = len(dues) / outcome.seconds
            self._count(f"{rival.name}, over HTTP", outcome)
        for rival in rivals:
            self.report.add(f"{rival.name}, over HTTP", rate[rival.name], "a second")
        for other in rivals[1:]:
            self.report.add(f"bot / {other.name}, over HTTP", rate["bot"] / rate[other.name], "ratio")

    async def many(self, number: int) -> None:
        """Several processes at one store."""
        for rival in (Bot(), ApScheduler(), Arq()):
            for processes in (2, 4):
                name = f"{rival.name}, {processes} processes"
                self._progress(f"{name}, {number + 1}")
                dues = _past(self._amounts.due)
                outcome = await self._run(rival, dues, processes=processes)
                self.report.add(name, len(dues) / outcome.seconds, "a second")
                self._count(name, outcome)

    async def killed(self, number: int) -> None:
        """One of two processes is killed when 30 % is done."""
        for rival in (Bot(), ApScheduler(), Arq()):
            name = f"{rival.name}, one of two killed"
            self._progress(f"{name}, {number + 1}")
            outcome = await self._run(rival, _past(self._amounts.killed), processes=2, kill=number % 2)
            self._count(name, outcome)
            self.report.add(f"{name}: until all was done", outcome.recovered_s, "s")
        self.report.facts["lease of the bot"] = f"{LEASE_MS / 1000:g} s"

    async def commands(self) -> None:
        for rival in (Bot(), Floor(), ApScheduler(), Arq()):
            self._progress(f"commands: {rival.name}")
            outcome = await self._run(rival, _past(self._amounts.few), watch=True)
            self.report.add(f"{rival.name}: commands an item", outcome.sent / self._amounts.few, "")

    async def delays(self) -> None:
        """Items that fall due one by one, every 10 ms."""
        for rival in (Bot(), ApScheduler(), Arq()):
            self._progress(f"delay: {rival.name}")
            first = datetime.now(UTC) + timedelta(seconds=5 + self._amounts.spread / 200)
            dues = [first + timedelta(milliseconds=10) * place for place in range(self._amounts.spread)]
            wanted: dict[str, datetime] = {}
            outcome = await self._run(rival, dues, wanted=wanted)
            late = [
                (at - wanted[message].timestamp()) * 1000
                for message, at in outcome.posted.at.items()
                if message in wanted
            ]
            self.report.add(f"{rival.name}: due to posted, p50", percentile(late, 50), "ms")
            self.report.add(f"{rival.name}: due to posted, p99", percentile(late, 99), "ms")

    async def idle(self) -> None:
        """Commands of one process while nothing is due."""
        for waiting in (self._amounts.few, self._amounts.waiting):
            for rival in (Bot(), ApScheduler(), Arq()):
                self._progress(f"idle: {rival.name} beside {waiting}")
                sent = await self._run_idle(rival, waiting)
                name = f"{rival.name}: idle commands, {waiting:,} wait"
                self.report.add(name, sent / self._amounts.idle_s, "a second")

    def _count(self, name: str, outcome: _Outcome) -> None:
        self.report.count(f"twice or more, {name}", outcome.doubled)
        self.report.count(f"lost, {name}", outcome.lost)
        if outcome.ended:
            self.report.count(f"processes that stopped working, {name}", outcome.ended)

    def _place(self) -> Path:
        self._places += 1
        return self._home / str(self._places)

    async def _run(
        self,
        rival: Rival,
        dues: Sequence[datetime],
        *,
        waiting: int = 0,
        processes: int = 1,
        slack: bool = False,
        kill: int | None = None,
        watch: bool = False,
        wanted: dict[str, datetime] | None = None,
    ) -> _Outcome:
        place = self._place()
        async with AsyncExitStack() as stack:
            url, client = await _store(stack, place)
            slack_url = await _slack(stack, place) if slack else ""
            ids = await rival.seed(client, dues, waiting)
            if wanted is not None:
                wanted |= ids
            children = await _children(stack, rival, place, url, slack_url, processes)
            watching = await stack.enter_async_context(_Watch(url)) if watch else None
            started = time.monotonic()
            for child in children:
                child.say("go")
            killed_at = 0.0
            if kill is not None:
                await _until(place, int(len(dues) * _KILLED_AT))
                await children.pop(kill).kill()
                killed_at = time.monotonic()
            done_at = await self._done(rival, client, place, len(dues), until=dues[-1])
            sent = watching.sent if watching else 0
            told = [await child.ask("stop", _WITHIN_S) for child in children]
            posted = Posted(place)
            doubled, lost = await rival.wrong(client, list(ids))
            return _Outcome(
                posted=posted,
                seconds=done_at - started,
                doubled=posted.doubled + doubled,
                lost=posted.lost(len(dues)) + lost,
                ended=sum(one["ended"] for one in told),
                recovered_s=done_at - killed_at if kill is not None else 0.0,
                sent=sent,
            )

    async def _run_idle(self, rival: Rival, waiting: int) -> int:
        place = self._place()
        async with AsyncExitStack() as stack:
            url, client = await _store(stack, place)
            await rival.seed(client, (), waiting)
            (child,) = await _children(stack, rival, place, url, "", 1)
            child.say("go")
            await asyncio.sleep(2.0)  # what it does once, at its start
            async with _Watch(url) as watching:
                await asyncio.sleep(self._amounts.idle_s)
                sent = watching.sent
            await child.ask("stop", _WITHIN_S)
            return sent

    async def _done(self, rival: Rival, client: Any, place: Path, count: int, until: datetime) -> float:
        """When all was posted and settled, or the last thing happened."""
        seen, seen_at = 0, time.monotonic()
        while True:
            posted = lines_in(place)
            if posted != seen or datetime.now(UTC) < until:
                seen, seen_at = posted, time.monotonic()
            left = await rival.left(client) if posted >= count or time.monotonic() - seen_at > 0.5 else 1
            quiet_s = time.monotonic() - seen_at
            if not left and posted >= count:
                return time.monotonic()
            if quiet_s > (_STUCK_S if left else _NO_MORE_S):
                return seen_at
            await asyncio.sleep(_LOOK_EVERY_S)


class _Watch:
    """Counts the commands that clients send to a server, scripts' own not among them."""

    def __init__(self, url: str) -> None:
        self._client: Any = connect_blocking(url)
        self.sent = 0

    async def __aenter__(self) -> "_Watch":
        self._monitor = await self._client.monitor().__aenter__()
        self._counting = asyncio.create_task(self._count())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._counting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._counting
        await self._monitor.__aexit__(None, None, None)
        await self._client.aclose()

    async def _count(self) -> None:
        while True:
            said = await self._monitor.next_command()
            looks = said["command"].split(" ", 1)[0].upper() == "ZCOUNT"  # this benchmark's own
            self.sent += said["client_type"] != "lua" and not looks


def _past(count: int) -> list[datetime]:
    first = datetime.now(UTC) - _OVERDUE
    return [first + timedelta(milliseconds=number // 64) for number in range(count)]


async def _store(stack: AsyncExitStack, place: Path) -> tuple[str, Any]:
    server = await stack.enter_async_context(EmbeddedServer(place))
    client = connect(server.url)
    stack.push_async_callback(client.aclose)
    return server.url, client


async def _slack(stack: AsyncExitStack, place: Path) -> str:
    words = (str(place / "slack.posts"), str(_SLACK_ANSWERS_AFTER_MS))
    slack = await stack.enter_async_context(part("slack_process", place, *words))
    port = (await slack.hear_json(_WITHIN_S))["port"]
    return f"http://127.0.0.1:{port}/api/"


async def _children(
    stack: AsyncExitStack, rival: Rival, place: Path, url: str, slack_url: str, processes: int
) -> list[Child]:
    children = []
    for number in range(processes):
        name, *words = rival.part(url, place / f"{number}.posts", slack_url, number)
        started = part(name, place, *words, label=f"{name}-{number}")
        children.append(await stack.enter_async_context(started))
    for child in children:
        await child.hear_json(_WITHIN_S)
    return children


async def _until(place: Path, count: int) -> None:
    until = time.monotonic() + _WITHIN_S
    while lines_in(place) < count:
        if time.monotonic() > until:
            raise ChildFailed(f"not {count} items done within {_WITHIN_S:g} s")
        await asyncio.sleep(0.005)
