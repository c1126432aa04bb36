"""Laws of support-time calendars, and the brute-force oracle over weeks in which the clocks change."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import msgspec
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from policy.calendars import ALWAYS_OPEN, Calendar, WeeklyCalendar, WeeklyHours, union
from policy.ranges import BeyondHorizon
from tests.policy.oracle import DAY_MINUTES, MINUTE, Desk, Minutes

COMPARED = settings(max_examples=30, deadline=None)
"""An example walks some 13,000 minutes for each desk."""
LAW = settings(max_examples=60, deadline=None)

WEEKS = (
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Europe/London", date(2026, 3, 29)),
    ("Europe/London", date(2026, 10, 25)),
    ("Europe/Dublin", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Kwajalein", date(1993, 8, 21)),
    ("America/Havana", date(2026, 3, 8)),
    ("America/Havana", date(2026, 11, 1)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/St_Johns", date(2006, 4, 2)),
    ("America/St_Johns", date(2006, 10, 29)),
    ("Antarctica/Troll", date(2026, 3, 29)),
    ("Antarctica/Troll", date(2026, 10, 25)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Africa/Casablanca", date(2026, 3, 22)),
    ("Asia/Tehran", date(2022, 3, 22)),
    ("Asia/Pyongyang", date(2015, 8, 15)),
    ("Asia/Tokyo", date(2027, 1, 1)),
    ("America/Los_Angeles", date(2027, 1, 1)),
    ("Pacific/Kiritimati", date(2027, 1, 1)),
    ("Asia/Kathmandu", date(2026, 6, 1)),
    ("Pacific/Chatham", date(2026, 4, 5)),
    ("UTC", date(2028, 2, 29)),
)
"""A zone, and a date in it on which the clocks change or something else is out of the way."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Case:
    desks: tuple[Desk, ...]
    calendar: Calendar
    start: datetime
    end: datetime

    @property
    def minutes(self) -> Minutes:
        return Minutes(self.desks, self.start, self.end)


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def calendar_of(desk: Desk) -> WeeklyCalendar:
    """The same desk, as a person writes it."""
    texts = {
        name: tuple(
            f"{clock(opens)}-{clock(closes if closes <= DAY_MINUTES else closes - DAY_MINUTES)}"
            for opens, closes in hours
        )
        for name, hours in zip(DAYS, desk.hours, strict=True)
    }
    yearly = tuple(first if first == last else f"{first}..{last}" for first, last in desk.closed_yearly)
    return WeeklyCalendar(
        name=desk.zone,
        zone=desk.zone,
        hours=WeeklyHours(**texts),
        closures=(*(day.isoformat() for day in sorted(desk.closed)), *yearly),
    )


