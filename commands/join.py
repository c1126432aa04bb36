"""Join: somebody of staff is let in where a ticket is worked on, `/incident join [ID]`, or by the button."""

from datetime import datetime

from commands.callers import Asked, Caller
from commands.forms import named, why_not
from commands.handling import Done, NotAllowed, NoTicket, Refused, allowed
from commands.ports import Desk
from commands.roles import Act
from commands.views.lists import said
from commands.views.message import Message
from policy import assignment
from policy.changes import Change, NotOpen
from policy.schema import Policy
from policy.tickets import Ticket


async def join(
    desk: Desk, who: Caller, ticket: str, operation: str
) -> Done | NoTicket | NotAllowed | Refused[NotOpen]:
    """Raises the store's errors."""

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotOpen:
        del policy
        return assignment.join(current, who.person.user, now)

    return await allowed(desk, who, Act.JOIN, ticket, operation, decide)


async def by_command(desk: Desk, asked: Asked) -> Message:
    found = await named(desk, asked, Act.JOIN, ended=True)
    return found if isinstance(found, Message) else await by_button(desk, asked, found[0].id)


async def by_button(desk: Desk, asked: Asked, ticket: str) -> Message:
    """Where it is worked on."""
    outcome = await join(desk, asked.who, ticket, asked.operation)
    if not isinstance(outcome, Done):
        return why_not(desk, asked, outcome)
    room = outcome.ticket.staff
    if room is None:
        return said(asked.who.text, "done.joined.soon", id=ticket)
    key = "done.joined.channel" if room.thread is None else "done.joined.thread"
    return said(asked.who.text, key, id=ticket, channel=f"<#{desk.directory().now_of(room.channel)}>")
