"""The customer's score of the support on a ticket: one click, once it is confirmed; a comment if they like."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from slack_sdk.models.views import View

from commands.answers import ByButton, Errors, FormAnswer
from commands.callers import Asked
from commands.handling import Done, NoTicket, Refused, find, forbidden
from commands.ports import Desk
from commands.roles import Act
from commands.their_word import Outcome, not_theirs, refused, theirs
from commands.views import comment_form
from commands.views.closing import score_action
from commands.views.message import Message
from policy import closing
from policy.changes import Change
from policy.closing import SCORES, NotConfirmed, NotScored, SameScore
from policy.schema import Policy
from policy.tickets import Ticket


async def rate(desk: Desk, asked: Asked, ticket: str, value: int) -> Outcome[NotConfirmed | SameScore]:
    """`value` is one of `policy.closing.SCORES`. Raises TooManyConflicts, and the store's errors."""

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotConfirmed | SameScore:
        return closing.rate(policy, current, asked.who.person, value, now)

    return await theirs(desk, asked, Act.RATE, ticket, decide)


async def comment(desk: Desk, asked: Asked, ticket: str, words: str) -> Outcome[NotScored]:
    """Raises TooManyConflicts, and the store's errors."""

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotScored:
        del policy
        return closing.comment(current, asked.who.person, words, now)

    return await theirs(desk, asked, Act.RATE, ticket, decide)


def giving(value: int) -> ByButton:
    """What the button of a score does."""

    async def by_button(desk: Desk, asked: Asked, ticket: str) -> Message | None:
        outcome = await rate(desk, asked, ticket, value)
        match outcome:
            case Done() | Refused(_, SameScore()):
                return None  # the message with the buttons shows it
            case no:
                return refused(desk, asked, no)

    return by_button


BUTTONS: Mapping[str, ByButton] = {score_action(value): giving(value) for value in SCORES}
"""By the id of the action."""


async def comment_by_button(desk: Desk, asked: Asked, ticket: str) -> Message | View:
    """The form that takes a comment, or why there is none."""
    if no := forbidden(asked.who, Act.RATE, ticket) or not_theirs(asked.who):
        return refused(desk, asked, no)
    found = await find(desk, asked.who, ticket)
    if isinstance(found, NoTicket):
        return refused(desk, asked, found)
    if found.ticket.score is None:
        return refused(desk, asked, Refused(found.ticket, NotScored(found.ticket)))
    return comment_form.build(asked.who.text, found.ticket, asked.who.channel)


async def comment_submitted(desk: Desk, asked: Asked, view: Mapping[str, Any]) -> FormAnswer:
    """It is kept, and staff read it in their room."""
    ticket, words = comment_form.parse(view)
    if not words:
        return Errors({comment_form.WORDS: asked.who.text("error.form.comment")})
    outcome = await comment(desk, asked, ticket, words)
    if isinstance(outcome, Done):
        return None
    return Errors({comment_form.WORDS: refused(desk, asked, outcome).text})
