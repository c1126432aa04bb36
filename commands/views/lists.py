"""Answers that only the person who asked sees: the list of tickets, one ticket, what went wrong."""

from collections.abc import Sequence
from typing import Final

from slack_sdk.models.blocks import Block

from commands.text import Text
from commands.views.card import Scene
from commands.views.escape import fitted
from commands.views.message import Message, context, mention, section
from policy import timeline as log
from policy.tickets import Ticket

MOST_LISTED: Final = 40
MOST_EVENTS: Final = 15


def ticket_list(text: Text, scenes: Sequence[Scene]) -> Message:
    """Open tickets, a line each, in the order given."""
    if not scenes:
        return _alone(text("list.none"))
    lines = [_line(scene) for scene in scenes[:MOST_LISTED]]
    head = text("list.head", count=len(scenes))
    blocks: list[Block] = [section(head), *(section(line) for line in lines)]
    if len(scenes) > MOST_LISTED:
        blocks.append(context(text("list.more", count=len(scenes) - MOST_LISTED)))
    return Message(text=head, blocks=blocks)


def ticket_shown(scene: Scene, entries: Sequence[log.Entry]) -> Message:
    """One ticket and what happened to it, the newest last. `entries` are those that the reader may see."""
    blocks: list[Block] = [section(_line(scene))]
    told = [line for entry in entries if (line := _event(scene, entry))]
    if told:
        blocks.append(context(fitted_lines(told[-MOST_EVENTS:])))
    return Message(text=_line(scene), blocks=blocks)


def problem(text: Text, key: str, **values: object) -> Message:
    """What went wrong, and what to do about it."""
    return _alone(f":warning: {text(key, **values)}")


def said(text: Text, key: str, **values: object) -> Message:
    """That it is done."""
    return _alone(text(key, **values))


def public(entries: Sequence[log.Entry]) -> list[log.Entry]:
    """What a customer may see of a timeline."""
    shown = (log.Opened, log.Acknowledged, log.UpdatePosted, log.CustomerReplied, log.Resolved)
    return [entry for entry in entries if isinstance(entry, shown)]


def fitted_lines(lines: Sequence[str], limit: int = 2_900) -> str:
    """The last lines that fit together; the oldest go first."""
    kept: list[str] = []
    for line in reversed(lines):
        limit -= len(line) + 1
        if limit < 0:
            break
        kept.append(line)
    return "\n".join(reversed(kept))


def _alone(words: str) -> Message:
    return Message(text=words, blocks=[section(words)])


def _line(scene: Scene) -> str:
    ticket, text = scene.ticket, scene.text
    return f"*{scene.name}* · {fitted(ticket.title, 400)}\n{_state(scene, ticket, text)}"


def _state(scene: Scene, ticket: Ticket, text: Text) -> str:
    if not ticket.is_open:
        return text("list.resolved", time=scene.time(ticket.resolved or ticket.moved))
    due = scene.time(ticket.clock.due) if ticket.clock else None
    if ticket.owner is None:
        return text("list.unowned", time=due)
    owner = mention(ticket.owner)
    return text("list.owned", owner=owner, time=due) if due else text("list.owned.on_request", owner=owner)


def _event(scene: Scene, entry: log.Entry) -> str | None:
    text, time = scene.text, scene.time(entry.at)
    match entry:
        case log.Opened():
            return text("event.opened", time=time, by=mention(entry.by))
        case log.Acknowledged():
            return text("event.acknowledged", time=time, by=mention(entry.by))
        case log.UpdatePosted():
            return text("event.update", time=time, by=mention(entry.by), text=fitted(entry.text, 200))
        case log.CustomerReplied():
            return text("event.customer", time=time, by=mention(entry.by.user), text=fitted(entry.text, 200))
        case log.Reminded():
            return text("event.reminded", time=time, due=scene.time(entry.due))
        case log.ClockEnded():
            key = f"event.clock.{entry.interval.kind}.{entry.interval.outcome}"
            return text(key, time=time, due=scene.time(entry.interval.due))
        case log.Snoozed():
            return text("event.snoozed", time=time, by=mention(entry.by), until=scene.time(entry.until))
        case log.Resolved():
            return text("event.resolved", time=time, by=mention(entry.by), text=fitted(entry.text, 200))
        case log.Undelivered():
            return text("event.undelivered", time=time, error=fitted(entry.error, 100))
        case _:
            return None
