"""The worker as it runs by itself: woken, busy, without a store, stopped."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot.clock import SystemClock
from bot.worker import Worker
from policy.instants import to_ms
from policy.timeline import Reminded, Source
from policy.transitions import post_update
from storage.errors import StorageUnavailable
from storage.scripts import Claimed
from storage.wakes import Wakes
from tests.bot.worker_rig import ACME, ERIN, GLOBEX, Rig, rig_at, until
from tests.scenarios.processes import RedisProgram
from tests.servers import short_dir


@pytest.fixture
async def rig(empty_url: str) -> AsyncIterator[Rig]:
    async with rig_at(empty_url) as made:
        yield made


@asynccontextmanager
async def working(rig: Rig, url: str, **options: int) -> AsyncIterator[Worker]:
    """A worker that runs while the block does."""
    async with Wakes.at(url) as wakes:
        worker = Worker(rig.queue, rig.handlers, rig.clock, wakes.shards, **options)
        running = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            worker.stop()
            async with asyncio.timeout(20):
                await running


async def delivered(rig: Rig) -> bool:
    """Whether no lane waits any more."""
    return not any(member.startswith("lane:") for member in await rig.waiting())


async def test_it_delivers_what_is_there_and_what_comes(rig: Rig, empty_url: str) -> None:
    first = await rig.open("3")
    async with working(rig, empty_url):
        await rig.people.wait_for(ACME, lambda message: first in message["text"])
        second = await rig.open("3", "GLOBEX")
        await rig.people.wait_for(GLOBEX, lambda message: second in message["text"])
        await until(lambda: delivered(rig), "all to be delivered")
    assert await rig.nothing_doubled()


async def test_two_workers_share_the_work_and_double_nothing(rig: Rig, empty_url: str) -> None:
    async with working(rig, empty_url), working(rig, empty_url):
        for _ in range(15):
            await rig.open("3")
            await rig.open("3", "GLOBEX")
        await until(lambda: delivered(rig), "all to be delivered")
    assert len(await rig.ids()) == 30 * 4
    assert await rig.nothing_doubled()


async def test_a_reminder_goes_out_when_the_clock_comes_to_it(rig: Rig, empty_url: str) -> None:
    async with working(rig, empty_url) as worker:
        ticket = await rig.open("1")
        await until(lambda: delivered(rig), "the opening")
        rig.pass_time(minutes=10)
        worker.look_again()
        await until(lambda: rig.entries(ticket, Reminded), "the reminder")
    assert await rig.nothing_doubled()


async def test_few_hands_do_all_the_work(rig: Rig, empty_url: str) -> None:
    for _ in range(10):
        await rig.open("3")
    async with working(rig, empty_url, concurrency=2, batch=1):
        await until(lambda: delivered(rig), "all to be delivered")
    assert len(await rig.ids()) == 10 * 4


async def test_a_clock_of_its_own_paces_a_channel(empty_url: str) -> None:
    """Slack takes five messages a second here; the worker keeps half a second between two."""
    async with rig_at(empty_url, interval_ms=600, clock=SystemClock()) as rig:
        await rig.people.set_post_limit(10)
        async with working(rig, empty_url):
            for _ in range(3):
                await rig.open("3")
            await until(lambda: delivered(rig), "all to be delivered", patience_s=60)
        calls = await rig.people.calls("chat.postMessage")
        assert [call.status for call in calls] == [200] * 12


# -- stopping


async def test_what_is_in_hand_is_finished_and_nothing_more_is_taken(rig: Rig, empty_url: str) -> None:
    ticket = await rig.open("3")
    on_the_way, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        on_the_way.set()
        await go_on.wait()

    rig.slack.after_post = slow
    async with Wakes.at(empty_url) as wakes:
        worker = Worker(rig.queue, rig.handlers, rig.clock, wakes.shards)
        running = asyncio.create_task(worker.run())
        async with asyncio.timeout(20):
            await on_the_way.wait()
            worker.stop()
            await rig.open("3", "GLOBEX")
            await asyncio.sleep(0)
            assert not running.done()
            go_on.set()
            await running
    kept = await rig.ticket(ticket)
    assert kept.customer is not None
    assert kept.card is not None
    assert await rig.posts(GLOBEX) == []
    assert "lane:GLOBEX-1:customer" in await rig.waiting()


async def test_a_stop_before_the_start(rig: Rig, empty_url: str) -> None:
    await rig.open("3")
    async with Wakes.at(empty_url) as wakes:
        worker = Worker(rig.queue, rig.handlers, rig.clock, wakes.shards)
        worker.stop()
        async with asyncio.timeout(20):
            await worker.run()
    assert await rig.posts() == []


# -- without a store


async def test_the_store_goes_away_and_comes_back(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "bot.worker")
    with short_dir() as home:
        redis = RedisProgram(home)
        await redis.start()
        try:
            async with rig_at(redis.url) as rig, working(rig, redis.url) as worker:
                ticket = await rig.open("3")
                await until(lambda: delivered(rig), "the opening")
                await redis.end()
                worker.look_again()
                await until(lambda: _said(caplog, "waits for the store"), "the worker to notice")
                await redis.start()
                await rig.change(
                    ticket, lambda t, now: post_update(rig.policy, t, ERIN, "Found it.", Source.COMMAND, now)
                )
                await until(lambda: delivered(rig), "the update")
                assert await rig.nothing_doubled()
                thread = (await rig.ticket(ticket)).customer
                assert thread is not None
                assert "Found it." in (await rig.texts(ACME, thread.thread))[-1]
        finally:
            await redis.end()


async def test_the_store_goes_away_during_a_post(caplog: pytest.LogCaptureFixture) -> None:
    """The message stands, and nobody could record it: it is found when the lease has run out."""
    caplog.set_level(logging.WARNING, "bot.worker")
    with short_dir() as home:
        redis = RedisProgram(home)
        await redis.start()
        try:
            async with rig_at(redis.url) as rig, working(rig, redis.url) as worker:

                async def away() -> None:
                    rig.slack.after_post = None
                    await redis.end()

                rig.slack.after_post = away
                ticket = await rig.open("3")
                await until(lambda: _said(caplog, "waits for the store"), "the worker to notice")
                await redis.start()
                await rig.leases_run_out()
                worker.look_again()
                await until(lambda: delivered(rig), "the opening")
                assert await rig.nothing_doubled()
                kept = await rig.ticket(ticket)
                assert kept.customer is not None
                assert kept.card is not None
        finally:
            await redis.end()


async def _said(caplog: pytest.LogCaptureFixture, words: str) -> bool:
    return any(words in record.getMessage() for record in caplog.records)


# -- looking, without a store at all


@dataclass
class Shelf:
    """A queue and its handlers in one: what is due, by shard and instant (ms)."""

    due: dict[int, dict[str, int]] = field(default_factory=dict)
    handled: list[str] = field(default_factory=list)
    claims: int = 0
    during_claim: Callable[[], Awaitable[None]] | None = None
    away: set[int] = field(default_factory=set)
    fails: set[str] = field(default_factory=set)

    async def claim(
        self, shard: int, *, now: datetime, most: int, token: str
    ) -> tuple[int | None, list[Claimed]]:
        del token
        self.claims += 1
        there = self.due.setdefault(shard, {})
        ready = [name for name, at in there.items() if at <= to_ms(now)][:most]
        claimed = [Claimed(name, there.pop(name), None) for name in ready]
        later = min((at for at in there.values() if at > to_ms(now)), default=None)
        if self.during_claim is not None:
            await self.during_claim()
        if shard in self.away:
            raise StorageUnavailable("this shard is away")
        return later, claimed

    async def most_urgent_first(
        self, claimed: Sequence[tuple[int, Claimed]]
    ) -> list[tuple[int, Claimed, None]]:
        return [(shard, one, None) for shard, one in claimed]

    async def handle(self, shard: int, claimed: Claimed, token: str, base: None) -> datetime | None:
        del shard, token, base
        self.handled.append(claimed.member)
        if claimed.member in self.fails:
            raise RuntimeError("a bug")
        return None


class Announcements:
    """What other processes say."""

    def __init__(self) -> None:
        self.said: asyncio.Queue[tuple[int, int]] = asyncio.Queue()

    async def __call__(self) -> AsyncIterator[tuple[int, int]]:
        while True:
            yield await self.said.get()
            self.said.task_done()

    async def heard(self, what: tuple[int, int]) -> None:
        """Say it, and wait until it was heard."""
        self.said.put_nowait(what)
        await self.said.join()


@asynccontextmanager
async def looking(shelf: Shelf, announcements: Announcements) -> AsyncIterator[Worker]:
    worker = Worker(shelf, shelf, SystemClock(), announcements)  # type: ignore[arg-type]
    running = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await running


async def handled(shelf: Shelf, *names: str) -> None:
    async def all_of_them() -> bool:
        return set(names) <= set(shelf.handled)

    # Less than the time after which a worker looks anyway.
    await until(all_of_them, f"{names}, of which {shelf.handled} was handled", patience_s=4)


async def test_what_is_announced_during_a_claim_is_not_forgotten() -> None:
    """The claim's answer is older than the announcement."""
    shelf, announcements = Shelf(), Announcements()

    async def queued_meanwhile() -> None:
        shelf.during_claim = None
        shelf.due[3] = {"lane:late": 1}
        await announcements.heard((3, 1))

    async with looking(shelf, announcements) as worker:
        await until(_looked(worker), "the first look")
        shelf.during_claim = queued_meanwhile
        announcements.said.put_nowait((3, 1))
        await handled(shelf, "lane:late")


