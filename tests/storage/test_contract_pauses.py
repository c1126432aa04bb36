"""A pause: no worker takes anything in hand or records an attempt, and nothing is lost by it."""

from datetime import timedelta

from policy.instants import to_ms
from storage import keys
from storage.codec import Pause, WorkNote
from storage.plan import lane_member
from tests.policy.samples import MONDAY
from tests.storage.stores import Store

SHARD = keys.shard_of("ACME")
PAUSE = Pause(since=MONDAY, by="erin@desk", reason="Slack's own trouble")
STAFF = lane_member("ACME-1:staff")


async def test_nothing_is_claimed_while_it_is_on_and_all_of_it_afterwards(store: Store, other: Store) -> None:
    await store.pauses.pause(PAUSE)
    await other.opened()
    assert await other.queue.claim(SHARD, now=MONDAY + timedelta(days=9), most=9, token="me") == (None, [])
    assert await store.pauses.resume() == PAUSE
    assert len(await other.claim(SHARD)) == 2


async def test_what_is_in_hand_makes_no_further_call_and_can_still_be_settled(store: Store) -> None:
    await store.opened()
    lease = await store.lease(SHARD, STAFF)
    assert await store.pauses.in_hand() == 1
    await store.pauses.pause(PAUSE)
    assert not await store.queue.attempt(lease, WorkNote(tries=1))
    assert await store.queue.done(lease, "ACME-1:staff", now=MONDAY) is None
    assert await store.pauses.in_hand() == 0


async def test_every_shard_stands_still(store: Store) -> None:
    await store.pauses.pause(PAUSE)
    for shard in range(keys.SHARDS):
        await store.scripts.command("ZADD", keys.due(shard), to_ms(MONDAY), f"remind:X{shard}-1")
        assert await store.claim(shard) == []


async def test_the_first_word_stands_and_a_second_resume_does_nothing(store: Store, other: Store) -> None:
    assert await store.pauses.current() is None
    assert await store.pauses.pause(PAUSE) == PAUSE
    assert await other.pauses.pause(Pause(since=MONDAY, by="omar@desk")) == PAUSE
    assert await other.pauses.current() == PAUSE
    assert await other.pauses.resume() == PAUSE
    assert await store.pauses.resume() is None


async def test_a_pause_that_was_broken_off_is_on_and_can_be_made_whole(store: Store) -> None:
    await store.pauses.pause(PAUSE)
    for shard in range(keys.SHARDS - 1):
        await store.scripts.command("DEL", keys.paused(shard))
    assert await store.pauses.current() == PAUSE
    await store.opened()
    assert await store.pauses.pause(Pause(since=MONDAY, by="omar@desk")) == PAUSE
    assert await store.claim(SHARD) == []
