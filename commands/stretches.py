"""The words of one stretch of whole days, in both languages: `last week`, `Q3`, `2026-W14`, `1 May`, `先月`, `10月`.

A stretch that names no year or week comes again and again; which one is meant is decided by what stands around it:
alone it is the latest that has begun, at the end of a range the first from its beginning on.
"""

import re
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Final

from commands.bad_periods import BadPeriod, Fault
from commands.day_words import day_in_words, numbers, weekday
from commands.stretch import (
    YEAR,
    Meaning,
    Stretch,
    a_year,
    around,
    fixed,
    in_year,
    iso_week,
    month_number,
    the_month,
)
from policy.periods import Unit
from policy.schema import Language


def read_stretch(text: str, today: date, language: Language) -> Meaning | None:
    """What words mean, in lower case and tidied; None for words that name no stretch. Raises BadPeriod."""
    if text in _NEAR:
        unit, back, count = _NEAR[text]
        return fixed(around(today, unit, back, count))
    if found := _DAYS_AGO.fullmatch(text):
        ago = int(found[1] or found[2])
        return fixed(around(today, Unit.DAY, ago, 1)) if ago else None
    for read in (_week, _quarter, _month, numbers, weekday):
        meaning = read(text, today, language)
        if meaning is not None:
            return meaning
    if found := _WEEK_OF.fullmatch(text):
        of = read_stretch(found[1] or found[2], today, language)
        return None if of is None else Meaning(_weeks_of(of), fixed=of.fixed)
    return day_in_words(text)


# -- what is said from where one stands

_WORDS: Final = {
    # unit, how many units back, how many units long
    (Unit.DAY, 0, 1): "today|今日|本日|きょう|当日",
    (Unit.DAY, 1, 1): "yesterday|昨日|きのう|前日",
    (Unit.DAY, 2, 1): "the day before yesterday|day before yesterday|一昨日|おととい",
    (Unit.DAY, -1, 1): "tomorrow|明日|あした",
    (Unit.WEEK, 0, 1): "this week|current week|week to date|wtd|今週|今週中",
    (Unit.WEEK, 1, 1): "last week|previous week|prior week|先週|前週",
    (Unit.WEEK, 2, 1): "the week before last|week before last|先々週|前々週",
    (Unit.WEEK, -1, 1): "next week|来週|翌週",
    (Unit.MONTH, 0, 1): "this month|current month|month to date|mtd|今月|当月|今月中",
    (Unit.MONTH, 1, 1): "last month|previous month|prior month|先月|前月",
    (Unit.MONTH, 2, 1): "the month before last|month before last|先々月|前々月",
    (Unit.MONTH, -1, 1): "next month|来月|翌月",
    (Unit.MONTH, 0, 3): "this quarter|current quarter|quarter to date|qtd|今四半期|当四半期",
    (Unit.MONTH, 1, 3): "last quarter|previous quarter|prior quarter|前四半期|先四半期",
    (Unit.MONTH, -1, 3): "next quarter|来四半期|翌四半期",
    (Unit.MONTH, 0, 12): "this year|current year|year to date|ytd|今年|本年",
    (Unit.MONTH, 1, 12): "last year|previous year|prior year|昨年|去年|前年",
    (Unit.MONTH, 2, 12): "the year before last|year before last|一昨年|おととし",
    (Unit.MONTH, -1, 12): "next year|来年|翌年",
}
_NEAR: Final = {
    word: (unit, back, count) for (unit, back, count), words in _WORDS.items() for word in words.split("|")
}
_DAYS_AGO: Final = re.compile(r"(\d{1,3}) days? ago|(\d{1,3})\s*日前", re.ASCII)


# -- weeks

_WEEKS: Final = (
    re.compile(rf"(?:({YEAR})\s*-?\s*)?w\s?(\d{{1,2}})", re.ASCII),
    re.compile(rf"(?:({YEAR})\s+)?(?:calendar |iso )?week (?:no\.? )?(\d{{1,2}})", re.ASCII),
    re.compile(rf"(?:({YEAR})\s*年\s*の?\s*)?第\s*(\d{{1,2}})\s*週", re.ASCII),
)
_WEEK_THEN_YEAR: Final = re.compile(rf"(?:w|week )\s?(\d{{1,2}})(?:,? of|,)?\s({YEAR})", re.ASCII)
_WEEK_OF: Final = re.compile(r"(?:the )?week (?:of|starting|beginning) (.+)|(.+?)の週")


