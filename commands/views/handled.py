"""The staff's side: what is said of assigning, joining, scope, links and outages on record. Nothing of the notes is for
the customer; of the timeline's lines only what `commands.views.lists.public` lets through."""

from commands.views.card import Scene, scope_reason
from commands.views.escape import escaped, fitted
from commands.views.message import Message, mention, section, severity_label
from policy import effects as do
from policy import timeline as log

Note = do.NoteAssigned | do.NoteJoined | do.NoteScope
Event = log.Assigned | log.ScopeJudged | log.Linked | log.OutageNoted


def note(scene: Scene, effect: Note) -> Message:
    """What staff read of it where they work on the ticket."""
    match effect:
        case do.NoteAssigned():
            return _assigned(scene, effect)
        case do.NoteJoined(user):
            return _line(scene.text("note.joined", user=mention(user), id=scene.ticket.id))
        case do.NoteScope(by, None):
            return _line(scene.text("note.scope.back", by=mention(by), id=scene.ticket.id))
        case do.NoteScope(by, reason):
            named = scope_reason(scene, reason or "")
            return _line(scene.text("note.scope", by=mention(by), id=scene.ticket.id, reason=named))


def event(scene: Scene, entry: Event) -> str:
    """One line of the timeline. Without `by`, it is told to a customer."""
    text, time, by = scene.text, scene.time(entry.at), mention(entry.by)
    match entry:
        case log.Assigned(to=to) if to == entry.by:
            return text("event.took", time=time, by=by)
        case log.Assigned(to=to):
            return text("event.assigned", time=time, by=by, to=mention(to))
        case log.Linked(url=None):
            return text("event.unlinked", time=time, by=by)
        case log.Linked(url=url):
            return text("event.linked", time=time, by=by, url=escaped(url or ""))
        case log.ScopeJudged(reason=None):
            return text("event.in_scope" if entry.by else "event.in_scope.public", time=time, by=by)
        case log.ScopeJudged(reason=reason):
            key = "event.out_of_scope" if entry.by else "event.out_of_scope.public"
            return text(key, time=time, by=by, reason=scope_reason(scene, reason or ""))
        case log.OutageNoted():
            return _outage(scene, entry)


def _assigned(scene: Scene, effect: do.NoteAssigned) -> Message:
    """What the new owner must know to take it from here."""
    text, ticket = scene.text, scene.ticket
    if effect.by == effect.to:
        head = text("note.took", by=mention(effect.by), ticket=scene.name)
    else:
        head = text("note.assigned", to=mention(effect.to), by=mention(effect.by), ticket=scene.name)
    lines = [head]
    if effect.before:
        lines.append(text("note.assigned.before", before=mention(effect.before)))
    account, title = fitted(scene.account, 100), fitted(ticket.title, 400)
    opener = mention(ticket.opener.user)
    lines += [
        text("note.assigned.what", account=account, opener=opener, title=title),
        " · ".join(_terms(scene)),
        _promised(scene),
    ]
    if ticket.waiting is not None:
        since, reason = scene.time(ticket.waiting.since), fitted(ticket.waiting.reason, 200)
        lines.append(text("card.waiting", time=since, reason=reason))
    if ticket.snoozed_until is not None and ticket.snoozed_until > scene.now:
        lines.append(text("card.snoozed", time=scene.time(ticket.snoozed_until)))
    if ticket.last_update is not None:
        last = ticket.last_update
        lines.append(text("card.last_heard", time=scene.time(last.at), text=fitted(last.text, 200)))
    else:
        lines.append(text("note.assigned.nothing_heard"))
    return Message(text=head, blocks=[section("\n".join(lines))])


def _terms(scene: Scene) -> list[str]:
    text, ticket, policy = scene.text, scene.ticket, scene.policy
    found = [
        severity_label(text, policy, ticket.severity),
        text("card.production" if ticket.production else "card.not_production"),
    ]
    if ticket.impact and ticket.impact in policy.impacts:
        found.append(fitted(policy.impacts[ticket.impact].name[text.language], 100))
    return found


def _promised(scene: Scene) -> str:
    text, clock = scene.text, scene.ticket.clock
    if clock is None:
        return text("note.assigned.on_request")
    if clock.pause is not None:
        return text("note.assigned.paused", remaining=text.elapsed(clock.pause.remaining))
    time = scene.time(clock.due)
    return text(
        f"note.assigned.{clock.kind}.late" if clock.due < scene.now else f"note.assigned.{clock.kind}",
        time=time,
    )


def _outage(scene: Scene, entry: log.OutageNoted) -> str:
    text, outage = scene.text, entry.outage
    known = scene.policy.components.get(outage.component)
    component = fitted(known.name[text.language] if known else outage.component, 100)
    start = scene.time(outage.start)
    if outage.end is None:
        span = text("outage.span.open", start=start)
    else:
        length = text.exact_length(outage.end - outage.start)
        span = text("outage.span", start=start, end=scene.time(outage.end), length=length)
    told = text(
        "outage.maintenance" if outage.announced_maintenance else "outage.outage",
        component=component,
        span=span,
    )
    key = f"event.outage.{entry.what}" if entry.by else f"event.outage.{entry.what}.public"
    return text(key, time=scene.time(entry.at), by=mention(entry.by), id=entry.id, outage=told)


def _line(words: str) -> Message:
    return Message(text=words, blocks=[section(words)])
