"""Confirm that a ticket is resolved, as only the customer can: by the button in its thread, `/incident confirm [ID]` or
a mention."""

from datetime import datetime

from commands.callers import Asked
from commands.handling import Done, ticket_here
from commands.ports import Desk
from commands.roles import Act
from commands.their_word import Outcome, refused, theirs
from commands.views.lists import problem, said
from commands.views.message import Message
from policy import closing
from policy.changes import Change
from policy.closing import AlreadyConfirmed, NotResolved
from policy.schema import Policy
from policy.tickets import Ticket


async def confirm(desk: Desk, asked: Asked, ticket: str) -> Outcome[NotResolved | AlreadyConfirmed]:
    """Raises TooManyConflicts, and the store's errors."""

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotResolved | AlreadyConfirmed:
        del policy
        return closing.confirm(current, asked.who.person, now)

    return await theirs(desk, asked, Act.CONFIRM, ticket, decide)


async def by_command(desk: Desk, asked: Asked) -> Message:
    ticket, _ = await ticket_here(desk, asked)
    if ticket is None:
        return problem(asked.who.text, "error.which_ticket", command=Act.CONFIRM)
    return await by_button(desk, asked, ticket) or said(asked.who.text, "done.confirmed", id=ticket)


async def by_button(desk: Desk, asked: Asked, ticket: str) -> Message | None:
    """None: it is done, and the message with the button shows it."""
    outcome = await confirm(desk, asked, ticket)
    return None if isinstance(outcome, Done) else refused(desk, asked, outcome)
