"""Cancel: staff end a ticket that should not be one, `/incident cancel [ID] REASON`, or by the form. The customer is
told that, and not why."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from slack_sdk.models.views import View

from commands.answers import FormAnswer
from commands.callers import Asked, Caller
from commands.forms import instead, named, ticket_for, too_long, why_not, wrong
from commands.handling import Done, NotAllowed, NoTicket, Refused, allowed
from commands.ports import Desk
from commands.roles import Act
from commands.views import reason_form
from commands.views.lists import said
from commands.views.message import Message
from policy import endings
from policy.changes import Change, NotOpen
from policy.schema import Policy
from policy.tickets import Ticket


async def cancel(
    desk: Desk, who: Caller, ticket: str, reason: str, operation: str
) -> Done | NoTicket | NotAllowed | Refused[NotOpen]:
    """Raises the store's errors."""

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotOpen:
        del policy
        return endings.cancel(current, who.person.user, reason, now)

    return await allowed(desk, who, Act.CANCEL, ticket, operation, decide)


async def by_command(desk: Desk, asked: Asked) -> Message | View:
    """Without a reason: the form."""
    found = await named(desk, asked, Act.CANCEL)
    if isinstance(found, Message):
        return found
    ticket, reason = found
    if not reason:
        return reason_form.build(asked.who.text, "cancel", ticket, asked.who.channel)
    if long := too_long(asked, reason, reason_form.LIMITS["cancel"]):
        return long
    outcome = await cancel(desk, asked.who, ticket.id, reason, asked.operation)
    if not isinstance(outcome, Done):
        return why_not(desk, asked, outcome)
    return said(asked.who.text, "done.cancelled", id=ticket.id)


async def by_button(desk: Desk, asked: Asked, ticket: str) -> Message | View:
    """The form."""
    found = await ticket_for(desk, asked, Act.CANCEL, ticket)
    if isinstance(found, Message):
        return found
    return reason_form.build(asked.who.text, "cancel", found, asked.who.channel)


async def submitted(desk: Desk, asked: Asked, view: Mapping[str, Any]) -> FormAnswer:
    ticket, reason = reason_form.parse(view)
    if not reason:
        return wrong(asked, "text", "error.handling.reason")
    outcome = await cancel(desk, asked.who, ticket, reason, asked.operation)
    return None if isinstance(outcome, Done) else instead(desk, asked, outcome)
