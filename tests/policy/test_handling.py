"""Assigning, joining, scope, links, outages on record, severity and production at once: a row for each rule."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from policy import effects as do
from policy.assignment import AlreadyAssigned, assign, join
from policy.changes import NotOpen
from policy.clocks import ClockKind, Outcome
from policy.endings import cancel
from policy.outages import RecordedOutage
from policy.records import LONGEST_LINK, SameLink, link, note_outage, read_link
from policy.scope import SameScope, find_scope_reason, mark_out_of_scope, take_back_into_scope
from policy.severity_changes import (
    SameSeverity,
    change_production,
    change_severity,
    reclassify,
)
from policy.timeline import Assigned, Linked, OutageAct, OutageNoted, ScopeJudged
from policy.transitions import acknowledge, resolve
from policy.uptime import Outage
from tests.policy.samples import (
    ENGINEER,
    HOUR,
    MESSAGE,
    MINUTE,
    MONDAY,
    account,
    acknowledged,
    default_policy,
    done,
    kinds,
    opened,
    running,
    updated,
)

OTHER = "U-OTHER"
CLOSED = done(cancel(opened("1").ticket, ENGINEER, "x", MONDAY)).ticket

# -- assigning


def test_the_new_owner_is_told_invited_and_on_the_timeline() -> None:
    ticket = acknowledged(opened("1").ticket, MONDAY).ticket
    now = MONDAY + HOUR
    change = done(assign(ticket, OTHER, ENGINEER, now))
    assert (change.ticket.owner, change.ticket.acknowledged, change.ticket.clock) == (
        OTHER,
        MONDAY,
        ticket.clock,
    )
    assert change.staff[:2] == (
        do.Invite(user=OTHER),
        do.NoteAssigned(by=ENGINEER, to=OTHER, before=ENGINEER),
    )
    assert change.entries == (Assigned(at=now, by=ENGINEER, to=OTHER, before=ENGINEER),)
    assert change.customer == (do.RefreshThread(),)  # the root tells who is on it
    assert change.ended == ()


def test_to_be_assigned_is_not_to_acknowledge() -> None:
    policy, ticket = default_policy(), opened("1").ticket
    change = done(assign(ticket, OTHER, ENGINEER, MONDAY + MINUTE))
    assigned = change.ticket
    assert (assigned.owner, assigned.acknowledged, assigned.clock) == (OTHER, None, ticket.clock)
    assert change.customer == ()  # nobody has answered them yet
    assert do.RefreshCall() in change.staff
    for by in (OTHER, ENGINEER):  # whoever acknowledges becomes the owner
        taken = done(acknowledge(policy, assigned, by, MONDAY + HOUR))
        assert (taken.ticket.owner, taken.ticket.acknowledged) == (by, MONDAY + HOUR)
        assert [(i.kind, i.outcome) for i in taken.ended] == [(ClockKind.RESPONSE, Outcome.MET)]
        assert do.RefreshCall() in taken.staff


def test_an_update_of_another_answers_and_leaves_it_with_the_assigned() -> None:
    assigned = done(assign(opened("1").ticket, OTHER, ENGINEER, MONDAY)).ticket
    for change in (updated(assigned, MONDAY + HOUR), done(resolve(assigned, ENGINEER, "x", MONDAY + HOUR))):
        assert (change.ticket.owner, change.ticket.acknowledged) == (OTHER, MONDAY + HOUR)
        assert do.RefreshCall() in change.staff


def test_a_live_reminder_is_not_answered_by_handing_over() -> None:
    ticket = replace(acknowledged(opened("1").ticket, MONDAY).ticket, reminder=MESSAGE)
    assert done(assign(ticket, OTHER, ENGINEER, MONDAY)).ticket.reminder == MESSAGE


def test_what_cannot_be_assigned() -> None:
    mine = acknowledged(opened("1").ticket, MONDAY).ticket
    assert assign(mine, ENGINEER, OTHER, MONDAY) == AlreadyAssigned(ENGINEER, acknowledged=True)
    assigned = done(assign(opened("1").ticket, OTHER, ENGINEER, MONDAY)).ticket
    assert assign(assigned, OTHER, ENGINEER, MONDAY) == AlreadyAssigned(OTHER, acknowledged=False)
    assert assign(CLOSED, OTHER, ENGINEER, MONDAY) == NotOpen(CLOSED)


def test_cancelling_what_was_only_assigned_ends_the_call() -> None:
    assigned = done(assign(opened("1").ticket, OTHER, ENGINEER, MONDAY)).ticket
    assert do.RefreshCall() in done(cancel(assigned, ENGINEER, "x", MONDAY)).staff


def test_joining_changes_nothing_and_is_possible_afterwards() -> None:
    change = join(CLOSED, OTHER, MONDAY + HOUR)
    assert change.ticket == replace(CLOSED, moved=MONDAY + HOUR)
    assert (change.staff, change.entries, change.customer) == ((do.NoteJoined(user=OTHER),), (), ())


# -- scope


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("reason", list(default_policy().scope_reasons))
def test_the_customer_is_told_why_in_the_policys_words(reason: str, language: str) -> None:
    policy = default_policy()
    ticket = opened("1", of=account(language=language)).ticket
    change = done(mark_out_of_scope(policy, ticket, ENGINEER, reason, MONDAY))
    words = policy.scope_reasons[reason].text[language]  # type: ignore[index]
    assert change.customer == (do.TellOutOfScope(text=words), do.RefreshThread())
    assert change.entries == (ScopeJudged(at=MONDAY, by=ENGINEER, reason=reason),)
    assert change.ticket.out_of_scope is not None
    assert change.ticket.out_of_scope.reason == reason
    assert (change.ticket.clock, change.ended) == (ticket.clock, ())  # nothing is met by it


def test_scope_is_taken_back_and_changed() -> None:
    policy = default_policy()
    first = done(mark_out_of_scope(policy, opened("1").ticket, ENGINEER, "cloud", MONDAY)).ticket
    assert mark_out_of_scope(policy, first, ENGINEER, "cloud", MONDAY) == SameScope("cloud")
    other = done(mark_out_of_scope(policy, first, ENGINEER, "altered", MONDAY))
    assert "TellOutOfScope" in kinds(other.customer)
    back = done(take_back_into_scope(other.ticket, ENGINEER, MONDAY))
    assert back.ticket.out_of_scope is None
    assert back.customer == (do.TellInScope(), do.RefreshThread())
    assert take_back_into_scope(back.ticket, ENGINEER, MONDAY) == SameScope(None)
    assert mark_out_of_scope(policy, CLOSED, ENGINEER, "cloud", MONDAY) == NotOpen(CLOSED)
    assert take_back_into_scope(CLOSED, ENGINEER, MONDAY) == NotOpen(CLOSED)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("third-party", "third-party"),
        ("Third party", "third-party"),
        ("THIRD", "third-party"),
        ("altered", "altered"),
        ("altered or customised software", "altered"),
        ("unsupported cloud", "cloud"),
        ("cloud", "cloud"),
        ("改変", "altered"),
        ("他社製ソフトウェア", "third-party"),
        ("サポート対象外のクラウド", "cloud"),
        ("unsupported", None),  # hardware, or a cloud service
        ("サポート対象外", None),
        ("they never pay", None),
        ("", None),
    ],
)
def test_reasons_by_the_words_people_use(words: str, reason: str | None) -> None:
    found = find_scope_reason(default_policy(), words)
    assert (found.key if found else None) == reason


# -- links and outages


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("https://support.example/t/42", "https://support.example/t/42"),
        (" http://support.example:8443/t?id=1&b=%20#x ", "http://support.example:8443/t?id=1&b=%20#x"),
        ("HTTPS://support.example", "HTTPS://support.example"),
        ("https://support.example/a|b>c<d", "https://support.example/a%7Cb%3Ec%3Cd"),
        ("https://support.example/チケット", "https://support.example/%E3%83%81%E3%82%B1%E3%83%83%E3%83%88"),
        ("javascript:alert(1)", None),
        ("ftp://support.example/t", None),
        ("support.example/t/42", None),
        ("https://", None),
        ("https://user:word@support.example", None),
        ("https://support.example/a b", None),
        ("https://support.example\\@other.example", None),
        ("https://[bad/", None),
        ("https://support.example:port/", None),
        ("https://support.example/" + "a" * LONGEST_LINK, None),
        ("", None),
    ],
)
def test_only_an_address_becomes_a_link(text: str, kept: str | None) -> None:
    assert read_link(text) == kept


def test_a_link_stands_on_the_ticket_until_it_is_taken_back() -> None:
    url = "https://support.example/t/42"
    change = done(link(opened("1").ticket, ENGINEER, url, MONDAY))
    assert (change.ticket.link, change.entries) == (url, (Linked(at=MONDAY, by=ENGINEER, url=url),))
    assert (change.customer, change.staff) == ((do.RefreshThread(),), (do.RefreshCard(),))
    assert link(change.ticket, ENGINEER, url, MONDAY) == SameLink(url)
    back = done(link(change.ticket, ENGINEER, None, MONDAY))
    assert (back.ticket.link, link(back.ticket, ENGINEER, None, MONDAY)) == (None, SameLink(None))
    assert done(link(CLOSED, ENGINEER, url, MONDAY)).ticket.link == url


def test_an_outage_on_a_ticket_is_on_its_timeline() -> None:
    outage = Outage("api", MONDAY - HOUR, MONDAY)
    recorded = RecordedOutage("ACME", 3, outage, "ACME-1", ENGINEER, MONDAY)
    change = note_outage(opened("1").ticket, recorded, OutageAct.RECORDED, ENGINEER, MONDAY)
    entry = OutageNoted(at=MONDAY, by=ENGINEER, what=OutageAct.RECORDED, id="ACME-O3", outage=outage)
    assert (change.entries, change.customer, change.staff) == ((entry,), (), ())


# -- severity and production at once


def test_severity_and_production_in_one_decision() -> None:
    policy = default_policy()
    ticket = acknowledged(opened("3", of=account(plan="premium")).ticket, MONDAY).ticket
    ticket = done(change_production(policy, ticket, ENGINEER, False, "x", MONDAY)).ticket
    now = MONDAY + HOUR
    change = done(reclassify(policy, ticket, ENGINEER, "1", True, "All down.", now))
    apart = done(change_production(policy, ticket, ENGINEER, True, "All down.", now))
    apart = done(change_severity(policy, apart.ticket, ENGINEER, "1", "All down.", now))
    assert change.ticket == apart.ticket
    assert running(change.ticket).due == now + HOUR
    assert [name for name in kinds(change.entries) if not name.startswith("Clock")] == [
        "ProductionChanged",
        "SeverityChanged",
    ]
    assert kinds(change.staff).count("RefreshCard") == 1
    assert change.customer == (do.RefreshThread(),)


@pytest.mark.parametrize(
    ("severity", "production", "notes"),
    [
        ("2", True, ["NoteSeverity"]),
        ("1", False, ["NoteProduction"]),
        ("2", False, ["NoteProduction", "NoteSeverity"]),
    ],
)
def test_what_stays_is_not_told(severity: str, production: bool, notes: list[str]) -> None:
    ticket = acknowledged(opened("1").ticket, MONDAY).ticket
    change = done(
        reclassify(default_policy(), ticket, ENGINEER, severity, production, "x", MONDAY + timedelta(hours=1))
    )
    assert [name for name in kinds(change.staff) if name.startswith("Note")] == notes


def test_nothing_new_is_no_change_but_confirms_a_doubted_severity() -> None:
    policy, ticket = default_policy(), opened("1").ticket
    assert reclassify(policy, ticket, ENGINEER, "1", True, "x", MONDAY) == SameSeverity(ticket)
    assert reclassify(policy, CLOSED, ENGINEER, "1", False, "x", MONDAY) == NotOpen(CLOSED)
    doubted = opened(None, impact="down").ticket
    sure = done(reclassify(policy, doubted, ENGINEER, doubted.severity, True, "x", MONDAY)).ticket
    assert sure.needs_classification is False
