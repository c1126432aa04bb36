"""Note: staff write something down that the customer never sees, `/incident note [ID] TEXT`, or by the form."""

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
from policy import transitions
from policy.changes import Change, NotOpen
from policy.schema import Policy
from policy.tickets import Ticket


async def note(
    desk: Desk, who: Caller, ticket: str, words: str, operation: str
) -> Done | NoTicket | NotAllowed | Refused[NotOpen]:
    """On a ticket that has ended too. Raises the store's errors."""

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotOpen:
        del policy
        return transitions.write_note(current, who.person.user, words, now)

    return await allowed(desk, who, Act.NOTE, ticket, operation, decide)


async def by_command(desk: Desk, asked: Asked) -> Message | View:
    """Without a text: the form."""
    found = await named(desk, asked, Act.NOTE, ended=True)
    if isinstance(found, Message):
        return found
    ticket, words = found
    if not words:
        return reason_form.build(asked.who.text, "note", ticket, asked.who.channel)
    if long := too_long(asked, words, reason_form.LIMITS["note"]):
        return long
    outcome = await note(desk, asked.who, ticket.id, words, asked.operation)
    if not isinstance(outcome, Done):
        return why_not(desk, asked, outcome)
    return said(asked.who.text, "done.noted", id=ticket.id)


async def by_button(desk: Desk, asked: Asked, ticket: str) -> Message | View:
    """The form."""
    found = await ticket_for(desk, asked, Act.NOTE, ticket, ended=True)
    if isinstance(found, Message):
        return found
    return reason_form.build(asked.who.text, "note", found, asked.who.channel)


async def submitted(desk: Desk, asked: Asked, view: Mapping[str, Any]) -> FormAnswer:
    ticket, words = reason_form.parse(view)
    if not words:
        return wrong(asked, "text", "error.note.empty")
    outcome = await note(desk, asked.who, ticket, words, asked.operation)
    return None if isinstance(outcome, Done) else instead(desk, asked, outcome)
