"""What an account is entitled to when a ticket is opened (policy.md sections 1, 2, 4, 5 and 8)."""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from policy.directory import Account
from policy.entitlement import (
    Addresses,
    Hotline,
    NoHotline,
    NoHotlineWhy,
    OpenNow,
    OpensAt,
    SupportState,
    Way,
    as_opened,
    entitlement,
    hotline,
    hotline_severities,
    outside_cover,
    queue_place,
    support_state,
    ways_to_reach,
)
from policy.load import load_policy
from policy.plans import Target
from policy.tickets import Ticket
from policy.versions import AskVersion, ConsultativeOnly, Current, NotListed, Release
from tests.policy.examples import follow_the_sun
from tests.policy.samples import HOUR, MONDAY, account, at, default_policy, opened, stranger_policy

SHARED, OWN = "+1 555 0100", "+81 3 5555 0100"
VENDOR = Addresses(portal="https://portal", hotline=SHARED, partners="https://partners")
ANY_HOUR = OpenNow("24x7", None)
IN_HOURS = OpenNow("9x5@emea", at("2026-10-05 17:00"))
SATURDAY = at("2026-10-10 12:00")


def asked(
    of: Account,
    severity: str | None,
    now: datetime = MONDAY,
    *,
    production: bool = True,
    shared: str | None = SHARED,
) -> Hotline | NoHotline:
    return hotline(default_policy(), of, severity, now, production=production, shared=shared)


def number_of(found: Hotline | NoHotline) -> str | None:
    return found.number if isinstance(found, Hotline) else None


def on(plan: str, **changes: Any) -> Account:
    return account(plan=plan, **changes)


def ticket(severity: str | None = "1", *, of: Account | None = None, **given: Any) -> Ticket:
    return opened(severity, of=of, **given).ticket


# -- section 2: the hotline


@pytest.mark.parametrize(
    ("sentence", "of", "severities"),
    [
        ("Standard: no", on("standard"), ()),
        ("Standard, enterprise edition: severity 1", on("standard", edition="enterprise"), ("1",)),
        ("Premium: severity 1", on("premium"), ("1",)),
        ("Premium, enterprise edition: the same", on("premium", edition="enterprise"), ("1",)),
        ("Emergency: severities 1 and 2", on("emergency"), ("1", "2")),
        (
            "the account says which",
            on("standard", hotline_severities=("3", "1")),
            ("1", "3"),
        ),
        ("the account says none", on("emergency", hotline_severities=()), ()),
        ("the account has been given none", on("emergency", hotline="none"), ()),
        ("a number of its own is for the plan's severities", on("premium", hotline=OWN), ("1",)),
        (
            "a number of its own where the plan has no hotline is for all",
            on("standard", hotline=OWN),
            ("1", "2", "3", "4"),
        ),
    ],
)
def test_what_an_account_may_call_about(sentence: str, of: Account, severities: tuple[str, ...]) -> None:
    assert hotline_severities(default_policy(), of) == severities, sentence


@pytest.mark.parametrize(
    ("sentence", "of", "severity", "expected"),
    [
        (
            "Emergency, severity 1: any hour",
            on("emergency"),
            "1",
            Hotline(SHARED, ("1", "2"), ANY_HOUR),
        ),
        ("Emergency, severity 2: any hour", on("emergency"), "2", Hotline(SHARED, ("1", "2"), ANY_HOUR)),
        (
            "Emergency, severity 3: not shown",
            on("emergency"),
            "3",
            NoHotline(NoHotlineWhy.SEVERITY, ("1", "2")),
        ),
        ("Premium, severity 1", on("premium"), "1", Hotline(SHARED, ("1",), ANY_HOUR)),
        ("Premium, severity 2: not shown", on("premium"), "2", NoHotline(NoHotlineWhy.SEVERITY, ("1",))),
        ("Standard: not shown", on("standard"), "1", NoHotline(NoHotlineWhy.PLAN)),
        (
            "Standard, enterprise: in support hours",
            on("standard", edition="enterprise"),
            "1",
            Hotline(SHARED, ("1",), IN_HOURS),
        ),
        (
            "Standard, enterprise, severity 2: not shown",
            on("standard", edition="enterprise"),
            "2",
            NoHotline(NoHotlineWhy.SEVERITY, ("1",)),
        ),
        ("switched off", on("emergency", hotline="none"), "1", NoHotline(NoHotlineWhy.ACCOUNT)),
        ("its own number", on("emergency", hotline=OWN), "1", Hotline(OWN, ("1", "2"), ANY_HOUR)),
        (
            "not sure: it is given, to call with the ticket's id",
            on("premium"),
            None,
            Hotline(SHARED, ("1",), ANY_HOUR, to_classify=True),
        ),
        ("not sure, and none for any severity", on("standard"), None, NoHotline(NoHotlineWhy.PLAN)),
    ],
)
def test_whether_the_hotline_is_shown(
    sentence: str, of: Account, severity: str | None, expected: Hotline | NoHotline
) -> None:
    found = asked(of, severity)
    assert (found, number_of(found)) == (expected, number_of(expected)), sentence


