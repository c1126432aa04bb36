"""Waiting for the customer. Source: policy.md section 3."""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from policy import effects as do
from policy import timeline as log
from policy.changes import Change, NotOpen, end_wait, may_pause, shrunk, update_due
from policy.clock_changes import pause_clock
from policy.schema import Policy
from policy.tickets import Ticket, Waiting


@dataclass(frozen=True, slots=True)
class AlreadyWaiting:
    """The customer is waited for already."""

    waiting: Waiting


@dataclass(frozen=True, slots=True)
class NotWaiting:
    """The customer is not waited for."""

    ticket: Ticket


def wait_for_customer(
    policy: Policy, ticket: Ticket, by: str, reason: str, now: datetime
) -> Change | NotOpen | AlreadyWaiting:
    """Staff wait for the customer. The update clock of a severity that pauses stands still until it is over; one
    that has run out is not excused by it, and the response clock never is. It is recorded in any case."""
    if not ticket.is_open:
        return NotOpen(ticket)
    if ticket.waiting is not None:
        return AlreadyWaiting(ticket.waiting)
    now = max(now, ticket.moved)
    waiting = replace(ticket, waiting=Waiting(since=now, by=by, reason=reason), moved=now)
    entry = log.WaitStarted(at=now, by=by, reason=reason)
    clock = ticket.clock
    if clock is None or not may_pause(policy, ticket, clock, now):
        note = do.NoteWaiting(by=by, reason=reason, paused=False)
        return Change(
            waiting,
            entries=(entry,),
            customer=(do.RefreshThread(),),
            staff=(note, do.RefreshCard()),
        )
    paused = pause_clock(policy, clock, now)
    return Change(
        replace(waiting, clock=paused, reminder=None),
        entries=(entry, log.ClockPaused(at=now, clock=paused, by=by)),
        customer=(do.RefreshThread(),),
        staff=(
            do.NoteWaiting(by=by, reason=reason, paused=True),
            do.RefreshCard(),
            *shrunk(ticket, by, now),
        ),
    )


def resume(policy: Policy, ticket: Ticket, by: str, now: datetime) -> Change | NotOpen | NotWaiting:
    """Staff go on without an answer of the customer."""
    if not ticket.is_open:
        return NotOpen(ticket)
    if ticket.waiting is None:
        return NotWaiting(ticket)
    now = max(now, ticket.moved)
    over = end_wait(policy, ticket, by, now)
    return Change(
        replace(over.ticket, moved=now),
        entries=over.entries,
        customer=(do.RefreshThread(),),
        staff=(do.NoteResumed(by=by, due=update_due(over.ticket)), do.RefreshCard()),
    )
