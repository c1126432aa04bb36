"""The staff's side: the call for whoever is on duty, and the reminders. Nothing of this is for the customer."""

from datetime import datetime, timedelta
from typing import Final

from commands.views import handles
from commands.views.card import Scene, marks
from commands.views.escape import fitted
from commands.views.message import (
    Message,
    context,
    in_support_time,
    local_time,
    mention,
    section,
    severity_short,
)
from policy.clocks import ClockKind, SlotKind, lateness
from policy.reminders import Reminder
from policy.tickets import State

_NOTHING: Final = timedelta()
_NOW: Final = timedelta(minutes=1)
"""So long after a deadline its own reminder says that it is due now."""


def reminder(scene: Scene, due: Reminder, on_call: str | None) -> Message:
    """Who must do what by when, or how late it is. `on_call` is mentioned while nobody owns the ticket (None: nobody
    is set)."""
    text, ticket, clock = scene.text, scene.ticket, due.clock
    target = ticket.owner or on_call
    response = clock.kind is ClockKind.RESPONSE
    elapsed = scene.now - clock.due
    is_late = due.latest.kind is SlotKind.OVERDUE or elapsed.total_seconds() >= 1
    late = lateness(scene.policy, clock, scene.now)
    if late is not None:
        support = late.support
    else:
        elapsed = clock.due - scene.now
        support = scene.policy.calendar(clock.calendar).support_time_between(scene.now, clock.due)
    is_now = due.latest.kind is SlotKind.DUE and _NOTHING <= scene.now - clock.due < _NOW
    asked = ("assigned" if ticket.owner else "response") if response else "update"
    key = f"{asked}{'.now' if is_now else '.late' if is_late else ''}"
    values = {
        "ticket": f"{ticket.id} {severity_short(text, ticket.severity)}",
        "amount": text.elapsed(elapsed),
        "support": in_support_time(text, support, elapsed),
    }
    who = f"{mention(target)} " if target else ""
    plain_due = scene.plain_time(clock.due)
    lines = [text(f"remind.{key}", **values, who=who, time=local_time(clock.due, plain_due))]
    if clock.call_at is not None and due.latest.at == clock.call_at:
        lines.append(text("remind.opening", time=scene.time(ticket.opened)))
    if due.escalates:
        lines.append(text("remind.escalates"))
    if not response and ticket.last_update:
        account, last = fitted(scene.account, 100), fitted(ticket.last_update.text, 200)
        lines.append(text("remind.last_heard", account=account, text=last))
    if due.count > 1:
        lines.append(text("remind.catch_up", count=due.count, time=scene.time(due.slots[0].at)))
    if due.away_since is not None:
        lines.append(text("remind.away", time=scene.time(due.away_since)))
    lock = text(f"remind.{key}", **values, who=who, time=plain_due)
    return Message(text=lock, blocks=[section("\n".join(lines)), *handles.on_reminder(text, ticket)])


def answered_reminder(scene: Scene, by: str | None, at: datetime) -> Message:
    """One line in place of a reminder that was answered, or that a newer one follows."""
    if by:
        line = scene.text("remind.answered", ticket=scene.ticket.id, by=mention(by), time=scene.time(at))
    else:
        line = scene.text("remind.followed", ticket=scene.ticket.id, time=scene.time(at))
    return Message(text=line, blocks=[context(line)])


def call_on_call(scene: Scene, on_call: str | None, channel: str | None, *, page: bool = True) -> Message:
    """Calls whoever is on duty; once somebody has the ticket, a line that says who. `channel` is the incident
    channel (None: the thread this is posted in). Not `page`: support is closed, and nobody is mentioned."""
    text, ticket = scene.text, scene.ticket
    about = {"ticket": scene.name, "title": _marked(scene, 400), "account": fitted(scene.account, 100)}
    pressed = handles.on_call(text, ticket, joins=channel is not None)
    if not ticket.is_open or ticket.owner or ticket.clock is None:
        line = _call_over(scene, about)
        return Message(text=line, blocks=[context(line), *pressed])
    due = ticket.clock.due
    who = f"{mention(on_call)} " if on_call and page else ""
    words = [
        text("call.new", **about, who=who, time=scene.time(due)),
        text("call.channel", channel=f"<#{channel}>") if channel else text("call.thread"),
    ]
    opens = ticket.clock.call_at
    if opens is not None and scene.now < opens:
        words.append(text("call.closed", time=scene.time(opens)))
    missing = "" if on_call else f"\n{text('call.nobody', region=ticket.region)}"
    short = {**about, "title": _marked(scene, 150)}
    return Message(
        text=f"{who}{text('call.lock', **short, time=scene.plain_time(due))}",
        blocks=[section(f"{' '.join(words)}{missing}"), *pressed],
    )


def _marked(scene: Scene, limit: int) -> str:
    """The title in at most so many characters, and in front of it that the ticket comes first, where it does."""
    return " · ".join((*marks(scene), fitted(scene.ticket.title, limit)))


def _call_over(scene: Scene, about: dict[str, str]) -> str:
    """Nobody is called any more: why."""
    text, ticket = scene.text, scene.ticket
    if ticket.state is State.CANCELLED:
        return text("call.cancelled", **about)
    if ticket.state is State.MERGED:
        return text("call.merged", **about, into=ticket.merged_into)
    owner = mention(ticket.owner) if ticket.owner else text("card.nobody")
    if ticket.is_open and ticket.acknowledged is None and ticket.clock is not None:
        return text("call.assigned", **about, owner=owner, time=scene.time(ticket.clock.due))
    return text("call.taken", **about, owner=owner)
