"""Outages in Redis: added once whoever asks how often, each account's in its shard, and what counts in a month."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from policy.commits import Conflict
from policy.outages import Closed, OutageEntry, Outages, Recorded, Withdrawn
from policy.uptime import Month, Outage
from storage import keys
from tests.policy.samples import ENGINEER, HOUR, MINUTE, MONDAY
from tests.servers import Server
from tests.storage.key_leaks import contents, names
from tests.storage.stores import Store

LASTING = Outage("api", MONDAY)
OCTOBER = Month(2026, 10)


def entry_of(base: Outages, outage: Outage, operation: str) -> OutageEntry:
    ticket = f"{base.account}-1" if base.account else None
    entry = base.record(outage, ticket=ticket, by=ENGINEER, operation=operation, now=MONDAY)
    assert isinstance(entry, Recorded)
    return entry


async def record(store: Store, account: str | None, outage: Outage, operation: str) -> Outages:
    """Record an outage, as often as others are quicker."""
    while True:
        base = await store.outages.of(account)
        after = await store.outages.add(base, entry_of(base, outage, operation))
        if not isinstance(after, Conflict):
            return after


def same(one: Outages, other: Outages) -> bool:
    return (one.account, one.entries) == (other.account, other.entries)


@pytest.mark.parametrize("account", [None, "ACME"])
async def test_what_is_added_is_read_back_by_every_process(
    store: Store, other: Store, account: str | None
) -> None:
    after = await record(store, account, LASTING, "one")
    closing = after.close(
        "api",
        MONDAY + HOUR + timedelta(microseconds=1),
        announced_maintenance=False,
        by=ENGINEER,
        operation="two",
        now=MONDAY + HOUR,
    )
    assert isinstance(closing, Closed)
    after = await other.outages.add(after, closing)
    assert isinstance(after, Outages)
    taken_back = after.withdraw(1, "理由 <&>", by=ENGINEER, operation="three", now=MONDAY + 2 * HOUR)
    assert isinstance(taken_back, Withdrawn)
    whole = await store.outages.add(after, taken_back)
    assert isinstance(whole, Outages)
    assert len(whole.entries) == 3
    assert same(await other.outages.of(account), whole)


async def test_what_is_asked_again_is_added_once(
    store: Store, other: Store, store_servers: list[Server]
) -> None:
    base = await store.outages.of("ACME")
    entry = entry_of(base, LASTING, "click-1")
    after = await store.outages.add(base, entry)
    assert isinstance(after, Outages)
    before = contents(store_servers)
    for again in (store, other):
        repeated = await again.outages.add(base, entry)
        assert isinstance(repeated, Outages)
        assert same(repeated, after)
    assert contents(store_servers) == before


async def test_what_is_asked_again_long_after_is_still_the_same(store: Store) -> None:
    base = await store.outages.of(None)
    entry = entry_of(base, LASTING, "click-1")
    await store.outages.add(base, entry)
    ui = Outage("ui", MONDAY, MONDAY + MINUTE)
    whole = await record(store, None, ui, "click-2")
    repeated = await store.outages.add(base, entry)
    assert isinstance(repeated, Outages)
    assert same(repeated, whole)


async def test_who_decided_on_an_older_history_decides_again(
    store: Store, other: Store, store_servers: list[Server]
) -> None:
    base = await store.outages.of(None)
    await record(other, None, LASTING, "quicker")
    before = contents(store_servers)
    slower = entry_of(base, Outage("ui", MONDAY), "slower")
    assert await store.outages.add(base, slower) == Conflict()
    assert contents(store_servers) == before


async def test_many_at_once_lose_nothing(store: Store, other: Store) -> None:
    spans = [Outage("api", MONDAY + n * MINUTE, MONDAY + (n + 2) * MINUTE) for n in range(20)]
    await asyncio.gather(
        *(record((store, other)[n % 2], "ACME", span, f"op-{n}") for n, span in enumerate(spans))
    )
    found = (await store.outages.of("ACME")).standing
    assert {one.outage for one in found} == set(spans)
    assert [one.number for one in found] == list(range(1, 21))


async def test_a_month_has_the_accounts_own_and_everybodys_and_no_others(store: Store) -> None:
    september = Outage("ui", OCTOBER.start - HOUR, OCTOBER.start)
    across = Outage("backups", OCTOBER.end - HOUR, OCTOBER.end + HOUR)
    await record(store, "ACME", LASTING, "own")
    await record(store, "A28", Outage("ui", MONDAY - HOUR), "neighbour")  # of the same shard
    await record(store, "GLOBEX", Outage("ui", MONDAY), "stranger")
    await record(store, None, across, "everybody's")
    await record(store, None, september, "before")
    assert [one.id for one in await store.outages.of_month("ACME", OCTOBER)] == ["ACME-O1", "O1"]
    assert [one.id for one in await store.outages.of_month("HOOLI", OCTOBER)] == ["O1"]
    following = await store.outages.of_month("ACME", Month(2026, 11))
    assert [one.id for one in following] == ["ACME-O1", "O1"]
    assert [one.id for one in await store.outages.of_month("ACME", Month(2026, 9))] == ["O2"]


async def test_what_is_withdrawn_is_in_no_month(store: Store) -> None:
    base = await record(store, None, LASTING, "one")
    entry = base.withdraw(1, "a slip", by=ENGINEER, operation="two", now=MONDAY)
    assert isinstance(entry, Withdrawn)
    await store.outages.add(base, entry)
    assert await store.outages.of_month("ACME", OCTOBER) == []


async def test_each_lives_where_it_belongs(store: Store, store_servers: list[Server]) -> None:
    await record(store, "ACME", LASTING, "own")
    await record(store, None, LASTING, "everybody's")
    found = sorted(name.decode() for server in store_servers for name in names(server))
    tag = keys.tag(keys.shard_of("ACME"))
    assert found == sorted([f"{tag}:outages:ACME", "{all}:outages"])


async def test_a_client_that_lost_the_answer_asks_again(store: Store) -> None:
    """The script was carried out, the answer never came: the library sends it again."""
    scripts: Any = store.scripts
    script = scripts._script

    async def twice(*given: Any, **how: Any) -> Any:
        await script(*given, **how)
        return await script(*given, **how)

    scripts._script = twice
    after = await record(store, "ACME", LASTING, "one")
    assert len(after.entries) == 1
