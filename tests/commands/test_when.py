"""Instants to come, as people write them in both languages: what is read, and what is not guessed."""

import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.days import BadWhen, Fault, is_warm, warm
from commands.when import read_when
from policy.durations import BusinessDays
from policy.schema import Language

NEW_YORK, TOKYO, LONDON = ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/London")
WEDNESDAY = datetime(2026, 11, 18, 2, 4, tzinfo=UTC)
"""11:04 in Tokyo, a Wednesday; 21:04 on Tuesday in New York."""


def read(
    words: str, zone: ZoneInfo = TOKYO, now: datetime = WEDNESDAY, language: Language = "en"
) -> datetime:
    return read_when(
        words, zone=zone, now=now, language=language, business_days=lambda days: now + days.count * DAY
    )


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("words", "minutes"),
    [
        ("30m", 30),
        ("90m", 90),
        ("2h", 120),
        ("1h30m", 90),
        ("1h 30m", 90),
        ("30 min", 30),
        ("90 minutes", 90),
        ("8 hours", 480),
        ("1.5 hours", 90),
        ("an hour", 60),
        ("half an hour", 30),
        ("for 2 hours", 120),
        ("in 45 minutes", 45),
        ("1 hour and 15 minutes", 75),
        ("1 day", 1440),
        ("2 days", 2880),
        ("a week", 10_080),
        ("PT2H", 120),
        ("1 business day", 1440),
        ("2 business days", 2880),
        ("30分", 30),
        ("３０分", 30),
        ("2時間", 120),
        ("2時間後", 120),
        ("1時間半", 90),
        ("1時間30分", 90),
        ("30分間", 30),
        ("3日", 4320),
        ("3日間", 4320),
        ("1週間", 10_080),
        ("1営業日", 1440),
    ],
)
def test_durations(words: str, minutes: int) -> None:
    assert read(words) == WEDNESDAY + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("words", "zone", "shown"),
    [
        ("until tomorrow 9am", TOKYO, "2026-11-19 09:00"),
        ("tomorrow 9:00", TOKYO, "2026-11-19 09:00"),
        ("tomorrow at 9:00", NEW_YORK, "2026-11-18 09:00"),  # Tuesday evening there
        ("9am tomorrow", TOKYO, "2026-11-19 09:00"),
        ("today 5pm", TOKYO, "2026-11-18 17:00"),
        ("17:00", TOKYO, "2026-11-18 17:00"),
        ("9:00", TOKYO, "2026-11-19 09:00"),  # the next one
        ("9:30 p.m.", TOKYO, "2026-11-18 21:30"),
        ("12am", TOKYO, "2026-11-19 00:00"),
        ("12pm", TOKYO, "2026-11-18 12:00"),
        ("noon", TOKYO, "2026-11-18 12:00"),
        ("24:00", TOKYO, "2026-11-19 00:00"),
        ("friday 17:00", TOKYO, "2026-11-20 17:00"),
        ("Until Fri 17:00", TOKYO, "2026-11-20 17:00"),
        ("on Friday at 5 pm", TOKYO, "2026-11-20 17:00"),
        ("this friday 17:00", TOKYO, "2026-11-20 17:00"),
        ("tuesday 9:00", TOKYO, "2026-11-24 09:00"),
        ("nov 25 9:00", TOKYO, "2026-11-25 09:00"),
        ("wednesday, nov 25 9:00", TOKYO, "2026-11-25 09:00"),
        ("Sept. 1st 9:00", TOKYO, "2027-09-01 09:00"),
        ("25 november 9am", TOKYO, "2026-11-25 09:00"),
        ("on the 25th 9:00", TOKYO, "2026-11-25 09:00"),
        ("jan 3 9:00", TOKYO, "2027-01-03 09:00"),
        ("day after tomorrow 9:00", TOKYO, "2026-11-20 09:00"),
        ("in 2 days 9:00", TOKYO, "2026-11-20 09:00"),
        ("2026-11-25 09:00", TOKYO, "2026-11-25 09:00"),
        ("2026-11-25T09:00", TOKYO, "2026-11-25 09:00"),
        ("2026-11-25T00:00Z", TOKYO, "2026-11-25 09:00"),
        ("2026-11-25T09:00+09:00", TOKYO, "2026-11-25 09:00"),
        ("tomorrow 0:00 UTC", TOKYO, "2026-11-19 09:00"),
        ("tomorrow 9:00 JST", TOKYO, "2026-11-19 09:00"),
        ("明日9時まで", TOKYO, "2026-11-19 09:00"),
        ("明日の9時まで", TOKYO, "2026-11-19 09:00"),
        ("明日 9:00", TOKYO, "2026-11-19 09:00"),
        ("明日９時半", TOKYO, "2026-11-19 09:30"),
        ("明日の朝9時まで", TOKYO, "2026-11-19 09:00"),
        ("今日の午後5時まで", TOKYO, "2026-11-18 17:00"),
        ("午後3時15分", TOKYO, "2026-11-18 15:15"),
        ("正午まで", TOKYO, "2026-11-18 12:00"),
        ("17時まで", TOKYO, "2026-11-18 17:00"),
        ("明後日17時", TOKYO, "2026-11-20 17:00"),
        ("あさって17時", TOKYO, "2026-11-20 17:00"),
        ("金曜日17時まで", TOKYO, "2026-11-20 17:00"),
        ("金曜の17:00", TOKYO, "2026-11-20 17:00"),
        ("今週の金曜日17時", TOKYO, "2026-11-20 17:00"),
        ("来週の月曜日9時", TOKYO, "2026-11-23 09:00"),
        ("来週の金曜日9時", TOKYO, "2026-11-27 09:00"),
        ("11月25日9時まで", TOKYO, "2026-11-25 09:00"),
        ("11月25日(水) 9:00", TOKYO, "2026-11-25 09:00"),
        ("1月3日9時", TOKYO, "2027-01-03 09:00"),
        ("2026年11月25日 9時", TOKYO, "2026-11-25 09:00"),
        ("3日後の9時", TOKYO, "2026-11-21 09:00"),
    ],
)
def test_instants_in_the_ticket_s_zone(words: str, zone: ZoneInfo, shown: str) -> None:
    at = read(words, zone)
    assert (f"{at.astimezone(zone):%Y-%m-%d %H:%M}", at.tzinfo) == (shown, UTC)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        # What other readers take for the past, for December, or for years from now.
        ("", Fault.UNREADABLE),
        ("later", Fault.UNREADABLE),
        ("soon 9:00", Fault.UNREADABLE),
        ("friday", Fault.UNREADABLE),
        ("tomorrow", Fault.UNREADABLE),
        ("tomorrow 9", Fault.UNREADABLE),
        ("12", Fault.UNREADABLE),
        ("9", Fault.UNREADABLE),
        ("明日", Fault.UNREADABLE),
        ("midnight", Fault.UNREADABLE),
        ("next week 9:00", Fault.UNREADABLE),
        ("0m", Fault.UNREADABLE),
        ("20 years", Fault.UNREADABLE),
        ("30m 30m", Fault.UNREADABLE),
        ("nov 31 9:00", Fault.UNREADABLE),
        ("12 9:00", Fault.AMBIGUOUS),
        ("11/12 9:00", Fault.AMBIGUOUS),
        ("11.12. 9:00", Fault.AMBIGUOUS),
        ("25日9時", Fault.UNREADABLE),
        ("until 2h", Fault.AMBIGUOUS),  # 2:00, or in two hours
        ("until 30m", Fault.AMBIGUOUS),
        ("wednesday 17:00", Fault.AMBIGUOUS),  # today, or in a week
        ("水曜日17時", Fault.AMBIGUOUS),
        ("next friday 17:00", Fault.AMBIGUOUS),
        ("来週の日曜日9時", Fault.AMBIGUOUS),
        ("9:00 or 10:00", Fault.AMBIGUOUS),
        ("tomorrow 9:00 EST", Fault.AMBIGUOUS),
        ("tomorrow 25:00", Fault.NO_SUCH_TIME),
        ("tomorrow 13pm", Fault.NO_SUCH_TIME),
        ("午後15時", Fault.NO_SUCH_TIME),
        ("2026-02-30 9:00", Fault.NO_SUCH_TIME),
        ("11月31日9時", Fault.NO_SUCH_TIME),
        ("11月25日(金)9時", Fault.NO_SUCH_TIME),
        ("thursday nov 25 9:00", Fault.NO_SUCH_TIME),
        ("nov 25 (thu) 9:00", Fault.NO_SUCH_TIME),
        ("tonight 9:00", Fault.UNREADABLE),  # in the evening, or nine hours after midnight
        ("tomorrow evening 9:00", Fault.UNREADABLE),
        ("not nov 25 9:00", Fault.UNREADABLE),
        ("3 weeks ago 9:00", Fault.UNREADABLE),
        ("来月1日9時", Fault.UNREADABLE),
        ("today 9:00", Fault.PAST),
        ("今日9時まで", Fault.PAST),
        ("2026-11-17 9:00", Fault.PAST),
        ("this monday 9:00", Fault.PAST),
        ("yesterday 9:00", Fault.UNREADABLE),
    ],
)
def test_nothing_is_guessed(words: str, fault: Fault) -> None:
    with pytest.raises(BadWhen) as bad:
        read(words)
    assert bad.value.fault is fault


