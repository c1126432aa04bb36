"""It got worse, a question that is repeated, and messages that are changed afterwards."""

import pytest

from policy import effects as do
from policy import timeline as log
from policy.changes import NotOpen
from policy.concerns import Edit, message_deleted, message_edited, report_worse
from policy.next_updates import AskedAlready, ask_update
from policy.severity_changes import SameSeverity, change_severity
from policy.tickets import Person, Ticket
from policy.transitions import resolve
from policy.waiting import wait_for_customer
from tests.policy.samples import (
    ENGINEER,
    HOUR,
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
OTHER = Person(user="U-OTHER", team="T-ACME")
STAFF = Person(user=ENGINEER, team="T-HOME")


def taken(severity: str) -> Ticket:
    return acknowledged(opened(severity).ticket, MONDAY).ticket


def test_worse_tells_staff_and_leaves_the_severity_to_them() -> None:
    ticket = taken("3")
    change = done(report_worse(POLICY, ticket, OPENER, "All of it now", "1", MONDAY + HOUR))
    assert change.ticket.severity == "3"
    assert running(change.ticket) == running(ticket)
    assert do.NoteWorse(by=OPENER, text="All of it now", page=True, wished="1") in change.staff
    assert log.ReportedWorse(at=MONDAY + HOUR, by=OPENER, text="All of it now", wished="1") in change.entries
    told = do.TellWorse(by=OPENER, text="All of it now", next_update=running(ticket).due, wished="1")
    assert told in change.customer


def test_worse_ends_a_wait() -> None:
    waiting = done(wait_for_customer(POLICY, taken("3"), ENGINEER, "logs", MONDAY + HOUR)).ticket
    change = done(report_worse(POLICY, waiting, OPENER, "Worse", None, MONDAY + 2 * HOUR))
    assert change.ticket.waiting is None
    assert running(change.ticket).pause is None


def test_worse_on_what_is_over_is_refused() -> None:
    over = done(resolve(taken("1"), ENGINEER, "Fixed", MONDAY + HOUR)).ticket
    assert report_worse(POLICY, over, OPENER, "Worse", None, MONDAY + 2 * HOUR) == NotOpen(over)


@pytest.mark.parametrize(
    ("plan", "wished", "page"),
    [("standard", "1", False), ("premium", "3", False), ("premium", "1", True), ("emergency", None, True)],
)
def test_worse_pages_where_support_is_open_for_what_is_wished(
    plan: str, wished: str | None, page: bool
) -> None:
    ticket = acknowledged(opened("3", of=account(plan=plan)).ticket, MONDAY).ticket
    change = done(report_worse(POLICY, ticket, OPENER, "Worse", wished, at("2026-10-05 23:00")))
    notes = [effect.page for effect in change.staff if isinstance(effect, do.NoteWorse)]
    assert notes == [page]


def test_asked_again_at_once_by_anybody_changes_nothing() -> None:
    asked = done(ask_update(POLICY, taken("1"), OPENER, MONDAY + MINUTE)).ticket
    again = ask_update(POLICY, asked, OTHER, MONDAY + 10 * MINUTE)
    assert again == AskedAlready(MONDAY + MINUTE, running(asked).due)
    assert done(ask_update(POLICY, asked, OTHER, MONDAY + 11 * MINUTE)).ticket.asked == MONDAY + 11 * MINUTE


def test_asked_again_after_an_update_or_once_it_is_late_reaches_staff() -> None:
    asked = done(ask_update(POLICY, taken("1"), OPENER, MONDAY + MINUTE)).ticket
    answered = updated(asked, MONDAY + 2 * MINUTE).ticket
    done(ask_update(POLICY, answered, OPENER, MONDAY + 3 * MINUTE))
    before = done(ask_update(POLICY, taken("1"), OPENER, MONDAY + 55 * MINUTE)).ticket
    assert isinstance(ask_update(POLICY, before, OPENER, MONDAY + 60 * MINUTE), AskedAlready)
    late = done(ask_update(POLICY, before, OPENER, MONDAY + 61 * MINUTE))
    assert "Escalate" in kinds(late.staff)


def test_a_customer_s_edit_reaches_staff_and_ends_a_wait() -> None:
    waiting = done(wait_for_customer(POLICY, taken("3"), ENGINEER, "logs", MONDAY + HOUR)).ticket
    edit = Edit(text="The logs: 42", before="The logs", written=MONDAY)
    change = message_edited(POLICY, waiting, OPENER, edit, MONDAY + 2 * HOUR, staff=False)
    assert do.NoteEdited(by=OPENER, text="The logs: 42", written=MONDAY) in change.staff
    assert change.ticket.waiting is None
    assert kinds(change.entries) == ["MessageEdited", "WaitEnded", "ClockResumed"]


def test_an_edit_of_staff_meets_no_clock_and_corrects_the_last_update() -> None:
    ticket = updated(taken("1"), MONDAY + MINUTE).ticket
    assert ticket.last_update is not None
    edit = Edit(text="Better words", before=ticket.last_update.text, written=MONDAY + MINUTE)
    change = message_edited(POLICY, ticket, STAFF, edit, MONDAY + 5 * MINUTE, staff=True)
    assert running(change.ticket) == running(ticket)
    assert change.ticket.last_update is not None
    assert change.ticket.last_update.text == "Better words"
    assert change.ticket.last_update.at == ticket.last_update.at
    assert not change.customer
    other = Edit(text="Else", before="Something older", written=MONDAY)
    older = message_edited(POLICY, ticket, STAFF, other, MONDAY + 5 * MINUTE, staff=True)
    assert older.ticket.last_update == ticket.last_update


@pytest.mark.parametrize("staff", [True, False])
def test_a_deletion_is_recorded_and_undoes_nothing(staff: bool) -> None:
    ticket = updated(taken("1"), MONDAY + MINUTE).ticket
    by = STAFF if staff else OPENER
    change = message_deleted(ticket, by, MONDAY, MONDAY + 5 * MINUTE, staff=staff)
    assert change.staff == (do.NoteEdited(by=by, text=None, written=MONDAY, staff=staff),)
    assert kinds(change.entries) == ["MessageDeleted"]
    assert running(change.ticket) == running(ticket)


def test_a_more_urgent_wish_stands_until_staff_have_decided() -> None:
    change = done(report_worse(POLICY, taken("3"), OPENER, "Worse", "1", MONDAY + MINUTE))
    assert change.ticket.wished == "1"
    mild = done(report_worse(POLICY, change.ticket, OPENER, "Well", "4", MONDAY + 2 * MINUTE))
    assert mild.ticket.wished == "1"
    raised = done(change_severity(POLICY, mild.ticket, ENGINEER, "2", "one region", MONDAY + HOUR))
    assert raised.ticket.wished is None
    kept = done(change_severity(POLICY, mild.ticket, ENGINEER, "3", "a workaround holds", MONDAY + HOUR))
    assert (kept.ticket.wished, kept.ticket.severity) == (None, "3")
    assert change_severity(POLICY, kept.ticket, ENGINEER, "3", "same", MONDAY + HOUR) == SameSeverity(
        kept.ticket
    )
