"""What people do to a ticket, a row for each sentence of the policy (sections 1 and 3), then laws for any order."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from policy import effects as do
from policy import timeline as log
from policy.clocks import ClockKind, Outcome, SlotKind
from policy.reminders import due_reminder, reminded, wake_at
from policy.schema import Policy
from policy.tickets import State, Ticket
from policy.transitions import (
    UPDATE_KEPT,
    AlreadyAcknowledged,
    Change,
    NoReminders,
    NotOpen,
    SnoozeTooLate,
    acknowledge,
    customer_replied,
    post_update,
    resolve,
    snooze,
    write_note,
)
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
    stranger_policy,
    updated,
)

LATER = MONDAY + HOUR


# -- the suggested severity (section 1)


@pytest.mark.parametrize(
    ("impact", "tier", "production", "suggested"),
    [
        ("down", 2, True, "1"),  # the whole product down, or a critical performance fault
        ("down", 1, True, "1"),
        ("part", 1, True, "1"),  # a material part down: 1 for a Tier 1 account, else 2
        ("part", 2, True, "2"),
        ("part", 3, True, "2"),
        ("delays", 1, True, "3"),  # delays, an inconvenience with a workaround
        ("cosmetic", 1, True, "4"),  # cosmetic, a question, an enhancement
        ("down", 2, False, "2"),  # not production: never 1
        ("part", 1, False, "2"),
        ("part", 2, False, "2"),
        ("delays", 2, False, "3"),
        ("cosmetic", 2, False, "4"),
        (None, 2, True, None),
        ("flood", 2, True, None),
    ],
)
def test_suggested_severity(impact: str | None, tier: int, production: bool, suggested: str | None) -> None:
    of = account(tier=tier)
    not_sure = opened(None, impact=impact, production=production, of=of).ticket
    assert not_sure.suggested == suggested
    assert not_sure.severity == (suggested or "3")
    assert (not_sure.chosen, not_sure.needs_classification) == (None, True)


def test_the_persons_own_choice_stands_and_both_are_recorded() -> None:
    change = opened("1", impact="cosmetic", production=False)
    assert (change.ticket.severity, change.ticket.chosen, change.ticket.suggested) == ("1", "1", "4")
    assert not change.ticket.needs_classification
    (entry,) = change.entries
    assert isinstance(entry, log.Opened)
    assert (entry.severity, entry.chosen, entry.suggested) == ("1", "1", "4")


# -- opening


def test_opening_starts_the_response_clock_and_freezes_the_terms() -> None:
    of = account(plan="premium", region="japan", tier=1, edition="enterprise", language="ja")
    ticket = opened("1", of=of, number=42).ticket
    assert (ticket.id, ticket.number, ticket.account) == ("ACME-42", 42, "ACME")
    assert (ticket.plan, ticket.region, ticket.tier) == ("premium", "japan", 1)
    assert (ticket.edition, ticket.language, ticket.policy) == ("enterprise", "ja", default_policy().version)
    assert (ticket.opened, ticket.moved, ticket.opener) == (MONDAY, MONDAY, OPENER)
    assert (running(ticket).kind, running(ticket).due) == (ClockKind.RESPONSE, MONDAY + 2 * HOUR)
    assert (ticket.owner, ticket.is_open) == (None, True)


@pytest.mark.parametrize(
    ("severity", "staff"),
    [
        (
            "1",
            [do.OpenRoom(), do.PostCard(), do.CallOnCall(), do.Invite(), do.PinCard(), do.PostDetails()],
        ),  # an incident channel of its own
        ("2", [do.OpenRoom(), do.PostCard(), do.CallOnCall(), do.Invite(), do.PinCard(), do.PostDetails()]),
        ("3", [do.PostCard(), do.CallOnCall(), do.PostDetails()]),  # a thread in triage
        ("4", [do.PostCard(), do.CallOnCall(), do.PostDetails()]),
    ],
)
def test_opening_wakes_the_on_call_target_where_staff_work(
    severity: str, staff: list[do.StaffEffect]
) -> None:
    change = opened(severity)
    assert list(change.staff) == staff
    assert list(change.customer) == [do.PostThread()]


# -- the response clock is met


def test_an_acknowledgement_meets_it_and_starts_the_update_clock() -> None:
    change = acknowledged(opened("1").ticket, LATER)
    (ended,) = change.ended
    assert (ended.kind, ended.outcome, ended.ended) == (ClockKind.RESPONSE, Outcome.MET, LATER)
    clock = running(change.ticket)
    assert (clock.kind, clock.started, clock.due) == (ClockKind.UPDATE, LATER, LATER + HOUR)
    assert (change.ticket.owner, change.ticket.acknowledged) == (ENGINEER, LATER)
    assert kinds(change.entries) == ["Acknowledged", "ClockEnded", "ClockStarted"]
    assert do.TellAcknowledged(by=ENGINEER, next_update=LATER + HOUR) in change.customer


@pytest.mark.parametrize("source", log.Source)
def test_a_public_update_meets_it_too_and_its_writer_owns_the_ticket(source: log.Source) -> None:
    ticket = opened("1").ticket
    change = done(post_update(default_policy(), ticket, ENGINEER, "We look.", source, LATER))
    assert [(i.kind, i.outcome) for i in change.ended] == [(ClockKind.RESPONSE, Outcome.MET)]
    assert (change.ticket.owner, change.ticket.acknowledged) == (ENGINEER, LATER)
    assert running(change.ticket).kind is ClockKind.UPDATE
    # What staff wrote in the thread themselves is there already.
    told = [effect for effect in change.customer if isinstance(effect, do.TellUpdate)]
    assert len(told) == (source is log.Source.COMMAND)


@pytest.mark.parametrize(
    ("late", "outcome"), [(timedelta(0), Outcome.MET), (timedelta(microseconds=1), Outcome.BREACHED)]
)
def test_met_means_at_or_before_the_due_instant(late: timedelta, outcome: Outcome) -> None:
    ticket = opened("1").ticket
    due = running(ticket).due
    changes = (
        acknowledged(ticket, due + late),
        updated(ticket, due + late),
        done(resolve(ticket, ENGINEER, "Fixed.", due + late)),
    )
    for change in changes:
        (ended,) = change.ended
        assert (ended.outcome, ended.judged) == (outcome, due)


def test_what_the_customer_or_the_bot_writes_does_not_meet_it() -> None:
    ticket = opened("1").ticket
    change = customer_replied(default_policy(), ticket, OPENER, "Anybody there?", LATER)
    assert (change.ticket.clock, change.ended) == (ticket.clock, ())
    assert change.customer == ()  # the customer knows already
    assert change.staff == (do.NoteReply(by=OPENER, text="Anybody there?"),)


def test_an_internal_note_does_not_meet_it() -> None:
    ticket = opened("1").ticket
    change = write_note(ticket, ENGINEER, "It is the database.", LATER)
    assert (change.ticket.clock, change.ticket.owner, change.ended) == (ticket.clock, None, ())
    assert (change.customer, kinds(change.entries)) == ((), ["NoteWritten"])


def test_it_starts_when_a_caller_reported_it_not_when_staff_opened_it() -> None:
    ticket = opened("1", now=MONDAY, reported=MONDAY - 90 * MINUTE).ticket
    assert (ticket.opened, ticket.reported) == (MONDAY, MONDAY - 90 * MINUTE)
    assert running(ticket).due == MONDAY + 30 * MINUTE
    assert wake_at(default_policy(), ticket, MONDAY) == MONDAY + 6 * MINUTE  # what is past is skipped


def test_reported_so_long_ago_it_is_in_breach_at_once_and_says_so() -> None:
    ticket = opened("1", now=MONDAY, reported=MONDAY - 3 * HOUR).ticket
    reminder = due_reminder(default_policy(), ticket, MONDAY)
    assert reminder is not None
    assert [slot.kind for slot in reminder.slots] == [SlotKind.DUE, SlotKind.OVERDUE]


def test_opened_while_support_is_closed_nobody_is_paged_until_it_opens() -> None:
    change = opened("1", now=at("2026-10-03 10:00"), of=account(plan="standard"))
    assert list(change.staff) == [
        do.OpenRoom(),
        do.PostCard(),
        do.CallOnCall(page=False),
        do.PinCard(),
        do.PostDetails(),
    ]
    ticket = change.ticket
    opening = at("2026-10-05 08:00")
    assert wake_at(default_policy(), ticket, ticket.moved) == opening
    reminder = due_reminder(default_policy(), ticket, opening)
    assert reminder is not None
    assert reminder.latest.kind is SlotKind.UNOWNED
    called = reminded(ticket, reminder, MESSAGE, opening)
    assert called.staff == (do.Invite(), do.RefreshCall())
    taken = replace(ticket, owner=ENGINEER)
    assert reminded(taken, reminder, MESSAGE, opening).staff == ()


def test_only_one_person_acknowledges() -> None:
    ticket = acknowledged(opened("1").ticket, LATER).ticket
    for by in (ENGINEER, "U-OTHER"):
        assert acknowledge(default_policy(), ticket, by, LATER) == AlreadyAcknowledged(ENGINEER)
    first_update = updated(opened("1").ticket, LATER).ticket
    assert acknowledge(default_policy(), first_update, "U-OTHER", LATER) == AlreadyAcknowledged(ENGINEER)


# -- the update clock


def test_each_update_restarts_it() -> None:
    ticket = acknowledged(opened("2").ticket, MONDAY + HOUR).ticket
    change = updated(ticket, MONDAY + 4 * HOUR, text="x" * 1000)
    (ended,) = change.ended
    assert (ended.kind, ended.started, ended.due) == (ClockKind.UPDATE, LATER, MONDAY + 3 * HOUR)
    assert ended.outcome is Outcome.BREACHED
    assert running(change.ticket).due == MONDAY + 6 * HOUR
    assert change.ticket.last_update is not None
    assert change.ticket.last_update.text == "x" * UPDATE_KEPT
    (entry,) = [entry for entry in change.entries if isinstance(entry, log.UpdatePosted)]
    assert entry.text == "x" * 1000  # the timeline keeps all of it
    assert change.ticket.owner == ENGINEER


def test_severity_4_has_no_update_clock_until_somebody_asks() -> None:
    ticket = opened("4").ticket
    for change in (acknowledged(ticket, LATER), updated(ticket, LATER)):
        assert (change.ticket.clock, len(change.ended)) == (None, 1)
        assert "ClockStarted" not in kinds(change.entries)
    assert do.TellAcknowledged(by=ENGINEER, next_update=None) in acknowledged(ticket, LATER).customer


# -- resolving


def test_resolving_meets_an_open_response_clock() -> None:
    change = done(resolve(opened("1").ticket, ENGINEER, "Fixed.", LATER))
    assert [(i.kind, i.outcome) for i in change.ended] == [(ClockKind.RESPONSE, Outcome.MET)]
    ticket = change.ticket
    assert (ticket.state, ticket.clock, ticket.resolved) == (State.RESOLVED, None, LATER)
    assert (ticket.owner, ticket.acknowledged, ticket.resolution) == (ENGINEER, LATER, "Fixed.")


def test_resolving_ends_the_update_clock() -> None:
    ticket = acknowledged(opened("1").ticket, LATER).ticket
    change = done(resolve(ticket, "U-OTHER", "Fixed.", LATER + 30 * MINUTE))
    assert [(i.kind, i.outcome) for i in change.ended] == [(ClockKind.UPDATE, Outcome.MET)]
    assert (change.ticket.clock, change.ticket.owner) == (None, ENGINEER)


def test_resolving_without_a_clock_ends_none() -> None:
    ticket = acknowledged(opened("4").ticket, LATER).ticket
    assert done(resolve(ticket, ENGINEER, "Answered.", LATER)).ended == ()


def test_nothing_is_left_to_do_on_a_resolved_ticket() -> None:
    policy = default_policy()
    ticket = done(resolve(opened("1").ticket, ENGINEER, "Fixed.", LATER)).ticket
    assert acknowledge(policy, ticket, ENGINEER, LATER) == NotOpen(ticket)
    assert post_update(policy, ticket, ENGINEER, "x", log.Source.COMMAND, LATER) == NotOpen(ticket)
    assert resolve(ticket, ENGINEER, "x", LATER) == NotOpen(ticket)
    assert snooze(policy, ticket, ENGINEER, LATER + HOUR, LATER) == NotOpen(ticket)


# -- snooze


@pytest.mark.parametrize(
    ("severity", "asked", "until"),
    [
        ("1", 30 * MINUTE, 30 * MINUTE),
        ("1", 2 * HOUR, 2 * HOUR),
        ("1", 5 * HOUR, 2 * HOUR),  # severities 1 and 2: the deadline at the latest
        ("2", 5 * HOUR, 4 * HOUR),
        ("3", 30 * HOUR, 30 * HOUR),
        ("4", 96 * HOUR, 96 * HOUR),
    ],
)
def test_snooze_ends_at_the_deadline_at_the_latest_where_the_policy_says_so(
    severity: str, asked: timedelta, until: timedelta
) -> None:
    ticket = opened(severity).ticket
    change = done(snooze(default_policy(), ticket, ENGINEER, MONDAY + asked, MONDAY))
    assert change.ticket.snoozed_until == MONDAY + until
    assert change.entries == (log.Snoozed(at=MONDAY, by=ENGINEER, until=MONDAY + until),)  # on the timeline
    assert change.ticket.clock == ticket.clock  # never moves a deadline
    assert (change.customer, change.ended) == ((), ())


@pytest.mark.parametrize("severity", ["1", "2"])
def test_snooze_is_refused_when_the_deadline_has_passed(severity: str) -> None:
    ticket = opened(severity).ticket
    due = running(ticket).due
    assert snooze(default_policy(), ticket, ENGINEER, due + HOUR, due) == SnoozeTooLate(due)
    assert snooze(default_policy(), ticket, ENGINEER, due + 9 * HOUR, due + HOUR) == SnoozeTooLate(due)


def test_an_overdue_severity_3_may_still_be_silenced() -> None:
    ticket = opened("3").ticket
    until = MONDAY + 40 * HOUR
    change = done(snooze(default_policy(), ticket, ENGINEER, until, MONDAY + 30 * HOUR))
    assert change.ticket.snoozed_until == until


def test_there_is_nothing_to_silence_without_a_clock() -> None:
    ticket = acknowledged(opened("4").ticket, LATER).ticket
    assert snooze(default_policy(), ticket, ENGINEER, LATER + HOUR, LATER) == NoReminders(ticket)


def test_a_snooze_lasts_until_its_instant_whatever_is_answered_meanwhile() -> None:
    silenced = replace(opened("3").ticket, snoozed_until=MONDAY + 20 * HOUR)
    for change in (acknowledged(silenced, LATER), updated(silenced, LATER)):
        assert change.ticket.snoozed_until == MONDAY + 20 * HOUR
    over = MONDAY + 20 * HOUR
    assert acknowledged(silenced, over).ticket.snoozed_until is None
    assert done(resolve(silenced, ENGINEER, "x", LATER)).ticket.snoozed_until is None


def test_a_snooze_ends_at_the_new_deadline_where_the_policy_says_so() -> None:
    silenced = replace(opened("1").ticket, snoozed_until=MONDAY + 2 * HOUR)
    for change in (acknowledged(silenced, LATER - 5 * MINUTE), updated(silenced, LATER - 5 * MINUTE)):
        assert change.ticket.snoozed_until == running(change.ticket).due == MONDAY + 115 * MINUTE


# -- the one live reminder


def test_a_reminder_that_is_answered_shrinks() -> None:
    reminded = replace(opened("1").ticket, reminder=MESSAGE)
    shrink = do.ShrinkReminder(message=MESSAGE, answered_by=ENGINEER, at=LATER)
    for change in (
        acknowledged(reminded, LATER),
        updated(reminded, LATER),
        done(resolve(reminded, ENGINEER, "x", LATER)),
    ):
        assert shrink in change.staff
        assert change.ticket.reminder is None


# -- laws


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["acknowledge", "update", "resolve", "snooze", "reply"]),
        st.timedeltas(timedelta(hours=-30), timedelta(hours=30)),
    ),
    max_size=12,
)


@dataclass(frozen=True)
class Start:
    severity: str
    policy: Policy = field(repr=False)


STARTS = [Start(key, policy) for policy in (default_policy(), stranger_policy()) for key in policy.severities]


def step(policy: Policy, ticket: Ticket, name: str, wait: timedelta) -> object:
    now = ticket.moved + wait
    if name == "acknowledge":
        return acknowledge(policy, ticket, ENGINEER, now)
    if name == "update":
        return post_update(policy, ticket, ENGINEER, "x", log.Source.COMMAND, now)
    if name == "resolve":
        return resolve(ticket, ENGINEER, "x", now)
    if name == "snooze":
        return snooze(policy, ticket, ENGINEER, now + HOUR, now)
    return customer_replied(policy, ticket, OPENER, "x", now)


@settings(deadline=None)
@given(st.sampled_from(STARTS), STEPS)
def test_whatever_happens_in_whatever_order(start: Start, steps: list[tuple[str, timedelta]]) -> None:
    """Of any policy: time never runs backwards, each clock ends once, a finished one is never rewritten, only
    a ticket that is open has a clock, and the entries tell what was done to it."""
    policy = start.policy
    of = account(region=next(iter(policy.regions)))
    ticket = opened(start.severity, policy=policy, of=of).ticket
    clock, ended, started = running(ticket), [], 1
    for name, wait in steps:
        change = step(policy, ticket, name, wait)
        if not isinstance(change, Change):
            continue
        assert change.ticket.moved == max(ticket.moved, ticket.moved + wait)
        assert all(entry.at == change.ticket.moved for entry in change.entries)
        assert all(interval.started <= interval.ended == change.ticket.moved for interval in change.ended)
        for interval in change.ended:
            assert (interval.started, interval.due, interval.kind) == (clock.started, clock.due, clock.kind)
        ended += change.ended
        started += kinds(change.entries).count("ClockStarted")
        assert kinds(change.entries).count("ClockEnded") == len(change.ended)
        if name in {"snooze", "reply"}:
            assert change.ticket.clock == ticket.clock
        ticket = change.ticket
        clock = ticket.clock or clock
        assert started - len(ended) == (ticket.clock is not None)
        assert ticket.is_open or ticket.clock is None
    responses = [interval for interval in ended if interval.kind is ClockKind.RESPONSE]
    assert len(responses) == (ticket.acknowledged is not None) == (ticket.owner is not None)
