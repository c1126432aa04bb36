"""The policy file: laid over the default, checked to the last key, refused with file, key and expectation."""

import re
from copy import deepcopy
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.calendars import ALWAYS_OPEN, WeeklyCalendar
from policy.durations import BusinessDays
from policy.load import BadPolicy, default_source, load_policy, merge, read_policy
from tests.policy.samples import HOUR, MINUTE, default_policy, stranger, stranger_policy, words


def refused(overrides: dict[str, Any]) -> BadPolicy:
    with pytest.raises(BadPolicy) as caught:
        load_policy(overrides, file="desk.toml")
    return caught.value


# -- the default


@pytest.mark.parametrize(
    ("key", "respond", "update_every", "on_request", "room"),
    [
        ("1", 2 * HOUR, 1 * HOUR, None, "channel"),
        ("2", 4 * HOUR, 2 * HOUR, None, "channel"),
        ("3", 24 * HOUR, 6 * HOUR, None, "thread"),
        ("4", BusinessDays(1), None, BusinessDays(1), "thread"),
    ],
)
def test_the_default_holds_the_published_targets(
    key: str, respond: object, update_every: timedelta | None, on_request: object, room: str
) -> None:
    severity = default_policy().severity(key)
    assert (severity.respond, severity.update_every) == (respond, update_every)
    assert (severity.update_on_request, severity.room) == (on_request, room)


def test_the_default_in_order_of_urgency() -> None:
    policy = default_policy()
    assert [(s.key, s.rank) for s in policy.severities.values()] == [("1", 0), ("2", 1), ("3", 2), ("4", 3)]
    assert policy.business_day == 9 * HOUR
    assert (policy.response_fractions, policy.heads_up) == ((0.5, 0.8), 0.25)
    assert policy.severity("1").wake_again == (10 * MINUTE, 30 * MINUTE)
    assert [key for key, s in policy.severities.items() if not s.snooze_past_deadline] == ["1", "2"]


def test_the_form_offers_what_the_emergency_support_covers_first() -> None:
    assert list(default_policy().components) == [
        *("ui", "api", "auto-heal", "guest-agent", "auto-scaling"),
        *("backups", "billing", "documentation", "other"),
    ]


def test_every_region_has_business_hours_less_its_holidays() -> None:
    policy = default_policy()
    assert policy.calendar("24x7") is ALWAYS_OPEN
    for region in ("us-west", "us-east", "emea", "japan"):
        calendar = policy.calendar(f"9x5@{region}")
        assert isinstance(calendar, WeeklyCalendar)
        calendar.check()
        assert calendar.zone == policy.regions[region].zone
        assert calendar.country is not None


@pytest.mark.parametrize("word", ["1", "p1", "P1", " sev1 ", "Critical", "CRITICAL"])
def test_severities_go_by_number_and_by_name(word: str) -> None:
    found = default_policy().find_severity(word)
    assert found is default_policy().severity("1")


@pytest.mark.parametrize("word", ["", "5", "p", "sev 1", "urgent"])
def test_other_words_are_no_severity(word: str) -> None:
    assert default_policy().find_severity(word) is None


# -- laid over


def test_an_override_changes_what_it_names_and_nothing_else() -> None:
    policy = load_policy({"severity": {"1": {"respond": "PT90M"}}})
    assert policy.severity("1").respond == 90 * MINUTE
    assert policy.severity("1").update_every == HOUR
    assert list(policy.severities) == ["1", "2", "3", "4"]
    assert policy.severity("2") == default_policy().severity("2")


def test_a_key_is_added_to_a_table() -> None:
    policy = load_policy({"regions": {"brazil": {"zone": "America/Sao_Paulo", "country": "BR"}}})
    assert list(policy.regions) == ["us-west", "us-east", "emea", "japan", "brazil"]
    assert "9x5@brazil" in policy.calendars


def test_a_list_is_taken_as_a_whole() -> None:
    assert load_policy({"response_reminders": {"at": [0.9]}}).response_fractions == (0.9,)


def test_replace_takes_a_table_whole() -> None:
    assert list(stranger_policy().severities) == ["blocker", "routine", "wish"]
    assert list(stranger_policy().regions) == ["zurich"]


def test_replace_alone_drops_a_key() -> None:
    policy = load_policy({"component": {"replace": ["billing", "other"]}})
    assert set(default_policy().components) - set(policy.components) == {"billing", "other"}


def test_replace_within_a_table_keeps_the_order_of_urgency() -> None:
    slower = {"name": words("High"), "definition": words("Hard."), "respond": "8h"}
    policy = load_policy({"severity": {"replace": ["2"], "2": slower}})
    assert list(policy.severities) == ["1", "2", "3", "4"]
    assert (policy.severity("2").rank, policy.severity("2").update_every) == (1, None)


