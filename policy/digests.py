"""The weekly summary that comes by itself: of which week, and when. Source: policy.md section 7.

Weeks are ISO weeks on the clock of whoever reads it, and go by their Mondays. The newest whole week is told; where
several were missed, the older ones are named, and nothing comes twice.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from policy.calendars import Calendar
from policy.periods import Period, Unit, days, midnight

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(weeks=1)


class DigestRules(msgspec.Struct, frozen=True):
    """It comes on a day of the week (0: Monday) after the one that it tells of, at a time of day. `on_holidays` False:
    never while the business hours are closed all day, but on the next day that has some, in the same week."""

    day: int = 0
    at: time = time(9)
    on_holidays: bool = True


class DigestClock(msgspec.Struct, frozen=True):
    """When digests are sent to somebody: the rules, on the clock of a zone. `calendar` has the business hours there
    (None: none are known, and every day is like any other)."""

    rules: DigestRules
    zone: str
    calendar: Calendar | None = None

    def sent_at(self, week: date) -> datetime:
        """When the week that begins on this Monday is told, in UTC. A time that the clock skips is as much later, one
        that it shows twice the first."""
        first = week + _WEEK + self.rules.day * _DAY
        day = first
        if self.calendar is not None and not self.rules.on_holidays:
            rest = (week + _WEEK + number * _DAY for number in range(self.rules.day, 7))
            day = next((one for one in rest if self._is_open_on(one)), first)
        return datetime.combine(day, self.rules.at, ZoneInfo(self.zone)).astimezone(UTC)

    def newest(self, now: datetime) -> date:
        """The Monday of the newest week whose digest has come due."""
        monday = monday_of(now.astimezone(ZoneInfo(self.zone)).date())
        while self.sent_at(monday) > now:
            monday -= _WEEK
        return monday

    def _is_open_on(self, day: date) -> bool:
        assert self.calendar is not None
        return bool(self.calendar.intervals(midnight(day, self.zone), midnight(day + _DAY, self.zone)))


class DueDigest(msgspec.Struct, frozen=True):
    """A digest that is to be sent: of the week that begins on a Monday. `missed` are the Mondays of older weeks that
    nothing was told of, the oldest first; `sent_at` is when it was due."""

    week: date
    sent_at: datetime
    missed: tuple[date, ...] = ()


def due_digest(clock: DigestClock, told: date, now: datetime) -> DueDigest | None:
    """What is to be sent now, `told` being the Monday of the last week that was told; None: nothing."""
    newest = clock.newest(now)
    if newest <= told:
        return None
    between = (newest - told).days // 7 - 1
    missed = tuple(told + (number + 1) * _WEEK for number in range(between))
    return DueDigest(newest, clock.sent_at(newest), missed)


def next_digest_at(clock: DigestClock, told: date, now: datetime) -> datetime:
    """When the next one is due, after `told` and after the newest at `now`."""
    return clock.sent_at(max(told, clock.newest(now)) + _WEEK)


def monday_of(day: date) -> date:
    return day - day.weekday() * _DAY


def week_of(monday: date, zone: str) -> Period:
    """The week as a period on the clock of a zone."""
    return days(monday, monday + _WEEK, zone, Unit.WEEK, 1)
