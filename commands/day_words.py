"""The words of one day, in both languages: `1 May`, `5月1日`, `Tuesday`, `先週の月曜日`, `2026-05-01`."""

import re
from datetime import date
from functools import partial
from typing import Final

from commands.bad_periods import BadPeriod, Fault
from commands.days import a_day_of
from commands.stretch import (
    DAY,
    YEAR,
    Meaning,
    Stretch,
    a_date,
    around,
    day_stretch,
    fixed,
    in_year,
    iso_week,
    month_number,
)
from policy.periods import Unit
from policy.schema import Language

_WEEKS: Final = {
    **dict.fromkeys(("this week", "今週"), 0),
    **dict.fromkeys(("last week", "previous week", "先週"), 1),
    **dict.fromkeys(("the week before last", "week before last", "先々週"), 2),
    **dict.fromkeys(("next week", "来週"), -1),
}

_ISO_DAY: Final = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})", re.ASCII)
_DAY_JA: Final = re.compile(
    r"(?:(\d{4})\s*年\s*)?(\d{1,2})\s*月\s*(\d{1,2})\s*日\s*(?:\(?([月火水木金土日])(?:曜日?)?\)?)?", re.ASCII
)
_TWO: Final = re.compile(r"(\d{1,2})/(\d{1,2})", re.ASCII)
_THREE: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{2}|\d{4})", re.ASCII)


def numbers(text: str, _: date, language: Language) -> Meaning | None:
    if found := _ISO_DAY.fullmatch(text):
        return fixed(day_stretch(a_date(int(found[1]), int(found[3]), int(found[4]), text)))
    if found := _DAY_JA.fullmatch(text):
        return named_day(found[1], int(found[2]), int(found[3]), _JA_DAYS.find(found[4] or "?"), text)
    if found := _TWO.fullmatch(text):
        if language != "ja":
            raise BadPeriod(Fault.AMBIGUOUS, text)
        return named_day(None, int(found[1]), int(found[2]), -1, text)
    if _THREE.fullmatch(text) or (text.isdecimal() and len(text) != 4):
        raise BadPeriod(Fault.AMBIGUOUS, text)
    return None


_JA_DAYS: Final = "月火水木金土日"
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_NAME: Final = r"(?P<name>[a-z]{3,9})\.?"
_IN_WEEK: Final = r"(?P<week>last week|this week|the week before last|week before last|previous week)"
_DAYS_OF_A_WEEK: Final = (
    re.compile(rf"(?:(?P<which>this|last|past|next) )?{_DAY_NAME}", re.ASCII),
    re.compile(rf"{_DAY_NAME},?(?: of)? {_IN_WEEK}", re.ASCII),
    re.compile(rf"{_IN_WEEK}(?:'s)?,? {_DAY_NAME}", re.ASCII),
    re.compile(rf"(?:(?P<week>今週|先週|先々週|来週)\s*の?\s*)?(?P<ja>[{_JA_DAYS}])曜日?"),
)


def weekday(text: str, today: date, _: Language) -> Meaning | None:
    for pattern in _DAYS_OF_A_WEEK:
        if (found := pattern.fullmatch(text)) is None:
            continue
        parts = found.groupdict()
        wanted = _JA_DAYS.find(parts["ja"]) if parts.get("ja") else _weekday_number(parts["name"])
        if wanted is None:
            continue
        if parts.get("week"):
            week = around(today, Unit.WEEK, _WEEKS[parts["week"]], 1)
            return fixed(day_stretch(week.first + wanted * DAY))
        if parts.get("which") == "this":
            return fixed(day_stretch(iso_week(today).first + wanted * DAY))
        if parts.get("which"):  # of last Tuesday nobody knows whether it is the latest, or last week's
            raise BadPeriod(Fault.AMBIGUOUS, text)
        return Meaning(partial(_weekdays, wanted=wanted), own_day=True)
    return None


def _weekday_number(name: str) -> int | None:
    """0 for Monday to 6, by the English name or its first three letters or more; None for another word."""
    found = [number for number, known in enumerate(_WEEKDAYS) if len(name) >= 3 and known.startswith(name)]
    return found[0] if found else None


def _weekdays(day: date, wanted: int) -> list[Stretch]:
    monday = iso_week(day).first
    return [day_stretch(monday + (wanted + 7 * week) * DAY) for week in (-1, 0, 1)]


def named_day(year: str | None, month: int, day: int, weekday: int, text: str) -> Meaning:
    if not 1 <= month <= 12:
        raise BadPeriod(Fault.NO_SUCH_TIME, text)
    a_date(2024, month, day, text)  # a leap year: what is wrong there is wrong in every year

    def of_year(number: int) -> Stretch | None:
        try:
            found = date(number, month, day)
        except ValueError:
            return None
        return None if weekday >= 0 and found.weekday() != weekday else day_stretch(found)

    return in_year(year, of_year, text)


_NAMED: Final = re.compile(r"(?:(?P<weekday>[a-z]{3,9})\.?,? )?(?:the )?(?P<rest>.*[a-z].*)", re.ASCII)


def day_in_words(text: str) -> Meaning | None:
    """`1 may`, `may 1st, 2026`, `friday, 1 may`: a day and the name of a month, which dateparser reads."""
    weekday = -1
    found = _NAMED.fullmatch(text)
    if found and found["weekday"] and (number := _weekday_number(found["weekday"])) is not None:
        weekday, text = number, found["rest"]
    # dateparser overlooks what it does not know: there is no word but the month's, and nothing else.
    if re.search(r"[^\w\s,.]", text):
        return None
    names = re.findall(r"[^\W\d]+", re.sub(r"(?<=\d)(?:st|nd|rd|th)\b|\bof\b", "", text))
    if len(names) != 1 or month_number(names[0]) is None:
        return None
    written = re.search(rf"\b{YEAR}\b", text)
    # It has to be given a year, and says no more than the day and the month of it: so it gets a leap year.
    of_leap_year = f"{text[: written.start()]}2024{text[written.end() :]}" if written else f"{text} 2024"
    day = a_day_of(of_leap_year)
    if day is None:
        return None
    return named_day(written[0] if written else None, day.month, day.day, weekday, text)
