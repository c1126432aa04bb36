"""Assign: a ticket is handed over, `/incident assign [ID] @who`, or by the form. The new owner is told in its room,
with a summary."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from slack_sdk.models.views import View

from commands.answers import Errors, FormAnswer
from commands.callers import Asked, Caller
from commands.forms import instead, named, ticket_for, why_not, wrong
from commands.handling import Done, NotAllowed, NoTicket, Refused, allowed
from commands.ports import Desk
from commands.roles import Act, Role, may
from commands.views import assign_form
from commands.views.lists import problem, said
from commands.views.message import Message, mention
from policy import assignment
from policy.assignment import AlreadyAssigned
from policy.changes import Change, NotOpen
from policy.schema import Policy
from policy.tickets import Ticket

Outcome = Done | NoTicket | NotAllowed | Refused[NotOpen | AlreadyAssigned]

_ME: Final = frozenset({"me", "@me", "myself", "自分", "私"})


async def assign(desk: Desk, who: Caller, ticket: str, to: str, operation: str) -> Outcome:
    """`to` is a user's id, of somebody who `can_own` it. Raises the store's errors."""

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotOpen | AlreadyAssigned:
        del policy
        return assignment.assign(current, to, who.person.user, now)

    return await allowed(desk, who, Act.ASSIGN, ticket, operation, decide)


def can_own(desk: Desk, user: str, account: str) -> bool:
    """Whether a user may acknowledge the account's tickets: of support staff, or its TAM."""
    known = desk.directory().accounts.get(account)
    tam = frozenset({Role.TAM}) if known is not None and known.tam == user else frozenset[Role]()
    return desk.staff.includes(user) and may(desk.staff.roles(user) | tam, Act.ACKNOWLEDGE)


async def by_command(desk: Desk, asked: Asked) -> Message | View:
    """Without a name: the form."""
    found = await named(desk, asked, Act.ASSIGN)
    if isinstance(found, Message):
        return found
    ticket, words = found
    text = asked.who.text
    if not words:
        return assign_form.build(text, ticket, asked.who.channel)
    people = [asked.who.person.user] if words.lower() in _ME else list(dict.fromkeys(asked.mentioned))
    if len(people) != 1:
        return problem(text, "error.assign.who", id=ticket.id)
    (to,) = people
    if not can_own(desk, to, ticket.account):
        return problem(text, "error.assign.not_staff", who=mention(to), id=ticket.id)
    outcome = await assign(desk, asked.who, ticket.id, to, asked.operation)
    if not isinstance(outcome, Done):
        return why_not(desk, asked, outcome)
    key = "done.assigned" if outcome.ticket.acknowledged else "done.assigned.unacknowledged"
    return said(text, key, id=ticket.id, to=mention(to))


async def by_button(desk: Desk, asked: Asked, ticket: str) -> Message | View:
    """The form."""
    found = await ticket_for(desk, asked, Act.ASSIGN, ticket)
    if isinstance(found, Message):
        return found
    return assign_form.build(asked.who.text, found, asked.who.channel)


async def submitted(desk: Desk, asked: Asked, view: Mapping[str, Any]) -> FormAnswer:
    ticket, to = assign_form.parse(view)
    found = await ticket_for(desk, asked, Act.ASSIGN, ticket, ended=True)
    if isinstance(found, Message):
        return Errors({"who": found.text})
    if to is None or not can_own(desk, to, found.account):
        return wrong(asked, "who", "error.assign.choose")
    outcome = await assign(desk, asked.who, ticket, to, asked.operation)
    return None if isinstance(outcome, Done) else instead(desk, asked, outcome)
