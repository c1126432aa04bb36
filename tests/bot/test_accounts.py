"""Accounts files: TOML and CSV say the same; every mistake has its line."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.accounts import BadAccounts, accounts_of, misfits, read_accounts
from policy.directory import Account, Contact
from policy.durations import BusinessDays
from policy.load import load_policy
from policy.plans import Target
from tests.policy.examples import follow_the_sun

POLICY = load_policy()

TOML = """
[[account]]
key = "ACME"
name = "Acme"
plan = "emergency"
region = "us-east"
channel = "C0ACME"
tier = 1
team_ids = ["T0ACME", "T0ACME2"]
contacts = [{ name = "Ann", user = "U0ANN", trained = true }, { name = "Bob", email = "bob@example.com" }]
tam_service = true
tam = "U0TAM"

[[account]]
key = "HINODE"
name = "日の出運輸"
plan = "premium"
region = "japan"
language = "ja"
channel = "C0HINODE"
"""

CSV = """key,name,plan,region,language,channel,tier,team_ids,contacts,tam_service,tam
ACME,Acme,emergency,us-east,,C0ACME,1,T0ACME; T0ACME2,Ann <U0ANN>*; Bob <bob@example.com>,true,U0TAM
HINODE,日の出運輸,premium,japan,ja,C0HINODE,,,,,
"""

EXPECTED = {
    "ACME": Account(
        key="ACME",
        name="Acme",
        plan="emergency",
        region="us-east",
        channel="C0ACME",
        tier=1,
        team_ids=("T0ACME", "T0ACME2"),
        contacts=(Contact("Ann", user="U0ANN", trained=True), Contact("Bob", email="bob@example.com")),
        tam_service=True,
        tam="U0TAM",
    ),
    "HINODE": Account(
        key="HINODE",
        name="日の出運輸",
        plan="premium",
        region="japan",
        language="ja",
        channel="C0HINODE",
    ),
}

OTHERWISE_TOML = """
[[account]]
key = "HOSHI"
name = "星システム"
plan = "premium"
region = "japan"
language = "ja"
channel = "C0HOSHI"
edition = "enterprise"
portal = "https://hoshi"
call = "https://meet.example.com/hoshi?pwd=1"
hotline = "+81 3 5555 0100"
hotline_severities = ["1", "2"]
hours = "extended"
contact_limit = 12
refuse_non_contacts = true
offer_form = false
contacts = [{ name = "花子", email = "hanako@example.com" }]
[account.targets.1]
respond = "1h"
update_every = "30m"
[account.targets.4]
update_on_request = "2 business days"

