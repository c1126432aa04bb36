"""The histories of duties, and up to where something has been told: added once, moved together, lost with the lease."""

import asyncio
from datetime import date, timedelta

from policy.commits import Conflict, LeaseLost
from policy.duties import DutyDone, DutyHistory
from storage import keys
from storage.codec import WorkNote
from tests.policy.samples import ENGINEER, MINUTE, MONDAY
from tests.storage.stores import Store

MEMBER = "digest:tam:U0OMAR"
SHARD = keys.shard_of("U0OMAR")
WEEK = timedelta(weeks=1)


def done(history: DutyHistory, operation: str) -> DutyDone:
    entry = history.record("call", MONDAY.date(), by=ENGINEER, operation=operation, now=MONDAY)
    assert isinstance(entry, DutyDone)
    return entry


async def test_an_entry_is_added_once(store: Store) -> None:
    empty = await store.duties.of("ACME")
    assert empty.entries == []
    entry = done(empty, "op-1")
    after = await store.duties.add(empty, entry)
    assert isinstance(after, DutyHistory)
    again = await store.duties.add(empty, entry)
    assert isinstance(again, DutyHistory)
    assert after.entries == again.entries == (await store.duties.of("ACME")).entries == [entry]
    # Another entry that was decided on what is no more.
    assert isinstance(await store.duties.add(empty, done(empty, "op-2")), Conflict)
    assert (await store.duties.of("GLOBEX")).entries == []


async def test_of_two_at_once_one_comes_first(store: Store) -> None:
    empty = await store.duties.of("ACME")
    found = await asyncio.gather(*(store.duties.add(empty, done(empty, f"op-{n}")) for n in range(5)))
    assert sum(isinstance(one, Conflict) for one in found) == 4
    assert len((await store.duties.of("ACME")).entries) == 1


async def test_the_mark_moves_with_the_member(store: Store) -> None:
    await store.told.expect(SHARD, [MEMBER], now=MONDAY)
    assert await store.told.until(SHARD, MEMBER) is None
    lease = await store.lease(SHARD, MEMBER)
    assert await store.told.settle(lease, MONDAY.date(), MONDAY + WEEK, now=MONDAY) is None
    assert await store.told.until(SHARD, MEMBER) == MONDAY.date()
    assert await store.claim(SHARD) == []
    assert await store.queue.first_due(SHARD) == round((MONDAY + WEEK).timestamp() * 1000)

    # Whoever has lost the lease moves nothing.
    assert isinstance(await store.told.settle(lease, date(2030, 1, 1), None, now=MONDAY), LeaseLost)
    assert await store.told.until(SHARD, MEMBER) == MONDAY.date()

    lease = await store.lease(SHARD, MEMBER, now=MONDAY + WEEK)
    assert await store.told.settle(lease, MONDAY.date(), None, now=MONDAY + WEEK) is None
    assert await store.told.until(SHARD, MEMBER) is None
    assert await store.queue.first_due(SHARD) is None


async def test_what_is_in_hand_or_is_tried_again_is_not_troubled(store: Store) -> None:
    await store.told.expect(SHARD, [MEMBER], now=MONDAY)
    lease = await store.lease(SHARD, MEMBER)
    await store.told.expect(SHARD, [MEMBER], now=MONDAY + MINUTE)
    assert await store.queue.put_back(lease, MONDAY + 5 * MINUTE, WorkNote(attempt="m1", channel="D1"))
    await store.told.expect(SHARD, [MEMBER], now=MONDAY + MINUTE)
    assert await store.claim(SHARD, now=MONDAY + 4 * MINUTE) == []
    assert len(await store.claim(SHARD, now=MONDAY + 5 * MINUTE)) == 1
