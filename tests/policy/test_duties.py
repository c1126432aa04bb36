"""Duties of TAMs: when a turn falls due, what is missed, of what is reminded; tables a person can read, then laws."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.duties import (
    DoneAlready,
    DutyDone,
    DutyHistory,
    DutyUndone,
    NothingDone,
    TurnState,
    duty_report,
    has_duties,
    standing,
    started,
    to_remind,
    turns,
)
from policy.duty_rules import Duty, DutyReminders
from tests.policy.samples import account, default_policy

NOW = datetime(2026, 11, 18, 14, tzinfo=UTC)
DUTIES = default_policy().duties
RULES = default_policy().duty_reminders
CALL, ROADMAP, ONSITE = DUTIES["call"], DUTIES["roadmap"], DUTIES["onsite"]


def day(text: str) -> date:
    return date.fromisoformat(text)


def told(duty: Duty, start: str, done: str, today: str) -> list[str]:
    """Every turn as `due state [on]`."""
    days = [day(one) for one in done.split()]
    return [
        f"{turn.due} {turn.state}" + (f" on {turn.done}" if turn.done else "")
        for turn in turns(duty, day(start), days, day(today))
    ]


@pytest.mark.parametrize(
    ("start", "done", "today", "expected"),
    [
        # Never done: from the start of the service; month ends are counted from the start, not from one another.
        ("2026-01-31", "", "2026-02-10", ["2026-02-28 ahead"]),
        ("2026-01-31", "", "2026-03-05", ["2026-02-28 overdue"]),
        ("2026-01-31", "", "2026-03-31", ["2026-02-28 missed", "2026-03-31 ahead"]),
        ("2026-01-31", "", "2026-04-01", ["2026-02-28 missed", "2026-03-31 overdue"]),
        ("2028-01-31", "", "2028-02-01", ["2028-02-29 ahead"]),
        ("2026-12-31", "", "2027-01-01", ["2027-01-31 ahead"]),
        # Done: the next one counts from that day.
        ("2026-01-10", "2026-02-10", "2026-02-20", ["2026-02-10 done on 2026-02-10", "2026-03-10 ahead"]),
        ("2026-01-10", "2026-01-31", "2026-02-01", ["2026-02-10 done on 2026-01-31", "2026-02-28 ahead"]),
        ("2026-01-10", "2026-02-14", "2026-02-20", ["2026-02-10 late on 2026-02-14", "2026-03-14 ahead"]),
        (
            "2026-01-10",
            "2026-04-02",
            "2026-04-03",
            ["2026-02-10 missed", "2026-03-10 late on 2026-04-02", "2026-05-02 ahead"],
        ),
        # On the very day on which the next one falls due it is that one.
        (
            "2026-01-10",
            "2026-03-10",
            "2026-03-10",
            ["2026-02-10 missed", "2026-03-10 done on 2026-03-10", "2026-04-10 ahead"],
        ),
        # Done before the bot knew of the account: it counts from there.
        ("2026-11-18", "2026-11-02", "2026-11-18", ["2026-12-18 done on 2026-11-02", "2026-12-02 ahead"]),
    ],
)
def test_turns_of_a_monthly_duty(start: str, done: str, today: str, expected: list[str]) -> None:
    assert told(ROADMAP, start, done, today) == expected


def test_turns_of_a_weekly_and_of_a_half_yearly_duty() -> None:
    assert told(CALL, "2026-11-02", "", "2026-11-17") == ["2026-11-09 missed", "2026-11-16 overdue"]
    assert told(ONSITE, "2026-08-31", "", "2026-11-17") == ["2027-02-28 ahead"]


KINDS = st.sampled_from(list(DUTIES.values()))
DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))


@settings(max_examples=150, deadline=None)
@given(KINDS, DAYS, st.lists(DAYS, max_size=8, unique=True), DAYS)
def test_laws_of_turns(duty: Duty, start: date, done: list[date], today: date) -> None:
    done = sorted(one for one in done if one <= today)
    found = list(turns(duty, start, done, today))
    assert [turn.done for turn in found if turn.done] == done  # each day is one turn, and each turn one day
    assert found[-1].state in {TurnState.OVERDUE, TurnState.AHEAD}
    assert (found[-1].due < today) == (found[-1].state is TurnState.OVERDUE)
    for turn in found:
        assert (turn.state is TurnState.LATE) == (turn.done is not None and turn.done > turn.due)
    missed = [turn for turn in found if turn.state is TurnState.MISSED]
    assert all(turn.due < today for turn in missed)
    last = done[-1] if done else start
    assert all(turn.due > last for turn in found[found.index(found[-1]) :])


@settings(max_examples=80, deadline=None)
@given(
    DAYS,
    st.lists(st.tuples(st.sampled_from(list(DUTIES)), DAYS), max_size=8, unique=True),
    st.lists(DAYS, min_size=2, max_size=5, unique=True).map(sorted),
    DAYS,
)
def test_reports_of_periods_that_follow_one_another_add_up(
    start: date, done: list[tuple[str, date]], bounds: list[date], today: date
) -> None:
    one = account(tam_service=True, tam_since=start)
    history = DutyHistory("ACME", [_done(number, *each) for number, each in enumerate(done)])
    whole = duty_report(DUTIES, one, history, bounds[0], bounds[-1], today)
    parts = [duty_report(DUTIES, one, history, first, end, today) for first, end in pairwise(bounds)]
    for number, report in enumerate(whole):
        for kind in ("done", "late", "missed", "overdue"):
            assert getattr(report, kind) == sum((getattr(part[number], kind) for part in parts), ())


def _done(place: int, duty: str, on: date) -> DutyDone:
    return DutyDone(place, f"op-{place}", "U0OMAR", NOW, duty, on)


def test_what_a_quarter_had() -> None:
    one = account(tam_service=True, tam_since=day("2026-06-30"))
    history = DutyHistory(
        "ACME", [_done(0, "roadmap", day("2026-07-30")), _done(1, "roadmap", day("2026-10-02"))]
    )
    report = {
        found.duty: found
        for found in duty_report(
            DUTIES, one, history, day("2026-07-01"), day("2026-10-01"), day("2026-10-05")
        )
    }
    roadmap = report["roadmap"]
    assert [turn.done for turn in roadmap.done] == [day("2026-07-30")]
    assert [turn.due for turn in roadmap.missed] == [day("2026-08-30")]
    assert (roadmap.late, roadmap.overdue) == ((), ())  # that of 30 September was done late, in October
    assert roadmap.next_due == day("2026-11-02")
    # Every Tuesday from 7 July to 29 September, of which the last one may still be done.
    assert (len(report["call"].missed), len(report["call"].overdue)) == (12, 1)
    assert [turn.due for turn in report["deployment"].overdue] == [day("2026-09-30")]
    assert report["onsite"].next_due == day("2026-12-30")
    assert report["deployment"].next_due == day("2026-12-30")  # what comes next, not what is overdue


def test_only_accounts_with_the_service_have_duties() -> None:
    assert has_duties(account(tam_service=True))
    assert not has_duties(account(tam="U0OMAR"))
    assert not has_duties(account(tam_service=True, practice=True))
    assert duty_report(DUTIES, account(), DutyHistory("ACME"), NOW.date(), NOW.date(), NOW.date()) == []


def test_how_duties_stand() -> None:
    one = account(tam_service=True, tam_since=day("2026-09-01"))
    history = DutyHistory("ACME", [_done(0, "call", day("2026-11-16"))])
    found = {each.duty: each for each in standing(DUTIES, one, history, day("2026-11-18"))}
    assert (found["call"].due, found["call"].overdue_since, found["call"].last) == (
        day("2026-11-23"),
        None,
        day("2026-11-16"),
    )
    roadmap = found["roadmap"]
    assert (roadmap.due, roadmap.overdue_since, roadmap.passed) == (day("2026-12-01"), day("2026-10-01"), 2)
    assert min(found.values(), key=lambda each: each.place) is roadmap


def test_the_service_began_as_the_account_says_or_when_it_was_first_known_of() -> None:
    today = day("2026-11-18")
    nothing = DutyHistory("ACME")
    known = nothing.after(nothing.begin(day("2026-10-01"), now=NOW))
    assert started(account(), nothing, today) == today
    assert started(account(), known, today) == day("2026-10-01")
    assert started(account(tam_since=day("2026-03-01")), known, today) == day("2026-03-01")


# -- the history


def test_what_is_recorded_and_taken_back() -> None:
    history = DutyHistory("ACME")
    for number, on in enumerate(("2026-11-02", "2026-11-16", "2026-11-09")):
        entry = history.record("call", day(on), by="U0OMAR", operation=f"op-{number}", now=NOW)
        assert isinstance(entry, DutyDone)
        history = history.after(entry)
    assert history.days("call") == (day("2026-11-02"), day("2026-11-09"), day("2026-11-16"))
    again = history.record("call", day("2026-11-09"), by="U0ERIN", operation="op-9", now=NOW)
    assert isinstance(again, DoneAlready)
    assert again.before.by == "U0OMAR"
    # What was recorded last is taken back, whichever day it was for; the history keeps both.
    undone = history.undo("call", by="U0OMAR", operation="op-10", now=NOW)
    assert isinstance(undone, DutyUndone)
    assert undone.day == day("2026-11-09")
    history = history.after(undone)
    assert history.days("call") == (day("2026-11-02"), day("2026-11-16"))
    assert history.carried_out("op-10") == undone
    assert len(history.entries) == 4
    assert isinstance(history.undo("onsite", by="U0OMAR", operation="op-11", now=NOW), NothingDone)
    # Once taken back it may be recorded anew.
    assert isinstance(history.record("call", day("2026-11-09"), by="U", operation="op-12", now=NOW), DutyDone)
    assert DutyHistory("ACME", reversed(history.entries)).days("call") == history.days("call")


# -- reminders


@pytest.mark.parametrize(
    ("since", "told_until", "on", "due"),
    [
        # A month from 18 October: a week before, and a day before, each once.
        ("2026-10-18", "2026-11-09", "2026-11-10", None),
        ("2026-10-18", "2026-11-10", "2026-11-11", "2026-11-18"),
        ("2026-10-18", "2026-11-11", "2026-11-12", None),
        ("2026-10-18", "2026-11-16", "2026-11-17", "2026-11-18"),
        ("2026-10-18", "2026-11-17", "2026-11-18", None),
        # Away over both: one message has it.
        ("2026-10-18", "2026-11-08", "2026-11-20", "2026-11-18"),
        # Still not done: the rhythm goes on.
        ("2026-10-18", "2026-12-10", "2026-12-11", "2026-12-18"),
    ],
)
def test_of_what_a_tam_is_reminded(since: str, told_until: str, on: str, due: str | None) -> None:
    found = to_remind(RULES, ROADMAP, day(since), day(told_until), day(on))
    assert found == (day(due) if due else None)


def test_a_weekly_duty_is_reminded_of_a_day_before_alone() -> None:
    reminded = [
        (day("2026-11-16") + timedelta(days=n)).isoformat()
        for n in range(9)
        if to_remind(
            RULES,
            CALL,
            day("2026-11-16"),
            day("2026-11-15") + timedelta(days=n),
            day("2026-11-16") + timedelta(days=n),
        )
    ]
    # Not done, too: a week before 30 November is the day on which the call of the 23rd falls due.
    assert reminded == ["2026-11-22"]


@settings(max_examples=100, deadline=None)
@given(KINDS, DAYS, st.integers(1, 400))
def test_each_reminder_comes_once_however_it_is_looked(duty: Duty, since: date, count: int) -> None:
    """Day by day each turn has as many reminders as its rhythm has room for, and none is told twice."""
    rules = DutyReminders((7, 1))
    seen: list[tuple[date, date]] = []
    for number in range(1, count):
        on = since + timedelta(days=number)
        if due := to_remind(rules, duty, since, on - timedelta(days=1), on):
            seen.append((on, due))
    assert all((due - on).days in {7, 1} for on, due in seen)
    assert all(on > since for on, _ in seen)
    end = since + timedelta(days=count - 1)
    expected = {
        one
        for turn in range(1, count + 2)
        for before in rules.days_before
        if duty.after(since, turn - 1) < (one := duty.after(since, turn) - timedelta(days=before)) <= end
    }
    assert {on for on, _ in seen} == expected
    # Looked at once, at the end, there is something to tell exactly when there was in between.
    assert (to_remind(rules, duty, since, since, end) is not None) == bool(seen)
