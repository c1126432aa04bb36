"""Support-time calendars: when a desk is open, and how long support time takes (`policy.md` section 3).

Calendars are immutable values. Instants are aware UTC datetimes, intervals half-open `[start, end)`, so that
a desk is closed at its closing time. Durations of support time are exact to the microsecond. Questions and
answers lie from 1970 to 2099; what else can go wrong is the tree of errors in `policy.ranges`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Protocol, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from policy.holidays import Closures, days, parse_closures, public_holidays
from policy.ranges import (
    HORIZON_END,
    HORIZON_START,
    BeyondHorizon,
    CalendarError,
    CalendarNeverOpens,
    Interval,
    InvalidCalendar,
    InvalidClosure,
    InvalidHours,
    InvalidQuestion,
    NaiveInstant,
    NegativeSupportTime,
    ReversedInterval,
    Span,
    SpanIndex,
    UnknownHolidays,
    UnknownZone,
    WallClockHours,
    beyond,
    bound,
    duration_micros,
    from_micros,
    instant,
    merged,
    on_day,
    parse_hours,
    to_micros,
)

__all__ = [
    "ALWAYS_OPEN",
    "LONGEST_STRETCH",
    "AlwaysOpen",
    "BeyondHorizon",
    "Calendar",
    "CalendarError",
    "CalendarNeverOpens",
    "Interval",
    "InvalidCalendar",
    "InvalidClosure",
    "InvalidHours",
    "InvalidQuestion",
    "NaiveInstant",
    "NegativeSupportTime",
    "ReversedInterval",
    "UnionCalendar",
    "UnknownHolidays",
    "UnknownZone",
    "WeeklyCalendar",
    "WeeklyHours",
    "union",
]

LONGEST_STRETCH = timedelta(days=366)
"""A calendar closed for longer is refused; one open for longer is said never to close."""

_OPENINGS_A_YEAR = 52
"""Any 366 days hold each day of the week at least so often."""
_YEARS_KEPT = 16
_ZONE_OF_THE_MACHINE = "localtime"
_REACH = timedelta(days=3)
"""No hours that begin so long before or after a UTC year fall into it, in any zone."""


class Calendar(Protocol):
    """When support is open. `WeeklyCalendar`, `UnionCalendar` and `ALWAYS_OPEN` are calendars.

    Every method raises `NaiveInstant` and `BeyondHorizon`.
    """

    @property
    def name(self) -> str:
        """What people are shown, and what *why this deadline* names."""

    def is_open(self, at: datetime) -> bool:
        """Whether `at` lies in an open interval: yes at the opening instant, no at the closing one."""

    def next_opening(self, at: datetime) -> datetime:
        """`at` itself when open then, else the first opening after it."""

    def next_closing(self, at: datetime) -> datetime | None:
        """The end of the open interval that holds `at`, or when closed then, of the next one.

        None when it doesn't end within `LONGEST_STRETCH` of `at` or of that next opening.
        """

    def intervals(self, start: datetime, end: datetime) -> tuple[Interval, ...]:
        """The open intervals within `[start, end)`: clipped to it, in order, never touching.

        Raises `ReversedInterval`.
        """

    def add_support_time(self, start: datetime, amount: timedelta) -> datetime:
        """The earliest instant by which `amount` of support time has passed since `start`.

        What falls exactly on closing time is closing time, not the next opening. Zero is the instant at which
        the clock starts: `start` when open then, else the next opening. Grows with `start` and with `amount`.
        Raises `NegativeSupportTime`.
        """

    def support_time_between(self, start: datetime, end: datetime) -> timedelta:
        """The open time within `[start, end)`; the inverse of `add_support_time`.

        Raises `ReversedInterval`.
        """


class AlwaysOpen(msgspec.Struct, frozen=True):
    """Any hour of any day."""

    name: str = "24x7"

    def is_open(self, at: datetime) -> bool:
        instant(at)
        return True

    def next_opening(self, at: datetime) -> datetime:
        return instant(at)

    def next_closing(self, at: datetime) -> datetime | None:
        instant(at)
        return None

    def intervals(self, start: datetime, end: datetime) -> tuple[Interval, ...]:
        start, end = _range(start, end)
        return (Interval(start, end),) if start < end else ()

    def add_support_time(self, start: datetime, amount: timedelta) -> datetime:
        start = instant(start)
        _amount(start, amount)
        return start + amount

    def support_time_between(self, start: datetime, end: datetime) -> timedelta:
        start, end = _range(start, end)
        return end - start


ALWAYS_OPEN = AlwaysOpen()


class _YearByYear(msgspec.Struct, frozen=True, dict=True):
    """A calendar that works out a UTC year when first asked of it and keeps a few in the object itself."""

    def _spans(self, year: int) -> list[Span]:
        """The open spans within the UTC year, as `merged` leaves them."""
        raise NotImplementedError

    @property
    def _label(self) -> str:
        raise NotImplementedError

    def is_open(self, at: datetime) -> bool:
        at = instant(at)
        at_us, year = to_micros(at), self._year(at.year)
        index = bisect_right(year.ends, at_us)
        return index < len(year.ends) and year.starts[index] <= at_us

    def next_opening(self, at: datetime) -> datetime:
        at = instant(at)
        at_us, year = to_micros(at), self._year(at.year)
        index = bisect_right(year.ends, at_us)
        if index == len(year.ends):
            return from_micros(self._year(self._next_with_hours(at.year)).starts[0])
        return from_micros(max(at_us, year.starts[index]))

    def next_closing(self, at: datetime) -> datetime | None:
        opening = self.next_opening(at)
        opening_us, number = to_micros(opening), opening.year
        year = self._year(number)
        end = year.ends[bisect_right(year.ends, opening_us)]
        while end - opening_us <= duration_micros(LONGEST_STRETCH):
            if end == to_micros(HORIZON_END):
                raise beyond()
            number += 1
            year = self._year(number)
            if not year.starts or year.starts[0] != end:
                return from_micros(end)
            end = year.ends[0]
        return None

    def intervals(self, start: datetime, end: datetime) -> tuple[Interval, ...]:
        start, end = _range(start, end)
        if start == end:
            return ()
        start_us, end_us = to_micros(start), to_micros(end)
        spans: list[Span] = []
        for number in range(start.year, end.year + 1):
            year = self._year(number)
            for index in range(bisect_right(year.ends, start_us), bisect_left(year.starts, end_us)):
                spans.append((max(year.starts[index], start_us), min(year.ends[index], end_us)))
        return tuple(Interval(from_micros(opens), from_micros(closes)) for opens, closes in merged(spans))

    def add_support_time(self, start: datetime, amount: timedelta) -> datetime:
        start = instant(start)
        left = _amount(start, amount)
        if not left:
            return self.next_opening(start)
        number = start.year
        year = self._year(number)
        left += year.worked(to_micros(start))
        while left > year.total:
            left -= year.total
            number = self._next_with_hours(number)
            year = self._year(number)
        return from_micros(year.reached(left))

    def support_time_between(self, start: datetime, end: datetime) -> timedelta:
        start, end = _range(start, end)
        worked = self._year(end.year).worked(to_micros(end)) - self._year(start.year).worked(to_micros(start))
        worked += sum(self._year(number).total for number in range(start.year, end.year))
        return timedelta(microseconds=worked)

    @cached_property
    def _years(self) -> dict[int, SpanIndex]:
        return {}

    def _year(self, number: int) -> SpanIndex:
        year = self._years.get(number)
        if year is None:
            year = SpanIndex.of(self._spans(number) if number < HORIZON_END.year else [])
            if len(self._years) >= _YEARS_KEPT:
                self._years.clear()
            self._years[number] = year
        return year

    def _next_with_hours(self, number: int) -> int:
        """The first year with open hours after the given one: the following one or the one after that.

        Raises `CalendarNeverOpens` when both have none, `BeyondHorizon` at the end of all years.
        """
        for later in (number + 1, number + 2):
            if later >= HORIZON_END.year:
                raise beyond()
            if self._year(later).starts:
                return later
        raise CalendarNeverOpens(f"{self._label}: closed for all of {number + 1} and {number + 2}")


class WeeklyHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Local wall-clock hours for each day of the week, written `HH:MM-HH:MM`; none: closed that day.

    `00:00-24:00` is the whole day. Hours past midnight (`22:00-06:00`) belong to the day on which they begin:
    they are closed to their end when that date is, and open to their end when only the next one is closed.
    Hours that overlap count once.
    """

    mon: tuple[str, ...] = ()
    tue: tuple[str, ...] = ()
    wed: tuple[str, ...] = ()
    thu: tuple[str, ...] = ()
    fri: tuple[str, ...] = ()
    sat: tuple[str, ...] = ()
    sun: tuple[str, ...] = ()

    @classmethod
    def weekdays(cls, *hours: str) -> Self:
        """The same hours Monday to Friday."""
        return cls(hours, hours, hours, hours, hours)

    @classmethod
    def every_day(cls, *hours: str) -> Self:
        """The same hours on all seven days."""
        return cls(hours, hours, hours, hours, hours, hours, hours)


