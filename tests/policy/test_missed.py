"""Why a promise was missed."""

from datetime import timedelta

from policy import effects as do
from policy import timeline as log
from policy.clocks import ClockKind
from policy.histories import History
from policy.missed import Missed, NothingMissed, explain_missed, last_missed
from policy.tracks import track
from tests.policy.samples import ENGINEER, HOUR, MONDAY, acknowledged, done, opened, updated


def test_the_promise_that_is_late_now_is_meant() -> None:
    ticket = opened("1").ticket
    assert ticket.clock is not None
    late = ticket.clock.due + HOUR
    assert last_missed(ticket, (), late) == Missed(ClockKind.RESPONSE, ticket.clock.started, ticket.clock.due)
    assert last_missed(ticket, (), ticket.clock.due) is None, "met means at or before the due instant"


def test_else_the_last_that_was_answered_too_late() -> None:
    new = opened("1")
    assert new.ticket.clock is not None
    due = new.ticket.clock.due
    taken = acknowledged(new.ticket, due + HOUR)
    entries = (*new.entries, *taken.entries)
    told = updated(taken.ticket, due + HOUR + timedelta(minutes=5))
    entries = (*entries, *told.entries)
    assert last_missed(told.ticket, entries, told.ticket.moved) == Missed(ClockKind.RESPONSE, MONDAY, due)


def test_nothing_missed_nothing_to_explain() -> None:
    new = opened("1")
    taken = acknowledged(new.ticket, MONDAY + HOUR)
    entries = (*new.entries, *taken.entries)
    found = explain_missed(taken.ticket, entries, ENGINEER, "asleep", MONDAY + HOUR)
    assert found == NothingMissed(taken.ticket)


def test_the_reason_stands_beside_the_breach_and_the_later_word_counts() -> None:
    new = opened("1")
    assert new.ticket.clock is not None
    late = new.ticket.clock.due + HOUR
    first = done(explain_missed(new.ticket, new.entries, ENGINEER, "on a plane", late))
    entries = (*new.entries, *first.entries)
    again = done(explain_missed(first.ticket, entries, ENGINEER, "nobody was on call", late))
    entries = (*entries, *again.entries)
    assert again.staff == (
        do.NoteMissed(ENGINEER, ClockKind.RESPONSE, new.ticket.clock.due, "nobody was on call"),
    )
    assert again.customer == ()
    assert again.ticket.clock == new.ticket.clock, "it excuses nothing"
    found = track(History(again.ticket, entries))
    (run,) = found.runs
    assert found.reasons[run.kind, run.started] == "nobody was on call"
    assert isinstance(again.entries[0], log.MissExplained)
