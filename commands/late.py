"""Why a promise was missed: staff say so for the summaries, `/incident late [ID] REASON`, or by the form."""

from datetime import datetime
from typing import Final

from commands.callers import Caller
from commands.handling import Done, NotAllowed, NoTicket, Refused, allowed
from commands.ports import Desk
from commands.reasoned import Reasoned
from commands.roles import Act
from policy.changes import Change
from policy.missed import NothingMissed, explain_missed
from policy.schema import Policy
from policy.tickets import Ticket, account_of

Outcome = Done | NoTicket | NotAllowed | Refused[NothingMissed]


async def explain(desk: Desk, who: Caller, ticket: str, reason: str, operation: str) -> Outcome:
    """On a ticket that has ended too. Raises the store's errors."""
    entries = await desk.tickets.timeline(ticket) if who.may_see(account_of(ticket)) else []

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NothingMissed:
        del policy
        return explain_missed(current, entries, who.person.user, reason, now)

    return await allowed(desk, who, Act.LATE, ticket, operation, decide)


EXPLAINING: Final = Reasoned(Act.LATE, "late", explain, "done.late", "error.late.empty", ended=True)
