"""Opening tickets: numbers without gaps whoever opens, and an operation that is asked again changes nothing."""

import asyncio
from collections import defaultdict
from datetime import timedelta

import pytest

from policy.commits import Committed, Operation, Replayed
from policy.effects import PinSupportButton
from policy.timeline import Opened
from policy.transitions import Change
from storage import keys
from storage.connect import Client
from tests.policy.samples import MINUTE, MONDAY, acknowledged
from tests.servers import Server
from tests.storage.key_leaks import contents
from tests.storage.stores import Store

# The first two share a shard.
ACCOUNTS = ("ACME", "A28", "GLOBEX", "HOOLI")


def test_two_of_the_accounts_share_a_shard() -> None:
    shards = [keys.shard_of(key) for key in ACCOUNTS]
    assert shards[0] == shards[1]
    assert len(set(shards)) == 3


async def test_numbers_have_no_gaps_when_two_processes_open_at_once(store: Store, other: Store) -> None:
    asked = [(key, f"op-{key}-{n}") for n in range(50) for key in ACCOUNTS]
    outcomes = await asyncio.gather(
        *((store, other)[place // 4 % 2].open(key, op) for place, (key, op) in enumerate(asked))
    )
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for outcome in outcomes:
        assert isinstance(outcome, Committed)
        numbers[outcome.stored.ticket.account].append(outcome.stored.ticket.number)
    assert {key: sorted(found) for key, found in numbers.items()} == {
        key: list(range(1, 51)) for key in ACCOUNTS
    }
    for key in ACCOUNTS:
        found = await store.tickets.open_of(key)
        assert sorted(stored.ticket.number for stored in found) == list(range(1, 51))
        for stored in found:
            (entry,) = await store.tickets.timeline(stored.ticket.id)
            assert isinstance(entry, Opened)


async def test_a_process_that_was_away_goes_on_with_the_next_number(store: Store, other: Store) -> None:
    await store.opened(operation="one")
    for n in range(3):
        await other.opened(operation=f"more-{n}")
    assert (await store.opened(operation="last")).ticket.id == "ACME-5"


async def test_an_opening_that_is_asked_again_gives_the_same_ticket_and_writes_nothing(
    store: Store, other: Store, store_servers: list[Server]
) -> None:
    first = await store.opened(operation="view-1")
    await store.opened(operation="view-2")
    before = contents(store_servers)
    for again in (store, other):
        assert await again.open(operation="view-1", now=MONDAY + MINUTE) == Replayed(first.ticket.id)
    assert contents(store_servers) == before
    assert (await store.opened(operation="view-3")).ticket.number == 3


async def test_the_same_opening_asked_ten_times_at_once_opens_one(store: Store, other: Store) -> None:
    asked = [one.open(operation="event-1") for one in (store, other) for _ in range(5)]
    outcomes = await asyncio.gather(*asked)
    assert sum(isinstance(outcome, Committed) for outcome in outcomes) == 1
    assert outcomes.count(Replayed("ACME-1")) == 9
    assert len(await store.tickets.open_of("ACME")) == 1
    assert len(await store.tickets.timeline("ACME-1")) == 1


async def test_a_change_that_is_asked_again_writes_nothing(store: Store, store_servers: list[Server]) -> None:
    base = await store.opened()
    change = acknowledged(base.ticket, MONDAY + MINUTE)
    assert isinstance(await store.change(base, change, operation="click-1"), Committed)
    before = contents(store_servers)
    assert await store.change(base, change, operation="click-1") == Replayed("ACME-1")
    assert contents(store_servers) == before


async def test_effects_of_no_ticket_are_queued_once(store: Store, store_servers: list[Server]) -> None:
    effects, operation = [PinSupportButton("ACME", "C-ACME")], Operation("event-1", "ACME")
    assert await store.tickets.queue("ACME", effects, operation=operation, now=MONDAY)
    before = contents(store_servers)
    assert not await store.tickets.queue("ACME", effects, operation=operation, now=MONDAY)
    assert contents(store_servers) == before
    queued = await store.queue.head(keys.shard_of("ACME"), "desk:ACME:event-1")
    assert queued is not None
    assert (queued.effect, queued.ticket) == (effects[0], None)


async def test_whether_an_operation_was_carried_out(store: Store) -> None:
    asked = Operation("view-1", "ACME")
    assert not await store.tickets.carried_out(asked)
    await store.opened(operation="view-1")
    assert await store.tickets.carried_out(asked)
    assert not await store.tickets.carried_out(Operation("view-1", "GLOBEX"))


async def test_an_operation_is_remembered_for_longer_than_slack_asks_again(store: Store) -> None:
    await store.opened(operation="view-1")
    client: Client = store.client
    left_ms = await client.pttl(keys.operation("ACME", "view-1"))
    assert timedelta(hours=23) < timedelta(milliseconds=left_ms) <= timedelta(hours=24)


async def test_an_opening_that_raises_takes_no_number(store: Store) -> None:
    def fail(_: int) -> Change:
        raise RuntimeError("as if by a bug")

    await store.opened(operation="one")
    with pytest.raises(RuntimeError, match="as if by a bug"):
        await store.tickets.open(
            "ACME", fail, operation=Operation("two", "ACME"), wake=lambda _: None, now=MONDAY
        )
    assert (await store.opened(operation="two")).ticket.number == 2
