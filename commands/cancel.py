"""Cancel: staff end a ticket that should not be one, `/incident cancel [ID] REASON`, or by the form. The customer is
told that, and not why."""

from datetime import datetime
from typing import Final

from commands.callers import Caller
from commands.handling import Done, NotAllowed, NoTicket, Refused, allowed
from commands.ports import Desk
from commands.reasoned import Reasoned
from commands.roles import Act
from policy import endings
from policy.changes import Change, NotOpen
from policy.schema import Policy
from policy.tickets import Ticket


async def cancel(
    desk: Desk, who: Caller, ticket: str, reason: str, operation: str
) -> Done | NoTicket | NotAllowed | Refused[NotOpen]:
    """Raises the store's errors."""

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotOpen:
        del policy
        return endings.cancel(current, who.person.user, reason, now)

    return await allowed(desk, who, Act.CANCEL, ticket, operation, decide)


CANCELLING: Final = Reasoned(Act.CANCEL, "cancel", cancel, "done.cancelled", "error.handling.reason")
