"""What staff do by one text that they alone will read (cancel, write a note, say why a promise was missed): by a
command, or by the form."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.views import View

from commands.answers import FormAnswer
from commands.callers import Asked, Caller
from commands.forms import instead, named, ticket_for, too_long, why_not, wrong
from commands.handling import Done, NotAllowed, NoTicket, Refused
from commands.ports import Desk
from commands.roles import Act
from commands.views import reason_form
from commands.views.lists import said
from commands.views.message import Message
from commands.views.reason_form import Purpose

Outcome = Done | NoTicket | NotAllowed | Refused[Any]
UseCase = Callable[[Desk, Caller, str, str, str], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Reasoned:
    """`use_case` gets desk, caller, ticket, text and operation. `done` is the key of what is said then, `empty` that of
    what is said of a form without a text. `ended`: it may be done on a ticket that is not open."""

    act: Act
    purpose: Purpose
    use_case: UseCase
    done: str
    empty: str
    ended: bool = False

    async def by_command(self, desk: Desk, asked: Asked) -> Message | View:
        """Without a text: the form."""
        found = await named(desk, asked, self.act, ended=self.ended)
        if isinstance(found, Message):
            return found
        ticket, words = found
        if not words:
            return reason_form.build(asked.who.text, self.purpose, ticket, asked.who.channel)
        if long := too_long(asked, words, reason_form.LIMITS[self.purpose]):
            return long
        outcome = await self.use_case(desk, asked.who, ticket.id, words, asked.operation)
        if not isinstance(outcome, Done):
            return why_not(desk, asked, outcome)
        return said(asked.who.text, self.done, id=ticket.id)

    async def by_button(self, desk: Desk, asked: Asked, ticket: str) -> Message | View:
        """The form."""
        found = await ticket_for(desk, asked, self.act, ticket, ended=self.ended)
        if isinstance(found, Message):
            return found
        return reason_form.build(asked.who.text, self.purpose, found, asked.who.channel)

    async def submitted(self, desk: Desk, asked: Asked, view: Mapping[str, Any]) -> FormAnswer:
        ticket, words = reason_form.parse(view)
        if not words:
            return wrong(asked, "text", self.empty)
        outcome = await self.use_case(desk, asked.who, ticket, words, asked.operation)
        return None if isinstance(outcome, Done) else instead(desk, asked, outcome)