class WeeklyCalendar(_YearByYear, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A weekly pattern on the local clock of one zone, less public holidays and closures.

    Plain data, so that it is read from a settings file, kept and compared as it stands. What can be checked
    without the lists of public holidays is checked at once (`UnknownZone`, `InvalidHours`, `InvalidClosure`,
    `CalendarNeverOpens`), the rest by `check`. Times that the clock change skips or repeats: `ranges.on_day`.
    """

    name: str
    zone: str
    """A name of the IANA time zone database."""
    hours: WeeklyHours
    country: str | None = None
    """ISO 3166-1 code of the country whose public holidays are kept; None: no public holidays."""
    subdivision: str | None = None
    """Its state or part, as in ISO 3166-2 after the country; None: only what the whole country keeps."""
    holidays_are_working_days: bool = False
    """Public holidays are like any other day (extended hours). Closures stay closed."""
    closures: tuple[str, ...] = ()
    """The operator's own, both ends closed: `2026-08-13`, `2026-08-13..2026-08-15`, every year `05-01` or
    `12-29..01-03`."""

    def __post_init__(self) -> None:
        _ = self._zone, self._closures  # refused here rather than when asked
        if self.subdivision is not None and self.country is None:
            raise InvalidCalendar(f"{self._label}: subdivision {self.subdivision!r} without a country")
        if not any(self._week):
            raise CalendarNeverOpens(f"{self._label}: no hours on any day of the week")
        if self._closures.most_in_a_year >= _OPENINGS_A_YEAR:
            self._refuse_long_closure(holidays=False)

    def check(self) -> None:
        """Checks also what needs the public holidays. Raises `UnknownHolidays`, `CalendarNeverOpens`."""
        if self.country is not None:
            public_holidays(self.country, self.subdivision, (HORIZON_START.year,))
        self._refuse_long_closure(holidays=True)

    @property
    def _label(self) -> str:
        return f"calendar {self.name!r}"

    @cached_property
    def _zone(self) -> ZoneInfo:
        try:
            if self.zone == _ZONE_OF_THE_MACHINE:
                raise ValueError
            return ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise UnknownZone(
                f"{self._label}: no time zone {self.zone!r}; expected one such as Asia/Tokyo"
            ) from None

    @cached_property
    def _week(self) -> tuple[tuple[WallClockHours, ...], ...]:
        week = []
        for day, texts in msgspec.structs.asdict(self.hours).items():
            try:
                week.append(tuple(map(parse_hours, texts)))
            except InvalidHours as error:
                raise InvalidHours(f"{self._label}, {day}: {error}") from None
        return tuple(week)

    @cached_property
    def _closures(self) -> Closures:
        try:
            return parse_closures(self.closures)
        except InvalidClosure as error:
            raise InvalidClosure(f"{self._label}, closures: {error}") from None

    def _closed(self, first: date, last: date, *, holidays: bool = True) -> set[date]:
        closed = self._closures.between(first, last)
        if holidays and self.country is not None and not self.holidays_are_working_days:
            closed |= public_holidays(self.country, self.subdivision, range(first.year, last.year + 1))
        return closed

    def _spans(self, year: int) -> list[Span]:
        start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
        first, last = (start - _REACH).date(), (end + _REACH).date()
        closed, week, zone = self._closed(first, last), self._week, self._zone
        least, most = to_micros(start), to_micros(end)
        spans = []
        for day in days(first, last):
            for hours in week[day.weekday()] if day not in closed else ():
                span = on_day(hours, day, zone)
                if span and span[0] < most and span[1] > least:
                    spans.append((max(span[0], least), min(span[1], most)))
        return merged(spans)

    def _refuse_long_closure(self, *, holidays: bool) -> None:
        first, last = HORIZON_START.date(), (HORIZON_END - timedelta(days=1)).date()
        closed = self._closed(first, last, holidays=holidays)
        opened = first - timedelta(days=1)
        for day in days(first, last):
            if self._week[day.weekday()] and day not in closed:
                opened = day
            elif day - opened > LONGEST_STRETCH:
                since = opened + timedelta(days=1)
                raise CalendarNeverOpens(
                    f"{self._label}: closed for more than 366 days in a row from {since} on"
                )


class UnionCalendar(_YearByYear, frozen=True):
    """Open whenever one of its calendars is: follow the sun. Made by `union`."""

    name: str
    calendars: tuple[Calendar, ...]

    def _spans(self, year: int) -> list[Span]:
        start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
        return merged(
            (to_micros(interval.start), to_micros(interval.end))
            for calendar in self.calendars
            for interval in calendar.intervals(start, end)
        )

    @property
    def _label(self) -> str:
        return f"calendar {self.name!r}"


def union(calendars: Iterable[Calendar], name: str | None = None) -> Calendar:
    """The calendar that is open whenever one of these is.

    `name`: theirs, joined by ` + `, when None. Raises `CalendarNeverOpens` for no calendars.
    """
    parts = tuple(calendars)
    if not parts:
        raise CalendarNeverOpens(f"calendar {name or 'union'!r}: a union of no calendars")
    return UnionCalendar(name or " + ".join(part.name for part in parts), parts)


def _range(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    start, end = bound(start), bound(end)
    if end < start:
        raise ReversedInterval(f"the end {end.isoformat()} is before the start {start.isoformat()}")
    return start, end


def _amount(start: datetime, amount: timedelta) -> int:
    """In microseconds; refused when it is below zero, or beyond the horizon even without a closed hour."""
    if amount < timedelta(0):
        raise NegativeSupportTime(f"support time can't be negative: {amount}")
    if amount > HORIZON_END - start:
        raise beyond()
    return duration_micros(amount)
