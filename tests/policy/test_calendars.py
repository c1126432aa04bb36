"""Support-time calendars, a row for each sentence of the policy and each decision; sections are of `policy.md`."""

import pickle
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from policy.calendars import (
    ALWAYS_OPEN,
    BeyondHorizon,
    Calendar,
    CalendarError,
    CalendarNeverOpens,
    InvalidCalendar,
    InvalidClosure,
    InvalidHours,
    NaiveInstant,
    NegativeSupportTime,
    ReversedInterval,
    UnknownHolidays,
    UnknownZone,
    WeeklyCalendar,
    WeeklyHours,
    union,
)

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
BUSINESS_DAY = 9 * HOUR

REGIONS: dict[str, tuple[str, str, str | None]] = {
    "us-west": ("America/Los_Angeles", "US", "CA"),
    "us-east": ("America/New_York", "US", None),
    "emea": ("Europe/London", "GB", "ENG"),
    "japan": ("Asia/Tokyo", "JP", None),
}


def business_hours(region: str, *closures: str) -> WeeklyCalendar:
    """09:00-18:00 Monday to Friday, local time of the region, less its public holidays (section 2)."""
    zone, country, subdivision = REGIONS[region]
    return WeeklyCalendar(
        name=f"9x5@{region}",
        zone=zone,
        hours=WeeklyHours.weekdays("09:00-18:00"),
        country=country,
        subdivision=subdivision,
        closures=closures,
    )


def extended_hours(region: str) -> WeeklyCalendar:
    """06:00-22:00 Monday to Friday, holidays included as working days (section 2)."""
    zone, country, subdivision = REGIONS[region]
    return WeeklyCalendar(
        name=f"extended@{region}",
        zone=zone,
        hours=WeeklyHours.weekdays("06:00-22:00"),
        country=country,
        subdivision=subdivision,
        holidays_are_working_days=True,
    )


def desk(zone: str, hours: WeeklyHours | None = None, *closures: str) -> WeeklyCalendar:
    return WeeklyCalendar(
        name=zone, zone=zone, hours=hours or WeeklyHours.weekdays("09:00-18:00"), closures=closures
    )


def local(text: str, zone: str) -> datetime:
    """`Fri 2026-11-27 15:00` on the clock of the zone; an appended `*` is the second time it shows that."""
    weekday, rest = text.rstrip("*").split(" ", 1)
    at = datetime.fromisoformat(rest).replace(tzinfo=ZoneInfo(zone), fold=text.endswith("*"))
    assert f"{at:%a}" == weekday, f"the row says {weekday}, the date is a {at:%a}"
    return at.astimezone(UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# Section 2: hours of the plans


@pytest.mark.parametrize(
    ("region", "at", "is_open"),
    [
        ("japan", "Mon 2026-11-16 08:59:59.999999", False),
        ("japan", "Mon 2026-11-16 09:00", True),
        ("japan", "Mon 2026-11-16 17:59:59.999999", True),
        ("japan", "Mon 2026-11-16 18:00", False),
        ("japan", "Sat 2026-11-14 12:00", False),
        ("japan", "Sun 2026-11-15 12:00", False),
        ("us-east", "Fri 2026-11-27 12:00", True),
        ("emea", "Tue 2026-06-16 09:00", True),
    ],
)
def test_9x5_is_nine_to_six_on_weekdays_local_time(region: str, at: str, is_open: bool) -> None:
    assert business_hours(region).is_open(local(at, REGIONS[region][0])) is is_open


@pytest.mark.parametrize(
    ("region", "holiday", "why"),
    [
        ("japan", "Mon 2026-11-23", "Labour Thanksgiving Day"),
        ("japan", "Wed 2026-05-06", "substitute for a holiday that fell on a Sunday"),
        ("japan", "Tue 2026-09-22", "a day between two holidays"),
        ("japan", "Mon 2024-02-12", "substitute for Foundation Day"),
        ("us-east", "Thu 2026-11-26", "Thanksgiving"),
        ("us-east", "Fri 2026-07-03", "Independence Day falls on a Saturday"),
        ("us-east", "Fri 2021-12-31", "New Year's Day of the following year falls on a Saturday"),
        ("us-west", "Tue 2026-03-31", "César Chávez Day, in California only"),
        ("emea", "Mon 2026-12-28", "Boxing Day falls on a Saturday"),
        ("emea", "Mon 2026-08-31", "late summer bank holiday of England"),
    ],
)
def test_9x5_is_closed_on_public_holidays_of_the_region(region: str, holiday: str, why: str) -> None:
    noon = local(f"{holiday} 12:00", REGIONS[region][0])

    assert not business_hours(region).is_open(noon), why
    assert extended_hours(region).is_open(noon), "extended hours: holidays are working days"


@pytest.mark.parametrize(
    ("region", "at"),
    [
        ("us-east", "Tue 2026-03-31 12:00"),
        ("japan", "Thu 2026-12-31 12:00"),
        ("emea", "Mon 2026-08-03 12:00"),
    ],
)
def test_9x5_is_open_on_what_is_no_public_holiday_there(region: str, at: str) -> None:
    assert business_hours(region).is_open(local(at, REGIONS[region][0]))


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("Mon 2026-11-23 05:59", False),
        ("Mon 2026-11-23 06:00", True),
        ("Mon 2026-11-23 21:59", True),
        ("Mon 2026-11-23 22:00", False),
        ("Sun 2026-11-22 12:00", False),
    ],
)
def test_extended_hours_are_six_to_ten_on_weekdays(at: str, is_open: bool) -> None:
    assert extended_hours("japan").is_open(local(at, "Asia/Tokyo")) is is_open


