"""Waiting for the customer: a row for each sentence of the policy (section 3)."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from policy import effects as do
from policy.changes import NotOpen
from policy.clocks import ClockKind, Outcome, SlotKind
from policy.next_updates import ask_update
from policy.reminders import due_reminder, reminded, wake_at
from policy.tickets import Ticket
from policy.transitions import customer_replied, resolve
from policy.waiting import AlreadyWaiting, NotWaiting, resume, wait_for_customer
from tests.policy.samples import (
    ENGINEER,
    HOUR,
    MESSAGE,
    MONDAY,
    OPENER,
    account,
    acknowledged,
    at,
    default_policy,
    done,
    kinds,
    opened,
    running,
    updated,
)


def waiting(ticket: Ticket, after: timedelta = HOUR) -> Ticket:
    now = ticket.opened + after
    return done(wait_for_customer(default_policy(), ticket, ENGINEER, "Logs, please.", now)).ticket


def taken(severity: str, plan: str = "emergency") -> Ticket:
    return acknowledged(opened(severity, of=account(plan=plan)).ticket, MONDAY).ticket


@pytest.mark.parametrize(("severity", "pauses"), [("1", False), ("2", False), ("3", True)])
def test_it_pauses_the_update_clock_for_3_and_4_not_for_1_and_2_but_is_recorded(
    severity: str, pauses: bool
) -> None:
    ticket = replace(taken(severity), reminder=MESSAGE)
    change = done(wait_for_customer(default_policy(), ticket, ENGINEER, "Logs.", MONDAY + HOUR))
    assert (running(change.ticket).pause is not None) == pauses
    assert kinds(change.entries) == ["WaitStarted", "ClockPaused"][: 1 + pauses]
    assert do.NoteWaiting(by=ENGINEER, reason="Logs.", paused=pauses) in change.staff
    assert change.ticket.waiting is not None
    # A reminder of a clock that stands still is answered.
    assert (change.ticket.reminder is None) == pauses
    # What is for staff stays with staff.
    assert change.customer == (do.RefreshThread(),)


def test_it_pauses_the_clock_of_an_update_of_severity_4_that_was_asked_for() -> None:
    asked = done(ask_update(default_policy(), taken("4"), OPENER, MONDAY)).ticket
    pause = running(waiting(asked, 3 * HOUR)).pause
    assert pause is not None
    assert pause.remaining == 6 * HOUR


def test_while_it_stands_still_nobody_is_reminded() -> None:
    ticket = waiting(taken("3"))
    later = MONDAY + timedelta(days=30)
    assert wake_at(default_policy(), ticket, later) is None
    assert due_reminder(default_policy(), ticket, later) is None


def test_the_response_clock_is_never_excused() -> None:
    ticket = waiting(opened("3").ticket)
    assert (running(ticket).kind, running(ticket).pause) == (ClockKind.RESPONSE, None)


def test_an_update_that_is_overdue_is_not_excused_either() -> None:
    ticket = waiting(taken("3"), 7 * HOUR)
    assert running(ticket).pause is None
    # The next public update ends the breach; from then on the wait holds the clock.
    change = updated(ticket, MONDAY + 8 * HOUR)
    assert change.ended[0].outcome is Outcome.BREACHED
    pause = running(change.ticket).pause
    assert pause is not None
    assert pause.remaining == 6 * HOUR


@pytest.mark.parametrize("how", ["reply", "question", "staff"])
def test_any_customer_message_ends_the_pause_and_so_may_staff(how: str) -> None:
    policy, ticket, now = default_policy(), waiting(taken("3")), MONDAY + 48 * HOUR
    if how == "reply":
        change = customer_replied(policy, ticket, OPENER, "Here they are.", now)
    elif how == "question":
        change = done(ask_update(policy, ticket, OPENER, now))
    else:
        change = done(resume(policy, ticket, ENGINEER, now))
    clock = running(change.ticket)
    assert (change.ticket.waiting, clock.pause) == (None, None)
    assert clock.due == now + 5 * HOUR  # what was left
    assert kinds(change.entries)[-2:] == ["WaitEnded", "ClockResumed"]


def test_what_is_left_is_support_time() -> None:
    """9 to 18 in London: from 11:00 one of six hours has passed; what is left runs from 16:00 into the next day."""
    ticket = waiting(taken("3", "standard"))
    change = done(resume(default_policy(), ticket, ENGINEER, at("2026-10-06 15:00")))
    assert running(change.ticket).due == at("2026-10-07 11:00")


def test_the_heads_up_comes_when_it_would_have_and_not_twice() -> None:
    policy = default_policy()
    first = waiting(taken("3"))
    after = done(resume(policy, first, ENGINEER, MONDAY + 20 * HOUR)).ticket
    assert wake_at(policy, after, after.moved) == MONDAY + 25 * HOUR - 1.5 * HOUR
    # Waited for from 5:00 on, the heads-up of 4:30 was there before.
    ticket = taken("3")
    now = MONDAY + 4.5 * HOUR
    heads_up = due_reminder(policy, ticket, now)
    assert heads_up is not None
    told = reminded(ticket, heads_up, MESSAGE, now).ticket
    again = done(resume(policy, waiting(told, 5 * HOUR), ENGINEER, MONDAY + 20 * HOUR)).ticket
    next_one = due_reminder(policy, again, MONDAY + 21 * HOUR)
    assert wake_at(policy, again, again.moved) == MONDAY + 21 * HOUR
    assert next_one is not None
    assert [slot.kind for slot in next_one.slots] == [SlotKind.DUE]


def test_a_reminder_posted_while_it_was_paused_shrinks_at_once() -> None:
    ticket, now = taken("3"), MONDAY + 4.5 * HOUR
    reminder = due_reminder(default_policy(), ticket, now)
    assert reminder is not None
    change = reminded(waiting(ticket, 4.5 * HOUR), reminder, MESSAGE, now)
    assert kinds(change.staff) == ["ShrinkReminder"]
    assert change.ticket.reminder is None


def test_an_update_while_waiting_is_met_however_long_it_took() -> None:
    change = updated(waiting(taken("3")), MONDAY + 90 * HOUR)
    (ended,) = change.ended
    assert (ended.outcome, ended.judged) == (Outcome.MET, MONDAY + 90 * HOUR)
    assert running(change.ticket).pause is not None
    assert change.ticket.waiting is not None


def test_resolving_ends_the_wait() -> None:
    change = done(resolve(waiting(taken("3")), ENGINEER, "Fixed.", MONDAY + 90 * HOUR))
    assert (change.ticket.waiting, change.ended[0].outcome) == (None, Outcome.MET)


def test_refusals() -> None:
    policy, ticket = default_policy(), waiting(taken("3"))
    assert ticket.waiting is not None
    again = wait_for_customer(policy, ticket, ENGINEER, "x", MONDAY + 2 * HOUR)
    assert again == AlreadyWaiting(ticket.waiting)
    assert resume(policy, taken("3"), ENGINEER, MONDAY) == NotWaiting(taken("3"))
    resolved = done(resolve(ticket, ENGINEER, "x", MONDAY)).ticket
    assert wait_for_customer(policy, resolved, ENGINEER, "x", MONDAY) == NotOpen(resolved)
    assert resume(policy, resolved, ENGINEER, MONDAY) == NotOpen(resolved)