def test_outside_production_premium_calls_are_answered_in_extended_hours() -> None:
    found = asked(on("premium"), "1", SATURDAY, production=False)
    assert isinstance(found, Hotline)
    assert found.answered == OpensAt("extended@emea", at("2026-10-12 05:00"))


def test_entitled_without_a_number_there_is_nothing_to_tell_but_the_operator() -> None:
    assert asked(on("premium"), "1", shared=None) == NoHotline(NoHotlineWhy.NO_NUMBER, ("1",))
    assert number_of(asked(on("premium", hotline=OWN), "1", shared=None)) == OWN


def test_a_vendor_without_a_hotline() -> None:
    policy = follow_the_sun()
    of = account(plan="global", region="london", edition="cloud")
    assert hotline(policy, of, "outage", MONDAY, production=True, shared=SHARED) == NoHotline(
        NoHotlineWhy.PLAN
    )


@pytest.mark.parametrize(
    "value",
    [Hotline(OWN, ("1",), ANY_HOUR), Addresses(hotline=OWN), account(hotline=OWN)],
    ids=["hotline", "addresses", "account"],
)
def test_a_number_does_not_show_where_a_value_is_logged(value: object) -> None:
    assert "5555" not in repr(value)
    assert "5555" not in f"{value}"


accounts = st.builds(
    on,
    st.sampled_from(["standard", "premium", "emergency"]),
    edition=st.sampled_from(["hosted", "enterprise"]),
    hotline=st.sampled_from([None, "none", OWN]),
    hotline_severities=st.none() | st.lists(st.sampled_from("1234"), unique=True).map(tuple),
)


@given(accounts, st.sampled_from(["1", "2", "3", "4", None]), st.booleans(), st.sampled_from([None, SHARED]))
def test_law_a_number_is_told_to_those_who_are_entitled_and_to_nobody_else(
    of: Account, severity: str | None, production: bool, shared: str | None
) -> None:
    may_call_about = hotline_severities(default_policy(), of)
    entitled = severity in may_call_about if severity else bool(may_call_about)
    number = number_of(asked(of, severity, production=production, shared=shared))
    assert number == ((of.hotline or shared) if entitled else None)
    ways = ways_to_reach(default_policy(), of, Addresses(hotline=shared))
    listed = [way.address for way in ways if way.way.kind == "hotline"]
    assert listed == ([of.hotline or shared] if may_call_about and (of.hotline or shared) else [])


# -- section 3: when support opens