def test_24x7_is_simply_always_open() -> None:
    at = utc("2026-12-25T03:00")

    assert ALWAYS_OPEN.name == "24x7"
    assert ALWAYS_OPEN.is_open(at)
    assert ALWAYS_OPEN.next_opening(at) == at
    assert ALWAYS_OPEN.next_closing(at) is None
    assert ALWAYS_OPEN.intervals(at, at + HOUR) == ((at, at + HOUR),)
    assert ALWAYS_OPEN.intervals(at, at) == ()
    assert ALWAYS_OPEN.add_support_time(at, 2 * HOUR) == at + 2 * HOUR
    assert ALWAYS_OPEN.support_time_between(at, at + HOUR) == HOUR


# Section 3: clocks


@pytest.mark.parametrize(
    ("opened", "due", "rule"),
    [
        ("Fri 2026-11-27 15:00", "Mon 2026-11-30 15:00", "opened Friday 15:00, due Monday 15:00"),
        ("Sat 2026-11-28 11:00", "Mon 2026-11-30 18:00", "opened Saturday: from Monday 09:00, due 18:00"),
        ("Mon 2026-11-30 09:00", "Mon 2026-11-30 18:00", "exactly closing time is closing time"),
        ("Mon 2026-11-30 08:00", "Mon 2026-11-30 18:00", "the clock stands still before the opening"),
        ("Mon 2026-11-30 18:00", "Tue 2026-12-01 18:00", "closing time itself is closed"),
        ("Fri 2026-11-20 15:00", "Tue 2026-11-24 15:00", "Monday 23 is a public holiday"),
        ("Mon 2026-11-23 12:00", "Tue 2026-11-24 18:00", "opened on a public holiday"),
        ("Fri 2026-05-01 15:00", "Thu 2026-05-07 15:00", "Golden Week with its substitute holiday"),
    ],
)
def test_one_business_day_is_nine_hours_of_the_regional_9x5(opened: str, due: str, rule: str) -> None:
    calendar = business_hours("japan")
    opened_at, due_at = local(opened, "Asia/Tokyo"), local(due, "Asia/Tokyo")

    assert calendar.add_support_time(opened_at, BUSINESS_DAY) == due_at, rule
    assert calendar.support_time_between(opened_at, due_at) == BUSINESS_DAY


@pytest.mark.parametrize(
    ("start", "amount", "end", "rule"),
    [
        ("Mon 2026-11-16 10:00", 0 * HOUR, "Mon 2026-11-16 10:00", "nothing, when open: at once"),
        ("Mon 2026-11-16 08:00", 0 * HOUR, "Mon 2026-11-16 09:00", "nothing, when closed: next opening"),
        ("Mon 2026-11-16 18:00", 0 * HOUR, "Tue 2026-11-17 09:00", "nothing, at closing time: next opening"),
        ("Mon 2026-11-16 17:00", 1 * HOUR, "Mon 2026-11-16 18:00", "until closing time"),
        ("Mon 2026-11-16 17:00", 61 * MINUTE, "Tue 2026-11-17 09:01", "over the closing time"),
        ("Mon 2026-11-16 17:00", HOUR + timedelta.resolution, "Tue 2026-11-17 09:00:00.000001", "exact"),
        ("Fri 2026-11-20 17:00", 2 * HOUR, "Tue 2026-11-24 10:00", "over a long weekend"),
        ("Tue 2026-12-01 09:00", 18 * BUSINESS_DAY, "Thu 2026-12-24 18:00", "some weeks"),
        ("Mon 2026-01-05 09:00", 244 * BUSINESS_DAY, "Mon 2027-01-04 18:00", "over the New Year"),
    ],
)
def test_outside_support_time_the_clock_stands_still(
    start: str, amount: timedelta, end: str, rule: str
) -> None:
    calendar = business_hours("japan")

    assert calendar.add_support_time(local(start, "Asia/Tokyo"), amount) == local(end, "Asia/Tokyo"), rule


