"""The tickets of a period: all of them, by an index of weeks that follows from the timelines, and no others read."""

from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from policy.commits import Operation
from policy.endings import reopen
from policy.transitions import Change, customer_replied, resolve, write_note
from storage import keys, summaries
from storage.errors import StorageUnavailable
from tests.policy import lives
from tests.policy.samples import ENGINEER, HOUR, MONDAY, OPENER, account, at, default_policy, done
from tests.servers import Server, flush
from tests.storage.backups import exported, imported
from tests.storage.key_leaks import contents
from tests.storage.stores import Store, wake_of

WEEK = timedelta(weeks=1)


async def found(store: Store, start: datetime, end: datetime | None = None, of: str = "ACME") -> list[str]:
    histories = await store.summaries.histories(of, start, end or start + WEEK)
    return [history.ticket.id for history in histories]


async def live(store: Store, of: str, done: list[tuple[datetime, Change]], operation: str) -> None:
    """Commit a whole life."""
    (first, opening), *rest = done
    await store.tickets.open(
        of, lambda number: opening, operation=Operation(operation, of), wake=wake_of, now=first
    )
    stored = await store.tickets.get(opening.ticket.id)
    assert stored is not None
    for now, change in rest:
        stored = await store.changed(stored, change, now=now)


async def test_a_ticket_belongs_to_each_week_in_which_it_was_open(store: Store) -> None:
    base = await store.opened()
    late = MONDAY + 3 * WEEK
    await store.changed(base, resolve(base.ticket, ENGINEER, "Fixed.", late), now=late)
    assert await found(store, MONDAY - WEEK, MONDAY - WEEK + timedelta(days=6)) == []
    for week in range(4):
        assert await found(store, MONDAY + week * WEEK, MONDAY + week * WEEK + HOUR) == ["ACME-1"]
    assert await found(store, MONDAY + 4 * WEEK) == []


async def test_what_is_open_now_is_in_every_period(store: Store) -> None:
    await store.opened()
    assert await found(store, MONDAY + 50 * WEEK) == ["ACME-1"]
    assert await found(store, MONDAY + 50 * WEEK, of="BETA") == []


async def test_what_happens_after_the_end_belongs_to_its_own_week_alone(store: Store) -> None:
    base = await store.opened()
    base = await store.changed(base, resolve(base.ticket, ENGINEER, "Fixed.", MONDAY + HOUR))
    later = MONDAY + 5 * WEEK
    said = customer_replied(default_policy(), base.ticket, OPENER, "Thank you.", later)
    base = await store.changed(base, said, now=later)
    assert await found(store, later, later + HOUR) == ["ACME-1"]
    assert await found(store, MONDAY + 2 * WEEK, MONDAY + 2 * WEEK + HOUR) == []
    again = MONDAY + 8 * WEEK
    opened = done(reopen(default_policy(), base.ticket, OPENER.user, "Still there.", again))
    base = await store.changed(base, opened, now=again)
    ended = MONDAY + 10 * WEEK
    await store.changed(base, resolve(base.ticket, ENGINEER, "Fixed.", ended), now=ended)
    assert await found(store, MONDAY + 9 * WEEK, MONDAY + 9 * WEEK + HOUR) == ["ACME-1"]
    assert await found(store, MONDAY + 6 * WEEK, MONDAY + 6 * WEEK + HOUR) == []


async def test_weeks_are_those_of_iso_in_utc(store: Store) -> None:
    """2026 has a week 53, which ends on Sunday 3 January 2027."""
    base = await store.opened(now=at("2027-01-03 23:59"))
    base = await store.changed(
        base, resolve(base.ticket, ENGINEER, "Fixed.", at("2027-01-03 23:59")), now=at("2027-01-03 23:59")
    )
    assert keys.week("ACME", at("2027-01-03 23:59")).endswith(":2026-W53")
    assert await found(store, at("2026-12-28 00:00"), at("2026-12-28 00:01")) == ["ACME-1"]
    assert await found(store, at("2027-01-04 00:00"), at("2027-01-04 01:00")) == []


async def test_a_long_timeline_comes_whole_and_in_order(store: Store) -> None:
    base = await store.opened()
    for number in range(1_100):
        base = await store.changed(base, write_note(base.ticket, ENGINEER, f"note {number}", MONDAY))
    (history,) = await store.summaries.histories("ACME", MONDAY, MONDAY + WEEK)
    assert history.ticket == base.ticket
    assert list(history.entries) == await store.tickets.timeline("ACME-1")
    assert len(history.entries) == 1_101


