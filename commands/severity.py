"""Severity: staff reclassify a ticket, `/incident severity [ID] N REASON`, or by the form, which asks whether it is
production too."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from slack_sdk.models.views import View

from commands.answers import Errors, FormAnswer
from commands.callers import Asked, Caller
from commands.forms import instead, named, ticket_for, too_long, why_not, wrong
from commands.handling import Done, NotAllowed, NoTicket, Refused, allowed, scene
from commands.ports import Desk
from commands.roles import Act
from commands.views import severity_form
from commands.views.escape import fitted
from commands.views.lists import problem, said
from commands.views.message import Message, severity_label
from commands.wall import first_word
from policy.changes import Change, NotOpen
from policy.schema import Policy
from policy.severity_changes import SameSeverity, change_severity
from policy.severity_changes import reclassify as decided_anew
from policy.tickets import Ticket

Outcome = Done | NoTicket | NotAllowed | Refused[NotOpen | SameSeverity]


async def reclassify(
    desk: Desk,
    who: Caller,
    ticket: str,
    severity: str,
    reason: str,
    operation: str,
    *,
    production: bool | None = None,
) -> Outcome:
    """`severity` is a key of the ticket's policy; `production` None leaves that answer as it is. Raises the
    store's errors."""
    by = who.person.user

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotOpen | SameSeverity:
        if production is None:
            return change_severity(policy, current, by, severity, reason, now)
        return decided_anew(policy, current, by, severity, production, reason, now)

    return await allowed(desk, who, Act.SEVERITY, ticket, operation, decide)


async def by_command(desk: Desk, asked: Asked) -> Message | View:
    """With too few words: the form, filled in with those."""
    found = await named(desk, asked, Act.SEVERITY)
    if isinstance(found, Message):
        return found
    ticket, words = found
    policy, text = desk.policies.of(ticket.policy), asked.who.text
    first, reason = first_word(words)
    severity = policy.find_severity(first)
    if first and severity is None:
        known = text.listed([f"`{key}`" for key in policy.severities])
        return problem(text, "error.severity.unknown", what=fitted(first, 50), severities=known)
    if severity is None or not reason:
        chosen = severity.key if severity else None
        return severity_form.build(text, policy, ticket, asked.who.channel, severity=chosen)
    if long := too_long(asked, reason):
        return long
    outcome = await reclassify(desk, asked.who, ticket.id, severity.key, reason, asked.operation)
    return _done(desk, asked, outcome.ticket) if isinstance(outcome, Done) else why_not(desk, asked, outcome)


async def by_button(desk: Desk, asked: Asked, value: str) -> Message | View:
    """The form. The value is the ticket's id, and perhaps the severity to choose in it."""
    ticket, _, wished = value.partition(" ")
    found = await ticket_for(desk, asked, Act.SEVERITY, ticket)
    if isinstance(found, Message):
        return found
    policy = desk.policies.of(found.policy)
    chosen = wished if wished in policy.severities else None
    return severity_form.build(asked.who.text, policy, found, asked.who.channel, severity=chosen)


async def submitted(desk: Desk, asked: Asked, view: Mapping[str, Any]) -> FormAnswer:
    sent = severity_form.parse(view)
    found = await ticket_for(desk, asked, Act.SEVERITY, sent.ticket, ended=True)
    if isinstance(found, Message):
        return Errors({"reason": found.text})
    if sent.severity is None or sent.severity not in desk.policies.of(found.policy).severities:
        return wrong(asked, "severity", "error.form.severity")
    if not sent.reason:
        return wrong(asked, "reason", "error.handling.reason")
    outcome = await reclassify(
        desk,
        asked.who,
        sent.ticket,
        sent.severity,
        sent.reason,
        asked.operation,
        production=sent.production,
    )
    if isinstance(outcome, Done):
        return None
    if isinstance(outcome, Refused) and isinstance(outcome.reason, SameSeverity):
        return wrong(asked, "severity", "error.severity.nothing_new")
    return instead(desk, asked, outcome)


def _done(desk: Desk, asked: Asked, ticket: Ticket) -> Message:
    text = asked.who.text
    severity = severity_label(text, desk.policies.of(ticket.policy), ticket.severity)
    return said(
        text, "done.severity", id=ticket.id, severity=severity, deadline=deadline(desk, asked, ticket)
    )


def deadline(desk: Desk, asked: Asked, ticket: Ticket) -> str:
    """By when what is promised next is due, in a sentence."""
    text, clock = asked.who.text, ticket.clock
    if clock is None:
        return text("done.deadline.none")
    if clock.pause is not None:
        return text("done.deadline.paused", remaining=text.elapsed(clock.pause.remaining))
    return text(f"done.deadline.{clock.kind}", time=scene(desk, asked.who, ticket).time(clock.due))
