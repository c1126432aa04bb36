"""An instant to come as people write it: `30m`, `8 hours`, `1 business day`, `tomorrow 9:00`, `until friday 17:00`,
`明日9時まで`.

Nothing is guessed: what can be read in two ways is refused, and says so.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from commands.days import BadWhen, Fault, read_day
from commands.wall import NoSuchTime, ShownTwice, instant_at, on_the_wall, tidied
from policy.durations import LONGEST, BadDuration, BusinessDays, Duration, parse_duration
from policy.schema import Language

CountBusinessDays = Callable[[BusinessDays], datetime]


@dataclass(frozen=True, slots=True)
class _Time:
    """What a clock shows, `17:00`, the words about the day around it, and the zone behind it, '' without one."""

    clock: str
    day: str
    zone: str


_UNITS: Final = {
    "s": r"s|secs?|seconds?|秒",
    "m": r"m|mins?|minutes?|分",
    "h": r"h|hrs?|hours?|時間",
    "d": r"d|days?|日",
    "w": r"w|wks?|weeks?|週間?",
}
_PART: Final = re.compile(
    r"(?P<count>\d+(?:\.\d+)?|an?)\s*(?:"
    + "|".join(f"(?P<{unit}>{names})" for unit, names in _UNITS.items())
    + r")(?![a-z])(?P<half>半)?間?(?:\s*(?:,|and)\s*|\s*)",
    re.IGNORECASE | re.ASCII,
)
_BUSINESS: Final = re.compile(r"(\d{1,3})\s*営業日")
_FOR: Final = re.compile(r"^(?:for|in|after)\s+|\s*後$", re.IGNORECASE)
_UNTIL: Final = re.compile(r"^(?:until|till|til|by)\s+|\s*(?:まで|迄)(?:に)?$", re.IGNORECASE)

_ZONE: Final = r"(?:\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d|[A-Z]{3,5})(?![\w:]))?"
_CLOCKS: Final = (
    re.compile(
        r"(?P<half>午前|午後|朝|夕方|夜)?\s*(?P<hour>\d{1,2})\s*時(?!間)\s*(?:(?P<minute>\d{1,2})\s*分|(?P<and>半))?"
    ),
    re.compile(
        r"(?<![\d:.])(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?\s*(?P<half>[ap]\.?m\.?)(?![\w])", re.IGNORECASE
    ),
    re.compile(r"(?<![\d:.])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::00)?(?![\d:])(?!\s*[apAP]\.?[mM])" + _ZONE),
    re.compile(r"(?<!\w)noon(?!\w)|正午", re.IGNORECASE),
)
_HALVES: Final = {
    # From which hour to which they are said, and what is added.
    "午前": (0, 11, 0),
    "午後": (0, 11, 12),
    "朝": (4, 11, 0),
    "夕方": (3, 7, 12),
    "夜": (6, 11, 12),
}

_FILLERS: Final = re.compile(r"^(?:on|at)\s+|\s+(?:at|on)$|^の|の$|[,、]$|に$", re.IGNORECASE)


def read_when(
    words: str,
    *,
    zone: ZoneInfo,
    now: datetime,
    language: Language,
    business_days: CountBusinessDays | None = None,
) -> datetime:
    """The instant, in UTC and after `now`, that words name. Local times are of `zone`; one without a day is the next
    such time. `language` is what the person reads, and decides about `11/12` alone. `business_days` counts those
    (None: they make no sense here). Raises BadWhen."""
    text = tidied(words)
    until = _UNTIL.search(text) is not None
    bare = _UNTIL.sub("", text).strip()
    length = _duration(bare)
    if length is not None:
        if until:
            raise BadWhen(Fault.AMBIGUOUS, text)
        return _later(length, now, business_days, text)
    try:
        at = _instant(bare, zone, now, language)
    except NoSuchTime:
        raise BadWhen(Fault.NO_SUCH_TIME, text) from None
    except ShownTwice:
        raise BadWhen(Fault.TWICE, text) from None
    except BadWhen as bad:
        raise BadWhen(bad.fault, text) from None
    if at <= now:
        raise BadWhen(Fault.PAST, text)
    return at


def _duration(text: str) -> Duration | None:
    bare = _FOR.sub("", text).strip()
    if days := _BUSINESS.fullmatch(bare):
        return BusinessDays(int(days[1])) if int(days[1]) else None
    try:
        return parse_duration(bare)
    except BadDuration:
        pass
    if _half_an_hour(bare):
        return timedelta(minutes=30)
    total, end, seen = timedelta(), 0, set[str]()
    for found in _PART.finditer(bare):
        unit = next(unit for unit in _UNITS if found[unit])
        if found.start() != end or unit in seen:
            return None
        count = 1.0 if found["count"].lower() in {"a", "an"} else float(found["count"])
        count += 0.5 if found["half"] else 0
        if count * _SECONDS[unit] > LONGEST.total_seconds():
            return None
        total += timedelta(seconds=count * _SECONDS[unit])
        end = found.end()
        seen.add(unit)
    whole = end == len(bare) and bool(seen)
    return total if whole and timedelta() < total <= LONGEST else None


_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def _half_an_hour(text: str) -> bool:
    return text.lower() in {"half an hour", "half hour", "半時間"}


def _later(length: Duration, now: datetime, count: CountBusinessDays | None, text: str) -> datetime:
    if not isinstance(length, BusinessDays):
        return now + length
    if count is None:
        raise BadWhen(Fault.UNREADABLE, text)
    return count(length)


def _instant(text: str, zone: ZoneInfo, now: datetime, language: Language) -> datetime:
    """Raises BadWhen, NoSuchTime, ShownTwice."""
    found = _clock(re.sub(r"(\d{4}-\d\d-\d\d)T(?=\d)", r"\1 ", text))
    place = _place(found.zone, zone)
    today = now.astimezone(place).date()
    day = read_day(found.day, today, language) if found.day else today
    at = instant_at(on_the_wall(day, found.clock), place)
    if not found.day and at <= now:
        at = instant_at(on_the_wall(today + timedelta(days=1), found.clock), place)
    if place is zone and found.zone and at.astimezone(zone).tzname() != found.zone.upper():
        raise BadWhen(Fault.AMBIGUOUS, found.zone)
    return at


def _clock(text: str) -> _Time:
    """The one time of day among the words. Raises BadWhen, NoSuchTime."""
    found = [match for pattern in _CLOCKS for match in pattern.finditer(text)]
    if not found:
        raise BadWhen(Fault.UNREADABLE, text)
    if len(found) > 1:
        raise BadWhen(Fault.AMBIGUOUS, text)
    (match,) = found
    rest = _without_fillers(f"{text[: match.start()]} {text[match.end() :]}")
    parts = match.groupdict()
    if not parts.get("hour"):
        return _Time("12:00", rest, "")
    hour, minute = int(parts["hour"]), 30 if parts.get("and") else int(parts.get("minute") or 0)
    return _Time(f"{_in_24(hour, parts.get('half')):02}:{minute:02}", rest, parts.get("zone") or "")


def _in_24(hour: int, half: str | None) -> int:
    """Raises NoSuchTime."""
    if half is None:
        return hour
    if half in _HALVES:
        least, most, added = _HALVES[half]
        if not least <= hour <= most:
            raise NoSuchTime(f"{half}{hour}")
        return hour + added
    if not 1 <= hour <= 12:
        raise NoSuchTime(f"{hour}{half}")
    return hour % 12 + (12 if half[0] in "pP" else 0)


def _place(written: str, zone: ZoneInfo) -> tzinfo:
    """Where a time is of: UTC, an offset, or the place itself, which may be written by its abbreviation. Raises
    BadWhen."""
    if written.upper() in {"Z", "UTC", "GMT"}:
        return UTC
    if not written or written[0] not in "+-":
        return zone
    hours, minutes = int(written[1:3]), int(written[-2:])
    if hours > 14 or minutes > 59:
        raise BadWhen(Fault.UNREADABLE, written)
    ahead = timedelta(hours=hours, minutes=minutes)
    return timezone(-ahead if written[0] == "-" else ahead)


def _without_fillers(text: str) -> str:
    """Without the small words between a day and a time."""
    bare = " ".join(text.split())
    while (shorter := _FILLERS.sub("", bare).strip()) != bare:
        bare = shorter
    return bare
