"""Wait for the customer, and go on without an answer: `/incident wait [ID] REASON`, `/incident resume [ID]`."""

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
from commands.severity import deadline
from commands.views import reason_form
from commands.views.lists import said
from commands.views.message import Message
from policy import waiting
from policy.changes import Change, NotOpen
from policy.schema import Policy
from policy.tickets import Ticket
from policy.waiting import AlreadyWaiting, NotWaiting

Waited = Done | NoTicket | NotAllowed | Refused[NotOpen | AlreadyWaiting]
Resumed = Done | NoTicket | NotAllowed | Refused[NotOpen | NotWaiting]


async def wait(desk: Desk, who: Caller, ticket: str, reason: str, operation: str) -> Waited:
    """Raises the store's errors."""

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotOpen | AlreadyWaiting:
        return waiting.wait_for_customer(policy, current, who.person.user, reason, now)

    return await allowed(desk, who, Act.WAIT, ticket, operation, decide)


async def resume(desk: Desk, who: Caller, ticket: str, operation: str) -> Resumed:
    """Raises the store's errors."""

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotOpen | NotWaiting:
        return waiting.resume(policy, current, who.person.user, now)

    return await allowed(desk, who, Act.RESUME, ticket, operation, decide)


async def by_command(desk: Desk, asked: Asked) -> Message | View:
    """Without a reason: the form."""
    found = await named(desk, asked, Act.WAIT)
    if isinstance(found, Message):
        return found
    ticket, reason = found
    if not reason:
        return _form(desk, asked, ticket)
    if long := too_long(asked, reason, reason_form.LIMITS["wait"]):
        return long
    outcome = await wait(desk, asked.who, ticket.id, reason, asked.operation)
    if not isinstance(outcome, Done):
        return why_not(desk, asked, outcome)
    return said(asked.who.text, "done.waiting", id=ticket.id, deadline=deadline(desk, asked, outcome.ticket))


async def by_button(desk: Desk, asked: Asked, ticket: str) -> Message | View:
    """The form."""
    found = await ticket_for(desk, asked, Act.WAIT, ticket)
    return found if isinstance(found, Message) else _form(desk, asked, found)


async def submitted(desk: Desk, asked: Asked, view: Mapping[str, Any]) -> FormAnswer:
    ticket, reason = reason_form.parse(view)
    if not reason:
        return wrong(asked, "text", "error.handling.reason")
    outcome = await wait(desk, asked.who, ticket, reason, asked.operation)
    return None if isinstance(outcome, Done) else instead(desk, asked, outcome)


async def resume_by_command(desk: Desk, asked: Asked) -> Message:
    found = await named(desk, asked, Act.RESUME)
    if isinstance(found, Message):
        return found
    outcome = await resume(desk, asked.who, found[0].id, asked.operation)
    if not isinstance(outcome, Done):
        return why_not(desk, asked, outcome)
    ticket = outcome.ticket
    return said(asked.who.text, "done.resumed", id=ticket.id, deadline=deadline(desk, asked, ticket))


async def resume_by_button(desk: Desk, asked: Asked, ticket: str) -> Message | None:
    """None: it is done, and the card shows it."""
    outcome = await resume(desk, asked.who, ticket, asked.operation)
    return None if isinstance(outcome, Done) else why_not(desk, asked, outcome)


def _form(desk: Desk, asked: Asked, ticket: Ticket) -> Message | View:
    if ticket.waiting is not None:
        return why_not(desk, asked, Refused(ticket, AlreadyWaiting(ticket.waiting)))
    return reason_form.build(asked.who.text, "wait", ticket, asked.who.channel)
