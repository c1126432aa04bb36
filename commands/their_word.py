"""What only the customer can say of a ticket, and what is answered where it does not count."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from commands.answers import refusal
from commands.callers import Asked, Caller, zone_at
from commands.handling import Done, NotAllowed, NoTicket, Refused, change, forbidden, scene
from commands.ports import Desk
from commands.roles import Act
from commands.views import closing as views
from commands.views.lists import problem
from commands.views.message import Message, mention
from policy.changes import Change
from policy.closing import AlreadyConfirmed, NotConfirmed, NotResolved, NotScored, TooLateToReopen
from policy.next_updates import NothingProposed, TooLateToAgree
from policy.schema import Policy
from policy.tickets import Ticket

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class NotOfAccount:
    """The person writes in the account's channel, and belongs neither to the account nor to the vendor."""

    account: str


Outcome = Done | NoTicket | NotAllowed | NotOfAccount | Refused[R]


async def theirs(
    desk: Desk,
    asked: Asked,
    act: Act,
    ticket: str,
    decide: Callable[[Policy, Ticket, datetime], Change | R],
) -> Outcome[R]:
    """Let somebody change a ticket by a word of the customer's. Raises TooManyConflicts, and the store's errors."""
    no = forbidden(asked.who, act, ticket) or not_theirs(asked.who)
    return no or await change(desk, ticket, asked.operation, decide)


def not_theirs(who: Caller) -> NotOfAccount | None:
    """Why a person cannot speak for the customer; None: it is one of theirs, or of staff."""
    if who.is_staff or who.is_of_account:
        return None
    return NotOfAccount(who.account.name if who.account else "")


def refused(
    desk: Desk, asked: Asked, outcome: NoTicket | NotAllowed | NotOfAccount | Refused[Any]
) -> Message:
    """The answer to an outcome that changed nothing."""
    who, text = asked.who, asked.who.text
    match outcome:
        case NotOfAccount():
            return problem(text, "error.not_of_account")
        case Refused(ticket, NotResolved()):
            return problem(
                text, "error.not_resolved" if ticket.is_open else "error.not_reopened", id=ticket.id
            )
        case Refused(ticket, AlreadyConfirmed(confirmation)):
            time = scene(desk, who, ticket).time(confirmation.at)
            if confirmation.by is None:
                return problem(text, "error.confirmed.by_itself", id=ticket.id, time=time)
            by = mention(confirmation.by.user)
            return problem(text, "error.confirmed", id=ticket.id, by=by, time=time)
        case Refused(ticket, TooLateToReopen(until)):
            shown = scene(desk, who, ticket)
            return views.too_late(text, ticket, shown.time(until), offer=who.account is not None)
        case Refused(ticket, NotConfirmed() | NotScored()):
            return problem(text, "error.not_confirmed", id=ticket.id)
        case Refused(ticket, NothingProposed()):
            return problem(text, "error.nothing_proposed", id=ticket.id)
        case Refused(ticket, TooLateToAgree(due)):
            return problem(text, "error.agree_late", id=ticket.id, time=scene(desk, who, ticket).time(due))
        case other:
            return refusal(text, other, zone_at(desk, who), desk.clock.now())
