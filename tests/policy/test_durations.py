"""Durations as people write them; what is refused says what was expected."""

from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from policy.durations import (
    EXPECTED,
    LONGEST,
    BadDuration,
    BusinessDays,
    Duration,
    format_duration,
    parse_duration,
    parse_elapsed,
)

READ: list[tuple[str, Duration]] = [
    ("8s", timedelta(seconds=8)),
    ("90m", timedelta(minutes=90)),
    ("2h", timedelta(hours=2)),
    ("1h30m", timedelta(minutes=90)),
    ("1h 30m", timedelta(minutes=90)),
    (" 2 H ", timedelta(hours=2)),
    ("1.5h", timedelta(minutes=90)),
    ("0.25s", timedelta(milliseconds=250)),
    ("3d", timedelta(days=3)),
    ("1w", timedelta(weeks=1)),
    ("PT2H", timedelta(hours=2)),
    ("pt90m", timedelta(minutes=90)),
    ("P1DT12H", timedelta(hours=36)),
    ("P2W", timedelta(weeks=2)),
    ("PT0.5S", timedelta(milliseconds=500)),
    ("3660d", LONGEST),
    ("1 business day", BusinessDays(1)),
    ("2 business days", BusinessDays(2)),
    ("10 Business Days", BusinessDays(10)),
]


@pytest.mark.parametrize(("text", "duration"), READ)
def test_read(text: str, duration: Duration) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2",
        "h",
        "-2h",
        "2h-",
        "0h",
        "0.0000001s",
        "2 hours",
        "1h1h",
        "1y",
        "P",
        "PT",
        "P1M",
        "P1Y",
        "1D2",
        "3661d",
        "999999999999999999999d",
        "9" * 400 + "h",
        "0 business days",
        "-1 business day",
        "1.5 business days",
        "1000 business days",
        "1 business day 2h",
        "nan",
        "infs",
        "5\u017f",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(BadDuration) as caught:
        parse_duration(text)
    assert caught.value.text == text
    assert str(caught.value) == f"expected {EXPECTED}, got {text!r}"


def test_where_business_days_have_no_place_they_are_refused() -> None:
    assert parse_elapsed("2h") == timedelta(hours=2)
    with pytest.raises(BadDuration):
        parse_elapsed("1 business day")


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(seconds=8), "8s"),
        (timedelta(minutes=90), "1h30m"),
        (timedelta(hours=24), "1d"),
        (timedelta(days=7, minutes=1), "7d1m"),
        (timedelta(milliseconds=500), "0.5s"),
        (timedelta(seconds=59, microseconds=123456), "59.123456s"),
        (BusinessDays(1), "1 business day"),
        (BusinessDays(2), "2 business days"),
    ],
)
def test_written(duration: Duration, text: str) -> None:
    assert format_duration(duration) == text


@given(
    st.timedeltas(min_value=timedelta(microseconds=1), max_value=LONGEST)
    | st.builds(BusinessDays, st.integers(1, 999))
)
@example(timedelta(seconds=59, microseconds=123456))
def test_what_is_written_is_read_back(duration: Duration) -> None:
    assert parse_duration(format_duration(duration)) == duration


@given(st.text(st.sampled_from("0123456789. wdhmsWDHMSPT\u017f\uff12businesday"), max_size=14))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        duration = parse_duration(text)
    except BadDuration:
        return
    assert isinstance(duration, BusinessDays) or timedelta() < duration <= LONGEST
