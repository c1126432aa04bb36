"""The clocks of a ticket: what is promised by when, and the instants at which people are reminded of it.

A ticket runs one clock at a time: the response clock until somebody of support staff reacts, the update
clock from then until it is resolved (the update clock never runs before the first response). All counting
is in the support time of the clock's own calendar. Source: policy.md section 3.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from policy.durations import BusinessDays, Duration, format_duration
from policy.schema import Policy
from policy.support_time import Promise


class ClockKind(StrEnum):
    RESPONSE = "response"
    UPDATE = "update"


class Clock(msgspec.Struct, frozen=True, omit_defaults=True):
    """A running clock: a promise that is open.

    `calendar` names the support time it is counted in, `target` is what was promised, as
    `policy.durations.format_duration` writes it. `every` is the rhythm of reminders once it is late.
    `covered_until`: every reminder slot at or before it
    has been sent, named by a catch-up, or was already past when it was computed; the slots after it wait.
    """

    kind: ClockKind
    severity: str
    calendar: str
    target: str
    every: timedelta
    started: datetime
    due: datetime
    covered_until: datetime


class Outcome(StrEnum):
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


class Interval(msgspec.Struct, frozen=True, omit_defaults=True):
    """An ended clock, never rewritten: what was promised, under which severity, and how it ended.

    `judged` is the instant that decides which period it counts in: when it was met or when it ran out.
    """

    ticket: str
    kind: ClockKind
    severity: str
    calendar: str
    started: datetime
    due: datetime
    ended: datetime
    outcome: Outcome

    @property
    def judged(self) -> datetime:
        return min(self.ended, self.due)


class SlotKind(StrEnum):
    """Why a reminder goes out: an early one, again because nobody has it, at the deadline, or after it."""

    EARLY = "early"
    UNOWNED = "unowned"
    DUE = "due"
    OVERDUE = "overdue"


class Slot(msgspec.Struct, frozen=True):
    """An instant at which a reminder is promised to staff."""

    at: datetime
    kind: SlotKind


def start_response(policy: Policy, promised: Promise, opened: datetime) -> Clock:
    """The first-response clock of a ticket opened at that instant."""
    return _start(policy, ClockKind.RESPONSE, promised, promised.respond, opened)


def start_update(policy: Policy, promised: Promise, since: datetime) -> Clock | None:
    """The update clock from that instant; None for a severity whose updates are on request."""
    if promised.update_every is None:
        return None
    return _start(policy, ClockKind.UPDATE, promised, promised.update_every, since)


def end(clock: Clock, ticket: str, at: datetime, *, cancelled: bool = False) -> Interval:
    """The record of a clock that ends now. Met means at or before the due instant."""
    judged = Outcome.MET if at <= clock.due else Outcome.BREACHED
    return Interval(
        ticket=ticket,
        kind=clock.kind,
        severity=clock.severity,
        calendar=clock.calendar,
        started=clock.started,
        due=clock.due,
        ended=at,
        outcome=Outcome.CANCELLED if cancelled else judged,
    )


def slots_until_due(policy: Policy, clock: Clock) -> tuple[Slot, ...]:
    """The reminder slots up to and with the deadline, in order of time; two of one instant are one.

    Response: at the fractions of the target, and again while nobody has it. Update: a heads-up, a share of
    the cadence before the deadline.
    """
    calendar = policy.calendar(clock.calendar)
    span = calendar.support_time_between(clock.started, clock.due)
    early: dict[datetime, SlotKind] = {}
    if clock.kind is ClockKind.RESPONSE:
        for offset in policy.severity(clock.severity).wake_again:
            early[calendar.add_support_time(clock.started, offset)] = SlotKind.UNOWNED
        for fraction in policy.response_fractions:
            early[calendar.add_support_time(clock.started, span * fraction)] = SlotKind.EARLY
    else:
        early[calendar.add_support_time(clock.started, span * (1 - policy.heads_up))] = SlotKind.EARLY
    return (
        *(Slot(at, early[at]) for at in sorted(early) if clock.started < at < clock.due),
        Slot(clock.due, SlotKind.DUE),
    )


def next_slot(policy: Policy, clock: Clock, after: datetime) -> Slot:
    """The first slot strictly after an instant. Costs the same however long ago the deadline was."""
    for slot in slots_until_due(policy, clock):
        if slot.at > after:
            return slot
    late = _Late(policy, clock)
    return Slot(late.at(late.turns_until(after) + 1), SlotKind.OVERDUE)


def due_slots(
    policy: Policy, clock: Clock, until: datetime, *, most: int = 50
) -> tuple[tuple[Slot, ...], int]:
    """The slots after `covered_until` and at or before `until`, in order of time: the newest `most` of
    them, and how many there are in all. `((), 0)` when none is due."""
    early = [s for s in slots_until_due(policy, clock) if clock.covered_until < s.at <= until]
    if until <= clock.due:
        return tuple(early[-most:]), len(early)
    late = _Late(policy, clock)
    first, last = late.turns_until(clock.covered_until) + 1, late.turns_until(until)
    newest = [Slot(late.at(turn), SlotKind.OVERDUE) for turn in range(max(first, last - most + 1), last + 1)]
    return (*early, *newest)[-most:], len(early) + max(0, last - first + 1)


class _Late:
    """The slots after a deadline: turn 1 is one cadence after it, and so on. The rhythm is the cadence of the
    severity in the clock's own support time; without a cadence, every business day of that calendar."""

    def __init__(self, policy: Policy, clock: Clock) -> None:
        self.calendar = policy.calendar(clock.calendar)
        self.every = clock.every
        self.due = clock.due

    def at(self, turn: int) -> datetime:
        return self.calendar.add_support_time(self.due, self.every * turn)

    def turns_until(self, instant: datetime) -> int:
        """How many turns lie after the deadline and at or before an instant."""
        if instant <= self.due:
            return 0
        return self.calendar.support_time_between(self.due, instant) // self.every


def _start(policy: Policy, kind: ClockKind, promised: Promise, target: Duration, since: datetime) -> Clock:
    calendar = promised.counted_in(target)
    amount = target.count * policy.business_day if isinstance(target, BusinessDays) else target
    return Clock(
        kind=kind,
        severity=promised.severity,
        calendar=calendar,
        target=format_duration(target),
        every=promised.update_every or policy.business_day,
        started=since,
        due=policy.calendar(calendar).add_support_time(since, amount),
        covered_until=since,
    )