@pytest.mark.parametrize(
    ("at", "opening", "closing"),
    [
        ("Fri 2026-11-20 08:00", "Fri 2026-11-20 09:00", "Fri 2026-11-20 18:00"),
        ("Fri 2026-11-20 09:00", "Fri 2026-11-20 09:00", "Fri 2026-11-20 18:00"),
        ("Fri 2026-11-20 12:30", "Fri 2026-11-20 12:30", "Fri 2026-11-20 18:00"),
        ("Fri 2026-11-20 18:00", "Tue 2026-11-24 09:00", "Tue 2026-11-24 18:00"),
        ("Thu 2026-12-31 23:00", "Mon 2027-01-04 09:00", "Mon 2027-01-04 18:00"),
    ],
)
def test_the_next_opening_and_closing(at: str, opening: str, closing: str) -> None:
    calendar = business_hours("japan")

    assert calendar.next_opening(local(at, "Asia/Tokyo")) == local(opening, "Asia/Tokyo")
    assert calendar.next_closing(local(at, "Asia/Tokyo")) == local(closing, "Asia/Tokyo")


def test_intervals_are_clipped_to_what_is_asked() -> None:
    found = business_hours("japan").intervals(
        local("Thu 2026-11-19 12:00", "Asia/Tokyo"), local("Tue 2026-11-24 10:00", "Asia/Tokyo")
    )

    assert found == (
        (utc("2026-11-19T03:00"), utc("2026-11-19T09:00")),
        (utc("2026-11-20T00:00"), utc("2026-11-20T09:00")),
        (utc("2026-11-24T00:00"), utc("2026-11-24T01:00")),
    )


def test_an_empty_range_holds_no_interval_even_while_open() -> None:
    noon = local("Thu 2026-11-19 12:00", "Asia/Tokyo")

    assert business_hours("japan").intervals(noon, noon) == ()
    assert business_hours("japan").support_time_between(noon, noon) == timedelta(0)


# Patterns


@pytest.mark.parametrize(
    ("hours", "start", "end", "expected"),
    [
        pytest.param(
            WeeklyHours(mon=("09:00-12:00", "13:00-18:00")),
            "Mon 2026-06-01 00:00",
            "Tue 2026-06-02 00:00",
            [
                ("Mon 2026-06-01 09:00", "Mon 2026-06-01 12:00"),
                ("Mon 2026-06-01 13:00", "Mon 2026-06-01 18:00"),
            ],
            id="several a day",
        ),
        pytest.param(
            WeeklyHours(mon=("13:00-18:00", "09:00-13:00", "17:00-19:00")),
            "Mon 2026-06-01 00:00",
            "Tue 2026-06-02 00:00",
            [("Mon 2026-06-01 09:00", "Mon 2026-06-01 19:00")],
            id="hours that touch or overlap are one interval, in any order",
        ),
        pytest.param(
            WeeklyHours(sun=("22:00-06:00",)),
            "Sun 2026-06-07 00:00",
            "Tue 2026-06-09 00:00",
            [("Sun 2026-06-07 22:00", "Mon 2026-06-08 06:00")],
            id="past midnight, and past the end of the week",
        ),
        pytest.param(
            WeeklyHours(fri=("18:00-24:00",), sat=("00:00-24:00",), sun=("00:00-02:00",)),
            "Fri 2026-06-05 00:00",
            "Mon 2026-06-08 00:00",
            [("Fri 2026-06-05 18:00", "Sun 2026-06-07 02:00")],
            id="24:00 meets 00:00 of the following day",
        ),
        pytest.param(
            WeeklyHours(fri=("18:00-00:00",)),
            "Fri 2026-06-05 00:00",
            "Mon 2026-06-08 00:00",
            [("Fri 2026-06-05 18:00", "Sat 2026-06-06 00:00")],
            id="00:00 as a closing time is the coming midnight",
        ),
        pytest.param(
            WeeklyHours.every_day("00:00-24:00"),
            "Wed 2025-12-31 12:00",
            "Fri 2027-01-01 12:00",
            [("Wed 2025-12-31 12:00", "Fri 2027-01-01 12:00")],
            id="round the clock is one interval, over the New Year too",
        ),
    ],
)
def test_hours_of_a_week(hours: WeeklyHours, start: str, end: str, expected: list[tuple[str, str]]) -> None:
    zone = "Europe/Paris"

    found = desk(zone, hours).intervals(local(start, zone), local(end, zone))

    assert list(found) == [(local(opens, zone), local(closes, zone)) for opens, closes in expected]


