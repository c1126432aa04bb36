"""How a promise stands, and why its deadline is what it is (policy.md section 3)."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from policy.changes import Change
from policy.clock_changes import Rule, pause_clock
from policy.clocks import ClockKind, Outcome, end
from policy.explain import Agreed, Counted, Explanation, Held, Moved, RanOn, explain
from policy.next_updates import agree_update, post_update_until
from policy.severity_changes import change_severity
from policy.standing import Standing, ended_standing, standing
from policy.tickets import Ticket
from policy.timeline import Entry
from policy.transitions import acknowledge, customer_replied, resolve
from policy.waiting import wait_for_customer
from tests.policy.samples import (
    ENGINEER,
    HOUR,
    MINUTE,
    MONDAY,
    OPENER,
    default_policy,
    done,
    opened,
    response_clock,
    update_clock,
)

POLICY = default_policy()
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (timedelta(0), Standing.PENDING),
        (10 * MINUTE, Standing.PENDING),  # a call for somebody is no early reminder
        (HOUR - TICK, Standing.PENDING),
        (HOUR, Standing.AT_RISK),  # half of the target
        (2 * HOUR - TICK, Standing.AT_RISK),
        (2 * HOUR, Standing.DUE),
        (2 * HOUR + TICK, Standing.BREACHED),
    ],
)
def test_how_a_first_response_stands(after: timedelta, expected: Standing) -> None:
    assert standing(POLICY, response_clock("1"), MONDAY + after) is expected


@pytest.mark.parametrize(
    ("after", "expected"), [(270 * MINUTE - TICK, Standing.PENDING), (270 * MINUTE, Standing.AT_RISK)]
)
def test_an_update_is_at_risk_from_the_heads_up_on(after: timedelta, expected: Standing) -> None:
    assert standing(POLICY, update_clock("3"), MONDAY + after) is expected


def test_a_clock_that_stands_still_is_paused() -> None:
    paused = pause_clock(POLICY, update_clock("3"), MONDAY + HOUR)
    assert standing(POLICY, paused, MONDAY + timedelta(days=9)) is Standing.PAUSED


def test_how_an_ended_clock_was_judged() -> None:
    clock = response_clock("1")
    assert [ended_standing(end(clock, "ACME-1", clock.due + late)) for late in (-HOUR, HOUR)] == [
        Standing.MET,
        Standing.BREACHED,
    ]
    assert ended_standing(end(clock, "ACME-1", MONDAY, cancelled=True)) is Standing.CANCELLED


# -- why this deadline


class Told:
    """A ticket and its timeline."""

    def __init__(self, change: Change) -> None:
        self.ticket: Ticket = change.ticket
        self.entries: list[Entry] = list(change.entries)

    def then(self, change: object) -> "Told":
        self.ticket = done(change).ticket
        self.entries += done(change).entries
        return self

    @property
    def why(self) -> Explanation:
        return explain(self.ticket, self.entries)


def at_(hours: float) -> datetime:
    return MONDAY + hours * HOUR


def test_a_new_ticket_says_target_calendar_and_from_when() -> None:
    why = Told(opened("4")).why
    assert why.steps == (
        Counted(
            at=MONDAY,
            by=OPENER.user,
            kind=ClockKind.RESPONSE,
            severity="4",
            target="1 business day",
            calendar="9x5@emea",
            since=MONDAY,
            due=at_(24),
        ),
    )
    assert (why.due, why.ended) == (at_(24), None)


def test_pauses_changes_and_agreements_are_steps_that_lead_to_the_deadline() -> None:
    told = Told(opened("3"))
    told.then(acknowledge(POLICY, told.ticket, ENGINEER, at_(1)))
    told.then(post_update_until(POLICY, told.ticket, ENGINEER, "x", at_(20), at_(2)))
    told.then(wait_for_customer(POLICY, told.ticket, ENGINEER, "Logs.", at_(3)))
    assert told.why.due is None
    told.then(customer_replied(POLICY, told.ticket, OPENER, "Here.", at_(5)))
    told.then(agree_update(POLICY, told.ticket, OPENER, at_(20), at_(6)))
    told.then(change_severity(POLICY, told.ticket, ENGINEER, "2", "Worse.", at_(7)))
    counted, held, ran_on, agreed, moved = told.why.steps
    assert isinstance(counted, Counted)
    assert (counted.since, counted.target, counted.due) == (at_(2), "6h", at_(8))
    assert held == Held(at_(3), ENGINEER, "24x7", 5 * HOUR, at_(8))
    assert ran_on == RanOn(at_(5), OPENER.user, "24x7", 5 * HOUR, at_(10))
    assert agreed == Agreed(at_(6), OPENER.user, at_(10), at_(20))
    assert isinstance(moved, Moved)
    assert (moved.rule, moved.since, moved.target) == (Rule.FROM_CHANGE, at_(7), "2h")
    assert (moved.old_due, moved.candidate, moved.due) == (at_(20), at_(9), at_(9))
    assert (moved.old_severity, moved.severity) == ("3", "2")
    assert told.why.due == at_(9)


def test_each_clock_begins_a_new_account_and_the_last_one_stays() -> None:
    told = Told(opened("1"))
    told.then(acknowledge(POLICY, told.ticket, ENGINEER, at_(1)))
    told.then(resolve(told.ticket, ENGINEER, "Fixed.", at_(1.5)))
    why = told.why
    (counted,) = why.steps
    assert isinstance(counted, Counted)
    assert (counted.kind, counted.since) == (ClockKind.UPDATE, at_(1))
    assert why.ended is not None
    assert (why.clock, why.ended.outcome, why.due) == (None, Outcome.MET, at_(2))
    assert explain(replace(told.ticket), []).due is None
