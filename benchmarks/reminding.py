"""Reminders settled a second against a no-op post: the real worker, a bare claim-and-settle loop, APScheduler."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from benchmarks.accounts import made_up
from benchmarks.children import Child, ChildFailed, part
from benchmarks.figures import Report
from benchmarks.seeding import seed
from bot.settings import Environment, settings_of
from policy.instants import to_ms
from policy.reminders import wake_at
from policy.tickets import ticket_id
from policy.timeline import Reminded
from storage import keys
from storage.connect import Client, connect
from storage.directories import Directories
from storage.embedded import EmbeddedServer
from storage.scripts import Scripts
from storage.tickets import Tickets

_ACCOUNTS: Final = 64
_MANY_WORKERS: Final = 4
_WITHIN_S: Final = 60.0
_LOOK_EVERY_S: Final = 0.02

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """`doubled` counts what was done more than once, `lost` what was not done at all. `whole_s` is when the edits
    of the cards were done too; `ended` counts processes that stopped working before the end."""

    seconds: float
    doubled: int
    lost: int
    whole_s: float | None = None
    ended: int = 0


async def measure(home: Path, *, rounds: int, tickets: int, progress: Progress) -> Report:
    """Each round runs every side once, on a fresh server each, in an order that turns."""
    report = Report(f"Reminders settled a second, {tickets} due, the post does nothing")
    many = f"{_MANY_WORKERS} workers"
    sides: dict[str, Callable[[Path], Any]] = {
        "bare loop": lambda place: _bare(place, tickets),
        "1 worker": lambda place: _workers(place, tickets, 1),
        "1 worker, messages made": lambda place: _workers(place, tickets, 1, "render"),
        many: lambda place: _workers(place, tickets, _MANY_WORKERS),
        "APScheduler": lambda place: _apscheduler(place, tickets, 1),
        "APScheduler, 2 processes": lambda place: _apscheduler(place, tickets, 2),
    }
    names = list(sides)
    for number in range(rounds):
        rate: dict[str, float] = {}
        whole: dict[str, float] = {}
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            progress(f"round {number + 1} of {rounds}: {name}")
            outcome = await sides[name](home / f"{number}-{names.index(name)}")
            rate[name] = tickets / outcome.seconds
            report.count(f"done twice or more, {name}", outcome.doubled)
            report.count(f"lost, {name}", outcome.lost)
            if "APScheduler" in name:
                report.count(f"processes that stopped working, {name}", outcome.ended)
            if outcome.whole_s is not None:
                whole[name] = tickets / outcome.whole_s
        for name in names:
            report.add(name, rate[name], "reminders/s")
        for name, value in whole.items():
            report.add(f"{name}, until the cards are edited too", value, "reminders/s")
        report.add("1 worker / bare loop", rate["1 worker"] / rate["bare loop"], "ratio")
        report.add("1 worker / APScheduler", rate["1 worker"] / rate["APScheduler"], "ratio")
        report.add(f"{many} / 1 worker", rate[many] / rate["1 worker"], "ratio")
    return report


async def _workers(home: Path, count: int, processes: int, *words: str) -> _Outcome:
    policy = settings_of(Environment.of(), {}, "the benchmark").policy
    accounts = made_up(policy, min(_ACCOUNTS, count))
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(EmbeddedServer(home))
        client = connect(server.url)
        stack.push_async_callback(client.aclose)
        scripts = Scripts(client)
        tickets = Tickets(scripts)
        await Directories(scripts).put(accounts, {policy.version: policy.source})
        await seed(tickets, policy, accounts, count, datetime.now(UTC))
        workers = [
            await stack.enter_async_context(
                part("worker_process", home, server.url, *words, label=f"worker-{number}")
            )
            for number in range(processes)
        ]
        await _ready(workers)
        started = _go(workers)
        whole_at = await _until(lambda: _nothing_due(client))
        told = [await worker.ask("stop", _WITHIN_S) for worker in workers]
        posts = Counter(message for one in told for message in one["posted"])
        wrong = await _check(tickets, [ticket_id(key, n + 1) for key, n in _numbers(list(accounts), count)])
        return _Outcome(
            seconds=max(one["last_at"] for one in told) - started,
            doubled=sum(posts.values()) - len(posts) + wrong["doubled"],
            lost=max(0, count - len(posts)) + wrong["lost"],
            whole_s=whole_at - started,
        )


def _numbers(accounts: list[str], count: int) -> list[tuple[str, int]]:
    return [(accounts[place % len(accounts)], place // len(accounts)) for place in range(count)]


async def _nothing_due(client: Client) -> bool:
    now_ms = to_ms(datetime.now(UTC))
    async with client.pipeline(transaction=False) as pipe:
        for shard in range(keys.SHARDS):
            pipe.zcount(keys.due(shard), "-inf", now_ms)
        return not any(await pipe.execute())


async def _check(tickets: Tickets, ids: list[str]) -> dict[str, int]:
    """What is kept: each ticket has one reminder on its timeline, of the one slot that was due, its clock is
    covered up to that slot, and the next one waits."""
    policy = settings_of(Environment.of(), {}, "the benchmark").policy
    doubled = lost = 0
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        stored = await tickets.many(some)
        timelines = await asyncio.gather(*(tickets.timeline(ticket) for ticket in some))
        lost += len(some) - len(stored)
        for kept, entries in zip(stored, timelines, strict=True):
            slots = [slot.at for entry in entries if isinstance(entry, Reminded) for slot in entry.slots]
            wake, clock = wake_at(policy, kept.ticket, datetime.now(UTC)), kept.ticket.clock
            doubled += len(slots) > 1
            lost += len(slots) < 1 or clock is None or clock.covered_until != slots[0]
            lost += wake is None or wake <= datetime.now(UTC)
    return {"doubled": doubled, "lost": lost}


async def _bare(home: Path, count: int) -> _Outcome:
    async with (
        EmbeddedServer(home) as server,
        part("bare_loop", home, server.url, str(count)) as loop,
    ):
        await _ready([loop])
        started = _go([loop])
        told = await loop.hear_json(_WITHIN_S)
        done = Counter(told["done"])
        doubled = sum(done.values()) - len(done)
        return _Outcome(told["last_at"] - started, doubled, count - len(done))


async def _apscheduler(home: Path, count: int, processes: int) -> _Outcome:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(EmbeddedServer(home))
        client: Any = connect(server.url)
        stack.push_async_callback(client.aclose)
        socket = unquote(server.url.removeprefix("unix://"))
        # The first one queues the jobs; every one runs what is due.
        schedulers = []
        for number in range(processes):
            words = (socket, str(count if number == 0 else 0))
            label = f"apscheduler-{number}"
            child = await stack.enter_async_context(part("apscheduler_process", home, *words, label=label))
            await _ready([child])
            schedulers.append(child)
        started = _go(schedulers)

        async def none_left() -> bool:
            return not await client.zcard("apscheduler.run_times")

        ended_at = await _until(none_left, strict=False)
        told = [await scheduler.ask("stop", _WITHIN_S) for scheduler in schedulers]
        run = Counter(job for one in told for job in one["run"])
        ended = sum(one["ended"] for one in told)
        doubled = sum(run.values()) - len(run)
        return _Outcome(ended_at - started, doubled, count - len(run), ended=ended)


async def _ready(children: list[Child]) -> None:
    for child in children:
        await child.hear_json(_WITHIN_S)


def _go(children: list[Child]) -> float:
    started = time.monotonic()
    for child in children:
        child.say("go")
    return started


async def _until(settled: Callable[[], Any], *, strict: bool = True) -> float:
    """When it was settled, by the clock that all processes of a machine share; not `strict`: or when the time
    was up. Raises ChildFailed."""
    until = time.monotonic() + _WITHIN_S
    while not await settled():
        if time.monotonic() > until:
            if not strict:
                break
            raise ChildFailed(f"not settled within {_WITHIN_S:g} s")
        await asyncio.sleep(_LOOK_EVERY_S)
    return time.monotonic()