def test_merging_leaves_both_sides_as_they_were() -> None:
    base, over = default_source(), stranger()
    before = deepcopy((base, over))
    merge(base, over)
    assert (base, over) == before


tables = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=12,
)
files = st.dictionaries(st.sampled_from("abcd"), tables, max_size=4)


@given(files, files)
def test_merging_nothing_changes_nothing_and_twice_is_once(base: Any, over: Any) -> None:
    once = merge(base, over)
    assert merge(base, {}) == base
    assert merge({}, over) == over
    assert merge(once, over) == once


# -- versions


def test_the_same_rules_have_the_same_version() -> None:
    assert load_policy().version == load_policy({}).version == default_policy().version
    given = {"severity": {"1": {"respond": "1h", "update_every": "1h"}}, "business_day": "8h"}
    other_order = {"business_day": "8h", "severity": {"1": {"update_every": "1h", "respond": "1h"}}}
    assert load_policy(given).version == load_policy(other_order, file="elsewhere.toml").version
    assert load_policy(given).version != load_policy().version


def test_the_file_does_not_matter_for_the_version_but_the_order_of_urgency_does() -> None:
    over = stranger()
    over["severity"] = dict(reversed(over["severity"].items()))
    assert list(load_policy(over).severities) == ["wish", "routine", "blocker"]
    assert load_policy(over).version != stranger_policy().version


def test_a_version_is_read_again_from_its_kept_source() -> None:
    for policy in (default_policy(), stranger_policy()):
        kept = msgspec.msgpack.decode(msgspec.msgpack.encode(policy.source))
        again = read_policy(kept)
        assert again.version == policy.version
        assert msgspec.structs.asdict(again) == msgspec.structs.asdict(policy)


# -- refusals


def severity(**given: Any) -> dict[str, Any]:
    return {"severity": {"1": given}}


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"busines_day": "9h"}, "busines_day", "did you mean business_day?"),
    ({"business_day": "1 business day"}, "business_day", "expected a duration in hours or minutes"),
    ({"business_day": 9}, "business_day", "expected `str`"),
    ({"default_severity": "5"}, "default_severity", "expected one of the severities 1, 2, 3, 4"),
    (severity(respond="soon"), "severity.1.respond", "expected a duration such as"),
    (severity(respond=2), "severity.1.respond", "expected `str`"),
    (severity(update_evry="1h"), "severity.1.update_evry", "did you mean update_every?"),
    (severity(update_every="1 business day"), "severity.1.update_every", "expected a duration in hours"),
    (severity(update_on_request="1h"), "severity.1.update_on_request", "beside update_every"),
    (severity(wake_again=["30m", "10m"]), "severity.1.wake_again", "expected ascending durations"),
    (severity(wake_again=["10m", "10m"]), "severity.1.wake_again", "expected ascending durations"),
    (severity(room="cellar"), "severity.1.room", "cellar"),
    (severity(name={"en": "", "ja": "x"}), "severity.1.name.en", "expected 1 to 50 characters"),
    (severity(name={"ja": "長" * 51}), "severity.1.name.ja", "expected 1 to 50 characters"),
    (severity(words=["p2"]), "severity.2.words", "'p2' means 1"),
    (severity(words=["2"]), "severity.2.words", "'2' means 1"),
    ({"severity": {"9": {}}}, "severity.9.name", "expected a value, found none"),
    ({"severity": {"1": 2}}, "severity.1", "expected `object`"),
    ({"severity": 4}, "severity", "expected `object`"),
    ({"replace": ["severity"]}, "severity", "expected a value, found none"),
    ({"replace": ["severity"], "severity": {}}, "severity", "expected at least one severity"),
    ({"replace": ["severities"]}, "replace", "no such key 'severities'"),
    ({"replace": "severity"}, "replace", "expected a list of keys"),
    ({"severity": {"replace": ["7"]}}, "severity.replace", "no such key '7'"),
    ({"response_reminders": {"at": [0.8, 0.5]}}, "response_reminders.at", "expected ascending fractions"),
    ({"response_reminders": {"at": [0.5, 1]}}, "response_reminders.at", "expected ascending fractions"),
    ({"response_reminders": {"at": [0]}}, "response_reminders.at", "expected ascending fractions"),
    ({"response_reminders": {"att": []}}, "response_reminders.att", "did you mean at?"),
    ({"update_reminders": {"heads_up": 1}}, "update_reminders.heads_up", "expected a share inside 0..1"),
    ({"update_reminders": {"heads_up": "15m"}}, "update_reminders.heads_up", "expected `float`"),
    ({"impact": {"down": {"suggest": "0"}}}, "impact.down.suggest", "expected one of the severities"),
    ({"impact": {"part": {"suggest_tier": {"1": "0"}}}}, "impact.part.suggest_tier.1", "expected one of"),
    (
        {"impact": {"part": {"suggest_tier": {"4": "1"}}}},
        "impact.part.suggest_tier.4",
        "of the tiers 1, 2, 3",
    ),
    ({"not_production": {"severity": {"1": "9"}}}, "not_production.severity.1", "expected one of the"),
    ({"component": {"cli": {}}}, "component.cli.name", "expected a value, found none"),
    (
        {"plan": {"gold": {"name": words("x" * 51), "support": [{"hours": "24x7"}]}}},
        "plan.gold.name.en",
        "expected 1 to 50 characters",
    ),
    ({"regions": {"japan": {"zone": "Asia/Edo"}}}, "regions.japan, hours.9x5", "no time zone 'Asia/Edo'"),
    ({"regions": {"mars": {}}}, "regions.mars.zone", "expected a value, found none"),
    ({"replace": ["regions"], "regions": {}}, "regions", "expected at least one region"),
    ({"hours": {"9x5": {"mon": ["9-18"]}}}, "regions.us-west, hours.9x5", "mon"),
    ({"hours": {"9x5": {"moon": []}}}, "hours.9x5.moon", "no such key"),
    (
        {"hours": {"replace": ["extended"]}},
        "plan.premium.support[1].hours",
        "expected one of the hours 24x7, 9x5",
    ),
    ({"business_hours": "9-5"}, "business_hours", "expected one of the hours 9x5, extended"),
    ({"regions": {"emea": {"closures": ["soon"]}}}, "regions.emea, hours.9x5", "closures"),
]


