"""What `/incident outage` reads: spans of time, components, maintenance; and that the answers fit into Slack."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.outage import read_component, read_maintenance, too_late
from commands.spans import BadSpan, Fault, Span, read_span
from commands.support import guarantee_of
from commands.text import text
from commands.views.outages import OutageWords, iso, recorded, uptime
from commands.views.terms import Terms
from policy.directory import Account
from policy.load import load_policy
from policy.outages import RecordedOutage, Withdrawn
from policy.schema import LANGUAGES, Language
from policy.uptime import PUBLISHED, Month, Outage, month_uptime
from sandbox.blocks import check_blocks

NEW_YORK, TOKYO = ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 10, 3, 16, 0, 7, 9, tzinfo=UTC)
"""12:00 on a Saturday in New York; Sunday 01:00 in Tokyo."""
POLICY = load_policy()


def utc(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written).replace(tzinfo=UTC) if written else None


def told(span: Span) -> tuple[str | None, str | None]:
    ends = (span.start, span.end)
    first, last = (f"{at:%Y-%m-%d %H:%M:%S}".removesuffix(":00") if at else None for at in ends)
    return first, last


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        # ISO 8601 instants
        ("2026-10-03T10:00Z/2026-10-03T11:30Z", "2026-10-03 10:00", "2026-10-03 11:30"),
        ("2026-10-03T10:00:05Z/2026-10-03T11:30:59Z", "2026-10-03 10:00:05", "2026-10-03 11:30:59"),
        ("2026-10-03T10:00-05:00/2026-10-03T11:30-05:00", "2026-10-03 15:00", "2026-10-03 16:30"),
        ("2026-10-03T10:00+0900/2026-10-03T02:00Z", "2026-10-03 01:00", "2026-10-03 02:00"),
        ("2026-10-03T10:00+05:30/", "2026-10-03 04:30", None),
        ("2026-10-03T10:00Z/", "2026-10-03 10:00", None),
        ("2026-10-03T10:00Z/11:30Z", "2026-10-03 10:00", "2026-10-03 11:30"),
        ("2026-10-03t10:00z / 2026-10-03t11:30z", "2026-10-03 10:00", "2026-10-03 11:30"),
        ("2026-10-03T10:00Z-2026-10-03T11:30Z", "2026-10-03 10:00", "2026-10-03 11:30"),
        # local times
        ("10:00-11:30", "2026-10-03 14:00", "2026-10-03 15:30"),
        ("9:05 - 11:30", "2026-10-03 13:05", "2026-10-03 15:30"),
        ("10:00/11:30", "2026-10-03 14:00", "2026-10-03 15:30"),
        ("10:00Z-11:30Z", "2026-10-03 10:00", "2026-10-03 11:30"),
        ("10:00:01-10:00:02", "2026-10-03 14:00:01", "2026-10-03 14:00:02"),
        ("00:00-24:00", "2026-10-03 04:00", "2026-10-04 04:00"),
        ("2026-10-01 10:00-11:30", "2026-10-01 14:00", "2026-10-01 15:30"),
        ("2026-10-01 05:00-10:00", "2026-10-01 09:00", "2026-10-01 14:00"),
        ("2026-10-01 23:30-2026-10-02 00:30", "2026-10-02 03:30", "2026-10-02 04:30"),
        ("2026-10-01T10:00/2026-10-01T11:30", "2026-10-01 14:00", "2026-10-01 15:30"),
        ("2026-09-30 23:30-24:00", "2026-10-01 03:30", "2026-10-01 04:00"),
        # across a change of the clocks: as long as it really was
        ("2026-11-01 00:30-03:00", "2026-11-01 04:30", "2026-11-01 08:00"),
        ("2026-03-08 01:30-03:30", "2026-03-08 06:30", "2026-03-08 07:30"),
        # without an end, and the end alone
        ("10:00-", "2026-10-03 14:00", None),
        ("2026-10-01 10:00 -", "2026-10-01 14:00", None),
        ("-11:30", None, "2026-10-03 15:30"),
        ("- 11:30", None, "2026-10-03 15:30"),
        ("until 11:30", None, "2026-10-03 15:30"),
        ("Until 2026-10-01 11:30", None, "2026-10-01 15:30"),
        ("until 2026-10-01T11:30Z", None, "2026-10-01 11:30"),
        ("-2026-10-01T11:30-05:00", None, "2026-10-01 16:30"),
        ("10:00-now", "2026-10-03 14:00", "2026-10-03 16:00:07"),
        ("2026-10-03T10:00Z/now", "2026-10-03 10:00", "2026-10-03 16:00:07"),
        ("until now", None, "2026-10-03 16:00:07"),
        # as keyboards and documents have it
        ("10:00–11:30", "2026-10-03 14:00", "2026-10-03 15:30"),
        ("10:00〜11:30", "2026-10-03 14:00", "2026-10-03 15:30"),
        ("１０：００～１１：３０", "2026-10-03 14:00", "2026-10-03 15:30"),
        ("10:00ー11:30", "2026-10-03 14:00", "2026-10-03 15:30"),
        ("2026-10-01　10:00−11:30", "2026-10-01 14:00", "2026-10-01 15:30"),
    ],
)
def test_spans_that_are_read(words: str, start: str | None, end: str | None) -> None:
    assert told(read_span(words, NEW_YORK, NOW)) == (start, end)


def test_today_is_the_day_in_the_zone() -> None:
    assert told(read_span("10:00-11:30", TOKYO, NOW)) == ("2026-10-04 01:00", "2026-10-04 02:30")
    assert told(read_span("10:00Z-11:30Z", TOKYO, NOW)) == ("2026-10-03 10:00", "2026-10-03 11:30")


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("", Fault.UNREADABLE),
        ("10:00", Fault.UNREADABLE),
        ("2026-10-03T10:00Z", Fault.UNREADABLE),
        ("2026-10-03", Fault.UNREADABLE),
        ("10-11", Fault.UNREADABLE),
        ("-", Fault.UNREADABLE),
        ("now-11:30", Fault.UNREADABLE),
        ("03/10 10:00-11:30", Fault.UNREADABLE),
        ("10am-11am", Fault.UNREADABLE),
        ("10:00-11:30 EST", Fault.UNREADABLE),
        ("10:00-11:30-12:00", Fault.UNREADABLE),
        ("10:00-11:30 please", Fault.UNREADABLE),
        ("yesterday", Fault.UNREADABLE),
        # an offset, or the other end?
        ("2026-10-03T10:00-05:00", Fault.ZONES),
        ("2026-10-03T10:00-11:30", Fault.ZONES),
        ("2026-10-03T10:00+09:00", Fault.ZONES),
        ("10:00Z-11:30", Fault.ZONES),
        ("10:00-11:30Z", Fault.ZONES),
        ("2026-10-03T10:00Z/2026-10-03T11:30", Fault.ZONES),
        ("11:30-10:00", Fault.REVERSED),
        ("10:00-10:00", Fault.REVERSED),
        ("23:30-00:30", Fault.REVERSED),
        ("2026-10-03 10:00-2026-10-02 11:30", Fault.REVERSED),
        ("2026-10-03T10:00Z/2026-10-03T10:30+09:00", Fault.REVERSED),
        ("23:30-now", Fault.REVERSED),
        ("25:00-26:00", Fault.NO_SUCH_TIME),
        ("10:60-", Fault.NO_SUCH_TIME),
        ("24:01-", Fault.NO_SUCH_TIME),
        ("2026-02-30 10:00-11:30", Fault.NO_SUCH_TIME),
        ("2026-13-01 10:00-11:30", Fault.NO_SUCH_TIME),
        ("2026-10-03T10:00+15:00/2026-10-03T11:30+15:00", Fault.NO_SUCH_TIME),
        ("2026-10-03T10:00+09:75/2026-10-03T11:30+09:75", Fault.NO_SUCH_TIME),
        ("0001-01-01 00:00-", Fault.NO_SUCH_TIME),
        ("0000-01-01 00:00-", Fault.NO_SUCH_TIME),
        ("9999-12-31 23:00-24:00", Fault.NO_SUCH_TIME),
        ("2101-01-01 23:00-", Fault.NO_SUCH_TIME),
        ("2026-03-08 02:30-04:00", Fault.NO_SUCH_TIME),
        ("2026-11-01 01:30-04:00", Fault.TWICE),
        ("2026-11-01 00:30-01:00", Fault.TWICE),
        ("until 2026-11-01 01:59", Fault.TWICE),
    ],
)
def test_spans_that_are_refused(words: str, fault: Fault) -> None:
    with pytest.raises(BadSpan) as refused:
        read_span(words, NEW_YORK, NOW)
    assert refused.value.fault is fault


@given(st.text(alphabet="0123456789:-/TZ +untilow〜", max_size=40))
def test_any_text_is_a_span_or_refused(words: str) -> None:
    try:
        span = read_span(words, NEW_YORK, NOW)
    except BadSpan:
        return
    assert span.start or span.end
    assert not (span.start and span.end) or span.start < span.end


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.timedeltas(timedelta(seconds=1), timedelta(days=400)),
)
def test_what_is_answered_is_read_back(start: datetime, length: timedelta) -> None:
    start = start.replace(microsecond=0)
    outage = Outage("api", start, (start + length).replace(microsecond=0))
    assert read_span(iso(outage), NEW_YORK, NOW) == Span(outage.start, outage.end)


@pytest.mark.parametrize(
    ("words", "component", "rest"),
    [
        ("api 10:00-11:30", "api", "10:00-11:30"),
        ("API -11:30", "api", "-11:30"),
        ("User interface 10:00-", "ui", "10:00-"),
        ("user   INTERFACE 10:00-", "ui", "10:00-"),
        ("ui 10:00-", "ui", "10:00-"),
        ("管理画面 (UI) 10:00-11:30", "ui", "10:00-11:30"),
        ("自動スケーリング　10:00-11:30", "auto-scaling", "10:00-11:30"),
        ("auto-scaling until 11:30", "auto-scaling", "until 11:30"),
        ("ＡＰＩ 10:00-", "api", "10:00-"),
        ("api", "api", ""),
        ("apis 10:00-11:30", None, "apis 10:00-11:30"),
        ("10:00-11:30", None, "10:00-11:30"),
        ("database 10:00-11:30", None, "database 10:00-11:30"),
        ("", None, ""),
    ],
)
def test_components_by_key_or_name(words: str, component: str | None, rest: str) -> None:
    found, after = read_component(POLICY, words)
    assert (found and found.key, after) == (component, rest)


def test_a_longer_name_wins_and_a_name_of_two_is_refused() -> None:
    names = {"gateway": "API gateway", "twin": "Backups"}
    table = {key: {"name": {"en": name, "ja": name}} for key, name in names.items()}
    policy = load_policy({"component": table})
    found, rest = read_component(policy, "api gateway 10:00-")
    assert (found and found.key, rest) == ("gateway", "10:00-")
    assert read_component(policy, "backups 10:00-")[0] is None
    assert read_component(policy, "twin 10:00-")[0] is not None


@pytest.mark.parametrize(
    ("words", "maintenance", "rest"),
    [
        ("10:00-11:30 maintenance", True, "10:00-11:30"),
        ("10:00-11:30 Maintenance", True, "10:00-11:30"),
        ("maintenance 10:00-11:30", True, "10:00-11:30"),
        ("10:00-11:30 メンテナンス", True, "10:00-11:30"),
        ("10:00-11:30", False, "10:00-11:30"),
        ("10:00-11:30 maintenances", False, "10:00-11:30 maintenances"),
    ],
)
def test_maintenance(words: str, maintenance: bool, rest: str) -> None:
    assert read_maintenance(words) == (maintenance, rest)


@pytest.mark.parametrize(
    ("start", "end", "outage", "maintenance"),
    [
        (timedelta(hours=-2), timedelta(hours=-1), None, None),
        (timedelta(hours=-2), None, None, None),
        (None, timedelta(0), None, None),
        (timedelta(hours=-2), timedelta(minutes=1), None, None),
        (timedelta(hours=-2), timedelta(minutes=2), "error.outage.future", None),
        (timedelta(hours=2), None, "error.outage.future", None),
        (None, timedelta(hours=2), "error.outage.future", None),
        (timedelta(days=91), timedelta(days=92), "error.outage.future", None),
        (timedelta(days=91), timedelta(days=93), "error.outage.future", "error.outage.far"),
        (timedelta(days=400), None, "error.outage.future", "error.outage.far"),
    ],
)
def test_only_maintenance_lies_ahead_and_not_far(
    start: timedelta | None, end: timedelta | None, outage: str | None, maintenance: str | None
) -> None:
    span = Span(NOW + start if start is not None else None, NOW + end if end is not None else None)
    assert too_late(span, NOW, maintenance=False) == outage
    assert too_late(span, NOW, maintenance=True) == maintenance


def kept(number: int, outage: Outage, account: str | None = "ACME") -> RecordedOutage:
    ticket = f"{account}-1" if account else None
    return RecordedOutage(account, number, outage, ticket, "U0ERIN", NOW)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_is_one_that_slack_takes(language: Language) -> None:
    words = OutageWords(text(language), POLICY, TOKYO)
    lasting = kept(1, Outage("a component of an older policy " * 5 + "<&>", NOW))
    ended = kept(2, Outage("api", NOW, NOW + timedelta(days=1, hours=2, minutes=31, seconds=4)), None)
    gone = RecordedOutage("ACME", 3, ended.outage, None, "U0ERIN", NOW, Withdrawn(4, "x", "U", NOW, 3, "y"))
    for one in (lasting, ended, gone):
        check_blocks(recorded(words, one, "done.outage.recorded").payload()["blocks"])
        check_blocks(words.refused("error.outage.open", one).payload()["blocks"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [0, 1, 20, 200])
def test_a_month_of_any_number_of_outages_fits(language: Language, count: int) -> None:
    account = Account(key="ACME", name="<&>" * 20, plan="emergency", region="japan", channel="C1")
    terms = Terms(text(language), POLICY, account, (), NOW)
    hour = timedelta(hours=1)
    outages = [Outage("guest-agent", NOW - n * hour, NOW - n * hour + hour / 2) for n in range(1, count + 1)]
    found = [kept(n, outage) for n, outage in enumerate(outages, 1)]
    estimate = month_uptime(PUBLISHED, Month(2026, 10), outages, until=NOW)
    blocks = uptime(terms, estimate, found, with_ids=True).payload()["blocks"]
    check_blocks(blocks)
    lines = sum(block.get("text", {}).get("text", "").count("•") for block in blocks)
    assert 0 < lines <= 20 if count else lines == 0
    if lines < count:
        assert str(count - lines) in str(blocks)


@pytest.mark.parametrize(
    ("plan", "guaranteed"), [("emergency", True), ("premium", False), ("standard", False)]
)
def test_which_plans_guarantee_an_uptime(plan: str, guaranteed: bool) -> None:
    assert (guarantee_of(POLICY, plan) is not None) is guaranteed
