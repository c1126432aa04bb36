"""A span of time as people type it: `10:00-11:30`, `2026-10-03 10:00-`, `until 11:30`, or two ISO 8601 instants.

Nothing is guessed: what can be read in two ways is refused, and says so.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import Enum
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from commands.wall import ShownTwice, instant_at, on_the_wall, tidied


class Fault(Enum):
    """Why a text is no span of time."""

    UNREADABLE = "not written in any of the ways"
    ZONES = "a zone is written at one end only, or where it could be taken for the other end"
    NO_SUCH_TIME = "no calendar or no local clock has that time"
    TWICE = "the local clock shows that time twice, since it is set back then"
    REVERSED = "it ends before it starts, or when it starts"


class BadSpan(ValueError):
    """A text that is no span of time; `what` is the part of it that is wrong."""

    def __init__(self, fault: Fault, what: str) -> None:
        super().__init__(f"{what!r}: {fault.value}")
        self.fault = fault
        self.what = what


@dataclass(frozen=True, slots=True)
class Span:
    """`[start, end)` in UTC, the start before the end. `start` is None where only an end was given (`-11:30`), `end`
    where it has none yet (`10:00-`); never both."""

    start: datetime | None
    end: datetime | None


class _Written(NamedTuple):
    """An instant as it is written. `zone` is '' for a local time; `time` may be `now`."""

    text: str
    date: str
    time: str
    zone: str


_OFFSET: Final = r"[+-]\d\d:?\d\d"
_LONG_VOWEL: Final = re.compile(r"(?<=[\dzZ])\s*ー|^ー")
"""Beside the dash on Japanese keyboards."""


def _instant(name: str, *, offset: bool) -> str:
    zone = rf"Z|{_OFFSET}" if offset else "Z"
    return (
        rf"(?P<{name}>(?:(?P<{name}_date>\d{{4}}-\d\d-\d\d)(?:T|\s+))?"
        rf"(?P<{name}_time>\d{{1,2}}:\d\d(?::\d\d)?)\s*(?P<{name}_zone>{zone})?)"
    )


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.ASCII | re.IGNORECASE)


_UNTIL: Final = rf"(?:{_instant('end', offset=True)}|(?P<now>now))"
_PATTERNS: Final = (
    _pattern(rf"(?:-|/|until\s)\s*{_UNTIL}"),
    _pattern(rf"{_instant('start', offset=True)}\s*/\s*(?:{_UNTIL})?"),
    # Between dashes an offset could not be told from the other end: `10:00-11:30`.
    _pattern(rf"{_instant('start', offset=False)}\s*-\s*(?:{_instant('end', offset=False)}|(?P<now>now))?"),
)
_OFFSET_OR_END: Final = _pattern(rf"\d{{4}}-\d\d-\d\dT[\d:]+{_OFFSET}")
"""`2026-10-03T10:00-05:00` is an ISO 8601 instant, and might as well be meant as from 10:00 to 05:00."""


def read_span(words: str, zone: ZoneInfo, now: datetime) -> Span:
    """Read a span of time. Local times are of `zone`; a time without a date is today's there, and an end without
    one is on the day of the start. Raises BadSpan."""
    text = _LONG_VOWEL.sub("-", tidied(words))
    if _OFFSET_OR_END.fullmatch(text):
        raise BadSpan(Fault.ZONES, text)
    found = next((found for pattern in _PATTERNS if (found := pattern.fullmatch(text))), None)
    if found is None:
        raise BadSpan(Fault.UNREADABLE, text)
    first, last = _written(found, "start"), _written(found, "end")
    if first and last and bool(first.zone) != bool(last.zone):
        raise BadSpan(Fault.ZONES, text)
    day = first.date if first else ""
    start = _read(first, "", zone, now) if first else None
    end = _read(last, day, zone, now) if last else now.replace(microsecond=0) if found["now"] else None
    if start and end and end <= start:
        raise BadSpan(Fault.REVERSED, text)
    return Span(start, end)


def _written(found: re.Match[str], name: str) -> _Written | None:
    parts = found.groupdict()
    if not parts.get(name):
        return None
    return _Written(*(parts[key] or "" for key in (name, f"{name}_date", f"{name}_time", f"{name}_zone")))


def _read(written: _Written, day: str, zone: ZoneInfo, now: datetime) -> datetime:
    place = _zone(written, zone)
    on = written.date or day
    try:
        shown = on_the_wall(date.fromisoformat(on) if on else now.astimezone(place).date(), written.time)
        return instant_at(shown, place)
    except ShownTwice:
        raise BadSpan(Fault.TWICE, written.text) from None
    except ValueError:
        raise BadSpan(Fault.NO_SUCH_TIME, written.text) from None


def _zone(written: _Written, zone: ZoneInfo) -> tzinfo:
    if not written.zone:
        return zone
    if written.zone in "Zz":
        return UTC
    hours, minutes = int(written.zone[1:3]), int(written.zone[-2:])
    if hours > 14 or minutes > 59:
        raise BadSpan(Fault.NO_SUCH_TIME, written.text)
    ahead = timedelta(hours=hours, minutes=minutes)
    return timezone(-ahead if written.zone[0] == "-" else ahead)
