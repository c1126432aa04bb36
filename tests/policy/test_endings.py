"""Cancelling, merging, reopening: a row for each sentence of the policy (section 3)."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from policy import effects as do
from policy.changes import NotOpen
from policy.clocks import ClockKind, Outcome
from policy.closing import NotResolved
from policy.endings import CannotMerge, Unmergeable, cancel, merge, reopen, took_over
from policy.reminders import wake_at
from policy.tickets import State
from policy.transitions import resolve, snooze
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
)

OTHER = opened("2", number=2).ticket


@pytest.mark.parametrize(
    ("after", "outcome"),
    [
        (HOUR, Outcome.CANCELLED),
        (2 * HOUR, Outcome.CANCELLED),
        (2 * HOUR + timedelta(microseconds=1), Outcome.BREACHED),  # what has run out stays a breach
    ],
)
def test_merging_or_cancelling_cancels_the_clock(after: timedelta, outcome: Outcome) -> None:
    ticket = replace(opened("1").ticket, reminder=MESSAGE)
    now = MONDAY + after
    for change, state in (
        (done(cancel(ticket, ENGINEER, "A test.", now)), State.CANCELLED),
        (done(merge(ticket, OTHER, ENGINEER, "The same.", now)), State.MERGED),
    ):
        assert [(i.kind, i.outcome) for i in change.ended] == [(ClockKind.RESPONSE, outcome)]
        assert (change.ticket.state, change.ticket.clock, change.ticket.closed) == (state, None, now)
        assert (change.ticket.is_open, change.ticket.reminder) == (False, None)
        assert wake_at(default_policy(), change.ticket, now) is None
        assert {"ShrinkReminder", "RefreshCall"} <= set(kinds(change.staff))


def test_the_reason_is_for_staff() -> None:
    change = done(cancel(opened("1").ticket, ENGINEER, "They never pay.", MONDAY))
    assert change.customer == (do.TellCancelled(), do.RefreshThread())
    assert do.NoteCancelled(by=ENGINEER, reason="They never pay.") in change.staff


def test_a_merge_names_the_other_ticket_on_both() -> None:
    change = done(merge(opened("1").ticket, OTHER, ENGINEER, "The same.", MONDAY))
    assert change.ticket.merged_into == "ACME-2"
    assert do.TellMerged(into="ACME-2") in change.customer
    taken = took_over(OTHER, "ACME-1", ENGINEER, MONDAY)
    assert (taken.ticket.clock, kinds(taken.entries)) == (OTHER.clock, ["TookOver"])


def test_what_cannot_be_merged() -> None:
    ticket = opened("1").ticket
    foreign = opened("1", of=account("HINODE")).ticket
    closed = done(cancel(OTHER, ENGINEER, "x", MONDAY)).ticket
    for into, why in (
        (ticket, Unmergeable.ITSELF),
        (foreign, Unmergeable.ANOTHER_ACCOUNTS),
        (closed, Unmergeable.NOT_OPEN),
    ):
        assert merge(ticket, into, ENGINEER, "x", MONDAY) == CannotMerge(into.id, why)
    assert merge(closed, ticket, ENGINEER, "x", MONDAY) == NotOpen(closed)
    assert cancel(closed, ENGINEER, "x", MONDAY) == NotOpen(closed)


# -- reopening


@pytest.mark.parametrize(("severity", "due"), [("1", HOUR), ("2", 2 * HOUR), ("3", 6 * HOUR), ("4", None)])
def test_the_update_clock_starts_again_on_reopening(severity: str, due: timedelta | None) -> None:
    first = acknowledged(opened(severity).ticket, MONDAY).ticket
    ticket = done(resolve(first, ENGINEER, "Fixed.", MONDAY + HOUR)).ticket
    now = MONDAY + 50 * HOUR
    change = done(reopen(default_policy(), ticket, OPENER.user, "Still down.", now))
    kept = change.ticket
    assert (kept.state, kept.resolved, kept.resolution) == (State.OPEN, None, "")
    assert (kept.owner, kept.acknowledged, change.ended) == (ENGINEER, MONDAY, ())  # stays as it was judged
    assert (kept.clock and kept.clock.due) == (due and now + due)
    assert kept.clock is None or (kept.clock.kind, kept.clock.started) == (ClockKind.UPDATE, now)
    expected = now + due if due else None
    assert do.TellReopened(by=OPENER.user, next_update=expected) in change.customer
    assert do.NoteReopened(by=OPENER.user, reason="Still down.", due=expected, page=True) in change.staff


def test_reopened_while_support_is_closed_the_clock_starts_with_it() -> None:
    of = account(plan="standard")
    ticket = done(resolve(opened("2", of=of).ticket, ENGINEER, "x", MONDAY)).ticket
    change = done(reopen(default_policy(), ticket, ENGINEER, "x", at("2026-10-05 20:00")))
    assert running(change.ticket).due == at("2026-10-06 10:00")
    assert any(isinstance(effect, do.NoteReopened) and not effect.page for effect in change.staff)


def test_only_what_was_resolved_is_reopened() -> None:
    policy, ticket = default_policy(), opened("1").ticket
    cancelled = done(cancel(ticket, ENGINEER, "x", MONDAY)).ticket
    for one in (ticket, cancelled):
        assert reopen(policy, one, ENGINEER, "x", MONDAY) == NotResolved(one)


def test_a_snooze_does_not_outlive_the_ticket() -> None:
    silent = done(snooze(default_policy(), OTHER, ENGINEER, MONDAY + HOUR, MONDAY)).ticket
    assert done(cancel(silent, ENGINEER, "x", MONDAY)).ticket.snoozed_until is None
