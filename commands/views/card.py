"""The ticket's card, on the staff's side: how a ticket stands, for an engineer on a phone at night. Nothing of this is
for the customer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from slack_sdk.models.blocks import Block

from commands.text import Text
from commands.views import handles
from commands.views.escape import escaped, fitted
from commands.views.message import (
    Message,
    context,
    linked,
    local_time,
    mention,
    section,
    severity_label,
    severity_short,
)
from policy.closing import SCORES
from policy.schema import Policy
from policy.tickets import State, Ticket


@dataclass(frozen=True, slots=True)
class Scene:
    """What every message about a ticket is rendered from. `zone` is the region's, for lock screens and for
    clients that cannot show the reader's own. `for_staff`: what is for staff alone may stand in a view that
    customers see too. `call` is the address of the account's call (None: it has none)."""

    text: Text
    policy: Policy
    ticket: Ticket
    account: str
    zone: ZoneInfo
    now: datetime
    for_staff: bool = False
    call: str | None = None

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
    """One message, edited in place: what, who, how urgent, whose, and by when. What can be read later stands in its
    thread (`commands.views.details`)."""
    text, ticket = scene.text, scene.ticket
    lines = [
        f"*{scene.name} · {fitted(ticket.title, 400)}*",
        " · ".join(_facts(scene)),
        _standing(scene, scene.time),
        *_hit(scene),
    ]
    lines += _in_hand(scene) if ticket.is_open else _in_the_end(scene)
    if ticket.out_of_scope is not None:
        lines.append(text("card.out_of_scope", reason=scope_reason(scene, ticket.out_of_scope.reason)))
    if ticket.last_update:
        last = ticket.last_update
        lines.append(text("card.last_heard", time=scene.time(last.at), text=one_line(last.text, 200)))
    links: list[Block] = [context(*found)] if (found := _links(scene)) else []
    title, account = fitted(ticket.title, 150), fitted(scene.account, 100)
    return Message(
        text=f"{scene.name} · {title} · {account} · {_standing(scene, scene.plain_time)}",
        blocks=[section("\n".join(lines)), *links, *handles.on_card(text, ticket)],
    )


def moved(scene: Scene, channel: str) -> Message:
    """One line in place of a card whose ticket is worked on in another channel now."""
    line = scene.text("card.moved", ticket=scene.name, channel=f"<#{channel}>")
    return Message(text=line, blocks=[context(line)])


def scope_reason(scene: Scene, key: str) -> str:
    """The name of a reason for which support does not cover it; its key where the policy has none any more."""
    known = scene.policy.scope_reasons.get(key)
    return fitted(known.name[scene.text.language] if known else key, 100)


def marks(scene: Scene) -> list[str]:
    """That the ticket's plan comes first, where it does."""
    plan = scene.policy.plans.get(scene.ticket.plan)
    return [scene.text("card.prioritized")] if plan and plan.prioritized else []


def one_line(words: str, limit: int) -> str:
    """What somebody wrote, escaped, on one line of at most so many characters."""
    return fitted(" ".join(words.split()), limit)


def _facts(scene: Scene) -> list[str]:
    text, ticket = scene.text, scene.ticket
    plan = scene.policy.plans.get(ticket.plan)
    return [
        fitted(scene.account, 100),
        plan.name[text.language] if plan else ticket.plan,
        *marks(scene),
        text("card.production" if ticket.production else "card.not_production"),
        text("card.by", opener=mention(ticket.opener.user), time=scene.time(ticket.opened)),
    ]


def _hit(scene: Scene) -> list[str]:
    """What is hit and how hard, by the answers of the form, in one line; none where neither was answered."""
    ticket, policy, language = scene.ticket, scene.policy, scene.text.language
    impact, component = policy.impacts.get(ticket.impact or ""), policy.components.get(ticket.component or "")
    named = [fitted(one.name[language], 100) for one in (impact, component) if one is not None]
    return [" · ".join(named)] if named else []


def _in_the_end(scene: Scene) -> list[str]:
    """What it was, and what the customer says to it, in one line; none of it where there is nothing to say."""
    text, ticket = scene.text, scene.ticket
    if ticket.state is not State.RESOLVED:
        return []
    cause, confirmed = scene.policy.causes.get(ticket.cause or ""), ticket.confirmed
    told = []
    if cause is not None:
        told.append(text("card.cause", cause=fitted(cause.name[text.language], 100)))
    if confirmed is None:
        told.append(text("card.unconfirmed"))
    elif confirmed.by is None:
        told.append(text("card.confirmed.by_itself", time=scene.time(confirmed.at)))
    else:
        told.append(text("card.confirmed", by=mention(confirmed.by.user), time=scene.time(confirmed.at)))
    if ticket.score is not None:
        told.append(text("card.scored", score=ticket.score.value, most=max(SCORES)))
    replied = [text("card.replied", time=scene.time(ticket.replied))] if ticket.replied else []
    return [" · ".join(told), *replied]


def _links(scene: Scene) -> list[str]:
    """To the account's call while there is something to talk about, and to the same ticket in the portal."""
    text, ticket = scene.text, scene.ticket
    call = [f"<{escaped(scene.call)}|{text('card.call')}>"] if scene.call and ticket.is_open else []
    return [*call, *([linked(text, ticket.link)] if ticket.link else [])]


def _standing(scene: Scene, time: Callable[[datetime], str]) -> str:
    """Whose it is, and by when what is promised; of a ticket that is not open, how it ended. `time` writes an
    instant."""
    text, ticket, clock = scene.text, scene.ticket, scene.ticket.clock
    owner = mention(ticket.owner) if ticket.owner else text("card.nobody")
    match ticket.state:
        case State.RESOLVED:
            return text("card.resolved", time=time(ticket.resolved or ticket.moved), owner=owner)
        case State.CANCELLED:
            return text("card.cancelled", time=time(ticket.closed or ticket.moved))
        case State.MERGED:
            return text("card.merged", time=time(ticket.closed or ticket.moved), into=ticket.merged_into)
        case State.OPEN:
            pass
    if clock is None:
        return text("card.owned.on_request", owner=owner)
    if clock.pause is not None:
        return text("card.owned.paused", owner=owner, remaining=text.elapsed(clock.pause.remaining))
    due, late = time(clock.due), clock.due < scene.now
    if ticket.owner is None:
        return text("card.unowned.late" if late else "card.unowned", time=due)
    if ticket.acknowledged is None:
        return text("card.assigned.late" if late else "card.assigned", owner=owner, time=due)
    return text("card.owned.late" if late else "card.owned", owner=owner, time=due)


def _in_hand(scene: Scene) -> list[str]:
    """What else is to be known of how an open ticket stands, a line each."""
    text, ticket, clock = scene.text, scene.ticket, scene.ticket.clock
    lines = []
    if ticket.stranger:
        lines.append(text("card.stranger", account=fitted(scene.account, 100)))
    if ticket.needs_classification:
        lines.append(text("card.needs_classification"))
    if ticket.wished is not None and ticket.wished in scene.policy.severities:
        lines.append(text("card.wished", severity=severity_label(text, scene.policy, ticket.wished)))
    opened_as = ticket.chosen or ticket.suggested or scene.policy.default_severity
    if opened_as != ticket.severity:
        lines.append(text("card.reclassified", opened_as=severity_label(text, scene.policy, opened_as)))
    if ticket.waiting is not None:
        since = scene.time(ticket.waiting.since)
        lines.append(text("card.waiting", time=since, reason=one_line(ticket.waiting.reason, 200)))
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
