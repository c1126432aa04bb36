"""Durations as people and policy files write them: `8s`, `90m`, `2h`, `1h30m`, ISO 8601, `1 business day`.

Two kinds that must never be mixed: a `timedelta` is counted in the support time of the clock's own
calendar; `BusinessDays` is counted in the regional 9x5 calendar whatever the plan (policy.md section 3).
"""

import re
from datetime import timedelta
from typing import Final

import msgspec

LONGEST: Final = timedelta(days=3660)
"""The longest duration accepted: ten years. Longer is a slip of the pen."""

_UNITS: Final = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
# Spelled out: IGNORECASE would let in letters that are no units, such as the long s.
_SHORT: Final = re.compile(r"(?:(\d+(?:\.\d+)?)\s*([wdhmsWDHMS])\s*)+")
_SHORT_PART: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([wdhmsWDHMS])")
_ISO: Final = re.compile(
    r"P(?=.)(?:(?P<w>\d+)W)?(?:(?P<d>\d+)D)?"
    r"(?:T(?=.)(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?",
    re.IGNORECASE,
)
_BUSINESS: Final = re.compile(r"(\d{1,3})\s*business\s*days?", re.IGNORECASE)

EXPECTED: Final = "a duration such as 8s, 90m, 2h, PT2H or 1 business day"


class BusinessDays(msgspec.Struct, frozen=True, tag="business_days"):
    """A whole number of business days, at least 1. How long one is stands in the policy (`business_day`)."""

    count: int


Duration = timedelta | BusinessDays


class BadDuration(ValueError):
    """A text that is no duration. `text` holds it; the message says what was expected."""

    def __init__(self, text: str) -> None:
        super().__init__(f"expected {EXPECTED}, got {text!r}")
        self.text = text


def parse_duration(text: str) -> Duration:
    """Read a duration longer than zero and at most `LONGEST`. Raises BadDuration."""
    stripped = text.strip()
    if days := _BUSINESS.fullmatch(stripped):
        count = int(days[1])
        if count < 1:
            raise BadDuration(text)
        return BusinessDays(count)
    if _SHORT.fullmatch(stripped):
        parts = _SHORT_PART.findall(stripped)
    elif iso := _ISO.fullmatch(stripped):
        parts = [(value, unit) for unit, value in iso.groupdict().items() if value]
    else:
        raise BadDuration(text)
    units = [unit.lower() for _, unit in parts]
    if len(set(units)) != len(units):
        raise BadDuration(text)
    try:
        total = sum((timedelta(seconds=float(v) * _UNITS[u.lower()]) for v, u in parts), timedelta())
    except OverflowError:
        raise BadDuration(text) from None
    if not timedelta() < total <= LONGEST:
        raise BadDuration(text)
    return total


def parse_elapsed(text: str) -> timedelta:
    """Read a duration that is not in business days. Raises BadDuration."""
    duration = parse_duration(text)
    if isinstance(duration, BusinessDays):
        raise BadDuration(text)
    return duration


def format_duration(duration: Duration) -> str:
    """A short text that `parse_duration` reads back to the same value: `1d`, `1h30m`, `0.5s`."""
    if isinstance(duration, BusinessDays):
        return f"{duration.count} business day{'s' if duration.count > 1 else ''}"
    rest, words = duration // timedelta(microseconds=1), ""
    for unit in "dhm":
        whole, rest = divmod(rest, _UNITS[unit] * 1_000_000)
        words += f"{whole}{unit}" if whole else ""
    seconds = f"{rest // 1_000_000}.{rest % 1_000_000:06}".rstrip("0").rstrip(".")
    return f"{words}{seconds}s" if rest else words