@pytest.mark.parametrize(
    ("closure", "closed", "open_again"),
    [
        ("2026-08-13", "Thu 2026-08-13 12:00", "Fri 2026-08-14 09:00"),
        ("2026-08-12..2026-08-14", "Wed 2026-08-12 09:00", "Mon 2026-08-17 09:00"),
        ("12-29..01-03", "Tue 2026-12-29 12:00", "Mon 2027-01-04 09:00"),
        ("12-29..01-03", "Wed 2029-01-03 17:00", "Thu 2029-01-04 09:00"),
        ("06-01", "Mon 2026-06-01 12:00", "Tue 2026-06-02 09:00"),
        ("02-29", "Tue 2028-02-29 12:00", "Wed 2028-03-01 09:00"),
        ("02-29..03-01", "Mon 2027-03-01 12:00", "Tue 2027-03-02 09:00"),
        ("02-26..02-29", "Thu 2026-02-26 12:00", "Mon 2026-03-02 09:00"),
    ],
)
def test_an_operator_closes_dates_ranges_and_yearly_ranges(
    closure: str, closed: str, open_again: str
) -> None:
    calendar = desk("Asia/Tokyo", None, closure)

    assert not calendar.is_open(local(closed, "Asia/Tokyo"))
    assert calendar.next_opening(local(closed, "Asia/Tokyo")) == local(open_again, "Asia/Tokyo")


def test_a_yearly_29_february_closes_nothing_in_a_common_year() -> None:
    calendar = desk("Asia/Tokyo", WeeklyHours.every_day("00:00-24:00"), "02-29")
    start, end = local("Fri 2027-02-26 00:00", "Asia/Tokyo"), local("Wed 2027-03-03 00:00", "Asia/Tokyo")

    assert calendar.intervals(start, end) == ((start, end),)


def test_closures_close_where_holidays_are_working_days_too() -> None:
    calendar = msgspec.structs.replace(extended_hours("japan"), closures=("2026-11-23",))

    assert not calendar.is_open(local("Mon 2026-11-23 12:00", "Asia/Tokyo"))


def test_hours_past_midnight_belong_to_the_day_on_which_they_begin() -> None:
    calendar = desk("Asia/Tokyo", WeeklyHours.every_day("22:00-06:00"), "2026-06-10")

    assert calendar.is_open(local("Wed 2026-06-10 03:00", "Asia/Tokyo"))
    assert not calendar.is_open(local("Wed 2026-06-10 23:00", "Asia/Tokyo"))
    assert not calendar.is_open(local("Thu 2026-06-11 03:00", "Asia/Tokyo"))


# Daylight saving


SUNDAY = WeeklyHours(sun=("00:00-24:00",))
NIGHT = WeeklyHours(sat=("22:00-06:00",))


@pytest.mark.parametrize(
    ("zone", "hours", "day", "length"),
    [
        ("America/New_York", SUNDAY, "Sun 2026-03-08", 23 * HOUR),
        ("America/New_York", SUNDAY, "Sun 2026-11-01", 25 * HOUR),
        ("America/New_York", NIGHT, "Sat 2026-03-07", 7 * HOUR),
        ("America/New_York", NIGHT, "Sat 2026-10-31", 9 * HOUR),
        ("Australia/Lord_Howe", SUNDAY, "Sun 2026-10-04", 23.5 * HOUR),
        ("Australia/Lord_Howe", SUNDAY, "Sun 2026-04-05", 24.5 * HOUR),
        ("Antarctica/Troll", SUNDAY, "Sun 2026-03-29", 22 * HOUR),
        ("America/Havana", SUNDAY, "Sun 2026-03-08", 23 * HOUR),
        ("America/Havana", SUNDAY, "Sun 2026-11-01", 25 * HOUR),
        ("America/Sao_Paulo", WeeklyHours(sat=("00:00-24:00",)), "Sat 2018-02-17", 25 * HOUR),
        ("Europe/London", WeeklyHours(sun=("09:00-18:00",)), "Sun 2026-03-29", 9 * HOUR),
    ],
)
def test_a_day_on_which_the_clocks_change_is_as_long_as_it_is(
    zone: str, hours: WeeklyHours, day: str, length: timedelta
) -> None:
    calendar = desk(zone, hours)
    noon = local(f"{day} 12:00", zone)

    assert calendar.support_time_between(noon - 24 * HOUR, noon + 36 * HOUR) == length


