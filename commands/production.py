"""Production: staff say whether a ticket is about production, `/incident production [ID] yes|no REASON`. The form of
the severity asks it too, since it is treated as a change of that."""

from datetime import datetime
from typing import Final

from slack_sdk.models.views import View

from commands.callers import Asked, Caller
from commands.forms import named, too_long, why_not
from commands.handling import Done, NotAllowed, NoTicket, Refused, allowed
from commands.ports import Desk
from commands.roles import Act
from commands.severity import deadline
from commands.views import severity_form
from commands.views.escape import fitted
from commands.views.lists import problem, said
from commands.views.message import Message
from commands.wall import first_word
from policy.changes import Change, NotOpen
from policy.schema import Policy
from policy.severity_changes import SameProduction, change_production
from policy.tickets import Ticket

Outcome = Done | NoTicket | NotAllowed | Refused[NotOpen | SameProduction]

_ANSWERS: Final = {
    **dict.fromkeys(("yes", "y", "はい", "本番"), True),
    **dict.fromkeys(("no", "n", "いいえ", "本番以外"), False),
}


async def answer_production(
    desk: Desk, who: Caller, ticket: str, production: bool, reason: str, operation: str
) -> Outcome:
    """Raises the store's errors."""

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotOpen | SameProduction:
        return change_production(policy, current, who.person.user, production, reason, now)

    return await allowed(desk, who, Act.PRODUCTION, ticket, operation, decide)


async def by_command(desk: Desk, asked: Asked) -> Message | View:
    """With too few words: the form of the severity, filled in with those."""
    found = await named(desk, asked, Act.PRODUCTION)
    if isinstance(found, Message):
        return found
    ticket, words = found
    text = asked.who.text
    first, reason = first_word(words)
    production = _ANSWERS.get(first.lower())
    if first and production is None:
        return problem(text, "error.production.answer", what=fitted(first, 50))
    if production is None or not reason:
        policy = desk.policies.of(ticket.policy)
        return severity_form.build(text, policy, ticket, asked.who.channel, production=production)
    if long := too_long(asked, reason):
        return long
    outcome = await answer_production(desk, asked.who, ticket.id, production, reason, asked.operation)
    if not isinstance(outcome, Done):
        return why_not(desk, asked, outcome)
    key = "done.production" if production else "done.not_production"
    return said(text, key, id=ticket.id, deadline=deadline(desk, asked, outcome.ticket))
