"""Resolve: whatever clock runs ends, the customer is told how it was solved and asked whether it is. By the card's
button and its form, or by `/incident resolve [ID] [cause:KEY] TEXT`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from slack_sdk.models.views import View

from commands.answers import Answer, Errors, FormAnswer
from commands.callers import Asked, Caller
from commands.forms import named, ticket_for, too_long, why_not
from commands.handling import Done, NotAllowed, NoTicket, Refused, allowed, scene
from commands.ports import Desk
from commands.roles import Act
from commands.views import resolve_form
from commands.views.escape import fitted
from commands.views.lists import problem, said
from commands.views.message import Message
from commands.views.update_form import TEXT_LIMIT
from policy import transitions
from policy.schema import Policy
from policy.tickets import Ticket
from policy.transitions import Change, NotOpen

_CAUSE: Final = "cause:"

Outcome = Done | NoTicket | NotAllowed | Refused[NotOpen]


async def resolve(
    desk: Desk, who: Caller, ticket: str, words: str, operation: str, cause: str | None = None
) -> Outcome:
    """`cause` is the key of one of the policy's (None: not said). Raises the store's errors."""

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotOpen:
        known = cause if cause in policy.causes else None
        return transitions.resolve(current, who.person.user, words, now, cause=known)

    return await allowed(desk, who, Act.RESOLVE, ticket, operation, decide)


async def by_command(desk: Desk, asked: Asked) -> Message | View:
    """`resolve [ID] [cause:KEY] TEXT`; without a text, the form."""
    found = await named(desk, asked, Act.RESOLVE)
    if isinstance(found, Message):
        return found
    ticket, words = found
    if long := too_long(asked, words, TEXT_LIMIT):
        return long
    cause: str | None = None
    if words.lower().startswith(_CAUSE):
        first, _, words = words.partition(" ")
        cause, words = first[len(_CAUSE) :].lower(), words.strip()
        known = desk.policies.of(ticket.policy).causes
        if cause not in known:
            keys = ", ".join(f"`{key}`" for key in known)
            return problem(asked.who.text, "error.cause", cause=fitted(cause, 50), causes=keys)
    if not words:
        return resolve_form.build(scene(desk, asked.who, ticket), asked.who.channel, cause)
    outcome = await resolve(desk, asked.who, ticket.id, words, asked.operation, cause)
    if isinstance(outcome, Done):
        return said(asked.who.text, "done.resolved", id=ticket.id)
    return why_not(desk, asked, outcome)


async def by_button(desk: Desk, asked: Asked, ticket: str) -> Answer:
    """The form, or why there is none."""
    found = await ticket_for(desk, asked, Act.RESOLVE, ticket)
    if isinstance(found, Message):
        return found
    return resolve_form.build(scene(desk, asked.who, found), asked.who.channel)


async def submitted(desk: Desk, asked: Asked, view: Mapping[str, Any]) -> FormAnswer:
    """The form was sent; it closes when it is kept, and the card shows it."""
    sent = resolve_form.parse(view)
    if not sent.text:
        return Errors({resolve_form.TEXT: asked.who.text("error.form.text")})
    outcome = await resolve(desk, asked.who, sent.ticket, sent.text, asked.operation, sent.cause)
    if isinstance(outcome, Done):
        return None
    return Errors({resolve_form.TEXT: why_not(desk, asked, outcome).text})
