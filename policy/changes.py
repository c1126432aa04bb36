"""What follows from a decision on a ticket, as one value, and the parts that most decisions share."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from policy import effects as do
from policy import timeline as log
from policy.clock_changes import pause_clock, resume_clock
from policy.clocks import Clock, ClockKind, Interval, Lateness, end, start_promised, start_update
from policy.schema import Policy
from policy.support_time import promise
from policy.tickets import Ticket


@dataclass(frozen=True, slots=True)
class Change:
    """All that follows from one decision, committed in one piece or not at all."""

    ticket: Ticket
    entries: tuple[log.Entry, ...] = ()
    customer: tuple[do.CustomerEffect, ...] = ()
    staff: tuple[do.StaffEffect, ...] = ()
    ended: tuple[Interval, ...] = ()
    pages: tuple[do.Page, ...] = ()

    def then(self, later: "Change") -> "Change":
        """Both as one, `later` decided on the ticket of this one. What both edit is edited once, by the later."""
        return Change(
            later.ticket,
            entries=(*self.entries, *later.entries),
            customer=(*(one for one in self.customer if one not in later.customer), *later.customer),
            staff=(*(one for one in self.staff if one not in later.staff), *later.staff),
            ended=(*self.ended, *later.ended),
        )


@dataclass(frozen=True, slots=True)
class NotOpen:
    """The ticket is resolved, cancelled or merged: there is nothing left to do on it."""

    ticket: Ticket


def is_staffed(policy: Policy, ticket: Ticket, now: datetime) -> bool:
    """Whether the support that the ticket is entitled to is open: outside it nobody is paged."""
    promised = promise(policy, ticket.coverage, policy.severity(ticket.severity))
    return policy.calendar(promised.calendar).is_open(now)


def update_due(ticket: Ticket) -> datetime | None:
    """By when the next update is promised; None while no such promise runs."""
    clock = ticket.clock
    return clock.due if clock and clock.kind is ClockKind.UPDATE and clock.pause is None else None


def may_pause(policy: Policy, ticket: Ticket, clock: Clock, now: datetime) -> bool:
    """Whether waiting for the customer holds this clock: an update clock of a severity that pauses, unless it has
    run out already."""
    pauses = policy.severity(ticket.severity).pauses_on_wait
    return clock.kind is ClockKind.UPDATE and pauses and clock.pause is None and now <= clock.due


def turn_clock(
    policy: Policy, ticket: Ticket, by: str, now: datetime, *, next_at: datetime | None = None
) -> Change:
    """End the clock that runs, start the update clock: the reminder that waits for an answer has got it.

    `next_at`: staff promise the next update by then, earlier than the cadence. While the ticket waits for the
    customer the new clock stands still from its start."""
    stopped = stop_clock(ticket, by, now)
    promised = promise(policy, ticket.coverage, policy.severity(ticket.severity))
    started = start_update(policy, promised, now)
    if next_at is not None and (started is None or next_at < started.due):
        started = start_promised(policy, promised, now, next_at)
    if started and ticket.waiting and may_pause(policy, ticket, started, now):
        started = pause_clock(policy, started, now)
    entries = stopped.entries
    if started:
        entries = (*entries, log.ClockStarted(at=now, clock=started, by=by))
    return Change(
        replace(
            stopped.ticket,
            clock=started,
            snoozed_until=silence(policy, ticket.severity, started, ticket, now),
        ),
        entries=entries,
        staff=stopped.staff,
        ended=stopped.ended,
    )


def silence(
    policy: Policy, severity: str, clock: Clock | None, ticket: Ticket, now: datetime
) -> datetime | None:
    """Until when a snoozed ticket stays silent with another clock: until its instant, but for a severity that is
    silenced until its deadline at the latest."""
    until = ticket.snoozed_until
    if clock is None or until is None:
        return None
    if not policy.severity(severity).snooze_past_deadline and clock.pause is None:
        until = min(until, clock.due)
    return until if until > now else None


def stop_clock(ticket: Ticket, by: str, now: datetime, *, cancelled: bool = False) -> Change:
    """End the clock that runs, if one does."""
    clock = ticket.clock
    stopped = replace(ticket, clock=None, reminder=None, moved=now)
    if clock is None:
        return Change(stopped, staff=shrunk(ticket, by, now))
    interval = end(clock, ticket.id, now, cancelled=cancelled)
    return Change(
        stopped,
        entries=(log.ClockEnded(at=now, interval=interval, by=by),),
        staff=shrunk(ticket, by, now),
        ended=(interval,),
    )


def end_wait(policy: Policy, ticket: Ticket, by: str, now: datetime) -> Change:
    """The customer is waited for no longer: a clock that stood still runs on with what was left of it."""
    if ticket.waiting is None:
        return Change(ticket)
    entries: tuple[log.Entry, ...] = (log.WaitEnded(at=now, by=by, since=ticket.waiting.since),)
    clock = ticket.clock
    if clock is not None and clock.pause is not None:
        remaining = clock.pause.remaining
        clock = resume_clock(policy, clock, now)
        entries = (*entries, log.ClockResumed(at=now, remaining=remaining, clock=clock, by=by))
    running = replace(ticket, waiting=None, clock=clock)
    silent = silence(policy, ticket.severity, clock, ticket, now)
    return Change(replace(running, snoozed_until=silent), entries=entries)


def shrunk(ticket: Ticket, by: str | None, now: datetime) -> tuple[do.StaffEffect, ...]:
    """The live reminder is answered."""
    if ticket.reminder is None:
        return ()
    return (do.ShrinkReminder(message=ticket.reminder, answered_by=by, at=now),)


@dataclass(frozen=True, slots=True)
class Told:
    """An entry of the timeline and the effect that tells the same in Slack."""

    entries: tuple[log.Entry, ...]
    staff: tuple[do.StaffEffect, ...]


def escalation(
    clock: Clock, missed: int, late: Lateness | None, now: datetime, by: str | None = None
) -> Told:
    """The escalation target hears of a silence. `by` is who had to ask (None: nobody did)."""
    late = late or Lateness(support=timedelta(), elapsed=timedelta())
    entry = log.Escalated(at=now, clock=clock.kind, due=clock.due, missed=missed, late=late, by=by)
    effect = do.Escalate(clock=clock.kind, due=clock.due, missed=missed, late=late, asked_by=by)
    return Told((entry,), (effect,))
