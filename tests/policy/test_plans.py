"""Plans, definitions and what else the policy file holds (policy.md sections 1, 2, 5, 7 and 8): a row is a sentence.

The second half holds them to a vendor of another kind: `examples/follow-the-sun.toml`.
"""

from datetime import date, timedelta
from typing import Any

import pytest

from policy.durations import BusinessDays, Duration
from policy.load import BadPolicy, load_policy
from policy.plans import Target
from policy.schema import Policy, Words
from policy.support_time import Coverage, on_duty, promise
from tests.policy.examples import follow_the_sun
from tests.policy.samples import HOUR, MINUTE, at, default_policy, words

DAY = BusinessDays(1)


def covered(plan: str, *, production: bool = True, **otherwise: Any) -> Coverage:
    return Coverage(plan=plan, region="emea", production=production, **otherwise)


# -- section 1: definitions


@pytest.mark.parametrize("severity", ["1", "2", "3", "4"])
@pytest.mark.parametrize(
    ("plan", "order"),
    [
        ("standard", ["policy", "emergency"]),
        ("premium", ["policy", "emergency"]),
        ("emergency", ["emergency", "policy"]),
        (None, ["policy", "emergency"]),
    ],
)
def test_both_definitions_are_shown_and_the_plan_says_which_first(
    severity: str, plan: str | None, order: list[str]
) -> None:
    shown = default_policy().definitions(severity, plan)
    assert [wording.key for wording, _ in shown] == order
    labels = {wording.key: definition.label for wording, definition in shown}
    assert labels["policy"] is None
    assert labels["emergency"] == Words(en=f"P{severity}", ja=f"優先度 P{severity}")


@pytest.mark.parametrize(
    ("sentence", "severity", "tier", "says_so"),
    [
        ("a material part down is severity 1 for Tier 1", "1", 1, True),
        ("and not for Tier 2", "1", 2, False),
        ("nor for Tier 3", "1", 3, False),
        ("for Tier 2 it is severity 2", "2", 2, True),
        ("for Tier 3 too", "2", 3, True),
        ("but not for Tier 1", "2", 1, False),
        ("severity 3 is the same for every tier", "3", 1, False),
        ("so is severity 4", "4", 3, False),
    ],
)
def test_the_emergency_definitions_depend_on_the_tier(
    sentence: str, severity: str, tier: int, says_so: bool
) -> None:
    (_, definition), _ = default_policy().definitions(severity, "emergency")
    said = definition.clauses(tier)
    assert said[0] == definition.text
    assert any("material part" in clause.en and "主要な部分" in clause.ja for clause in said) == says_so, (
        sentence
    )


def test_a_severity_without_another_wording_is_defined_by_the_policy_alone() -> None:
    slower = {"name": words("High"), "definition": words("Hard."), "respond": "8h"}
    policy = load_policy({"severity": {"replace": ["2"], "2": slower}})
    ((wording, definition),) = policy.definitions("2", "emergency")
    assert (wording.key, definition.text.en) == ("policy", "Hard.")


# -- section 1: the suggested severity, impact x production x tier


@pytest.mark.parametrize(
    ("impact", "tier", "in_production", "elsewhere"),
    [
        ("down", 1, "1", "2"),
        ("down", 2, "1", "2"),
        ("down", 3, "1", "2"),
        ("part", 1, "1", "2"),
        ("part", 2, "2", "2"),
        ("part", 3, "2", "2"),
        ("delays", 1, "3", "3"),
        ("delays", 2, "3", "3"),
        ("delays", 3, "3", "3"),
        ("cosmetic", 1, "4", "4"),
        ("cosmetic", 2, "4", "4"),
        ("cosmetic", 3, "4", "4"),
        (None, 1, None, None),
        ("unheard-of", 2, None, None),
    ],
)
def test_the_suggested_severity(
    impact: str | None, tier: int, in_production: str | None, elsewhere: str | None
) -> None:
    policy = default_policy()
    assert policy.suggest(impact, tier=tier, production=True) == in_production
    assert policy.suggest(impact, tier=tier, production=False) == elsewhere


