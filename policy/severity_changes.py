"""Another severity, or another answer to *is it production?*: the promises that run get another deadline.

Rank orders urgency, 0 is the most urgent. What is finished stays as it was judged. Source: policy.md section 3.
"""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from policy import effects as do
from policy import timeline as log
from policy.changes import (
    Change,
    NotOpen,
    end_wait,
    is_staffed,
    may_pause,
    shrunk,
    silence,
    stop_clock,
)
from policy.clock_changes import change_clock, pause_clock, resume_clock
from policy.clocks import Clock, ClockKind, start_update
from policy.schema import Policy
from policy.support_time import promise
from policy.tickets import Ticket


@dataclass(frozen=True, slots=True)
class SameSeverity:
    """It has that severity already, and nobody doubts it."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class SameProduction:
    """That is the answer that it has already."""

    ticket: Ticket


def change_severity(
    policy: Policy, ticket: Ticket, by: str, severity: str, reason: str, now: datetime
) -> Change | NotOpen | SameSeverity:
    """Staff reclassify the ticket, `severity` being a key of the policy. The severity that it has is confirmed
    by it where classification was needed, or the customer wished for another."""
    if not ticket.is_open:
        return NotOpen(ticket)
    now = max(now, ticket.moved)
    entry = log.SeverityChanged(at=now, by=by, old=ticket.severity, new=severity, reason=reason)
    classified = replace(ticket, severity=severity, needs_classification=False, wished=None, moved=now)
    if severity == ticket.severity:
        if not ticket.needs_classification and ticket.wished is None:
            return SameSeverity(ticket)
        return Change(classified, entries=(entry,), staff=(do.RefreshCard(),))
    old, new = policy.severity(ticket.severity), policy.severity(severity)
    turn = _promised_anew(policy, ticket, classified, by, now, upgrade=new.rank < old.rank)
    note = do.NoteSeverity(
        by=by,
        old=old.key,
        new=new.key,
        reason=reason,
        old_due=_due(ticket.clock),
        due=_due(turn.ticket.clock),
        breached=_breached_by_it(ticket.clock, turn.ticket.clock, now),
        page=is_staffed(policy, turn.ticket, now),
    )
    own_channel = old.room == "channel" or (ticket.staff is not None and ticket.staff.thread is None)
    moves: tuple[do.StaffEffect, ...] = ()
    if new.room == "channel" and not own_channel:
        # The note stands where staff were until now; the work goes on in a channel of its own.
        invited = (do.Invite(user=ticket.owner),) if ticket.owner or note.page else ()
        moves = (do.OpenRoom(), do.PostCard(), *invited, do.PinCard(), do.PostDetails())
    return Change(
        turn.ticket,
        entries=(entry, *turn.entries),
        customer=(do.RefreshThread(),),
        staff=(note, *moves, do.RefreshCard(), *turn.staff),
        ended=turn.ended,
    )


def change_production(
    policy: Policy, ticket: Ticket, by: str, production: bool, reason: str, now: datetime
) -> Change | NotOpen | SameProduction:
    """Staff say that it is about production, or is not: treated as a change of severity, up or down, since the
    hours of support may be others. The severity stays."""
    if not ticket.is_open:
        return NotOpen(ticket)
    if ticket.production == production:
        return SameProduction(ticket)
    now = max(now, ticket.moved)
    answered = replace(ticket, production=production, moved=now)
    turn = _promised_anew(policy, ticket, answered, by, now, upgrade=production)
    note = do.NoteProduction(
        by=by,
        production=production,
        reason=reason,
        old_due=_due(ticket.clock),
        due=_due(turn.ticket.clock),
        breached=_breached_by_it(ticket.clock, turn.ticket.clock, now),
        page=is_staffed(policy, turn.ticket, now),
    )
    entry = log.ProductionChanged(at=now, by=by, production=production, reason=reason)
    return Change(
        turn.ticket,
        entries=(entry, *turn.entries),
        customer=(do.RefreshThread(),),
        staff=(note, do.RefreshCard(), *turn.staff),
        ended=turn.ended,
    )


def reclassify(
    policy: Policy, ticket: Ticket, by: str, severity: str, production: bool, reason: str, now: datetime
) -> Change | NotOpen | SameSeverity:
    """Both at once, as staff choose them in one form: the answer about production first, then the severity by
    the new terms."""
    first = change_production(policy, ticket, by, production, reason, now)
    if not isinstance(first, Change):
        # The answer about production stands, or it is not open: the severity says so too.
        return change_severity(policy, ticket, by, severity, reason, now)
    second = change_severity(policy, first.ticket, by, severity, reason, now)
    return first.then(second) if isinstance(second, Change) else first


def _promised_anew(
    policy: Policy, before: Ticket, ticket: Ticket, by: str, now: datetime, *, upgrade: bool
) -> Change:
    """The clocks of a ticket whose terms have changed; `before` is the ticket under the old ones."""
    severity = policy.severity(ticket.severity)
    promised = promise(policy, ticket.coverage, severity)
    entries: tuple[log.Entry, ...] = ()
    if ticket.proposal is not None and not severity.agreed_update:
        ticket = replace(ticket, proposal=None)
    if upgrade and not severity.pauses_on_wait:
        over = end_wait(policy, ticket, by, now)
        ticket, entries = over.ticket, over.entries
    clock = ticket.clock
    if clock is None:
        started = start_update(policy, promised, now) if ticket.acknowledged else None
        if started is None:
            return Change(ticket, entries)
        held = _held(policy, ticket, started, now)
        return Change(replace(ticket, clock=held), (*entries, log.ClockStarted(at=now, clock=held, by=by)))
    changed = change_clock(policy, resume_clock(policy, clock, now), promised, now, upgrade=upgrade)
    if changed is None:
        stopped = stop_clock(ticket, by, now, cancelled=True)
        kept = replace(stopped.ticket, snoozed_until=None, proposal=None)
        return Change(kept, (*entries, *stopped.entries), staff=stopped.staff, ended=stopped.ended)
    after, called = _called(policy, before, ticket, _held(policy, ticket, changed.clock, now), now)
    moved = log.ClockChanged(
        at=now,
        before=clock,
        after=after,
        rule=changed.rule,
        counted_from=changed.counted_from,
        target=changed.target,
        calendar=changed.calendar,
        waited=changed.waited,
        old_due=changed.old_due,
        candidate=changed.candidate,
        by=by,
    )
    answered = shrunk(ticket, by, now) if after.due != clock.due or after.pause else ()
    return Change(
        replace(
            ticket,
            clock=after,
            reminder=None if answered else ticket.reminder,
            snoozed_until=silence(policy, ticket.severity, after, ticket, now),
        ),
        (*entries, moved),
        staff=(*called, *answered),
    )


def _held(policy: Policy, ticket: Ticket, clock: Clock, now: datetime) -> Clock:
    """A clock that stands still while the customer is waited for, where the severity lets it."""
    if ticket.waiting is not None and may_pause(policy, ticket, clock, now):
        return pause_clock(policy, clock, now)
    return clock


def _called(
    policy: Policy, before: Ticket, ticket: Ticket, clock: Clock, now: datetime
) -> tuple[Clock, tuple[do.StaffEffect, ...]]:
    """A call for the on-call target that waits for an opening: made at once when support is open by the new
    terms, moved to their opening when it is not."""
    was = before.clock.call_at if before.clock else None
    if clock.kind is not ClockKind.RESPONSE or was is None or was <= now:
        return clock, ()
    support = policy.calendar(promise(policy, ticket.coverage, policy.severity(ticket.severity)).calendar)
    if not support.is_open(now):
        return replace(clock, call_at=support.next_opening(now)), ()
    return replace(clock, call_at=None), (do.CallOnCall(), do.Invite())


def _due(clock: Clock | None) -> datetime | None:
    return clock.due if clock is not None and clock.pause is None else None


def _breached_by_it(before: Clock | None, after: Clock | None, now: datetime) -> bool:
    """Whether the new promise is late at once and the old one was not."""
    was_late = before is not None and before.pause is None and before.due < now
    return after is not None and after.pause is None and after.due < now and not was_late
