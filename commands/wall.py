"""Times as clocks on the wall show them, made instants; and people's writing, in the characters that are read here."""

import unicodedata
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from policy.ranges import CalendarError, bound

_DASHES: Final = dict.fromkeys(map(ord, "‐‑‒–—―−〜～~"), "-")


class NoSuchTime(ValueError):
    """No calendar, or no clock of that place, has the time."""


class ShownTwice(ValueError):
    """The clock of that place shows the time twice, since it is set back then."""


def tidied(words: str) -> str:
    """What people type with Japanese keyboards or copy from documents, in the characters that are read here."""
    # The dashes first: one of them would become a tilde.
    plain = unicodedata.normalize("NFKC", words.translate(_DASHES)).translate(_DASHES)
    return " ".join(plain.split())


def first_word(words: str) -> tuple[str, str]:
    """The first word, in the characters that are read here, and what follows it, as it was typed: people with Japanese
    keyboards type `ＡＣＭＥ－１` and blanks of full width."""
    first, *rest = words.split(maxsplit=1) or [""]
    return tidied(first), rest[0].strip() if rest else ""


def on_the_wall(day: date, clock: str) -> datetime:
    """What a clock shows on a day, `9:00`, `09:00:30`; 24:00 is the midnight with which the day ends. Raises
    NoSuchTime."""
    try:
        if clock in {"24:00", "24:00:00"}:
            return datetime.combine(day + timedelta(days=1), time())
        return datetime.combine(day, time.fromisoformat(clock if clock[2] == ":" else f"0{clock}"))
    except (ValueError, OverflowError):
        raise NoSuchTime(clock) from None


def instant_at(shown: datetime, place: tzinfo) -> datetime:
    """The instant, in UTC, at which the clock of a place shows a naive time. Raises NoSuchTime, ShownTwice."""
    earlier, later = shown.replace(tzinfo=place), shown.replace(tzinfo=place, fold=1)
    try:
        at = bound(earlier)
    except (CalendarError, ValueError, OverflowError):
        raise NoSuchTime(str(shown)) from None
    before, after = earlier.utcoffset() or timedelta(), later.utcoffset() or timedelta()
    if before < after:
        raise NoSuchTime(str(shown))
    if before > after:
        raise ShownTwice(str(shown))
    return at
