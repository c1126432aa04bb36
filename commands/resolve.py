"""Resolve: whatever clock runs ends, and the customer is told how it was solved."""

from datetime import datetime

from commands.callers import Caller
from commands.handling import allowed
from commands.ports import Desk
from commands.roles import Act
from commands.telling import Outcome, Telling
from commands.views.lists import said
from policy import transitions
from policy.schema import Policy
from policy.tickets import Ticket
from policy.transitions import Change, NotOpen


async def resolve(desk: Desk, who: Caller, ticket: str, words: str, operation: str) -> Outcome:
    """Raises the store's errors."""

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotOpen:
        del policy
        return transitions.resolve(current, who.person.user, words, now)

    return await allowed(desk, who, Act.RESOLVE, ticket, operation, decide)


TELLING = Telling(
    purpose="resolve",
    may=Act.RESOLVE,
    act=resolve,
    done=lambda scene: said(scene.text, "done.resolved", id=scene.ticket.id),
)