[[account]]
key = "QUIET"
name = "Quiet"
plan = "emergency"
region = "emea"
channel = "C0QUIET"
hotline = "none"
contact_limit = "none"
"""

OTHERWISE_CSV = """\
key,name,plan,region,language,channel,edition,portal,hotline,hotline_severities,hours,contact_limit,\
refuse_non_contacts,offer_form,contacts,targets,call
HOSHI,星システム,premium,japan,ja,C0HOSHI,enterprise,https://hoshi,+81 3 5555 0100,1; 2,extended,12,\
true,false,花子 <hanako@example.com>,1.respond=1h; 1.update_every = 30m; 4.update_on_request=2 business days,https://meet.example.com/hoshi?pwd=1
QUIET,Quiet,emergency,emea,,C0QUIET,,,none,,,none,,,,,
"""

OTHERWISE = {
    "HOSHI": Account(
        key="HOSHI",
        name="星システム",
        plan="premium",
        region="japan",
        language="ja",
        channel="C0HOSHI",
        edition="enterprise",
        portal="https://hoshi",
        call="https://meet.example.com/hoshi?pwd=1",
        hotline="+81 3 5555 0100",
        hotline_severities=("1", "2"),
        hours="extended",
        contact_limit=12,
        refuse_non_contacts=True,
        offer_form=False,
        contacts=(Contact("花子", email="hanako@example.com"),),
        targets={
            "1": Target(respond=timedelta(hours=1), update_every=timedelta(minutes=30)),
            "4": Target(update_on_request=BusinessDays(2)),
        },
    ),
    "QUIET": Account(
        key="QUIET",
        name="Quiet",
        plan="emergency",
        region="emea",
        channel="C0QUIET",
        hotline="none",
        contact_limit="none",
    ),
}


@pytest.mark.parametrize(("name", "text"), [("accounts.toml", TOML), ("accounts.csv", "\ufeff" + CSV)])
def test_toml_and_csv_say_the_same(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert read_accounts(path, POLICY) == EXPECTED


@pytest.mark.parametrize(("name", "text"), [("more.toml", OTHERWISE_TOML), ("more.csv", OTHERWISE_CSV)])
def test_what_accounts_have_otherwise_than_their_plans(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert read_accounts(path, POLICY) == OTHERWISE


GOOD = {"key": "ACME", "name": "Acme", "plan": "standard", "region": "emea", "channel": "C0ACME"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"key": "acme"}, "key: expected 2 to 12 capital letters and digits, such as ACME, got 'acme'"),
        ({"key": "A-B"}, "key: expected"),
        ({"plan": "gold"}, "plan: expected one of standard, premium, emergency, got 'gold'"),
        ({"region": "mars"}, "region: expected one of us-west"),
        ({"channel": "#acme"}, "channel: expected the id of a Slack channel"),
        ({"language": "fr"}, "language: expected one of en, ja, got 'fr'"),
        ({"colour": "red"}, "colour: no such column"),
        ({"tier": 4}, "tier: "),
        ({"contacts": "Ann"}, "expected `Name <e-mail or user id>`, got 'Ann'"),
        ({"contacts": [{"name": "Ann"}]}, "contacts.0: expected a user id or an e-mail address for Ann"),
        ({"contacts": [{"name": "Ann", "email": "ann"}]}, "contacts.0.email: "),
        (
            {"contacts": "Ann <ann@example.com>; Anne <ANN@example.com>"},
            "contacts.1: expected another person, ann@example.com is a contact already",
        ),
        (
            {"contacts": "Ann <U0A>; Bob <U0B>; Cyd <U0C>"},
            "contacts: expected at most 2 (plan standard), found 3",
        ),
        (
            {"contacts": "Ann <U0A>; Bob <U0B>", "contact_limit": 1},
            "contacts: expected at most 1 (the account's contact_limit), found 2",
        ),
        ({"contact_limit": True}, "contact_limit: expected a number of contacts, or 'none', got True"),
        ({"contact_limit": "-1"}, "contact_limit: expected a number of contacts"),
        ({"contact_limit": -1}, "contact_limit: expected a number of contacts"),
        ({"edition": "gold"}, "edition: expected one of hosted, enterprise, got 'gold'"),
        ({"hours": "nights"}, "hours: expected one of 24x7, 9x5, extended, got 'nights'"),
        ({"hotline": "ask us"}, "hotline: expected a phone number of at most 50 characters, or 'none'"),
        ({"hotline_severities": ["5"]}, "hotline_severities: expected one of 1, 2, 3, 4, got '5'"),
        (
            {"hotline": "none", "hotline_severities": ["1"]},
            "hotline_severities: expected none beside hotline",
        ),
        ({"call": "http://meet.example.com"}, "call: expected the https:// address of a call"),
        ({"call": "https://meet.example.com/a|b"}, "call: expected the https:// address of a call"),
        ({"call": "https://meet.example.com/<!here>"}, "call: expected the https:// address of a call"),
        ({"refuse_non_contacts": True}, "refuse_non_contacts: expected contacts to name in the refusal"),
        ({"targets": {"5": {"respond": "1h"}}}, "targets.5: expected one of the severities 1, 2, 3, 4"),
        ({"targets": {"1": {"respond": "soon"}}}, "targets.1.respond: expected a duration such as"),
        ({"targets": {"1": {"responds": "1h"}}}, "targets.1.responds: no such key; did you mean respond?"),
        ({"targets": "1.respond"}, "expected `SEVERITY.KEY=VALUE`, such as `1.respond=1h`"),
    ],
)
def test_a_mistake_is_named_with_its_place(change: dict[str, object], said: str) -> None:
    with pytest.raises(BadAccounts) as caught:
        accounts_of([{**GOOD, **change}], POLICY, "f.toml")
    (problem,) = caught.value.problems
    assert problem.startswith(f"f.toml: account {change.get('key', 'ACME')}: ")
    assert said in problem


def test_what_is_missing_is_named() -> None:
    with pytest.raises(BadAccounts, match=r"channel: expected the id of a Slack channel.*found none"):
        accounts_of([{k: v for k, v in GOOD.items() if k != "channel"}], POLICY, "f.toml")


def test_a_key_twice_and_a_channel_twice_are_refused() -> None:
    with pytest.raises(BadAccounts) as caught:
        accounts_of([GOOD, {**GOOD, "name": "Again"}, {**GOOD, "key": "BETA"}], POLICY, "f.toml")
    assert [p.partition(": account ")[2] for p in caught.value.problems] == [
        "ACME: key: stands in the file twice",
        "BETA: channel: C0ACME is ACME's already",
    ]


@pytest.mark.parametrize("text", ["[[account", "[account]\nkey='X'", "[[account]]\nkey='AB'\n[more]"])
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text(text)
    with pytest.raises(BadAccounts, match=str(path)):
        read_accounts(path, POLICY)


def test_a_number_that_is_refused_is_not_repeated() -> None:
    with pytest.raises(BadAccounts) as caught:
        accounts_of([{**GOOD, "hotline": "+1 555 0100 " * 9}], POLICY, "f.toml")
    assert "555" not in str(caught.value)


def test_a_value_beyond_the_last_column_is_not_lost_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "accounts.csv"
    path.write_text("key,name,plan,region,channel\nACME,Acme,standard,emea,C0ACME,ja\n")
    with pytest.raises(BadAccounts, match=r"beyond the last column.*no such column"):
        read_accounts(path, POLICY)


def test_an_account_that_names_no_edition_has_the_first() -> None:
    assert accounts_of([GOOD], POLICY, "f.toml")["ACME"].edition == "hosted"
    row = {**GOOD, "plan": "regional", "region": "london"}
    assert accounts_of([row], follow_the_sun(), "f.toml")["ACME"].edition == "cloud"


@pytest.mark.parametrize(("plan", "allowed"), [("standard", 2), ("premium", 8), ("emergency", 40)])
def test_as_many_contacts_as_the_plan_allows(plan: str, allowed: int) -> None:
    """`policy.md` section 4; of Emergency no limit is stated."""
    row: dict[str, Any] = {**GOOD, "plan": plan}
    row["contacts"] = [{"name": f"Person {n}", "user": f"U0P{n}"} for n in range(allowed)]
    assert len(accounts_of([row], POLICY, "f.toml")["ACME"].contacts) == allowed


def test_what_an_edited_policy_does_not_have_any_more_is_named() -> None:
    (of,) = accounts_of(
        [{**GOOD, "hours": "extended", "targets": {"1": {"respond": "1h"}}}], POLICY, "f"
    ).values()
    assert misfits(of, POLICY) == []
    assert [line.partition(":")[0] for line in misfits(of, follow_the_sun())] == [
        *("plan", "region", "edition", "hours", "targets")
    ]
