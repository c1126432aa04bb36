"""Designated contacts (policy.md sections 2 and 4): who may open a ticket, who is told, who may be told what."""

from typing import Any

import pytest
from msgspec.structs import replace

from policy.contacts import (
    ContactsOnly,
    Designated,
    ForACaller,
    Listener,
    Matter,
    NotDesignated,
    Standing,
    bind_contact,
    contact_limit,
    keep_bindings,
    listener,
    may_be_told,
    standing,
)
from policy.directory import Account, Contact
from policy.tickets import Person
from tests.policy.samples import account, default_policy

ANN = Contact("Ann", user="U-ANN", email="ann@example.com", trained=True)
BOB = Contact("Bob", email="bob@example.com")
CYD = Contact("Cyd", user="U-CYD")
STRANGER = Person(user="U-STRANGER", team="T-ACME")


def person(user: str, team: str = "T-ACME") -> Person:
    return Person(user=user, team=team)


def with_contacts(*contacts: Contact, **changes: Any) -> Account:
    return account(contacts=contacts, **changes)


# -- who opens a ticket


@pytest.mark.parametrize(
    ("sentence", "who", "of", "given", "expected"),
    [
        ("a contact is one", person("U-ANN"), with_contacts(ANN, CYD), {}, Designated(ANN)),
        (
            "anybody else may open one too: the contacts are told",
            STRANGER,
            with_contacts(ANN, CYD),
            {},
            NotDesignated((ANN, CYD), ()),
        ),
        (
            "those known by e-mail only cannot be told in Slack",
            STRANGER,
            with_contacts(ANN, BOB),
            {},
            NotDesignated((ANN,), (BOB,)),
        ),
        (
            "unless the account lets only its contacts open them: they are named",
            STRANGER,
            with_contacts(ANN, CYD, refuse_non_contacts=True),
            {},
            ContactsOnly((ANN, CYD)),
        ),
        (
            "which does not touch a contact",
            person("U-CYD"),
            with_contacts(ANN, CYD, refuse_non_contacts=True),
            {},
            Designated(CYD),
        ),
        (
            "somebody who may be a contact known by e-mail only is not refused",
            STRANGER,
            with_contacts(ANN, BOB, refuse_non_contacts=True),
            {},
            NotDesignated((ANN,), (BOB,)),
        ),
        (
            "somebody whose e-mail address is another one is",
            STRANGER,
            with_contacts(ANN, BOB, refuse_non_contacts=True),
            {"email_known": True},
            ContactsOnly((ANN, BOB)),
        ),
        (
            "an account without contacts cannot refuse: nobody could be named",
            STRANGER,
            with_contacts(refuse_non_contacts=True),
            {"email_known": True},
            NotDesignated((), ()),
        ),
        (
            "staff may open one for a caller",
            STRANGER,
            with_contacts(ANN, refuse_non_contacts=True),
            {"staff": True},
            ForACaller(),
        ),
    ],
)
def test_who_opens_a_ticket(
    sentence: str, who: Person, of: Account, given: dict[str, bool], expected: Standing
) -> None:
    assert standing(of, who, **given) == expected, sentence


def test_refusing_is_off_unless_the_account_says_so() -> None:
    assert not account().refuse_non_contacts


# -- e-mail contacts are bound when first seen


@pytest.mark.parametrize("email", ["bob@example.com", "Bob@Example.COM", " bob@example.com "])
def test_a_contact_is_bound_when_first_seen(email: str) -> None:
    bound = bind_contact(with_contacts(ANN, BOB, CYD), person("U-BOB"), email)
    assert bound is not None
    assert bound.contacts == (ANN, replace(BOB, user="U-BOB"), CYD)
    assert standing(bound, person("U-BOB")) == Designated(replace(BOB, user="U-BOB"))


