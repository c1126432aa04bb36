"""The staff's side: the ticket's card, the call, the reminders. Nothing of this is for the customer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, PlainTextObject

from commands.text import Text
from commands.views.escape import fitted, quoted
from commands.views.message import (
    Message,
    actions,
    context,
    in_support_time,
    local_time,
    mention,
    section,
    severity_label,
    severity_short,
)
from policy.clocks import ClockKind, SlotKind, lateness
from policy.reminders import Reminder
from policy.schema import Policy
from policy.tickets import State, Ticket


@dataclass(frozen=True, slots=True)
class Scene:
    """What every message about a ticket is rendered from. `zone` is the region's, for lock screens and for
    clients that cannot show the reader's own. `for_staff`: what is for staff alone may stand in a view that
    customers see too."""

    text: Text
    policy: Policy
    ticket: Ticket
    account: str
    zone: ZoneInfo
    now: datetime
    for_staff: bool = False

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
        *([text("card.prioritized")] if plan and plan.prioritized else []),
        text("card.production" if ticket.production else "card.not_production"),
        text("card.by", opener=mention(ticket.opener.user), time=scene.time(ticket.opened)),
    ]
    lines = [f"*{scene.name} · {fitted(ticket.title, 400)}*", " · ".join(facts), _standing(scene)]
    if ticket.is_open:
        lines += _in_hand(scene)
    lines += _of_the_opening(scene)
    if ticket.last_update:
        last = ticket.last_update
        lines.append(text("card.last_heard", time=scene.time(last.at), text=fitted(last.text, 200)))
    blocks: list[Block] = [section("\n".join(lines))]
    if ticket.description:
        blocks.append(section(quoted(ticket.description, 1_000)))
    detail = _detail(scene)
    if detail:
        blocks.append(context(detail))
    lock = f"{scene.name} · {fitted(ticket.title, 150)} · {fitted(scene.account, 100)}"
    return Message(text=lock, blocks=[*blocks, *_buttons(text, ticket)])


def moved(scene: Scene, channel: str) -> Message:
    """One line in place of a card whose ticket is worked on in another channel now."""
    line = scene.text("card.moved", ticket=scene.name, channel=f"<#{channel}>")
    return Message(text=line, blocks=[context(line)])


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
    key = f"{'response' if response else 'update'}{'.now' if is_now else '.late' if is_late else ''}"
    values = {
        "ticket": f"{ticket.id} {severity_short(text, ticket.severity)}",
        "amount": text.elapsed(elapsed),
        "support": in_support_time(text, support, elapsed),
    }
    who = f"{mention(target)} " if target else ""
    lines = [text(f"remind.{key}", **values, who=who, time=scene.time(clock.due))]
    if clock.call_at is not None and due.latest.at == clock.call_at:
        lines.append(text("remind.opening", time=scene.time(ticket.opened)))
    if due.escalates:
        lines.append(text("remind.escalates"))
    if not response and ticket.last_update:
        account, last = fitted(scene.account, 100), fitted(ticket.last_update.text, 200)
        lines.append(text("remind.last_heard", account=account, text=last))
    if due.count > 1:
        lines.append(text("remind.catch_up", count=due.count, time=scene.time(due.slots[0].at)))
    lock = text(f"remind.{key}", **values, who=who, time=scene.plain_time(clock.due))
    return Message(text=lock, blocks=[section("\n".join(lines)), *_buttons(text, ticket)])


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
    if not ticket.is_open or ticket.owner or ticket.clock is None:
        line = _call_over(scene, about)
        return Message(text=line, blocks=[context(line)])
    who = f"{mention(on_call)} " if on_call and page else ""
    words = [
        text("call.new", **about, who=who, time=scene.time(ticket.clock.due)),
        text("call.channel", channel=f"<#{channel}>") if channel else text("call.thread"),
    ]
    opens = ticket.clock.call_at
    if opens is not None and scene.now < opens:
        words.append(text("call.closed", time=scene.time(opens)))
    missing = "" if on_call else f"\n{text('call.nobody', region=ticket.region)}"
    return Message(
        text=f"{who}{text('call.lock', **{**about, 'title': fitted(ticket.title, 150)})}",
        blocks=[
            section(f"{' '.join(words)}{missing}"),
            actions(_button(text, ticket, "acknowledge", first=True)),
        ],
    )


def _call_over(scene: Scene, about: dict[str, str]) -> str:
    """Nobody is called any more: why."""
    text, ticket = scene.text, scene.ticket
    if ticket.state is State.CANCELLED:
        return text("call.cancelled", **about)
    if ticket.state is State.MERGED:
        return text("call.merged", **about, into=ticket.merged_into)
    return text("call.taken", **about, owner=mention(ticket.owner) if ticket.owner else "-")


def _standing(scene: Scene) -> str:
    """Whose it is, and by when what is promised; of a ticket that is not open, how it ended."""
    text, ticket, clock = scene.text, scene.ticket, scene.ticket.clock
    owner = mention(ticket.owner) if ticket.owner else "-"
    match ticket.state:
        case State.RESOLVED:
            return text("card.resolved", time=scene.time(ticket.resolved or ticket.moved), owner=owner)
        case State.CANCELLED:
            return text("card.cancelled", time=scene.time(ticket.closed or ticket.moved))
        case State.MERGED:
            time = scene.time(ticket.closed or ticket.moved)
            return text("card.merged", time=time, into=ticket.merged_into)
        case State.OPEN:
            pass
    if clock is None:
        return text("card.owned.on_request", owner=owner)
    if clock.pause is not None:
        return text("card.owned.paused", owner=owner, remaining=text.elapsed(clock.pause.remaining))
    time, late = scene.time(clock.due), clock.due < scene.now
    if ticket.owner is None:
        return text("card.unowned.late" if late else "card.unowned", time=time)
    return text("card.owned.late" if late else "card.owned", owner=owner, time=time)


def _in_hand(scene: Scene) -> list[str]:
    """What else is to be known of how an open ticket stands, a line each."""
    text, ticket, clock = scene.text, scene.ticket, scene.ticket.clock
    lines = []
    if ticket.waiting is not None:
        since = scene.time(ticket.waiting.since)
        lines.append(text("card.waiting", time=since, reason=fitted(ticket.waiting.reason, 200)))
    if clock is not None and clock.call_at is not None and scene.now < clock.call_at:
        lines.append(text("card.closed", time=scene.time(clock.call_at)))
    if clock is not None and clock.asked is not None:
        lines.append(text("card.asked", time=scene.time(clock.asked)))
    if clock is not None and clock.escalated is not None:
        lines.append(text("card.escalated", time=scene.time(clock.escalated)))
    if ticket.proposal is not None:
        lines.append(text("card.proposed", time=scene.time(ticket.proposal.next_at)))
    if ticket.snoozed_until and ticket.snoozed_until > scene.now:
        lines.append(text("card.snoozed", time=scene.time(ticket.snoozed_until)))
    return lines


def _of_the_opening(scene: Scene) -> list[str]:
    """What is to be known of how it was opened, a line each."""
    text, ticket, policy = scene.text, scene.ticket, scene.policy
    lines = []
    if ticket.stranger:
        lines.append(text("card.stranger", account=fitted(scene.account, 100)))
    elif ticket.not_contact:
        lines.append(text("card.not_contact"))
    if ticket.needs_classification:
        lines.append(text("card.needs_classification"))
    if ticket.chosen and ticket.suggested and ticket.chosen != ticket.suggested:
        chosen = severity_label(text, policy, ticket.chosen)
        suggested = severity_label(text, policy, ticket.suggested)
        lines.append(text("card.suggested", chosen=chosen, suggested=suggested))
    opened_as = ticket.chosen or ticket.suggested or policy.default_severity
    if opened_as != ticket.severity:
        lines.append(text("card.reclassified", opened_as=severity_label(text, policy, opened_as)))
    return lines


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
