"""The staff's side: the ticket's card, the reminders, the notes. Nothing of this is for the customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, PlainTextObject

from commands.text import Text
from commands.views.escape import fitted, quoted
from commands.views.message import (
    Message,
    actions,
    context,
    local_time,
    mention,
    section,
    severity_label,
    severity_short,
)
from policy.clocks import ClockKind, SlotKind
from policy.effects import Escalate
from policy.reminders import Reminder
from policy.schema import Policy
from policy.tickets import Person, Ticket


@dataclass(frozen=True, slots=True)
class Scene:
    """What every message about a ticket is rendered from. `zone` is the region's, for lock screens and for
    clients that cannot show the reader's own."""

    text: Text
    policy: Policy
    ticket: Ticket
    account: str
    zone: ZoneInfo
    now: datetime

    def time(self, at: datetime) -> str:
        """In the reader's zone."""
        return local_time(at, self.plain_time(at))

    def plain_time(self, at: datetime) -> str:
        """In the region's zone."""
        return self.text.clock_time(at, self.zone, self.now)

    @property
    def name(self) -> str:
        """`ACME-42 · Sev 1`."""
        return f"{self.ticket.id} · {severity_short(self.text, self.ticket.severity)}"


def card(scene: Scene) -> Message:
    """One message, edited in place: who, what, how urgent, whose, and by when."""
    text, ticket = scene.text, scene.ticket
    plan = scene.policy.plans.get(ticket.plan)
    facts = [
        fitted(scene.account, 100),
        plan.name[text.language] if plan else ticket.plan,
        text("card.production" if ticket.production else "card.not_production"),
        text("card.by", opener=mention(ticket.opener.user), time=scene.time(ticket.opened)),
    ]
    lines = [f"*{scene.name} · {fitted(ticket.title, 400)}*", " · ".join(facts), _standing(scene)]
    if ticket.not_contact:
        lines.append(text("card.not_contact"))
    if ticket.needs_classification:
        lines.append(text("card.needs_classification"))
    if ticket.chosen and ticket.suggested and ticket.chosen != ticket.suggested:
        lines.append(
            text(
                "card.suggested",
                chosen=severity_label(text, scene.policy, ticket.chosen),
                suggested=severity_label(text, scene.policy, ticket.suggested),
            )
        )
    if ticket.last_update:
        last = ticket.last_update
        lines.append(text("card.last_heard", time=scene.time(last.at), text=fitted(last.text, 200)))
    if ticket.snoozed_until and ticket.is_open and ticket.snoozed_until > scene.now:
        lines.append(text("card.snoozed", time=scene.time(ticket.snoozed_until)))
    blocks: list[Block] = [section("\n".join(lines))]
    if ticket.description:
        blocks.append(section(quoted(ticket.description, 1_000)))
    detail = _detail(scene)
    if detail:
        blocks.append(context(detail))
    lock = f"{scene.name} · {fitted(ticket.title, 150)} · {fitted(scene.account, 100)}"
    return Message(text=lock, blocks=[*blocks, *_buttons(text, ticket)])


def reminder(scene: Scene, due: Reminder, on_call: str | None) -> Message:
    """Who must do what by when. `on_call` is mentioned while nobody owns the ticket (None: nobody is set)."""
    text, ticket, clock = scene.text, scene.ticket, due.clock
    target = ticket.owner or on_call
    late = scene.now - clock.due
    response = clock.kind is ClockKind.RESPONSE
    key = "response" if response else "update"
    if due.latest.kind is SlotKind.OVERDUE or late.total_seconds() >= 1:
        key += ".late"
    values = {
        "who": f"{mention(target)} " if target else "",
        "ticket": f"{ticket.id} {severity_short(text, ticket.severity)}",
        "left": text.elapsed(-late),
        "late": text.elapsed(late),
    }
    lines = [text(f"remind.{key}", **values, time=scene.time(clock.due))]
    if not response and ticket.last_update:
        lines.append(
            text(
                "remind.last_heard",
                account=fitted(scene.account, 100),
                text=fitted(ticket.last_update.text, 200),
            )
        )
    if due.count > 1:
        first = due.slots[0].at
        lines.append(text("remind.catch_up", count=due.count, time=scene.time(first)))
    lock = text(f"remind.{key}", **{**values, "who": ""}, time=scene.plain_time(clock.due))
    return Message(text=f"{values['who']}{lock}", blocks=[section("\n".join(lines)), *_buttons(text, ticket)])


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
    about = {
        "ticket": scene.name,
        "title": fitted(ticket.title, 400),
        "account": fitted(scene.account, 100),
    }
    where = text("call.channel", channel=f"<#{channel}>") if channel else text("call.thread")
    if ticket.owner or ticket.clock is None:
        line = text("call.taken", **about, owner=mention(ticket.owner) if ticket.owner else "-")
        return Message(text=line, blocks=[context(line)])
    who = f"{mention(on_call)} " if on_call and page else ""
    words = text("call.new", **about, who=who, time=scene.time(ticket.clock.due))
    missing = "" if on_call else f"\n{text('call.nobody', region=ticket.region)}"
    return Message(
        text=f"{who}{text('call.lock', **{**about, 'title': fitted(ticket.title, 150)})}",
        blocks=[
            section(f"{words} {where}{missing}"),
            actions(_button(text, ticket, "acknowledge", first=True)),
        ],
    )


