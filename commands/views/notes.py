"""The staff's side: the notes of what happened to a ticket, and what is said of a silence. Nothing of this is for the
customer."""

from datetime import datetime

from slack_sdk.models.blocks import ButtonElement, PlainTextObject

from commands.views import handled, undelivered
from commands.views.card import Scene
from commands.views.escape import fitted, joined, pieces
from commands.views.message import (
    Message,
    actions,
    in_support_time,
    mention,
    section,
    severity_label,
    severity_short,
)
from policy import effects as do
from policy.tickets import Person

Note = (
    do.NoteAcknowledged
    | do.NoteUpdate
    | do.NoteReply
    | do.NoteEdited
    | do.NoteWorse
    | do.NoteWrittenByStaff
    | do.NoteMissed
    | do.NoteAsked
    | do.NoteAgreed
    | do.NoteSnoozed
    | do.NoteWaiting
    | do.NoteResumed
    | do.NoteSeverity
    | do.NoteProduction
    | do.NoteAssigned
    | do.NoteJoined
    | do.NoteScope
    | do.NoteResolved
    | do.NoteConfirmed
    | do.NoteScored
    | do.NoteReopened
    | do.NoteCancelled
    | do.NoteMerged
    | do.NoteTookOver
    | do.NoteUndelivered
)


def note(scene: Scene, effect: Note, on_call: str | None) -> Message:
    """What staff read of an effect that is a note. One that asks for somebody mentions the owner, `on_call` while
    nobody owns the ticket (None: nobody is set), and nobody at all while support is closed."""
    match effect:
        case do.NoteAcknowledged(by):
            return _note(scene, scene.text("note.acknowledged", id=scene.ticket.id, by=mention(by)))
        case do.NoteUpdate(by, words):
            return _told(scene, by, words)
        case do.NoteReply(by, words):
            return _reply(scene, by, words)
        case do.NoteEdited():
            return _edited(scene, effect)
        case do.NoteWorse():
            return _worse(scene, effect, _who(scene, on_call, page=effect.page))
        case do.NoteWrittenByStaff(by, words):
            head = scene.text("note.internal", id=scene.ticket.id, by=mention(by))
            return _note(scene, head, words, lock=f"{scene.name} · {fitted(words, 150)}")
        case do.NoteMissed(by, clock, due, reason):
            missed = scene.text(f"missed.{clock}", time=scene.time(due))
            head = scene.text("note.missed", id=scene.ticket.id, by=mention(by), missed=missed)
            return _note(scene, head, reason, lock=f"{scene.name} · {fitted(reason, 150)}")
        case do.NoteSnoozed(by, until):
            words = scene.text("note.snoozed", id=scene.ticket.id, by=mention(by), time=scene.time(until))
            return _note(scene, words)
        case do.NoteAsked():
            return _asked(scene, effect, _who(scene, on_call, page=effect.page))
        case do.NoteAgreed(by, due):
            return _timed(scene, "note.agreed", due, by=mention(by.user))
        case do.NoteWaiting(by, reason, paused):
            key = "note.waiting" if paused else "note.waiting.runs"
            return _note(scene, scene.text(key, id=scene.ticket.id, by=mention(by)), reason)
        case do.NoteResumed(by, due):
            key = "note.resumed" if due else "note.resumed.on_request"
            return _timed(scene, key, due, by=mention(by))
        case do.NoteSeverity() | do.NoteProduction():
            return _changed(scene, effect, _who(scene, on_call, page=effect.page))
        case do.NoteAssigned() | do.NoteJoined() | do.NoteScope():
            return handled.note(scene, effect)
        case do.NoteResolved(by, words):
            return _note(scene, scene.text("note.resolved", id=scene.ticket.id, by=mention(by)), words)
        case do.NoteConfirmed(by):
            head = scene.text("note.confirmed", **_customer(scene, by))
            return _note(scene, head)
        case do.NoteScored():
            return _scored(scene, effect)
        case do.NoteReopened(by, reason, due, page):
            key = "note.reopened" if due else "note.reopened.on_request"
            who = _who(scene, on_call, page=page)
            return _timed(scene, key, due, reason, who=who, by=mention(by))
        case do.NoteCancelled(by, reason):
            return _note(scene, scene.text("note.cancelled", id=scene.ticket.id, by=mention(by)), reason)
        case do.NoteMerged(by, into, reason):
            key = "note.merged" if reason else "note.merged.plain"
            head = scene.text(key, id=scene.ticket.id, by=mention(by), into=into)
            return _note(scene, head, reason)
        case do.NoteTookOver(by, merged):
            head = scene.text("note.took_over", id=scene.ticket.id, by=mention(by), merged=merged)
            return _note(scene, head)
        case do.NoteUndelivered(error):
            why = undelivered.fault(scene.text, error, scene.ticket.channel)
            return _note(scene, scene.text("note.undelivered", id=scene.ticket.id, why=why))


