"""Changing tickets: all of a change or nothing of it, by the version; timelines, figures and the open index."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from policy.commits import Committed, Conflict, Stored
from policy.timeline import (
    Acknowledged,
    ClockEnded,
    ClockStarted,
    CustomerReplied,
    Opened,
    Resolved,
    UpdatePosted,
)
from policy.transitions import Change, customer_replied, resolve
from storage import codec, keys
from storage.codec import NewerRecord
from storage.connect import Client
from tests.policy.samples import (
    ENGINEER,
    HOUR,
    MINUTE,
    MONDAY,
    OPENER,
    acknowledged,
    at,
    default_policy,
    updated,
)
from tests.servers import Server
from tests.storage.key_leaks import contents
from tests.storage.stores import Store

LATER = MONDAY + 30 * MINUTE


async def test_a_ticket_is_read_as_it_was_written(store: Store, other: Store) -> None:
    base = await store.opened()
    assert base.version == 1
    assert await other.tickets.get("ACME-1") == base
    changed = await store.changed(base, acknowledged(base.ticket, LATER), now=LATER)
    assert changed.version == 2
    assert await other.tickets.get("ACME-1") == changed


async def test_there_is_no_such_ticket(store: Store) -> None:
    assert await store.tickets.get("ACME-1") is None
    assert await store.tickets.timeline("ACME-1") == []
    assert await store.tickets.open_of("ACME") == []
    assert await store.tickets.ended_in_week("ACME", MONDAY) == []
    assert await store.tickets.many([]) == []


async def test_a_change_of_another_version_writes_nothing(
    store: Store, other: Store, store_servers: list[Server]
) -> None:
    base = await store.opened()
    await other.changed(
        base, customer_replied(default_policy(), base.ticket, OPENER, "Hello?", LATER), now=LATER
    )
    before = contents(store_servers)
    late = resolve(base.ticket, ENGINEER, "Fixed.", LATER + HOUR)
    assert await store.change(base, late, now=LATER + HOUR, operation="click-1") == Conflict()
    ahead = Stored(base.ticket, base.version + 5)
    assert await store.change(ahead, late, now=LATER + HOUR) == Conflict()
    assert contents(store_servers) == before


async def test_of_many_at_once_one_wins_and_the_others_decide_again(store: Store, other: Store) -> None:
    async def reply(one: Store, text: str) -> int:
        rounds = 0
        while True:
            rounds += 1
            base = await one.tickets.get("ACME-1")
            assert base is not None
            change = customer_replied(default_policy(), base.ticket, OPENER, text, LATER)
            if isinstance(await one.change(base, change, now=LATER), Committed):
                return rounds

    await store.opened()
    rounds = await asyncio.gather(*(reply((store, other)[n % 2], f"reply {n}") for n in range(20)))
    assert max(rounds) > 1
    found = await store.tickets.get("ACME-1")
    assert found is not None
    assert found.version == 21
    told = [e.text for e in await store.tickets.timeline("ACME-1") if isinstance(e, CustomerReplied)]
    assert sorted(told) == sorted(f"reply {n}" for n in range(20))


async def test_the_timeline_keeps_all_that_happened_in_order(store: Store) -> None:
    base = await store.opened("ACME", "open")
    for number in range(12):
        now = MONDAY + number * MINUTE
        change = updated(base.ticket, now, text=f"update {number}")
        base = await store.changed(base, change, now=now)
    resolution = resolve(base.ticket, ENGINEER, "Fixed.", LATER)
    await store.changed(base, resolution, now=LATER)
    entries = await store.tickets.timeline("ACME-1")
    turns = [UpdatePosted, ClockEnded, ClockStarted] * 12
    assert [type(entry) for entry in entries] == [Opened, *turns, Resolved, ClockEnded]
    assert [e.text for e in entries if isinstance(e, UpdatePosted)] == [f"update {n}" for n in range(12)]
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)


async def test_the_timelines_of_two_tickets_stay_apart(store: Store) -> None:
    first, second = await store.opened("ACME", "one"), await store.opened("ACME", "two")
    await store.changed(second, acknowledged(second.ticket, LATER))
    assert len(await store.tickets.timeline(first.ticket.id)) == 1
    assert Acknowledged(at=LATER, by=ENGINEER) in await store.tickets.timeline(second.ticket.id)


# -- figures


async def test_ended_clocks_are_found_by_the_iso_week_in_which_they_were_judged(store: Store) -> None:
    newest = at("2027-01-03 23:30")  # a Sunday, still of the week 2026-W53
    base = await store.opened(now=newest)
    first = acknowledged(base.ticket, newest + 10 * MINUTE)
    base = await store.changed(base, first, now=newest)
    second = updated(base.ticket, newest + 50 * MINUTE)  # on Monday, of 2027-W01
    base = await store.changed(base, second, now=newest)
    for day in ("2026-12-28 00:00", "2026-12-31 12:00", "2027-01-01 00:00", "2027-01-03 23:59"):
        assert await store.tickets.ended_in_week("ACME", at(day)) == list(first.ended)
    for day in ("2027-01-04 00:00", "2027-01-10 12:00"):
        assert await store.tickets.ended_in_week("ACME", at(day)) == list(second.ended)
    assert await store.tickets.ended_in_week("ACME", at("2027-01-11 00:00")) == []
    assert await store.tickets.ended_in_week("GLOBEX", newest) == []


async def test_a_clock_counts_in_the_week_in_which_it_ran_out_not_in_which_it_was_answered(
    store: Store,
) -> None:
    base = await store.opened()
    late = acknowledged(base.ticket, MONDAY + timedelta(days=14))
    await store.changed(base, late)
    assert await store.tickets.ended_in_week("ACME", MONDAY) == list(late.ended)
    assert await store.tickets.ended_in_week("ACME", MONDAY + timedelta(days=14)) == []


# -- the open index


async def test_open_tickets_are_listed_the_oldest_first(store: Store) -> None:
    bases = [await store.opened("ACME", f"op-{n}", now=MONDAY - n * MINUTE) for n in range(12)]
    await store.opened("GLOBEX", "other")
    assert await store.tickets.open_of("ACME") == bases[::-1]


async def test_a_resolved_ticket_is_not_listed_any_more(store: Store) -> None:
    first, second = await store.opened("ACME", "one"), await store.opened("ACME", "two")
    kept = await store.changed(first, resolve(first.ticket, ENGINEER, "Fixed.", LATER))
    assert await store.tickets.open_of("ACME") == [second]
    reopened = replace(kept.ticket, state=first.ticket.state)
    again = await store.changed(kept, Change(reopened))
    assert await store.tickets.open_of("ACME") == [again, second]


async def test_many_come_in_the_order_asked_without_those_that_do_not_exist(store: Store) -> None:
    accounts = ("ACME", "GLOBEX", "HOOLI")
    found = {key: await store.opened(key) for key in accounts}
    asked = ["HOOLI-1", "ACME-9", "ACME-1", "NOBODY-1", "GLOBEX-1", "ACME-1"]
    assert await store.tickets.many(asked) == [found[key] for key in ("HOOLI", "ACME", "GLOBEX", "ACME")]


# -- a store that a newer version has written


async def test_a_record_of_a_newer_version_is_refused_by_name(store: Store) -> None:
    await store.opened()
    client: Client = store.client
    await client.setrange(keys.ticket("ACME-1"), 8, bytes([codec.SCHEMA + 1]))
    for ask in (
        store.tickets.get("ACME-1"),
        store.tickets.many(["ACME-1"]),
        store.tickets.open_of("ACME"),
    ):
        with pytest.raises(NewerRecord, match=f"schema {codec.SCHEMA + 1}.*Start that version"):
            await ask
