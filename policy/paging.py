"""For what somebody is paged outside of Slack, as a function of how a ticket stands. Source: policy.md section 3.

An alert for a ticket that nobody has stands from the opening (or the moment at which the severity asks for it) until
it is resolved, and is acknowledged with the ticket. One for a promise that ran out stands from the reminder at its
deadline until the promise is kept. One for a severity that the customer wishes for, since it got worse, stands until
staff have decided about it. Nobody is paged outside support time.
"""

from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from policy.changes import Change, is_staffed
from policy.effects import Page
from policy.pages import PageAction, PageKind
from policy.schema import Policy
from policy.tickets import Ticket


def with_pages(policy: Policy, change: Change, now: datetime) -> Change:
    """The change, and what follows from it for those who are paged."""
    ticket = change.ticket
    now = max(now, ticket.moved)
    stands = dict(ticket.paged)
    pages = []
    for kind in PageKind:
        action = _action(policy, ticket, kind, now, stands)
        if action is None or stands.get(kind) == action:
            continue
        pages.append(Page(kind, action))
        if action is PageAction.RESOLVE:
            del stands[kind]
        else:
            stands[kind] = action
    if not pages:
        return change
    return Change(
        replace(ticket, paged=stands),
        entries=change.entries,
        customer=change.customer,
        staff=change.staff,
        ended=change.ended,
        pages=(*change.pages, *pages),
    )


def _action(
    policy: Policy, ticket: Ticket, kind: PageKind, now: datetime, stands: Mapping[PageKind, PageAction]
) -> PageAction | None:
    """What is to be done about one alert; None: nothing."""
    if kind is PageKind.WORSE:
        return _worse(policy, ticket, now, stands)
    asked_for = ticket.is_open and kind in policy.severity(ticket.severity).page
    if kind is PageKind.BREACH:
        asked_for = asked_for and _has_run_out(ticket)
    if kind not in stands:
        unowned = kind is not PageKind.OPENED or ticket.owner is None
        return PageAction.TRIGGER if asked_for and unowned and is_staffed(policy, ticket, now) else None
    if not asked_for:
        return PageAction.RESOLVE
    return PageAction.ACKNOWLEDGE if kind is PageKind.OPENED and ticket.owner is not None else None


def _worse(
    policy: Policy, ticket: Ticket, now: datetime, stands: Mapping[PageKind, PageAction]
) -> PageAction | None:
    """Judged by the severity that the customer wishes for, in its hours: it stands until staff have decided."""
    wished = ticket.wished if ticket.is_open and ticket.wished in policy.severities else None
    asked_for = wished is not None and PageKind.WORSE in policy.severity(wished).page
    if PageKind.WORSE in stands:
        return None if asked_for else PageAction.RESOLVE
    if wished is None or not asked_for or not is_staffed(policy, replace(ticket, severity=wished), now):
        return None
    return PageAction.TRIGGER


def _has_run_out(ticket: Ticket) -> bool:
    """Staff have been reminded that the promise is due now, or was."""
    clock = ticket.clock
    return clock is not None and clock.pause is None and clock.covered_until >= clock.due
