"""When the weekly summary comes by itself, and of which week; over changes of clocks, holidays, and absences."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.digests import DigestClock, DigestRules, due_digest, monday_of, next_digest_at, week_of
from tests.policy.samples import default_policy

ZONES = ("Asia/Tokyo", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Africa/Cairo", "UTC")
MONDAY_NINE = default_policy().digest
assert MONDAY_NINE is not None


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def clock(zone: str, **rules: object) -> DigestClock:
    return DigestClock(DigestRules(**rules), zone)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("zone", "week", "sent"),
    [
        ("Asia/Tokyo", "2026-11-09", "2026-11-16T00:00"),
        ("America/New_York", "2026-10-19", "2026-10-26T13:00"),
        ("America/New_York", "2026-10-26", "2026-11-02T14:00"),  # the clocks went back on 1 November
        ("America/New_York", "2026-03-02", "2026-03-09T13:00"),  # forward on 8 March
        ("Europe/London", "2026-03-23", "2026-03-30T08:00"),
        ("Asia/Tokyo", "2026-12-28", "2027-01-04T00:00"),  # week 53
    ],
)
def test_monday_at_nine_is_that_of_the_place(zone: str, week: str, sent: str) -> None:
    assert clock(zone).sent_at(date.fromisoformat(week)) == at(sent)


@pytest.mark.parametrize(
    ("zone", "hour", "week", "sent"),
    [
        # Skipped: 02:30 on Sunday 8 March 2026 in New York; half an hour late there, an hour by the sun.
        ("America/New_York", "02:30", "2026-02-23", "2026-03-08T07:30"),
        # Twice: 01:30 on Sunday 1 November 2026; the first.
        ("America/New_York", "01:30", "2026-10-19", "2026-11-01T05:30"),
    ],
)
def test_a_time_that_the_clock_skips_or_shows_twice(zone: str, hour: str, week: str, sent: str) -> None:
    assert clock(zone, day=6, at=time.fromisoformat(hour)).sent_at(date.fromisoformat(week)) == at(sent)


def test_a_holiday_is_a_day_like_any_other_unless_the_policy_says_otherwise() -> None:
    policy = default_policy()
    week = date(2026, 11, 16)  # told on Monday 23 November, Labor Thanksgiving Day in Japan
    calendar = policy.calendar("9x5@japan")
    assert DigestClock(DigestRules(), "Asia/Tokyo", calendar).sent_at(week) == at("2026-11-23T00:00")
    later = DigestClock(DigestRules(on_holidays=False), "Asia/Tokyo", calendar)
    assert later.sent_at(week) == at("2026-11-24T00:00")
    assert later.sent_at(week - timedelta(weeks=1)) == at("2026-11-16T00:00")
    # 29 December to 3 January are no public holidays but for New Year's Day; the week of 4 May 2026 opens on Thursday.
    assert later.sent_at(date(2026, 4, 27)) == at("2026-05-07T00:00")
    # Nobody works on a Sunday: then it is the day that the policy names.
    assert DigestClock(DigestRules(6, on_holidays=False), "Asia/Tokyo", calendar).sent_at(week) == at(
        "2026-11-29T00:00"
    )


def test_what_is_due() -> None:
    tokyo = clock("Asia/Tokyo")
    told = date(2026, 11, 2)
    assert due_digest(tokyo, told, at("2026-11-15T23:59")) is None
    due = due_digest(tokyo, told, at("2026-11-16T00:00"))
    assert due is not None
    assert (due.week, due.sent_at, due.missed) == (date(2026, 11, 9), at("2026-11-16T00:00"), ())
    assert due_digest(tokyo, due.week, at("2026-11-16T00:00")) is None
    # Late: its own week.
    late = due_digest(tokyo, told, at("2026-11-22T23:59"))
    assert late is not None
    assert late.week == date(2026, 11, 9)
    # Several weeks away: the newest whole week, and the older ones by name.
    away = due_digest(tokyo, told, at("2026-12-02T12:00"))
    assert away is not None
    assert (away.week, away.missed) == (date(2026, 11, 23), (date(2026, 11, 9), date(2026, 11, 16)))
    assert next_digest_at(tokyo, away.week, at("2026-12-02T12:00")) == at("2026-12-07T00:00")


def test_a_week_is_a_period_of_the_place() -> None:
    week = week_of(date(2026, 10, 26), "America/New_York")
    assert (week.start, week.end) == (at("2026-10-26T04:00"), at("2026-11-02T05:00"))


INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
CLOCKS = st.builds(
    DigestClock,
    st.builds(DigestRules, st.integers(0, 6), st.times().map(lambda t: t.replace(second=0, microsecond=0))),
    st.sampled_from(ZONES),
)


@settings(max_examples=200, deadline=None)
@given(CLOCKS, INSTANTS, st.integers(0, 6))
def test_laws_of_digests(place: DigestClock, now: datetime, weeks_ago: int) -> None:
    newest = place.newest(now)
    assert newest == monday_of(newest)
    assert place.sent_at(newest) <= now < place.sent_at(newest + timedelta(weeks=1))
    assert week_of(newest, place.zone).end <= now  # a whole week, which is over
    told = newest - timedelta(weeks=weeks_ago)
    due = due_digest(place, told, now)
    assert (due is None) == (weeks_ago == 0)
    if due is not None:
        covered = [*due.missed, due.week]
        assert covered == [told + timedelta(weeks=number + 1) for number in range(weeks_ago)]
        assert due_digest(place, due.week, now) is None
    following = next_digest_at(place, newest, now)
    assert following > now
    assert due_digest(place, newest, following - timedelta(microseconds=1)) is None
    assert due_digest(place, newest, following) is not None


@settings(max_examples=100, deadline=None)
@given(CLOCKS, st.sampled_from(ZONES), INSTANTS, INSTANTS)
def test_whoever_moves_to_another_zone_is_told_nothing_twice(
    place: DigestClock, other: str, first: datetime, second: datetime
) -> None:
    first, second = sorted((first, second))
    told = place.newest(first)
    due = due_digest(DigestClock(place.rules, other), told, second)
    assert due is None or (due.week > told and told not in due.missed)
