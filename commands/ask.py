"""Ask for an update: the customer wants to know how it stands, by the thread's button, a mention or `/incident ask`."""

from datetime import datetime

from commands.answers import refusal
from commands.callers import Asked, zone_at
from commands.handling import Done, NotAllowed, NoTicket, Refused, allowed, ticket_here
from commands.ports import Desk
from commands.roles import Act
from commands.views.lists import problem, said
from commands.views.message import Message
from policy import next_updates
from policy.next_updates import AskedAlready
from policy.schema import Policy
from policy.tickets import Ticket
from policy.transitions import Change, NotOpen

Outcome = Done | NoTicket | NotAllowed | Refused[NotOpen | AskedAlready]


async def ask_update(desk: Desk, asked: Asked, ticket: str) -> Outcome:
    """Let the owner know that the customer asks. Raises TooManyConflicts, and the store's errors."""

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotOpen | AskedAlready:
        return next_updates.ask_update(policy, current, asked.who.person, now)

    return await allowed(desk, asked.who, Act.ASK, ticket, asked.operation, decide)


async def by_command(desk: Desk, asked: Asked) -> Message:
    """`ask [ID]`."""
    ticket, _ = await ticket_here(desk, asked)
    if ticket is None:
        return problem(asked.who.text, "error.which_ticket", command=Act.ASK)
    answer = await by_button(desk, asked, ticket)
    return answer or said(asked.who.text, "done.asked", id=ticket)


async def by_button(desk: Desk, asked: Asked, ticket: str) -> Message | None:
    """*Ask for an update*: the thread shows it to everybody."""
    outcome = await ask_update(desk, asked, ticket)
    if isinstance(outcome, Done):
        return None
    return refusal(asked.who.text, outcome, zone_at(desk, asked.who), desk.clock.now())
