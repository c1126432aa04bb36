"""Claims: nobody holds what another holds, what is not settled comes back, and a lost lease does nothing."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from msgspec.structs import replace

from policy.commits import Committed, LeaseLost
from policy.instants import to_ms
from policy.reminders import due_reminder
from policy.transitions import customer_replied, resolve
from storage import keys
from storage.codec import WorkNote, decode_note
from storage.plan import Lease, lane_member, reminder_member
from storage.queue import Queue
from storage.scripts import Claimed
from tests.policy.samples import (
    ENGINEER,
    MINUTE,
    MONDAY,
    OPENER,
    acknowledged,
    default_policy,
)
from tests.servers import Server
from tests.storage.key_leaks import contents
from tests.storage.stores import Store, until

SHARD = keys.shard_of("ACME")
STAFF, CUSTOMER = lane_member("ACME-1:staff"), lane_member("ACME-1:customer")
REMINDERS = reminder_member("ACME-1")
LATER = MONDAY + 10 * MINUTE


def members(claimed: Sequence[Claimed]) -> list[str]:
    return [one.member for one in claimed]


async def taken_over(store: Store, member: str) -> tuple[Lease, Lease]:
    """A lease that ran out, and the one of the worker that took the member over."""
    hasty = Queue(store.scripts, lease_ms=1)
    _, claimed = await hasty.claim(SHARD, now=LATER, most=100, token="slow")
    assert member in members(claimed)

    async def try_to_take() -> bool:
        return member in members(await store.claim(SHARD, now=LATER, token="quick"))

    await until(try_to_take)
    return Lease(SHARD, member, "slow"), Lease(SHARD, member, "quick")


# -- what is due


async def test_what_is_due_is_claimed_the_longest_due_first_and_the_next_one_is_told(store: Store) -> None:
    base = await store.opened()
    next_ms, claimed = await store.queue.claim(SHARD, now=MONDAY, most=10, token="me")
    assert sorted(members(claimed)) == [CUSTOMER, STAFF]
    assert [one.due_ms for one in claimed] == [to_ms(MONDAY)] * 2
    assert next_ms == to_ms(MONDAY + 10 * MINUTE)
    await store.changed(base, customer_replied(default_policy(), base.ticket, OPENER, "Hello?", MONDAY))
    next_ms, claimed = await store.queue.claim(SHARD, now=LATER, most=10, token="me")
    assert (next_ms, members(claimed)) == (None, [REMINDERS])


async def test_nothing_is_due_before_its_instant(store: Store) -> None:
    assert await store.queue.claim(SHARD, now=LATER, most=10, token="me") == (None, [])
    await store.opened()
    early = MONDAY - timedelta(milliseconds=1)
    assert await store.queue.claim(SHARD, now=early, most=10, token="me") == (to_ms(MONDAY), [])


async def test_most_bounds_a_claim_past_those_that_others_hold(store: Store, other: Store) -> None:
    for number in range(6):
        await store.opened(operation=f"op-{number}")
    seen: list[str] = []
    for turn in range(4):
        one = (store, other)[turn % 2]
        seen += members(await one.claim(SHARD, most=3, token=f"worker-{turn}"))
        assert len(seen) == 3 * (turn + 1)
    assert len(set(seen)) == 12
    assert await store.claim(SHARD, most=3) == []


async def test_two_that_race_never_hold_the_same(store: Store, other: Store) -> None:
    for number in range(40):
        await store.opened(operation=f"op-{number}")

    async def take(one: Store, token: str) -> list[str]:
        found: list[str] = []
        while claimed := await one.claim(SHARD, most=7, token=token):
            found += members(claimed)
        return found

    shares = await asyncio.gather(
        *(take((store, other)[worker % 2], f"worker-{worker}") for worker in range(6))
    )
    everything = [member for share in shares for member in share]
    assert len(everything) == len(set(everything)) == 80


async def test_other_shards_are_not_touched(store: Store) -> None:
    await store.opened("GLOBEX")
    assert await store.claim(SHARD) == []


# -- a lease that runs out


async def test_a_lease_that_runs_out_lets_another_take_it(store: Store) -> None:
    await store.opened()
    _, quick = await taken_over(store, STAFF)
    assert STAFF not in members(await store.claim(SHARD, now=LATER, token="third"))
    assert await store.queue.attempt(quick, WorkNote())


async def test_what_was_left_with_a_member_is_found_by_whoever_takes_it_over(store: Store) -> None:
    base = await store.opened()
    reminder = due_reminder(default_policy(), base.ticket, LATER)
    note = WorkNote(attempt="m1", channel="C-1", thread="1.1", attempted_ms=5, reminder=reminder)
    hasty = Queue(store.scripts, lease_ms=1)
    await hasty.claim(SHARD, now=LATER, most=100, token="slow")
    assert await hasty.attempt(Lease(SHARD, REMINDERS, "slow"), note)

    async def take_over() -> Claimed | None:
        claimed = await store.claim(SHARD, now=LATER, token="quick")
        return next((one for one in claimed if one.member == REMINDERS), None)

    found = await until(take_over)
    assert found is not None
    assert decode_note(found.note) == note


@pytest.mark.parametrize("lost", ["taken over", "given back", "never held"])
async def test_a_lost_lease_changes_nothing(store: Store, store_servers: list[Server], lost: str) -> None:
    base = await store.opened()
    if lost == "taken over":
        lease, _ = await taken_over(store, STAFF)
    elif lost == "given back":
        lease = await store.lease(SHARD, STAFF)
        assert await store.queue.put_back(lease, None, None)
    else:
        lease = Lease(SHARD, STAFF, "never")
    reply = customer_replied(default_policy(), base.ticket, OPENER, "Thanks.", LATER)
    before = contents(store_servers)
    assert not await store.queue.attempt(lease, WorkNote(tries=3))
    assert not await store.queue.put_back(lease, LATER + MINUTE, WorkNote(tries=3))
    assert await store.queue.done(lease, "ACME-1:staff", now=LATER) == LeaseLost()
    assert await store.queue.move(lease, None, now=LATER) == LeaseLost()
    for decided in (reply, None):
        outcome = await store.tickets.settle(lease, base, decided, wake=None, now=LATER, pop="ACME-1:staff")
        assert outcome == LeaseLost()
    assert contents(store_servers) == before


async def test_an_attempt_renews_the_lease_it_is_made_under(store: Store) -> None:
    await store.opened()
    hasty = Queue(store.scripts, lease_ms=1)
    await hasty.claim(SHARD, now=LATER, most=100, token="me")
    lease = Lease(SHARD, STAFF, "me")
    assert await store.queue.attempt(lease, WorkNote(tries=1))

    async def others_are_free() -> bool:
        claimed = members(await store.claim(SHARD, now=LATER, token="other"))
        assert STAFF not in claimed
        return CUSTOMER in claimed

    await until(others_are_free)
    assert await store.queue.attempt(lease, WorkNote(tries=2))


# -- giving back


async def test_put_back_keeps_the_note_and_comes_again_when_it_is_due(store: Store, other: Store) -> None:
    await store.opened()
    lease = await store.lease(SHARD, STAFF)
    note = WorkNote(tries=2, place_ms=17, attempt="m1", channel="C-1", attempted_ms=99)
    assert await store.queue.put_back(lease, LATER, note)
    assert STAFF not in members(await other.claim(SHARD, now=LATER - MINUTE, token="other"))
    claimed = await other.claim(SHARD, now=LATER, token="other")
    found = next(one for one in claimed if one.member == STAFF)
    assert (found.due_ms, decode_note(found.note)) == (to_ms(LATER), note)


async def test_put_back_as_it_stands_and_without_a_note(store: Store) -> None:
    await store.opened()
    lease = await store.lease(SHARD, STAFF)
    assert await store.queue.attempt(lease, WorkNote(tries=1))
    assert await store.queue.put_back(lease, None, None)
    claimed = await store.claim(SHARD)
    found = next(one for one in claimed if one.member == STAFF)
    assert (found.due_ms, found.note) == (to_ms(MONDAY), None)


async def test_what_is_settled_leaves_no_note_behind(store: Store) -> None:
    await store.opened()
    lease = await store.lease(SHARD, STAFF)
    assert await store.queue.attempt(lease, WorkNote(tries=1))
    assert await store.queue.done(lease, "ACME-1:staff", now=LATER) is None
    claimed = await store.claim(SHARD, now=LATER)
    found = next(one for one in claimed if one.member == STAFF)
    assert found.note is None


async def test_what_a_worker_has_in_hand_stays_due_when_nobody_waits_for_it_any_more(store: Store) -> None:
    """A message of it may be on its way: resolving must not make everybody forget to look for it."""
    base = await store.opened()
    lease = await store.lease(SHARD, REMINDERS, now=LATER)
    assert await store.queue.attempt(lease, WorkNote(attempt="id", channel="C1"))
    resolved = await store.changed(base, resolve(base.ticket, ENGINEER, "Fixed.", LATER), now=LATER)
    assert await store.queue.put_back(lease, LATER + MINUTE, WorkNote(tries=1, attempt="id", channel="C1"))
    assert REMINDERS not in members(await store.claim(SHARD, now=LATER))
    again = await store.lease(SHARD, REMINDERS, now=LATER + MINUTE, token="another")
    assert isinstance(
        await store.tickets.settle(again, resolved, None, wake=None, now=LATER + MINUTE), Committed
    )
    assert REMINDERS not in members(await store.claim(SHARD, now=LATER + timedelta(days=9)))


@pytest.mark.parametrize("by_customer", [False, True])
async def test_what_waits_to_be_tried_again_is_neither_hurried_nor_delayed(
    store: Store, by_customer: bool
) -> None:
    """By its own clock it is due in 45 minutes, or has been for long: it was put back for a reason."""
    base = await store.opened()
    lease = await store.lease(SHARD, REMINDERS, now=LATER)
    again = LATER + 5 * MINUTE
    assert await store.queue.put_back(lease, again, WorkNote(tries=1, attempt="id", channel="C1"))
    if by_customer:
        change = customer_replied(default_policy(), base.ticket, OPENER, "Hello?", LATER)
    else:
        change = acknowledged(base.ticket, LATER)
    await store.changed(base, change, now=LATER)
    assert REMINDERS not in members(await store.claim(SHARD, now=again - MINUTE))
    assert REMINDERS in members(await store.claim(SHARD, now=again))


# -- reminders


async def test_a_change_moves_the_reminder_while_a_worker_holds_it(store: Store) -> None:
    """The worker's lease stands; what it decides on the older ticket does not."""
    base = await store.opened()
    lease = await store.lease(SHARD, REMINDERS, now=LATER)
    newer = await store.changed(base, acknowledged(base.ticket, LATER), now=LATER)
    heads_up = LATER + 45 * MINUTE
    settled = await store.tickets.settle(lease, newer, None, wake=heads_up, now=LATER)
    assert settled == Committed(newer)
    assert REMINDERS not in members(await store.claim(SHARD, now=heads_up - MINUTE))
    assert REMINDERS in members(await store.claim(SHARD, now=heads_up))


async def test_a_reminder_that_nobody_waits_for_is_due_no_more(store: Store) -> None:
    base = await store.opened()
    await store.changed(base, resolve(base.ticket, ENGINEER, "Fixed.", LATER), now=LATER)
    lease = await store.lease(SHARD, CUSTOMER, now=LATER)
    assert await store.queue.move(lease, None, now=LATER) is None
    claimed = await store.claim(SHARD, now=LATER + timedelta(hours=24))
    assert members(claimed) == [STAFF]


async def test_a_member_is_moved_to_another_instant(store: Store) -> None:
    await store.opened()
    lease = await store.lease(SHARD, REMINDERS, now=LATER)
    assert await store.queue.move(lease, LATER + MINUTE, now=LATER) is None
    claimed = await store.claim(SHARD, now=LATER + MINUTE)
    found = next(one for one in claimed if one.member == REMINDERS)
    assert replace(found, note=None) == Claimed(REMINDERS, to_ms(LATER + MINUTE), None)
