"""Another severity, or another answer about production: a row for each sentence of the policy (section 3)."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from policy import effects as do
from policy import timeline as log
from policy.changes import Change, NotOpen
from policy.clock_changes import Rule
from policy.clocks import ClockKind, Outcome, SlotKind, slots_until_due
from policy.load import load_policy
from policy.reminders import due_reminder, reminded, wake_at
from policy.schema import Policy
from policy.severity_changes import SameProduction, SameSeverity, change_production, change_severity
from policy.tickets import Room, Ticket
from policy.transitions import resolve, snooze
from policy.waiting import wait_for_customer
from tests.policy.samples import (
    ENGINEER,
    HOUR,
    MESSAGE,
    MINUTE,
    MONDAY,
    account,
    acknowledged,
    at,
    default_policy,
    done,
    kinds,
    opened,
    running,
    stranger_policy,
    updated,
)


def retroactive() -> Policy:
    return load_policy({"severity_change": {"retroactive": True}})


def changed(ticket: Ticket, severity: str, after: timedelta, policy: Policy | None = None) -> Change:
    """The change of severity so long after the opening."""
    policy = policy or default_policy()
    return done(change_severity(policy, ticket, ENGINEER, severity, "Seen again.", ticket.opened + after))


def moved(change: Change) -> log.ClockChanged:
    (entry,) = [entry for entry in change.entries if isinstance(entry, log.ClockChanged)]
    return entry


# -- the response clock still open


@pytest.mark.parametrize(
    ("old", "new", "after", "due", "rule"),
    [
        # On an upgrade the deadline becomes the earlier of the old one and change + new target.
        ("2", "1", HOUR, 3 * HOUR, Rule.FROM_CHANGE),
        ("2", "1", 3 * HOUR, 4 * HOUR, Rule.FROM_CHANGE),
        ("3", "1", HOUR, 3 * HOUR, Rule.FROM_CHANGE),
        ("4", "2", HOUR, 5 * HOUR, Rule.FROM_CHANGE),
        # On a downgrade opening + new target.
        ("1", "2", HOUR, 4 * HOUR, Rule.DOWNGRADE),
        ("1", "3", 2 * HOUR, 24 * HOUR, Rule.DOWNGRADE),
        ("2", "4", HOUR, 24 * HOUR, Rule.DOWNGRADE),  # 1 business day: Tuesday at the same time
    ],
)
def test_an_open_response_clock_gets_another_deadline(
    old: str, new: str, after: timedelta, due: timedelta, rule: Rule
) -> None:
    ticket = opened(old).ticket
    change = changed(ticket, new, after)
    clock = running(change.ticket)
    assert (clock.kind, clock.severity, clock.due) == (ClockKind.RESPONSE, new, MONDAY + due)
    assert (clock.started, change.ticket.severity, change.ended) == (MONDAY, new, ())
    assert (moved(change).rule, moved(change).by) == (rule, ENGINEER)


def test_on_a_downgrade_it_is_never_earlier_than_the_old_one() -> None:
    """24 hours of any day come later than 1 business day that begins and ends today."""
    ticket = opened("3", now=at("2026-10-05 07:00")).ticket
    change = changed(ticket, "4", HOUR)
    assert running(change.ticket).due == at("2026-10-06 07:00")
    assert moved(change).candidate == at("2026-10-05 17:00")


def test_both_figures_are_kept_for_why_this_deadline() -> None:
    change = changed(opened("2").ticket, "1", 3 * HOUR)
    entry = moved(change)
    assert (entry.old_due, entry.candidate, entry.after.due) == (
        MONDAY + 4 * HOUR,
        MONDAY + 5 * HOUR,
        MONDAY + 4 * HOUR,
    )
    assert (entry.target, entry.counted_from, entry.calendar) == ("2h", MONDAY + 3 * HOUR, "24x7")
    assert entry.after.target == "4h"  # the old promise is the one that stands


def test_what_has_run_out_stays_as_it_was_judged() -> None:
    ticket = opened("1").ticket
    for new, policy in (("2", None), ("4", None)):
        change = changed(ticket, new, 3 * HOUR, policy)
        clock = running(change.ticket)
        assert (clock.due, clock.target, clock.calendar) == (MONDAY + 2 * HOUR, "2h", "24x7")
        assert moved(change).rule is Rule.RAN_OUT
        ended = acknowledged(change.ticket, MONDAY + 4 * HOUR).ended[0]
        assert (ended.outcome, ended.due, ended.target) == (Outcome.BREACHED, MONDAY + 2 * HOUR, "2h")


def test_an_upgrade_of_what_has_run_out_is_reminded_of_in_the_new_rhythm_and_hours() -> None:
    ticket = opened("3", now=at("2026-10-02 08:00"), of=account(plan="premium")).ticket
    assert running(ticket).due == at("2026-10-02 17:00")
    late = replace(ticket, clock=replace(running(ticket), covered_until=at("2026-10-02 17:00")))
    night = done(change_severity(default_policy(), late, ENGINEER, "1", "x", at("2026-10-03 01:00")))
    assert wake_at(default_policy(), night.ticket, night.ticket.moved) == at("2026-10-03 02:00")


def test_retroactive_counts_an_upgrade_from_the_opening_and_may_be_in_breach_at_once() -> None:
    policy = retroactive()
    ticket = opened("3", policy=policy).ticket
    change = changed(ticket, "1", 3 * HOUR, policy)
    assert running(change.ticket).due == MONDAY + 2 * HOUR
    assert moved(change).rule is Rule.FROM_START
    (note,) = [effect for effect in change.staff if isinstance(effect, do.NoteSeverity)]
    assert (note.breached, note.old_due, note.due) == (True, MONDAY + 24 * HOUR, MONDAY + 2 * HOUR)
    reminder = due_reminder(policy, change.ticket, change.ticket.moved)
    assert reminder is not None  # and then says so
    assert [slot.kind for slot in reminder.slots] == [SlotKind.DUE, SlotKind.OVERDUE]
    assert reminder.escalates
    soon = changed(ticket, "1", HOUR, policy)
    assert running(soon.ticket).due == MONDAY + 2 * HOUR
    assert not any(isinstance(e, do.NoteSeverity) and e.breached for e in soon.staff)


def test_reminder_fractions_then_span_change_to_deadline() -> None:
    ticket = changed(opened("2").ticket, "1", HOUR).ticket
    told = [(slot.at - MONDAY, slot.kind) for slot in slots_until_due(default_policy(), running(ticket))]
    assert told == [
        (70 * MINUTE, SlotKind.UNOWNED),  # again after 10 and 30 minutes
        (90 * MINUTE, SlotKind.UNOWNED),
        (120 * MINUTE, SlotKind.EARLY),  # half of the two hours from the change
        (156 * MINUTE, SlotKind.EARLY),
        (180 * MINUTE, SlotKind.DUE),
    ]


# -- the update clock


@pytest.mark.parametrize(
    ("old", "new", "after", "due"),
    [
        # On an upgrade the earlier of the old deadline and change + new cadence.
        ("3", "2", HOUR, 3 * HOUR),
        ("3", "2", 5 * HOUR, 6 * HOUR),
        ("2", "1", 30 * MINUTE, 90 * MINUTE),
        # On a downgrade last public update + new cadence.
        ("1", "2", 30 * MINUTE, 2 * HOUR),
        ("1", "3", 30 * MINUTE, 6 * HOUR),
        ("2", "3", 2 * HOUR, 6 * HOUR),
        # No update clock running before (severity 4): change + cadence.
        ("4", "3", 3 * HOUR, 9 * HOUR),
        ("4", "1", 3 * HOUR, 4 * HOUR),
    ],
)
def test_the_update_clock_gets_another_deadline(old: str, new: str, after: timedelta, due: timedelta) -> None:
    ticket = acknowledged(opened(old).ticket, MONDAY).ticket
    change = changed(ticket, new, after)
    clock = running(change.ticket)
    assert (clock.kind, clock.severity, clock.due) == (ClockKind.UPDATE, new, MONDAY + due)
    assert change.ended == ()


def test_the_last_public_update_counts_not_the_acknowledgement() -> None:
    ticket = updated(acknowledged(opened("1").ticket, MONDAY).ticket, MONDAY + 40 * MINUTE).ticket
    assert running(changed(ticket, "2", HOUR).ticket).due == MONDAY + 160 * MINUTE


@pytest.mark.parametrize(("after", "outcome"), [(HOUR, Outcome.CANCELLED), (7 * HOUR, Outcome.BREACHED)])
def test_a_downgrade_to_severity_4_cancels_the_update_clock(after: timedelta, outcome: Outcome) -> None:
    ticket = replace(acknowledged(opened("3").ticket, MONDAY).ticket, reminder=MESSAGE)
    change = changed(ticket, "4", after)
    assert (change.ticket.clock, change.ticket.reminder) == (None, None)
    assert [interval.outcome for interval in change.ended] == [outcome]
    assert kinds(change.entries) == ["SeverityChanged", "ClockEnded"]


def test_an_upgrade_of_the_update_clock_may_be_retroactive_too() -> None:
    policy = retroactive()
    ticket = acknowledged(opened("3", policy=policy).ticket, MONDAY, policy).ticket
    assert running(changed(ticket, "1", 3 * HOUR, policy).ticket).due == MONDAY + HOUR


# -- waiting


def waiting(severity: str) -> Ticket:
    ticket = acknowledged(opened(severity).ticket, MONDAY).ticket
    return done(wait_for_customer(default_policy(), ticket, ENGINEER, "Logs.", MONDAY + HOUR)).ticket


def test_an_upgrade_to_1_or_2_ends_a_wait() -> None:
    change = changed(waiting("3"), "2", 10 * HOUR)
    assert change.ticket.waiting is None
    assert running(change.ticket).pause is None
    assert running(change.ticket).due == MONDAY + 12 * HOUR  # 5 hours were left, change + 2 hours is earlier
    assert kinds(change.entries) == ["SeverityChanged", "WaitEnded", "ClockResumed", "ClockChanged"]


def test_a_change_between_severities_that_pause_keeps_the_clock_standing() -> None:
    upgrade = changed(waiting("4"), "3", 10 * HOUR)
    clock = running(upgrade.ticket)
    assert upgrade.ticket.waiting is not None
    assert clock.pause is not None
    assert clock.pause.remaining == 6 * HOUR
    assert wake_at(default_policy(), upgrade.ticket, upgrade.ticket.moved) is None


def test_a_wait_that_only_was_recorded_holds_the_clock_after_a_downgrade() -> None:
    ticket = acknowledged(opened("2").ticket, MONDAY + HOUR).ticket
    waits = done(wait_for_customer(default_policy(), ticket, ENGINEER, "Logs.", MONDAY + HOUR)).ticket
    assert running(waits).pause is None
    pause = running(changed(waits, "3", 2 * HOUR).ticket).pause
    assert pause is not None
    assert pause.remaining == 5 * HOUR


def test_a_downgrade_leaves_out_the_time_spent_waiting() -> None:
    """Severity names of another vendor, where a cadence follows a cadence that pauses."""
    policy = load_policy({"severity": {"2": {"pauses_on_wait": True}}})
    ticket = acknowledged(opened("2", policy=policy).ticket, MONDAY, policy).ticket
    waits = done(wait_for_customer(policy, ticket, ENGINEER, "Logs.", MONDAY + HOUR)).ticket
    change = changed(waits, "3", 11 * HOUR, policy)
    pause = running(change.ticket).pause
    assert pause is not None
    assert pause.remaining == 5 * HOUR  # of the 6 hours 1 had passed before the wait
    assert moved(change).waited == 10 * HOUR


# -- rank orders urgency, whatever the keys are


def test_the_order_of_the_policy_decides_not_the_keys() -> None:
    policy = stranger_policy()
    of = account(region="zurich")
    ticket = acknowledged(opened("routine", policy=policy, of=of).ticket, MONDAY, policy).ticket
    assert running(changed(ticket, "blocker", HOUR, policy).ticket).due == MONDAY + 80 * MINUTE
    assert changed(ticket, "wish", HOUR, policy).ticket.clock is None


# -- what else changes


def test_the_reason_is_on_the_timeline_and_staff_hear_of_it() -> None:
    change = changed(opened(None, impact="down").ticket, "2", HOUR)
    assert change.entries[0] == log.SeverityChanged(
        at=MONDAY + HOUR, by=ENGINEER, old="1", new="2", reason="Seen again."
    )
    assert not change.ticket.needs_classification
    assert do.RefreshThread() in change.customer


def test_confirming_the_severity_classifies_it_and_moves_nothing() -> None:
    ticket = opened(None, impact="down").ticket
    change = changed(ticket, "1", HOUR)
    assert (change.ticket.needs_classification, change.ticket.clock) == (False, ticket.clock)
    assert change_severity(default_policy(), change.ticket, ENGINEER, "1", "x", MONDAY) == SameSeverity(
        change.ticket
    )


def test_an_upgrade_moves_the_work_to_a_channel_of_its_own() -> None:
    ticket = replace(acknowledged(opened("3").ticket, MONDAY).ticket, staff=Room("C-TRIAGE", "1.1"))
    names = kinds(changed(ticket, "1", HOUR).staff)
    assert names[:6] == ["NoteSeverity", "OpenRoom", "PostCard", "Invite", "PinCard", "PostDetails"]
    has_one = replace(ticket, staff=Room("C-INC"))
    assert "OpenRoom" not in kinds(changed(has_one, "1", HOUR).staff)
    assert "OpenRoom" not in kinds(changed(opened("2").ticket, "1", HOUR).staff)


def test_the_live_reminder_of_a_deadline_that_moved_shrinks() -> None:
    ticket = replace(opened("2").ticket, reminder=MESSAGE)
    change = changed(ticket, "1", HOUR)
    assert change.ticket.reminder is None
    assert do.ShrinkReminder(message=MESSAGE, answered_by=ENGINEER, at=MONDAY + HOUR) in change.staff


def test_a_reminder_posted_meanwhile_does_not_cover_the_new_deadline() -> None:
    policy = retroactive()
    ticket = opened("3", policy=policy).ticket
    later = MONDAY + 12 * HOUR
    early = due_reminder(policy, ticket, later)
    assert early is not None
    change = changed(ticket, "1", 12 * HOUR, policy)
    after = reminded(change.ticket, early, MESSAGE, later)
    assert after.ticket.clock == change.ticket.clock
    assert due_reminder(policy, after.ticket, later) is not None


def test_a_snooze_ends_at_the_new_deadline_at_the_latest() -> None:
    ticket = acknowledged(opened("3").ticket, MONDAY).ticket
    silent = done(snooze(default_policy(), ticket, ENGINEER, MONDAY + 30 * HOUR, MONDAY)).ticket
    assert changed(silent, "2", HOUR).ticket.snoozed_until == MONDAY + 3 * HOUR
    assert changed(silent, "4", HOUR).ticket.snoozed_until is None


def test_nothing_changes_on_a_ticket_that_is_not_open() -> None:
    policy = default_policy()
    ticket = done(resolve(opened("1").ticket, ENGINEER, "x", MONDAY)).ticket
    assert change_severity(policy, ticket, ENGINEER, "2", "x", MONDAY) == NotOpen(ticket)
    assert change_production(policy, ticket, ENGINEER, False, "x", MONDAY) == NotOpen(ticket)


# -- production


SATURDAY = at("2026-10-03 10:00")


def test_production_after_all_is_an_upgrade_into_other_hours_and_calls_at_once() -> None:
    """Premium: severity 1 of production any hour, else extended hours."""
    change = opened("1", now=SATURDAY, production=False, of=account(plan="premium"))
    ticket = change.ticket
    assert (running(ticket).calendar, running(ticket).due) == ("extended@emea", at("2026-10-05 07:00"))
    assert running(ticket).call_at == at("2026-10-05 05:00")
    after = done(change_production(default_policy(), ticket, ENGINEER, True, "x", SATURDAY + HOUR))
    clock = running(after.ticket)
    assert (clock.calendar, clock.due, clock.call_at) == ("24x7", SATURDAY + 3 * HOUR, None)
    assert do.CallOnCall() in after.staff
    assert kinds(after.entries) == ["ProductionChanged", "ClockChanged"]
    assert after.ticket.production


def test_not_production_is_a_downgrade_never_earlier() -> None:
    ticket = opened("1", now=SATURDAY, of=account(plan="premium")).ticket
    after = done(change_production(default_policy(), ticket, ENGINEER, False, "x", SATURDAY + HOUR))
    clock = running(after.ticket)
    assert (clock.calendar, clock.due) == ("extended@emea", at("2026-10-05 07:00"))
    assert change_production(default_policy(), after.ticket, ENGINEER, False, "x", SATURDAY) == (
        SameProduction(after.ticket)
    )


def test_outside_support_time_a_change_pages_nobody() -> None:
    ticket = opened("3", now=SATURDAY, of=account(plan="standard")).ticket
    change = done(change_severity(default_policy(), ticket, ENGINEER, "2", "x", SATURDAY + HOUR))
    (note,) = [effect for effect in change.staff if isinstance(effect, do.NoteSeverity)]
    assert not note.page
    assert not {"Invite", "CallOnCall"} & set(kinds(change.staff))
    assert running(change.ticket).call_at == at("2026-10-05 08:00")
