"""Who is measured side by side: how each is given its work, started, and asked whether it is done."""

import pickle
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import unquote

from benchmarks import floor_process
from benchmarks.accounts import made_up
from benchmarks.seeding import seed_at
from bot.settings import Environment, settings_of
from policy.instants import to_ms
from policy.reminders import wake_at
from policy.timeline import Reminded
from storage import keys
from storage.directories import Directories
from storage.scripts import Scripts
from storage.tickets import Tickets

LEASE_MS: Final = 5_000
"""Of the worker and of the floor. Short, so that a round with a killed process is: 30 s in production."""
_ACCOUNTS: Final = 64
_TOMORROW: Final = timedelta(days=1)
_AT_ONCE: Final = 2_000


class Rival(Protocol):
    name: str

    def part(self, url: str, log: Path, slack_url: str, number: int) -> tuple[str, ...]:
        """The process to start, and its words."""

    async def seed(self, client: Any, dues: Sequence[datetime], waiting: int) -> dict[str, datetime]:
        """Schedule an item for each instant, and `waiting` for tomorrow. The id that each posts, with its instant."""

    async def left(self, client: Any) -> int:
        """How many items are due, and not settled."""

    async def wrong(self, client: Any, wanted: Sequence[str]) -> tuple[int, int]:
        """What is kept that should not be: settled twice, and not settled."""


class Bot:
    """The worker. What waits for tomorrow stands in its due index alone: nobody reads a ticket before that."""

    def __init__(self, *words: str) -> None:
        self.name = " ".join(("bot", *words))
        self._words = words
        self._tickets: list[str] = []

    def part(self, url: str, log: Path, slack_url: str, number: int) -> tuple[str, ...]:
        return "worker_process", url, str(log), slack_url, str(LEASE_MS), *self._words

    async def seed(self, client: Any, dues: Sequence[datetime], waiting: int) -> dict[str, datetime]:
        policy = settings_of(Environment.of(), {}, "the benchmark").policy
        accounts = made_up(policy, _ACCOUNTS)
        scripts = Scripts(client)
        tickets = Tickets(scripts)
        await Directories(scripts).put(accounts, {policy.version: policy.source})
        wanted = await seed_at(tickets, policy, accounts, dues)
        self._tickets = [ticket for key in accounts for ticket in await tickets.open_ids(key)]
        await _wait_in_index(client, waiting)
        return wanted

    async def left(self, client: Any) -> int:
        return await _due_in_index(client)

    async def wrong(self, client: Any, wanted: Sequence[str]) -> tuple[int, int]:
        """Each ticket has one reminder on its timeline, of the one slot that was due, its clock is covered up to that
        slot, and the next one waits."""
        policy = settings_of(Environment.of(), {}, "the benchmark").policy
        tickets = Tickets(Scripts(client))
        doubled = lost = 0
        for start in range(0, len(self._tickets), 500):
            for kept in await tickets.many(self._tickets[start : start + 500]):
                entries = await tickets.timeline(kept.ticket.id)
                slots = [slot.at for entry in entries if isinstance(entry, Reminded) for slot in entry.slots]
                wake, clock = wake_at(policy, kept.ticket, datetime.now(UTC)), kept.ticket.clock
                doubled += len(slots) > 1
                lost += len(slots) < 1 or clock is None or clock.covered_until != slots[0]
                lost += wake is None or wake <= datetime.now(UTC)
        return doubled, lost


class Floor:
    """Claim, read, post and settle: the least that is safe. `batch`: so many are claimed at a time."""

    def __init__(self, batch: int = 1) -> None:
        self.name = "floor, item by item" if batch == 1 else f"floor, {batch} claimed at a time"
        self._batch = batch

    def part(self, url: str, log: Path, slack_url: str, number: int) -> tuple[str, ...]:
        words = (url, str(log), slack_url, f"token{number}", str(LEASE_MS), str(self._batch))
        return "floor_process", *words

    async def seed(self, client: Any, dues: Sequence[datetime], waiting: int) -> dict[str, datetime]:
        wanted = _ids(dues)
        async with client.pipeline(transaction=False) as pipe:
            for place, (message, due) in enumerate(wanted.items()):
                pipe.zadd(floor_process.names(place % floor_process.SHARDS)[0], {message: to_ms(due)})
                # As long as a ticket's record is.
                pipe.set(floor_process.record(message), b"x" * 400)
            await pipe.execute()
        await _wait_in_index(client, waiting)
        return wanted

    async def left(self, client: Any) -> int:
        return await _due_in_index(client)

    async def wrong(self, client: Any, wanted: Sequence[str]) -> tuple[int, int]:
        return 0, 0


