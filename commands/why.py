"""Why this deadline? For whoever may see the ticket: `/incident why [ID]`, and the card's button."""

from commands.callers import Asked
from commands.handling import NoTicket, asked_ticket, find, scene
from commands.ports import Desk
from commands.views.lists import problem
from commands.views.message import Message
from commands.views.why import explanation
from policy.explain import explain
from policy.tickets import Ticket


async def by_command(desk: Desk, asked: Asked) -> Message:
    found = await asked_ticket(desk, asked, "why")
    return found if isinstance(found, Message) else await _why(desk, asked, found.ticket)


async def by_button(desk: Desk, asked: Asked, ticket: str) -> Message:
    found = await find(desk, asked.who, ticket)
    if isinstance(found, NoTicket):
        return problem(asked.who.text, "error.no_ticket", id=found.id)
    return await _why(desk, asked, found.ticket)


async def _why(desk: Desk, asked: Asked, ticket: Ticket) -> Message:
    entries = await desk.tickets.timeline(ticket.id)
    seen = scene(desk, asked.who, ticket)
    return explanation(seen, explain(ticket, entries), customer=not asked.who.is_staff)