def _week(text: str, _: date, __: Language) -> Meaning | None:
    year, number = None, 0
    if found := _WEEK_THEN_YEAR.fullmatch(text):
        year, number = found[2], int(found[1])
    elif found := next((one for pattern in _WEEKS if (one := pattern.fullmatch(text))), None):
        year, number = found[1], int(found[2])
    else:
        return None
    if not 1 <= number <= 53:
        raise BadPeriod(Fault.NO_SUCH_TIME, text)
    return in_year(year, lambda of: _week_of_year(of, number), text)


def _week_of_year(year: int, number: int) -> Stretch | None:
    try:
        return iso_week(date.fromisocalendar(year, number, 1))
    except ValueError:
        return None


def _weeks_of(of: Meaning) -> Callable[[date], list[Stretch]]:
    def near(day: date) -> list[Stretch]:
        found = of.near(day)
        if any(one.unit is not Unit.DAY for one in found):
            raise BadPeriod(Fault.UNREADABLE, "")
        return [iso_week(one.first) for one in found]

    return near


# -- quarters, months, years

_ORDINALS: Final = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}
_QUARTERS: Final = (
    re.compile(rf"(?:(?P<before>{YEAR})\s*[-/]?\s*)?q(?P<n>\d)(?:[\s/-]\s*(?P<after>{YEAR}))?", re.ASCII),
    re.compile(rf"(?:the )?(?P<name>{'|'.join(_ORDINALS)}) quarter(?: of)?(?: (?P<after>{YEAR}))?", re.ASCII),
    re.compile(rf"(?:(?P<before>{YEAR})\s*年\s*の?\s*)?(?:第\s*(?P<n>\d)\s*四半期|q(?P<q>\d))", re.ASCII),
)
_NAME: Final = r"(?P<name>[a-z]{3,9})\.?"
_MONTHS: Final = (
    re.compile(rf"{_NAME}(?:,? (?:of )?(?P<after>{YEAR}))?", re.ASCII),
    re.compile(rf"(?P<before>{YEAR}) {_NAME}", re.ASCII),
    re.compile(rf"(?:(?P<before>{YEAR})\s*年\s*の?\s*)?(?P<n>\d{{1,2}})\s*月", re.ASCII),
    re.compile(rf"(?P<before>{YEAR})[-/](?P<n>\d{{1,2}})", re.ASCII),
    re.compile(rf"(?P<n>\d{{1,2}})/(?P<after>{YEAR})", re.ASCII),
)
_WHOLE_YEAR: Final = re.compile(r"(\d{4})\s*年?", re.ASCII)


def _quarter(text: str, _: date, __: Language) -> Meaning | None:
    for pattern in _QUARTERS:
        if (found := pattern.fullmatch(text)) is None:
            continue
        parts = found.groupdict()
        written = parts.get("n") or parts.get("q")
        number = int(written) if written else _ORDINALS[parts["name"]]
        if not 1 <= number <= 4 or (parts.get("before") and parts.get("after")):
            raise BadPeriod(Fault.NO_SUCH_TIME, text)
        year = parts.get("before") or parts.get("after")
        return in_year(year, partial(the_month, month=3 * number - 2, months=3), text)
    return None


def _month(text: str, _: date, __: Language) -> Meaning | None:
    for pattern in _MONTHS:
        if (found := pattern.fullmatch(text)) is None:
            continue
        parts = found.groupdict()
        number = int(parts["n"]) if parts.get("n") else month_number(parts.get("name") or "")
        if number is None:
            continue
        if not 1 <= number <= 12:
            raise BadPeriod(Fault.NO_SUCH_TIME, text)
        year = parts.get("before") or parts.get("after")
        return in_year(year, partial(the_month, month=number), text)
    if found := _WHOLE_YEAR.fullmatch(text):
        return fixed(the_month(a_year(int(found[1]), text), 1, 12))
    return None