@pytest.mark.parametrize(
    ("hours", "around", "expected", "rule"),
    [
        (
            "02:30-04:00",
            "2026-03-08",
            ("07:00", "08:00"),
            "opens at a time that doesn't exist: after the gap",
        ),
        ("01:30-02:30", "2026-03-08", ("06:30", "07:00"), "closes at a time that doesn't exist: at the gap"),
        ("01:30-03:30", "2026-03-08", ("06:30", "07:30"), "over the gap"),
        ("02:15-02:45", "2026-03-08", None, "within the gap: not that week"),
        ("02:00-03:00", "2026-03-08", None, "exactly the gap: not that week"),
        ("01:30-03:00", "2026-11-01", ("05:30", "08:00"), "opens at the first of two such times"),
        ("00:30-01:30", "2026-11-01", ("04:30", "06:30"), "closes at the second of two such times"),
        ("01:15-01:45", "2026-11-01", ("05:15", "06:45"), "from the first to the second"),
        ("00:00-01:00", "2026-11-01", ("04:00", "05:00"), "nothing of it is shown twice"),
        ("01:00-02:00", "2026-11-01", ("05:00", "07:00"), "all of it is shown twice"),
        ("02:00-03:00", "2026-11-01", ("07:00", "08:00"), "begins when the repetition is over"),
    ],
)
def test_local_times_that_are_skipped_or_repeated(
    hours: str, around: str, expected: tuple[str, str] | None, rule: str
) -> None:
    calendar = desk("America/New_York", WeeklyHours(sun=(hours,)))

    found = calendar.intervals(utc(f"{around}T00:00"), utc(f"{around}T23:00"))

    pairs = [] if expected is None else [tuple(utc(f"{around}T{time}") for time in expected)]
    assert list(found) == pairs, rule


def test_where_midnight_is_shown_twice_the_day_before_is_not_longer_for_it() -> None:
    saturday, sunday = WeeklyHours(sat=("22:00-24:00",)), WeeklyHours(sun=("00:00-02:00",))
    start, end = utc("2026-10-31T12:00"), utc("2026-11-01T12:00")
    midnight = utc("2026-11-01T04:00")

    assert desk("America/Havana", saturday).intervals(start, end) == ((midnight - 2 * HOUR, midnight),)
    assert desk("America/Havana", sunday).intervals(start, end) == ((midnight, midnight + 3 * HOUR),)


def test_a_date_that_a_zone_left_out_has_no_hours() -> None:
    calendar = desk("Pacific/Apia")
    thursday = local("Thu 2011-12-29 15:00", "Pacific/Apia")

    assert calendar.add_support_time(thursday, BUSINESS_DAY) == local("Mon 2012-01-02 15:00", "Pacific/Apia")
    assert desk("Pacific/Apia", WeeklyHours.every_day("00:00-24:00")).next_closing(thursday) is None


def test_a_zone_may_be_off_by_a_quarter_of_an_hour() -> None:
    opening = desk("Asia/Kathmandu").next_opening(utc("2026-06-01T00:00"))

    assert opening == utc("2026-06-01T03:15")


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/Los_Angeles", "Thu 2026-12-31"),
        ("Pacific/Pago_Pago", "Thu 2026-12-31"),
        ("Pacific/Kiritimati", "Fri 2027-01-01"),
        ("Europe/London", "Thu 2026-12-31"),
    ],
)
def test_a_day_over_the_end_of_the_utc_year_is_whole(zone: str, day: str) -> None:
    calendar = desk(zone, WeeklyHours.weekdays("12:00-18:00", "20:00-04:00"))
    noon = local(f"{day} 12:00", zone)

    assert calendar.intervals(noon, noon + 20 * HOUR) == (
        (noon, noon + 6 * HOUR),
        (noon + 8 * HOUR, noon + 16 * HOUR),
    )
    assert calendar.add_support_time(noon, 14 * HOUR) == noon + 16 * HOUR
    assert calendar.next_closing(noon) == noon + 6 * HOUR


