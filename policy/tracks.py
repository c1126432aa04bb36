"""What a timeline tells, read once: the runs of a ticket's clocks, who had it when, when the customer heard and spoke.

Source: policy.md section 3.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec

from policy import timeline as log
from policy.clocks import Clock, ClockKind, Interval, Outcome
from policy.histories import History
from policy.tickets import Ticket

Stretch = tuple[datetime, datetime | None]
"""`[start, end)`; the end is None while it lasts."""


class Run(msgspec.Struct, frozen=True, gc=False):
    """A clock from its start to its end. `ended` and `outcome` are None while it runs, `by` is who ended it (None: the
    bot). `pauses` while it stood still, waiting for the customer."""

    kind: ClockKind
    severity: str
    calendar: str
    target: str
    started: datetime
    due: datetime
    ended: datetime | None
    outcome: Outcome | None
    by: str | None
    pauses: tuple[Stretch, ...]

    @property
    def is_paused(self) -> bool:
        """Whether it stands still now."""
        return self.ended is None and bool(self.pauses) and self.pauses[-1][1] is None

    def judged(self, now: datetime) -> tuple[datetime, Outcome] | None:
        """When and how it was judged: when it ended or ran out, whichever came first; None while it still can be
        met."""
        if self.ended is not None and self.outcome is not None:
            return min(self.ended, self.due), self.outcome
        if not self.is_paused and now > self.due:
            return self.due, Outcome.BREACHED
        return None


class Wait(msgspec.Struct, frozen=True, gc=False):
    """Staff waited for the customer. `unasked`: when it began the last word in the thread was the customer's."""

    since: datetime
    until: datetime | None
    by: str
    reason: str
    unasked: bool


@dataclass(slots=True)
class Track:
    """A ticket and what its timeline tells, all in order of time. `heard` are the instants at which staff said
    something that the customer heard, or at which it was opened anew; `spoke` those at which the customer spoke;
    `spans` while it was open; `last` is the instant of its last entry or change."""

    ticket: Ticket
    last: datetime
    opened_as: str
    spans: list[Stretch]
    runs: list[Run] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    heard: list[datetime] = field(default_factory=list)
    spoke: list[datetime] = field(default_factory=list)
    severities: list[tuple[datetime, str]] = field(default_factory=list)
    owners: list[tuple[datetime, str]] = field(default_factory=list)
    changes: list[log.SeverityChanged] = field(default_factory=list)
    resolved: list[log.Resolved] = field(default_factory=list)
    reopened: list[log.Reopened] = field(default_factory=list)
    closed: list[log.Cancelled | log.Merged] = field(default_factory=list)
    escalated: list[log.Escalated] = field(default_factory=list)
    asked: list[log.UpdateAsked] = field(default_factory=list)
    scored: datetime | None = None
    reasons: dict[tuple[ClockKind, datetime], str] = field(default_factory=dict)
    """Why a promise was missed, by its kind and the start of its clock."""

    @property
    def reported(self) -> datetime:
        """When its clock began: when staff were told."""
        return self.ticket.reported or self.ticket.opened

    def severity_at(self, at: datetime) -> str:
        """Its severity at an instant; a change at that very instant has taken place."""
        return _last(self.severities, at) or self.opened_as

    def owner_at(self, at: datetime) -> str | None:
        """Who had it at an instant (None: nobody)."""
        return _last(self.owners, at)

    def is_open_before(self, at: datetime) -> bool:
        """Whether it was open just before an instant."""
        return any(start < at and (end is None or end >= at) for start, end in self.spans)


def track(history: History) -> Track:
    """Read a timeline."""
    return _Reader(history).read()


def _last(known: list[tuple[datetime, str]], at: datetime) -> str | None:
    if not known:
        return None
    place = bisect_right(known, at, key=lambda one: one[0])
    return known[place - 1][1] if place else None


