"""Half-open ranges of time `[start, end)`, wall-clock hours, and the instants that bound them.

Inside, an instant is an integer number of microseconds since 1970-01-01T00:00Z, so that sums and comparisons
are exact; outside, it is an aware UTC `datetime`.

What can be wrong with a calendar, or with a question put to it:

    CalendarError (ValueError)
    ├── InvalidCalendar            refused when it is built, by `check`, or at the latest when it is asked
    │   ├── UnknownZone            not a name of the IANA time zone database
    │   ├── UnknownHolidays        a country or subdivision whose public holidays are not known
    │   ├── InvalidHours           not `HH:MM-HH:MM`
    │   ├── InvalidClosure         neither a date nor a range of dates
    │   └── CalendarNeverOpens     never open, or closed for more than 366 days in a row
    └── InvalidQuestion
        ├── NaiveInstant           a datetime without a time zone
        ├── BeyondHorizon          what is asked, or the answer, lies before 1970 or after 2099
        ├── ReversedInterval       the end is before the start
        └── NegativeSupportTime    an amount of support time below zero
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

Span = tuple[int, int]
"""Start and end in microseconds since the epoch, half-open."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HORIZON_START = EPOCH
HORIZON_END = datetime(2100, 1, 1, tzinfo=UTC)
"""Exclusive. Lists of public holidays end here, and a guess beyond them would look like a promise."""

_MICROSECOND = timedelta(microseconds=1)
_SECOND_US = 1_000_000
_DAY_MINUTES = 24 * 60
_HOURS = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", re.ASCII)


class CalendarError(ValueError):
    """Any error of this subject; the tree stands above."""


class InvalidCalendar(CalendarError):
    """The calendar can't be what it was described to be."""


class UnknownZone(InvalidCalendar):
    """Not a name of the IANA time zone database."""


class UnknownHolidays(InvalidCalendar):
    """A country or subdivision whose public holidays are not known."""


class InvalidHours(InvalidCalendar):
    """Not wall-clock hours of the form `HH:MM-HH:MM`."""


class InvalidClosure(InvalidCalendar):
    """Neither a date nor a range of dates, with a year or for every year."""


class CalendarNeverOpens(InvalidCalendar):
    """Never open, or closed for more than 366 days in a row."""


class InvalidQuestion(CalendarError):
    """The question can't be answered by any calendar."""


class NaiveInstant(InvalidQuestion):
    """A datetime without a time zone is not an instant."""


class BeyondHorizon(InvalidQuestion):
    """What is asked, or the answer, lies outside `[HORIZON_START, HORIZON_END)`."""


class ReversedInterval(InvalidQuestion):
    """The end is before the start."""


class NegativeSupportTime(InvalidQuestion):
    """An amount of support time below zero."""


class Interval(NamedTuple):
    """`[start, end)`, both aware UTC, start before end."""

    start: datetime
    end: datetime


class WallClockHours(NamedTuple):
    """Hours on a local clock, in minutes after the midnight with which their day begins.

    `closes` is above `opens`, at most 24 h later, and above 24:00 when the hours run past midnight.
    """

    opens: int
    closes: int


def instant(at: datetime) -> datetime:
    """The same instant in UTC.

    Raises `NaiveInstant`, and `BeyondHorizon` outside `[HORIZON_START, HORIZON_END)`.
    """
    at = bound(at)
    if at == HORIZON_END:
        raise beyond(at)
    return at


def bound(at: datetime) -> datetime:
    """Like `instant`, for the end of a half-open range: `HORIZON_END` itself is admitted."""
    if at.tzinfo is not UTC:
        if at.utcoffset() is None:
            raise NaiveInstant(f"{at.isoformat()} has no time zone: an instant is an aware datetime")
        try:
            at = at.astimezone(UTC)
        except OverflowError:
            raise beyond(at) from None
    if not HORIZON_START <= at <= HORIZON_END:
        raise beyond(at)
    return at


def beyond(at: datetime | None = None) -> BeyondHorizon:
    """The error for an instant, or (None) for an answer, outside the horizon."""
    what = "the answer" if at is None else at.isoformat()
    return BeyondHorizon(f"{what} is outside {HORIZON_START:%Y-%m-%d} .. {HORIZON_END:%Y-%m-%d} (exclusive)")


def to_micros(at: datetime) -> int:
    """Microseconds since the epoch; `at` is aware."""
    return (at - EPOCH) // _MICROSECOND


def from_micros(at_us: int) -> datetime:
    """The instant so many microseconds after the epoch, aware UTC."""
    return EPOCH + timedelta(0, *divmod(at_us, _SECOND_US))


