"""Commands that travel together: each gets its own answer, as if it had gone alone."""

import asyncio

from storage import keys
from storage.codec import WorkNote
from storage.plan import Lease, reminder_member
from tests.policy.samples import HOUR, MONDAY
from tests.storage.stores import Store

SHARD = keys.shard_of("ACME")


async def test_reads_at_once_get_each_their_own(store: Store) -> None:
    for number in range(3):
        await store.opened(operation=f"open-{number}")
    asked = ["ACME-2", "ACME-9", "ACME-1", "ACME-3", "ACME-1"]
    found = await asyncio.gather(*(store.tickets.get(ticket) for ticket in asked))
    assert [stored and stored.ticket.id for stored in found] == ["ACME-2", None, "ACME-1", "ACME-3", "ACME-1"]


async def test_attempts_at_once_are_judged_each_by_its_lease(store: Store) -> None:
    for number in range(3):
        await store.opened(operation=f"open-{number}")
    _, claimed = await store.queue.claim(SHARD, now=MONDAY + 24 * HOUR, most=100, token="mine")
    held = {item.member for item in claimed}
    members = [reminder_member(f"ACME-{number}") for number in (1, 2, 3)]
    assert held.issuperset(members)
    tokens = ["mine", "another's", "mine"]
    attempts = [
        store.queue.attempt(Lease(SHARD, member, token), WorkNote(attempt=member))
        for member, token in zip(members, tokens, strict=True)
    ]
    *granted, read = await asyncio.gather(*attempts, store.tickets.get("ACME-1"))
    assert granted == [True, False, True]
    assert read is not None


async def test_attempts_meet_a_server_that_has_forgotten_the_script(store: Store) -> None:
    await store.opened(operation="open-1")
    await store.opened(operation="open-2")
    await store.queue.claim(SHARD, now=MONDAY + 24 * HOUR, most=100, token="mine")
    await store.client.script_flush()
    attempts = [
        store.queue.attempt(Lease(SHARD, reminder_member(f"ACME-{number}"), "mine"), WorkNote(attempt="x"))
        for number in (1, 2)
    ]
    assert await asyncio.gather(*attempts) == [True, True]