@st.composite
def hours(draw: st.DrawFn) -> tuple[int, int]:
    if draw(st.integers(0, 5)) == 0:
        return 0, DAY_MINUTES
    step = draw(st.sampled_from((1, 15, 60)))
    opens = step * draw(st.integers(0, (DAY_MINUTES - 1) // step))
    length = step * draw(st.integers(1, (DAY_MINUTES - 1) // step))
    return opens, opens + length


@st.composite
def desks(draw: st.DrawFn, zone: str, around: date) -> Desk:
    days = st.lists(hours(), max_size=2).map(tuple)
    week = draw(st.tuples(*[days] * 7).filter(any))
    near = st.integers(-6, 6).map(lambda offset: around + timedelta(days=offset))
    closed = draw(st.frozensets(near, max_size=3))
    ranges = st.tuples(near, st.integers(0, 9)).map(
        lambda drawn: (f"{drawn[0]:%m-%d}", f"{drawn[0] + timedelta(days=drawn[1]):%m-%d}")
    )
    return Desk(zone, week, closed, tuple(draw(st.lists(ranges, max_size=1))))


@st.composite
def cases(draw: st.DrawFn, most_desks: int = 1) -> Case:
    zone, day = draw(st.sampled_from(WEEKS))
    zones = [zone]
    for _ in range(draw(st.integers(1, most_desks)) - 1):
        zones.append(draw(st.sampled_from(WEEKS))[0])
    drawn = tuple(draw(desks(name, day)) for name in zones)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    start = midnight - draw(st.integers(0, 3 * DAY_MINUTES)) * MINUTE
    calendars = [calendar_of(desk) for desk in drawn]
    calendar: Calendar = calendars[0] if len(calendars) == 1 else union(calendars)
    return Case(drawn, calendar, start, start + timedelta(days=5))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    if draw(st.integers(0, 9)) == 0:
        return ALWAYS_OPEN
    return draw(cases(most_desks=3)).calendar


instants = st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
near_instants = st.datetimes(datetime(2026, 2, 1), datetime(2026, 4, 30), timezones=st.just(UTC))  # noqa: DTZ001
amounts = st.timedeltas(timedelta(0), timedelta(days=30))


@COMPARED
@given(cases(most_desks=2))
def test_the_open_intervals_are_the_open_minutes(case: Case) -> None:
    minutes = case.minutes

    assert list(case.calendar.intervals(case.start, case.end)) == minutes.intervals()
    assert [case.calendar.is_open(minutes.at(index)) for index in range(minutes.count)] == minutes.open


@COMPARED
@given(cases(), st.lists(st.integers(0, 5 * DAY_MINUTES - 1), min_size=40, max_size=40))
def test_openings_and_closings_are_those_of_the_open_minutes(case: Case, indexes: list[int]) -> None:
    minutes = case.minutes

    for index in indexes:
        at = minutes.at(index)
        opening, closing = minutes.next_opening(index), minutes.next_closing(index)
        if opening is not None:
            assert case.calendar.next_opening(at) == opening
        if closing is not None:
            assert case.calendar.next_closing(at) == closing


@COMPARED
@given(cases(most_desks=2), st.lists(st.integers(0, 5 * DAY_MINUTES), min_size=40, max_size=40))
def test_support_time_is_the_count_of_open_minutes(case: Case, indexes: list[int]) -> None:
    minutes = case.minutes

    for first, last in zip(sorted(indexes)[:20], sorted(indexes)[20:], strict=True):
        counted = minutes.minutes_between(first, last)
        start, end = minutes.at(first), minutes.at(last)
        assert case.calendar.support_time_between(start, end) == counted * MINUTE
        if counted:
            assert case.calendar.add_support_time(start, counted * MINUTE) == minutes.after(first, counted)


def added(calendar: Calendar, start: datetime, amount: timedelta) -> datetime:
    """`add_support_time`, inside the horizon: a desk open for a minute a week takes a century for four days."""
    try:
        return calendar.add_support_time(start, amount)
    except BeyondHorizon:
        reject()


@LAW
@given(calendars(), instants, amounts)
def test_between_undoes_add(calendar: Calendar, start: datetime, amount: timedelta) -> None:
    assert calendar.support_time_between(start, added(calendar, start, amount)) == amount


@LAW
@given(calendars(), near_instants, near_instants)
def test_add_undoes_between_up_to_the_closed_time_before_the_end(
    calendar: Calendar, one: datetime, other: datetime
) -> None:
    start, end = sorted((one, other))
    worked = calendar.support_time_between(start, end)

    if worked:
        reached = calendar.add_support_time(start, worked)
        assert reached <= end
        assert calendar.intervals(reached, end) == ()
        assert reached == end or not calendar.is_open(end - timedelta.resolution)
    else:
        assert calendar.intervals(start, end) == ()


@LAW
@given(calendars(), instants, amounts, amounts)
def test_more_support_time_takes_longer(
    calendar: Calendar, start: datetime, one: timedelta, other: timedelta
) -> None:
    less, more = sorted((one, other))
    sooner, later = added(calendar, start, less), added(calendar, start, more)

    assert start <= sooner
    assert (sooner < later) if less < more and less else (sooner <= later)


@LAW
@given(calendars(), near_instants, near_instants, amounts)
def test_who_starts_later_ends_no_sooner(
    calendar: Calendar, one: datetime, other: datetime, amount: timedelta
) -> None:
    sooner, later = sorted((one, other))

    assert added(calendar, sooner, amount) <= added(calendar, later, amount)


@LAW
@given(calendars(), instants, amounts, amounts.filter(bool))
def test_support_time_adds_up_in_any_portions(
    calendar: Calendar, start: datetime, one: timedelta, other: timedelta
) -> None:
    at_once = added(calendar, start, one + other)

    assert added(calendar, added(calendar, start, one), other) == at_once


@LAW
@given(calendars(), st.tuples(near_instants, near_instants, near_instants))
def test_intervals_are_open_time_in_order(calendar: Calendar, three: tuple[datetime, ...]) -> None:
    start, middle, end = sorted(three)
    found = calendar.intervals(start, end)

    for interval in found:
        assert start <= interval.start < interval.end <= end
        assert calendar.is_open(interval.start)
        assert calendar.next_opening(interval.start) == interval.start
        assert interval.end == end or calendar.next_closing(interval.start) == interval.end
    for earlier, later in pairwise(found):
        assert earlier.end < later.start
        assert not calendar.is_open(earlier.end)
        assert calendar.next_opening(earlier.end) == later.start
    worked = calendar.support_time_between(start, end)
    assert worked == sum((interval.end - interval.start for interval in found), timedelta(0))
    first, second = (calendar.support_time_between(start, middle), calendar.support_time_between(middle, end))
    assert worked == first + second


@COMPARED
@given(st.lists(calendars(), min_size=1, max_size=3), instants)
def test_a_union_is_open_when_one_of_them_is(parts: list[Calendar], at: datetime) -> None:
    together = union(parts)

    assert together.is_open(at) == any(part.is_open(at) for part in parts)
    assert together.next_opening(at) == min(part.next_opening(at) for part in parts)


@LAW
@given(cases())
def test_a_calendar_is_its_plain_data(case: Case) -> None:
    calendar = case.calendar
    calendar.is_open(case.start)

    read = msgspec.json.decode(msgspec.json.encode(calendar), type=WeeklyCalendar)

    assert read == calendar
    assert hash(read) == hash(calendar)
    assert read.intervals(case.start, case.end) == calendar.intervals(case.start, case.end)