@pytest.mark.parametrize(
    ("sentence", "who", "email", "team_ids", "binds"),
    [
        ("no address, nobody", person("U-BOB"), None, (), False),
        ("an empty address, nobody", person("U-BOB"), "", (), False),
        ("another address", person("U-BOB"), "rob@example.com", (), False),
        ("somebody who is a contact already", person("U-ANN"), "bob@example.com", (), False),
        ("an address that is bound already", person("U-EVE"), "ann@example.com", (), False),
        ("from the account's own workspace", person("U-BOB"), "bob@example.com", ("T-ACME",), True),
        ("a guest in the vendor's", person("U-BOB", "T-HOME"), "bob@example.com", ("T-ACME",), True),
        ("from a third one", person("U-BOB", "T-EVIL"), "bob@example.com", ("T-ACME",), False),
    ],
)
def test_who_is_bound(
    sentence: str, who: Person, email: str | None, team_ids: tuple[str, ...], binds: bool
) -> None:
    of = with_contacts(ANN, BOB, team_ids=team_ids)
    assert (bind_contact(of, who, email, home_team="T-HOME") is not None) == binds, sentence


def test_a_workspace_that_is_not_known_is_not_the_vendors() -> None:
    of = with_contacts(BOB, team_ids=("T-ACME",))
    assert bind_contact(of, person("U-BOB", ""), "bob@example.com", home_team=None) is None


def test_binding_twice_changes_nothing_more() -> None:
    bound = bind_contact(with_contacts(BOB), person("U-BOB"), "bob@example.com")
    assert bound is not None
    assert bind_contact(bound, person("U-BOB"), "bob@example.com") is None
    assert bind_contact(bound, person("U-OTHER"), "bob@example.com") is None


def test_a_file_that_is_imported_again_keeps_who_was_bound() -> None:
    bound = bind_contact(with_contacts(ANN, BOB), person("U-BOB"), "bob@example.com")
    again = with_contacts(replace(BOB, name="Robert", email="BOB@example.com"), ANN, name="Acme Ltd")
    kept = keep_bindings(again, bound)
    assert (kept.name, [contact.user for contact in kept.contacts]) == ("Acme Ltd", ["U-BOB", "U-ANN"])


def test_a_file_may_give_a_bound_user_another_place() -> None:
    bound = with_contacts(replace(BOB, user="U-BOB"))
    again = with_contacts(BOB, Contact("Rob", user="U-BOB"))
    assert [contact.user for contact in keep_bindings(again, bound).contacts] == [None, "U-BOB"]


def test_a_new_account_has_nothing_to_keep() -> None:
    assert keep_bindings(with_contacts(BOB), None) == with_contacts(BOB)


# -- how many


@pytest.mark.parametrize(
    ("plan", "own", "limit"),
    [
        ("standard", None, 2),
        ("premium", None, 8),
        ("emergency", None, None),
        ("standard", 5, 5),
        ("emergency", 0, 0),
        ("standard", "none", None),
    ],
)
def test_how_many_contacts(plan: str, own: Any, limit: int | None) -> None:
    assert contact_limit(default_policy(), account(plan=plan, contact_limit=own)) == limit


# -- who may be told what


@pytest.mark.parametrize(
    ("sentence", "user", "channel", "staff", "expected"),
    [
        ("a contact in the account's channel", "U-ANN", "C-ACME", False, Listener.CONTACT),
        ("a contact elsewhere", "U-ANN", "D-ANN", False, Listener.CONTACT),
        ("anybody else in the account's channel", "U-EVE", "C-ACME", False, Listener.MEMBER),
        ("anybody else elsewhere is a stranger", "U-EVE", "C-GLOBEX", False, None),
        ("staff, wherever they are", "U-ERIN", "C-ACME", True, Listener.STAFF),
    ],
)
def test_who_asks(sentence: str, user: str, channel: str, staff: bool, expected: Listener | None) -> None:
    assert listener(with_contacts(ANN), person(user), channel, staff=staff) == expected, sentence


@pytest.mark.parametrize(
    ("matter", "told"),
    [
        (Matter.TICKETS, {Listener.CONTACT, Listener.MEMBER, Listener.STAFF}),
        (Matter.TERMS, {Listener.CONTACT, Listener.MEMBER, Listener.STAFF}),
        (Matter.CONTACTS, {Listener.CONTACT, Listener.MEMBER, Listener.STAFF}),
        (Matter.ADDRESSES, {Listener.CONTACT, Listener.STAFF}),
        (Matter.HOTLINE, {Listener.CONTACT, Listener.MEMBER}),
        (Matter.STAFF_SIDE, {Listener.STAFF}),
    ],
)
def test_who_may_be_told_what(matter: Matter, told: set[Listener]) -> None:
    assert {asks for asks in Listener if may_be_told(asks, matter)} == told
    assert not may_be_told(None, matter)
