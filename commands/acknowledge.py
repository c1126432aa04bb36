"""Acknowledge: somebody of staff takes the ticket, by the card's button or `/incident ack [ID]`."""

from datetime import datetime

from commands.answers import refusal
from commands.callers import Asked, Caller, zone_at
from commands.handling import Done, NotAllowed, NoTicket, Refused, allowed, ticket_here
from commands.ports import Desk
from commands.roles import Act
from commands.views.lists import problem, said
from commands.views.message import Message
from policy import transitions
from policy.schema import Policy
from policy.tickets import Ticket
from policy.transitions import AlreadyAcknowledged, Change, NotOpen

Outcome = Done | NoTicket | NotAllowed | Refused[AlreadyAcknowledged | NotOpen]


async def acknowledge(desk: Desk, who: Caller, ticket: str, operation: str) -> Outcome:
    """Raises the store's errors."""

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | AlreadyAcknowledged | NotOpen:
        return transitions.acknowledge(policy, current, who.person.user, now)

    return await allowed(desk, who, Act.ACKNOWLEDGE, ticket, operation, decide)


async def by_command(desk: Desk, asked: Asked) -> Message:
    ticket, _ = await ticket_here(desk, asked)
    if ticket is None:
        return problem(asked.who.text, "error.which_ticket", command="ack")
    return await by_button(desk, asked, ticket) or said(asked.who.text, "done.acknowledged", id=ticket)


async def by_button(desk: Desk, asked: Asked, ticket: str) -> Message | None:
    """None: it is done, and the card shows it."""
    outcome = await acknowledge(desk, asked.who, ticket, asked.operation)
    if isinstance(outcome, Done):
        return None
    return refusal(asked.who.text, outcome, zone_at(desk, asked.who), desk.clock.now())
