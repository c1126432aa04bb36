"""What posting an update and resolving have in common: staff write one text that the customer will read, by a
form from the card's button or by a command."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.views import View

from commands.answers import Errors, FormAnswer, refusal
from commands.callers import Asked, Caller, zone_at
from commands.handling import Done, NotAllowed, NoTicket, Refused, find, forbidden, scene, ticket_here
from commands.ports import Desk
from commands.roles import Act
from commands.views import words_form
from commands.views.card import Scene
from commands.views.lists import problem
from commands.views.message import Message
from commands.views.words_form import Purpose
from policy.transitions import NotOpen

Outcome = Done | NoTicket | NotAllowed | Refused[NotOpen]
UseCase = Callable[[Desk, Caller, str, str, str], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Telling:
    """`act` is the use case (desk, who, ticket, words, operation), `done` what staff read when it is kept."""

    purpose: Purpose
    may: Act
    act: UseCase
    done: Callable[[Scene], Message]

    async def by_command(self, desk: Desk, asked: Asked) -> Message:
        """`/incident update [ID] TEXT`."""
        text = asked.who.text
        ticket, words = await ticket_here(desk, asked)
        if ticket is None:
            return problem(text, "error.which_ticket", command=self.may)
        if not words:
            return problem(text, "error.text_missing", command=self.may)
        if len(words) > words_form.TEXT_LIMIT:
            return problem(text, "error.text_long", limit=words_form.TEXT_LIMIT)
        return await self._tell(desk, asked, ticket, words)

    async def by_button(self, desk: Desk, asked: Asked, ticket: str) -> View | Message:
        """The form, or why there is none."""
        who = asked.who
        if refused := forbidden(who, self.may, ticket):
            return self._refusal(desk, asked, refused)
        found = await find(desk, who, ticket)
        if isinstance(found, NoTicket):
            return problem(who.text, "error.no_ticket", id=found.id)
        if not found.ticket.is_open:
            return problem(who.text, "error.resolved", id=ticket)
        account = scene(desk, who, found.ticket).account
        return words_form.build(who.text, self.purpose, found.ticket, account)

    async def submitted(self, desk: Desk, asked: Asked, view: Mapping[str, Any]) -> FormAnswer:
        """The form was sent; it closes when its text is kept, and the card shows it."""
        ticket, words = words_form.parse(view)
        if not words:
            return Errors({"text": asked.who.text("error.form.text")})
        outcome = await self.act(desk, asked.who, ticket, words, asked.operation)
        return (
            None if isinstance(outcome, Done) else Errors({"text": self._refusal(desk, asked, outcome).text})
        )

    async def _tell(self, desk: Desk, asked: Asked, ticket: str, words: str) -> Message:
        outcome = await self.act(desk, asked.who, ticket, words, asked.operation)
        if isinstance(outcome, Done):
            return self.done(scene(desk, asked.who, outcome.ticket))
        return self._refusal(desk, asked, outcome)

    @staticmethod
    def _refusal(desk: Desk, asked: Asked, outcome: NoTicket | NotAllowed | Refused[NotOpen]) -> Message:
        return refusal(asked.who.text, outcome, zone_at(desk, asked.who), desk.clock.now())
