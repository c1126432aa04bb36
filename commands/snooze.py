"""Snooze: silence a ticket's reminders for a while, `/incident snooze [ID] 30m`. No deadline moves."""

from datetime import datetime, timedelta
from typing import Final

from commands.answers import refusal
from commands.callers import Asked, Caller, zone_at
from commands.handling import Done, NotAllowed, NoTicket, Refused, allowed, scene, ticket_here
from commands.ports import Desk
from commands.roles import Act
from commands.views.lists import problem, said
from commands.views.message import Message
from policy import transitions
from policy.durations import BadDuration, parse_elapsed
from policy.schema import Policy
from policy.tickets import Ticket
from policy.transitions import Change, NoReminders, NotOpen, SnoozeTooLate

LONGEST: Final = timedelta(days=7)

Outcome = Done | NoTicket | NotAllowed | Refused[NotOpen | NoReminders | SnoozeTooLate]


async def snooze(desk: Desk, who: Caller, ticket: str, amount: timedelta, operation: str) -> Outcome:
    """Silence from now for `amount`. Raises the store's errors."""

    def decide(
        policy: Policy, current: Ticket, now: datetime
    ) -> Change | NotOpen | NoReminders | SnoozeTooLate:
        return transitions.snooze(policy, current, who.person.user, now + amount, now)

    return await allowed(desk, who, Act.SNOOZE, ticket, operation, decide)


async def by_command(desk: Desk, asked: Asked) -> Message:
    text = asked.who.text
    ticket, words = await ticket_here(desk, asked)
    if ticket is None:
        return problem(text, "error.which_ticket", command="snooze")
    try:
        amount = parse_elapsed(words)
    except BadDuration:
        return problem(text, "error.snooze_when")
    if amount > LONGEST:
        return problem(text, "error.snooze_when")
    outcome = await snooze(desk, asked.who, ticket, amount, asked.operation)
    if not isinstance(outcome, Done):
        return refusal(text, outcome, zone_at(desk, asked.who), desk.clock.now())
    until = outcome.ticket.snoozed_until or desk.clock.now()
    return said(text, "done.snoozed", id=ticket, time=scene(desk, asked.who, outcome.ticket).time(until))