def test_outside_production_it_is_never_1() -> None:
    policy = default_policy()
    suggested = {policy.suggest(key, tier=t, production=False) for key in policy.impacts for t in (1, 2, 3)}
    assert suggested == {"2", "3", "4"}


# -- section 2: the table of plans


@pytest.mark.parametrize(
    ("plan", "contacts", "prioritized", "collaborative", "dedicated_portal", "uptime"),
    [
        ("standard", 2, False, False, False, False),
        ("premium", 8, False, True, True, False),
        ("emergency", None, True, False, False, True),
    ],
)
def test_what_belongs_to_a_plan(
    plan: str,
    contacts: int | None,
    prioritized: bool,
    collaborative: bool,
    dedicated_portal: bool,
    uptime: bool,
) -> None:
    found = default_policy().plans[plan]
    assert (found.contacts, found.prioritized, found.collaborative) == (contacts, prioritized, collaborative)
    assert (found.dedicated_portal, found.uptime) == (dedicated_portal, uptime)


@pytest.mark.parametrize(
    ("plan", "production", "severity", "calendar", "respond", "update_every"),
    [
        ("standard", True, "1", "9x5@emea", 2 * HOUR, HOUR),
        ("standard", True, "3", "9x5@emea", DAY, 6 * HOUR),
        ("standard", False, "4", "9x5@emea", DAY, None),
        ("premium", True, "1", "24x7", 2 * HOUR, HOUR),
        ("premium", False, "1", "extended@emea", 2 * HOUR, HOUR),
        ("premium", True, "2", "extended@emea", 4 * HOUR, 2 * HOUR),
        ("premium", True, "3", "extended@emea", DAY, 6 * HOUR),
        ("emergency", False, "1", "24x7", 2 * HOUR, HOUR),
        ("emergency", True, "2", "24x7", 4 * HOUR, 2 * HOUR),
        ("emergency", True, "3", "24x7", 24 * HOUR, 6 * HOUR),
        ("emergency", True, "4", "9x5@emea", DAY, None),
    ],
)
def test_what_a_plan_promises_and_in_which_hours(
    plan: str,
    production: bool,
    severity: str,
    calendar: str,
    respond: Duration,
    update_every: timedelta | None,
) -> None:
    policy = default_policy()
    promised = promise(policy, covered(plan, production=production), policy.severity(severity))
    assert (promised.calendar, promised.respond, promised.update_every) == (calendar, respond, update_every)
    assert promised.business == "9x5@emea"


def test_the_emergency_cover_is_the_first_five_components_of_the_form() -> None:
    policy = default_policy()
    cover = policy.plans["emergency"].cover
    assert cover is not None
    assert list(cover.components) == list(policy.components)[:5]
    assert policy.plans["standard"].cover is policy.plans["premium"].cover is None


def test_the_uptime_guarantee_is_the_published_one() -> None:
    guarantee = default_policy().uptime
    assert guarantee is not None
    assert (guarantee.percent, guarantee.components) == ("99.9", ("ui", "api", "auto-scaling", "backups"))
    assert (guarantee.credit_below, guarantee.credit_per_point, guarantee.credit_most) == ("99", "10", "100")


# -- section 2: what an account has otherwise


