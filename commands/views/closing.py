"""The end of a ticket as the customer reads it: that it is resolved, whether it is so, how satisfied they are; and that
a promise is late. All of it is the customer's side."""

from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, PlainTextObject

from commands.text import Text
from commands.views.escape import pieces
from commands.views.form import OPEN_FORM, TITLE_LIMIT, Prefill
from commands.views.message import Message, actions, context, mention, section
from policy import effects as do
from policy.closing import SCORES, asks_for_score, confirmed_by_itself_at, reopened_until
from policy.schema import Policy
from policy.tickets import State, Ticket

CONFIRM: Final = "confirm_resolved"
REOPEN: Final = "reopen"
COMMENT: Final = "score_comment"


def score_action(value: int) -> str:
    """The action of the button that gives a score: `score_4`."""
    return f"score_{value}"


def resolved(
    text: Text, policy: Policy, ticket: Ticket, zone: ZoneInfo, told: do.TellResolved | do.RefreshResolved
) -> Message:
    """That it is resolved and how; under it, for as long as it is so, what the customer is asked. Edited in place."""
    head = section(text("thread.resolved", id=ticket.id, by=mention(told.by)))
    solution = [section(piece) for piece in pieces(told.text)] if told.text else []
    return Message(
        text=text("thread.resolved.lock", id=ticket.id),
        blocks=[head, *solution, *asked(text, policy, ticket, zone)],
    )


def asked(text: Text, policy: Policy, ticket: Ticket, zone: ZoneInfo) -> list[Block]:
    """What the customer is asked of a resolved ticket, with the buttons; once it is open again, one line."""
    if ticket.state is not State.RESOLVED:
        return [context(text("closing.open_again" if ticket.is_open else "closing.over"))]
    confirmed = ticket.confirmed
    if confirmed is None:
        at = confirmed_by_itself_at(policy, ticket)
        question = [section(text("closing.ask"))]
        under = [context(text("closing.by_itself", time=text.lasting_time(at, zone)))] if at else []
        return [*question, *_confirm(text, ticket), *under]
    if confirmed.by is None:
        line = text("closing.confirmed.by_itself", time=text.lasting_time(confirmed.at, zone))
    else:
        line = text(
            "closing.confirmed", by=mention(confirmed.by.user), time=text.lasting_time(confirmed.at, zone)
        )
    until = reopened_until(policy, ticket)
    how = text("closing.reopen_until", time=text.lasting_time(until, zone)) if until else ""
    lines = context("\n".join(filter(None, (line, how))))
    return [lines, *_scores(text, policy, ticket), actions(_button(text, ticket, REOPEN))]


def buttons(text: Text, ticket: Ticket) -> list[Block]:
    """The buttons of the root of a thread whose ticket is not open any more: what the customer can still do."""
    if ticket.state is not State.RESOLVED:
        return []
    if ticket.confirmed is None:
        return [*_confirm(text, ticket)]
    return [actions(_button(text, ticket, REOPEN))]


def standing(text: Text, policy: Policy, ticket: Ticket, zone: ZoneInfo) -> str:
    """How a resolved ticket stands, for the root of the thread."""
    if ticket.confirmed is not None:
        return text("thread.state.confirmed")
    at = confirmed_by_itself_at(policy, ticket)
    if at is None:
        return text("thread.state.resolved")
    return text("thread.state.resolved.asks", time=text.lasting_time(at, zone))


def late(text: Text, ticket: Ticket, told: do.TellLate, due: str) -> Message:
    """A promise that was due at `due` is late and has been escalated. Who is to act is not named here."""
    key = f"thread.late.{told.clock}"
    return Message(
        text=text(f"{key}.lock", id=ticket.id),
        blocks=[section(text(key, id=ticket.id, time=due)), context(text(f"{key}.next"))],
    )


def late_standing(text: Text, policy: Policy, ticket: Ticket, due: str) -> str | None:
    """How a ticket stands whose promise is late and has been escalated, for the root of the thread; None where the
    customer is not told, nothing was escalated, or somebody has answered since."""
    clock = ticket.clock
    if (
        not policy.tells_late(ticket.severity)
        or clock is None
        or clock.escalated is None
        or clock.pause is not None
    ):
        return None
    owner = mention(ticket.owner) if ticket.owner else ""
    return text(f"thread.state.late.{clock.kind}", time=due, owner=owner)


def too_late(text: Text, ticket: Ticket, until: str, *, offer: bool) -> Message:
    """It cannot be reopened since `until`; `offer`: a new ticket can be opened by a button."""
    words = f":warning: {text('error.reopen_late', id=ticket.id, time=until)}"
    if not offer:
        return Message(text=words, blocks=[section(words)])
    prefill = Prefill(title=text("reopen.again", title=ticket.title, id=ticket.id)[:TITLE_LIMIT])
    button = ButtonElement(
        action_id=OPEN_FORM,
        value=msgspec.json.encode(prefill).decode(),
        text=PlainTextObject(text=text("button.open_form")),
    )
    return Message(text=words, blocks=[section(words), actions(button)])


def _confirm(text: Text, ticket: Ticket) -> list[ActionsBlock]:
    return [actions(_button(text, ticket, CONFIRM, style="primary"), _button(text, ticket, REOPEN))]


def _scores(text: Text, policy: Policy, ticket: Ticket) -> list[Block]:
    """The scores to choose from, and the one that was given; a comment may be added to it."""
    if not asks_for_score(policy, ticket):
        return []
    score = ticket.score
    buttons = [
        ButtonElement(
            action_id=score_action(value),
            value=ticket.id,
            text=PlainTextObject(text=text(f"score.{value}")),
            style="primary" if score and score.value == value else None,
        )
        for value in SCORES
    ]
    if score is None:
        return [section(text("closing.score.ask")), actions(*buttons)]
    given = text("closing.score.given", by=mention(score.by.user), score=text(f"score.{score.value}"))
    more = text("closing.score.commented") if score.comment else ""
    said = section(" ".join(filter(None, (given, more))))
    return [said, actions(*buttons, _button(text, ticket, COMMENT))]


def _button(text: Text, ticket: Ticket, name: str, *, style: str | None = None) -> ButtonElement:
    return ButtonElement(
        action_id=name, value=ticket.id, text=PlainTextObject(text=text(f"button.{name}")), style=style
    )