def note_acknowledged(scene: Scene, by: str) -> Message:
    return _note(scene.text("note.acknowledged", id=scene.ticket.id, by=mention(by)))


def note_update(scene: Scene, by: str, words: str) -> Message:
    head = scene.text("note.update", account=fitted(scene.account, 100), by=mention(by))
    return _note(f"{head}\n{quoted(words, 2_600)}", lock=f"{scene.ticket.id} · {fitted(words, 150)}")


def note_reply(scene: Scene, by: Person, words: str) -> Message:
    head = scene.text("note.reply", account=fitted(scene.account, 100), by=mention(by.user))
    account = fitted(scene.account, 100)
    lock = scene.text("note.reply.lock", id=scene.ticket.id, account=account, text=fitted(words, 150))
    return _note(f"{head}\n{quoted(words, 2_600)}", lock=lock)


def note_snoozed(scene: Scene, by: str, until: datetime) -> Message:
    return _note(scene.text("note.snoozed", id=scene.ticket.id, by=mention(by), time=scene.time(until)))


def note_resolved(scene: Scene, by: str, words: str) -> Message:
    head = scene.text("note.resolved", id=scene.ticket.id, by=mention(by))
    return _note(f"{head}\n{quoted(words, 2_600)}" if words else head)


def note_escalated(scene: Scene, silence: Escalate, targets: Sequence[str]) -> Message:
    """What is late, for those who are told of a silence; `targets` are users, user groups and channels."""
    shown = (f"<#{target}>" if target.startswith(("C", "G")) else mention(target) for target in targets)
    who = "".join(f"{one} " for one in shown)
    values = {
        "ticket": scene.name,
        "late": scene.text.elapsed(silence.late.elapsed),
        "support": scene.text.elapsed(silence.late.support),
    }
    key = f"note.escalated.{silence.clock}"
    lock = scene.text(key, **values, who="", time=scene.plain_time(silence.due))
    return _note(scene.text(key, **values, who=who, time=scene.time(silence.due)), lock=lock)


def note_undelivered(scene: Scene, error: str) -> Message:
    return _note(scene.text("note.undelivered", id=scene.ticket.id, error=fitted(error, 100)))


def _note(words: str, lock: str | None = None) -> Message:
    return Message(text=lock or words, blocks=[section(words)])


def _standing(scene: Scene) -> str:
    text, ticket = scene.text, scene.ticket
    if not ticket.is_open:
        by = mention(ticket.owner) if ticket.owner else ""
        return text("card.resolved", time=scene.time(ticket.resolved or ticket.moved), owner=by)
    due = scene.time(ticket.clock.due) if ticket.clock else None
    if ticket.owner is None:
        return text("card.unowned", time=due)
    if due:
        return text("card.owned", owner=mention(ticket.owner), time=due)
    return text("card.owned.on_request", owner=mention(ticket.owner))


def _detail(scene: Scene) -> str:
    ticket, language = scene.ticket, scene.text.language
    found = []
    if ticket.impact and ticket.impact in scene.policy.impacts:
        found.append(fitted(scene.policy.impacts[ticket.impact].name[language], 100))
    if ticket.component and ticket.component in scene.policy.components:
        found.append(fitted(scene.policy.components[ticket.component].name[language], 100))
    if ticket.product_version:
        found.append(scene.text("thread.version", version=fitted(ticket.product_version, 100)))
    return " · ".join(found)


def _buttons(text: Text, ticket: Ticket) -> list[ActionsBlock]:
    if not ticket.is_open:
        return []
    names = ["post_update", "resolve", "why"] if ticket.owner else ["acknowledge", "post_update", "why"]
    return [actions(*(_button(text, ticket, name, first=name == names[0]) for name in names))]


def _button(text: Text, ticket: Ticket, name: str, *, first: bool) -> ButtonElement:
    return ButtonElement(
        action_id=name,
        value=ticket.id,
        text=PlainTextObject(text=text(f"button.{name}")),
        style="primary" if first else None,
    )