@pytest.mark.parametrize(
    ("sentence", "otherwise", "severity", "calendar", "respond", "update_every", "on_request"),
    [
        ("nothing", {}, "3", "9x5@emea", DAY, 6 * HOUR, None),
        ("hours of a region", {"hours": "extended"}, "1", "extended@emea", 2 * HOUR, HOUR, None),
        ("any hour", {"hours": "24x7"}, "4", "24x7", DAY, None, DAY),
        ("hours that the policy has no more", {"hours": "nights"}, "1", "9x5@emea", 2 * HOUR, HOUR, None),
        (
            "a target stands before the plan's",
            {"targets": {"3": Target(respond=HOUR)}},
            "3",
            "9x5@emea",
            HOUR,
            6 * HOUR,
            None,
        ),
        (
            "and touches no other severity",
            {"targets": {"3": Target(respond=HOUR)}},
            "1",
            "9x5@emea",
            2 * HOUR,
            HOUR,
            None,
        ),
        (
            "a cadence where there was none",
            {"targets": {"4": Target(update_every=8 * HOUR)}},
            "4",
            "9x5@emea",
            DAY,
            8 * HOUR,
            None,
        ),
        (
            "none where there was one",
            {"targets": {"3": Target(update_on_request=DAY)}},
            "3",
            "9x5@emea",
            DAY,
            None,
            DAY,
        ),
    ],
)
def test_what_an_account_has_otherwise_than_standard(
    sentence: str,
    otherwise: dict[str, Any],
    severity: str,
    calendar: str,
    respond: Duration,
    update_every: timedelta | None,
    on_request: Duration | None,
) -> None:
    policy = default_policy()
    promised = promise(policy, covered("standard", **otherwise), policy.severity(severity))
    assert (promised.calendar, promised.respond) == (calendar, respond), sentence
    assert (promised.update_every, promised.update_on_request) == (update_every, on_request), sentence


# -- sections 5, 7 and 8


def test_the_five_reasons_to_be_out_of_scope() -> None:
    found = default_policy().scope_reasons
    assert list(found) == ["third-party", "altered", "not-available", "platform", "cloud"]


@pytest.mark.parametrize(
    ("duty", "done", "due"),
    [
        ("call", "2026-10-05", "2026-10-12"),
        ("roadmap", "2026-10-05", "2026-11-05"),
        ("roadmap", "2027-01-31", "2027-02-28"),
        ("deployment", "2026-11-30", "2027-02-28"),
        ("onsite", "2026-08-31", "2027-02-28"),
    ],
)
def test_the_rhythm_of_duties(duty: str, done: str, due: str) -> None:
    assert default_policy().duties[duty].after(date.fromisoformat(done)) == date.fromisoformat(due)


def test_the_channels_of_contact() -> None:
    assert [way.kind for way in default_policy().contact_ways.values()] == [
        *("slack", "portal", "hotline", "partners")
    ]


@pytest.mark.parametrize("policy", [default_policy(), follow_the_sun()], ids=["default", "follow the sun"])
def test_every_text_is_there_in_both_languages_and_they_differ(policy: Policy) -> None:
    texts = [reason.text for reason in policy.scope_reasons.values()]
    texts += [way.text for way in policy.contact_ways.values()]
    texts += [plan.cover.note for plan in policy.plans.values() if plan.cover]
    for severity in policy.severities:
        for _, definition in policy.definitions(severity, None):
            texts += [definition.text, *(clause.text for clause in definition.by_tier)]
    for text in texts:
        assert text["en"].isascii()
        assert text["en"].endswith(".")
        assert not text["ja"].isascii()
        assert text["ja"].endswith("。")


# -- a vendor of another kind


def test_three_severities_under_other_names() -> None:
    policy = follow_the_sun()
    assert [(s.key, s.rank) for s in policy.severities.values()] == [
        *(("outage", 0), ("degraded", 1), ("question", 2))
    ]
    found = policy.find_severity("RED")
    assert found is policy.severity("outage")
    assert policy.suggest("hindered", tier=1, production=True) == "outage"
    assert policy.suggest("hindered", tier=1, production=False) == "degraded"
    assert [wording.key for wording, _ in policy.definitions("outage", "global")] == ["policy"]


def test_no_hotline_no_uptime_guarantee_no_duties() -> None:
    policy = follow_the_sun()
    assert (policy.uptime, policy.duties) == (None, {})
    assert all(not plan.hotline and not plan.uptime for plan in policy.plans.values())
    assert "hotline" not in {way.kind for way in policy.contact_ways.values()}


def test_a_desk_is_open_twelve_hours_on_seven_days() -> None:
    desk = follow_the_sun().calendar("desk@sydney")
    week = desk.support_time_between(at("2026-12-21 00:00"), at("2026-12-28 00:00"))
    assert week == 7 * 12 * HOUR, "Christmas is a working day"


