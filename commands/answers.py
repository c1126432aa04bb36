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
from policy.assignment import AlreadyAssigned
from policy.endings import CannotMerge
from policy.missed import NothingMissed
from policy.next_updates import AskedAlready
from policy.records import SameLink
from policy.scope import SameScope
from policy.severity_changes import SameProduction, SameSeverity
from policy.tickets import State, Ticket
from policy.transitions import AlreadyAcknowledged, NoReminders, NotOpen, SnoozeTooLate
from policy.waiting import AlreadyWaiting, NotWaiting


@dataclass(frozen=True, slots=True)
class Later:
    """A message whose making may take longer than Slack waits. `work` makes it; when it is not there in time,
    `meanwhile` says that it comes, and the person gets it once it is there."""

    work: Callable[[], Awaitable[Message]]
    meanwhile: Message


Answer = Message | View | Later | None
"""A message only the person sees, now or later; a form that opens; None: it is done, and the card or the thread
shows it."""


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
            return _not_open(text, ticket)
        case Refused(ticket, NoReminders()):
            return problem(text, "error.no_reminders", id=ticket.id)
        case Refused(ticket, AskedAlready(_, due)):
            return _asked_already(text, ticket, due, zone, now)
        case Refused(ticket, SnoozeTooLate(due)):
            time = local_time(due, text.clock_time(due, zone, now))
            return problem(text, "error.snooze_late", id=ticket.id, time=time)
        case Refused(ticket, AlreadyWaiting(waiting)):
            since = text.clock_time(waiting.since, zone, now)
            return problem(text, "error.waiting", id=ticket.id, time=local_time(waiting.since, since))
        case Refused(ticket, NotWaiting()):
            return problem(text, "error.not_waiting", id=ticket.id)
        case Refused(ticket, SameSeverity()):
            return problem(text, "error.severity.same", id=ticket.id, severity=ticket.severity)
        case Refused(ticket, SameProduction()):
            key = "error.production.same" if ticket.production else "error.production.same_not"
            return problem(text, key, id=ticket.id)
        case Refused(ticket, AlreadyAssigned(to, acknowledged)):
            key = "error.assigned" if acknowledged else "error.assigned.unacknowledged"
            return problem(text, key, id=ticket.id, owner=mention(to))
        case Refused(ticket, SameScope(reason)):
            return problem(text, "error.scope.same" if reason else "error.scope.same_covered", id=ticket.id)
        case Refused(ticket, SameLink(url)):
            return problem(text, "error.link.same" if url else "error.link.same_none", id=ticket.id)
        case Refused(ticket, CannotMerge(into, why)):
            return problem(text, f"error.merge.{why}", id=ticket.id, into=into)
        case Refused(ticket, NothingMissed()):
            return problem(text, "error.late.nothing", id=ticket.id)
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


def _not_open(text: Text, ticket: Ticket) -> Message:
    match ticket.state:
        case State.CANCELLED:
            return problem(text, "error.cancelled", id=ticket.id)
        case State.MERGED:
            return problem(text, "error.merged", id=ticket.id, into=ticket.merged_into)
        case _:
            return problem(text, "error.resolved", id=ticket.id)
