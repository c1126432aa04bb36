"""What the commands and forms of handling have in common: which ticket one is about, and what to say when it is not
done."""

from typing import Any

from slack_sdk.models.views import View

from commands.answers import Errors, refusal
from commands.callers import Asked, zone_at
from commands.handling import NotAllowed, NoTicket, Refused, find, forbidden, ticket_here
from commands.ports import Desk
from commands.roles import Act
from commands.views.lists import problem
from commands.views.message import Message
from commands.views.notice import notice
from policy.changes import NotOpen
from policy.tickets import Ticket

LONGEST_REASON = 1_000
"""Characters that a reason may have; a note may have more."""


async def named(desk: Desk, asked: Asked, act: Act, *, ended: bool = False) -> tuple[Ticket, str] | Message:
    """The ticket that a command is about, by its id or its room, and the words behind; or why there is none for this
    person to do it with. `ended`: it may be done with one that is not open."""
    ticket, words = await ticket_here(desk, asked)
    if ticket is None:
        return problem(asked.who.text, "error.which_ticket", command=act)
    found = await ticket_for(desk, asked, act, ticket, ended=ended)
    return found if isinstance(found, Message) else (found, words)


async def ticket_for(
    desk: Desk, asked: Asked, act: Act, ticket: str, *, ended: bool = False
) -> Ticket | Message:
    """The ticket that a form is to be about, or why there is none for this person."""
    if refused := forbidden(asked.who, act, ticket):
        return why_not(desk, asked, refused)
    found = await find(desk, asked.who, ticket)
    if isinstance(found, NoTicket):
        return why_not(desk, asked, found)
    if not (ended or found.ticket.is_open):
        return why_not(desk, asked, Refused(found.ticket, NotOpen(found.ticket)))
    return found.ticket


def why_not(desk: Desk, asked: Asked, outcome: NoTicket | NotAllowed | Refused[Any]) -> Message:
    """What the person reads of an outcome that changed nothing."""
    return refusal(asked.who.text, outcome, zone_at(desk, asked.who), desk.clock.now())


def instead(desk: Desk, asked: Asked, outcome: NoTicket | NotAllowed | Refused[Any]) -> View:
    """The same in place of the form that was sent."""
    return notice(asked.who.text, why_not(desk, asked, outcome))


def too_long(asked: Asked, words: str, limit: int = LONGEST_REASON) -> Message | None:
    """What is said of words that are too many; None: they are not."""
    return problem(asked.who.text, "error.text_long", limit=limit) if len(words) > limit else None


def wrong(asked: Asked, field: str, key: str, **values: object) -> Errors:
    """What is wrong with one field: the form stays open."""
    return Errors({field: asked.who.text(key, **values)})