def test_a_region_may_have_a_day_of_its_own() -> None:
    policy = follow_the_sun()
    saturday = at("2026-10-10 13:30")
    assert not policy.calendar("desk@denver").is_open(saturday), "07:30 in Denver"
    assert policy.calendar("desk@denver").is_open(saturday + HOUR)
    assert policy.calendar("desk@denver").is_open(saturday - timedelta(days=1))


def test_three_regions_hand_over_so_that_a_desk_is_always_open() -> None:
    policy = follow_the_sun()
    start, end = at("2026-01-01 00:00"), at("2028-01-01 00:00")
    (whole,) = policy.calendar("sun").intervals(start, end)
    assert (whole.start, whole.end) == (start, end)


@pytest.mark.parametrize(
    ("utc", "desks"),
    [
        ("2026-10-05 03:00", ("sydney",)),
        ("2026-10-05 07:00", ("sydney", "london")),
        ("2026-10-05 12:00", ("london",)),
        ("2026-10-05 14:00", ("london", "denver")),
        ("2026-10-05 19:00", ("denver",)),
        ("2026-10-05 23:00", ("sydney", "denver")),
    ],
)
def test_who_is_on_duty_follows_the_sun(utc: str, desks: tuple[str, ...]) -> None:
    policy = follow_the_sun()
    terms = Coverage(plan="global", region="london", production=True)
    promised = promise(policy, terms, policy.severity("outage"))
    assert (promised.calendar, promised.respond) == ("sun", 15 * MINUTE)
    assert on_duty(policy, promised.calendar, "london", at(utc)) == desks
    assert on_duty(policy, "desk@london", "london", at(utc)) == ("london",)
    assert on_duty(policy, "24x7", "london", at(utc)) == ("london",)


def test_while_all_are_closed_the_next_to_open_is_on_duty() -> None:
    short = {"name": words("two desks"), "union": ["9x5@emea", "9x5@us-east"]}
    policy = load_policy({"hours": {"two": short}})
    assert on_duty(policy, "two", "japan", at("2026-10-05 03:00")) == ("emea",)
    assert on_duty(policy, "two", "japan", at("2026-10-05 14:00")) == ("emea", "us-east")


def test_a_business_day_is_counted_in_the_hours_that_the_policy_names() -> None:
    policy = follow_the_sun()
    promised = promise(policy, Coverage("global", "denver", production=True), policy.severity("question"))
    assert promised.counted_in(promised.respond) == "desk@denver"
    assert policy.business_day == 12 * HOUR


