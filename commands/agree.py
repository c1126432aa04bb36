"""Agree to a later next update, as only the customer can: by the button below the update that proposed it."""

from datetime import datetime

from commands.callers import Asked
from commands.handling import Done
from commands.ports import Desk
from commands.roles import Act
from commands.their_word import Outcome, refused, theirs
from commands.views.lists import problem
from commands.views.message import Message
from commands.views.thread import agreed_to
from policy import next_updates
from policy.changes import Change, NotOpen
from policy.next_updates import NothingProposed, TooLateToAgree
from policy.schema import Policy
from policy.tickets import Ticket


async def agree(
    desk: Desk, asked: Asked, ticket: str, next_at: datetime
) -> Outcome[NotOpen | NothingProposed | TooLateToAgree]:
    """`next_at` is the instant that staff proposed. Raises TooManyConflicts, and the store's errors."""

    def decide(
        policy: Policy, current: Ticket, now: datetime
    ) -> Change | NotOpen | NothingProposed | TooLateToAgree:
        return next_updates.agree_update(policy, current, asked.who.person, next_at, now)

    return await theirs(desk, asked, Act.AGREE, ticket, decide)


async def by_button(desk: Desk, asked: Asked, value: str) -> Message | None:
    """None: it is done, and the thread tells it."""
    try:
        ticket, next_at = agreed_to(value)
    except ValueError:
        return problem(asked.who.text, "error.unexpected")
    outcome = await agree(desk, asked, ticket, next_at)
    return None if isinstance(outcome, Done) else refused(desk, asked, outcome)
