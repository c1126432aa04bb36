"""What a person reads when it could not be done: one way to say what went wrong and what to do, for all."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from commands.handling import NoTicket, Refused, StaffOnly
from commands.text import Text
from commands.views.lists import problem
from commands.views.message import Message, local_time, mention
from policy.transitions import AlreadyAcknowledged, NoReminders, NotOpen, SnoozeTooLate


def refusal(
    text: Text, outcome: NoTicket | StaffOnly | Refused[Any], zone: ZoneInfo, now: datetime
) -> Message:
    """The answer to an outcome that changed nothing. `zone` is for clients that cannot show the reader's."""
    match outcome:
        case NoTicket(wanted):
            return problem(text, "error.no_ticket", id=wanted)
        case StaffOnly():
            return problem(text, "error.staff_only")
        case Refused(ticket, AlreadyAcknowledged(owner)):
            return problem(text, "error.owned", id=ticket.id, owner=mention(owner))
        case Refused(ticket, NotOpen()):
            return problem(text, "error.resolved", id=ticket.id)
        case Refused(ticket, NoReminders()):
            return problem(text, "error.no_reminders", id=ticket.id)
        case Refused(ticket, SnoozeTooLate(due)):
            time = local_time(due, text.clock_time(due, zone, now))
            return problem(text, "error.snooze_late", id=ticket.id, time=time)
        case Refused(ticket):
            raise AssertionError(f"no words for {outcome.reason!r} of {ticket.id}")
