"""Answers that only the person who asked sees: the list of tickets, one ticket, what went wrong."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace
from slack_sdk.models.blocks import Block

from commands.text import Text
from commands.views import handled
from commands.views.card import Scene
from commands.views.escape import fitted, pieces
from commands.views.message import Message, context, in_support_time, mention, section, severity_short
from policy import timeline as log
from policy.clocks import Lateness, lateness
from policy.tickets import State

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
    if scene.ticket.description:
        blocks += [section(piece) for piece in pieces(scene.ticket.description, mark=">")]
    told = told_events(scene, entries)
    if told:
        blocks.append(context(fitted_lines(told[-MOST_EVENTS:])))
    return Message(text=_line(scene), blocks=blocks)


def told_events(scene: Scene, entries: Sequence[log.Entry]) -> list[str]:
    """What happened, a line each; nothing for what only repeats another entry."""
    return [line for entry in entries if (line := _event(scene, entry))]


def problem(text: Text, key: str, **values: object) -> Message:
    """What went wrong, and what to do about it."""
    return _alone(f":warning: {text(key, **values)}")


def said(text: Text, key: str, **values: object) -> Message:
    """That it is done."""
    return _alone(text(key, **values))


def public(entries: Sequence[log.Entry]) -> list[log.Entry]:
    """What a customer may see of a timeline: no reasons that are for staff, no names of staff but of those who
    told the customer something themselves."""
    return [shown for entry in entries if (shown := _public(entry)) is not None]


def _public(entry: log.Entry) -> log.Entry | None:
    match entry:
        case (
            log.Opened()
            | log.Acknowledged()
            | log.UpdatePosted()
            | log.UpdateAgreed()
            | log.UpdateAsked()
            | log.CustomerReplied()
            | log.ReportedWorse()
            | log.MessageEdited()
            | log.MessageDeleted()
            | log.Resolved()
            | log.Confirmed()
            | log.Scored()
        ):
            return entry
        case log.WaitStarted() | log.SeverityChanged() | log.ProductionChanged():
            return replace(entry, by="", reason="")
        case log.Reopened() | log.Cancelled() | log.Merged():
            return replace(entry, by="", reason="")
        case log.WaitEnded() | log.TookOver() | log.ScopeJudged() | log.OutageNoted():
            return replace(entry, by="")
        case _:
            return None


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
    lines = [f"*{scene.name}* · {fitted(ticket.title, 400)}", _state(scene)]
    escalated = ticket.clock.escalated if ticket.clock else None
    if scene.for_staff and escalated is not None:
        lines.append(text("list.escalated", time=scene.time(escalated)))
    return "\n".join(lines)


def _state(scene: Scene) -> str:
    ticket, text, clock = scene.ticket, scene.text, scene.ticket.clock
    match ticket.state:
        case State.RESOLVED:
            return text("list.resolved", time=scene.time(ticket.resolved or ticket.moved))
        case State.CANCELLED:
            return text("list.cancelled", time=scene.time(ticket.closed or ticket.moved))
        case State.MERGED:
            return text(
                "list.merged", into=ticket.merged_into, time=scene.time(ticket.closed or ticket.moved)
            )
        case State.OPEN:
            pass
    owner = mention(ticket.owner) if ticket.owner else ""
    if clock is None:
        waits = ticket.waiting is not None
        return text("list.waiting.on_request" if waits else "list.owned.on_request", owner=owner)
    time = scene.time(clock.due)
    if clock.pause is not None:
        return text("list.paused", owner=owner, remaining=text.elapsed(clock.pause.remaining))
    # That it is somebody's is told to customers once that person has answered.
    taken = ticket.acknowledged is not None
    assigned = bool(owner) and not taken and scene.for_staff
    if late := lateness(scene.policy, clock, scene.now):
        amounts = _late(scene, late)
        if assigned:
            return text("list.assigned.late", owner=owner, time=time, **amounts)
        if not taken:
            return text("list.unowned.late", time=time, **amounts)
        return text("list.owned.late", owner=owner, time=time, **amounts)
    if assigned:
        return text("list.assigned", owner=owner, time=time)
    if not taken:
        return text("list.unowned", time=time)
    return text("list.waiting" if ticket.waiting else "list.owned", owner=owner, time=time)


def _late(scene: Scene, late: Lateness) -> dict[str, str]:
    support = in_support_time(scene.text, late.support, late.elapsed)
    return {"late": scene.text.elapsed(late.elapsed), "support": support}


def _event(scene: Scene, entry: log.Entry) -> str | None:
    """What happened, in one line; None for what only repeats another entry."""
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
        case log.ReportedWorse():
            return text("event.worse", time=time, by=mention(entry.by.user), text=fitted(entry.text, 200))
        case log.MessageEdited():
            return text("event.edited", time=time, by=mention(entry.by.user), text=fitted(entry.text, 200))
        case log.MessageDeleted():
            return text("event.deleted", time=time, by=mention(entry.by.user))
        case log.NoteWritten():
            return text("event.note", time=time, by=mention(entry.by), text=fitted(entry.text, 200))
        case log.MissExplained():
            missed = text(f"missed.{entry.clock}", time=scene.time(entry.due))
            reason = fitted(entry.reason, 200)
            return text("event.missed", time=time, by=mention(entry.by), missed=missed, text=reason)
        case log.Resolved():
            return text("event.resolved", time=time, by=mention(entry.by), text=fitted(entry.text, 200))
        case log.Confirmed(by=None):
            return text("event.confirmed.by_itself", time=time)
        case log.Confirmed(by=by):
            return text("event.confirmed", time=time, by=mention(by.user if by else ""))
        case log.Scored(by=by, value=value, comment=comment):
            score = text(f"score.{value}")
            said = f": {fitted(comment, 200)}" if comment else ""
            return text("event.scored", time=time, by=mention(by.user), score=score, comment=said)
        case log.Snoozed():
            return text("event.snoozed", time=time, by=mention(entry.by), until=scene.time(entry.until))
        case log.Reminded():
            key = "event.reminded.away" if entry.away_since else "event.reminded"
            return text(
                key, time=time, due=scene.time(entry.due), since=scene.time(entry.away_since or entry.at)
            )
        case log.Undelivered():
            return text("event.undelivered", time=time, error=fitted(entry.error, 100))
        case log.Reopened():
            return _decided(scene, entry, "event.reopened", "event.reopened.public")
        case log.Cancelled():
            return _decided(scene, entry, "event.cancelled", "event.cancelled.public")
        case log.Merged():
            key = "event.merged" if entry.reason else "event.merged.plain"
            return _decided(scene, entry, key, "event.merged.public", into=entry.into)
        case log.TookOver():
            key = "event.took_over" if entry.by else "event.took_over.public"
            return text(key, time=time, by=mention(entry.by), merged=entry.merged)
        case log.SeverityChanged():
            return _severity(scene, entry)
        case log.ProductionChanged():
            if entry.production:
                return _decided(scene, entry, "event.production", "event.production.public")
            return _decided(scene, entry, "event.not_production", "event.not_production.public")
        case log.WaitStarted():
            return _decided(scene, entry, "event.waiting", "event.waiting.public")
        case log.WaitEnded():
            key = "event.waited" if entry.by else "event.waited.public"
            return text(key, time=time, by=mention(entry.by))
        case log.Assigned() | log.ScopeJudged() | log.Linked() | log.OutageNoted():
            return handled.event(scene, entry)
        case log.UpdateAgreed() | log.UpdateAsked():
            return _of_the_next_update(scene, entry)
        case log.Escalated():
            amounts = _late(scene, entry.late)
            due = scene.time(entry.due)
            return text(f"event.escalated.{entry.clock}", time=time, due=due, missed=entry.missed, **amounts)
        case log.ClockPaused() | log.ClockResumed() | log.ClockChanged() | log.ClockEnded():
            return _of_the_clock(scene, entry)
        case log.ClockStarted() | log.RoomOpened():
            return None


def _decided(
    scene: Scene,
    entry: log.Reopened
    | log.Cancelled
    | log.Merged
    | log.SeverityChanged
    | log.ProductionChanged
    | log.WaitStarted,
    key: str,
    public_key: str,
    **values: object,
) -> str:
    """What somebody decided, and why; `public_key` tells it to a customer, who reads neither."""
    time = scene.time(entry.at)
    if not entry.by:
        return scene.text(public_key, time=time, **values)
    reason = fitted(entry.reason, 200)
    return scene.text(key, time=time, by=mention(entry.by), reason=reason, **values)


def _severity(scene: Scene, entry: log.SeverityChanged) -> str:
    names = {"old": severity_short(scene.text, entry.old), "new": severity_short(scene.text, entry.new)}
    if entry.old == entry.new:
        return _decided(scene, entry, "event.severity.confirmed", "event.severity.confirmed.public", **names)
    return _decided(scene, entry, "event.severity", "event.severity.public", **names)


def _of_the_next_update(scene: Scene, entry: log.UpdateAgreed | log.UpdateAsked) -> str:
    text, by, time = scene.text, mention(entry.by.user), scene.time(entry.at)
    if isinstance(entry, log.UpdateAgreed):
        old, due = scene.time(entry.old_due), scene.time(entry.clock.due)
        return text("event.agreed", time=time, by=by, old=old, due=due)
    if entry.due is None:
        return text("event.asked", time=time, by=by)
    due = scene.time(entry.due)
    if entry.late is None:
        return text("event.asked.due", time=time, by=by, due=due)
    return text("event.asked.late", time=time, by=by, due=due, **_late(scene, entry.late))


def _of_the_clock(
    scene: Scene, entry: log.ClockPaused | log.ClockResumed | log.ClockChanged | log.ClockEnded
) -> str | None:
    text, time = scene.text, scene.time(entry.at)
    match entry:
        case log.ClockPaused(clock=clock):
            remaining = text.elapsed(clock.pause.remaining) if clock.pause else "-"
            return text("event.clock.paused", time=time, remaining=remaining)
        case log.ClockResumed(clock=clock):
            return text("event.clock.resumed", time=time, due=scene.time(clock.due))
        case log.ClockChanged(old_due=old, after=after) if old == after.due:
            return None
        case log.ClockChanged(old_due=old, after=after):
            return text("event.clock.changed", time=time, old=scene.time(old), due=scene.time(after.due))
        case log.ClockEnded(interval=interval):
            key = f"event.clock.{interval.kind}.{interval.outcome}"
            return text(key, time=time, due=scene.time(interval.due))