def escalation(
    scene: Scene,
    silence: do.Escalate,
    who: str | None,
    link: str | None,
    *,
    unreachable: tuple[str, str] | None = None,
) -> Message:
    """A silence, for one of those who must hear of it: what is late and by how much, whose it is, where it is worked
    on. `who` is mentioned (None: nobody), `link` leads to the thread of a ticket without a channel. `unreachable`:
    who should have read it elsewhere, and Slack's word for why that was impossible."""
    text, ticket, late = scene.text, scene.ticket, silence.late
    at_once = late.elapsed.total_seconds() < 1
    amounts = {
        "late": text.elapsed(late.elapsed),
        "support": in_support_time(text, late.support, late.elapsed),
    }

    def told(time: str) -> str:
        if at_once:
            return text(f"note.escalated.{silence.clock}.now", time=time)
        return text(f"note.escalated.{silence.clock}", **amounts, time=time)

    account = fitted(scene.account, 100)
    called = f"{mention(who)} " if who else ""
    owner = mention(ticket.owner) if ticket.owner else text("note.escalated.nobody")
    lines = [
        f":rotating_light: {called}*{scene.name}* · {fitted(ticket.title, 400)} ({account})",
        told(scene.time(silence.due)),
        text("note.escalated.facts", missed=silence.missed, owner=owner, place=_place(scene, link)),
    ]
    if silence.asked_by:
        lines.insert(2, text("note.escalated.asked", by=mention(silence.asked_by)))
    if unreachable:
        target, error = unreachable
        shown = f"<#{target}>" if target.startswith(("C", "G")) else mention(target)
        lines.append(text("note.escalated.unreachable", target=shown, error=fitted(error, 100)))
    short = f"{ticket.id} {severity_short(text, ticket.severity)} · {account}"
    lock = f"{called}{short}: {told(scene.plain_time(silence.due))}"
    return Message(text=lock, blocks=[section("\n".join(lines))])


def _place(scene: Scene, link: str | None) -> str:
    room = scene.ticket.staff
    if room is not None and room.thread is not None and link is not None:
        return f"<{link}|{scene.text('note.escalated.thread')}>"
    return f"<#{room.channel}>" if room is not None else "-"


def _who(scene: Scene, on_call: str | None, *, page: bool) -> str:
    target = scene.ticket.owner or on_call
    return f"{mention(target)} " if page and target else ""


def _told(scene: Scene, by: str, words: str) -> Message:
    head = scene.text("note.update", account=fitted(scene.account, 100), by=mention(by))
    return _note(scene, head, words, lock=f"{scene.ticket.id} · {fitted(words, 150)}")


def _reply(scene: Scene, by: Person, words: str) -> Message:
    account = fitted(scene.account, 100)
    head = scene.text("note.reply", account=account, by=mention(by.user))
    lock = scene.text("note.reply.lock", id=scene.ticket.id, account=account, text=fitted(words, 150))
    return _note(scene, head, words, lock=lock)


def _edited(scene: Scene, edit: do.NoteEdited) -> Message:
    """What a message says now; of one that is gone nothing is repeated."""
    what = "edited" if edit.text is not None else "deleted"
    key = f"note.staff.{what}" if edit.staff else f"note.{what}"
    values = {"id": scene.ticket.id, "account": fitted(scene.account, 100), "by": mention(edit.by.user)}
    head = scene.text(key, **values, time=scene.time(edit.written))
    lock = scene.text(key, **values, time=scene.plain_time(edit.written))
    return _note(scene, head, edit.text or "", lock=lock)


def _worse(scene: Scene, worse: do.NoteWorse, who: str) -> Message:
    """It got worse, in the customer's words, with buttons to decide about the severity."""
    text, account = scene.text, fitted(scene.account, 100)
    values = {"who": who, "id": scene.ticket.id, "account": account, "by": mention(worse.by.user)}
    tail = [text("note.worse.severity", severity=severity_label(text, scene.policy, scene.ticket.severity))]
    if worse.wished is not None:
        wished = severity_label(text, scene.policy, worse.wished)
        tail.insert(0, text("note.worse.wished", severity=wished))
    shown = _note(scene, text("note.worse", **values), worse.text, "\n".join(tail))
    lock = text("note.worse.lock", **values, text=fitted(worse.text, 150))
    return Message(text=lock, blocks=[*shown.blocks, actions(*_reclassify(scene, worse.wished))])


