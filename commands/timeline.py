"""Timeline: all that happened to a ticket, `/incident timeline [ID]`, or by the button. Staff read all of it, customers
what is public."""

from commands.callers import Asked
from commands.forms import named, ticket_for
from commands.handling import scene
from commands.ports import Desk
from commands.roles import Act
from commands.views.lists import public
from commands.views.message import Message
from commands.views.timeline import timeline
from policy.tickets import Ticket


async def by_command(desk: Desk, asked: Asked) -> Message:
    found = await named(desk, asked, Act.TIMELINE, ended=True)
    return found if isinstance(found, Message) else await _shown(desk, asked, found[0])


async def by_button(desk: Desk, asked: Asked, ticket: str) -> Message:
    found = await ticket_for(desk, asked, Act.TIMELINE, ticket, ended=True)
    return found if isinstance(found, Message) else await _shown(desk, asked, found)


async def _shown(desk: Desk, asked: Asked, ticket: Ticket) -> Message:
    entries = await desk.tickets.timeline(ticket.id)
    return timeline(scene(desk, asked.who, ticket), entries if asked.who.is_staff else public(entries))
