"""What a command, a button, a form can answer; and one way to say what went wrong and what to do, for all."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from slack_sdk.models.views import View

from commands.callers import Asked
from commands.handling import NotAllowed, NoTicket, Refused
from commands.ports import Desk
from commands.roles import CUSTOMERS, MAY
from commands.text import Text
from commands.views.lists import problem
from commands.views.message import Message, local_time, mention
from policy.next_updates import AskedAlready
from policy.tickets import Ticket
from policy.transitions import AlreadyAcknowledged, NoReminders, NotOpen, SnoozeTooLate

Answer = Message | View | None
"""A message only the person sees; a form that opens; None: it is done, and the card or the thread shows it."""


@dataclass(frozen=True, slots=True)
class Errors:
    """The form stays open and says what is wrong: words by the id of the block that they stand under."""

    fields: Mapping[str, str]


FormAnswer = Errors | View | None
"""None: the form closes. A view takes its place."""

ByCommand = Callable[[Desk, Asked], Awaitable[Answer]]
ByButton = Callable[[Desk, Asked, str], Awaitable[Answer]]
"""With the value of the button, or of the chosen option of a menu."""
ByForm = Callable[[Desk, Asked, Mapping[str, Any]], Awaitable[FormAnswer]]
"""With the view as it was sent."""
ByInput = Callable[[Desk, Asked, Mapping[str, Any], Mapping[str, Any]], Awaitable[View | None]]
"""With the view as it stands, and the action; the view that takes its place (None: it stays)."""
ByShortcut = Callable[[Desk, Asked, Mapping[str, Any]], Awaitable[Answer]]
"""With the payload."""


def refusal(
    text: Text, outcome: NoTicket | NotAllowed | Refused[Any], zone: ZoneInfo, now: datetime
) -> Message:
    """The answer to an outcome that changed nothing. `zone` is for clients that cannot show the reader's."""
    match outcome:
        case NoTicket(wanted):
            return problem(text, "error.no_ticket", id=wanted)
        case NotAllowed(act):
            return problem(text, "error.customer_only" if MAY[act] == CUSTOMERS else "error.staff_only")
        case Refused(ticket, AlreadyAcknowledged(owner)):
            return problem(text, "error.owned", id=ticket.id, owner=mention(owner))
        case Refused(ticket, NotOpen()):
            return problem(text, "error.resolved", id=ticket.id)
        case Refused(ticket, NoReminders()):
            return problem(text, "error.no_reminders", id=ticket.id)
        case Refused(ticket, AskedAlready(_, due)):
            return _asked_already(text, ticket, due, zone, now)
        case Refused(ticket, SnoozeTooLate(due)):
            time = local_time(due, text.clock_time(due, zone, now))
            return problem(text, "error.snooze_late", id=ticket.id, time=time)
        case Refused(ticket):
            raise AssertionError(f"no words for {outcome.reason!r} of {ticket.id}")


def _asked_already(
    text: Text, ticket: Ticket, due: datetime | None, zone: ZoneInfo, now: datetime
) -> Message:
    """What is promised to somebody who asks what was asked a moment ago."""
    response = ticket.acknowledged is None and ticket.clock is not None
    due = ticket.clock.due if response and ticket.clock is not None else due
    if due is None:
        return problem(text, "error.asked_already.no_promise", id=ticket.id)
    time = local_time(due, text.clock_time(due, zone, now))
    if due < now:
        return problem(text, "error.asked_already.late", id=ticket.id, time=time)
    if response:
        return problem(text, "error.asked_already.response", id=ticket.id, time=time)
    return problem(text, "error.asked_already", id=ticket.id, time=time)
