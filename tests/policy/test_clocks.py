"""The clocks and their reminder slots: the policy's figures row by row, then laws against a naive enumeration."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from policy.clocks import (
    Clock,
    ClockKind,
    Outcome,
    Slot,
    SlotKind,
    due_slots,
    end,
    next_slot,
    slots_until_due,
    start_response,
    start_update,
)
from policy.load import load_policy
from policy.schema import Policy
from tests.policy.samples import (
    HOUR,
    MINUTE,
    MONDAY,
    at,
    default_policy,
    promised,
    response_clock,
    stranger_policy,
    update_clock,
    words,
)

LAW = settings(max_examples=150, deadline=None)


def told(slots: tuple[Slot, ...] | list[Slot]) -> list[tuple[str, str]]:
    """Slots as a person reads them: when (UTC), and why."""
    return [(f"{slot.at:%a %H:%M}", slot.kind.value) for slot in slots]


def first(policy: Policy, clock: Clock, count: int) -> list[Slot]:
    """The first slots of a clock, one by one as they are asked for."""
    found, after = [], clock.started
    for _ in range(count):
        found.append(next_slot(policy, clock, after))
        after = found[-1].at
    return found


# -- when it is due (sections 1 and 3)


@pytest.mark.parametrize(
    ("severity", "since", "due", "calendar"),
    [
        ("1", "2026-10-05 09:00", "2026-10-05 11:00", "24x7"),
        ("2", "2026-10-05 09:00", "2026-10-05 13:00", "24x7"),
        ("3", "2026-10-05 09:00", "2026-10-06 09:00", "24x7"),
        ("1", "2026-10-03 23:30", "2026-10-04 01:30", "24x7"),  # any hour of any day
        ("4", "2026-10-02 14:00", "2026-10-05 14:00", "9x5@emea"),  # Friday 15:00 there, Monday 15:00 there
        ("4", "2026-10-03 10:00", "2026-10-05 17:00", "9x5@emea"),  # Saturday: due Monday at closing
        ("4", "2026-10-05 08:00", "2026-10-05 17:00", "9x5@emea"),  # from opening to closing of the same day
        ("4", "2026-10-05 17:00", "2026-10-06 17:00", "9x5@emea"),  # opened at closing: the following day
        ("4", "2026-12-24 10:00", "2026-12-29 10:00", "9x5@emea"),  # Christmas and Boxing Day (moved) off
    ],
)
def test_first_response_is_due(severity: str, since: str, due: str, calendar: str) -> None:
    clock = response_clock(severity, at(since))
    assert (clock.kind, clock.due, clock.calendar) == (ClockKind.RESPONSE, at(due), calendar)
    assert clock.started == clock.covered_until == at(since)


def test_a_business_day_is_counted_in_the_regions_own_hours() -> None:
    assert response_clock("4", at("2026-10-05 03:00"), region="japan").due == at("2026-10-06 03:00")
    assert response_clock("4", at("2026-10-05 03:00"), region="us-west").due == at("2026-10-06 01:00")


@pytest.mark.parametrize(
    ("severity", "due"), [("1", "2026-10-05 10:00"), ("2", "2026-10-05 11:00"), ("3", "2026-10-05 15:00")]
)
def test_the_next_update_is_due_one_cadence_later(severity: str, due: str) -> None:
    clock = update_clock(severity)
    assert (clock.kind, clock.due, clock.calendar) == (ClockKind.UPDATE, at(due), "24x7")


@pytest.mark.parametrize(
    ("plan", "severity", "production", "response_due", "update_due", "calendar"),
    [
        # Friday 19:00 in London, after hours of 9x5, within extended hours.
        ("standard", "1", True, "2026-10-05 10:00", "2026-10-05 09:00", "9x5@emea"),
        ("standard", "3", True, "2026-10-05 17:00", "2026-10-05 14:00", "9x5@emea"),  # 1 business day
        ("premium", "1", True, "2026-10-02 20:00", "2026-10-02 19:00", "24x7"),
        ("premium", "1", False, "2026-10-02 20:00", "2026-10-02 19:00", "extended@emea"),
        ("premium", "2", True, "2026-10-05 06:00", "2026-10-02 20:00", "extended@emea"),
        ("emergency", "3", True, "2026-10-03 18:00", "2026-10-03 00:00", "24x7"),
    ],
)
def test_the_plan_decides_support_hours_and_targets(
    plan: str, severity: str, production: bool, response_due: str, update_due: str, calendar: str
) -> None:
    since = at("2026-10-02 18:00")
    terms = {"plan": plan, "production": production}
    assert response_clock(severity, since, **terms).due == at(response_due)
    update = update_clock(severity, since, **terms)
    assert (update.due, update.calendar) == (at(update_due), calendar)


def test_a_target_in_business_days_is_counted_in_business_hours_whatever_the_plan() -> None:
    clock = response_clock("3", at("2026-10-02 18:00"), plan="premium")
    assert (clock.due, clock.calendar) == (at("2026-10-05 17:00"), "9x5@emea")
    assert (clock.target, clock.every) == ("1 business day", 6 * HOUR)


def test_updates_of_severity_4_are_on_request() -> None:
    policy = default_policy()
    assert start_update(policy, promised("4"), MONDAY) is None


# -- when people are reminded (section 3)


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        (
            "1",  # 2 h: again after 10 and 30 minutes, half, four fifths, the deadline, then every hour
            [
                ("Mon 09:10", "unowned"),
                ("Mon 09:30", "unowned"),
                ("Mon 10:00", "early"),
                ("Mon 10:36", "early"),
                ("Mon 11:00", "due"),
                ("Mon 12:00", "overdue"),
                ("Mon 13:00", "overdue"),
            ],
        ),
        (
            "2",  # 4 h, then every 2 hours
            [
                ("Mon 11:00", "early"),
                ("Mon 12:12", "early"),
                ("Mon 13:00", "due"),
                ("Mon 15:00", "overdue"),
                ("Mon 17:00", "overdue"),
            ],
        ),
        (
            "3",  # 24 h, then every 6 hours
            [
                ("Mon 21:00", "early"),
                ("Tue 04:12", "early"),
                ("Tue 09:00", "due"),
                ("Tue 15:00", "overdue"),
                ("Tue 21:00", "overdue"),
            ],
        ),
        (
            "4",  # 9 h of business hours (08:00-17:00 UTC), then every business day
            [
                ("Mon 13:30", "early"),
                ("Mon 16:12", "early"),
                ("Tue 09:00", "due"),
                ("Wed 09:00", "overdue"),
                ("Thu 09:00", "overdue"),
                ("Fri 09:00", "overdue"),
                ("Mon 09:00", "overdue"),
            ],
        ),
    ],
)
def test_reminders_of_a_first_response(severity: str, expected: list[tuple[str, str]]) -> None:
    assert told(first(default_policy(), response_clock(severity), len(expected))) == expected


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ("1", [("Mon 09:45", "early"), ("Mon 10:00", "due"), ("Mon 11:00", "overdue")]),  # 15 min before
        ("2", [("Mon 10:30", "early"), ("Mon 11:00", "due"), ("Mon 13:00", "overdue")]),  # 30 min before
        ("3", [("Mon 13:30", "early"), ("Mon 15:00", "due"), ("Mon 21:00", "overdue")]),  # 90 min before
    ],
)
def test_reminders_of_an_update(severity: str, expected: list[tuple[str, str]]) -> None:
    assert told(first(default_policy(), update_clock(severity), len(expected))) == expected


def test_none_goes_out_outside_support_time() -> None:
    """Opened on Saturday: on call is called when support opens, the fractions and the deadline are those of Monday;
    at closing it goes out at closing."""
    clock = response_clock("4", at("2026-10-03 10:00"))
    assert told(first(default_policy(), clock, 5)) == [
        ("Mon 08:00", "unowned"),
        ("Mon 12:30", "early"),
        ("Mon 15:12", "early"),
        ("Mon 17:00", "due"),
        ("Tue 17:00", "overdue"),
    ]


def test_people_are_woken_again_in_the_support_time_of_the_clock() -> None:
    again = {"severity": {"4": {"wake_again": ["10m", "10h"]}}}
    policy = load_policy(again)
    clock = response_clock("4", at("2026-10-02 16:55"), policy=policy)
    assert told(slots_until_due(policy, clock)) == [
        ("Mon 08:05", "unowned"),
        ("Mon 12:25", "early"),
        ("Mon 15:07", "early"),
        ("Mon 16:55", "due"),
    ]


def test_two_reminders_of_one_instant_are_one() -> None:
    policy = load_policy({"severity": {"1": {"wake_again": ["1h", "2h"]}}})
    clock = response_clock("1", policy=policy)
    assert [slot.at for slot in slots_until_due(policy, clock)] == [
        MONDAY + offset for offset in (HOUR, 96 * MINUTE, 2 * HOUR)
    ]


def test_after_an_outage_all_slots_are_counted_and_the_newest_are_named() -> None:
    clock = response_clock("1")
    slots, count = due_slots(default_policy(), clock, MONDAY + timedelta(days=10), most=3)
    assert count == 5 + 238
    assert [slot.at for slot in slots] == [MONDAY + timedelta(days=10, hours=-n) for n in (2, 1, 0)]


def test_nothing_is_due_before_the_first_slot() -> None:
    clock = response_clock("1")
    for until in (clock.started, clock.started + 10 * MINUTE - timedelta(microseconds=1)):
        assert due_slots(default_policy(), clock, until) == ((), 0)


# -- how it ends


@pytest.mark.parametrize(
    ("late", "outcome"),
    [
        (-HOUR, Outcome.MET),
        (timedelta(0), Outcome.MET),  # met means at or before the due instant
        (timedelta(microseconds=1), Outcome.BREACHED),
        (HOUR, Outcome.BREACHED),
    ],
)
def test_how_a_clock_ends(late: timedelta, outcome: Outcome) -> None:
    clock = response_clock("1")
    ended = end(clock, "ACME-1", clock.due + late)
    assert (ended.outcome, ended.ended, ended.due) == (outcome, clock.due + late, clock.due)
    assert ended.judged == min(ended.ended, clock.due)  # the period in which it was met or ran out
    assert (ended.severity, ended.calendar, ended.started) == ("1", "24x7", clock.started)


def test_cancelled_clocks_stand_apart_but_a_breach_stays_one() -> None:
    clock = response_clock("1")
    for late in (-HOUR, timedelta(0)):
        assert end(clock, "ACME-1", clock.due + late, cancelled=True).outcome is Outcome.CANCELLED
    ended = end(clock, "ACME-1", clock.due + HOUR, cancelled=True)
    assert (ended.outcome, ended.judged) == (Outcome.BREACHED, clock.due)


# -- laws


def odd_policy() -> Policy:
    """Reminders at awkward places: offsets past the deadline, a cadence that no day holds whole."""
    return load_policy(
        {
            "response_reminders": {"at": [0.1, 1 / 3, 0.999]},
            "update_reminders": {"heads_up": 0.6},
            "severity": {
                "1": {"wake_again": ["1s", "12m", "96m", "3h"], "update_every": "7h13m"},
                "4": {"wake_again": ["5m", "8h59m"]},
            },
            "hours": {"9x5": {"name": words("split"), "wed": ["09:00-12:00", "13:00-18:00"], "thu": []}},
        }
    )


POLICIES = (default_policy(), stranger_policy(), odd_policy())
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(  # noqa: DTZ001
    lambda naive: at(naive.isoformat())
)
steps = st.one_of(
    st.timedeltas(timedelta(0), timedelta(hours=3)),
    st.timedeltas(timedelta(0), timedelta(days=9)),
    st.sampled_from([timedelta(0), timedelta(microseconds=1), HOUR, 12 * MINUTE, timedelta(days=1)]),
)


@dataclass(frozen=True)
class Case:
    clock: Clock
    policy: Policy = field(repr=False)


@st.composite
def clocks(draw: st.DrawFn) -> Case:
    policy = draw(st.sampled_from(POLICIES))
    terms = promised(
        draw(st.sampled_from(list(policy.severities))),
        region=draw(st.sampled_from(list(policy.regions))),
        policy=policy,
        plan=draw(st.sampled_from(list(policy.plans))),
        production=draw(st.booleans()),
    )
    since = draw(instants)
    if draw(st.booleans()) and (clock := start_update(policy, terms, since)):
        return Case(clock, policy)
    return Case(start_response(policy, terms, since), policy)


def naive_slots(policy: Policy, clock: Clock, until: datetime) -> list[datetime]:
    """Every instant that the policy's sentences name, after the start and at or before `until`."""
    calendar, severity = policy.calendar(clock.calendar), policy.severity(clock.severity)
    target = calendar.support_time_between(clock.started, clock.due)
    if clock.kind is ClockKind.RESPONSE:
        parts = [*(target * part for part in policy.response_fractions), *severity.wake_again]
        named_too = {clock.call_at} if clock.call_at and clock.call_at < clock.due else set()
    else:
        parts = [target * (1 - policy.heads_up)]
        named_too = set()
    named = {calendar.add_support_time(clock.started, part) for part in parts if part < target}
    named |= {clock.due} | named_too
    every = severity.update_every or policy.business_day
    late = every
    while calendar.add_support_time(clock.due, late) <= until:
        named.add(calendar.add_support_time(clock.due, late))
        late += every
    return sorted(instant for instant in named if clock.started < instant <= until)


