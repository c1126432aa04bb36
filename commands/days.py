"""The words of a day, in both languages: `tomorrow`, `friday`, `nov 25`, `来週の月曜日`.

Weekdays, Japanese dates and what people say every day are read here. dateparser reads what else may name a day in
English, and is not believed where its day does not have the numbers that were written; a Japanese `11月25日` it takes
for one of the year 2111.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Final

from commands.wall import NoSuchTime
from policy.schema import Language


class Fault(Enum):
    """Why a text is no instant to come."""

    UNREADABLE = "not written in any of the ways"
    AMBIGUOUS = "can be read in two ways"
    NO_SUCH_TIME = "no calendar or no local clock has that time"
    TWICE = "the local clock shows that time twice, since it is set back then"
    PAST = "it has passed"


class BadWhen(ValueError):
    """A text that is no instant to come; `what` is the text."""

    def __init__(self, fault: Fault, what: str) -> None:
        super().__init__(f"{what!r}: {fault.value}")
        self.fault = fault
        self.what = what


_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_WEEKDAY: Final = re.compile(r"(?:(?P<which>this|next)\s+)?(?P<name>[a-z]{3,9})\.?", re.IGNORECASE)
_WEEKDAY_JA: Final = re.compile(r"(?P<which>今週|来週|次)?の?(?P<name>[月火水木金土日])曜日?")
_TO_COME: Final = {
    **dict.fromkeys(("today", "今日", "本日", "きょう"), 0),
    **dict.fromkeys(("tomorrow", "tmrw", "明日", "あした", "あす", "翌日"), 1),
    **dict.fromkeys(("明後日", "あさって"), 2),
}
_DAYS_LATER: Final = re.compile(r"in (\d{1,3}) days|(\d{1,3})\s*日後", re.IGNORECASE)
_MONTH_DAY_JA: Final = re.compile(
    r"(?:(\d{4})\s*年\s*)?(\d{1,2})\s*月\s*(\d{1,2})\s*日\s*(?:\(([月火水木金土日])\))?"
)
_SLASHES: Final = re.compile(r"(\d{1,2})/(\d{1,2})")
_ISO_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_FARTHEST: Final = timedelta(days=366)


def warm() -> None:
    """Load dateparser, which takes some 200 ms: for a thread, before anybody waits for it."""
    _dateparser(datetime(2026, 1, 1)).get_date_data("1 may")  # noqa: DTZ001


def is_warm() -> bool:
    """Whether dateparser has been loaded."""
    return "dateparser.date" in sys.modules


def read_day(text: str, today: date, language: Language) -> date:
    """The day that words name; `language` is what the person reads, and decides about `11/12` alone. Raises BadWhen,
    NoSuchTime."""
    if text.lower() in _TO_COME:
        return today + timedelta(days=_TO_COME[text.lower()])
    if later := _DAYS_LATER.fullmatch(text):
        return today + timedelta(days=int(later[1] or later[2]))
    for day in _weekday(text, today):
        return day
    if _ISO_DAY.fullmatch(text):
        return _date(int(text[:4]), int(text[5:7]), int(text[8:]))
    if found := _MONTH_DAY_JA.fullmatch(text):
        day = _month_day(found[1], int(found[2]), int(found[3]), today)
        if found[4] and "月火水木金土日".index(found[4]) != day.weekday():
            raise NoSuchTime(text)
        return day
    if found := _SLASHES.fullmatch(text):
        if language != "ja":
            raise BadWhen(Fault.AMBIGUOUS, text)
        return _month_day(None, int(found[1]), int(found[2]), today)
    return _by_dateparser(text, today)


def _weekday(text: str, today: date) -> Iterator[date]:
    """The next such day; nothing for other words. Raises BadWhen where it might be another week's."""
    if found := _WEEKDAY_JA.fullmatch(text):
        wanted = "月火水木金土日".index(found["name"])
    elif found := _WEEKDAY.fullmatch(text):
        named = _prefixed(found["name"].lower(), _WEEKDAYS)
        if named is None:
            return
        wanted = named
    else:
        return
    which = (found["which"] or "").lower()
    ahead = (wanted - today.weekday()) % 7
    # Of today's own name nobody knows whether today is meant; of a Sunday, to which week it belongs.
    if ahead == 0 or which in {"next", "次"} or (which and wanted == 6):
        raise BadWhen(Fault.AMBIGUOUS, text)
    if which == "来週":
        yield today + timedelta(days=7 - today.weekday() + wanted)
    elif which and wanted < today.weekday():
        raise BadWhen(Fault.PAST, text)
    else:
        yield today + timedelta(days=ahead)


def _month_day(year: str | None, month: int, day: int, today: date) -> date:
    """Without a year the next such day. Raises NoSuchTime."""
    if year:
        return _date(int(year), month, day)
    found = _date(today.year, month, day)
    return found if found >= today else _date(today.year + 1, month, day)


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise NoSuchTime(f"{year}-{month}-{day}") from None


def _by_dateparser(text: str, today: date) -> date:
    """A day in English words such as `nov 25` or `wednesday, the 25th`. Raises BadWhen, NoSuchTime."""
    if re.fullmatch(r"[\d\s./-]+", text):  # a number alone is no day, dots and slashes go two ways
        raise BadWhen(Fault.AMBIGUOUS, text)
    names = re.findall(r"[^\W\d_]+", re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", "", text.lower()))
    weekdays = [number for name in names if (number := _prefixed(name, _WEEKDAYS)) is not None]
    months = [name for name in names if _prefixed(name, _MONTHS) is not None]
    known = {"the", "of", "on", "day", "after", "tomorrow"}
    if len(names) != len(weekdays) + len(months) + sum(name in known for name in names):
        raise BadWhen(Fault.UNREADABLE, text)  # of other words dateparser makes something, or overlooks them
    base = datetime(today.year, today.month, today.day)  # noqa: DTZ001
    data = _dateparser(base).get_date_data(text)
    found: date | None = data.date_obj.date() if data.date_obj else None
    if found is None or data.period != "day":
        raise BadWhen(Fault.UNREADABLE, text)
    numbers = {int(number) for number in re.findall(r"\d+", text)}
    if not numbers <= {found.year, found.month, found.day} or found > today + _FARTHEST:
        raise BadWhen(Fault.UNREADABLE, text)
    if weekdays and weekdays != [found.weekday()]:
        raise NoSuchTime(text)
    return found


def _prefixed(name: str, known: Sequence[str]) -> int | None:
    """The place of the name that a word is, or is the beginning of by three letters or more; None: of none, or of
    two."""
    meant = [number for number, one in enumerate(known) if len(name) >= 3 and one.startswith(name)]
    return meant[0] if len(meant) == 1 else None


def a_day_of(text: str) -> date | None:
    """The day that English words name with its month and year, such as `1st of May 2026`; None for other words."""
    data = _dateparser(datetime(2026, 1, 1)).get_date_data(text)  # noqa: DTZ001
    found: date | None = data.date_obj.date() if data.date_obj else None
    if found is None or data.period != "day":
        return None
    numbers = {int(number) for number in re.findall(r"\d+", text)}
    return found if numbers == {found.year, found.day} else None


def _dateparser(base: datetime) -> Any:
    # Loaded here, since it takes long: not at the start, and never while Slack waits (`warm`).
    from dateparser.date import DateDataParser

    settings = {
        "PREFER_DATES_FROM": "future",
        "RELATIVE_BASE": base,
        "REQUIRE_PARTS": ["day"],
        "PARSERS": ["relative-time", "absolute-time"],
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    return DateDataParser(languages=["en"], settings=settings)
