"""Lanes of effects: in order, one at a time, due while something waits in them and no longer."""

from dataclasses import replace

import pytest

from policy.commits import Committed, Conflict, LeaseLost, Operation
from policy.effects import (
    CallOnCall,
    Invite,
    Lane,
    NoteReply,
    OpenRoom,
    PinCard,
    PinSupportButton,
    PostCard,
    PostDetails,
    PostThread,
    RefreshCard,
    StaffEffect,
)
from policy.instants import to_ms
from policy.tickets import MessageRef
from policy.transitions import customer_replied
from storage import keys
from storage.codec import DeadLetter, Queued, decode_queued
from storage.connect import Client
from storage.plan import Lease, lane_member, reminder_member, ticket_lane
from tests.policy.samples import MINUTE, MONDAY, OPENER, acknowledged, default_policy
from tests.servers import Server
from tests.storage.key_leaks import contents
from tests.storage.stores import Store

SHARD = keys.shard_of("ACME")
STAFF = ticket_lane("ACME-1", Lane.STAFF)
CUSTOMER = ticket_lane("ACME-1", Lane.CUSTOMER)
REMINDERS = reminder_member("ACME-1")
OPENING: list[StaffEffect] = [OpenRoom(), PostCard(), CallOnCall(), Invite(), PinCard(), PostDetails()]
LATER = MONDAY + MINUTE


async def due(store: Store) -> dict[str, int]:
    """Every due member and its instant (ms)."""
    client: Client = store.client
    found = await client.zrange(keys.due(SHARD), 0, -1, withscores=True)
    return {member.decode(): int(score) for member, score in found}


async def head(store: Store, lane: str = STAFF) -> Queued:
    found = await store.queue.head(SHARD, lane)
    assert found is not None
    return found


async def deliver_all(store: Store, lane: str = STAFF) -> list[object]:
    """What a worker finds in a lane, one claim each, until the lane is not due any more."""
    found: list[object] = []
    while lane_member(lane) in await due(store):
        lease = await store.lease(SHARD, lane_member(lane), now=LATER)
        found.append((await head(store, lane)).effect)
        assert await store.queue.done(lease, lane, now=LATER) is None
    return found


async def test_an_opening_queues_both_sides_and_the_first_reminder(store: Store) -> None:
    await store.opened()
    assert await due(store) == {
        lane_member(STAFF): to_ms(MONDAY),
        lane_member(CUSTOMER): to_ms(MONDAY),
        REMINDERS: to_ms(MONDAY + 10 * MINUTE),
    }
    queued = await head(store)
    assert (queued.effect, queued.ticket) == (OpenRoom(), "ACME-1")


async def test_effects_come_in_the_order_in_which_they_were_queued(store: Store) -> None:
    base = await store.opened()
    for number in range(3):
        change = customer_replied(default_policy(), base.ticket, OPENER, f"reply {number}", LATER)
        base = await store.changed(base, change, now=LATER)
    replies = [NoteReply(by=OPENER, text=f"reply {number}") for number in range(3)]
    assert await deliver_all(store, CUSTOMER) == [PostThread()]
    assert await deliver_all(store) == [*OPENING, *replies]


async def test_every_effect_has_an_opaque_id_of_its_own(store: Store) -> None:
    await store.opened()
    client: Client = store.client
    blobs = await client.lrange(keys.lane(SHARD, STAFF), 0, -1)
    ids = {decode_queued(blob).id for blob in blobs}
    assert len(ids) == len(OPENING)
    assert not any("ACME" in one for one in ids)


async def test_a_lane_is_made_due_once_not_by_each_effect(store: Store) -> None:
    base = await store.opened()
    before = await due(store)
    change = customer_replied(default_policy(), base.ticket, OPENER, "Hello?", LATER)
    base = await store.changed(base, change, now=LATER)
    # What is queued behind others neither hurries nor delays them.
    assert (await due(store))[lane_member(STAFF)] == before[lane_member(STAFF)]
    held = await store.lease(SHARD, lane_member(STAFF), now=LATER)
    assert await store.queue.put_back(held, MONDAY + 30 * MINUTE, None)
    await store.changed(
        base, customer_replied(default_policy(), base.ticket, OPENER, "Hello?", LATER), now=LATER
    )
    assert (await due(store))[lane_member(STAFF)] == to_ms(MONDAY + 30 * MINUTE)