# -- what cannot be


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"plan": {"premium": {"contacts": -1}}}, "plan.premium.contacts", "expected `int` >= 0"),
    (
        {"plan": {"premium": {"wording": "offer"}}},
        "plan.premium.wording",
        "of the wordings policy, emergency",
    ),
    (
        {"plan": {"premium": {"hotline": [{"severities": ["5"]}]}}},
        "plan.premium.hotline[0].severities",
        "expected one of the severities 1, 2, 3, 4, got '5'",
    ),
    (
        {"plan": {"premium": {"hotline": [{"editions": ["gold"]}]}}},
        "plan.premium.hotline[0].editions",
        "expected one of the editions hosted, enterprise",
    ),
    (
        {"plan": {"premium": {"hotline": [{"hours": "nights"}]}}},
        "plan.premium.hotline[0].hours",
        "expected one of the hours 24x7, 9x5, extended",
    ),
    (
        {"plan": {"premium": {"hotline": [{"when": "1"}]}}},
        "plan.premium.hotline[0].when",
        "no such key",
    ),
    (
        {"plan": {"emergency": {"cover": {"components": ["gui"]}}}},
        "plan.emergency.cover.components",
        "expected one of the components ui",
    ),
    (
        {"plan": {"emergency": {"cover": {"note": {"ja": ""}}}}},
        "plan.emergency.cover.note.ja",
        "expected 1 to 1000",
    ),
    ({"replace": ["uptime"]}, "plan.emergency.uptime", "expected false, or a table `uptime`"),
    ({"uptime": {"percent": 99.9}}, "uptime.percent", "in quotes"),
    ({"uptime": {"components": ["gui"]}}, "uptime.components", "expected one of the components ui"),
    ({"uptime": {"months": 1}}, "uptime.months", "expected one of the keys percent"),
    ({"replace": ["plan"], "plan": {}}, "plan", "expected at least one plan"),
    ({"plan": {"standard": {"support": []}}}, "plan.standard.support", "a rule that fits severity 1"),
    (
        {"plan": {"standard": {"support": [{"hours": "9x5", "production": True}]}}},
        "plan.standard.support",
        "outside production",
    ),
    (
        {"plan": {"standard": {"targets": {"3": {"update_every": "1h", "update_on_request": "1h"}}}}},
        "plan.standard.targets.3.update_on_request",
        "beside update_every",
    ),
    (
        {"plan": {"standard": {"targets": {"9": {"respond": "1h"}}}}},
        "plan.standard.targets.9",
        "expected one of the severities",
    ),
    ({"edition": {"hosted": {"shared_portal": "yes"}}}, "edition.hosted.shared_portal", "expected `bool`"),
    ({"duty": {"call": {"months": 1}}}, "duty.call", "expected either weeks or months"),
    ({"duty": {"call": {"weeks": 0}}}, "duty.call", "expected either weeks or months"),
    ({"scope": {"weather": {"name": words("x")}}}, "scope.weather.text", "expected a value, found none"),
    ({"scope": {"cloud": {"text": {"en": " "}}}}, "scope.cloud.text.en", "expected 1 to 1000 characters"),
    ({"channel": {"slack": {"kind": "pigeon"}}}, "channel.slack.kind", "pigeon"),
    ({"versions": {"supported_months": -1}}, "versions.supported_months", "expected `int` >= 0"),
    ({"replace": ["wording"], "wording": {}}, "wording", "expected at least one"),
    (
        {"severity": {"1": {"wordings": {"offer": {"text": words("x")}}}}},
        "severity.1.wordings.offer",
        "expected the key of a wording after the first",
    ),
    (
        {"severity": {"1": {"wordings": {"emergency": {"by_tier": [{"tiers": [4], "text": words("x")}]}}}}},
        "severity.1.wordings.emergency.by_tier[0].tiers",
        "expected some of the tiers 1, 2, 3",
    ),
    ({"hours": {"24x7": {"name": words("x")}}}, "hours.24x7", "expected another key"),
    ({"hours": {"9x5": {"union": ["extended@emea"]}}}, "hours.9x5.union", "expected no mon, tue"),
    ({"hours": {"two": {"name": words("x"), "union": ["9x5"]}}}, "hours.two.union", "such as 9x5@us-west"),
    ({"regions": {"emea": {"hours": {"10x5": {}}}}}, "regions.emea.hours.10x5", "expected one of the hours"),
    ({"regions": {"emea": {"hours": {"9x5": {"mon": ["9"]}}}}}, "regions.emea.hours.9x5", "mon"),
    ({"regions": {"emea": {"hours": {"9x5": {"moon": []}}}}}, "regions.emea.hours.9x5.moon", "no such key"),
]


@pytest.mark.parametrize(("overrides", "path", "expected"), REFUSED)
def test_a_refusal_names_file_key_and_expectation(
    overrides: dict[str, Any], path: str, expected: str
) -> None:
    with pytest.raises(BadPolicy) as caught:
        load_policy(overrides, file="desk.toml")
    assert (caught.value.file, caught.value.path) == ("desk.toml", path)
    assert expected in caught.value.expected


def test_what_the_default_says_is_told_with_how_to_be_rid_of_it() -> None:
    with pytest.raises(BadPolicy, match=r'it is so by default: .* replace = \["plan"\]'):
        load_policy({"replace": ["uptime"]}, file="desk.toml")