@pytest.mark.parametrize(("overrides", "path", "expected"), REFUSED)
def test_a_refusal_names_file_key_and_expectation(
    overrides: dict[str, Any], path: str, expected: str
) -> None:
    error = refused(overrides)
    assert (error.file, error.path) == ("desk.toml", path)
    assert expected in error.expected
    assert str(error) == f"desk.toml: {path}: {error.expected}"
    assert "\n" not in str(error)


NOT_EVERY_VENDOR_HAS = {
    "summaries",
    "asking",
    "digest",
    "duty_reminders",
    "handover",
    "uptime",
    "scope",
    "channel",
    "duty",
    "closing",
    "cause",
    "phrase",
}


@pytest.mark.parametrize("key", sorted(NOT_EVERY_VENDOR_HAS - {"uptime"}))
def test_what_a_vendor_does_not_have_is_dropped(key: str) -> None:
    assert load_policy({"replace": [key]}).version != default_policy().version


@pytest.mark.parametrize("key", sorted(set(default_source()) - NOT_EVERY_VENDOR_HAS))
def test_no_part_of_the_policy_may_be_missing(key: str) -> None:
    source = default_source()
    del source[key]
    with pytest.raises(BadPolicy, match=re.escape(f"policy/default.toml: {key}: expected a value")):
        read_policy(source)


junk = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
values = st.recursive(
    junk, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
)


@given(st.sampled_from([*sorted(default_source()), "replace", "other"]), values)
def test_whatever_stands_there_it_is_read_or_refused(key: str, value: Any) -> None:
    """Never another error than BadPolicy, which says where."""
    try:
        load_policy({key: value}, file="desk.toml")
    except BadPolicy as error:
        where = error.path
    else:
        where = key
    assert key == "replace" or where.startswith(key)


@pytest.mark.parametrize(
    ("overrides", "path", "expected"),
    [
        ({"digest": {"day": "monday"}}, "digest.day", "expected one of the days mon, tue"),
        ({"digest": {"at": "9:00"}}, "digest.at", "expected a time of day such as 09:00, got '9:00'"),
        ({"digest": {"at": "24:00"}}, "digest.at", "expected a time of day such as 09:00"),
        ({"duty_reminders": {"days_before": [0]}}, "duty_reminders.days_before", "whole days from 1 to 90"),
        ({"duty_reminders": {"at": "noon"}}, "duty_reminders.at", "expected a time of day"),
        ({"handover": {"ahead": "1 business day"}}, "handover.ahead", "hours or minutes"),
        ({"duty": {"call": {"months": 1}}}, "duty.call", "expected either weeks or months"),
    ],
)
def test_when_the_bot_speaks_by_itself_is_checked(
    overrides: dict[str, Any], path: str, expected: str
) -> None:
    error = refused(overrides)
    assert error.path == path
    assert expected in error.expected


def test_a_policy_without_digests_has_none() -> None:
    assert load_policy({"replace": ["digest"]}).digest is None
    assert default_policy().duty_reminders.days_before == (7, 1)
