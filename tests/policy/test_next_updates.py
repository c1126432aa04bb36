"""The next update beyond the cadence: promised earlier, agreed later, asked for (policy.md section 3)."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from policy import effects as do
from policy import timeline as log
from policy.changes import NotOpen
from policy.clocks import ClockKind, Lateness, Outcome
from policy.next_updates import (
    NeedsAgreement,
    NextUpdateInThePast,
    NothingProposed,
    TooLateToAgree,
    agree_update,
    ask_update,
    post_update_until,
)
from policy.reminders import due_reminder, reminded, wake_at
from policy.severity_changes import change_severity
from policy.tickets import Ticket
from policy.transitions import resolve
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
    kinds,
    opened,
    running,
    updated,
)

POLICY = default_policy()


def taken(severity: str, plan: str = "emergency") -> Ticket:
    return acknowledged(opened(severity, of=account(plan=plan)).ticket, MONDAY).ticket


def proposed(severity: str, after: timedelta) -> Ticket:
    """An update of 10:00 that names an instant so long after it."""
    now = MONDAY + HOUR
    return done(post_update_until(POLICY, taken(severity), ENGINEER, "x", now + after, now)).ticket


# -- a promise by word


@pytest.mark.parametrize("severity", ["1", "2", "3"])
def test_an_update_may_promise_the_next_one_earlier_than_the_cadence(severity: str) -> None:
    ticket = proposed(severity, 20 * MINUTE)
    assert (running(ticket).due, ticket.proposal) == (MONDAY + 80 * MINUTE, None)
    assert wake_at(POLICY, ticket, ticket.moved) == MONDAY + 75 * MINUTE  # a quarter before


def test_it_promises_the_cadence_at_the_latest() -> None:
    assert running(proposed("3", 6 * HOUR)).due == MONDAY + 7 * HOUR
    assert proposed("3", 6 * HOUR).proposal is None


@pytest.mark.parametrize(("severity", "due"), [("1", 2 * HOUR), ("2", 3 * HOUR)])
def test_never_later_where_no_customer_is_asked_to_agree(severity: str, due: timedelta) -> None:
    now = MONDAY + HOUR
    answer = post_update_until(POLICY, taken(severity), ENGINEER, "x", now + 9 * HOUR, now)
    assert answer == NeedsAgreement(MONDAY + due)


def test_what_is_promised_lies_in_the_future() -> None:
    for next_at in (MONDAY, MONDAY - HOUR):
        answer = post_update_until(POLICY, taken("3"), ENGINEER, "x", next_at, MONDAY)
        assert answer == NextUpdateInThePast(next_at)


def test_where_no_cadence_runs_a_promise_holds_as_it_stands() -> None:
    ticket = proposed("4", 48 * HOUR)
    assert (running(ticket).due, ticket.proposal) == (MONDAY + 49 * HOUR, None)


# -- unless the customer agrees by a click


def test_a_later_one_is_proposed_and_the_cadence_runs_until_the_customer_agrees() -> None:
    now, next_at = MONDAY + HOUR, MONDAY + 30 * HOUR
    change = done(post_update_until(POLICY, taken("3"), ENGINEER, "x", next_at, now))
    assert running(change.ticket).due == MONDAY + 7 * HOUR
    (tell,) = [effect for effect in change.customer if isinstance(effect, do.TellUpdate)]
    assert (tell.next_update, tell.proposed) == (MONDAY + 7 * HOUR, next_at)
    agreed = done(agree_update(POLICY, change.ticket, OPENER, next_at, MONDAY + 2 * HOUR))
    clock = running(agreed.ticket)
    assert (clock.due, clock.started, agreed.ended) == (next_at, now, ())
    assert agreed.entries == (
        log.UpdateAgreed(at=MONDAY + 2 * HOUR, by=OPENER, old_due=MONDAY + 7 * HOUR, clock=clock),
    )
    assert do.TellAgreed(by=OPENER, next_update=next_at) in agreed.customer
    # The heads-up comes a quarter of the cadence before it.
    assert wake_at(POLICY, agreed.ticket, agreed.ticket.moved) == next_at - 90 * MINUTE


def test_nobody_agrees_to_what_is_not_proposed() -> None:
    ticket, next_at = proposed("3", 30 * HOUR), MONDAY + 31 * HOUR
    other = agree_update(POLICY, ticket, OPENER, next_at + HOUR, ticket.moved)
    assert other == NothingProposed(ticket)
    followed = updated(ticket, MONDAY + 2 * HOUR).ticket
    assert agree_update(POLICY, followed, OPENER, next_at, followed.moved) == NothingProposed(followed)
    urgent = done(change_severity(POLICY, ticket, ENGINEER, "2", "x", MONDAY + 2 * HOUR)).ticket
    assert agree_update(POLICY, urgent, OPENER, next_at, urgent.moved) == NothingProposed(urgent)
    agreed = done(agree_update(POLICY, ticket, OPENER, next_at, ticket.moved)).ticket
    assert agree_update(POLICY, agreed, OPENER, next_at, agreed.moved) == NothingProposed(agreed)
    resolved = done(resolve(ticket, ENGINEER, "x", ticket.moved)).ticket
    assert agree_update(POLICY, resolved, OPENER, next_at, resolved.moved) == NotOpen(resolved)


def test_agreeing_never_mends_a_breach() -> None:
    ticket, next_at = proposed("3", 30 * HOUR), MONDAY + 31 * HOUR
    assert agree_update(POLICY, ticket, OPENER, next_at, MONDAY + 8 * HOUR) == TooLateToAgree(
        MONDAY + 7 * HOUR
    )
    assert done(agree_update(POLICY, ticket, OPENER, next_at, MONDAY + 7 * HOUR))


# -- asking for an update


def test_severity_4_gets_a_clock_of_1_business_day_when_somebody_asks() -> None:
    change = done(ask_update(POLICY, taken("4"), OPENER, MONDAY + HOUR))
    clock = running(change.ticket)
    assert (clock.kind, clock.target, clock.calendar) == (ClockKind.UPDATE, "1 business day", "9x5@emea")
    assert clock.due == at("2026-10-06 10:00")
    assert kinds(change.entries) == ["UpdateAsked", "ClockStarted"]
    assert do.TellAsked(by=OPENER, next_update=clock.due) in change.customer
    answered = updated(change.ticket, MONDAY + 2 * HOUR)
    assert (answered.ticket.clock, answered.ended[0].outcome) == (None, Outcome.MET)
    again = done(ask_update(POLICY, change.ticket, OPENER, MONDAY + 3 * HOUR))
    assert running(again.ticket).due == clock.due  # asked twice, promised once


@pytest.mark.parametrize("severity", ["1", "2", "3"])
def test_asking_on_1_to_3_tells_the_owner_at_once_and_moves_nothing(severity: str) -> None:
    ticket = taken(severity)
    change = done(ask_update(POLICY, ticket, OPENER, MONDAY + 10 * MINUTE))
    due = running(ticket).due
    assert do.NoteAsked(by=OPENER, due=due, page=True) in change.staff
    assert running(change.ticket) == replace(running(ticket), asked=MONDAY + 10 * MINUTE)
    assert not any(isinstance(effect, do.Escalate) for effect in change.staff)


def test_if_one_is_overdue_it_escalates_once_for_the_silence() -> None:
    now = MONDAY + 90 * MINUTE
    change = done(ask_update(POLICY, taken("1"), OPENER, now))
    late = Lateness(support=30 * MINUTE, elapsed=30 * MINUTE)
    silence = do.Escalate(
        clock=ClockKind.UPDATE, due=MONDAY + HOUR, missed=1, late=late, asked_by=OPENER.user
    )
    assert silence in change.staff
    assert kinds(change.entries) == ["UpdateAsked", "Escalated"]
    again = done(ask_update(POLICY, change.ticket, OPENER, now + HOUR))
    assert "Escalate" not in kinds(again.staff)
    reminder = due_reminder(POLICY, again.ticket, now + 2 * HOUR)
    assert reminder is not None
    assert "Escalate" not in kinds(reminded(again.ticket, reminder, MESSAGE, now + 2 * HOUR).staff)


def test_asked_while_support_is_closed_nobody_is_paged_and_the_next_reminder_escalates() -> None:
    ticket = acknowledged(opened("2", of=account(plan="standard")).ticket, at("2026-10-05 14:00")).ticket
    night = at("2026-10-05 20:00")
    late = replace(ticket, clock=replace(running(ticket), covered_until=running(ticket).due))
    change = done(ask_update(POLICY, late, OPENER, night))
    due = at("2026-10-05 16:00")
    assert do.NoteAsked(by=OPENER, due=due, page=False) in change.staff
    assert "Escalate" not in kinds(change.staff)
    wake = wake_at(POLICY, change.ticket, night)
    assert wake == at("2026-10-06 09:00")
    reminder = due_reminder(POLICY, change.ticket, wake)
    assert reminder is not None
    assert (reminder.escalates, reminder.missed) == (True, 2)


def test_before_the_first_response_asking_changes_no_clock() -> None:
    ticket = opened("4").ticket
    change = done(ask_update(POLICY, ticket, OPENER, MONDAY + HOUR))
    assert running(change.ticket) == replace(running(ticket), asked=MONDAY + HOUR)
    assert do.TellAsked(by=OPENER, next_update=None) in change.customer


def test_where_nothing_is_promised_on_request_staff_hear_of_it_all_the_same() -> None:
    unpromised = replace(POLICY.severity("4"), update_on_request=None)
    silent = replace(POLICY, severities={**POLICY.severities, "4": unpromised})
    change = done(ask_update(silent, taken("4"), OPENER, MONDAY + HOUR))
    assert change.ticket.clock is None
    assert "NoteAsked" in kinds(change.staff)
    resolved = done(resolve(taken("4"), ENGINEER, "x", MONDAY)).ticket
    assert ask_update(POLICY, resolved, OPENER, MONDAY) == NotOpen(resolved)
