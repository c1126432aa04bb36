"""The directory: which account writes from a channel, and that no two write from one."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from policy.directory import Contact, Directory, directory_of, moves
from policy.durations import BusinessDays
from policy.plans import Target
from policy.tickets import MessageRef, Room, account_of, ticket_id
from tests.policy.samples import HOUR, account, default_policy, opened


def test_an_account_is_known_by_its_channel() -> None:
    acme, globex = account("ACME"), account("GLOBEX")
    directory = directory_of({"ACME": acme, "GLOBEX": globex}, {})
    assert directory.account_at("C-ACME") == acme
    assert directory.account_at("C-GLOBEX") == globex
    assert directory.account_at("C-OTHER") is None
    assert directory.account_at("") is None


def test_the_empty_directory_knows_nobody() -> None:
    assert Directory().revision == 0
    assert Directory().account_at("C-ACME") is None


def test_a_channel_belongs_to_one_account_and_the_refusal_names_both() -> None:
    with pytest.raises(ValueError, match="C-ONE is given to both ACME and GLOBEX"):
        directory_of(
            {"ACME": account("ACME", channel="C-ONE"), "GLOBEX": account("GLOBEX", channel="C-ONE")}, {}
        )


def test_policy_versions_are_kept_as_they_were_read() -> None:
    policy = default_policy()
    directory = directory_of({}, {policy.version: policy.source})
    assert directory.policies[policy.version] == policy.source


@pytest.mark.parametrize("key", ["ACME", "ACME-EU", "A1"])
def test_a_tickets_id_carries_its_account(key: str) -> None:
    assert ticket_id(key, 42) == f"{key}-42"
    assert account_of(f"{key}-42") == key


@pytest.mark.parametrize(
    "otherwise",
    [
        {},
        {"hours": "extended", "hotline": "none", "contact_limit": "none"},
        {"contact_limit": 0, "hotline_severities": (), "refuse_non_contacts": True},
        {"targets": {"1": Target(respond=HOUR, update_every=HOUR / 2)}},
        {"targets": {"4": Target(respond=BusinessDays(2), update_on_request=BusinessDays(1))}},
        {"contacts": (Contact("Ann", user="U-ANN", trained=True), Contact("Bob", email="bob@example.com"))},
    ],
)
def test_what_an_account_has_otherwise_is_kept(otherwise: dict[str, Any]) -> None:
    directory = directory_of({"ACME": account(**otherwise)}, {})
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(directory), type=Directory)
    assert msgspec.structs.asdict(kept.accounts["ACME"]) == msgspec.structs.asdict(account(**otherwise))


def test_every_id_that_a_channel_had_leads_to_the_one_it_has() -> None:
    moved = moves(moves({}, "C-1", "C-2"), "C-2", "C-3")
    assert moved == {"C-1": "C-3", "C-2": "C-3"}
    assert moves(moved, "C-2", "C-3") == moved  # told again
    directory = directory_of({"ACME": account(channel="C-1")}, {}, moved)
    assert directory.accounts["ACME"].channel == "C-3"
    for one in ("C-1", "C-2", "C-3"):
        assert directory.account_at(one) == directory.accounts["ACME"]
        assert directory.ids_of(one) == ("C-1", "C-2", "C-3")
        assert (directory.first_of(one), directory.now_of(one)) == ("C-1", "C-3")
    assert directory.ids_of("C-9") == ("C-9",)


def test_a_channel_that_gets_an_id_back() -> None:
    moved = moves(moves({}, "C-1", "C-2"), "C-2", "C-1")
    assert moved == {"C-2": "C-1"}
    assert moves({}, "C-1", "C-1") == {}


def test_a_ticket_follows_its_channels() -> None:
    ticket = replace(
        opened("1").ticket,
        channel="C-1",
        customer=Room("C-1", "1.1"),
        staff=Room("C-8"),
        card=MessageRef("C-8", "2.2"),
    )
    directory = directory_of({}, {}, {"C-1": "C-3"})
    followed = directory.follow(ticket)
    assert followed == replace(ticket, channel="C-3", customer=Room("C-3", "1.1"))
    assert directory_of({}, {}).follow(ticket) is ticket
