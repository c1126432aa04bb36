"""Reminders of a ticket: one live one a clock, one that covers all after an outage, silence by snooze."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from policy.clocks import ClockKind, Lateness, SlotKind, due_slots, lateness, next_slot
from policy.closing import confirm
from policy.effects import Escalate, ShrinkReminder
from policy.load import load_policy
from policy.reminders import Reminder, due_reminder, reminded, reminder_lost, wake_at
from policy.schema import Policy
from policy.tickets import MessageRef, Ticket
from policy.timeline import Escalated, Reminded, Undelivered
from policy.transitions import Change, resolve, snooze
from tests.policy.samples import (
    ENGINEER,
    HOUR,
    MESSAGE,
    MINUTE,
    MONDAY,
    OPENER,
    account,
    acknowledged,
    at,
    default_policy,
    done,
    opened,
    running,
    stranger_policy,
    updated,
)


def goes_out(ticket: Ticket, now: datetime | None = None, policy: Policy | None = None) -> datetime | None:
    """When the next reminder goes out, as it looks at an instant (None: at the ticket's last one)."""
    return wake_at(policy or default_policy(), ticket, now or ticket.moved)


def due(ticket: Ticket, now: datetime, policy: Policy | None = None) -> Reminder:
    """The reminder that is due."""
    found = due_reminder(policy or default_policy(), ticket, now)
    assert found is not None
    return found


def posted(ticket: Ticket, now: datetime, number: int = 1) -> Ticket:
    """The ticket after the reminder that is due was posted."""
    message = MessageRef(channel="C-STAFF", ts=f"{number}.000100")
    return reminded(ticket, due(ticket, now), message, now).ticket


def silenced(ticket: Ticket, until: datetime, now: datetime) -> Ticket:
    change = snooze(default_policy(), ticket, ENGINEER, until, now)
    assert isinstance(change, Change)
    return change.ticket


# -- when the next one is due


@pytest.mark.parametrize(
    ("severity", "first"),
    [
        ("1", MONDAY + 10 * MINUTE),
        ("2", MONDAY + 2 * HOUR),
        ("3", MONDAY + 12 * HOUR),
        ("4", MONDAY + 4.5 * HOUR),
    ],
)
def test_a_new_ticket_wakes_at_its_first_slot(severity: str, first: datetime) -> None:
    ticket = opened(severity).ticket
    assert goes_out(ticket) == first
    assert due_reminder(default_policy(), ticket, first - timedelta(microseconds=1)) is None
    assert due(ticket, first).latest.at == first


@pytest.mark.parametrize(("severity", "before"), [("1", 15), ("2", 30), ("3", 90)])
def test_the_heads_up_of_an_update_comes_so_many_minutes_before(severity: str, before: int) -> None:
    ticket = acknowledged(opened(severity).ticket, MONDAY + MINUTE).ticket
    assert goes_out(ticket) == running(ticket).due - before * MINUTE


def test_where_no_clock_runs_nobody_is_reminded() -> None:
    policy = default_policy()
    resolved = resolve(opened("1").ticket, ENGINEER, "Fixed.", MONDAY + HOUR)
    assert isinstance(resolved, Change)
    confirmed = done(confirm(resolved.ticket, OPENER, MONDAY + HOUR)).ticket
    assert goes_out(confirmed, policy=policy) is None
    assert goes_out(acknowledged(opened("4").ticket, MONDAY + HOUR).ticket, policy=policy) is None
    for ticket in (resolved.ticket, confirmed, acknowledged(opened("4").ticket, MONDAY + HOUR).ticket):
        assert due_reminder(policy, ticket, MONDAY + 90 * HOUR) is None


# -- what one covers


def test_each_slot_has_a_reminder_of_its_own() -> None:
    policy, ticket, told = default_policy(), opened("1").ticket, []
    for number in range(7):
        now = goes_out(ticket, policy=policy)
        assert now is not None
        reminder = due(ticket, now)
        assert reminder.count == len(reminder.slots) == 1
        told.append(((now - MONDAY) // MINUTE, reminder.latest.kind))
        ticket = posted(ticket, now, number)
    assert told == [
        (10, SlotKind.UNOWNED),
        (30, SlotKind.UNOWNED),
        (60, SlotKind.EARLY),
        (96, SlotKind.EARLY),
        (120, SlotKind.DUE),
        (180, SlotKind.OVERDUE),
        (240, SlotKind.OVERDUE),
    ]


def test_after_an_outage_one_reminder_covers_all_slots_that_went_by() -> None:
    ticket, back = opened("1").ticket, MONDAY + 150 * MINUTE
    reminder = due(ticket, back)
    assert [slot.kind for slot in reminder.slots] == [
        *(SlotKind.UNOWNED, SlotKind.UNOWNED, SlotKind.EARLY, SlotKind.EARLY, SlotKind.DUE)
    ]
    change = reminded(ticket, reminder, MESSAGE, back)
    entry, escalated = change.entries
    assert isinstance(entry, Reminded)
    assert isinstance(escalated, Escalated)
    assert (entry.slots, entry.count) == (reminder.slots, 5)
    assert (entry.clock, entry.due, entry.message) == (ClockKind.RESPONSE, MONDAY + 2 * HOUR, MESSAGE)
    # No burst: the next one is the next cadence.
    assert due_reminder(default_policy(), change.ticket, back) is None
    assert goes_out(change.ticket) == MONDAY + 3 * HOUR


def test_after_a_long_outage_the_newest_are_named_and_all_are_counted() -> None:
    ticket = opened("1").ticket
    reminder = due(ticket, MONDAY + timedelta(days=30))
    assert (len(reminder.slots), reminder.count) == (50, 5 + 718)
    assert reminder.latest.at == MONDAY + timedelta(days=30)
    after = posted(ticket, MONDAY + timedelta(days=30))
    assert goes_out(after) == MONDAY + timedelta(days=30, hours=1)


# -- one live reminder


def test_a_newer_reminder_shrinks_the_older_one() -> None:
    first = posted(opened("1").ticket, MONDAY + 10 * MINUTE, 1)
    now = MONDAY + 30 * MINUTE
    newer = MessageRef(channel="C-STAFF", ts="2.000100")
    change = reminded(first, due(first, now), newer, now)
    assert first.reminder is not None
    assert change.staff == (ShrinkReminder(message=first.reminder, answered_by=None, at=now),)
    assert change.ticket.reminder == newer


def test_a_first_reminder_has_nothing_to_shrink() -> None:
    ticket = opened("1").ticket
    change = reminded(ticket, due(ticket, MONDAY + 10 * MINUTE), MESSAGE, MONDAY + 10 * MINUTE)
    assert change.staff == ()
    assert (change.customer, change.ended) == ((), ())


@pytest.mark.parametrize("answer", ["acknowledged", "resolved"])
def test_answered_while_it_was_being_posted_it_is_recorded_and_shrinks_at_once(answer: str) -> None:
    ticket, now = opened("1").ticket, MONDAY + 10 * MINUTE
    reminder = due(ticket, now)
    if answer == "acknowledged":
        answered = acknowledged(ticket, now).ticket
    else:
        resolution = resolve(ticket, ENGINEER, "Fixed.", now)
        assert isinstance(resolution, Change)
        answered = resolution.ticket
    change = reminded(answered, reminder, MESSAGE, now)
    assert change.staff == (ShrinkReminder(message=MESSAGE, answered_by=ENGINEER, at=now),)
    assert [type(entry) for entry in change.entries] == [Reminded]
    assert change.ticket == replace(answered, moved=now)


def test_answered_by_an_update_while_it_was_posted_the_new_clock_keeps_all_its_slots() -> None:
    ticket = acknowledged(opened("1").ticket, MONDAY).ticket
    now = MONDAY + HOUR
    reminder = due(ticket, now)
    answered = updated(ticket, now).ticket
    change = reminded(answered, reminder, MESSAGE, now)
    assert change.ticket.clock == answered.clock
    assert goes_out(change.ticket) == MONDAY + 105 * MINUTE


def test_a_reminder_is_never_recorded_before_the_tickets_last_instant() -> None:
    ticket = replace(opened("1").ticket, moved=MONDAY + HOUR)
    change = reminded(ticket, due(ticket, MONDAY + 10 * MINUTE), MESSAGE, MONDAY + 10 * MINUTE)
    assert change.ticket.moved == change.entries[0].at == MONDAY + HOUR


# -- snooze


@pytest.mark.parametrize(
    ("severity", "until", "wake", "covered"),
    [
        ("1", "09:05", "09:10", 1),  # over before the next slot: as if nothing had been
        ("1", "09:50", "09:50", 2),  # what went by is named when it is over
        ("1", "12:30", "11:00", 5),  # at the deadline at the latest
        ("3", "13:30", "21:00", 1),
    ],
)
def test_snooze_silences_until(severity: str, until: str, wake: str, covered: int) -> None:
    policy = default_policy()
    ticket = silenced(opened(severity).ticket, at(f"2026-10-05 {until}"), MONDAY)
    woken = at(f"2026-10-05 {wake}")
    assert goes_out(ticket, policy=policy) == woken
    assert due_reminder(policy, ticket, woken - timedelta(microseconds=1)) is None
    assert due(ticket, woken).count == covered


def test_an_overdue_severity_3_can_be_silenced_past_its_deadline() -> None:
    ticket = silenced(opened("3").ticket, MONDAY + 50 * HOUR, MONDAY + HOUR)
    assert goes_out(ticket) == MONDAY + 50 * HOUR
    assert due(ticket, MONDAY + 50 * HOUR).count == 2 + 1 + 4  # fractions, deadline, every 6 hours
    assert running(ticket).due == MONDAY + 24 * HOUR


def test_the_silence_lasts_until_its_instant_whatever_is_answered_meanwhile() -> None:
    ticket = silenced(opened("3").ticket, MONDAY + 50 * HOUR, MONDAY)
    after = updated(ticket, MONDAY + HOUR).ticket
    assert goes_out(after) == MONDAY + 50 * HOUR
    assert due(after, MONDAY + 50 * HOUR).count == 1 + 1 + 7  # heads-up, deadline at 7 h, every 6 hours


@pytest.mark.parametrize(("severity", "due_after"), [("1", HOUR), ("2", 2 * HOUR)])
def test_the_silence_ends_at_the_new_deadline_where_it_may_not_outlast_it(
    severity: str, due_after: timedelta
) -> None:
    ticket = silenced(opened(severity).ticket, MONDAY + 9 * HOUR, MONDAY)
    assert ticket.snoozed_until == running(ticket).due
    now = MONDAY + 30 * MINUTE
    after = acknowledged(ticket, now).ticket
    assert after.snoozed_until == min(running(ticket).due, now + due_after)
    assert goes_out(after) == after.snoozed_until


# -- inside support time


CLOSING = at("2026-10-05 17:00")
"""Of the desk in London, in UTC; it opens at 8:00."""
NEXT_OPENING = at("2026-10-06 08:00")


def due_at_closing() -> Ticket:
    """Opened before the weekend was over: due Monday at closing."""
    ticket = opened("4", now=at("2026-10-03 10:00")).ticket
    return replace(ticket, clock=replace(running(ticket), covered_until=at("2026-10-05 16:00")))


@pytest.mark.parametrize(
    ("now", "goes"),
    [
        (at("2026-10-05 16:30"), CLOSING),
        (CLOSING, CLOSING),
        (CLOSING + timedelta(seconds=60), CLOSING),
        (CLOSING + timedelta(seconds=60, microseconds=1), NEXT_OPENING),
        (at("2026-10-06 07:59"), NEXT_OPENING),
        (NEXT_OPENING, CLOSING),  # overdue by now: at once
        (at("2026-10-06 12:00"), CLOSING),
    ],
)
def test_a_reminder_due_at_closing_goes_out_at_closing_found_later_at_the_next_opening(
    now: datetime, goes: datetime
) -> None:
    ticket = due_at_closing()
    assert goes_out(ticket, now) == goes
    found = due_reminder(default_policy(), ticket, now)
    assert (found is not None) == (goes <= now)
    assert found is None or found.latest.kind is SlotKind.DUE


def test_nobody_is_reminded_outside_support_time() -> None:
    """Severity 2 under 9x5: overdue since 16:30 in London, every 2 hours; the second one falls into the next day."""
    ticket = opened("2", now=at("2026-10-05 11:30"), of=account(plan="standard")).ticket
    told, now = [], ticket.moved
    for number in range(6):
        later = goes_out(ticket, now)
        assert later is not None
        now = later
        told.append(f"{now:%a %H:%M}")
        ticket = posted(ticket, now, number)
    assert told == ["Mon 13:30", "Mon 14:42", "Mon 15:30", "Tue 08:30", "Tue 10:30", "Tue 12:30"]


@pytest.mark.parametrize(
    ("until", "goes"),
    [
        ("2026-10-05 16:00", "2026-10-05 16:00"),
        ("2026-10-05 17:00", "2026-10-05 17:00"),
        ("2026-10-05 21:00", "2026-10-06 08:00"),
        ("2026-10-09 20:00", "2026-10-12 08:00"),
    ],
)
def test_a_snooze_that_ends_outside_support_time_lasts_until_the_opening(until: str, goes: str) -> None:
    ticket = opened("3", now=at("2026-10-05 09:00"), of=account(plan="standard")).ticket
    snoozed = silenced(ticket, at(until), ticket.moved)
    assert goes_out(snoozed) == at(goes)
    assert due_reminder(default_policy(), snoozed, at(goes)) is not None


def test_a_target_in_business_days_reminds_when_both_desks_are_open() -> None:
    """Premium: support from 6:00 to 22:00, the promise counted in business hours. On-call is called at 6:00."""
    ticket = opened("4", now=at("2026-10-04 10:00"), of=account(plan="premium")).ticket
    assert goes_out(ticket) == at("2026-10-05 05:00")
    overdue = replace(running(ticket), covered_until=running(ticket).due - MINUTE)
    late = replace(ticket, clock=overdue)
    assert goes_out(late, at("2026-10-05 19:00")) == NEXT_OPENING


def test_where_two_reminders_fall_on_one_instant_the_more_urgent_stands() -> None:
    policy = load_policy({"severity": {"1": {"wake_again": ["1h", "2h"]}}})
    ticket = opened("1", policy=policy).ticket
    kinds = [
        next_slot(policy, running(ticket), MONDAY + offset).kind for offset in (30 * MINUTE, 100 * MINUTE)
    ]
    assert kinds == [SlotKind.UNOWNED, SlotKind.DUE]


# -- escalation


def silences(ticket: Ticket, until: datetime, policy: Policy | None = None) -> list[Escalated]:
    """The escalations of a ticket whose reminders all go out, and that nobody answers."""
    found: list[Escalated] = []
    policy = policy or default_policy()
    while (at_ := wake_at(policy, ticket, ticket.moved)) is not None and at_ <= until:
        change = reminded(ticket, due(ticket, at_, policy), MESSAGE, at_)
        entries = [entry for entry in change.entries if isinstance(entry, Escalated)]
        told = [effect for effect in change.staff if isinstance(effect, Escalate)]
        assert [(one.due, one.missed, one.late) for one in entries] == [
            (one.due, one.missed, one.late) for one in told
        ]
        found += entries
        ticket = change.ticket
    return found


def test_a_response_breach_escalates_once_for_the_silence() -> None:
    (told,) = silences(opened("1").ticket, MONDAY + 9 * HOUR)
    assert (told.at, told.clock, told.missed) == (MONDAY + 2 * HOUR, ClockKind.RESPONSE, 1)


@pytest.mark.parametrize(("many", "after"), [(1, 2), (2, 3), (3, 4)])
def test_so_many_missed_updates_in_a_row_escalate_once_for_each_silence(many: int, after: int) -> None:
    policy = load_policy({"escalation": {"missed_updates": many}})
    ticket = acknowledged(opened("1", policy=policy).ticket, MONDAY + HOUR, policy).ticket
    (told,) = silences(ticket, MONDAY + 9 * HOUR, policy)
    assert (told.at, told.missed) == (MONDAY + after * HOUR, many)
    assert told.late == Lateness(support=(many - 1) * HOUR, elapsed=(many - 1) * HOUR)
    (again,) = silences(updated(ticket, MONDAY + 9 * HOUR, policy).ticket, MONDAY + 20 * HOUR, policy)
    assert again.at == MONDAY + (8 + after) * HOUR


def test_lateness_is_told_in_support_time_and_in_elapsed_time() -> None:
    ticket = opened("2", now=at("2026-10-05 11:30"), of=account(plan="standard")).ticket
    clock = running(ticket)
    assert lateness(default_policy(), clock, clock.due) is None
    late = lateness(default_policy(), clock, at("2026-10-06 09:00"))
    assert late == Lateness(support=2.5 * HOUR, elapsed=17.5 * HOUR)
    assert due(ticket, at("2026-10-06 09:00")).late == late


def test_a_reminder_that_no_room_takes_escalates_all_the_same() -> None:
    ticket = opened("1").ticket
    now = MONDAY + 2 * HOUR
    change = reminder_lost(ticket, due(ticket, now), "channel_not_found", now)
    assert [type(entry) for entry in change.entries] == [Undelivered, Escalated]
    assert running(change.ticket).covered_until == now
    assert [type(effect) for effect in change.staff] == [Escalate]
    assert change.ticket.reminder is None
    answered = acknowledged(ticket, now).ticket
    assert [type(e) for e in reminder_lost(answered, due(ticket, now), "x", now).entries] == [Undelivered]


# -- laws


@dataclass(frozen=True)
class Start:
    severity: str
    policy: Policy = field(repr=False)


STARTS = [Start(key, policy) for policy in (default_policy(), stranger_policy()) for key in policy.severities]
LOOKS = st.lists(
    st.tuples(
        st.sampled_from(["look", "snooze", "update"]), st.timedeltas(timedelta(0), timedelta(hours=20))
    ),
    max_size=10,
)


@settings(deadline=None)
@given(st.sampled_from(STARTS), LOOKS)
def test_each_slot_is_named_once_whenever_the_worker_looks(
    start: Start, looks: list[tuple[str, timedelta]]
) -> None:
    """No slot is missed or doubled by snoozes and late looks, and none of them moves a deadline."""
    policy = start.policy
    of = account(region=next(iter(policy.regions)))
    ticket = opened(start.severity, policy=policy, of=of).ticket
    now, named, counted = MONDAY, [], 0
    for what, wait in looks:
        now += wait
        before, clock, wake = ticket, ticket.clock, goes_out(ticket, max(now, ticket.moved), policy)
        if what == "snooze":
            change = snooze(policy, ticket, ENGINEER, now + 3 * HOUR, now)
            ticket = change.ticket if isinstance(change, Change) else ticket
            assert ticket.clock == clock
        elif what == "update":
            ticket, named = updated(ticket, now, policy).ticket, []
            counted = 0
        else:
            reminder = due_reminder(policy, ticket, now)
            assert (reminder is not None) == (wake is not None and wake <= now)
            if reminder is not None:
                named += [slot.at for slot in reminder.slots]
                counted += reminder.count
                ticket = reminded(ticket, reminder, MESSAGE, now).ticket
                told = running(before).escalated or (now if reminder.escalates else None)
                covered = replace(running(before), covered_until=reminder.latest.at, escalated=told)
                assert running(ticket) == covered
                assert reminder.latest.at <= now
        if ticket.clock is not None:
            following = goes_out(ticket, policy=policy)
            assert following is not None
            assert following >= next_slot(policy, ticket.clock, ticket.clock.covered_until).at
    assert all(one < other for one, other in pairwise(named))
    if ticket.clock is not None:
        whole = replace(ticket.clock, covered_until=ticket.clock.started)
        slots, count = due_slots(policy, whole, ticket.clock.covered_until, most=10_000)
        assert counted == count == len(slots)
        # A catch-up of more than 50 names the newest.
        every = [slot.at for slot in slots]
        assert named == every if len(named) == counted else set(named) < set(every)
