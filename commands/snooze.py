"""Snooze: silence a ticket's reminders, `/incident snooze [ID] 30m`, `until tomorrow 9:00`, or by the form. No deadline
moves."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from slack_sdk.models.views import View

from commands.answers import Errors, FormAnswer
from commands.callers import Asked, Caller
from commands.days import BadWhen
from commands.forms import instead, named, ticket_for, why_not
from commands.handling import Done, NotAllowed, NoTicket, Refused, allowed, scene, zone_of
from commands.instants import read_instant
from commands.ports import Desk
from commands.roles import Act
from commands.views import line_form
from commands.views.lists import problem, said
from commands.views.message import Message
from commands.views.when import unread, why_unread
from policy import transitions
from policy.changes import Change, NotOpen
from policy.schema import Policy
from policy.tickets import Ticket
from policy.transitions import NoReminders, SnoozeTooLate

LONGEST: Final = timedelta(days=7)

Outcome = Done | NoTicket | NotAllowed | Refused[NotOpen | NoReminders | SnoozeTooLate]


class TooFar(Exception):
    """Nobody forgets a ticket for so long: LONGEST is the most."""


async def snooze(desk: Desk, who: Caller, ticket: str, until: datetime, operation: str) -> Outcome:
    """Silence until an instant. Raises the store's errors."""

    def decide(
        policy: Policy, current: Ticket, now: datetime
    ) -> Change | NotOpen | NoReminders | SnoozeTooLate:
        return transitions.snooze(policy, current, who.person.user, until, now)

    return await allowed(desk, who, Act.SNOOZE, ticket, operation, decide)


async def read_until(desk: Desk, asked: Asked, ticket: Ticket, words: str) -> datetime:
    """The instant that words name. Raises BadWhen, TooFar."""
    until = await read_instant(desk, asked, ticket, words)
    if until > desk.clock.now() + LONGEST:
        raise TooFar
    return until


async def by_command(desk: Desk, asked: Asked) -> Message | View:
    """Without a time: the form."""
    found = await named(desk, asked, Act.SNOOZE)
    if isinstance(found, Message):
        return found
    ticket, words = found
    text = asked.who.text
    if not words:
        return line_form.build(text, "snooze", ticket, asked.who.channel)
    try:
        until = await read_until(desk, asked, ticket, words)
    except BadWhen as bad:
        return unread(text, bad, _zone(desk, ticket))
    except TooFar:
        return problem(text, "error.snooze_far", days=LONGEST.days)
    outcome = await snooze(desk, asked.who, ticket.id, until, asked.operation)
    if not isinstance(outcome, Done):
        return why_not(desk, asked, outcome)
    silent = outcome.ticket.snoozed_until or until
    seen = scene(desk, asked.who, outcome.ticket)
    key = "done.snoozed" if silent == until else "done.snoozed.deadline"
    return said(text, key, id=ticket.id, time=seen.time(silent), zoned=seen.plain_time(silent))


async def by_button(desk: Desk, asked: Asked, ticket: str) -> Message | View:
    """The form."""
    found = await ticket_for(desk, asked, Act.SNOOZE, ticket)
    if isinstance(found, Message):
        return found
    return line_form.build(asked.who.text, "snooze", found, asked.who.channel)


async def submitted(desk: Desk, asked: Asked, view: Mapping[str, Any]) -> FormAnswer:
    ticket, words = line_form.parse(view)
    text = asked.who.text
    found = await ticket_for(desk, asked, Act.SNOOZE, ticket, ended=True)
    if isinstance(found, Message):
        return Errors({"line": found.text})
    try:
        until = await read_until(desk, asked, found, words)
    except BadWhen as bad:
        return Errors({"line": why_unread(text, bad, _zone(desk, found))})
    except TooFar:
        return Errors({"line": text("error.snooze_far", days=LONGEST.days)})
    outcome = await snooze(desk, asked.who, ticket, until, asked.operation)
    return None if isinstance(outcome, Done) else instead(desk, asked, outcome)


def _zone(desk: Desk, ticket: Ticket) -> str:
    return zone_of(desk.policies.of(ticket.policy), ticket).key
