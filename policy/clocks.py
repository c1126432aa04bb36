"""The clocks of a ticket: what is promised by when, and the instants at which people are reminded of it.

A ticket runs one clock at a time: the response clock until somebody of support staff reacts, the update
clock from then until it is resolved (the update clock never runs before the first response). All counting
is in the support time of the clock's own calendar. Source: policy.md section 3.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec
from msgspec.structs import replace

from policy.durations import BusinessDays, Duration, format_duration
from policy.schema import Policy
from policy.support_time import Promise

TICK: Final = timedelta(microseconds=1)
"""The smallest step of time."""
_NOTHING: Final = timedelta()


class ClockKind(StrEnum):
    RESPONSE = "response"
    UPDATE = "update"


class Pause(msgspec.Struct, frozen=True, gc=False):
    """A clock that stands still since an instant, with so much of its own support time left."""

    since: datetime
    remaining: timedelta


class Clock(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A clock of a ticket: a promise that is open.

    `calendar` names the support time it is counted in, `target` is what was promised, as
    `policy.durations.format_duration` writes it. `every` is the rhythm of reminders once it is late.
    `covered_until`: every reminder slot at or before it
    has been sent, named by a catch-up, or was already past when it was computed; the slots after it wait.
    `call_at`: support was closed when the ticket was opened, and the on-call target is called then.
    Early reminders span `span_from` (None: the start) to the deadline; `span_done` of that span had passed by
    `span_from`. While `pause` is set nothing falls due and `due` is what it was; `waited` is the support time of
    pauses that are over. `escalated`: the escalation target has heard of this silence. `asked`: when the
    customer last asked for an update. `every_in`: the calendar of `every`, where another severity took over a
    clock that had run out (None: its own).
    """

    kind: ClockKind
    severity: str
    calendar: str
    target: str
    every: timedelta
    started: datetime
    due: datetime
    covered_until: datetime
    call_at: datetime | None = None
    span_from: datetime | None = None
    span_done: timedelta = timedelta()
    pause: Pause | None = None
    waited: timedelta = timedelta()
    escalated: datetime | None = None
    asked: datetime | None = None
    every_in: str | None = None

    @property
    def spans_from(self) -> datetime:
        return self.span_from or self.started

    @property
    def reminds_in(self) -> str:
        """The calendar of the reminders after the deadline."""
        return self.every_in or self.calendar


class Outcome(StrEnum):
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