class ApScheduler:
    """`hands`: as many threads (0: its default, 10)."""

    def __init__(self, hands: int = 0) -> None:
        self.name = f"APScheduler, {hands} threads" if hands else "APScheduler"
        self._hands = hands

    def part(self, url: str, log: Path, slack_url: str, number: int) -> tuple[str, ...]:
        return "apscheduler_process", _socket(url), str(log), slack_url, str(self._hands)

    async def seed(self, client: Any, dues: Sequence[datetime], waiting: int) -> dict[str, datetime]:
        """As its store's `add_job` would, many at a time."""
        from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]
        from apscheduler.triggers.date import DateTrigger  # type: ignore[import-untyped]

        scheduler = BackgroundScheduler()
        scheduler.start(paused=True)
        job = scheduler.add_job(
            "benchmarks.apscheduler_process:remind", "date", args=["one"], misfire_grace_time=None
        )
        state = job.__getstate__()
        scheduler.shutdown(wait=False)
        wanted = _ids(dues)
        for some in _chunks([*wanted.items(), *_later(waiting).items()]):
            async with client.pipeline(transaction=False) as pipe:
                for message, due in some:
                    own = {"id": message, "name": message, "args": (message,), "next_run_time": due}
                    kept = {**state, **own, "trigger": DateTrigger(run_date=due)}
                    pipe.hset("apscheduler.jobs", message, pickle.dumps(kept, pickle.HIGHEST_PROTOCOL))
                    pipe.zadd("apscheduler.run_times", {message: due.timestamp()})
                await pipe.execute()
        return wanted

    async def left(self, client: Any) -> int:
        return int(await client.zcount("apscheduler.run_times", 0, time.time()))

    async def wrong(self, client: Any, wanted: Sequence[str]) -> tuple[int, int]:
        return 0, 0


class Arq:
    """`hands`: as many jobs at once (0: its default, 10)."""

    def __init__(self, hands: int = 0) -> None:
        self.name = f"arq, {hands} jobs" if hands else "arq"
        self._hands = hands

    def part(self, url: str, log: Path, slack_url: str, number: int) -> tuple[str, ...]:
        return "arq_process", _socket(url), str(log), slack_url, str(self._hands)

    async def seed(self, client: Any, dues: Sequence[datetime], waiting: int) -> dict[str, datetime]:
        """As its `enqueue_job` would, many at a time."""
        from arq.constants import default_queue_name, job_key_prefix
        from arq.jobs import serialize_job

        wanted = _ids(dues)
        for some in _chunks([*wanted.items(), *_later(waiting).items()]):
            async with client.pipeline(transaction=False) as pipe:
                for message, due in some:
                    job = serialize_job("remind", (message,), {}, None, int(time.time() * 1000))
                    pipe.psetex(job_key_prefix + message, 2 * 86_400_000, job)
                    pipe.zadd(default_queue_name, {message: to_ms(due)})
                await pipe.execute()
        return wanted

    async def left(self, client: Any) -> int:
        from arq.constants import default_queue_name

        return int(await client.zcount(default_queue_name, "-inf", int(time.time() * 1000)))

    async def wrong(self, client: Any, wanted: Sequence[str]) -> tuple[int, int]:
        return 0, 0


def _ids(dues: Sequence[datetime]) -> dict[str, datetime]:
    return {f"1790000000.{number:06d}": due for number, due in enumerate(dues)}


def _later(waiting: int) -> dict[str, datetime]:
    tomorrow = datetime.now(UTC) + _TOMORROW
    return {f"1791000000.{number:06d}": tomorrow for number in range(waiting)}


def _chunks(items: list[tuple[str, datetime]]) -> list[list[tuple[str, datetime]]]:
    return [items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE)]


async def _wait_in_index(client: Any, waiting: int) -> None:
    tomorrow_ms = to_ms(datetime.now(UTC) + _TOMORROW)
    for shard in range(keys.SHARDS):
        members = {f"remind:LATER-{number + 1}": tomorrow_ms for number in range(shard, waiting, keys.SHARDS)}
        if members:
            await client.zadd(keys.due(shard), members)


async def _due_in_index(client: Any) -> int:
    now_ms = to_ms(datetime.now(UTC))
    async with client.pipeline(transaction=False) as pipe:
        for shard in range(keys.SHARDS):
            pipe.zcount(keys.due(shard), "-inf", now_ms)
        return sum(await pipe.execute())


def _socket(url: str) -> str:
    return unquote(url.removeprefix("unix://"))
