"""Reopen a resolved ticket: the customer by the button in its thread, staff and the customer by
`/incident reopen [ID] REASON` or a mention."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from slack_sdk.models.views import View

from commands import open as opening
from commands.answers import Answer, Errors, FormAnswer
from commands.callers import Asked
from commands.handling import Done, NoTicket, Refused, find, forbidden, ticket_here
from commands.ports import Desk
from commands.roles import Act
from commands.their_word import Outcome, not_theirs, refused, theirs
from commands.views import reopen_form
from commands.views.lists import problem, said
from commands.views.message import Message
from policy import endings
from policy.changes import Change
from policy.closing import NotResolved, TooLateToReopen, reopened_until
from policy.schema import Policy
from policy.tickets import State, Ticket


async def reopen(
    desk: Desk, asked: Asked, ticket: str, reason: str
) -> Outcome[NotResolved | TooLateToReopen]:
    """Raises TooManyConflicts, and the store's errors."""

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotResolved | TooLateToReopen:
        return endings.reopen(policy, current, asked.who.person.user, reason, now)

    return await theirs(desk, asked, Act.REOPEN, ticket, decide)


async def by_command(desk: Desk, asked: Asked) -> Answer:
    """`reopen [ID] REASON`; without a reason, the form that asks for it."""
    text = asked.who.text
    ticket, reason = await ticket_here(desk, asked)
    if ticket is None and asked.words and not asked.who.is_staff:
        # `reopen port 443` names no ticket: an incident is never lost, and this is its title.
        return await opening.by_command(desk, asked.saying(f"{Act.REOPEN} {asked.words}"))
    if ticket is None:
        return problem(text, "error.which_ticket", command=Act.REOPEN)
    if not reason:
        return await by_button(desk, asked, ticket)
    if len(reason) > reopen_form.REASON_LIMIT:
        return problem(text, "error.text_long", limit=reopen_form.REASON_LIMIT)
    outcome = await reopen(desk, asked, ticket, reason)
    if not isinstance(outcome, Done):
        return refused(desk, asked, outcome)
    return said(text, "done.reopened", id=outcome.ticket.id)


async def by_button(desk: Desk, asked: Asked, ticket: str) -> Message | View:
    """The form that asks what is wrong, or why there is none."""
    who = asked.who
    if no := forbidden(who, Act.REOPEN, ticket) or not_theirs(who):
        return refused(desk, asked, no)
    found = await find(desk, who, ticket)
    if isinstance(found, NoTicket):
        return refused(desk, asked, found)
    kept = found.ticket
    if kept.state is not State.RESOLVED:
        return refused(desk, asked, Refused(kept, NotResolved(kept)))
    until = reopened_until(desk.policies.of(kept.policy), kept)
    if until is not None and desk.clock.now() > until:
        return refused(desk, asked, Refused(kept, TooLateToReopen(until)))
    return reopen_form.build(who.text, kept, who.channel)


async def submitted(desk: Desk, asked: Asked, view: Mapping[str, Any]) -> FormAnswer:
    """It is open again, which the thread and the room show."""
    ticket, reason = reopen_form.parse(view)
    if not reason:
        return Errors({reopen_form.REASON: asked.who.text("error.form.reason")})
    outcome = await reopen(desk, asked, ticket, reason)
    if isinstance(outcome, Done):
        return None
    return Errors({reopen_form.REASON: refused(desk, asked, outcome).text})
