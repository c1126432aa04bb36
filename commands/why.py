"""Why this deadline? For whoever may see the ticket: `/incident why [ID]`, and the card's button."""

from commands.callers import Asked
from commands.handling import NoTicket, find, scene, ticket_here
from commands.ports import Desk
from commands.views.escape import fitted
from commands.views.lists import problem
from commands.views.message import Message
from commands.views.why import explanation
from policy.explain import explain


async def by_command(desk: Desk, asked: Asked) -> Message:
    ticket, _ = await ticket_here(desk, asked.who, asked.words)
    if ticket is None and asked.words:
        return problem(asked.who.text, "error.no_ticket", id=fitted(asked.words, 20))
    if ticket is None:
        return problem(asked.who.text, "error.which_ticket", command="why")
    return await by_button(desk, asked, ticket)


async def by_button(desk: Desk, asked: Asked, ticket: str) -> Message:
    found = await find(desk, asked.who, ticket)
    if isinstance(found, NoTicket):
        return problem(asked.who.text, "error.no_ticket", id=found.id)
    entries = await desk.tickets.timeline(ticket)
    seen = scene(desk, asked.who, found.ticket)
    return explanation(seen, explain(found.ticket, entries), customer=not asked.who.is_staff)
