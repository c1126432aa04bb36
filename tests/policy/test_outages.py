"""The history of outages: what may be recorded, closed and withdrawn, and what counts in a month."""

from datetime import datetime
from itertools import permutations
from typing import Any

import pytest

from policy.outages import (
    AlreadyOpen,
    AlreadyRecorded,
    Closed,
    EndsTooEarly,
    NoSuchOutage,
    NothingOpen,
    OutageEntry,
    Outages,
    Recorded,
    read_outage_id,
)
from policy.uptime import Month, Outage
from tests.policy.samples import ENGINEER, MONDAY, at

NOW = MONDAY


def outage(
    start: str, end: str | None = None, *, component: str = "api", maintenance: bool = False
) -> Outage:
    return Outage(component, at(start), at(end) if end else None, maintenance)


def added(history: Outages, *wanted: Outage, ticket: str | None = None) -> Outages:
    """The history with these outages recorded too."""
    for one in wanted:
        entry = record(history, one, ticket=ticket)
        assert isinstance(entry, Recorded), entry
        history = history.after(entry)
    return history


def record(history: Outages, wanted: Outage, *, ticket: str | None = None) -> Any:
    operation = f"op-{len(history.entries)}"
    return history.record(wanted, ticket=ticket, by=ENGINEER, operation=operation, now=NOW)


def closed(history: Outages, end: datetime, *, maintenance: bool = False) -> Any:
    return history.close(
        "api", end, announced_maintenance=maintenance, by=ENGINEER, operation="close", now=NOW
    )


def withdrawn(history: Outages, number: int) -> Any:
    return history.withdraw(number, "a slip", by=ENGINEER, operation="withdraw", now=NOW)


FIRST = outage("2026-10-03 10:00", "2026-10-03 11:30")
LASTING = outage("2026-10-03 12:00")


@pytest.mark.parametrize(
    ("account", "ids"), [(None, ["O1", "O2", "O3"]), ("ACME", ["ACME-O1", "ACME-O2", "ACME-O3"])]
)
def test_outages_are_numbered_and_may_overlap(account: str | None, ids: list[str]) -> None:
    later = outage("2026-10-03 11:00", "2026-10-03 12:00")
    other = outage("2026-10-03 11:00", "2026-10-03 12:00", component="ui")
    history = added(Outages(account), FIRST, later, other, ticket="ACME-7" if account else None)
    assert [one.id for one in history.standing] == ids
    assert [one.outage for one in history.standing] == [FIRST, later, other]
    assert {(one.account, one.by, one.at) for one in history.standing} == {(account, ENGINEER, NOW)}
    assert {one.ticket for one in history.standing} == {"ACME-7" if account else None}


def test_the_same_again_is_refused_and_a_second_open_one_too() -> None:
    history = added(Outages(None), FIRST, LASTING)
    first, lasting = history.standing
    assert record(history, FIRST) == AlreadyRecorded(first)
    assert record(history, outage("2026-10-03 12:30")) == AlreadyOpen(lasting)
    assert isinstance(record(history, outage("2026-10-03 12:30", component="ui")), Recorded)
    assert isinstance(record(history, outage("2026-10-03 12:30", maintenance=True)), Recorded)


def test_the_open_one_is_closed_and_another_may_begin() -> None:
    history = added(Outages(None), LASTING)
    entry = closed(history, at("2026-10-03 13:00"))
    assert isinstance(entry, Closed)
    history = history.after(entry)
    (one,) = history.standing
    assert one.outage == outage("2026-10-03 12:00", "2026-10-03 13:00")
    assert closed(history, at("2026-10-03 14:00")) == NothingOpen(None)
    assert isinstance(record(history, outage("2026-10-03 13:30")), Recorded)


def test_what_is_closed_is_what_was_meant() -> None:
    upkeep = outage("2026-10-03 09:00", maintenance=True)
    history = added(Outages(None), upkeep)
    (one,) = history.standing
    assert closed(history, at("2026-10-03 13:00")) == NothingOpen(one)
    assert closed(history, at("2026-10-03 09:00"), maintenance=True) == EndsTooEarly(one)
    assert isinstance(closed(history, at("2026-10-03 09:01"), maintenance=True), Closed)
    assert closed(added(history, LASTING), at("2026-10-03 13:00")).outage == 2


def test_what_is_withdrawn_counts_no_more_and_stays_in_the_history() -> None:
    history = added(Outages(None), FIRST, LASTING)
    history = history.after(withdrawn(history, 1))
    assert [one.number for one in history.standing] == [2]
    assert len(history.entries) == 3
    gone = history.carried_out("op-0")
    assert gone is not None
    assert gone.withdrawn is not None
    assert gone.withdrawn.reason == "a slip"
    assert withdrawn(history, 1) == NoSuchOutage()
    assert withdrawn(history, 3) == NoSuchOutage()
    assert record(history, FIRST).outage == 3


def test_the_order_in_which_entries_are_read_says_nothing() -> None:
    history = added(Outages(None), LASTING)
    history = history.after(closed(history, at("2026-10-03 13:00")))
    history = added(history, FIRST)
    history = history.after(withdrawn(history, 2))
    entries: list[OutageEntry] = history.entries
    for shuffled in permutations(entries):
        assert Outages(None, shuffled).standing == history.standing


def test_an_operation_finds_what_it_was_about() -> None:
    history = added(Outages(None), FIRST)
    assert history.carried_out("op-0") == history.standing[0]
    assert history.carried_out("another") is None


@pytest.mark.parametrize(
    ("start", "end", "touches"),
    [
        ("2026-09-01 00:00", "2026-10-01 00:00", False),
        ("2026-09-30 23:59", "2026-10-01 00:01", True),
        ("2026-09-01 00:00", "2026-12-01 00:00", True),
        ("2026-09-01 00:00", None, True),
        ("2026-10-31 23:59", None, True),
        ("2026-11-01 00:00", None, False),
    ],
)
def test_which_months_an_outage_touches(start: str, end: str | None, touches: bool) -> None:
    (one,) = added(Outages(None), outage(start, end)).standing
    assert one.touches(Month(2026, 10)) is touches


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("O3", (None, 3)),
        ("o12", (None, 12)),
        ("ACME-O3", ("ACME", 3)),
        ("acme-o3", ("ACME", 3)),
        ("A-B2-O1", ("A-B2", 1)),
        ("O0", None),
        ("O", None),
        ("3", None),
        ("ACME-3", None),
        ("ACMEO3", None),
        ("", None),
    ],
)
def test_ids_are_read_back(text: str, read: tuple[str | None, int] | None) -> None:
    assert read_outage_id(text) == read