class Interval(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """An ended clock, never rewritten: what was promised, under which severity, and how it ended.

    `judged` is the instant that decides which period it counts in: when it was met or when it ran out.
    Of a clock that was paused when it ended `due` is that instant at the earliest.
    """

    ticket: str
    kind: ClockKind
    severity: str
    calendar: str
    started: datetime
    due: datetime
    ended: datetime
    outcome: Outcome
    target: str = ""
    waited: timedelta = timedelta()

    @property
    def judged(self) -> datetime:
        return min(self.ended, self.due)


class SlotKind(StrEnum):
    """Why a reminder goes out: an early one, because nobody has it, at the deadline, or after it. Of two that
    fall on one instant the one named later here stands."""

    EARLY = "early"
    UNOWNED = "unowned"
    DUE = "due"
    OVERDUE = "overdue"


class Slot(msgspec.Struct, frozen=True, gc=False):
    """An instant at which a reminder is promised to staff."""

    at: datetime
    kind: SlotKind


class Lateness(msgspec.Struct, frozen=True, gc=False):
    """How late something is: in the support time of its clock, and as time goes by."""

    support: timedelta
    elapsed: timedelta


def start_response(
    policy: Policy, promised: Promise, opened: datetime, *, now: datetime | None = None
) -> Clock:
    """The first-response clock of a ticket opened (or reported) at that instant. Slots before `now` (None: the
    same instant) are past, but for a deadline that is."""
    clock = _start(policy, ClockKind.RESPONSE, promised, promised.respond, opened)
    now = now or opened
    if now > opened:
        clock = replace(clock, covered_until=min(now, clock.due - TICK))
    support = policy.calendar(promised.calendar)
    return clock if support.is_open(now) else replace(clock, call_at=support.next_opening(now))


def start_update(policy: Policy, promised: Promise, since: datetime) -> Clock | None:
    """The update clock from that instant; None for a severity whose updates are on request."""
    if promised.update_every is None:
        return None
    return _start(policy, ClockKind.UPDATE, promised, promised.update_every, since)


def start_requested(policy: Policy, promised: Promise, since: datetime) -> Clock | None:
    """The update clock of an update that was asked for at that instant, where updates are on request; None
    where they have a cadence, or where none is promised."""
    if promised.update_every is not None or promised.update_on_request is None:
        return None
    return _start(policy, ClockKind.UPDATE, promised, promised.update_on_request, since)


def start_promised(policy: Policy, promised: Promise, since: datetime, due: datetime) -> Clock:
    """An update clock that staff promised by word, not by a cadence: due at that instant."""
    calendar = promised.calendar
    target = policy.calendar(calendar).support_time_between(since, due)
    return Clock(
        kind=ClockKind.UPDATE,
        severity=promised.severity,
        calendar=calendar,
        target=format_duration(target),
        every=promised.update_every or policy.business_day,
        started=since,
        due=due,
        covered_until=since,
    )


def counted(
    policy: Policy, promised: Promise, target: Duration, since: datetime, *, waited: timedelta = timedelta()
) -> datetime:
    """When a target counted from an instant is due; `waited` of its support time does not count."""
    amount = target.count * policy.business_day if isinstance(target, BusinessDays) else target
    return policy.calendar(promised.counted_in(target)).add_support_time(since, amount + waited)


def end(clock: Clock, ticket: str, at: datetime, *, cancelled: bool = False) -> Interval:
    """The record of a clock that ends now. Met means at or before the due instant; one that has run out is a
    breach, however it ends."""
    due = max(clock.due, at) if clock.pause else clock.due
    outcome = Outcome.BREACHED if at > due else Outcome.CANCELLED if cancelled else Outcome.MET
    return Interval(
        ticket=ticket,
        kind=clock.kind,
        severity=clock.severity,
        calendar=clock.calendar,
        started=clock.started,
        due=due,
        ended=at,
        outcome=outcome,
        target=clock.target,
        waited=clock.waited,
    )


def lateness(policy: Policy, clock: Clock | Interval, at: datetime) -> Lateness | None:
    """How late a promise is at an instant; None at or before its deadline, and while it is paused."""
    if at <= clock.due or (isinstance(clock, Clock) and clock.pause):
        return None
    calendar = policy.calendar(clock.calendar)
    return Lateness(support=calendar.support_time_between(clock.due, at), elapsed=at - clock.due)


def missed(policy: Policy, clock: Clock, at: datetime) -> int:
    """How many promised instants have gone by without an answer: the deadline, and each cadence after it."""
    return 0 if clock.pause or at < clock.due else 1 + _Late(policy, clock).turns_until(at)


def at_risk_from(policy: Policy, clock: Clock) -> datetime:
    """From when a promise is at risk: its first early reminder, or heads-up."""
    calendar = policy.calendar(clock.calendar)
    least = min(_early_offsets(policy, clock), default=None)
    if least is None:
        return clock.due
    at = calendar.add_support_time(clock.spans_from, least) if least > _NOTHING else clock.spans_from
    return min(at, clock.due)


def slots_until_due(policy: Policy, clock: Clock) -> tuple[Slot, ...]:
    """The reminder slots up to and with the deadline, in order of time; two of one instant are one.

    Response: at the fractions of the target, again while nobody has it, and at the opening of a desk that was
    closed. Update: a heads-up, a share of the cadence before the deadline.
    """
    calendar = policy.calendar(clock.calendar)
    base = clock.spans_from
    early: dict[datetime, SlotKind] = {}
    for offset in _early_offsets(policy, clock):
        if offset > _NOTHING:
            early[calendar.add_support_time(base, offset)] = SlotKind.EARLY
    if clock.kind is ClockKind.RESPONSE:
        for offset in policy.severity(clock.severity).wake_again:
            early[calendar.add_support_time(base, offset)] = SlotKind.UNOWNED
        if clock.call_at:
            early[clock.call_at] = SlotKind.UNOWNED
    return (
        *(Slot(at, early[at]) for at in sorted(early) if base < at < clock.due),
        Slot(clock.due, SlotKind.DUE),
    )


def next_slot(
    policy: Policy, clock: Clock, after: datetime, *, early: tuple[Slot, ...] | None = None
) -> Slot:
    """The first slot strictly after an instant. Costs the same however long ago the deadline was. `early` are its
    `slots_until_due` (None: they have not been reckoned yet)."""
    for slot in slots_until_due(policy, clock) if early is None else early:
        if slot.at > after:
            return slot
    late = _Late(policy, clock)
    return Slot(late.at(late.turns_until(after) + 1), SlotKind.OVERDUE)


def due_slots(
    policy: Policy,
    clock: Clock,
    until: datetime,
    *,
    most: int = 50,
    early: tuple[Slot, ...] | None = None,
) -> tuple[tuple[Slot, ...], int]:
    """The slots after `covered_until` and at or before `until`, in order of time: the newest `most` of
    them, and how many there are in all. `((), 0)` when none is due. `early` as in `next_slot`."""
    ahead = slots_until_due(policy, clock) if early is None else early
    found = [slot for slot in ahead if clock.covered_until < slot.at <= until]
    if until <= clock.due:
        return tuple(found[-most:]), len(found)
    late = _Late(policy, clock)
    first, last = late.turns_until(clock.covered_until) + 1, late.turns_until(until)
    newest = [Slot(late.at(turn), SlotKind.OVERDUE) for turn in range(max(first, last - most + 1), last + 1)]
    return (*found, *newest)[-most:], len(found) + max(0, last - first + 1)


class _Late:
    """The slots after a deadline: turn 1 is one cadence after it, and so on. The rhythm is the cadence of the
    severity in the clock's own support time; without a cadence, every business day of that calendar."""

    def __init__(self, policy: Policy, clock: Clock) -> None:
        self.calendar = policy.calendar(clock.reminds_in)
        self.every = clock.every
        self.due = clock.due

    def at(self, turn: int) -> datetime:
        return self.calendar.add_support_time(self.due, self.every * turn)

    def turns_until(self, instant: datetime) -> int:
        """How many turns lie after the deadline and at or before an instant."""
        if instant <= self.due:
            return 0
        return self.calendar.support_time_between(self.due, instant) // self.every


def _early_offsets(policy: Policy, clock: Clock) -> list[timedelta]:
    """When early reminders fall, as support time after `spans_from`; what is past by then is not above zero."""
    ahead = policy.calendar(clock.calendar).support_time_between(
        clock.spans_from, max(clock.due, clock.spans_from)
    )
    whole = clock.span_done + ahead
    if clock.kind is ClockKind.RESPONSE:
        return [whole * fraction - clock.span_done for fraction in policy.response_fractions]
    return [ahead - min(clock.every, whole) * policy.heads_up]


def _start(policy: Policy, kind: ClockKind, promised: Promise, target: Duration, since: datetime) -> Clock:
    return Clock(
        kind=kind,
        severity=promised.severity,
        calendar=promised.counted_in(target),
        target=format_duration(target),
        every=promised.update_every or policy.business_day,
        started=since,
        due=counted(policy, promised, target, since),
        covered_until=since,
    )