@pytest.mark.parametrize(
    ("sentence", "of", "severity", "production", "now", "expected"),
    [
        ("open until the desk closes", on("standard"), "1", True, MONDAY, IN_HOURS),
        (
            "Standard on Saturday: from Monday",
            on("standard"),
            "1",
            True,
            SATURDAY,
            OpensAt("9x5@emea", at("2026-10-12 08:00")),
        ),
        ("Premium, critical and production: any hour", on("premium"), "1", True, SATURDAY, ANY_HOUR),
        (
            "Premium otherwise: extended hours",
            on("premium"),
            "2",
            True,
            SATURDAY,
            OpensAt("extended@emea", at("2026-10-12 05:00")),
        ),
        ("Emergency, severity 3: any hour", on("emergency"), "3", False, SATURDAY, ANY_HOUR),
        (
            "Emergency, severity 4: business hours of the region",
            on("emergency", region="japan"),
            "4",
            True,
            SATURDAY,
            OpensAt("9x5@japan", at("2026-10-13 00:00")),
        ),
        ("hours of the account's own", on("standard", hours="24x7"), "4", True, SATURDAY, ANY_HOUR),
    ],
)
def test_when_support_opens(
    sentence: str, of: Account, severity: str, production: bool, now: datetime, expected: SupportState
) -> None:
    found = support_state(default_policy(), of, severity, now, production=production)
    assert found == expected, sentence


# -- section 5: the emergency cover


@pytest.mark.parametrize("component", ["ui", "api", "auto-heal", "guest-agent", "auto-scaling"])
def test_what_the_emergency_cover_extends_to(component: str) -> None:
    assert outside_cover(default_policy(), "emergency", component) is None


@pytest.mark.parametrize("component", ["backups", "billing", "documentation", "other"])
def test_what_it_does_not_extend_to_is_told(component: str) -> None:
    found = outside_cover(default_policy(), "emergency", component)
    assert found is not None
    assert found.component == default_policy().components[component]
    assert "does not extend" in found.note.en
    assert "緊急サポート" in found.note.ja


@pytest.mark.parametrize(
    ("sentence", "plan", "component"),
    [
        ("other plans have no such cover", "premium", "billing"),
        ("nothing was named", "emergency", None),
        ("a component that the policy has no more", "emergency", "steam-engine"),
    ],
)
def test_nothing_to_tell_about_cover(sentence: str, plan: str, component: str | None) -> None:
    assert outside_cover(default_policy(), plan, component) is None, sentence


# -- section 2: the queue


def test_prioritized_tickets_come_before_others_of_the_same_severity() -> None:
    policy = default_policy()
    line = [
        ticket(severity, of=on(plan))
        for severity in ("4", "1", "2")
        for plan in ("standard", "emergency", "premium")
    ]
    line.sort(key=lambda one: queue_place(policy, one))
    assert [(one.severity, one.plan) for one in line] == [
        *(("1", "emergency"), ("1", "standard"), ("1", "premium")),
        *(("2", "emergency"), ("2", "standard"), ("2", "premium")),
        *(("4", "emergency"), ("4", "standard"), ("4", "premium")),
    ]


# -- all of it, for a ticket

OLD, LATEST = Release("7.0", date(2024, 1, 1)), Release("7.2", date(2026, 9, 1))


def of_ticket(one: Ticket, of: Account, now: datetime = MONDAY, releases: Any = (OLD, LATEST)) -> Any:
    return entitlement(default_policy(), of, one, now, vendor=VENDOR, releases=releases)


def test_an_emergency_ticket_of_severity_1() -> None:
    of = on("emergency")
    found = of_ticket(ticket("1", of=of, component="billing", product_version="7.2"), of)
    assert number_of(found.hotline) == SHARED
    assert found.support == ANY_HOUR
    assert found.outside_cover is not None
    assert found.version == Current(LATEST)
    assert (found.prioritized, found.collaborative) == (True, False)


def test_a_premium_ticket_that_somebody_was_not_sure_about() -> None:
    of = on("premium")
    found = of_ticket(ticket(None, of=of, impact="delays", product_version="7.0"), of, SATURDAY)
    assert number_of(found.hotline) == SHARED
    assert found.hotline.to_classify
    assert isinstance(found.support, OpensAt), "the suggested severity is 3"
    assert isinstance(found.version, ConsultativeOnly)
    assert (found.outside_cover, found.prioritized, found.collaborative) == (None, False, True)


def test_a_standard_ticket_without_a_version() -> None:
    of = on("standard")
    found = of_ticket(ticket("1", of=of), of)
    assert found.hotline == NoHotline(NoHotlineWhy.PLAN)
    assert found.version == AskVersion(None, (), LATEST)
    assert of_ticket(ticket("1", of=of), of, releases=()).version == NotListed()