@pytest.mark.parametrize("seed", range(4))
async def test_the_index_that_commits_keep_is_the_one_that_timelines_give(
    store: Store, store_servers: list[Server], seed: int
) -> None:
    draw = Random(seed)
    opened = MONDAY
    for number in range(1, 9):
        opened += timedelta(hours=draw.randint(0, 300))
        await live(store, "ACME", lives.changes(draw, account(), number, opened), f"open {number}")
    kept = contents(store_servers)
    weeks = [key for key in kept if b":week:" in key]
    assert weeks
    for key in [*weeks, keys.weeks("ACME")]:
        await store.scripts.command("DEL", key)
    before = await found(store, MONDAY, MONDAY + 60 * WEEK)
    assert before == [f"ACME-{number}" for number in range(1, 9)]
    assert contents(store_servers) == kept


async def test_nothing_is_derived_where_every_ticket_was_indexed(store: Store) -> None:
    await store.opened()
    assert await store.scripts.command("GET", keys.weeks("ACME")) == b"1"
    assert await store.scripts.command("GET", keys.weeks("BETA")) is None
    await store.scripts.command("DEL", keys.open_tickets("ACME"))
    await store.scripts.command("DEL", keys.week("ACME", MONDAY))
    assert await found(store, MONDAY) == []


async def test_the_cost_follows_the_period_and_not_the_store(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        base = await store.opened(operation=f"old {number}")
        await store.changed(base, resolve(base.ticket, ENGINEER, "Fixed.", MONDAY + HOUR))
    later = MONDAY + 4 * WEEK
    base = await store.opened(operation="new", now=later)
    await store.changed(base, resolve(base.ticket, ENGINEER, "Fixed.", later), now=later)
    sent: list[tuple[Any, ...]] = []
    command = store.scripts.command

    async def counted(*words: Any, **options: Any) -> Any:
        sent.append(words)
        return await command(*words, **options)

    monkeypatch.setattr(store.scripts, "command", counted)
    assert await found(store, later, later + HOUR) == ["ACME-31"]
    assert [words[0] for words in sent] == ["GET", "GET", "SSCAN", "ZSCAN", "MGET", "XRANGE"]
    assert [len(words) for words in sent if words[0] == "MGET"] == [2]


async def test_what_comes_from_a_backup_is_indexed_when_it_is_first_asked_for(
    store: Store, store_servers: list[Server], tmp_path: Path
) -> None:
    for number in range(1, 6):
        lived = lives.changes(Random(number), account(), number, MONDAY + number * WEEK)
        await live(store, "ACME", lived, f"open {number}")
    periods = [MONDAY + week * WEEK for week in range(0, 60, 4)]
    before = [await found(store, start) for start in periods]
    await exported(store, tmp_path / "backup")
    flush(*store_servers)
    await imported(store, tmp_path / "backup")
    assert await store.scripts.command("GET", keys.weeks("ACME")) is None
    assert [await found(store, start) for start in periods] == before
    assert await store.scripts.command("GET", keys.weeks("ACME")) == b"1"


async def test_what_was_broken_off_goes_on_where_it_was_left(
    store: Store, store_servers: list[Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server goes away after every command in turn; each time the next try begins where the last one came to."""
    monkeypatch.setattr(summaries, "_TOGETHER", 2)
    for number in range(1, 8):
        lived = lives.changes(Random(number), account(), number, MONDAY + number * WEEK)
        await live(store, "ACME", lived, f"open {number}")
    kept = contents(store_servers)
    for key in [*(key for key in kept if b":week:" in key), keys.weeks("ACME")]:
        await store.scripts.command("DEL", key)
    command, left, read = store.scripts.command, 0, []

    async def breaks_off(*words: Any, **options: Any) -> Any:
        nonlocal left
        if words[0] == "MGET":
            read.append(words[1])
        if left == 0:
            raise StorageUnavailable("away")
        left -= 1
        return await command(*words, **options)

    monkeypatch.setattr(store.scripts, "command", breaks_off)
    tries = 0
    while True:
        tries += 1
        left = 40
        try:
            await store.summaries.derive("ACME")
        except StorageUnavailable:
            continue
        break
    assert tries > 1
    monkeypatch.undo()
    assert contents(store_servers) == kept
    assert len(read) < 4 + tries  # of four batches those that were broken off are read again


async def test_a_large_week_and_many_open_tickets_come_in_parts(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summaries, "_MEMBERS", 10)
    await store.opened()
    many = range(2, 3_001)
    await store.scripts.command("SADD", keys.week("ACME", MONDAY), *many)
    scores = [word for number in many for word in (number, f"ACME-{number}")]
    await store.scripts.command("ZADD", keys.open_tickets("ACME"), *scores)
    sent: list[str] = []
    command = store.scripts.command

    async def counted(*words: Any, **options: Any) -> Any:
        sent.append(words[0])
        return await command(*words, **options)

    monkeypatch.setattr(store.scripts, "command", counted)
    assert await found(store, MONDAY) == ["ACME-1"]  # of the others there is no record
    assert sent.count("SSCAN") > 100
    assert sent.count("ZSCAN") > 100
    assert sent.count("MGET") == 30
