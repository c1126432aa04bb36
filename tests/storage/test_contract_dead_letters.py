"""Dead letters: put back in their old order, in front of what came after them, once."""

from dataclasses import replace

from policy.transitions import customer_replied
from storage import keys
from storage.codec import DeadLetter, WorkNote
from storage.dead_letters import DeadLetters
from storage.plan import lane_member
from tests.policy.samples import MINUTE, MONDAY, OPENER, default_policy
from tests.storage.stores import Store

SHARD = keys.shard_of("ACME")
LANE = "ACME-1:staff"
STAFF = lane_member(LANE)


async def bury(store: Store, count: int) -> list[str]:
    """Give the first effects of the lane up; their ids in order."""
    ids = []
    for minute in range(count):
        lease = await store.lease(SHARD, STAFF)
        queued = await store.queue.head(SHARD, LANE)
        assert queued is not None
        letter = DeadLetter(at=MONDAY + minute * MINUTE, member=STAFF, queued=queued, error="is_archived")
        await store.queue.done(lease, LANE, now=MONDAY, dead=letter)
        ids.append(queued.id)
    return ids


async def waiting(store: Store) -> list[str]:
    from storage.codec import decode_queued

    return [
        decode_queued(blob).id
        for blob in await store.scripts.command("LRANGE", keys.lane(SHARD, LANE), 0, -1)
    ]


async def test_they_stand_again_where_they_stood(store: Store, other: Store) -> None:
    await store.opened()
    before = await waiting(store)
    ids = await bury(store, 2)
    letters = await DeadLetters(other.scripts).all()
    assert [one.id for one in letters] == ids
    assert await DeadLetters(other.scripts).retry(letters, MONDAY) == 2
    assert await waiting(store) == before
    assert await DeadLetters(other.scripts).all() == []
    assert STAFF in [one.member for one in await store.claim(SHARD)]


async def test_asked_twice_it_is_done_once(store: Store) -> None:
    await store.opened()
    before = await waiting(store)
    await bury(store, 1)
    dead = DeadLetters(store.scripts)
    letters = await dead.all()
    assert await dead.retry(letters, MONDAY) == 1
    assert await dead.retry(letters, MONDAY) == 0
    assert await waiting(store) == before


async def test_one_that_is_in_a_workers_hands_keeps_its_place(store: Store) -> None:
    """The worker drops the head of the lane when it is done."""
    await store.opened()
    first, second = await bury(store, 2)
    rest = await waiting(store)
    lease = await store.lease(SHARD, STAFF)
    dead = DeadLetters(store.scripts)
    assert await dead.retry(await dead.all(), MONDAY) == 2
    assert await waiting(store) == [rest[0], first, second, *rest[1:]]
    await store.queue.done(lease, LANE, now=MONDAY)
    assert await waiting(store) == [first, second, *rest[1:]]


async def test_one_that_may_have_been_posted_keeps_its_place_and_its_time(store: Store) -> None:
    await store.opened()
    (first,) = await bury(store, 1)
    rest = await waiting(store)
    lease = await store.lease(SHARD, STAFF)
    await store.queue.put_back(lease, MONDAY + MINUTE, WorkNote(tries=1, attempt=rest[0], channel="C1"))
    dead = DeadLetters(store.scripts)
    assert await dead.retry(await dead.all(), MONDAY) == 1
    assert await waiting(store) == [rest[0], first, *rest[1:]]
    assert STAFF not in [one.member for one in await store.claim(SHARD)]


async def test_a_lane_that_was_empty_is_due_at_once(store: Store) -> None:
    base = await store.opened()
    ids = await bury(store, len(await waiting(store)))
    assert await waiting(store) == []
    dead = DeadLetters(store.scripts)
    letters = await dead.all()
    assert await dead.retry(letters[:1], MONDAY) == 1
    assert STAFF in [one.member for one in await store.claim(SHARD)]
    assert await waiting(store) == ids[:1]
    change = customer_replied(default_policy(), base.ticket, OPENER, "Hello?", MONDAY)
    await store.changed(base, change)
    assert (await waiting(store))[0] == ids[0]
    assert await dead.retry([replace(letters[1], blob=b"another")], MONDAY) == 0