async def test_a_later_instant_is_slept_through() -> None:
    shelf, announcements = Shelf(), Announcements()
    soon = to_ms(SystemClock().now() + timedelta(milliseconds=300))
    shelf.due[5] = {"lane:soon": soon, "lane:much later": soon + 3_600_000}
    async with looking(shelf, announcements):
        await handled(shelf, "lane:soon")
    assert shelf.handled == ["lane:soon"]
    assert shelf.claims <= 16 + 4  # one look at every shard, then at this one


async def test_a_shard_that_is_away_does_not_hold_up_the_others() -> None:
    shelf, announcements = Shelf(), Announcements()
    shelf.away = {3}
    shelf.due = {shard: {f"lane:{shard}": 1} for shard in range(16) if shard != 3}
    async with looking(shelf, announcements):
        await handled(shelf, *(f"lane:{shard}" for shard in range(16) if shard != 3))
        shelf.due[3] = {"lane:3": 1}
        shelf.away = set()
        await handled(shelf, "lane:3")


async def test_a_bug_in_one_does_not_hold_up_the_others(caplog: pytest.LogCaptureFixture) -> None:
    shelf, announcements = Shelf(), Announcements()
    shelf.fails = {"lane:bad"}
    shelf.due = {2: {"lane:bad": 1, "lane:good": 1}}
    async with looking(shelf, announcements):
        await handled(shelf, "lane:bad", "lane:good")
    assert "lane:bad failed" in caplog.text


