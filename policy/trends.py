"""How promises were kept week after week, and how old the open tickets are: what a chart shows beside a period's own
figures. Values that add up, as those of policy/figures.py. Source: policy.md sections 3 and 7.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

import msgspec

from policy.counting import Counting, PolicyOf
from policy.figures import Counts, Kept
from policy.histories import History
from policy.periods import Period, Unit, days
from policy.tracks import track

WEEKS: Final = 8
_DAY: Final = timedelta(days=1)


class Week(msgspec.Struct, frozen=True):
    """An ISO week on the calendar of the period's zone, and how the promises judged in it were kept. `is_over`: all of
    it has passed."""

    first: date
    response: Kept
    updates: Kept
    is_over: bool

    def __add__(self, other: "Week") -> "Week":
        """Of two accounts, for the same week."""
        return Week(self.first, self.response + other.response, self.updates + other.updates, self.is_over)


class Age(StrEnum):
    """How long a ticket has been open, as time goes by."""

    DAY = "day"
    THREE_DAYS = "three_days"
    WEEK = "week"
    FOUR_WEEKS = "four_weeks"
    OLDER = "older"


_BELOW: Final[Mapping[Age, timedelta]] = {
    Age.DAY: _DAY,
    Age.THREE_DAYS: 3 * _DAY,
    Age.WEEK: 7 * _DAY,
    Age.FOUR_WEEKS: 28 * _DAY,
}
"""The age that tickets of each have not reached."""


class Open(Protocol):
    """An open ticket, in the staff's types or in the customer's."""

    @property
    def severity(self) -> str: ...

    @property
    def opened(self) -> datetime: ...


def weeks_until(period: Period, now: datetime) -> list[Period]:
    """The weeks of the chart of a period: those up to the one that holds its end, or `now` while it still runs."""
    last = (max(period.start, period.until(now) - timedelta(microseconds=1))).astimezone(period.tz).date()
    monday = last - last.weekday() * _DAY
    firsts = [monday - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    return [days(first, first + timedelta(weeks=1), period.zone, Unit.WEEK, 1) for first in firsts]


def week_by_week(
    histories: Iterable[History], weeks: Sequence[Period], now: datetime, policy_of: PolicyOf
) -> tuple[Week, ...]:
    """How the promises of an account were kept in each of these weeks."""
    tracks = [track(history) for history in histories]
    found = []
    for week in weeks:
        response, updates = Counting(week, now, policy_of, ()).kept(tracks)
        found.append(Week(week.first_day, response, updates, is_over=now >= week.end))
    return tuple(found)


def all_weeks(accounts: Iterable[Sequence[Week]]) -> tuple[Week, ...]:
    """The same weeks of several accounts as one."""
    every = list(accounts)
    total: list[Week] = list(every[0]) if every else []
    for weeks in every[1:]:
        total = [one + other for one, other in zip(total, weeks, strict=True)]
    return tuple(total)


def ages(tickets: Iterable[Open], now: datetime) -> dict[Age, Counts]:
    """How many are how old, by severity; every age is there, the youngest first."""
    found: dict[Age, Counter[str]] = {age: Counter() for age in Age}
    for one in tickets:
        age = next((age for age, below in _BELOW.items() if now - one.opened < below), Age.OLDER)
        found[age][one.severity] += 1
    return {age: dict(counts) for age, counts in found.items()}
