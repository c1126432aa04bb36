"""Periods: half-open, on the calendar of a zone, and what came before them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from policy.periods import Period, Unit, days, iso_weeks, midnight
from tests.policy.samples import at

TOKYO, LONDON = "Asia/Tokyo", "Europe/London"
AFTER = at("2030-01-01 00:00")


def shown(period: Period) -> str:
    ends = (one.astimezone(period.tz).strftime("%Y-%m-%d %H:%M") for one in (period.start, period.end))
    return "..".join(end.removesuffix(" 00:00") for end in ends)


@pytest.mark.parametrize(
    ("first", "end", "unit", "count", "before"),
    [
        (date(2026, 10, 5), date(2026, 10, 12), Unit.WEEK, 1, "2026-09-28..2026-10-05"),
        (date(2027, 1, 4), date(2027, 1, 11), Unit.WEEK, 1, "2026-12-28..2027-01-04"),
        (date(2026, 3, 1), date(2026, 4, 1), Unit.MONTH, 1, "2026-02-01..2026-03-01"),
        (date(2026, 1, 1), date(2026, 4, 1), Unit.MONTH, 3, "2025-10-01..2026-01-01"),
        (date(2028, 1, 1), date(2029, 1, 1), Unit.MONTH, 12, "2027-01-01..2028-01-01"),
        (date(2026, 5, 1), date(2026, 5, 8), Unit.DAY, 7, "2026-04-24..2026-05-01"),
    ],
)
def test_the_period_before(first: date, end: date, unit: Unit, count: int, before: str) -> None:
    assert shown(days(first, end, LONDON, unit, count).before(AFTER)) == before


def test_of_a_period_that_runs_equal_stretches_are_compared() -> None:
    """Wednesday 11:00 in London, in the week after the clocks were set back: so is the other Wednesday 11:00."""
    week = days(date(2026, 10, 26), date(2026, 11, 2), LONDON, Unit.WEEK, 1)
    now = at("2026-10-28 11:00")
    assert shown(week.before(now)) == "2026-10-19..2026-10-21 11:00"
    assert week.until(now) == now
    march = days(date(2026, 3, 1), date(2026, 4, 1), LONDON, Unit.MONTH, 1)
    assert shown(march.before(at("2026-03-31 12:00"))) == "2026-02-01..2026-03-01"


def test_of_another_stretch_the_one_before_is_as_long() -> None:
    rolling = Period(at("2026-10-05 09:30"), at("2026-10-06 11:00"), LONDON)
    assert rolling.before(AFTER) == Period(at("2026-10-04 08:00"), at("2026-10-05 09:30"), LONDON)


def test_the_end_is_not_in_it() -> None:
    day = days(date(2026, 10, 5), date(2026, 10, 6), TOKYO, Unit.DAY, 1)
    assert (day.start, day.end) == (at("2026-10-04 15:00"), at("2026-10-05 15:00"))
    assert day.holds(day.start)
    assert not day.holds(day.end)
    assert day.holds(day.end - timedelta(microseconds=1))
    assert (day.first_day, day.last_day) == (date(2026, 10, 5), date(2026, 10, 5))
    assert day.until(AFTER) == day.end
    assert day.until(at("2020-01-01 00:00")) == day.start


@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        ("America/Santiago", date(2026, 9, 6), "2026-09-06 04:00"),  # the clocks skip midnight: 1:00 there
        ("Atlantic/Azores", date(2026, 3, 29), "2026-03-29 01:00"),  # skipped too
        ("America/Havana", date(2026, 11, 1), "2026-11-01 04:00"),  # 0:00 comes twice: the first
    ],
)
def test_midnights_that_are_none(zone: str, day: date, instant: str) -> None:
    assert midnight(day, zone) == at(instant)


def test_iso_weeks_are_of_utc() -> None:
    start = datetime(2026, 12, 31, 12, tzinfo=UTC)
    found = list(iso_weeks(start, start + timedelta(days=4)))
    assert found == [at("2026-12-28 00:00"), at("2027-01-04 00:00")]
    assert list(iso_weeks(start, start)) == [at("2026-12-28 00:00")]
