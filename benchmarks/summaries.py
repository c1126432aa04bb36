"""Summaries from a store of very many tickets: time and memory beside the floor, which only fetches and decodes the
same records; how long any command takes the server; how many bytes a ticket has."""

import gc
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from benchmarks.figures import Report
from benchmarks.tickets_of_years import FIRST, WEEKS, accounts_of, seed
from bot.policies import PolicyBook
from bot.settings import Environment, settings_of
from commands.summaries import Books, pull, pull_these
from policy.directory import Account, Directory
from policy.periods import Period, Unit, days
from policy.tickets import ticket_id
from storage import codec, keys
from storage.connect import Client, connect
from storage.embedded import EmbeddedServer
from storage.outages import OutageHistories
from storage.scripts import Scripts
from storage.summaries import Summaries
from storage.tickets import field_of

Progress = Callable[[str], None]

_SLOW_US: Final = 10_000
_TOGETHER: Final = 100
_ONCE: Final = 100_000
"""So many tickets are counted in one round alone."""
_TRACED: Final = 30_000
"""Of so many tickets the memory is traced, which takes four times as long."""
_END: Final = (FIRST + timedelta(weeks=WEEKS)).date()
_NOW: Final = FIRST + timedelta(weeks=WEEKS, hours=9)


@dataclass(frozen=True, slots=True)
class _Cost:
    """As time goes by, and of the processor in this process, its threads too: what else the machine does tells on the
    first alone."""

    seconds: float
    busy: float


async def measure(home: Path, *, rounds: int, tickets: int, progress: Progress) -> Report:
    """Seed the store, then take turns: the floor, the records by the index, the figures."""
    report = Report(f"Summaries from {tickets} tickets")
    settings = settings_of(Environment.of(), {}, "the benchmark's settings")
    policy = settings.policy
    accounts = accounts_of(policy, tickets)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(EmbeddedServer(home))
        client = connect(server.url)
        stack.push_async_callback(client.aclose)
        await client.config_set("appendonly", "no")
        empty = (await client.info("memory"))["used_memory"]

        shown = 0

        def told(written: int) -> None:
            nonlocal shown
            if written >= shown + tickets // 50:
                shown = written
                progress(f"{written:,} of {tickets:,} tickets written")

        written = await seed(client, policy, accounts, told)
        await _sizes(client, report, accounts, written, empty)
        await client.config_set("slowlog-log-slower-than", _SLOW_US)
        await client.config_set("slowlog-max-len", 100_000)
        await client.slowlog_reset()

        scripts = Scripts(client, within_s=10.0)
        policies = PolicyBook(policy, Directory)
        books = Books(Summaries(scripts), OutageHistories(scripts), policies, ())
        every = list(accounts.values())
        for name, some, weeks in (
            ("one account's week", every[:1], 1),
            ("one account's quarter", every[:1], 13),
            ("all accounts' week", every, 1),
            ("all accounts' quarter", every, 13),
        ):
            period = days(_END - timedelta(weeks=weeks), _END, "UTC", Unit.WEEK, weeks)
            for number in range(rounds):
                progress(f"{name}, round {number + 1} of {rounds}")
                if await _round(report, name, books, client, some, period) > _ONCE:
                    break
        slow = await client.slowlog_get(10)
        report.facts["tickets"] = written
        report.facts["accounts"] = len(every)
        report.facts[f"commands over {_SLOW_US // 1_000} ms"] = await client.slowlog_len()
        for one in slow:
            report.facts[f"slow: {bytes(one['command'])[:40]!r}"] = f"{one['duration']} us"
    return report


async def _round(
    report: Report, name: str, books: Books, client: Client, some: Sequence[Account], period: Period
) -> int:
    """How many tickets it was."""
    before = period.before(_NOW)
    numbers: dict[str, list[int]] = {}
    read = await _cost(lambda: _read(books, some, before.start, period.end, numbers))
    rows = sum(map(len, numbers.values()))
    floor = await _cost(lambda: _floor(client, numbers))
    made = await _cost(lambda: _made(books, some, period))
    report.add(f"{name}: tickets", rows, "")
    for what, cost in (("floor", floor), ("records by the index", read), ("summary", made)):
        report.add(f"{name}: {what}", cost.seconds * 1_000, "ms")
    report.add(f"{name}: summary / floor", made.seconds / floor.seconds, "")
    report.add(f"{name}: summary / floor, processor time", made.busy / floor.busy, "")
    report.add(f"{name}: records / floor, processor time", read.busy / floor.busy, "")
    report.add(f"{name}: 1,000 tickets, processor time", made.busy * 1_000 / rows * 1_000, "ms")
    if rows <= _TRACED and not report.figure(f"{name}: memory at most", "MiB").values:
        report.add(
            f"{name}: memory at most", await _memory(lambda: _made(books, some, period)) / 2**20, "MiB"
        )
    return rows


async def _made(books: Books, some: Sequence[Account], period: Period) -> None:
    if len(some) == 1:
        await pull(books, some[0], period, _NOW)
    else:
        await pull_these(books, some, period, _NOW)


async def _read(
    books: Books, some: Sequence[Account], start: datetime, end: datetime, numbers: dict[str, list[int]]
) -> None:
    for one in some:
        found = await books.histories.histories(one.key, start, end)
        numbers[one.key] = [history.ticket.number for history in found]


async def _floor(client: Client, numbers: dict[str, list[int]]) -> None:
    """Fetch and decode, in pipelines, with nothing around it."""
    for key, some in numbers.items():
        held: list[Any] = []
        for first in range(0, len(some), _TOGETHER):
            names = [ticket_id(key, number) for number in some[first : first + _TOGETHER]]
            async with client.pipeline(transaction=False) as pipe:
                pipe.mget([keys.ticket(name) for name in names])
                for name in names:
                    pipe.execute_command("XRANGE", keys.timeline(name), "-", "+")
                records, *timelines = await pipe.execute()
            held += [codec.decode_ticket(record) for record in records]
            held += [[codec.decode_entry(field_of(fields)) for _, fields in one] for one in timelines]


async def _cost(work: Callable[[], Awaitable[None]]) -> _Cost:
    gc.collect()
    began, busy = time.perf_counter(), time.process_time()
    await work()
    return _Cost(time.perf_counter() - began, time.process_time() - busy)


async def _memory(work: Callable[[], Awaitable[None]]) -> int:
    """What it holds at most, of what Python allocates."""
    gc.collect()
    tracemalloc.start()
    try:
        await work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def _sizes(
    client: Client, report: Report, accounts: dict[str, Account], tickets: int, empty: int
) -> None:
    used = (await client.info("memory"))["used_memory"]
    report.add("a ticket with its timeline and indexes", (used - empty) / tickets, "bytes")
    key = next(iter(accounts))
    records, timelines = 0, 0
    sample = [ticket_id(key, 10_000 + number) for number in range(1, 201)]
    for name in sample:
        records += await client.memory_usage(keys.ticket(name), 0)
        timelines += await client.memory_usage(keys.timeline(name), 0)
    report.add("its record", records / len(sample), "bytes")
    report.add("its timeline", timelines / len(sample), "bytes")
    week, found = 0, 0
    for place in range(WEEKS):
        name = keys.week(key, FIRST + timedelta(weeks=place))
        week += await client.memory_usage(name, 0)
        found += await client.scard(name)
    own = found / (tickets / len(accounts)) * len(range(WEEKS)) / WEEKS
    report.add("its place in the index of weeks", week / (tickets / len(accounts)), "bytes")
    report.add("weeks that it stands in", own, "")
