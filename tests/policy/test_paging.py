"""For what somebody is paged, as a function of how a ticket stands."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from policy.changes import Change
from policy.concerns import report_worse
from policy.pages import PageAction, PageKind
from policy.paging import with_pages
from policy.severity_changes import change_severity
from policy.tickets import State, Ticket
from policy.transitions import Request, acknowledge, open_ticket, resolve
from tests.policy.samples import ENGINEER, MONDAY, OPENER, account, default_policy

POLICY = default_policy()


def opened(severity: str, plan: str = "emergency", now: datetime = MONDAY) -> Change:
    request = Request(title="API is down", severity=severity, opener=OPENER, channel="C-ACME")
    return open_ticket(POLICY, replace(account(), plan=plan), request, 1, now)


def paged(change: object, now: datetime = MONDAY) -> tuple[Ticket, list[str]]:
    """The ticket afterwards, and what is done, such as `opened trigger`."""
    assert isinstance(change, Change)
    after = with_pages(POLICY, change, now)
    return after.ticket, [f"{page.kind} {page.action}" for page in after.pages]


@pytest.mark.parametrize(("severity", "done"), [("1", ["opened trigger"]), ("2", []), ("3", []), ("4", [])])
def test_the_policy_says_which_severities_page_when_they_are_opened(severity: str, done: list[str]) -> None:
    assert paged(opened(severity))[1] == done


def test_an_alert_goes_as_the_ticket_goes() -> None:
    ticket, _ = paged(opened("1"))
    assert paged(Change(ticket)) == (ticket, [])  # whatever else happens to it
    ticket, done = paged(acknowledge(POLICY, ticket, ENGINEER, MONDAY))
    assert done == ["opened acknowledge"]
    assert paged(Change(ticket)) == (ticket, [])
    ticket, done = paged(resolve(ticket, ENGINEER, "Mended.", MONDAY))
    assert (done, ticket.paged) == (["opened resolve"], {})


def test_one_that_somebody_has_already_raises_nothing() -> None:
    change = acknowledge(POLICY, opened("2").ticket, ENGINEER, MONDAY)
    assert isinstance(change, Change)
    assert paged(Change(replace(change.ticket, severity="1")))[1] == []


def test_another_severity_raises_it_or_takes_it_back() -> None:
    ticket, done = paged(Change(replace(opened("2").ticket, severity="1")))
    assert done == ["opened trigger"]
    assert paged(Change(replace(ticket, severity="2")))[1] == ["opened resolve"]


def test_a_breach_is_told_with_the_reminder_at_the_deadline() -> None:
    ticket = opened("3").ticket
    clock = ticket.clock
    assert clock is not None
    before = replace(ticket, clock=replace(clock, covered_until=clock.due - timedelta(seconds=1)))
    assert paged(Change(before), clock.due)[1] == []
    late = replace(ticket, clock=replace(clock, covered_until=clock.due))
    ticket, done = paged(Change(late), clock.due)
    assert done == ["breach trigger"]
    ticket, done = paged(acknowledge(POLICY, ticket, ENGINEER, clock.due + timedelta(hours=1)))
    assert (done, ticket.paged) == (["breach resolve"], {})


@pytest.mark.parametrize("state", [State.CANCELLED, State.MERGED, State.RESOLVED])
def test_nothing_stands_on_a_ticket_that_is_over(state: State) -> None:
    stands = {PageKind.OPENED: PageAction.TRIGGER, PageKind.BREACH: PageAction.TRIGGER}
    ticket = replace(opened("1").ticket, paged=stands, state=state, clock=None)
    assert paged(Change(ticket))[1] == ["opened resolve", "breach resolve"]


def test_outside_support_time_nobody_is_paged_and_what_stands_can_still_end() -> None:
    saturday = MONDAY + timedelta(days=5)
    ticket, done = paged(opened("1", plan="standard", now=saturday), saturday)
    assert done == []
    opening = ticket.clock.call_at if ticket.clock else None
    assert opening is not None
    assert paged(Change(ticket), opening - timedelta(seconds=1))[1] == []
    ticket, done = paged(Change(ticket), opening)
    assert done == ["opened trigger"]
    assert paged(acknowledge(POLICY, ticket, ENGINEER, saturday + timedelta(days=9)))[1] == [
        "opened acknowledge"
    ]


def test_a_wish_for_a_severity_that_pages_is_raised_until_it_is_decided() -> None:
    ticket = acknowledge(POLICY, opened("3").ticket, ENGINEER, MONDAY).ticket  # type: ignore[union-attr]
    ticket, done = paged(report_worse(POLICY, ticket, OPENER, "All of it", "1", MONDAY))
    assert done == ["worse trigger"]
    ticket, done = paged(report_worse(POLICY, ticket, OPENER, "Really", "1", MONDAY))
    assert done == []
    assert paged(resolve(ticket, ENGINEER, "Mended.", MONDAY))[1] == ["worse resolve"]
    kept = change_severity(POLICY, ticket, ENGINEER, "3", "a workaround holds", MONDAY)
    assert paged(kept)[1] == ["worse resolve"]


def test_a_wish_pages_nobody_while_support_is_closed_for_it() -> None:
    saturday = MONDAY + timedelta(days=5)
    ticket = opened("3", plan="standard").ticket
    assert paged(report_worse(POLICY, ticket, OPENER, "All of it", "1", saturday), saturday)[1] == []
    assert paged(report_worse(POLICY, ticket, OPENER, "Some", "2", MONDAY))[1] == []
