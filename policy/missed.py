"""Why a promise was missed, as staff say afterwards. Source: policy.md section 7 (what a TAM takes into the call)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from policy import effects as do
from policy import timeline as log
from policy.changes import Change
from policy.clocks import ClockKind, Outcome
from policy.tickets import Ticket


@dataclass(frozen=True, slots=True)
class Missed:
    """A promise that was not kept: its kind, when its clock started, when it ran out."""

    kind: ClockKind
    started: datetime
    due: datetime


@dataclass(frozen=True, slots=True)
class NothingMissed:
    """No promise of the ticket has been missed."""

    ticket: Ticket


def last_missed(ticket: Ticket, entries: Sequence[log.Entry], now: datetime) -> Missed | None:
    """The last promise that ran out: the one that is late now, else the last that was answered too late. None: there
    is none. `entries` is the whole timeline."""
    clock = ticket.clock
    if clock is not None and clock.pause is None and clock.due < now:
        return Missed(clock.kind, clock.started, clock.due)
    for entry in reversed(entries):
        if isinstance(entry, log.ClockEnded) and entry.interval.outcome is Outcome.BREACHED:
            return Missed(entry.interval.kind, entry.interval.started, entry.interval.due)
    return None


def explain_missed(
    ticket: Ticket, entries: Sequence[log.Entry], by: str, reason: str, now: datetime
) -> Change | NothingMissed:
    """Staff say why the last missed promise was missed; said again, the later word counts. It meets no clock, excuses
    nothing, and the customer never reads it."""
    missed = last_missed(ticket, entries, now)
    if missed is None:
        return NothingMissed(ticket)
    now = max(now, ticket.moved)
    return Change(
        replace(ticket, moved=now),
        entries=(
            log.MissExplained(
                at=now, by=by, clock=missed.kind, started=missed.started, due=missed.due, reason=reason
            ),
        ),
        staff=(do.NoteMissed(by=by, clock=missed.kind, due=missed.due, reason=reason),),
    )