async def test_an_empty_lane_is_due_at_once_when_something_comes(store: Store) -> None:
    base = await store.opened()
    await deliver_all(store)
    assert lane_member(STAFF) not in await due(store)
    assert await store.queue.head(SHARD, STAFF) is None
    now = MONDAY + 5 * MINUTE
    await store.changed(base, customer_replied(default_policy(), base.ticket, OPENER, "Hello?", now), now=now)
    assert (await due(store))[lane_member(STAFF)] == to_ms(now)


async def test_what_is_done_is_gone_and_the_next_one_is_due_now(store: Store) -> None:
    await store.opened()
    lease = await store.lease(SHARD, lane_member(STAFF))
    assert await store.queue.done(lease, STAFF, now=LATER) is None
    assert (await head(store)).effect == PostCard()
    assert (await due(store))[lane_member(STAFF)] == to_ms(LATER)
    await store.lease(SHARD, lane_member(STAFF), now=LATER)


async def test_what_is_covered_goes_with_the_head_and_nothing_else_does(store: Store) -> None:
    base = await store.opened()
    await deliver_all(store)
    refreshed = [RefreshCard(), NoteReply(OPENER, "1"), RefreshCard(), NoteReply(OPENER, "1"), RefreshCard()]
    change = replace(customer_replied(default_policy(), base.ticket, OPENER, "1", LATER), staff=refreshed)
    await store.changed(base, change, now=LATER)
    lease = await store.lease(SHARD, lane_member(STAFF), now=LATER)
    covered = await store.queue.repeats(SHARD, STAFF, await head(store))
    assert [decode_queued(blob).effect for blob in covered] == [RefreshCard(), RefreshCard()]
    later = replace(change, staff=(RefreshCard(),))
    again = await store.tickets.get("ACME-1")
    assert again is not None
    await store.changed(again, later, now=LATER)  # queued after the look: it stays
    assert await store.queue.done(lease, STAFF, now=LATER, covered=covered) is None
    assert await deliver_all(store) == [NoteReply(OPENER, "1"), NoteReply(OPENER, "1"), RefreshCard()]


async def test_under_a_lost_lease_nothing_goes_with_the_head(
    store: Store, store_servers: list[Server]
) -> None:
    base = await store.opened()
    await deliver_all(store)
    change = customer_replied(default_policy(), base.ticket, OPENER, "1", LATER)
    await store.changed(base, replace(change, staff=(RefreshCard(), RefreshCard())), now=LATER)
    covered = await store.queue.repeats(SHARD, STAFF, await head(store))
    before = contents(store_servers)
    stranger = Lease(SHARD, lane_member(STAFF), "stranger")
    assert await store.queue.done(stranger, STAFF, now=LATER, covered=covered) == LeaseLost()
    assert contents(store_servers) == before


async def test_what_was_learned_is_committed_with_the_delivery(store: Store) -> None:
    base = await store.opened()
    lease = await store.lease(SHARD, lane_member(CUSTOMER))
    learned = customer_replied(default_policy(), base.ticket, OPENER, "Thanks.", LATER)
    outcome = await store.tickets.settle(
        lease, base, learned, wake=MONDAY + 10 * MINUTE, now=LATER, pop=CUSTOMER
    )
    assert isinstance(outcome, Committed)
    assert outcome.stored == await store.tickets.get("ACME-1")
    assert await store.queue.head(SHARD, CUSTOMER) is None
    assert lane_member(CUSTOMER) not in await due(store)
    assert len(await store.tickets.timeline("ACME-1")) == 2


