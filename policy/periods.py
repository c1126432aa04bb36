"""Periods that figures are made of: half-open ranges of instants, read on the calendar of a zone.

A period of whole calendar units (days, ISO weeks, months, quarters, years) knows its unit, so that the period before it
is as long in the same units: the month before March is February. Source: policy.md section 7.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from policy.months import months_later

_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)


class Unit(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    """Also of quarters and years, which are 3 and 12."""


class Period(msgspec.Struct, frozen=True, omit_defaults=True):
    """`[start, end)` in UTC, as people of `zone` (an IANA name) mean it; the end may lie ahead.

    `unit` and `count`: it is so many of them, from a local midnight to a local midnight; None: it begins or ends at
    another time of day."""

    start: datetime
    end: datetime
    zone: str
    unit: Unit | None = None
    count: int = 0

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def first_day(self) -> date:
        return self.start.astimezone(self.tz).date()

    @property
    def last_day(self) -> date:
        """The day, there, of its last instant."""
        return (self.end - timedelta(microseconds=1)).astimezone(self.tz).date()

    def holds(self, at: datetime) -> bool:
        return self.start <= at < self.end

    def until(self, now: datetime) -> datetime:
        """Up to where it has passed: its end, or `now` while it still runs; never before its start."""
        return max(self.start, min(self.end, now))

    def before(self, now: datetime) -> "Period":
        """The period before it, of the same length in the same units. Of one that still runs it is as much of that
        as has passed of it, to the same time of day, so that equal stretches are compared."""
        whole = self._whole_before()
        if now >= self.end or self.unit is None:
            return whole
        passed = now.astimezone(self.tz).replace(tzinfo=None) - _midnight(self.first_day)
        shown = _midnight(whole.first_day) + passed
        end = min(whole.end, max(whole.start, shown.replace(tzinfo=self.tz).astimezone(UTC)))
        return Period(whole.start, end, self.zone)

    def _whole_before(self) -> "Period":
        first = self.first_day
        if self.unit is None:
            return Period(self.start - (self.end - self.start), self.start, self.zone)
        if self.unit is Unit.MONTH:
            return days(months_later(first, -self.count), first, self.zone, self.unit, self.count)
        step = _WEEK if self.unit is Unit.WEEK else _DAY
        return days(first - self.count * step, first, self.zone, self.unit, self.count)


def days(start: date, end: date, zone: str, unit: Unit, count: int) -> Period:
    """From the midnight with which a day begins to that of another (excluded), on the clock of a zone."""
    return Period(midnight(start, zone), midnight(end, zone), zone, unit, count)


def midnight(day: date, zone: str) -> datetime:
    """The first instant of a day in a zone. Where the clocks skip midnight it is the instant of the skip; where they
    show it twice, the first."""
    local = _midnight(day).replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


def iso_weeks(start: datetime, end: datetime) -> Iterator[datetime]:
    """An instant of each ISO week (UTC) that `[start, end]` touches, in order."""
    at = datetime.combine(start.astimezone(UTC).date(), time(), UTC)
    at -= at.weekday() * _DAY
    while at <= end:
        yield at
        at += _WEEK


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