# Unions


FOLLOW_THE_SUN = union([business_hours(region) for region in REGIONS], "sun")


@pytest.mark.parametrize(
    ("at", "is_open", "who"),
    [
        ("2026-06-10T00:00", True, "Japan opens, and California closes later"),
        ("2026-06-10T08:30", True, "Japan and England"),
        ("2026-06-10T12:00", True, "England"),
        ("2026-06-10T17:30", True, "the United States"),
        ("2026-06-13T12:00", False, "Saturday everywhere"),
        ("2026-11-26T20:00", False, "Thanksgiving, night elsewhere"),
    ],
)
def test_a_union_is_open_when_any_of_its_calendars_is(at: str, is_open: bool, who: str) -> None:
    assert FOLLOW_THE_SUN.is_open(utc(at)) is is_open, who


def test_a_union_opens_for_the_week_in_the_east_and_closes_it_in_the_west() -> None:
    weekend = utc("2026-06-06T12:00")

    assert FOLLOW_THE_SUN.next_opening(weekend) == local("Mon 2026-06-08 09:00", "Asia/Tokyo")
    assert FOLLOW_THE_SUN.next_closing(weekend) == local("Fri 2026-06-12 18:00", "America/Los_Angeles")


@pytest.mark.parametrize(
    ("name", "expected"), [("sun", "sun"), (None, "9x5@emea + 24x7")], ids=["given", "that of its calendars"]
)
def test_a_union_has_a_name(name: str | None, expected: str) -> None:
    assert union([business_hours("emea"), ALWAYS_OPEN], name).name == expected


@pytest.mark.parametrize(
    "calendar",
    [
        desk("Europe/London", WeeklyHours.every_day("00:00-24:00")),
        union([business_hours("japan"), ALWAYS_OPEN]),
        desk("UTC", WeeklyHours.every_day("00:00-24:00"), "2030-01-01"),
    ],
    ids=["every hour of the week", "union with 24x7", "first closure in years"],
)
def test_what_stays_open_for_more_than_366_days_has_no_next_closing(calendar: Calendar) -> None:
    assert calendar.next_closing(utc("2026-06-01T00:00")) is None


def test_what_closes_once_a_year_has_a_next_closing() -> None:
    calendar = desk("UTC", WeeklyHours.every_day("00:00-24:00"), "07-01")

    assert calendar.next_closing(utc("2026-07-02T00:00")) == utc("2027-07-01T00:00")
    assert calendar.next_closing(utc("2026-07-01T12:00")) == utc("2027-07-01T00:00")


# Values


def test_a_calendar_is_a_value_that_questions_do_not_change() -> None:
    asked, same = business_hours("japan"), business_hours("japan")
    for year in range(1990, 2040):
        asked.is_open(utc(f"{year}-06-01T00:00"))

    assert asked == same
    assert hash(asked) == hash(same)
    assert pickle.loads(pickle.dumps(asked)) == same
    assert asked != business_hours("emea")
    with pytest.raises(AttributeError):
        asked.name = "other"  # type: ignore[misc]


