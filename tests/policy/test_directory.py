"""The directory: which account writes from a channel, and that no two write from one."""

from typing import Any

import msgspec
import pytest

from policy.directory import Contact, Directory, directory_of
from policy.durations import BusinessDays
from policy.plans import Target
from policy.tickets import account_of, ticket_id
from tests.policy.samples import HOUR, account, default_policy


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
