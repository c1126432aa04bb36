"""The figures of a period, as values that add up: over tickets, over weeks, over accounts.

docs/summaries.md works each of them out by hand. Source: policy.md sections 3 and 7.

Only what a sum of them keeps exact stands here. Percentages are made from whole numbers when they are shown, medians
from all the values.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

import msgspec

from policy.clocks import ClockKind, Lateness

Counts = Mapping[str, int]
"""How many, by the key of a severity, a component, a cause (`""`: not said). What there is none of may be missing."""

T = TypeVar("T")


class Kept(msgspec.Struct, frozen=True):
    """How promises of one kind were kept: those judged in the period, and beside them those that still ran, or stood
    still, at its end, and those that were cancelled in it."""

    met: int = 0
    breached: int = 0
    running: int = 0
    paused: int = 0
    cancelled: int = 0

    @property
    def judged(self) -> int:
        return self.met + self.breached

    @property
    def share(self) -> Fraction | None:
        """Met of those judged, exact; None where none was."""
        return Fraction(self.met, self.judged) if self.judged else None

    @property
    def percent(self) -> str:
        """`97.4`, rounded down, so that only all of them are `100.0`; `n/a` where none was judged."""
        if self.share is None:
            return "n/a"
        tenths = self.share * 1_000 // 1
        return f"{tenths // 10}.{tenths % 10}"

    def __add__(self, other: "Kept") -> "Kept":
        return Kept(*(getattr(self, name) + getattr(other, name) for name in self.__struct_fields__))


class Spread(msgspec.Struct, frozen=True):
    """How long something took, time after time; `values` ascending."""

    values: tuple[timedelta, ...] = ()

    @property
    def count(self) -> int:
        return len(self.values)

    @property
    def median(self) -> timedelta | None:
        """The one in the middle, or half-way between the two; None where there is none."""
        if not self.values:
            return None
        middle = len(self.values) // 2
        if len(self.values) % 2:
            return self.values[middle]
        return (self.values[middle - 1] + self.values[middle]) / 2

    @property
    def p90(self) -> timedelta | None:
        """The shortest that at least nine in ten did not exceed (the nearest rank); None where there is none."""
        return self.values[-(-9 * len(self.values) // 10) - 1] if self.values else None

    def __add__(self, other: "Spread") -> "Spread":
        return Spread(tuple(sorted((*self.values, *other.values))))


class Breach(msgspec.Struct, frozen=True):
    """A promise that was not kept. `ended` is None while nobody has answered; `late` is up to then, or to now. `owner`
    had the ticket when it ran out (None: nobody), `by` answered in the end. `reason` is what staff gave as
    the reason, for staff alone (None: nobody has)."""

    ticket: str
    title: str
    severity: str
    kind: ClockKind
    target: str
    due: datetime
    ended: datetime | None
    late: Lateness
    owner: str | None
    by: str | None
    reason: str | None = None


class Silence(msgspec.Struct, frozen=True):
    """The longest that the customer of an open ticket of a severity heard nothing from staff, in support time, less
    what the customer was waited for. It may have begun before the period; `until` lies in it, or at its end."""

    ticket: str
    title: str
    severity: str
    since: datetime
    until: datetime
    support: timedelta


class Promise(msgspec.Struct, frozen=True):
    """A promise of an open ticket as it stands now. `late` is None until it is."""

    ticket: str
    title: str
    severity: str
    kind: ClockKind
    due: datetime
    owner: str | None
    late: Lateness | None = None


class SeverityChange(msgspec.Struct, frozen=True):
    """Staff reclassified a ticket, and why (a text for staff)."""

    ticket: str
    title: str
    at: datetime
    old: str
    new: str
    by: str
    reason: str


class Again(msgspec.Struct, frozen=True):
    """A ticket that was reopened."""

    ticket: str
    title: str
    severity: str
    at: datetime
    by: str
    reason: str


class Waited(msgspec.Struct, frozen=True):
    """Staff waited for the customer. `until` is None while they do; `elapsed` lies in the period, and so does `paused`,
    the support time for which a promise stood still. `suspicious`: the customer had answered when it began."""

    ticket: str
    title: str
    severity: str
    since: datetime
    until: datetime | None
    elapsed: timedelta
    paused: timedelta
    suspicious: bool
    by: str
    reason: str


class OldVersion(msgspec.Struct, frozen=True):
    """A ticket about a version that was out of support when it was opened; `ended` is its last day in support."""

    ticket: str
    title: str
    version: str
    ended: date


class Ball(StrEnum):
    """Whose turn it is."""

    STAFF = "staff"
    CUSTOMER = "customer"


class Step(StrEnum):
    """What comes next on an open ticket, and whose turn that is."""

    ACKNOWLEDGE = "acknowledge"
    CLASSIFY = "classify"
    ANSWER = "answer"
    """The customer had the last word."""
    UPDATE = "update"
    RESOLVE = "resolve"
    """No promise runs, and nobody has asked for anything."""
    CUSTOMER_ANSWERS = "customer_answers"
    CUSTOMER_AGREES = "customer_agrees"
    """To a later next update."""

    @property
    def ball(self) -> Ball:
        return Ball.CUSTOMER if self in {Step.CUSTOMER_ANSWERS, Step.CUSTOMER_AGREES} else Ball.STAFF


class OpenTicket(msgspec.Struct, frozen=True):
    """A ticket that is open now. `due` is the promise that runs (None: none does, or it stands still), `since` when
    the customer began to be waited for."""

    ticket: str
    title: str
    severity: str
    opened: datetime
    owner: str | None
    ball: Ball
    step: Step
    due: datetime | None
    since: datetime | None


class Scores(msgspec.Struct, frozen=True):
    """How satisfied customers were: how often each score was given, by the score."""

    given: Mapping[int, int] = {}

    @property
    def count(self) -> int:
        return sum(self.given.values())

    @property
    def mean(self) -> str:
        """`4.3`, rounded to the nearest tenth, halves up; `n/a` where there is none."""
        if not self.count:
            return "n/a"
        tenths = (
            Fraction(sum(score * count for score, count in self.given.items()), self.count) * 10
            + Fraction(1, 2)
        ) // 1
        return f"{tenths // 10}.{tenths % 10}"

    def __add__(self, other: "Scores") -> "Scores":
        return Scores(add_counts([self.given, other.given]))


class Figures(msgspec.Struct, frozen=True):
    """All that is counted in a period. What says "now" is of the instant at which it was made, whatever the period.

    `opened` goes by the severity that a ticket was opened with, `resolved` by the one that it had then, `open_at_end`
    by the one that it had at the end of the period. A ticket that is resolved twice counts twice. `ended_otherwise`
    counts the cancelled and the merged. `asked`: how often customers asked for an update. `touched`: tickets on which
    anything at all was counted."""

    opened: Counts = {}
    resolved: Counts = {}
    open_at_end: Counts = {}
    ended_otherwise: int = 0
    response: Kept = Kept()
    updates: Kept = Kept()
    breaches: tuple[Breach, ...] = ()
    acknowledge: Spread = Spread()
    between_updates: Spread = Spread()
    resolve: Spread = Spread()
    silences: tuple[Silence, ...] = ()
    at_risk: tuple[Promise, ...] = ()
    overdue: tuple[Promise, ...] = ()
    severity_changes: tuple[SeverityChange, ...] = ()
    reopened: tuple[Again, ...] = ()
    escalations: int = 0
    asked: int = 0
    causes: Counts = {}
    components: Counts = {}
    waits: tuple[Waited, ...] = ()
    old_versions: tuple[OldVersion, ...] = ()
    scores: Scores = Scores()
    open_now: tuple[OpenTicket, ...] = ()

    @property
    def paused(self) -> timedelta:
        """For how long promises stood still, in support time."""
        return sum((wait.paused for wait in self.waits), timedelta())


def together(figures: Iterable[Figures]) -> Figures:
    """The figures of several accounts as one. Of silences the longest of each severity stays."""
    every = list(figures)
    whole: dict[str, Any] = {}
    for name in Figures.__struct_fields__:
        parts = [getattr(one, name) for one in every]
        if name == "silences":
            whole[name] = longest(silence for part in parts for silence in part)
        elif name in {"opened", "resolved", "open_at_end", "causes", "components"}:
            whole[name] = add_counts(parts)
        elif parts and isinstance(parts[0], Spread):
            whole[name] = Spread(tuple(sorted(value for part in parts for value in part.values)))
        else:
            total: Any = getattr(Figures(), name)
            for part in parts:
                total = total + part
            whole[name] = total
    return Figures(**whole)


def longest(silences: Iterable[Silence]) -> tuple[Silence, ...]:
    """The longest of each severity, the longest of all first; of two alike the one that began first."""
    best: dict[str, Silence] = {}
    for one in sorted(silences, key=lambda one: (-one.support, one.since, one.ticket)):
        best.setdefault(one.severity, one)
    return tuple(best.values())


def add_counts(parts: Iterable[Mapping[T, int]]) -> dict[T, int]:
    """Sums by key."""
    total: Counter[T] = Counter()
    for part in parts:
        total.update(part)
    return dict(total)
