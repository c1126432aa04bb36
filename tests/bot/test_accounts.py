"""Accounts files: TOML and CSV say the same; every mistake has its line."""

from pathlib import Path

import pytest

from bot.accounts import BadAccounts, accounts_of, read_accounts
from policy.directory import Account, Contact
from policy.load import load_policy

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


@pytest.mark.parametrize(("name", "text"), [("accounts.toml", TOML), ("accounts.csv", "\ufeff" + CSV)])
def test_toml_and_csv_say_the_same(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert read_accounts(path, POLICY) == EXPECTED


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
