"""Which versions are supported when a ticket is opened (policy.md section 5): a row is a sentence, then laws."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.months import months_later
from policy.versions import (
    AskVersion,
    ConsultativeOnly,
    Current,
    NotListed,
    Release,
    Supported,
    VersionRules,
    by_date,
    last_supported_day,
    opened_on,
    same_version,
    supported_on,
    version_support,
)

RULES = VersionRules(supported_months=12, fixes_in_latest_only=True)
OLD = Release("7.0", date(2024, 3, 31))
LAST_YEAR = Release("7.1", date(2025, 10, 5))
LATEST = Release("7.2.1", date(2026, 6, 1))
NEXT = Release("8.0", date(2026, 12, 1))
RELEASES = (LATEST, OLD, NEXT, LAST_YEAR)
TODAY = date(2026, 10, 5)


def day(text: str) -> date:
    return date.fromisoformat(text)


# -- the sentences of section 5


@pytest.mark.parametrize(
    ("sentence", "version", "on", "expected"),
    [
        ("the current version is supported", "7.2.1", TODAY, Current(LATEST)),
        (
            "a release exactly 12 months before still counts; fixes come in the latest",
            "7.1",
            TODAY,
            Supported(LAST_YEAR, TODAY, LATEST),
        ),
        (
            "one day later it does not: consultative support only",
            "7.1",
            TODAY + timedelta(days=1),
            ConsultativeOnly(LAST_YEAR, TODAY, LATEST),
        ),
        (
            "an older one: consultative support only",
            "7.0",
            TODAY,
            ConsultativeOnly(OLD, date(2025, 3, 31), LATEST),
        ),
        ("the current version is supported however old it is", "7.0", date(2025, 10, 4), Current(OLD)),
        ("a new release takes its place", "7.2.1", NEXT.date, Supported(LATEST, date(2027, 6, 1), NEXT)),
        ("on the day of its release a version is out", "8.0", NEXT.date, Current(NEXT)),
        (
            "before that day it is not known: ask",
            "8.0",
            NEXT.date - timedelta(days=1),
            AskVersion("8.0", (), LATEST),
        ),
        ("unknown: ask, don't refuse", "6.66", TODAY, AskVersion("6.66", (), LATEST)),
        ("nothing given: ask", None, TODAY, AskVersion(None, (), LATEST)),
        ("empty: ask", "  ", TODAY, AskVersion(None, (), LATEST)),
        ("half of a number: ask which one is meant", "7.2", TODAY, AskVersion("7.2", (LATEST,), LATEST)),
        ("the beginning of a number is not half of it", "7.2.", TODAY, AskVersion("7.2.", (), LATEST)),
        (
            "several may be meant, the latest first",
            "7",
            TODAY,
            AskVersion("7", (LATEST, LAST_YEAR, OLD), LATEST),
        ),
        ("before the first release there is nothing to ask", "7.0", date(2024, 3, 30), NotListed()),
    ],
)
def test_section_5(sentence: str, version: str | None, on: date, expected: object) -> None:
    assert version_support(RULES, RELEASES, version, on) == expected, sentence


def test_a_vendor_that_lists_no_releases_asks_for_nothing() -> None:
    assert version_support(RULES, (), "7.2", TODAY) == NotListed()
    assert version_support(RULES, (), None, TODAY) == NotListed()


def test_a_vendor_whose_supported_versions_all_get_fixes() -> None:
    rules = VersionRules(supported_months=24, fixes_in_latest_only=False)
    assert version_support(rules, RELEASES, "7.1", TODAY) == Supported(LAST_YEAR, day("2027-10-05"), None)


def test_a_vendor_that_supports_the_current_version_alone() -> None:
    rules = VersionRules(supported_months=0, fixes_in_latest_only=True)
    assert version_support(rules, RELEASES, "7.1", TODAY) == ConsultativeOnly(
        LAST_YEAR, LAST_YEAR.date, LATEST
    )


# -- the ends of months


@pytest.mark.parametrize(
    ("sentence", "released", "opened", "supported"),
    [
        ("an ordinary day", "2025-10-05", "2026-10-05", True),
        ("an ordinary day, one too late", "2025-10-05", "2026-10-06", False),
        ("from 29 February, 12 months go back to 28 February", "2027-02-28", "2028-02-29", True),
        ("so the 28th lasts through the 29th, and no longer", "2027-02-28", "2028-03-01", False),
        ("released on 29 February, opened on 28 February", "2028-02-29", "2029-02-28", True),
        ("released on 29 February, opened on 1 March", "2028-02-29", "2029-03-01", False),
        ("the last day of the year", "2025-12-31", "2026-12-31", True),
        ("over the turn of the year", "2025-12-31", "2027-01-01", False),
    ],
)
def test_twelve_months_at_the_ends_of_months(
    sentence: str, released: str, opened: str, supported: bool
) -> None:
    newer = Release("2", day(opened))
    found = version_support(RULES, (Release("1", day(released)), newer), "1", day(opened))
    assert isinstance(found, Supported if supported else ConsultativeOnly), sentence


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2026-10-05", 12, "2027-10-05"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", -12, "2027-02-28"),
        ("2028-02-29", 48, "2032-02-29"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2026-10-05", 0, "2026-10-05"),
    ],
)
def test_calendar_months(start: str, months: int, expected: str) -> None:
    assert months_later(day(start), months) == day(expected)


def test_beyond_the_calendar_there_are_no_months() -> None:
    with pytest.raises(ValueError, match="beyond the calendar"):
        months_later(date.max, 1)
    with pytest.raises(ValueError, match="beyond the calendar"):
        months_later(date.min, -1)


def test_the_day_of_the_opening_is_the_one_in_the_region() -> None:
    opened = datetime(2026, 10, 5, 23, 30, tzinfo=UTC)
    assert opened_on(opened, ZoneInfo("Asia/Tokyo")) == date(2026, 10, 6)
    assert opened_on(opened, ZoneInfo("America/New_York")) == date(2026, 10, 5)


# -- how people write versions


@pytest.mark.parametrize(
    "text",
    ["7.2.1", " 7.2.1 ", "v7.2.1", "V 7.2.1", "Version 7.2.1", "ver. 7.2.1", "release 7.2.1", "７．２．１"],
)
def test_a_version_is_known_however_it_is_written(text: str) -> None:
    assert version_support(RULES, RELEASES, text, TODAY) == Current(LATEST)


@pytest.mark.parametrize("text", ["7.2.10", "7,2,1", "7.2.1-beta", "latest"])
def test_another_version_is_not_taken_for_it(text: str) -> None:
    assert not same_version(text, LATEST.version)


def test_a_name_that_begins_like_a_word_for_version_keeps_it() -> None:
    assert not same_version("Vega", "ega")
    assert same_version("vega", "Vega")


def test_releases_of_one_day_go_by_their_numbers() -> None:
    names = ["7.10", "7.9", "7.2.3"]
    ordered = by_date(Release(name, TODAY) for name in names)
    assert [release.version for release in ordered] == ["7.2.3", "7.9", "7.10"]


# -- laws

dates = st.dates(date(1990, 1, 1), date(2080, 12, 31))
months = st.integers(0, 60)


@given(dates, st.integers(-600, 600))
def test_law_months_keep_the_day_or_end_the_month(start: date, count: int) -> None:
    later = months_later(start, count)
    assert (later.year * 12 + later.month) - (start.year * 12 + start.month) == count
    assert later.day == start.day or (later.day < start.day and (later + timedelta(days=1)).day == 1)


@given(dates, months, dates)
def test_law_the_last_supported_day_is_the_last(released: date, count: int, opened: date) -> None:
    rules = VersionRules(supported_months=count, fixes_in_latest_only=True)
    goes_back_to_it = months_later(opened, -count) <= released
    assert (opened <= last_supported_day(rules, Release("1", released))) == goes_back_to_it


@given(st.lists(dates, min_size=1, max_size=6), months, dates)
def test_law_what_is_listed_as_supported_is_what_a_ticket_gets(
    days: list[date], count: int, opened: date
) -> None:
    rules = VersionRules(supported_months=count, fixes_in_latest_only=True)
    releases = [Release(f"{number}.0", released) for number, released in enumerate(days)]
    listed = supported_on(rules, releases, opened)
    for release in releases:
        found = version_support(rules, releases, release.version, opened)
        assert isinstance(found, Current | Supported) == (release in listed)
    assert [r.date for r in listed] == sorted((r.date for r in listed), reverse=True)
