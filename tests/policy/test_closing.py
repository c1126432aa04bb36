"""How a resolved ticket ends: confirmed by the customer or by itself, reopened, given a score; and the customer is told
when what is late escalates. Source: policy.md section 3."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from policy import effects as do
from policy import timeline as log
from policy.clocks import ClockKind
from policy.closing import (
    SCORES,
    AlreadyConfirmed,
    NotConfirmed,
    NotResolved,
    NotScored,
    SameScore,
    TooLateToReopen,
    comment,
    confirm,
    confirm_unanswered,
    confirmed_by_itself_at,
    rate,
    reopened_until,
)
from policy.concerns import report_worse
from policy.endings import cancel, reopen
from policy.load import BadPolicy, load_policy
from policy.next_updates import ask_update
from policy.reminders import due_reminder, reminded, reminder_lost, wake_at
from policy.schema import Policy
from policy.tickets import Confirmation, Person, State, Ticket
from policy.transitions import customer_replied, resolve
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
)

POLICY = default_policy()
COLLEAGUE = Person(user="U-COLLEAGUE", team="T-ACME")
TICK = timedelta(microseconds=1)


def resolved(severity: str = "1", *, on: str = "2026-10-05 09:00", **of: Any) -> Ticket:
    now = at(on)
    ticket = opened(severity, now=now - HOUR, of=account(**of)).ticket
    return done(resolve(ticket, ENGINEER, "Fixed.", now, cause="defect")).ticket


def confirmed(severity: str = "1") -> Ticket:
    return done(confirm(resolved(severity), OPENER, MONDAY + HOUR)).ticket


# -- confirmed by itself


@pytest.mark.parametrize(
    ("region", "resolved_at", "confirmed_at"),
    [
        ("emea", "2026-10-05 09:00", "2026-10-12 09:00"),  # five business days on, the same hour
        ("emea", "2026-10-09 16:00", "2026-10-16 16:00"),  # a Friday
        ("emea", "2026-10-10 12:00", "2026-10-16 17:00"),  # a Saturday
        ("emea", "2026-10-22 09:00", "2026-10-29 10:00"),  # the clocks go back
        ("emea", "2026-12-23 10:00", "2027-01-04 10:00"),  # Christmas, Boxing Day, New Year
        ("japan", "2026-11-20 02:00", "2026-11-30 02:00"),  # a holiday on Monday
        ("us-east", "2026-11-24 15:00", "2026-12-02 15:00"),  # Thanksgiving is a Thursday off
    ],
)
@pytest.mark.parametrize("plan", ["standard", "emergency"])
def test_unanswered_it_is_confirmed_after_five_business_days_of_the_region_whatever_the_plan(
    plan: str, region: str, resolved_at: str, confirmed_at: str
) -> None:
    ticket = resolved("1", on=resolved_at, plan=plan, region=region)
    due = at(confirmed_at)
    assert confirmed_by_itself_at(POLICY, ticket) == due
    assert wake_at(POLICY, ticket, ticket.moved) == due
    assert due_reminder(POLICY, ticket, due) is None
    assert confirm_unanswered(POLICY, ticket, due - TICK) is None

    change = done(confirm_unanswered(POLICY, ticket, due))
    assert change.ticket.confirmed == Confirmation(at=due, by=None)
    assert change.entries == (log.Confirmed(at=due, by=None),)
    # Quiet: messages that stand there are edited, and nobody is told anything.
    assert kinds(change.customer) == ["RefreshResolved", "RefreshThread"]
    assert kinds(change.staff) == ["RefreshCard"]
    assert confirm_unanswered(POLICY, change.ticket, due + HOUR) is None
    assert wake_at(POLICY, change.ticket, due) is None


def test_what_the_customer_writes_meanwhile_starts_the_wait_anew() -> None:
    ticket = resolved()
    replied = done(customer_replied(POLICY, ticket, OPENER, "We still see it.", at("2026-10-08 09:00")))
    assert confirmed_by_itself_at(POLICY, replied.ticket) == at("2026-10-15 09:00")
    assert kinds(replied.customer) == ["RefreshResolved", "RefreshThread"]
    assert kinds(replied.staff) == ["NoteReply", "RefreshCard"]
    after = done(confirm(replied.ticket, OPENER, at("2026-10-08 10:00"))).ticket
    thanks = done(customer_replied(POLICY, after, OPENER, "Thanks.", at("2026-10-08 11:00")))
    assert thanks.customer == ()
    assert thanks.ticket.confirmed == after.confirmed


def test_when_it_is_confirmed_by_itself_is_the_policys() -> None:
    three_days = load_policy({"closing": {"confirm_after": "72h"}})
    assert confirmed_by_itself_at(three_days, resolved()) == MONDAY + 72 * HOUR
    never = load_policy({"closing": {"replace": ["confirm_after"]}})
    assert confirmed_by_itself_at(never, resolved()) is None
    assert wake_at(never, resolved(), MONDAY) is None
    assert load_policy({"replace": ["closing"]}).closing.score is False


# -- confirmed, scored


def test_the_customer_confirms_once() -> None:
    change = done(confirm(resolved(), OPENER, MONDAY + HOUR))
    assert change.ticket.confirmed == Confirmation(at=MONDAY + HOUR, by=OPENER)
    assert change.entries == (log.Confirmed(at=MONDAY + HOUR, by=OPENER),)
    assert change.customer == (do.RefreshResolved(by=ENGINEER, text="Fixed."), do.RefreshThread())
    assert change.staff == (do.NoteConfirmed(by=OPENER), do.RefreshCard())
    again = confirm(change.ticket, COLLEAGUE, MONDAY + 2 * HOUR)
    assert again == AlreadyConfirmed(Confirmation(at=MONDAY + HOUR, by=OPENER))


def test_only_what_is_resolved_is_confirmed() -> None:
    for ticket in (opened().ticket, done(cancel(opened().ticket, ENGINEER, "x", MONDAY)).ticket):
        assert confirm(ticket, OPENER, MONDAY) == NotResolved(ticket)
        assert confirm_unanswered(POLICY, ticket, MONDAY + 9000 * HOUR) is None


def test_a_ticket_has_one_score_that_anybody_of_the_customer_may_change() -> None:
    first = done(rate(POLICY, confirmed(), OPENER, 2, MONDAY + 2 * HOUR))
    assert first.entries == (log.Scored(at=MONDAY + 2 * HOUR, by=OPENER, value=2),)
    assert first.staff == (do.NoteScored(by=OPENER, value=2), do.RefreshCard())
    assert kinds(first.customer) == ["RefreshResolved", "RefreshThread"]

    said = done(comment(first.ticket, OPENER, "It took long.", MONDAY + 3 * HOUR))
    assert said.staff[0] == do.NoteScored(by=OPENER, value=2, before=2, comment="It took long.")
    changed = done(rate(POLICY, said.ticket, COLLEAGUE, 4, MONDAY + 4 * HOUR))
    assert changed.ticket.score is not None
    assert (changed.ticket.score.value, changed.ticket.score.by) == (4, COLLEAGUE)
    assert changed.ticket.score.comment == "It took long."
    assert changed.staff[0] == do.NoteScored(by=COLLEAGUE, value=4, before=2)
    assert isinstance(rate(POLICY, changed.ticket, OPENER, 4, MONDAY + 5 * HOUR), SameScore)


def test_a_score_is_asked_for_once_it_is_confirmed_and_where_the_policy_wants_one() -> None:
    ticket = resolved()
    assert rate(POLICY, ticket, OPENER, 5, MONDAY) == NotConfirmed(ticket)
    assert comment(ticket, OPENER, "x", MONDAY) == NotScored(ticket)
    none = load_policy({"closing": {"score": False}})
    assert rate(none, confirmed(), OPENER, 5, MONDAY + HOUR) == NotConfirmed(confirmed())
    by_itself = done(confirm_unanswered(POLICY, ticket, MONDAY + 900 * HOUR)).ticket
    assert done(rate(POLICY, by_itself, OPENER, 5, MONDAY + 901 * HOUR)).ticket.score is not None
    with pytest.raises(ValueError, match="6"):
        rate(POLICY, confirmed(), OPENER, 6, MONDAY)
    assert SCORES == (1, 2, 3, 4, 5)


# -- reopened


def test_it_is_reopened_until_so_long_after_the_confirmation() -> None:
    ticket = confirmed()
    until = MONDAY + HOUR + timedelta(days=30)
    assert reopened_until(POLICY, ticket) == until
    assert done(reopen(POLICY, ticket, OPENER.user, "Again.", until)).ticket.is_open
    assert reopen(POLICY, ticket, OPENER.user, "Again.", until + TICK) == TooLateToReopen(until)
    always = load_policy({"closing": {"replace": ["reopen_within"]}})
    assert done(reopen(always, ticket, OPENER.user, "Again.", until + 9000 * HOUR)).ticket.is_open


def test_while_nobody_has_confirmed_it_is_reopened_at_any_time() -> None:
    never = load_policy({"closing": {"replace": ["confirm_after"]}})
    assert done(reopen(never, resolved(), ENGINEER, "x", MONDAY + 9000 * HOUR)).ticket.is_open


def test_a_wish_from_before_the_resolution_is_not_asked_again_on_reopening() -> None:
    wished = done(report_worse(POLICY, opened("3").ticket, OPENER, "All of it.", "1", MONDAY)).ticket
    assert wished.wished == "1"
    solved = done(resolve(wished, ENGINEER, "Rolled back.", MONDAY + HOUR)).ticket
    again = done(reopen(POLICY, solved, OPENER.user, "It is back.", MONDAY + 2 * HOUR)).ticket
    assert again.wished is None


def test_reopening_takes_the_resolution_back_and_starts_the_update_clock_again() -> None:
    scored = done(rate(POLICY, confirmed(), OPENER, 5, MONDAY + 2 * HOUR)).ticket
    now = MONDAY + 3 * HOUR
    change = done(reopen(POLICY, scored, OPENER.user, "It is back.", now))
    ticket = change.ticket
    assert (ticket.state, ticket.owner, ticket.resolved, ticket.resolution) == (
        State.OPEN,
        ENGINEER,
        None,
        "",
    )
    assert (ticket.resolved_by, ticket.cause, ticket.confirmed) == (None, None, None)
    assert ticket.score is not None, "what was said stays"
    assert (running(ticket).kind, running(ticket).due) == (ClockKind.UPDATE, now + HOUR)
    # The message that asked is told first what it told of; then the news.
    assert change.customer == (
        do.RefreshResolved(by=ENGINEER, text="Fixed."),
        do.TellReopened(by=OPENER.user, next_update=now + HOUR),
        do.RefreshThread(),
    )
    # The room is mended before anything is posted in it, and the owner is let in before being called.
    assert kinds(change.staff) == ["RestoreRoom", "PostCard", "Invite", "NoteReopened"]


def test_the_cause_is_on_the_ticket_and_on_the_timeline() -> None:
    change = done(resolve(opened().ticket, ENGINEER, "Fixed.", MONDAY + HOUR, cause="outage"))
    assert change.ticket.cause == "outage"
    assert change.entries[0] == log.Resolved(at=MONDAY + HOUR, by=ENGINEER, text="Fixed.", cause="outage")
    assert "outage" not in str(change.customer)
    assert done(resolve(opened().ticket, ENGINEER, "Fixed.", MONDAY + HOUR)).ticket.cause is None


# -- late


def looked(ticket: Ticket, *, until: int, policy: Policy = POLICY, lost: bool = False) -> list[do.TellLate]:
    """What the customer is told while the worker looks every ten minutes and staff do nothing, for so many hours."""
    told: list[do.TellLate] = []
    for turn in range(until * 6 + 1):
        now = MONDAY + turn * 10 * MINUTE
        reminder = due_reminder(policy, ticket, now)
        if reminder is None:
            continue
        change = (
            reminder_lost(ticket, reminder, "is_archived", now)
            if lost
            else reminded(ticket, reminder, MESSAGE, now)
        )
        news = [effect for effect in change.customer if isinstance(effect, do.TellLate)]
        escalations = [effect for effect in change.staff if isinstance(effect, do.Escalate)]
        assert len(news) == len(escalations) or not policy.tells_late(ticket.severity)
        if news:
            assert kinds(change.customer) == ["TellLate", "RefreshThread"]
        told += news
        ticket = change.ticket
    return told


@pytest.mark.parametrize("lost", [False, True])
def test_a_late_response_is_told_once_with_the_escalation(lost: bool) -> None:
    ticket = opened("1").ticket
    assert looked(ticket, until=9, lost=lost) == [do.TellLate(ClockKind.RESPONSE, MONDAY + 2 * HOUR)]


def test_a_silence_is_told_once_with_the_escalation() -> None:
    ticket = acknowledged(opened("2").ticket, MONDAY).ticket
    assert looked(ticket, until=24) == [do.TellLate(ClockKind.UPDATE, MONDAY + 2 * HOUR)]


@pytest.mark.parametrize("severity", ["3", "4"])
def test_other_severities_escalate_without_a_word_to_the_customer(severity: str) -> None:
    assert looked(opened(severity).ticket, until=200) == []


def test_the_policy_may_switch_it_off_and_give_it_to_other_severities() -> None:
    off = load_policy({"escalation": {"tell_customer": False}})
    assert looked(opened("1").ticket, until=9, policy=off) == []
    more = load_policy({"severity": {"3": {"tell_late": True}}})
    assert len(looked(opened("3").ticket, until=30, policy=more)) == 1
    assert looked(opened("blocker", policy=stranger_policy()).ticket, until=9, policy=stranger_policy()) == []


def test_nobody_is_told_outside_support_time() -> None:
    friday = at("2026-10-09 15:30")  # 16:30 in London: due on Monday 09:30
    ticket = opened("1", now=friday, of=account(plan="standard")).ticket
    now, told = friday, []
    while now < at("2026-10-12 12:00"):
        reminder = due_reminder(POLICY, ticket, now)
        if reminder is not None:
            change = reminded(ticket, reminder, MESSAGE, now)
            told += [now for effect in change.customer if isinstance(effect, do.TellLate)]
            ticket = change.ticket
        now += 10 * MINUTE
    assert told == [at("2026-10-12 08:30")]


def test_who_asked_and_was_told_that_it_is_escalated_is_not_told_again() -> None:
    ticket = acknowledged(opened("1").ticket, MONDAY).ticket
    asked = done(ask_update(POLICY, ticket, OPENER, MONDAY + 61 * MINUTE))
    assert [e.escalated for e in asked.customer if isinstance(e, do.TellAsked)] == [True]
    again = done(ask_update(POLICY, asked.ticket, OPENER, MONDAY + 130 * MINUTE))
    assert [e.escalated for e in again.customer if isinstance(e, do.TellAsked)] == [False]
    assert looked(asked.ticket, until=9) == []


def test_after_an_answer_the_next_silence_is_told_anew() -> None:
    late = acknowledged(replace(opened("1").ticket, moved=MONDAY + 5 * HOUR), MONDAY + 5 * HOUR).ticket
    assert [told.clock for told in looked(late, until=12)] == [ClockKind.UPDATE]


# -- the data


def test_causes_and_phrases_are_data_in_both_languages() -> None:
    assert len(POLICY.causes) >= 5
    assert len(POLICY.phrases) >= 5
    for cause in POLICY.causes.values():
        assert cause.name.en != cause.name.ja
    for phrase in POLICY.phrases.values():
        assert phrase.name.en != phrase.name.ja
        assert phrase.text.en != phrase.text.ja


@pytest.mark.parametrize(
    ("overrides", "path"),
    [
        ({"closing": {"confirm_after": "soon"}}, "closing.confirm_after"),
        ({"closing": {"reopen_within": "1 business day"}}, "closing.reopen_within"),
        ({"closing": {"confirm_by": "1d"}}, "closing.confirm_by"),
        ({"cause": {"moon": {"name": {"en": "Moon"}}}}, "cause.moon.name.ja"),
        ({"phrase": {"x": {"name": {"en": "X", "ja": "X"}}}}, "phrase.x.text"),
        (
            {"cause": {f"c{n}": {"name": {"en": "X", "ja": "X"}} for n in range(101)}},
            "cause",
        ),
    ],
)
def test_a_mistake_in_it_is_named(overrides: dict[str, Any], path: str) -> None:
    with pytest.raises(BadPolicy) as caught:
        load_policy(overrides, file="desk.toml")
    assert caught.value.path == path
