"""Periods as people say them in both languages: the exact range, and what is refused because it would be a guess."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from commands.periods import BadPeriod, Fault, read_period
from policy.periods import Period, Unit
from policy.schema import Language

TOKYO, LONDON, NEW_YORK = "Asia/Tokyo", "Europe/London", "America/New_York"
SANTIAGO, AZORES = "America/Santiago", "Atlantic/Azores"

WEDNESDAY = "2026-11-18 11:04"
"""An ordinary Wednesday, in ISO week 47."""


def read(words: str, now: str = WEDNESDAY, zone: str = TOKYO, language: Language = "en") -> Period:
    """`now` as the clock of the zone shows it."""
    place = ZoneInfo(zone)
    at = datetime.fromisoformat(now).replace(tzinfo=place).astimezone(UTC)
    return read_period(words, zone=place, now=at, language=language)


def shown(period: Period) -> str:
    """`2026-11-09..2026-11-16`: both ends on the clock of its zone, without a midnight."""
    ends = (at.astimezone(period.tz).strftime("%Y-%m-%d %H:%M") for at in (period.start, period.end))
    return "..".join(end.removesuffix(" 00:00") for end in ends)


ON_A_WEDNESDAY = [
    ("today", "2026-11-18..2026-11-19"),
    ("yesterday", "2026-11-17..2026-11-18"),
    ("the day before yesterday", "2026-11-16..2026-11-17"),
    ("3 days ago", "2026-11-15..2026-11-16"),
    ("this week", "2026-11-16..2026-11-23"),
    ("this week so far", "2026-11-16..2026-11-23"),
    ("last week", "2026-11-09..2026-11-16"),
    ("Last Week", "2026-11-09..2026-11-16"),
    ("for last week", "2026-11-09..2026-11-16"),
    ("the week before last", "2026-11-02..2026-11-09"),
    ("this month", "2026-11-01..2026-12-01"),
    ("last month", "2026-10-01..2026-11-01"),
    ("the month before last", "2026-09-01..2026-10-01"),
    ("month to date", "2026-11-01..2026-12-01"),
    ("this quarter", "2026-10-01..2027-01-01"),
    ("last quarter", "2026-07-01..2026-10-01"),
    ("this year", "2026-01-01..2027-01-01"),
    ("last year", "2025-01-01..2026-01-01"),
    ("2025", "2025-01-01..2026-01-01"),
    ("past 7 days", "2026-11-11 11:04..2026-11-18 11:04"),
    ("last 7 days", "2026-11-11 11:04..2026-11-18 11:04"),
    ("the past 7 days", "2026-11-11 11:04..2026-11-18 11:04"),
    ("over the past week", "2026-11-11 11:04..2026-11-18 11:04"),
    ("past 2 weeks", "2026-11-04 11:04..2026-11-18 11:04"),
    ("past 3 months", "2026-08-18 11:04..2026-11-18 11:04"),
    ("past 24 hours", "2026-11-17 11:04..2026-11-18 11:04"),
    ("7d", "2026-11-11 11:04..2026-11-18 11:04"),
    ("Q3", "2026-07-01..2026-10-01"),
    ("q4", "2026-10-01..2027-01-01"),
    ("Q1 2026", "2026-01-01..2026-04-01"),
    ("2026-Q1", "2026-01-01..2026-04-01"),
    ("2026 Q1", "2026-01-01..2026-04-01"),
    ("the third quarter", "2026-07-01..2026-10-01"),
    ("second quarter of 2025", "2025-04-01..2025-07-01"),
    ("October", "2026-10-01..2026-11-01"),
    ("in October", "2026-10-01..2026-11-01"),
    ("oct", "2026-10-01..2026-11-01"),
    ("November", "2026-11-01..2026-12-01"),
    ("December", "2025-12-01..2026-01-01"),
    ("October 2025", "2025-10-01..2025-11-01"),
    ("2026-10", "2026-10-01..2026-11-01"),
    ("10/2026", "2026-10-01..2026-11-01"),
    ("2026-W14", "2026-03-30..2026-04-06"),
    ("2026w14", "2026-03-30..2026-04-06"),
    ("W14", "2026-03-30..2026-04-06"),
    ("W50", "2025-12-08..2025-12-15"),
    ("week 14", "2026-03-30..2026-04-06"),
    ("week 14 of 2025", "2025-03-31..2025-04-07"),
    ("the week of 5 May", "2026-05-04..2026-05-11"),
    ("1 May", "2026-05-01..2026-05-02"),
    ("May 1st", "2026-05-01..2026-05-02"),
    ("1st of May 2025", "2025-05-01..2025-05-02"),
    ("May 1, 2025", "2025-05-01..2025-05-02"),
    ("Friday, 1 May", "2026-05-01..2026-05-02"),
    ("24 December", "2025-12-24..2025-12-25"),
    ("2026-05-01", "2026-05-01..2026-05-02"),
    ("2026/05/01", "2026-05-01..2026-05-02"),
    ("Tuesday", "2026-11-17..2026-11-18"),
    ("Thursday", "2026-11-12..2026-11-13"),
    ("Monday last week", "2026-11-09..2026-11-10"),
    ("last week's Friday", "2026-11-13..2026-11-14"),
    ("since Tuesday", "2026-11-17..2026-11-18 11:04"),
    ("since yesterday", "2026-11-17..2026-11-18 11:04"),
    ("since last week", "2026-11-09..2026-11-18 11:04"),
    ("since October", "2026-10-01..2026-11-18 11:04"),
    ("since 1 May", "2026-05-01..2026-11-18 11:04"),
    ("since 2026-11-17 09:30", "2026-11-17 09:30..2026-11-18 11:04"),
    ("from Tuesday onwards", "2026-11-17..2026-11-18 11:04"),
    ("1 May to now", "2026-05-01..2026-11-18 11:04"),
    ("1 May to 7 May", "2026-05-01..2026-05-08"),
    ("from May 1 to May 7", "2026-05-01..2026-05-08"),
    ("between 1 May and 7 May", "2026-05-01..2026-05-08"),
    ("1 May - 7 May", "2026-05-01..2026-05-08"),
    ("1-7 May", "2026-05-01..2026-05-08"),
    ("1–7 May 2025", "2025-05-01..2025-05-08"),
    ("May 1-7", "2026-05-01..2026-05-08"),
    ("May 1 to 7, 2025", "2025-05-01..2025-05-08"),
    ("1 May to 7 May 2025", "2025-05-01..2025-05-08"),
    ("1 May to 7", "2026-05-01..2026-05-08"),
    ("Monday to Friday last week", "2026-11-09..2026-11-14"),
    ("28 December to 3 January", "2025-12-28..2026-01-04"),
    ("2026-05-01..2026-05-07", "2026-05-01..2026-05-08"),
    ("2026-05-01 to 2026-05-07", "2026-05-01..2026-05-08"),
    ("2026-05-01/2026-05-07", "2026-05-01..2026-05-08"),
    ("2026-05-01-2026-05-07", "2026-05-01..2026-05-08"),
    ("Monday to Wednesday", "2026-11-16..2026-11-19"),
    ("Thursday to yesterday", "2026-11-12..2026-11-18"),
    ("W14 to W16", "2026-03-30..2026-04-20"),
    ("2026-W14..2026-W16", "2026-03-30..2026-04-20"),
    ("October to December", "2026-10-01..2027-01-01"),
    ("Q1 to Q2", "2026-01-01..2026-07-01"),
    ("2026-04 to 2026-06", "2026-04-01..2026-07-01"),
    ("2026-11-17 09:30 to 2026-11-17 17:00", "2026-11-17 09:30..2026-11-17 17:00"),
    ("2026-11-17T00:30Z/2026-11-17T08:00Z", "2026-11-17 09:30..2026-11-17 17:00"),
    ("今日", "2026-11-18..2026-11-19"),
    ("昨日", "2026-11-17..2026-11-18"),
    ("一昨日", "2026-11-16..2026-11-17"),
    ("3日前", "2026-11-15..2026-11-16"),
    ("今週", "2026-11-16..2026-11-23"),
    ("先週", "2026-11-09..2026-11-16"),
    ("先々週", "2026-11-02..2026-11-09"),
    ("今月", "2026-11-01..2026-12-01"),
    ("先月", "2026-10-01..2026-11-01"),
    ("先々月", "2026-09-01..2026-10-01"),
    ("今年", "2026-01-01..2027-01-01"),
    ("昨年", "2025-01-01..2026-01-01"),
    ("前四半期", "2026-07-01..2026-10-01"),
    ("第3四半期", "2026-07-01..2026-10-01"),
    ("2026年第1四半期", "2026-01-01..2026-04-01"),
    ("10月", "2026-10-01..2026-11-01"),
    ("１０月", "2026-10-01..2026-11-01"),
    ("10月分", "2026-10-01..2026-11-01"),
    ("12月", "2025-12-01..2026-01-01"),
    ("2025年10月", "2025-10-01..2025-11-01"),
    ("2025年", "2025-01-01..2026-01-01"),
    ("2026年第14週", "2026-03-30..2026-04-06"),
    ("第14週", "2026-03-30..2026-04-06"),
    ("5月1日", "2026-05-01..2026-05-02"),
    ("2025年5月1日", "2025-05-01..2025-05-02"),
    ("5月1日(金)", "2026-05-01..2026-05-02"),
    ("5月5日の週", "2026-05-04..2026-05-11"),
    ("火曜日", "2026-11-17..2026-11-18"),
    ("先週の月曜日", "2026-11-09..2026-11-10"),
    ("火曜日から", "2026-11-17..2026-11-18 11:04"),
    ("昨日以降", "2026-11-17..2026-11-18 11:04"),
    ("先週から現在まで", "2026-11-09..2026-11-18 11:04"),
    ("過去7日間", "2026-11-11 11:04..2026-11-18 11:04"),
    ("直近7日", "2026-11-11 11:04..2026-11-18 11:04"),
    ("過去24時間", "2026-11-17 11:04..2026-11-18 11:04"),
    ("過去3か月", "2026-08-18 11:04..2026-11-18 11:04"),
    ("5月1日から5月7日", "2026-05-01..2026-05-08"),
    ("5月1日から5月7日まで", "2026-05-01..2026-05-08"),
    ("5月1日〜5月7日", "2026-05-01..2026-05-08"),
    ("5月1日～7日", "2026-05-01..2026-05-08"),
    ("5月1日-7日", "2026-05-01..2026-05-08"),
    ("2025年5月1日から7日", "2025-05-01..2025-05-08"),
    ("10月から12月", "2026-10-01..2027-01-01"),
    ("10〜12月", "2026-10-01..2027-01-01"),
    ("先週〜今日", "2026-11-09..2026-11-19"),
    ("月曜日から水曜日まで", "2026-11-16..2026-11-19"),
]


@pytest.mark.parametrize(("words", "range_"), ON_A_WEDNESDAY, ids=[words for words, _ in ON_A_WEDNESDAY])
def test_periods(words: str, range_: str) -> None:
    assert shown(read(words)) == range_


@pytest.mark.parametrize(
    ("words", "now", "zone", "range_"),
    [
        # Around new year.
        ("last week", "2027-01-01 09:00", TOKYO, "2026-12-21..2026-12-28"),
        ("this week", "2027-01-01 09:00", TOKYO, "2026-12-28..2027-01-04"),
        ("last month", "2027-01-01 09:00", TOKYO, "2026-12-01..2027-01-01"),
        ("先々月", "2027-01-01 09:00", TOKYO, "2026-11-01..2026-12-01"),
        ("last quarter", "2027-01-01 09:00", TOKYO, "2026-10-01..2027-01-01"),
        ("Q4", "2027-01-01 09:00", TOKYO, "2026-10-01..2027-01-01"),
        ("yesterday", "2027-01-01 00:00", TOKYO, "2026-12-31..2027-01-01"),
        ("since Monday", "2027-01-01 09:00", TOKYO, "2026-12-28..2027-01-01 09:00"),
        ("28 December to 3 January", "2026-12-30 09:00", TOKYO, "2026-12-28..2027-01-04"),
        ("28 December to 3 January", "2027-01-10 09:00", TOKYO, "2026-12-28..2027-01-04"),
        ("12月28日から1月3日", "2027-01-10 09:00", TOKYO, "2026-12-28..2027-01-04"),
        ("28 December 2025 to 3 January", "2027-01-10 09:00", TOKYO, "2025-12-28..2026-01-04"),
        ("28 December to 3 January 2026", "2027-01-10 09:00", TOKYO, "2025-12-28..2026-01-04"),
        ("October to February", "2027-03-01 09:00", TOKYO, "2026-10-01..2027-03-01"),
        ("1 to 7 May", "2027-01-10 09:00", TOKYO, "2026-05-01..2026-05-08"),
        # The same instant is another day, week and year elsewhere.
        ("today", "2026-12-31 19:00", NEW_YORK, "2026-12-31..2027-01-01"),
        ("today", "2027-01-01 09:00", TOKYO, "2027-01-01..2027-01-02"),
        # Weeks 53 and 1.
        ("2026-W53", "2027-01-10 09:00", TOKYO, "2026-12-28..2027-01-04"),
        ("W53", "2027-01-10 09:00", TOKYO, "2026-12-28..2027-01-04"),
        ("W1", "2027-01-10 09:00", TOKYO, "2027-01-04..2027-01-11"),
        ("W1", "2027-01-02 09:00", TOKYO, "2025-12-29..2026-01-05"),
        ("last week", "2027-01-10 09:00", TOKYO, "2026-12-28..2027-01-04"),
        ("W52 to W1", "2027-01-10 09:00", TOKYO, "2026-12-21..2027-01-11"),
        ("2020-W53", "2027-01-10 09:00", TOKYO, "2020-12-28..2021-01-04"),
        # A leap day.
        ("29 February", "2028-03-01 09:00", TOKYO, "2028-02-29..2028-03-01"),
        ("February", "2028-03-01 09:00", TOKYO, "2028-02-01..2028-03-01"),
        ("past 1 months", "2028-03-31 09:00", TOKYO, "2028-02-29 09:00..2028-03-31 09:00"),
        # A week in which the clocks change is an hour longer, or shorter.
        ("last week", "2026-11-03 09:00", NEW_YORK, "2026-10-26..2026-11-02"),
        ("last week", "2026-04-01 09:00", LONDON, "2026-03-23..2026-03-30"),
        ("29 March", "2026-04-01 09:00", LONDON, "2026-03-29..2026-03-30"),
        ("past 7 days", "2026-04-01 09:00", LONDON, "2026-03-25 09:00..2026-04-01 09:00"),
        ("past 24 hours", "2026-03-29 09:00", LONDON, "2026-03-28 08:00..2026-03-29 09:00"),
        # Where the day begins at 1:00, since the clocks skip midnight.
        ("6 September", "2026-09-10 09:00", SANTIAGO, "2026-09-06 01:00..2026-09-07"),
        # On a day of that name another day is not in question here.
        ("Monday to Tuesday", "2026-11-17 09:00", TOKYO, "2026-11-16..2026-11-18"),
    ],
)
def test_periods_at_the_edges(words: str, now: str, zone: str, range_: str) -> None:
    assert shown(read(words, now, zone)) == range_


@pytest.mark.parametrize(
    ("words", "now", "zone", "hours"),
    [
        ("last week", "2026-11-03 09:00", NEW_YORK, 7 * 24 + 1),
        ("last week", "2026-04-01 09:00", LONDON, 7 * 24 - 1),
        ("October", "2026-11-10 09:00", LONDON, 31 * 24 + 1),
        ("last week", "2026-11-03 09:00", TOKYO, 7 * 24),
        ("29 March", "2026-04-01 09:00", AZORES, 23),
    ],
)
def test_a_local_week_is_as_long_as_it_really_is(words: str, now: str, zone: str, hours: int) -> None:
    period = read(words, now, zone)
    assert period.end - period.start == timedelta(hours=hours)


def test_the_exact_instants_are_of_the_zone() -> None:
    period = read("last week")
    assert period.start == datetime(2026, 11, 8, 15, tzinfo=UTC)
    assert period.end == datetime(2026, 11, 15, 15, tzinfo=UTC)
    assert (period.zone, period.unit, period.count) == (TOKYO, Unit.WEEK, 1)


def test_slashes_are_read_where_the_reader_s_language_decides() -> None:
    assert shown(read("5/1から5/7", language="ja")) == "2026-05-01..2026-05-08"
    assert shown(read("10/5", language="ja")) == "2026-10-05..2026-10-06"
    with pytest.raises(BadPeriod) as refused:
        read("5/1 to 5/7", language="en")
    assert refused.value.fault is Fault.AMBIGUOUS


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("04/05/2026", Fault.AMBIGUOUS),
        ("04.05.2026", Fault.AMBIGUOUS),
        ("04-05-2026", Fault.AMBIGUOUS),
        ("4/5", Fault.AMBIGUOUS),
        ("4/5/26", Fault.AMBIGUOUS),
        ("12", Fault.AMBIGUOUS),
        ("7", Fault.AMBIGUOUS),
        ("202610", Fault.AMBIGUOUS),
        ("last Tuesday", Fault.AMBIGUOUS),
        ("last 2 weeks", Fault.AMBIGUOUS),
        ("last 3 months", Fault.AMBIGUOUS),
        ("Wednesday", Fault.AMBIGUOUS),  # on a Wednesday
        ("since Wednesday", Fault.AMBIGUOUS),
        ("水曜日", Fault.AMBIGUOUS),
        ("next week", Fault.FUTURE),
        ("tomorrow", Fault.FUTURE),
        ("来週", Fault.FUTURE),
        ("来月", Fault.FUTURE),
        ("2027-W14", Fault.FUTURE),
        ("December 2026", Fault.FUTURE),
        ("2026-12-24", Fault.FUTURE),
        ("Q1 2027", Fault.FUTURE),
        ("this Friday", Fault.FUTURE),
        ("since 2026-12-24", Fault.FUTURE),
        ("2026-05-07..2026-05-01", Fault.REVERSED),
        ("7 May 2026 to 1 May 2026", Fault.REVERSED),
        ("last week to the week before last", Fault.REVERSED),
        ("2025-W53", Fault.NO_SUCH_TIME),
        ("W54", Fault.NO_SUCH_TIME),
        ("W0", Fault.NO_SUCH_TIME),
        ("Q5", Fault.NO_SUCH_TIME),
        ("13月", Fault.NO_SUCH_TIME),
        ("2026-13", Fault.NO_SUCH_TIME),
        ("2026-02-30", Fault.NO_SUCH_TIME),
        ("2月30日", Fault.NO_SUCH_TIME),
        ("29 February 2026", Fault.NO_SUCH_TIME),
        ("29 February", Fault.NO_SUCH_TIME),  # none within a year
        ("Monday, 1 May 2026", Fault.NO_SUCH_TIME),
        ("past 0 days", Fault.NO_SUCH_TIME),
        ("1999", Fault.NO_SUCH_TIME),
        ("2020 to 2025", Fault.TOO_LONG),
        ("past 9999 days", Fault.TOO_LONG),
        ("", Fault.UNREADABLE),
        ("   ", Fault.UNREADABLE),
        ("soon", Fault.UNREADABLE),
        ("always", Fault.UNREADABLE),
        ("90m", Fault.UNREADABLE),
        ("week", Fault.UNREADABLE),
        ("month", Fault.UNREADABLE),
        ("2 weeks ago", Fault.UNREADABLE),
        ("in 3 days", Fault.UNREADABLE),
        ("until Friday", Fault.UNREADABLE),
        ("1 May to", Fault.UNREADABLE),
        ("to 7 May", Fault.UNREADABLE),
        ("May 35", Fault.UNREADABLE),
        ("1 May 26", Fault.UNREADABLE),
        ("10-12", Fault.AMBIGUOUS),
        ("10:00", Fault.UNREADABLE),
        ("ACME", Fault.UNREADABLE),
        ("12月頃", Fault.UNREADABLE),
        ("今日まで", Fault.UNREADABLE),
        ("上半期", Fault.UNREADABLE),
        ("今期", Fault.UNREADABLE),
        ("last week and next week", Fault.UNREADABLE),
        ("the week of October", Fault.UNREADABLE),
        ("-", Fault.UNREADABLE),
        ("..", Fault.UNREADABLE),
        ("x" * 5_000, Fault.UNREADABLE),
    ],
)
def test_what_would_be_a_guess_is_refused(words: str, fault: Fault) -> None:
    with pytest.raises(BadPeriod) as refused:
        read(words)
    assert refused.value.fault is fault


@given(st.integers(1, 31), st.integers(1, 12), st.integers(0, 9_999), st.sampled_from("/.-"))
def test_numbers_that_go_two_ways_are_never_read(day: int, month: int, year: int, sign: str) -> None:
    for words in (f"{day}{sign}{month}{sign}{year % 100:02}", f"{day:02}{sign}{month:02}{sign}{year:04}"):
        with pytest.raises(BadPeriod):
            read(words)


@given(st.text(alphabet="0123456789-/.: ", max_size=12))
@example("0:00/")
def test_numbers_alone_are_a_year_a_month_a_day_a_time_of_today_or_nothing(words: str) -> None:
    try:
        read(words)
    except BadPeriod:
        return
    assert any(character.isdigit() for character in words)
    assert "20" in words or ":" in words, words


@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    "last",
                    "this",
                    "next",
                    "past",
                    "since",
                    "to",
                    "until",
                    "the",
                    "of",
                    "and",
                    "in",
                    "or",
                    "week",
                ),
                *(
                    "month",
                    "quarter",
                    "days",
                    "monday",
                    "tuesday",
                    "october",
                    "may",
                    "7",
                    "12",
                    "2026",
                    "q3",
                    "w14",
                ),
                *(
                    "-",
                    "..",
                    "/",
                    "先週",
                    "今月",
                    "から",
                    "まで",
                    "の",
                    "月",
                    "日",
                    "曜日",
                    "週",
                    "年",
                    "ago",
                    "half",
                ),
            ]
        ),
        max_size=5,
    )
)
def test_any_words_give_a_sound_period_or_a_refusal(words: list[str]) -> None:
    now = datetime(2026, 11, 18, 2, 4, tzinfo=UTC)
    for joined in (" ".join(words), "".join(words)):
        for language in ("en", "ja"):
            try:
                period = read(joined, language=language)
            except BadPeriod:
                continue
            assert period.start < period.end
            assert period.start <= now
            if period.unit is not None:
                assert shown(period).count(":") == 0


@given(st.text(max_size=100))
def test_nonsense_is_refused_and_never_an_error(words: str) -> None:
    try:
        period = read(words)
    except BadPeriod:
        return
    assert period.start < period.end


@given(
    st.sampled_from(["yesterday", "last week", "last month", "Q3", "W14", "1 May", "先月", "10月"]),
    st.sampled_from(["or so", "maybe", "?!", "x", "and then", "頃", "くらい", "not"]),
    st.booleans(),
)
def test_a_word_too_many_is_not_overlooked(words: str, extra: str, first: bool) -> None:
    with pytest.raises(BadPeriod):
        read(f"{extra} {words}" if first else f"{words} {extra}")
