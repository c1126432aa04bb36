"""How a running clock changes without ending: it stands still, runs on, or gets another deadline.

What has run out keeps its deadline, whatever changes afterwards: a breach is never rewritten.
Source: policy.md section 3.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec.structs import replace

from policy.clocks import TICK, Clock, ClockKind, Pause, counted, due_slots
from policy.durations import Duration, format_duration
from policy.schema import Policy
from policy.support_time import Promise


class Rule(StrEnum):
    """Which rule gave a changed deadline; from when the new target is counted goes by it."""

    FROM_CHANGE = "from_change"
    """An upgrade: the earlier of the old deadline and the change plus the new target."""
    FROM_START = "from_start"
    """A retroactive upgrade: the earlier of the old deadline and the clock's start plus the new target."""
    DOWNGRADE = "downgrade"
    """The clock's start (opening, last public update) plus the new target, never earlier than the old one."""
    RAN_OUT = "ran_out"
    """It had run out: it stays as it was judged."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A clock with its new deadline. `target` counted from `counted_from` in `calendar`, `waited` of it in
    pauses, gave `candidate`, and `rule` chose between that and `old_due`; `candidate` is None where the rule
    asked for none."""

    clock: Clock
    rule: Rule
    counted_from: datetime
    target: str
    calendar: str
    waited: timedelta
    old_due: datetime
    candidate: datetime | None


def pause_clock(policy: Policy, clock: Clock, now: datetime) -> Clock:
    """The clock stands still from now on and keeps the support time that is left; `now` is not after its
    deadline."""
    left = policy.calendar(clock.calendar).support_time_between(now, clock.due)
    return replace(clock, pause=Pause(since=now, remaining=left))


def resume_clock(policy: Policy, clock: Clock, now: datetime) -> Clock:
    """The clock runs on: due when what was left has passed, and never earlier than it was. Early reminders that
    would have fallen before are past."""
    pause = clock.pause
    if pause is None:
        return clock
    calendar = policy.calendar(clock.calendar)
    spanned = calendar.support_time_between(clock.spans_from, pause.since)
    return replace(
        clock,
        due=max(calendar.add_support_time(now, pause.remaining), clock.due),
        pause=None,
        waited=clock.waited + calendar.support_time_between(pause.since, now),
        span_from=now,
        span_done=clock.span_done + spanned,
        covered_until=max(clock.covered_until, now),
    )


def change_clock(
    policy: Policy, clock: Clock, promised: Promise, now: datetime, *, upgrade: bool
) -> Changed | None:
    """A clock that runs (is not paused), under another promise; None when that has no target for it.

    Reminders span from the change to the deadline from now on. A new deadline that is past already is one whose
    reminder is still to come.
    """
    target = _target(policy, clock, promised)
    if target is None:
        return None
    from_start = not upgrade or policy.retroactive
    since = clock.started if from_start else now
    waited = clock.waited if from_start else timedelta()
    candidate = counted(policy, promised, target, since, waited=waited)
    name = format_duration(target)
    moved = replace(
        clock,
        severity=promised.severity,
        calendar=promised.counted_in(target),
        every=promised.update_every or policy.business_day,
    )
    if clock.due < now:
        due_now = due_slots(policy, clock, now)[1]
        covered = clock.covered_until if due_now else max(clock.covered_until, now)
        late = replace(moved, calendar=clock.calendar, every_in=promised.calendar, covered_until=covered)
        return Changed(late, Rule.RAN_OUT, since, name, moved.calendar, waited, clock.due, None)
    due = min(clock.due, candidate) if upgrade else max(clock.due, candidate)
    rule = Rule.DOWNGRADE if not upgrade else Rule.FROM_START if from_start else Rule.FROM_CHANGE
    covered = max(clock.covered_until, now) if due > now else min(clock.covered_until, due - TICK)
    changed = replace(
        moved,
        target=name if due == candidate else clock.target,
        due=due,
        span_from=now,
        span_done=timedelta(),
        covered_until=covered,
    )
    return Changed(changed, rule, since, name, moved.calendar, waited, clock.due, candidate)


def _target(policy: Policy, clock: Clock, promised: Promise) -> Duration | None:
    if clock.kind is ClockKind.RESPONSE:
        return promised.respond
    if promised.update_every is not None:
        return promised.update_every
    asked_for = policy.severity(clock.severity).update_every is None
    return promised.update_on_request if asked_for else None
