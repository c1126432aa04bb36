"""Dates on which a desk is closed: public holidays, and the operator's own closures."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from policy.ranges import InvalidClosure, UnknownHolidays

_DATE = re.compile(r"(?:(\d{4})-)?(\d{2})-(\d{2})", re.ASCII)
_LEAP_YEAR = 2000

MonthDay = tuple[int, int]


class Closures(NamedTuple):
    """Ranges of dates, first and last both closed."""

    once: tuple[tuple[date, date], ...]
    yearly: tuple[tuple[MonthDay, MonthDay], ...]
    """Repeating; a range whose last is before its first runs into the following year."""

    @property
    def most_in_a_year(self) -> int:
        """At most so many dates are closed within any 366 days; cheap, and an overestimate."""
        once = sum((last - first).days + 1 for first, last in self.once)
        lengths = (date(_LEAP_YEAR, *last) - date(_LEAP_YEAR, *first) for first, last in self.yearly)
        return once + 2 * sum(length.days % 366 + 1 for length in lengths)

    def between(self, first: date, last: date) -> set[date]:
        """The closed ones of the dates from first to last, both included."""
        ranges = [*self.once]
        for start, end in self.yearly:
            for year in range(first.year - 1, last.year + 1):
                ranges.append((_not_before(year, start), _not_after(year + (end < start), end)))
        return {day for start, end in ranges for day in days(max(start, first), min(end, last))}


def days(first: date, last: date) -> Iterable[date]:
    """Every date from first to last, both included; none when last is before first."""
    return map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))


def parse_closures(texts: Iterable[str]) -> Closures:
    """`2026-08-13`, `2026-08-13..2026-08-15`, every year `05-01`, `12-29..01-03`; both ends are closed.

    A yearly `02-29` is closed in leap years only. Raises `InvalidClosure`.
    """
    once: list[tuple[date, date]] = []
    yearly: list[tuple[MonthDay, MonthDay]] = []
    for text in texts:
        start, dots, end = text.partition("..")
        first_year, first = _parse_date(text, start)
        last_year, last = _parse_date(text, end) if dots else (first_year, first)
        if (first_year is None) != (last_year is None):
            raise InvalidClosure(f"{text!r}: either both dates have a year or none")
        if first_year is None or last_year is None:
            yearly.append((first, last))
        elif (last_year, last) < (first_year, first):
            raise InvalidClosure(f"{text!r}: the last date is before the first")
        else:
            once.append((date(first_year, *first), date(last_year, *last)))
    return Closures(tuple(once), tuple(yearly))


def public_holidays(country: str, subdivision: str | None, years: Iterable[int]) -> set[date]:
    """Public holidays, substitutes and observed days included.

    `country` is an ISO 3166-1 code, `subdivision` the part of ISO 3166-2 after it (None: nationwide ones).
    Raises `UnknownHolidays`.
    """
    import holidays  # loads slowly, and most processes never ask

    try:
        return set(holidays.country_holidays(country, subdiv=subdivision, years=years))
    except NotImplementedError:
        where = country if subdivision is None else f"{country}-{subdivision}"
        raise UnknownHolidays(f"no public holidays are known for {where!r}") from None


def _parse_date(text: str, part: str) -> tuple[int | None, MonthDay]:
    found = _DATE.fullmatch(part)
    if not found:
        raise InvalidClosure(
            f"{text!r}: expected YYYY-MM-DD, YYYY-MM-DD..YYYY-MM-DD, or MM-DD, MM-DD..MM-DD for every year"
        )
    year = None if found[1] is None else int(found[1])
    try:
        day = date(_LEAP_YEAR if year is None else year, int(found[2]), int(found[3]))
    except ValueError:
        raise InvalidClosure(f"{text!r}: there is no date {part}") from None
    return year, (day.month, day.day)


def _not_before(year: int, day: MonthDay) -> date:
    """The date, or 1 March for 29 February of a common year."""
    return date(year, 2, 28) + timedelta(days=1) if day == (2, 29) else date(year, *day)


def _not_after(year: int, day: MonthDay) -> date:
    """The date, or 28 February for 29 February of a common year."""
    return date(year, 3, 1) - timedelta(days=1) if day == (2, 29) else date(year, *day)