def test_a_calendar_is_read_from_plain_data() -> None:
    data = {
        "name": "9x5@japan",
        "zone": "Asia/Tokyo",
        "hours": {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
        "country": "JP",
        "closures": ["12-29..01-03"],
    }

    assert msgspec.convert(data, WeeklyCalendar) == business_hours("japan", "12-29..01-03")


def test_holidays_are_loaded_only_when_a_calendar_that_keeps_them_is_asked() -> None:
    script = """
import sys
from datetime import UTC, datetime
from policy.calendars import WeeklyCalendar, WeeklyHours
def calendar(**more): return WeeklyCalendar(name="d", zone="UTC", hours=WeeklyHours.weekdays("09:00-18:00"), **more)
at = datetime(2026, 6, 1, tzinfo=UTC)
calendar().is_open(at), calendar(country="JP", holidays_are_working_days=True).is_open(at)
keeps = calendar(country="JP")
print("holidays" in sys.modules)
keeps.is_open(at)
print("holidays" in sys.modules)
"""
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert answer.stdout.split() == ["False", "True"]


def test_an_instant_may_come_in_any_zone_and_the_answer_is_in_utc() -> None:
    at = datetime(2026, 11, 27, 15, tzinfo=ZoneInfo("Asia/Tokyo"))

    for calendar in (business_hours("japan"), ALWAYS_OPEN):
        answer = calendar.next_opening(at)
        assert answer == at
        assert answer.tzinfo is UTC


# Refusals


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"zone": "Mars/Olympus"}, UnknownZone, "calendar 'desk': no time zone 'Mars/Olympus'"),
        ({"zone": "../etc/passwd"}, UnknownZone, "no time zone"),
        ({"zone": ""}, UnknownZone, "no time zone"),
        ({"zone": "localtime"}, UnknownZone, "no time zone"),
        (
            {"hours": WeeklyHours(tue=("9-18",))},
            InvalidHours,
            "calendar 'desk', tue: '9-18': expected HH:MM-HH:MM",
        ),
        ({"hours": WeeklyHours(tue=("09:00-24:01",))}, InvalidHours, "last closing time is 24:00"),
        ({"hours": WeeklyHours(tue=("09:00-25:00",))}, InvalidHours, "expected HH:MM-HH:MM"),
        ({"hours": WeeklyHours(tue=("24:00-06:00",))}, InvalidHours, "last opening time is 23:59"),
        ({"hours": WeeklyHours(tue=("09:00-09:00",))}, InvalidHours, "the whole day is 00:00-24:00"),
        ({"hours": WeeklyHours(tue=("09:00-18:00\n",))}, InvalidHours, "expected HH:MM-HH:MM"),
        (
            {"closures": ("13-01",)},
            InvalidClosure,
            "calendar 'desk', closures: '13-01': there is no date 13-01",
        ),
        ({"closures": ("2026-02-29",)}, InvalidClosure, "there is no date 2026-02-29"),
        ({"closures": ("29 December",)}, InvalidClosure, "expected YYYY-MM-DD"),
        ({"closures": ("2026-12-29..01-03",)}, InvalidClosure, "either both dates have a year or none"),
        ({"closures": ("2026-12-29..2026-01-03",)}, InvalidClosure, "the last date is before the first"),
        ({"subdivision": "CA"}, InvalidCalendar, "subdivision 'CA' without a country"),
        ({"hours": WeeklyHours()}, CalendarNeverOpens, "no hours on any day of the week"),
        ({"closures": ("01-01..12-31",)}, CalendarNeverOpens, "closed for more than 366 days in a row"),
        ({"closures": ("03-01..02-29",)}, CalendarNeverOpens, "closed for more than 366 days in a row"),
        ({"closures": ("2026-01-01..2027-01-04",)}, CalendarNeverOpens, "in a row from 2026-01-01"),
        ({"closures": ("0001-01-01..9999-12-31",)}, CalendarNeverOpens, "in a row from 1970-01-01"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused_when_it_is_built(
    change: dict[str, object], error: type[CalendarError], words: str
) -> None:
    data: dict[str, object] = {"name": "desk", "zone": "UTC", "hours": WeeklyHours.weekdays("09:00-18:00")}

    with pytest.raises(error) as raised:
        WeeklyCalendar(**{**data, **change})  # type: ignore[arg-type]

    assert words in str(raised.value)


def test_366_closed_days_are_not_too_many() -> None:
    calendar = desk("UTC", WeeklyHours.every_day("09:00-18:00"), "2026-01-01..2027-01-01")

    assert calendar.next_opening(utc("2025-12-31T18:00")) == utc("2027-01-02T09:00")


def test_refused_while_reading_it_is_a_fault_of_the_data() -> None:
    data = {"name": "desk", "zone": "Mars/Olympus", "hours": {"mon": ["09:00-18:00"]}}

    with pytest.raises(msgspec.ValidationError, match="no time zone 'Mars/Olympus'"):
        msgspec.convert(data, WeeklyCalendar)


@pytest.mark.parametrize(("country", "subdivision"), [("XX", None), ("US", "ZZ"), ("", None)])
def test_unknown_holidays_are_refused_by_check_and_when_asked(country: str, subdivision: str | None) -> None:
    calendar = msgspec.structs.replace(desk("UTC"), country=country, subdivision=subdivision)

    with pytest.raises(UnknownHolidays):
        calendar.check()
    with pytest.raises(UnknownHolidays):
        calendar.is_open(utc("2026-06-01T00:00"))


def test_a_calendar_that_only_opens_on_a_holiday_is_refused_by_check_and_when_asked() -> None:
    open_on_new_year_only = desk("Asia/Tokyo", WeeklyHours.every_day("09:00-18:00"), "01-02..12-31")
    calendar = msgspec.structs.replace(open_on_new_year_only, country="JP")

    with pytest.raises(CalendarNeverOpens):
        calendar.check()
    for ask in (calendar.next_opening, calendar.next_closing):
        with pytest.raises(CalendarNeverOpens):
            ask(utc("2026-06-01T00:00"))
    with pytest.raises(CalendarNeverOpens):
        calendar.add_support_time(utc("2026-06-01T00:00"), HOUR)


@pytest.mark.parametrize("region", REGIONS)
def test_the_regions_pass_the_check(region: str) -> None:
    business_hours(region).check()
    extended_hours(region).check()


def test_a_union_of_nothing_never_opens() -> None:
    with pytest.raises(CalendarNeverOpens):
        union([])


EVERY_KIND = pytest.mark.parametrize(
    "calendar", [ALWAYS_OPEN, business_hours("japan"), FOLLOW_THE_SUN], ids=["24x7", "9x5", "union"]
)


@EVERY_KIND
def test_a_naive_datetime_is_not_an_instant(calendar: Calendar) -> None:
    naive = datetime(2026, 6, 1)  # noqa: DTZ001
    aware = utc("2026-06-01T00:00")

    for ask in (calendar.is_open, calendar.next_opening, calendar.next_closing):
        with pytest.raises(NaiveInstant):
            ask(naive)
    for ask_range in (calendar.intervals, calendar.support_time_between):
        with pytest.raises(NaiveInstant):
            ask_range(naive, aware)
        with pytest.raises(NaiveInstant):
            ask_range(aware, naive)
    with pytest.raises(NaiveInstant):
        calendar.add_support_time(naive, HOUR)


@EVERY_KIND
def test_a_reversed_range_is_refused(calendar: Calendar) -> None:
    for ask in (calendar.intervals, calendar.support_time_between):
        with pytest.raises(ReversedInterval):
            ask(utc("2026-06-02T00:00"), utc("2026-06-01T00:00"))


@EVERY_KIND
def test_a_negative_amount_is_refused(calendar: Calendar) -> None:
    with pytest.raises(NegativeSupportTime):
        calendar.add_support_time(utc("2026-06-02T00:00"), -timedelta.resolution)


@EVERY_KIND
@pytest.mark.parametrize(
    "at",
    [
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=ZoneInfo("America/New_York")),
        utc("2100-01-01T00:00"),
        utc("1969-12-31T23:59:59"),
    ],
)
def test_the_horizon_is_1970_to_2099(calendar: Calendar, at: datetime) -> None:
    for ask in (calendar.is_open, calendar.next_opening, calendar.next_closing):
        with pytest.raises(BeyondHorizon):
            ask(at)
    with pytest.raises(BeyondHorizon):
        calendar.add_support_time(at, HOUR)


