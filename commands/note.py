"""Note: staff write something down that the customer never sees, `/incident note [ID] TEXT`, or by the form."""

from datetime import datetime
from typing import Final

from commands.callers import Caller
from commands.handling import Done, NotAllowed, NoTicket, Refused, allowed
from commands.ports import Desk
from commands.reasoned import Reasoned
from commands.roles import Act
from policy import transitions
from policy.changes import Change, NotOpen
from policy.schema import Policy
from policy.tickets import Ticket


async def note(
    desk: Desk, who: Caller, ticket: str, words: str, operation: str
) -> Done | NoTicket | NotAllowed | Refused[NotOpen]:
    """On a ticket that has ended too. Raises the store's errors."""

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotOpen:
        del policy
        return transitions.write_note(current, who.person.user, words, now)

    return await allowed(desk, who, Act.NOTE, ticket, operation, decide)


NOTING: Final = Reasoned(Act.NOTE, "note", note, "done.noted", "error.note.empty", ended=True)
