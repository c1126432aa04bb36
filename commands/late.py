"""Why a promise was missed: staff say so for the summaries, `/incident late [ID] REASON`, or by the form."""

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
from policy.changes import Change
from policy.missed import NothingMissed, explain_missed
from policy.schema import Policy
from policy.tickets import Ticket

Outcome = Done | NoTicket | NotAllowed | Refused[NothingMissed]


async def explain(desk: Desk, who: Caller, ticket: str, reason: str, operation: str) -> Outcome:
    """On a ticket that has ended too. Raises the store's errors."""
    entries = await desk.tickets.timeline(ticket) if who.may_see(ticket.rpartition("-")[0]) else []

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NothingMissed:
        del policy
        return explain_missed(current, entries, who.person.user, reason, now)

    return await allowed(desk, who, Act.LATE, ticket, operation, decide)


async def by_command(desk: Desk, asked: Asked) -> Message | View:
    """Without a reason: the form."""
    found = await named(desk, asked, Act.LATE, ended=True)
    if isinstance(found, Message):
        return found
    ticket, words = found
    if not words:
        return reason_form.build(asked.who.text, "late", ticket, asked.who.channel)
    if long := too_long(asked, words):
        return long
    outcome = await explain(desk, asked.who, ticket.id, words, asked.operation)
    if not isinstance(outcome, Done):
        return why_not(desk, asked, outcome)
    return said(asked.who.text, "done.late", id=ticket.id)


async def by_button(desk: Desk, asked: Asked, ticket: str) -> Message | View:
    """The form."""
    found = await ticket_for(desk, asked, Act.LATE, ticket, ended=True)
    if isinstance(found, Message):
        return found
    return reason_form.build(asked.who.text, "late", found, asked.who.channel)


async def submitted(desk: Desk, asked: Asked, view: Mapping[str, Any]) -> FormAnswer:
    ticket, words = reason_form.parse(view)
    if not words:
        return wrong(asked, "text", "error.late.empty")
    outcome = await explain(desk, asked.who, ticket, words, asked.operation)
    return None if isinstance(outcome, Done) else instead(desk, asked, outcome)