class _Reader:
    def __init__(self, history: History) -> None:
        self.history = history
        moved, entries = history.ticket.moved, history.entries
        last = max(moved, entries[-1].at) if entries else moved
        self.found = Track(history.ticket, last, history.ticket.severity, history.open_spans())
        self.clock: Clock | None = None
        self.pauses: list[Stretch] = []
        self.wait: Wait | None = None

    def read(self) -> Track:
        for entry in self.history.entries:
            if take := _TAKES.get(type(entry)):
                take(self, entry)
        ticket = self.found.ticket
        if ticket.clock is not None:
            self._turn(ticket.moved, ticket.clock)
            clock = ticket.clock
            self.found.runs.append(
                Run(
                    clock.kind,
                    clock.severity,
                    clock.calendar,
                    clock.target,
                    clock.started,
                    clock.due,
                    None,
                    None,
                    None,
                    tuple(self.pauses),
                )
            )
        if self.wait is not None:
            self.found.waits.append(self.wait)
        return self.found

    def _turn(self, at: datetime, clock: Clock) -> None:
        """The clock is this from now on."""
        if clock.pause is not None and (not self.pauses or self.pauses[-1][1] is not None):
            self.pauses.append((clock.pause.since, None))
        elif clock.pause is None and self.pauses and self.pauses[-1][1] is None:
            self.pauses[-1] = (self.pauses[-1][0], at)
        self.clock = clock

    def _open(self, entry: log.Opened) -> None:
        self.found.opened_as = entry.severity
        self._turn(entry.at, entry.clock)

    def _clock(self, entry: log.ClockStarted | log.ClockPaused | log.ClockResumed | log.UpdateAgreed) -> None:
        self._turn(entry.at, entry.clock)

    def _changed(self, entry: log.ClockChanged) -> None:
        self._turn(entry.at, entry.after)

    def _ended(self, entry: log.ClockEnded) -> None:
        interval: Interval = entry.interval
        if self.pauses and self.pauses[-1][1] is None:
            self.pauses[-1] = (self.pauses[-1][0], interval.ended)
        self.found.runs.append(
            Run(
                interval.kind,
                interval.severity,
                interval.calendar,
                interval.target,
                interval.started,
                interval.due,
                interval.ended,
                interval.outcome,
                entry.by,
                tuple(self.pauses),
            )
        )
        self.pauses = []
        self.clock = None

    def _taken(self, entry: log.Acknowledged) -> None:
        self.found.owners.append((entry.at, entry.by))
        self.found.heard.append(entry.at)

    def _assigned(self, entry: log.Assigned) -> None:
        self.found.owners.append((entry.at, entry.to))

    def _told(self, entry: log.UpdatePosted | log.Resolved) -> None:
        if not self.found.owners:
            self.found.owners.append((entry.at, entry.by))
        self.found.heard.append(entry.at)

    def _resolved(self, entry: log.Resolved) -> None:
        self._told(entry)
        self._over(entry.at)
        self.found.resolved.append(entry)

    def _closed(self, entry: log.Cancelled | log.Merged) -> None:
        self._over(entry.at)
        self.found.closed.append(entry)

    def _reopened(self, entry: log.Reopened) -> None:
        self.found.reopened.append(entry)
        self.found.heard.append(entry.at)

    def _spoke(self, entry: log.CustomerReplied | log.ReportedWorse | log.MessageEdited) -> None:
        if not (isinstance(entry, log.MessageEdited) and entry.staff):
            self.found.spoke.append(entry.at)

    def _asked(self, entry: log.UpdateAsked) -> None:
        self.found.spoke.append(entry.at)
        self.found.asked.append(entry)

    def _severity(self, entry: log.SeverityChanged) -> None:
        self.found.severities.append((entry.at, entry.new))
        if entry.old != entry.new:
            self.found.changes.append(entry)

    def _waits(self, entry: log.WaitStarted) -> None:
        heard, spoke = self.found.heard, self.found.spoke
        unasked = bool(spoke) and (not heard or spoke[-1] > heard[-1])
        self.wait = Wait(entry.at, None, entry.by, entry.reason, unasked)

    def _waited(self, entry: log.WaitEnded) -> None:
        self._over(entry.at)

    def _over(self, at: datetime) -> None:
        if self.wait is not None:
            wait = self.wait
            self.found.waits.append(Wait(wait.since, at, wait.by, wait.reason, wait.unasked))
            self.wait = None

    def _escalated(self, entry: log.Escalated) -> None:
        self.found.escalated.append(entry)

    def _explained(self, entry: log.MissExplained) -> None:
        self.found.reasons[entry.clock, entry.started] = entry.reason

    def _scored(self, entry: log.Scored) -> None:
        self.found.scored = self.found.scored or entry.at


_TAKES: Final[Mapping[type[Any], Callable[[_Reader, Any], None]]] = {
    log.Opened: _Reader._open,
    log.ClockStarted: _Reader._clock,
    log.ClockPaused: _Reader._clock,
    log.ClockResumed: _Reader._clock,
    log.UpdateAgreed: _Reader._clock,
    log.ClockChanged: _Reader._changed,
    log.ClockEnded: _Reader._ended,
    log.Acknowledged: _Reader._taken,
    log.Assigned: _Reader._assigned,
    log.UpdatePosted: _Reader._told,
    log.Resolved: _Reader._resolved,
    log.Cancelled: _Reader._closed,
    log.Merged: _Reader._closed,
    log.Reopened: _Reader._reopened,
    log.CustomerReplied: _Reader._spoke,
    log.ReportedWorse: _Reader._spoke,
    log.MessageEdited: _Reader._spoke,
    log.UpdateAsked: _Reader._asked,
    log.SeverityChanged: _Reader._severity,
    log.WaitStarted: _Reader._waits,
    log.WaitEnded: _Reader._waited,
    log.Escalated: _Reader._escalated,
    log.Scored: _Reader._scored,
    log.MissExplained: _Reader._explained,
}
