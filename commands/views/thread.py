"""The customer's side: the thread in the account's channel. What stands here, the customer reads."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from commands.text import Text
from commands.views.escape import fitted, quoted
from commands.views.message import Message, context, mention, section, severity_label
from policy.schema import Policy
from policy.tickets import Ticket


def root(text: Text, policy: Policy, ticket: Ticket, zone: ZoneInfo, now: datetime) -> Message:
    """The root of the thread: who reported what, and how it stands. Edited in place."""
    label = severity_label(text, policy, ticket.severity)
    title = fitted(ticket.title, 400)
    head = text("thread.root", id=ticket.id, severity=label, title=title, opener=mention(ticket.opener.user))
    blocks = [section(head)]
    if ticket.description:
        blocks.append(section(quoted(ticket.description)))
    facts = [text("thread.production" if ticket.production else "thread.not_production")]
    if ticket.component and ticket.component in policy.components:
        facts.append(fitted(policy.components[ticket.component].name[text.language], 100))
    if ticket.product_version:
        facts.append(text("thread.version", version=fitted(ticket.product_version, 100)))
    return Message(
        text=text("thread.root.lock", id=ticket.id, severity=label, title=title),
        blocks=[*blocks, context(" · ".join(facts)), section(_standing(text, ticket, zone, now))],
    )


def not_contact(text: Text, ticket: Ticket, contacts: Sequence[str]) -> Message:
    """For the designated contacts to know that somebody who is none of them opened it."""
    who = " ".join(mention(user) for user in contacts)
    words = text("thread.not_contact", who=who, opener=mention(ticket.opener.user))
    lock = text("thread.not_contact.lock", id=ticket.id)
    return Message(text=f"{who} {lock}", blocks=[section(words)])


def acknowledged(
    text: Text, ticket: Ticket, by: str, next_update: datetime | None, zone: ZoneInfo, now: datetime
) -> Message:
    words = text("thread.acknowledged", id=ticket.id, owner=mention(by))
    return _told(text, text("thread.acknowledged.lock", id=ticket.id), words, next_update, zone, now)


def update(
    text: Text,
    ticket: Ticket,
    by: str,
    words: str,
    next_update: datetime | None,
    zone: ZoneInfo,
    now: datetime,
) -> Message:
    """A public update, as staff wrote it."""
    body = f"{text('thread.update', id=ticket.id, by=mention(by))}\n{fitted(words, 2_600)}"
    lock = text("thread.update.lock", id=ticket.id, text=fitted(words, 150))
    return _told(text, lock, body, next_update, zone, now)


def resolved(text: Text, ticket: Ticket, by: str, words: str) -> Message:
    body = text("thread.resolved", id=ticket.id, by=mention(by))
    said = f"{body}\n{fitted(words, 2_600)}" if words else body
    return Message(
        text=text("thread.resolved.lock", id=ticket.id),
        blocks=[section(said), context(text("thread.resolved.hint"))],
    )


def _told(
    text: Text, lock: str, words: str, next_update: datetime | None, zone: ZoneInfo, now: datetime
) -> Message:
    promise = (
        text("thread.next_update", time=text.clock_time(next_update, zone, now))
        if next_update
        else text("thread.next_update.on_request")
    )
    return Message(text=lock, blocks=[section(words), context(promise)])


def _standing(text: Text, ticket: Ticket, zone: ZoneInfo, now: datetime) -> str:
    if not ticket.is_open:
        return text("thread.state.resolved")
    due = ticket.clock and text.clock_time(ticket.clock.due, zone, now)
    if ticket.acknowledged is None:
        return text("thread.state.waiting", time=due)
    owner = mention(ticket.owner) if ticket.owner else ""
    if due:
        return text("thread.state.working", owner=owner, time=due)
    return text("thread.state.working.on_request", owner=owner)