async def test_it_says_when_it_last_looked() -> None:
    shelf, announcements = Shelf(), Announcements()
    async with looking(shelf, announcements) as worker:
        assert worker.last_look == 0
        await until(_looked(worker), "the first look")
        assert worker.last_look <= time.monotonic()


def _looked(worker: Worker) -> Callable[[], Awaitable[bool]]:
    async def looked() -> bool:
        return worker.last_look > 0

    return looked


# -- a Slack that does not answer while the worker is asked to end


async def test_what_slack_does_not_answer_is_given_back_with_its_attempt(rig: Rig, empty_url: str) -> None:
    """Half a message is none: the next worker looks for it, and not before Slack must have answered."""
    ticket = await rig.open("3")
    on_the_way = asyncio.Event()

    async def never() -> None:
        on_the_way.set()
        await asyncio.Event().wait()

    rig.slack.before_post = never
    async with Wakes.at(empty_url) as wakes:
        worker = Worker(rig.queue, rig.handlers, rig.clock, wakes.shards)
        running = asyncio.create_task(worker.run())
        async with asyncio.timeout(20):
            await on_the_way.wait()
            worker.stop()
            running.cancel()  # as the program does when its time is over
            with pytest.raises(asyncio.CancelledError):
                await running
    assert await rig.held() == []
    waiting = await rig.waiting()
    again = (rig.clock.now() + timedelta(seconds=rig.queue.lease_s)).timestamp() * 1000
    assert waiting[f"lane:{ticket}:customer"] == waiting[f"lane:{ticket}:staff"] == again
    rig.slack.before_post = None
    await rig.work()
    assert await rig.posts() == []  # not before
    rig.pass_time(seconds=rig.queue.lease_s)
    await rig.work()
    assert len(await rig.texts(ACME)) == 1
    assert await rig.nothing_doubled()
