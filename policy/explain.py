"""*Why this deadline*: the steps that led to it, as values that a person can check by hand. No words.

Each step names the calendar in which it counts. Source: policy.md section 3.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from policy.clock_changes import Rule
from policy.clocks import Clock, ClockKind, Interval
from policy.tickets import Ticket
from policy.timeline import (
    ClockChanged,
    ClockEnded,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    Entry,
    Opened,
    UpdateAgreed,
)


@dataclass(frozen=True, slots=True)
class Counted:
    """The clock started: `target` of support time of `calendar`, counted from `since`, makes `due`."""

    at: datetime
    by: str | None
    kind: ClockKind
    severity: str
    target: str
    calendar: str
    since: datetime
    due: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """The clock stood still from then on with `remaining` of its support time left; before, it was due by
    `due`."""

    at: datetime
    by: str | None
    calendar: str
    remaining: timedelta
    due: datetime


@dataclass(frozen=True, slots=True)
class RanOn:
    """The clock ran on: `remaining`, counted from then in `calendar`, makes `due`."""

    at: datetime
    by: str | None
    calendar: str
    remaining: timedelta
    due: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """Another severity, or production: `target` counted from `since` in `calendar` (with `waited` of it spent in
    pauses) makes `candidate`, and `rule` chose between that and `old_due`. `candidate` is None where the clock
    had run out. While `remaining` is set the clock stands still."""

    at: datetime
    by: str | None
    old_severity: str
    severity: str
    rule: Rule
    since: datetime
    target: str
    calendar: str
    waited: timedelta
    old_due: datetime
    candidate: datetime | None
    due: datetime
    remaining: timedelta | None


@dataclass(frozen=True, slots=True)
class Agreed:
    """The customer, `by`, agreed to a later next update."""

    at: datetime
    by: str
    old_due: datetime
    due: datetime


Step = Counted | Held | RanOn | Moved | Agreed


@dataclass(frozen=True, slots=True)
class Explanation:
    """The promise that runs (None: none does, and it is the last one that is explained, or none ever ran), how
    it came to its deadline, and how it ended (None: it has not)."""

    clock: Clock | None
    steps: tuple[Step, ...]
    ended: Interval | None

    @property
    def due(self) -> datetime | None:
        """What the steps lead to; None while the clock stands still."""
        if self.ended is not None:
            return self.ended.due
        return self.clock.due if self.clock and self.clock.pause is None else None


def explain(ticket: Ticket, entries: Iterable[Entry]) -> Explanation:
    """Why a ticket's deadline is what it is, from its whole timeline in order."""
    steps: list[Step] = []
    ended: Interval | None = None
    for entry in entries:
        match entry:
            case Opened() | ClockStarted():
                steps, ended = list(_started(entry)), None
            case ClockEnded(interval=interval):
                ended = interval
            case _:
                if step := _step(entry):
                    steps.append(step)
    return Explanation(ticket.clock, tuple(steps), ended)


def _started(entry: Opened | ClockStarted) -> Iterable[Step]:
    clock = entry.clock
    yield Counted(
        at=entry.at,
        by=entry.by,
        kind=clock.kind,
        severity=clock.severity,
        target=clock.target,
        calendar=clock.calendar,
        since=clock.started,
        due=clock.due,
    )
    if clock.pause is not None:
        yield Held(entry.at, entry.by, clock.calendar, clock.pause.remaining, clock.due)


def _step(entry: Entry) -> Step | None:
    match entry:
        case ClockPaused(at=at, clock=clock, by=by) if clock.pause is not None:
            return Held(at, by, clock.calendar, clock.pause.remaining, clock.due)
        case ClockResumed(at=at, remaining=remaining, clock=clock, by=by):
            return RanOn(at, by, clock.calendar, remaining, clock.due)
        case UpdateAgreed(at=at, by=person, old_due=old_due, clock=clock):
            return Agreed(at, person.user, old_due, clock.due)
        case ClockChanged(before=before, after=after):
            return Moved(
                at=entry.at,
                by=entry.by,
                old_severity=before.severity,
                severity=after.severity,
                rule=entry.rule,
                since=entry.counted_from,
                target=entry.target,
                calendar=entry.calendar,
                waited=entry.waited,
                old_due=entry.old_due,
                candidate=entry.candidate,
                due=after.due,
                remaining=after.pause.remaining if after.pause else None,
            )
        case _:
            return None
