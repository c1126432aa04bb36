"""Support time by brute force: every minute is converted to the local clock and looked up in the pattern.

Knows nothing of `policy.calendars`, and shares no way of working with it: no offsets, no intervals, no sums.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY_MINUTES = 24 * 60
MARGIN = timedelta(days=2)
"""Longer than any hours, so that none which reach into the window begin or end before the walk sees them."""


@dataclass(frozen=True)
class Desk:
    """Hours of each weekday, Monday first, in minutes after midnight; past 1440 on the following day."""

    zone: str
    hours: tuple[tuple[tuple[int, int], ...], ...]
    closed: frozenset[date] = frozenset()
    closed_yearly: tuple[tuple[str, str], ...] = ()
    """First and last as `MM-DD`, both closed."""

    def is_closed_on(self, day: date) -> bool:
        mmdd = f"{day:%m-%d}"
        for first, last in self.closed_yearly:
            inside = first <= mmdd <= last if first <= last else mmdd >= first or mmdd <= last
            if inside:
                return True
        return day in self.closed


class Minutes:
    """Which of the minutes from `start` on are open, for one desk or several together."""

    def __init__(self, desks: Sequence[Desk], start: datetime, end: datetime) -> None:
        self.start = start
        self.count = (end - start) // MINUTE
        self.open = [False] * self.count
        for desk in desks:
            self._mark(desk)

    def _mark(self, desk: Desk) -> None:
        zone = ZoneInfo(desk.zone)
        begin = self.start - MARGIN
        seen: dict[tuple[date, int], tuple[int, int]] = {}
        for step in range(self.count + 2 * (MARGIN // MINUTE)):
            local = (begin + step * MINUTE).astimezone(zone)
            minute = local.hour * 60 + local.minute
            for day, shown in (
                (local.date(), minute),
                (local.date() - timedelta(days=1), minute + DAY_MINUTES),
            ):
                for number, (opens, closes) in enumerate(desk.hours[day.weekday()]):
                    if opens <= shown < closes and not desk.is_closed_on(day):
                        first, _ = seen.get((day, number), (step, step))
                        seen[day, number] = first, step
        # A clock set back shows some minutes twice; the hours last from the first minute to the last, whatever
        # the clock shows between them.
        shift = MARGIN // MINUTE
        for first, last in seen.values():
            for step in range(max(first - shift, 0), min(last - shift + 1, self.count)):
                self.open[step] = True

    def at(self, index: int) -> datetime:
        return self.start + index * MINUTE

    def intervals(self) -> list[tuple[datetime, datetime]]:
        found = []
        opened: int | None = None
        for index in range(self.count + 1):
            is_open = index < self.count and self.open[index]
            if is_open and opened is None:
                opened = index
            elif not is_open and opened is not None:
                found.append((self.at(opened), self.at(index)))
                opened = None
        return found

    def next_opening(self, index: int) -> datetime | None:
        """None: not within the window."""
        while index < self.count and not self.open[index]:
            index += 1
        return self.at(index) if index < self.count else None

    def next_closing(self, index: int) -> datetime | None:
        """None: not within the window."""
        while index < self.count and not self.open[index]:
            index += 1
        while index < self.count and self.open[index]:
            index += 1
        return self.at(index) if index < self.count else None

    def minutes_between(self, first: int, last: int) -> int:
        return sum(self.open[first:last])

    def after(self, index: int, minutes: int) -> datetime | None:
        """The end of the last of so many open minutes, at least one; None: not within the window."""
        while index < self.count:
            minutes -= self.open[index]
            index += 1
            if minutes == 0:
                return self.at(index)
        return None