@LAW
@given(clocks(), st.lists(steps, min_size=1, max_size=8), st.integers(1, 4))
def test_each_slot_is_covered_exactly_once(case: Case, waits: list[timedelta], most: int) -> None:
    """Whoever looks at whatever instants: no slot is missed, none is covered twice, and all are counted."""
    policy, clock = case.policy, case.clock
    now, covered, counted = clock.started, [], 0
    for wait in waits:
        now += wait
        slots, count = due_slots(policy, clock, now, most=10_000)
        newest, same_count = due_slots(policy, clock, now, most=most)
        assert (newest, same_count) == (slots[-most:], count)
        covered += [slot.at for slot in slots]
        counted += count
        if slots:
            clock = replace(clock, covered_until=slots[-1].at)
        assert due_slots(policy, clock, now) == ((), 0)
    assert covered == naive_slots(policy, clock, now)
    assert counted == len(covered)


@LAW
@given(clocks(), steps)
def test_the_next_slot_is_strictly_after_and_the_least(case: Case, wait: timedelta) -> None:
    policy, clock = case.policy, case.clock
    after = clock.started + wait
    found = next_slot(policy, clock, after)
    assert found.at > after
    assert [instant for instant in naive_slots(policy, clock, found.at) if instant > after] == [found.at]


@LAW
@given(clocks())
def test_slots_lie_in_support_time_and_say_why(case: Case) -> None:
    policy, clock = case.policy, case.clock
    calendar = policy.calendar(clock.calendar)
    slots = first(policy, clock, 12)
    for one, other in pairwise(slots):
        assert one.at < other.at
    for slot in slots:
        # At closing time it goes out at closing; a call waits for the support of the plan, whatever the target.
        assert (
            slot.at == clock.call_at
            or calendar.is_open(slot.at)
            or calendar.is_open(slot.at - timedelta(microseconds=1))
        )
        early = slot.kind in {SlotKind.EARLY, SlotKind.UNOWNED}
        assert (slot.at < clock.due) == early
        assert (slot.at == clock.due) == (slot.kind is SlotKind.DUE)
        assert slot.kind is not SlotKind.UNOWNED or clock.kind is ClockKind.RESPONSE
