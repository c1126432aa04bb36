"""The uptime guarantee: section 6 sentence by sentence, then laws, and a minute-by-minute oracle."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.ranges import BeyondHorizon, NaiveInstant
from policy.uptime import (
    PUBLISHED,
    BadGuarantee,
    BadMonth,
    BadOutage,
    Month,
    Outage,
    UptimeEstimate,
    UptimeGuarantee,
    month_uptime,
    read_guarantee,
)

LAW = settings(max_examples=150, deadline=None)
COMPARED = settings(max_examples=100, deadline=None)

NOVEMBER = Month(2026, 11)
"""30 days: one percent of it is 7 h 12 min."""
US = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    """`11-05 10:00` of 2026, UTC."""
    return datetime.fromisoformat(f"2026-{text}+00:00")


def out(component: str, start: str, end: str | None) -> Outage:
    return Outage(component, at(start), None if end is None else at(end))


def announced(component: str, start: str, end: str | None) -> Outage:
    return msgspec.structs.replace(out(component, start, end), announced_maintenance=True)


def with_uptime(percent: str, more: timedelta = timedelta()) -> UptimeEstimate:
    """November with exactly such an uptime, or with a little more downtime than that."""
    down_us = (NOVEMBER.end - NOVEMBER.start) // US * (100 - Fraction(percent)) / 100
    assert down_us.denominator == 1
    return month_uptime(
        PUBLISHED,
        NOVEMBER,
        [Outage("api", NOVEMBER.start - MINUTE, NOVEMBER.start + int(down_us) * US + more)],
    )


def downtime(*outages: Outage, until: datetime | None = None) -> timedelta:
    return month_uptime(PUBLISHED, NOVEMBER, outages, until).downtime


# -- the figures (section 6)


@pytest.mark.parametrize(
    ("uptime", "printed", "met", "credit"),
    [
        # 99.9 % a calendar month
        ("100", "100.000000", True, "0"),
        ("99.9", "99.900000", True, "0"),
        # Between 99 % and 99.9 % the guarantee is missed and the credit is 0
        ("99.899999", "99.899999", False, "0"),
        ("99.5", "99.500000", False, "0"),
        ("99", "99.000000", False, "0"),
        # for every percentage point of uptime below 99 %, 10 % of the month's charge; whole points only
        ("98.5", "98.500000", False, "0"),
        ("98.000001", "98.000001", False, "0"),
        ("98.0", "98.000000", False, "10"),
        ("97.999999", "97.999999", False, "10"),
        ("95.2", "95.200000", False, "30"),
        ("89.000001", "89.000001", False, "90"),
        # at most 100 %; 89.0 % and below -> 100 %
        ("89.0", "89.000000", False, "100"),
        ("88", "88.000000", False, "100"),
        ("50", "50.000000", False, "100"),
        ("0", "0.000000", False, "100"),
    ],
)
def test_the_figures_of_the_policy(uptime: str, printed: str, met: bool, credit: str) -> None:
    found = with_uptime(uptime)
    assert found.uptime == Fraction(uptime)
    assert (found.uptime_percent, found.is_guarantee_met, found.credit_percent) == (printed, met, credit)


@pytest.mark.parametrize(
    ("uptime", "more", "printed", "met", "credit"),
    [
        # What is printed is rounded down to 6 places, what is judged is exact: by a microsecond.
        ("100", US, "99.999999", True, "0"),
        ("99.9", US, "99.899999", False, "0"),
        ("99.9", -US, "99.900000", True, "0"),
        ("98.0", -US, "98.000000", False, "0"),
        ("98.0", US, "97.999999", False, "10"),
        ("89.0", -US, "89.000000", False, "90"),
    ],
)
def test_what_is_judged_is_exact(uptime: str, more: timedelta, printed: str, met: bool, credit: str) -> None:
    found = with_uptime(uptime, more)
    assert (found.uptime_percent, found.is_guarantee_met, found.credit_percent) == (printed, met, credit)


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("sentence", "outages", "expected"),
    [
        ("no outage", [], 0 * HOUR),
        ("for the UI", [out("ui", "11-05 10:00", "11-05 11:00")], HOUR),
        ("the API", [out("api", "11-05 10:00", "11-05 11:00")], HOUR),
        ("auto-scaling", [out("auto-scaling", "11-05 10:00", "11-05 11:00")], HOUR),
        ("and backups", [out("backups", "11-05 10:00", "11-05 11:00")], HOUR),
        ("and nothing else", [out("billing", "11-05 10:00", "11-05 11:00")], 0 * HOUR),
        (
            "the union: at the same time counts once",
            [out("ui", "11-05 10:00", "11-05 12:00"), out("api", "11-05 11:00", "11-05 13:00")],
            3 * HOUR,
        ),
        (
            "the union: one within another",
            [out("api", "11-05 10:00", "11-05 14:00"), out("api", "11-05 11:00", "11-05 12:00")],
            4 * HOUR,
        ),
        (
            "the union: touching",
            [out("ui", "11-05 10:00", "11-05 11:00"), out("api", "11-05 11:00", "11-05 12:00")],
            2 * HOUR,
        ),
        (
            "the union: apart",
            [out("ui", "11-05 10:00", "11-05 11:00"), out("api", "11-06 10:00", "11-06 11:00")],
            2 * HOUR,
        ),
        ("the same one twice", [out("ui", "11-05 10:00", "11-05 11:00")] * 2, HOUR),
        ("clipped: from the month before", [out("ui", "10-31 23:00", "11-01 02:00")], 2 * HOUR),
        ("clipped: into the month after", [out("ui", "11-30 23:00", "12-01 02:00")], HOUR),
        ("clipped: longer than the month", [out("ui", "10-01 00:00", "12-31 00:00")], 720 * HOUR),
        ("clipped: ends as the month starts", [out("ui", "10-31 23:00", "11-01 00:00")], 0 * HOUR),
        ("clipped: starts as the month ends", [out("ui", "12-01 00:00", "12-01 01:00")], 0 * HOUR),
        ("it lasts: to the end of the month", [out("ui", "11-30 22:00", None)], 2 * HOUR),
        ("maintenance is no downtime", [announced("api", "11-05 10:00", "11-05 12:00")], 0 * HOUR),
        (
            "an outage within its maintenance is excluded",
            [announced("api", "11-05 10:00", "11-05 14:00"), out("api", "11-05 11:00", "11-05 12:00")],
            0 * HOUR,
        ),
        (
            "one that runs over counts from there on",
            [announced("api", "11-05 10:00", "11-05 11:00"), out("api", "11-05 10:00", "11-05 12:30")],
            1.5 * HOUR,
        ),
        (
            "one that began earlier counts until then",
            [announced("api", "11-05 10:00", "11-05 11:00"), out("api", "11-05 09:00", "11-05 11:00")],
            HOUR,
        ),
        (
            "before and after the maintenance",
            [out("api", "11-05 08:00", "11-05 14:00"), announced("api", "11-05 10:00", "11-05 11:00")],
            5 * HOUR,
        ),
        (
            "two maintenances in one outage",
            [
                announced("api", "11-05 12:00", "11-05 13:00"),
                out("api", "11-05 08:00", "11-05 14:00"),
                announced("api", "11-05 10:00", "11-05 11:00"),
            ],
            4 * HOUR,
        ),
        (
            "maintenance of one doesn't excuse another",
            [announced("backups", "11-05 10:00", "11-05 14:00"), out("api", "11-05 11:00", "11-05 12:00")],
            HOUR,
        ),
        (
            "one excused, another out meanwhile",
            [
                announced("ui", "11-05 10:00", "11-05 14:00"),
                out("ui", "11-05 10:00", "11-05 14:00"),
                out("api", "11-05 11:00", "11-05 12:00"),
            ],
            HOUR,
        ),
        (
            "maintenance that lasts excuses to the end",
            [announced("ui", "11-30 20:00", None), out("ui", "11-30 19:00", None)],
            HOUR,
        ),
    ],
)
def test_downtime_is_the_union_of_the_outages(
    sentence: str, outages: list[Outage], expected: timedelta
) -> None:
    assert downtime(*outages) == expected, sentence


# -- a month that still runs


@pytest.mark.parametrize(
    ("until", "outage", "expected"),
    [
        ("11-05 12:00", out("ui", "11-05 10:00", None), 2 * HOUR),
        ("11-05 12:00", out("ui", "11-05 10:00", "11-05 11:00"), HOUR),
        ("11-05 12:00", out("ui", "11-05 11:00", "11-05 14:00"), HOUR),  # the rest has not happened
        ("11-05 12:00", out("ui", "11-05 12:00", None), 0 * HOUR),
        ("11-05 12:00", out("ui", "11-06 10:00", None), 0 * HOUR),
        ("10-20 00:00", out("ui", "10-01 00:00", None), 0 * HOUR),  # it has not begun
        ("12-20 00:00", out("ui", "11-30 22:00", None), 2 * HOUR),
    ],
)
def test_what_comes_after_until_is_not_counted(until: str, outage: Outage, expected: timedelta) -> None:
    assert downtime(outage, until=at(until)) == expected


def test_a_month_that_runs_is_judged_over_the_whole_month_and_says_so() -> None:
    outage = out("ui", "11-01 00:00", None)
    running = month_uptime(PUBLISHED, NOVEMBER, [outage], at("11-01 07:12"))
    assert (running.uptime_percent, running.is_over) == ("99.000000", False)
    assert running.known_until == at("11-01 07:12")
    over = month_uptime(PUBLISHED, NOVEMBER, [outage], at("12-01 00:00"))
    assert (over.uptime_percent, over.is_over) == ("0.000000", True)
    assert over == month_uptime(PUBLISHED, NOVEMBER, [outage])
    ahead = month_uptime(PUBLISHED, NOVEMBER, [outage], at("10-01 00:00"))
    assert (ahead.known_until, ahead.is_over, ahead.uptime_percent) == (NOVEMBER.start, False, "100.000000")


# -- months


@pytest.mark.parametrize(
    ("month", "days"),
    [
        ("2026-01", 31),
        ("2026-02", 28),
        ("2028-02", 29),  # a leap year
        ("2000-02", 29),
        ("2026-03", 31),  # the clocks change in many zones, never in UTC
        ("2026-11", 30),
        ("2026-12", 31),
        ("1970-01", 31),
        ("2099-12", 31),
    ],
)
def test_months_of_utc(month: str, days: int) -> None:
    found = Month.parse(month)
    assert found.end - found.start == timedelta(days=days)
    assert str(found) == month
    assert Month.of(found.start) == Month.of(found.end - US) == found
    whole = month_uptime(PUBLISHED, found, [Outage("api", found.start, found.start + timedelta(days=1))])
    assert whole.uptime == 100 - Fraction(100, days)


def test_the_month_of_an_instant_is_that_of_utc() -> None:
    assert Month.of(datetime(2026, 11, 1, 8, tzinfo=ZoneInfo("Asia/Tokyo"))) == Month(2026, 10)
    assert Month(2026, 9) < Month(2026, 10) < Month(2027, 1)


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026-1", "2026-13", "2026-00", "2026-10-01", "1969-12", "2100-01", "２０２６-10", "26-10"],
)
def test_what_is_no_month(text: str) -> None:
    with pytest.raises(BadMonth, match="expected a month"):
        Month.parse(text)


# -- outages


@pytest.mark.parametrize(
    ("start", "end", "error", "words"),
    [
        ("2026-11-05T10:00:00Z", "2026-11-05T10:00:00Z", BadOutage, "is empty"),
        ("2026-11-05T10:00:00Z", "2026-11-05T19:00:00+09:00", BadOutage, "is empty"),
        ("2026-11-05T10:00:00Z", "2026-11-05T09:00:00Z", BadOutage, "ends before it starts"),
        ("2026-11-05T10:00:00", "2026-11-05T11:00:00Z", NaiveInstant, "no time zone"),
        ("2026-11-05T10:00:00Z", "2026-11-05T11:00:00", NaiveInstant, "no time zone"),
        ("1969-11-05T10:00:00Z", "2026-11-05T11:00:00Z", BeyondHorizon, "outside"),
        ("0001-01-01T00:00:00+09:00", None, BeyondHorizon, "outside"),
    ],
)
def test_what_is_no_outage(start: str, end: str | None, error: type[ValueError], words: str) -> None:
    ends = None if end is None else datetime.fromisoformat(end)
    with pytest.raises(error, match=words):
        Outage("api", datetime.fromisoformat(start), ends)


def test_an_outage_is_compared_in_utc_not_by_the_wall_clock() -> None:
    new_york = ZoneInfo("America/New_York")  # 01:30 comes twice on 2026-11-01
    outage = Outage(
        "api",
        datetime(2026, 11, 1, 1, 30, tzinfo=new_york),
        datetime(2026, 11, 1, 1, 10, fold=1, tzinfo=new_york),
    )
    assert downtime(outage) == 40 * MINUTE
    assert outage.start.tzinfo is UTC


def test_an_outage_is_kept_and_read_back() -> None:
    for outage in (out("ui", "11-05 10:00", None), announced("api", "11-05 10:00", "11-05 11:00")):
        assert msgspec.json.decode(msgspec.json.encode(outage), type=Outage) == outage


def test_until_is_an_instant() -> None:
    with pytest.raises(NaiveInstant):
        month_uptime(PUBLISHED, NOVEMBER, [], datetime(2026, 11, 5))  # noqa: DTZ001


# -- the guarantee is data

TABLE: Mapping[str, Any] = {
    "percent": "99.9",
    "components": ["ui", "api", "auto-scaling", "backups"],
    "credit_below": "99",
    "credit_per_point": "10",
    "credit_most": "100",
}


def test_the_published_guarantee() -> None:
    assert read_guarantee(TABLE) == PUBLISHED


def test_another_vendor_promises_something_else() -> None:
    other = read_guarantee(
        {
            "percent": "99.95",
            "components": ["billing"],
            "credit_below": "99.95",
            "credit_per_point": "2.5",
            "credit_most": "7.25",
        }
    )
    outages = [out("api", "11-01 00:00", "11-30 00:00"), Outage("billing", at("11-01 00:00"), None)]
    found = {
        hours: month_uptime(other, NOVEMBER, outages, NOVEMBER.start + timedelta(hours=hours))
        for hours in (0, 7, 8, 15, 22, 30)
    }
    assert {hours: one.credit_percent for hours, one in found.items()} == {
        0: "0",
        7: "0",
        8: "2.5",
        15: "5",
        22: "7.25",
        30: "7.25",
    }
    assert found[0].is_guarantee_met
    assert not found[7].is_guarantee_met


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"percent": 99.9}, 'uptime.percent: expected a percentage from 0 to 100 in quotes, such as "99.9"'),
        ({"percent": 99}, "uptime.percent: expected a percentage"),
        ({"percent": True}, "uptime.percent: expected a percentage"),
        ({"percent": "99,9"}, "uptime.percent: expected a percentage"),
        ({"percent": "1e2"}, "uptime.percent: expected a percentage"),
        ({"percent": "nan"}, "uptime.percent: expected a percentage"),
        ({"percent": "199/2"}, "uptime.percent: expected a percentage"),
        ({"percent": "９９"}, "uptime.percent: expected a percentage"),
        ({"percent": "100.1"}, "uptime.percent: expected a percentage"),
        ({"percent": "99.9999999"}, "uptime.percent: expected a percentage"),  # more than is ever printed
        ({"percent": "0", "credit_below": "0"}, "uptime.percent: expected a percentage above 0"),
        ({"credit_below": "-1"}, "uptime.credit_below: expected a percentage"),
        ({"credit_below": "99.95"}, r"uptime.credit_below: expected at most percent \(99.9\)"),
        ({"credit_per_point": ""}, "uptime.credit_per_point: expected a percentage"),
        ({"credit_most": "101"}, "uptime.credit_most: expected a percentage"),
        ({"credit_most": None}, "uptime.credit_most: expected a percentage"),
        ({"components": []}, "uptime.components: expected different keys of components"),
        ({"components": ["ui", "ui"]}, "uptime.components: expected different keys"),
        ({"components": ["ui", " "]}, "uptime.components: expected different keys"),
        ({"components": ["ui", 1]}, "uptime.components: expected different keys"),
        ({"components": [["ui"]]}, "uptime.components: expected different keys"),
        ({"components": "ui"}, "uptime.components: expected different keys"),
        ({"credits": "10"}, "uptime.credits: expected one of the keys percent, components"),
    ],
)
def test_what_is_no_guarantee(change: dict[str, Any], message: str) -> None:
    with pytest.raises(BadGuarantee, match=f"^{message}") as found:
        read_guarantee({**TABLE, **change})
    assert str(found.value) == f"{found.value.path}: {found.value.expected}"


@pytest.mark.parametrize("key", TABLE)
def test_a_key_that_is_missing(key: str) -> None:
    with pytest.raises(BadGuarantee, match=f"^uptime.{key}: expected a value, found none$"):
        read_guarantee({name: value for name, value in TABLE.items() if name != key})


def test_the_guarantee_is_a_table() -> None:
    with pytest.raises(BadGuarantee, match=r"^uptime: expected a table, got '99.9'$"):
        read_guarantee("99.9")  # type: ignore[arg-type]


# -- laws

MONTHS = st.sampled_from([Month(2026, 2), Month(2028, 2), Month(2026, 10), Month(2026, 11), Month(2026, 12)])
COMPONENTS = st.sampled_from([*PUBLISHED.components, "billing"])


@st.composite
def outages_in(
    draw: st.DrawFn, month: Month, unit: timedelta = US, maintenance: bool | None = None
) -> Outage:
    """An outage in or around a month, its bounds whole units from the start of the month."""
    length = (month.end - month.start) // unit
    start, end = sorted(
        draw(st.lists(st.integers(-length // 4, length + length // 4), min_size=2, max_size=2))
    )
    lasts = draw(st.integers(0, 9)) == 0
    return Outage(
        draw(COMPONENTS),
        month.start + start * unit,
        None if lasts else month.start + max(end, start + 1) * unit,
        announced_maintenance=draw(st.booleans()) if maintenance is None else maintenance,
    )


@st.composite
def cases(draw: st.DrawFn, unit: timedelta = US) -> tuple[Month, list[Outage], datetime | None]:
    month = draw(MONTHS)
    outages = draw(st.lists(outages_in(month, unit), max_size=8))
    length = (month.end - month.start) // unit
    until = draw(st.none() | st.integers(-length // 4, length + length // 4))
    return month, outages, None if until is None else month.start + until * unit


@LAW
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_outages_makes_no_difference(case: Any, random: Any) -> None:
    month, outages, until = case
    shuffled = random.sample(outages, len(outages))
    assert month_uptime(PUBLISHED, month, shuffled, until) == month_uptime(PUBLISHED, month, outages, until)


@LAW
@given(cases(), st.data())
def test_one_outage_more_never_raises_uptime_nor_lowers_the_credit(case: Any, data: st.DataObject) -> None:
    month, outages, until = case
    before = month_uptime(PUBLISHED, month, outages, until)
    more = data.draw(outages_in(month, maintenance=False))
    after = month_uptime(PUBLISHED, month, [*outages, more], until)
    assert after.uptime <= before.uptime
    assert after.credit >= before.credit
    excused = data.draw(outages_in(month, maintenance=True))
    assert month_uptime(PUBLISHED, month, [*outages, excused], until).uptime >= before.uptime


@LAW
@given(cases(), st.data())
def test_an_outage_told_in_two_parts_is_the_same(case: Any, data: st.DataObject) -> None:
    month, outages, until = case
    whole = data.draw(outages_in(month).filter(lambda one: one.end is None or one.end - one.start > US))
    end = whole.end or month.end + timedelta(days=30)
    cut = whole.start + data.draw(st.integers(1, (end - whole.start) // US - 1)) * US
    parts = [msgspec.structs.replace(whole, end=cut), msgspec.structs.replace(whole, start=cut)]
    assert month_uptime(PUBLISHED, month, [*outages, *parts], until) == month_uptime(
        PUBLISHED, month, [*outages, whole], until
    )


@LAW
@given(cases(), st.integers(0, 60 * 24 * 3_600_000_000))
def test_as_the_month_goes_on_uptime_never_rises(case: Any, later_us: int) -> None:
    month, outages, until = case
    now = until or month.start
    first = month_uptime(PUBLISHED, month, outages, now)
    then = month_uptime(PUBLISHED, month, outages, now + later_us * US)
    # An outage that is recorded whole is known beforehand; only what has passed of it counts.
    assert then.uptime <= first.uptime
    assert then.known_until >= first.known_until


PERCENT = st.integers(0, 100 * 10**6).map(lambda units: Fraction(units, 10**6))


@st.composite
def guarantees(draw: st.DrawFn) -> UptimeGuarantee:
    percent = draw(st.integers(1, 100_000))
    below = draw(st.integers(0, percent))
    per_point, most = draw(st.integers(0, 100_000)), draw(st.integers(0, 100_000))
    texts = (f"{units // 1000}.{units % 1000:03}" for units in (percent, below, per_point, most))
    return UptimeGuarantee(next(texts), ("api",), *texts)


@LAW
@given(guarantees(), st.lists(PERCENT, min_size=2, max_size=12))
def test_less_uptime_is_never_less_credit(guarantee: UptimeGuarantee, uptimes: list[Fraction]) -> None:
    for lower, higher in pairwise(sorted(uptimes)):
        assert guarantee.credit(lower) >= guarantee.credit(higher)
        assert guarantee.is_met(higher) or not guarantee.is_met(lower)
    for uptime in uptimes:
        assert 0 <= guarantee.credit(uptime) <= Fraction(guarantee.credit_most)
        if guarantee.is_met(uptime):
            assert guarantee.credit(uptime) == 0


@LAW
@given(cases())
def test_what_is_printed_is_what_is_judged_rounded_down(case: Any) -> None:
    month, outages, until = case
    found = month_uptime(PUBLISHED, month, outages, until)
    assert 0 <= found.uptime - Fraction(found.uptime_percent) < Fraction(1, 10**6)
    assert len(found.uptime_percent.partition(".")[2]) == 6
    assert Fraction(found.credit_percent) == found.credit


@COMPARED
@given(cases(unit=MINUTE))
def test_counted_minute_by_minute_it_is_the_same(case: Any) -> None:
    """The oracle knows no intervals: it asks of each minute which components were out and not excused."""
    month, outages, until = case
    length = (month.end - month.start) // MINUTE
    known = length if until is None else max(0, min(length, (until - month.start) // MINUTE))
    down: set[int] = set()
    for component in ("ui", "api", "auto-scaling", "backups"):
        minutes: dict[bool, set[int]] = {False: set(), True: set()}
        for outage in outages:
            if outage.component == component:
                first = (outage.start - month.start) // MINUTE
                last = known if outage.end is None else (outage.end - month.start) // MINUTE
                minutes[outage.announced_maintenance] |= set(range(max(first, 0), min(last, known)))
        down |= minutes[False] - minutes[True]
    found = month_uptime(PUBLISHED, month, outages, until)
    up = length - len(down)
    assert found.downtime == len(down) * MINUTE
    assert found.uptime == Fraction(100 * up, length)
    assert found.is_guarantee_met == (1000 * up >= 999 * length)
    # A credit of so many tens: as many whole points fit between the uptime and 99 %.
    points = sum(100 * up <= (99 - point) * length for point in range(1, 11))
    assert found.credit == 10 * points