def _reclassify(scene: Scene, wished: str | None) -> list[ButtonElement]:
    """*Severity* opens the form, with the wished one chosen; *Acknowledge* while nobody has it."""
    text, ticket = scene.text, scene.ticket
    severity = ButtonElement(
        action_id="severity",
        value=f"{ticket.id} {wished}" if wished else ticket.id,
        text=PlainTextObject(text=text("button.severity")),
        style="primary",
    )
    take = ButtonElement(
        action_id="acknowledge", value=ticket.id, text=PlainTextObject(text=text("button.acknowledge"))
    )
    return [severity] if ticket.acknowledged else [take, severity]


def _asked(scene: Scene, asked: do.NoteAsked, who: str) -> Message:
    head = {"id": scene.ticket.id, "account": fitted(scene.account, 100), "by": mention(asked.by.user)}
    if asked.due is None:
        return _note(scene, scene.text("note.asked", **head, who=who))
    late = asked.due < scene.now
    key = "note.asked.late" if late else "note.asked.due"
    return _timed(scene, key, asked.due, **head, who=who)


def _scored(scene: Scene, scored: do.NoteScored) -> Message:
    values = {**_customer(scene, scored.by), "score": scene.text(f"score.{scored.value}")}
    if scored.comment:
        return _note(scene, scene.text("note.scored.comment", **values), scored.comment)
    if scored.before is None:
        return _note(scene, scene.text("note.scored", **values))
    return _note(
        scene, scene.text("note.scored.changed", **values, before=scene.text(f"score.{scored.before}"))
    )


def _customer(scene: Scene, by: Person) -> dict[str, str]:
    return {"id": scene.ticket.id, "account": fitted(scene.account, 100), "by": mention(by.user)}


def _changed(scene: Scene, change: do.NoteSeverity | do.NoteProduction, who: str) -> Message:
    text, values = scene.text, {"who": who, "id": scene.ticket.id, "by": mention(change.by)}
    if isinstance(change, do.NoteSeverity):
        names = {"old": severity_short(text, change.old), "new": severity_short(text, change.new)}
        head = text("note.severity", **values, **names)
    else:
        head = text("note.production" if change.production else "note.not_production", **values)
    if change.old_due == change.due:
        tail = [text("note.deadline.same", due=_due(scene, change.due))]
    else:
        tail = [text("note.deadline", old=_due(scene, change.old_due), new=_due(scene, change.due))]
    if change.breached:
        tail.append(text("note.late_at_once"))
    if isinstance(change, do.NoteSeverity) and (place := _work_goes_on(scene, change)):
        tail.append(place)
    return _note(scene, head, change.reason, "\n".join(tail))


def _work_goes_on(scene: Scene, change: do.NoteSeverity) -> str | None:
    """Where, after a change of severity that would have it elsewhere; None: where it was."""
    old, new = (scene.policy.severity(key).room for key in (change.old, change.new))
    has_channel = scene.ticket.staff is not None and scene.ticket.staff.thread is None
    if new == "channel" and not has_channel:
        return scene.text("note.severity.moves")
    return scene.text("note.severity.stays") if old != new and has_channel else None


def _due(scene: Scene, due: datetime | None) -> str:
    return scene.time(due) if due else scene.text("note.deadline.none")


def _timed(scene: Scene, key: str, due: datetime | None, words: str = "", /, **values: str) -> Message:
    """A note that names an instant: in the reader's zone, on a lock screen in the region's."""
    shown = {"id": scene.ticket.id, "account": fitted(scene.account, 100), **values}
    if due is None:
        return _note(scene, scene.text(key, **shown), words)
    lock = scene.text(key, **shown, time=scene.plain_time(due))
    return _note(scene, scene.text(key, **shown, time=scene.time(due)), words, lock=lock)


def _note(scene: Scene, head: str, words: str = "", tail: str = "", *, lock: str | None = None) -> Message:
    """`words` are what somebody wrote, quoted between the head and the tail."""
    written = pieces(words, mark=">") if words else []
    under = [tail] if tail else []
    return Message(text=lock or head, blocks=[section(one) for one in joined([head, *written, *under])])
