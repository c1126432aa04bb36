"""Scope: staff mark what support does not cover, `/incident scope [ID] REASON`, or by the form; `back` takes the mark
off. The customer is told why, in the policy's words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from slack_sdk.models.views import View

from commands.answers import Errors, FormAnswer
from commands.callers import Asked, Caller
from commands.forms import instead, named, ticket_for, why_not, wrong
from commands.handling import Done, NotAllowed, NoTicket, Refused, allowed
from commands.ports import Desk
from commands.roles import Act
from commands.views import scope_form
from commands.views.escape import fitted
from commands.views.lists import problem, said
from commands.views.message import Message
from policy.changes import Change, NotOpen
from policy.schema import Policy
from policy.scope import SameScope, find_scope_reason, mark_out_of_scope, take_back_into_scope
from policy.tickets import Ticket

Outcome = Done | NoTicket | NotAllowed | Refused[NotOpen | SameScope]

_BACK: Final = frozenset({"back", "in", "covered", "対象", "対象内"})


async def judge_scope(desk: Desk, who: Caller, ticket: str, reason: str | None, operation: str) -> Outcome:
    """`reason` is a key of the ticket's policy; None: support covers it after all. Raises the store's errors."""
    by = who.person.user

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotOpen | SameScope:
        if reason is None:
            return take_back_into_scope(current, by, now)
        return mark_out_of_scope(policy, current, by, reason, now)

    return await allowed(desk, who, Act.SCOPE, ticket, operation, decide)


async def by_command(desk: Desk, asked: Asked) -> Message | View:
    """Without a reason: the form."""
    found = await named(desk, asked, Act.SCOPE)
    if isinstance(found, Message):
        return found
    ticket, words = found
    policy, text = desk.policies.of(ticket.policy), asked.who.text
    if not words:
        return _form(desk, asked, ticket)
    back = words.lower() in _BACK
    reason = find_scope_reason(policy, words)
    if reason is None and not back:
        known = text.listed([f"`{key}`" for key in policy.scope_reasons])
        return problem(text, "error.scope.reason", what=fitted(words, 100), reasons=known)
    outcome = await judge_scope(
        desk, asked.who, ticket.id, None if back or reason is None else reason.key, asked.operation
    )
    if not isinstance(outcome, Done):
        return why_not(desk, asked, outcome)
    if back or reason is None:
        return said(text, "done.scope.back", id=ticket.id)
    return said(text, "done.scope", id=ticket.id, reason=fitted(reason.name[text.language], 100))


async def by_button(desk: Desk, asked: Asked, ticket: str) -> Message | View:
    """The form."""
    found = await ticket_for(desk, asked, Act.SCOPE, ticket)
    return found if isinstance(found, Message) else _form(desk, asked, found)


async def submitted(desk: Desk, asked: Asked, view: Mapping[str, Any]) -> FormAnswer:
    ticket, chosen = scope_form.parse(view)
    found = await ticket_for(desk, asked, Act.SCOPE, ticket, ended=True)
    if isinstance(found, Message):
        return Errors({"reason": found.text})
    reasons = desk.policies.of(found.policy).scope_reasons
    if chosen is None or (chosen != scope_form.COVERED and chosen not in reasons):
        return wrong(asked, "reason", "error.scope.choose")
    reason = None if chosen == scope_form.COVERED else chosen
    outcome = await judge_scope(desk, asked.who, ticket, reason, asked.operation)
    return None if isinstance(outcome, Done) else instead(desk, asked, outcome)


def _form(desk: Desk, asked: Asked, ticket: Ticket) -> Message | View:
    policy = desk.policies.of(ticket.policy)
    if not policy.scope_reasons:
        return problem(asked.who.text, "error.scope.none")
    return scope_form.build(asked.who.text, policy, ticket, asked.who.channel)
