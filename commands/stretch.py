"""Stretches of whole days as values: one, or one that comes again and again (a month, a weekday)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from commands.bad_periods import BadPeriod, Fault
from policy.months import months_later
from policy.periods import Unit

DAY: Final = timedelta(days=1)
YEAR: Final = r"(?:20\d\d)"
"""A year as it is written, for patterns."""
_YEARS: Final = (2000, 2099)
_MONTH_NAMES: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """`[first, end)` in days: so many (`count`) of a `unit`."""

    first: date
    end: date
    unit: Unit
    count: int = 1


@dataclass(frozen=True, slots=True)
class Meaning:
    """A stretch, or one that comes again: `near` answers those that begin within about a year of a day, in order.
    `own_day`: on a day of that name nobody knows whether that day is meant."""

    near: Callable[[date], list[Stretch]]
    fixed: bool = False
    own_day: bool = False

    def latest(self, today: date, text: str) -> Stretch:
        """The latest that has begun. Raises BadPeriod."""
        if self.fixed:
            return self.near(today)[0]
        begun = [one for one in self.near(today) if one.first <= today]
        if not begun:
            raise BadPeriod(Fault.NO_SUCH_TIME, text)
        if self.own_day and begun[-1].first == today:
            raise BadPeriod(Fault.AMBIGUOUS, text)
        return begun[-1]

    def first_from(self, start: date, text: str) -> Stretch:
        """The first that begins on a day or after it. Raises BadPeriod."""
        if self.fixed:
            return self.near(start)[0]
        later = [one for one in self.near(start) if one.first >= start]
        if not later:
            raise BadPeriod(Fault.NO_SUCH_TIME, text)
        return later[0]


def day_stretch(day: date) -> Stretch:
    return Stretch(day, day + DAY, Unit.DAY)


def the_month(year: int, month: int, months: int = 1) -> Stretch:
    first = a_date(year, month, 1)
    return Stretch(first, months_later(first, months), Unit.MONTH, months)


def fixed(stretch: Stretch) -> Meaning:
    return Meaning(lambda _: [stretch], fixed=True)


def yearly(of_year: Callable[[int], Stretch | None]) -> Meaning:
    def near(day: date) -> list[Stretch]:
        years = (of_year(year) for year in range(day.year - 1, day.year + 2))
        return sorted((one for one in years if one), key=lambda one: one.first)

    return Meaning(near)


def in_year(written: str | None, of_year: Callable[[int], Stretch | None], text: str) -> Meaning:
    """Of the year that is written, or of any. Raises BadPeriod."""
    if written is None:
        return yearly(of_year)
    stretch = of_year(a_year(int(written), text))
    if stretch is None:
        raise BadPeriod(Fault.NO_SUCH_TIME, text)
    return fixed(stretch)


def around(today: date, unit: Unit, back: int, count: int) -> Stretch:
    if unit is Unit.DAY:
        return day_stretch(today - back * DAY)
    if unit is Unit.WEEK:
        return iso_week(today - back * 7 * DAY)
    first = date(today.year, (today.month - 1) // count * count + 1, 1)
    first = months_later(first, -back * count)
    return Stretch(first, months_later(first, count), Unit.MONTH, count)


def iso_week(day: date) -> Stretch:
    first = day - day.weekday() * DAY
    return Stretch(first, first + 7 * DAY, Unit.WEEK)


def month_number(name: str) -> int | None:
    """The month of an English name, or of its first three letters or more; None for another word."""
    name = "sep" if name == "sept" else name
    found = [
        number for number, known in enumerate(_MONTH_NAMES, 1) if len(name) >= 3 and known.startswith(name)
    ]
    return found[0] if len(found) == 1 else None


def a_year(year: int, text: str) -> int:
    if not _YEARS[0] <= year <= _YEARS[1]:
        raise BadPeriod(Fault.NO_SUCH_TIME, text)
    return year


def a_date(year: int, month: int, day: int, text: str = "") -> date:
    try:
        return date(a_year(year, text), month, day)
    except ValueError as error:
        if isinstance(error, BadPeriod):
            raise
        raise BadPeriod(Fault.NO_SUCH_TIME, text) from None
