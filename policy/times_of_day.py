"""Times of day on the clock of a zone, at which something is told each day."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

_WRITTEN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s+(\S+)", re.ASCII)
_DAY: Final = timedelta(days=1)


class BadTimeOfDay(ValueError):
    """A text that is no time of day with its zone."""


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A time of day on the clock of a zone (an IANA name)."""

    at: time
    zone: str

    def __str__(self) -> str:
        return f"{self.at:%H:%M} {self.zone}"

    def on(self, day: date) -> datetime:
        """The instant, in UTC, at which the clock there shows it on a day: where it is skipped as much later as is
        skipped, where it comes twice the first time."""
        return datetime.combine(day, self.at, ZoneInfo(self.zone)).astimezone(UTC)

    def newest_day(self, now: datetime) -> date:
        """The last day on which the time has come."""
        today = now.astimezone(ZoneInfo(self.zone)).date()
        return today if self.on(today) <= now else today - _DAY


def is_zone(name: str) -> bool:
    """Whether it is the name of a zone that people may set."""
    return name in available_timezones() and name != "localtime"


def read_time_of_day(text: str) -> TimeOfDay:
    """`09:00 Asia/Tokyo`. Raises BadTimeOfDay."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or not is_zone(found[3]):
        raise BadTimeOfDay(f"expected a time of day and a zone such as '09:00 Asia/Tokyo', got {text!r}")
    return TimeOfDay(time(int(found[1]), int(found[2])), found[3])