async def test_a_delivery_may_queue_into_its_own_lane(store: Store) -> None:
    """The last effect of a lane brings another one: the lane stays due."""
    base = await store.opened()
    for _ in OPENING[1:]:
        lease = await store.lease(SHARD, lane_member(STAFF), now=LATER)
        assert await store.queue.done(lease, STAFF, now=LATER) is None
    lease = await store.lease(SHARD, lane_member(STAFF), now=LATER)
    learned = customer_replied(default_policy(), base.ticket, OPENER, "Thanks.", LATER)
    outcome = await store.tickets.settle(lease, base, learned, wake=None, now=LATER, pop=STAFF)
    assert isinstance(outcome, Committed)
    assert await deliver_all(store) == [NoteReply(by=OPENER, text="Thanks.")]


async def test_nothing_learned_is_settled_without_a_new_version(store: Store) -> None:
    base = await store.opened()
    lease = await store.lease(SHARD, REMINDERS, now=MONDAY + 10 * MINUTE)
    wake = MONDAY + 30 * MINUTE
    outcome = await store.tickets.settle(lease, base, None, wake=wake, now=MONDAY + 10 * MINUTE)
    assert outcome == Committed(base)
    assert (await due(store))[REMINDERS] == to_ms(wake)


@pytest.mark.parametrize("learned", [True, False])
async def test_settling_on_a_ticket_that_has_changed_writes_nothing_and_keeps_the_lease(
    store: Store, store_servers: list[Server], learned: bool
) -> None:
    base = await store.opened()
    lease = await store.lease(SHARD, lane_member(STAFF))
    newer = await store.changed(base, acknowledged(base.ticket, LATER), now=LATER)
    change = customer_replied(default_policy(), base.ticket, OPENER, "Thanks.", LATER) if learned else None
    before = contents(store_servers)
    crossed = await store.tickets.settle(lease, base, change, wake=None, now=LATER, pop=STAFF)
    assert crossed == Conflict()
    assert contents(store_servers) == before
    again = customer_replied(default_policy(), newer.ticket, OPENER, "Thanks.", LATER) if learned else None
    settled = await store.tickets.settle(lease, newer, again, wake=None, now=LATER, pop=STAFF)
    assert isinstance(settled, Committed)
    assert (await head(store)).effect == PostCard()


async def test_what_cannot_be_delivered_is_kept_apart_and_the_lane_goes_on(store: Store) -> None:
    base = await store.opened()
    letters = []
    for error in ("is_archived", "no_permission"):
        lease = await store.lease(SHARD, lane_member(STAFF), now=LATER)
        letter = DeadLetter(at=LATER, member=lease.member, queued=await head(store), error=error)
        letters.append(letter)
        if error == "is_archived":
            assert await store.queue.done(lease, STAFF, now=LATER, dead=letter) is None
        else:
            await store.tickets.settle(lease, base, None, wake=None, now=LATER, pop=STAFF, dead=letter)
    assert await store.queue.dead_letters(SHARD) == letters
    assert [letter.queued.effect for letter in letters] == OPENING[:2]
    assert await deliver_all(store) == OPENING[2:]


async def test_a_dead_letter_under_a_lost_lease_is_not_kept(store: Store) -> None:
    await store.opened()
    stranger = Lease(SHARD, lane_member(STAFF), "stranger")
    letter = DeadLetter(at=LATER, member=stranger.member, queued=await head(store), error="is_archived")
    assert await store.queue.done(stranger, STAFF, now=LATER, dead=letter) == LeaseLost()
    assert await store.queue.dead_letters(SHARD) == []


async def test_the_lane_of_an_effect_that_belongs_to_no_ticket(store: Store) -> None:
    effects = [PinSupportButton("ACME", "C-ACME"), PinSupportButton("ACME", "C-NEW")]
    await store.tickets.queue("ACME", effects, operation=Operation("event-1", "ACME"), now=MONDAY)
    assert await deliver_all(store, "desk:ACME:event-1") == effects


async def test_rooms_are_found_by_channel_and_by_thread(store: Store) -> None:
    await store.queue.put_room("C-INC", None, "ACME-1")
    message = MessageRef(channel="C-INC", ts="1.000100")
    await store.queue.put_room(message.channel, message.ts, "ACME-2")
    assert await store.queue.room("C-INC", None) == "ACME-1"
    assert await store.queue.room("C-INC", "1.000100") == "ACME-2"
    assert await store.queue.room("C-INC", "2.000100") is None