def duration_micros(amount: timedelta) -> int:
    """The exact length in microseconds."""
    return amount // _MICROSECOND


def merged(spans: Iterable[Span]) -> list[Span]:
    """The union of non-empty spans: in order, disjoint, and not even touching."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            if end > result[-1][1]:
                result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
    return result


class SpanIndex(NamedTuple):
    """Merged spans, ready for bisection, with the time worked in them."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]
    """Microseconds worked before each start, and at the very end the total: one more than there are spans."""

    @classmethod
    def of(cls, spans: Sequence[Span]) -> Self:
        """The index of what `merged` leaves."""
        starts, ends = tuple(start for start, _ in spans), tuple(end for _, end in spans)
        return cls(starts, ends, tuple(accumulate((end - start for start, end in spans), initial=0)))

    @property
    def total(self) -> int:
        return self.before[-1]

    def worked(self, at_us: int) -> int:
        """Microseconds worked before an instant."""
        index = bisect_right(self.ends, at_us)
        if index == len(self.ends):
            return self.total
        return self.before[index] + max(0, at_us - self.starts[index])

    def reached(self, worked_us: int) -> int:
        """The earliest instant before which so much has been worked; above 0 and at most the total."""
        index = bisect_left(self.before, worked_us) - 1
        return self.starts[index] + worked_us - self.before[index]


def parse_hours(text: str) -> WallClockHours:
    """`09:00-18:00`; `00:00-24:00` is the whole day; `22:00-06:00` ends on the following day.

    Raises `InvalidHours`.
    """
    found = _HOURS.fullmatch(text)
    if not found:
        raise InvalidHours(f"{text!r}: expected HH:MM-HH:MM, such as 09:00-18:00")
    hour, minute, to_hour, to_minute = map(int, found.groups())
    opens, closes = hour * 60 + minute, to_hour * 60 + to_minute
    if opens >= _DAY_MINUTES:
        raise InvalidHours(f"{text!r}: a day's last opening time is 23:59")
    if closes > _DAY_MINUTES:
        raise InvalidHours(f"{text!r}: a day's last closing time is 24:00")
    if opens == closes:
        raise InvalidHours(f"{text!r}: opens and closes at the same time; the whole day is 00:00-24:00")
    return WallClockHours(opens, closes if closes > opens else closes + _DAY_MINUTES)


def on_day(hours: WallClockHours, day: date, zone: ZoneInfo) -> Span | None:
    """From the first to the last instant at which a clock in `zone` shows one of the `hours` of `day`.

    So the span is as long as it really is when the clocks change within it, and no local time raises:

    * a time that doesn't exist, to open or to close at, is the instant of the change, right after the gap;
    * a time that exists twice opens at the first and closes at the second. But a closing time with which the
      repeated stretch only begins (midnight in Havana) is the first: nothing before it is repeated.

    None when nothing of the hours exists, as on 2011-12-30 in Apia.
    """
    midnight = datetime.combine(day, time(), zone)
    start = _opening(midnight + timedelta(minutes=hours.opens))
    end = _closing(midnight + timedelta(minutes=hours.closes))
    return (start, end) if start < end else None


def _opening(wall: datetime) -> int:
    before, after = _offsets(wall)
    return _change(wall, before, after) if before < after else _as_if_utc(wall) - duration_micros(before)


def _closing(wall: datetime) -> int:
    last = wall - _MICROSECOND
    before, after = _offsets(last)
    return _change(last, before, after) if before < after else _as_if_utc(wall) - duration_micros(after)


def _offsets(wall: datetime) -> tuple[timedelta, timedelta]:
    """By what the local clock is ahead of UTC when it shows `wall`, the first time and the second.

    They are equal unless it does so twice (then the first is greater), or never (then the second is greater:
    before the change, and after it).
    """
    before, after = wall.utcoffset(), wall.replace(fold=1).utcoffset()
    assert before is not None  # a ZoneInfo always knows
    assert after is not None
    return before, after


def _as_if_utc(wall: datetime) -> int:
    return to_micros(wall.replace(tzinfo=UTC))


def _change(wall: datetime, before: timedelta, after: timedelta) -> int:
    """The instant at which the offset changes; `wall` lies in the gap that this leaves on the local clock."""
    wall_s = _as_if_utc(wall) // _SECOND_US
    low, high = wall_s - int(after.total_seconds()), wall_s - int(before.total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, wall.tzinfo).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high * _SECOND_US