@EVERY_KIND
def test_an_answer_beyond_the_horizon_is_refused(calendar: Calendar) -> None:
    start = utc("2099-12-30T00:00")

    for amount in (timedelta.max, timedelta(days=90)):
        with pytest.raises(BeyondHorizon):
            calendar.add_support_time(start, amount)
    with pytest.raises(BeyondHorizon):
        calendar.intervals(start, datetime.max.replace(tzinfo=UTC))


@EVERY_KIND
def test_a_range_may_end_with_the_horizon(calendar: Calendar) -> None:
    start, end = utc("2099-12-21T00:00"), utc("2100-01-01T00:00")

    worked = calendar.support_time_between(start, end)

    assert worked == sum((closes - opens for opens, closes in calendar.intervals(start, end)), timedelta(0))
    assert calendar.add_support_time(start, worked) <= end


def test_openings_and_closings_beyond_the_horizon_are_refused() -> None:
    with pytest.raises(BeyondHorizon):
        desk("UTC").next_opening(utc("2099-12-31T20:00"))
    with pytest.raises(BeyondHorizon):
        desk("UTC", WeeklyHours.every_day("00:00-24:00")).next_closing(utc("2099-12-31T20:00"))
    with pytest.raises(BeyondHorizon):
        desk("UTC").add_support_time(utc("2099-12-31T20:00"), HOUR)