def test_the_day_of_the_opening_is_the_regions() -> None:
    of = on("emergency", region="japan")
    late = ticket("1", of=of, now=at("2026-10-05 20:00"), product_version="7.3")
    released_tomorrow = Release("7.3", date(2026, 10, 6))
    assert of_ticket(late, of, releases=(released_tomorrow,)).version == Current(released_tomorrow)


def test_a_ticket_keeps_the_terms_it_was_opened_under() -> None:
    was, became = on("emergency", tier=1), on("standard", region="japan", edition="enterprise")
    one = ticket("2", of=was, component="billing")
    found = of_ticket(one, became, SATURDAY)
    assert number_of(found.hotline) == SHARED
    assert (found.support, found.prioritized) == (ANY_HOUR, True)
    assert as_opened(became, one) == replace(
        became, plan="emergency", region="emea", edition="hosted", tier=1
    )


# -- section 8


@pytest.mark.parametrize(
    ("sentence", "of", "expected"),
    [
        (
            "hosted: the shared portal; no hotline on Standard",
            on("standard"),
            {"slack": "C-ACME", "portal": "https://portal", "consulting": "https://partners"},
        ),
        (
            "enterprise: a portal of its own",
            on("standard", edition="enterprise", portal="https://acme"),
            {
                "slack": "C-ACME",
                "portal": "https://acme",
                "hotline": SHARED,
                "consulting": "https://partners",
            },
        ),
        (
            "enterprise without one: not the shared",
            on("standard", edition="enterprise"),
            {"slack": "C-ACME", "hotline": SHARED, "consulting": "https://partners"},
        ),
        (
            "Premium: a dedicated portal, the hotline",
            on("premium", portal="https://acme", hotline=OWN),
            {"slack": "C-ACME", "portal": "https://acme", "hotline": OWN, "consulting": "https://partners"},
        ),
    ],
)
def test_the_ways_to_reach_support(sentence: str, of: Account, expected: dict[str, str]) -> None:
    found = ways_to_reach(default_policy(), of, VENDOR)
    assert {way.way.key: way.address for way in found} == expected, sentence


def test_what_a_vendor_has_not_set_is_not_shown() -> None:
    found = ways_to_reach(default_policy(), on("emergency"), Addresses())
    assert [way.way.key for way in found] == ["slack"]
    assert "C-ACME" not in repr(found[0])
    assert isinstance(found[0], Way)


# -- nothing hangs on a severity's number


def test_a_stranger_s_policy_with_its_own_severities() -> None:
    policy = stranger_policy()
    of = account(plan="desk", region="zurich")
    assert hotline_severities(policy, of) == ()
    assert isinstance(support_state(policy, of, "blocker", MONDAY, production=True), OpenNow)
    assert queue_place(policy, opened("wish", policy=policy, of=of).ticket) == (2, 1)


def test_an_account_s_own_targets_travel_with_its_coverage() -> None:
    of = on("standard", hours="extended", targets={"1": Target(respond=HOUR)})
    terms = of.coverage(production=False)
    assert (terms.plan, terms.region, terms.production) == ("standard", "emea", False)
    assert (terms.hours, terms.targets) == ("extended", {"1": Target(respond=HOUR)})


def test_hotline_rules_may_ask_for_edition_and_hours() -> None:
    rules = [
        {"severities": ["2"], "editions": ["enterprise"], "hours": "extended"},
        {"severities": ["1"], "hours": "24x7"},
    ]
    policy = load_policy({"plan": {"standard": {"hotline": rules}}})
    of = on("standard", edition="enterprise")
    assert hotline_severities(policy, of) == ("1", "2")
    assert hotline_severities(policy, on("standard")) == ("1",)
    found = hotline(policy, of, "2", SATURDAY, production=True, shared=SHARED)
    assert isinstance(found, Hotline)
    assert found.answered == OpensAt("extended@emea", at("2026-10-12 05:00"))