def test_a_date_with_a_slash_is_read_in_japanese_alone() -> None:
    assert read("12/1 9:00", language="ja") == datetime(2026, 12, 1, 0, 0, tzinfo=UTC)
    with pytest.raises(BadWhen):
        read("12/1 9:00", language="en")


@pytest.mark.parametrize(
    ("words", "zone", "now", "outcome"),
    [
        # New York sets its clocks ahead on Sunday, March 8, 2026 at 2:00, and back on November 1 at 2:00.
        ("sunday 2:30", NEW_YORK, datetime(2026, 3, 6, 17, 0, tzinfo=UTC), Fault.NO_SUCH_TIME),
        ("sunday 3:00", NEW_YORK, datetime(2026, 3, 6, 17, 0, tzinfo=UTC), "2026-03-08 07:00"),
        ("tomorrow 9:00", NEW_YORK, datetime(2026, 3, 7, 17, 0, tzinfo=UTC), "2026-03-08 13:00"),
        ("24h", NEW_YORK, datetime(2026, 3, 7, 17, 0, tzinfo=UTC), "2026-03-08 17:00"),
        ("nov 1 1:30", NEW_YORK, datetime(2026, 10, 30, 17, 0, tzinfo=UTC), Fault.TWICE),
        ("nov 1 5:30 UTC", NEW_YORK, datetime(2026, 10, 30, 17, 0, tzinfo=UTC), "2026-11-01 05:30"),
        ("11月1日1時半", NEW_YORK, datetime(2026, 10, 30, 17, 0, tzinfo=UTC), Fault.TWICE),
        ("tomorrow 9:00", NEW_YORK, datetime(2026, 10, 31, 17, 0, tzinfo=UTC), "2026-11-01 14:00"),
        ("tomorrow 9:00 EST", NEW_YORK, datetime(2026, 7, 1, 17, 0, tzinfo=UTC), Fault.AMBIGUOUS),
        ("tomorrow 9:00 EDT", NEW_YORK, datetime(2026, 7, 1, 17, 0, tzinfo=UTC), "2026-07-02 13:00"),
        ("tomorrow 9:00 GMT", LONDON, datetime(2026, 7, 1, 10, 0, tzinfo=UTC), "2026-07-02 09:00"),
        ("tomorrow 9:00 BST", LONDON, datetime(2026, 7, 1, 10, 0, tzinfo=UTC), "2026-07-02 08:00"),
        ("1:30", LONDON, datetime(2026, 3, 28, 10, 0, tzinfo=UTC), Fault.NO_SUCH_TIME),
    ],
)
def test_days_on_which_the_clocks_change(words: str, zone: ZoneInfo, now: datetime, outcome: object) -> None:
    if isinstance(outcome, Fault):
        with pytest.raises(BadWhen) as bad:
            read(words, zone, now)
        assert bad.value.fault is outcome
    else:
        assert f"{read(words, zone, now):%Y-%m-%d %H:%M}" == outcome


def test_business_days_where_nobody_can_count_them_are_not_read() -> None:
    with pytest.raises(BadWhen):
        read_when("1 business day", zone=TOKYO, now=WEDNESDAY, language="en")
    assert BusinessDays(1).count == 1


@given(st.text(max_size=40))
def test_law_whatever_is_typed_is_an_instant_to_come_or_refused(words: str) -> None:
    with suppress(BadWhen):
        assert read(words) > WEDNESDAY


def test_the_library_is_loaded_when_asked_for_and_not_before() -> None:
    code = (
        "import commands.when; from commands import days; assert not days.is_warm();"
        "days.warm(); assert days.is_warm()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    warm()
    assert is_warm()
