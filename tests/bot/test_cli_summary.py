"""`supportbot summary` as an operator uses it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from policy.commits import Committed, Operation
from policy.directory import Account
from policy.transitions import Change, resolve
from tests.bot.test_cli import supportbot
from tests.policy.samples import ENGINEER, account, acknowledged, default_policy, opened
from tests.storage.stores import Store, store_at, wake_of

HOUR = timedelta(hours=1)


@pytest.fixture
async def seeded(empty_url: str) -> str:
    """Acme had a critical ticket yesterday, answered too late; Beta is quiet; Try is for practice."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    accounts = {one.key: one for one in (account(), account("BETA"), account("TRY", practice=True))}
    async with store_at(empty_url) as store:
        policy = default_policy()
        await store.directories.put(accounts, {policy.version: policy.source})
        for key in ("ACME", "TRY"):
            await _lived(store, accounts[key], yesterday)
    return empty_url


async def _lived(store: Store, of: Account, at: datetime) -> None:
    opening: Callable[[int], Change] = lambda number: opened("1", of=of, number=number, now=at)  # noqa: E731
    found = await store.tickets.open(
        of.key, opening, operation=Operation("open", of.key), wake=wake_of, now=at
    )
    assert isinstance(found, Committed)
    base = await store.changed(
        found.stored, acknowledged(found.stored.ticket, at + 3 * HOUR), now=at + 3 * HOUR
    )
    fixed = resolve(base.ticket, ENGINEER, "Fixed.", at + 3 * HOUR + HOUR / 2, cause="defect")
    await store.changed(base, fixed, now=at + 4 * HOUR)


def test_every_figure_of_an_account_as_json(tmp_path: Path, seeded: str) -> None:
    done = supportbot(tmp_path, "summary", "acme", "past", "3", "days", "--json", REDIS_URL=seeded)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    figures = told["figures"]
    assert figures["opened"] == {"1": 1}
    assert figures["response"] == {
        "met": 0,
        "breached": 1,
        "running": 0,
        "paused": 0,
        "cancelled": 0,
        "judged": 1,
        "percent": "0.0",
    }
    assert figures["updates"]["met"] == 1
    (breach,) = figures["breaches"]
    assert (breach["ticket"], breach["by"], breach["reason"]) == ("ACME-1", ENGINEER, None)
    assert breach["late"] == {"support_s": 3600, "elapsed_s": 3600}
    assert figures["acknowledge"] == {"count": 1, "median_s": 10800, "p90_s": 10800}
    assert figures["causes"] == {"defect": 1}
    assert told["period"]["zone"] == "Europe/London"
    assert told["before"]["opened"] == 0


def test_the_customer_s_form_names_nobody_but_owners(tmp_path: Path, seeded: str) -> None:
    done = supportbot(tmp_path, "summary", "ACME", "past 3 days", "--json", "--customer", REDIS_URL=seeded)
    told = json.loads(done.stdout)
    assert "figures" not in told
    assert "by" not in told["late"][0]
    assert "reason" not in done.stdout


def test_all_accounts_but_those_for_practice(tmp_path: Path, seeded: str) -> None:
    done = supportbot(tmp_path, "summary", "all", "past 3 days", "--json", REDIS_URL=seeded)
    told = json.loads(done.stdout)
    assert told["health"] == {"ACME": "attention", "BETA": "quiet"}
    assert told["total"]["opened"] == {"1": 1}
    assert told["period"]["zone"] == "UTC"
    shown = supportbot(tmp_path, "summary", "all", "past 3 days", REDIS_URL=seeded)
    first, worst, quiet, kept = shown.stdout.splitlines()
    assert first.startswith("2 accounts · ")
    assert worst == "Acme: 1 late in the period, the worst by 1 hr: ACME-1"
    assert (quiet, kept) == ("Quiet: Beta", "Kept: first response 0/1, status updates 1/1")


@pytest.mark.parametrize(
    ("language", "says"), [("en", "First response: 0/1 (0.0%)"), ("ja", "初回応答：0/1（0.0%）")]
)
def test_an_account_in_words(tmp_path: Path, seeded: str, language: str, says: str) -> None:
    done = supportbot(tmp_path, "summary", "ACME", "past 3 days", "--language", language, REDIS_URL=seeded)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Acme")
    assert says in done.stdout


def test_files_for_one_account_and_for_all(tmp_path: Path, seeded: str) -> None:
    for who in ("ACME", "all"):
        rows, picture = tmp_path / f"{who}.csv", tmp_path / f"{who}.png"
        done = supportbot(
            tmp_path,
            *("summary", who, "past 3 days", "--csv", str(rows), "--chart", str(picture)),
            REDIS_URL=seeded,
        )
        assert done.returncode == 0, done.stderr
        about_rows, about_chart = done.stdout.splitlines()
        assert about_rows == f"{rows}: the rows, as CSV"
        assert about_chart.startswith(f"{picture}: Chart: Support for ")
        assert "Sev 1 Critical 1 opened and 1 resolved" in about_chart
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert "response,,,0,1," in rows.read_text(encoding="utf-8-sig")
    quiet = supportbot(tmp_path, "summary", "ACME", "--csv", str(tmp_path), REDIS_URL=seeded)
    assert quiet.returncode == 1
    assert "Is a directory" in quiet.stderr


def test_the_report_speaks_the_account_s_language(tmp_path: Path, seeded: str) -> None:
    internal, theirs = tmp_path / "internal.html", tmp_path / "theirs.html"
    for file, more in ((internal, ()), (theirs, ("--for-customer", "--language", "ja"))):
        done = supportbot(
            tmp_path, "summary", "ACME", "past 3 days", "--html", str(file), *more, REDIS_URL=seeded
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"{file}: the report{'' if more else ', internal'}\n"
    assert "Internal: for staff" in internal.read_text(encoding="utf-8")
    told = theirs.read_text(encoding="utf-8")
    assert '<html lang="ja">' in told
    assert "社内用" not in told
    assert "data:image/svg+xml;base64," in told
    refused = supportbot(tmp_path, "summary", "all", "--html", "all.html", REDIS_URL=seeded)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--html: expected one account" in refused.stderr


def test_what_it_cannot_do_is_said(tmp_path: Path, seeded: str) -> None:
    for words, code, says in (
        (("NOBODY",), 1, "there is no account NOBODY"),
        (("TRY",), 1, "TRY is a practice account"),
        (("ACME", "04/05/2026"), 2, "can be read in two ways. For example: `last week`"),
        (("ACME", "来週", "--language", "ja"), 2, "まだ始まっていません"),
        (("ACME", "--zone", "Mars"), 2, "--zone: expected the name of a zone such as Asia/Tokyo"),
        (("ACME", "--language", "fr"), 2, "--language: expected en or ja"),
        (("ACME", "--chart", "chart.gif"), 2, "--chart: expected a file whose name ends in .png"),
        (("all", "--for-customer", "--json"), 2, "--customer: expected one account"),
    ):
        done = supportbot(tmp_path, "summary", *words, REDIS_URL=seeded)
        assert (done.returncode, done.stdout) == (code, ""), done.stdout + done.stderr
        assert says in done.stderr.splitlines()[-1]
