"""`supportbot policy credit` as an operator uses it: real processes, exit codes, one clear line on stderr."""

import json
from pathlib import Path

import pytest
import typer

from bot import cli_credit
from tests.bot.test_cli import supportbot

STILL_MET = "2026-10-05T10:00:00Z/2026-10-05T10:44:38.4Z"
"""One thousandth of the 31 days of October."""


def credit(home: Path, *words: str) -> tuple[int, str, str]:
    done = supportbot(home, "policy", "credit", *words)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("month", "outages", "uptime", "met", "percent"),
    [
        ("2026-10", [], "100.000000", True, "0"),
        ("2026-10", [STILL_MET], "99.900000", True, "0"),
        ("2026-10", ["2026-10-05T10:00:00Z/2026-10-05T10:44:38.400001Z"], "99.899999", False, "0"),
        # overlapping, in another zone, and out of the month
        (
            "2026-11",
            [
                "2026-11-05T00:00:00Z/2026-11-05T18:00:00Z",
                "2026-11-05T12:00:00+09:00/2026-11-06T03:00:00+09:00",
                "2026-10-01T00:00:00Z/2026-10-02T00:00:00Z",
            ],
            "97.500000",
            False,
            "10",
        ),
        ("2026-11", ["2026-11-10T00:00:00Z/2026-11-11T10:33:36Z"], "95.200000", False, "30"),
        ("2026-11", ["2026-10-30T00:00:00Z/2026-11-04T07:12:00Z"], "89.000000", False, "100"),
    ],
)
def test_it_prints_the_figures(
    tmp_path: Path, month: str, outages: list[str], uptime: str, met: bool, percent: str
) -> None:
    words = [word for outage in outages for word in ("--outage", outage)]
    code, printed, errors = credit(tmp_path, "--month", month, *words, "--json")
    assert (code, errors) == (0, "")
    assert json.loads(printed) == {"uptime_percent": uptime, "guarantee_met": met, "credit_percent": percent}


def test_people_are_told_that_it_is_an_estimate_and_whose_downtime_it_is(tmp_path: Path) -> None:
    code, printed, errors = credit(tmp_path, "--month", "2026-10", "--outage", STILL_MET)
    assert (code, errors) == (0, "")
    assert printed.splitlines() == [
        "Estimate for 2026-10, a calendar month in UTC:",
        "  uptime     99.900000 % (rounded down; downtime: 44m38.4s)",
        "  guarantee  99.9 %: met",
        "  credit     0 % of the month's service charge, on future invoices",
        "This is an estimate. The vendor's downtime is not the customer's own: their instances keep running.",
    ]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], "--month: expected a month such as 2026-10, got none"),
        (["--month", "October"], "--month: expected a month such as 2026-10, got 'October'"),
        (["--month", "2026-13"], "--month: expected a month from 1970-01 to 2099-12, got 2026-13"),
        (
            ["--month", "2026-10", "--outage", "yesterday"],
            "--outage: expected START/END such as 2026-10-05T10:00:00Z/2026-10-05T10:45:00Z, got 'yesterday'",
        ),
        (
            ["--month", "2026-10", "--outage", "2026-10-05T10:00:00Z/PT1H"],
            "--outage: expected an ISO 8601 instant such as 2026-10-05T10:00:00Z, "
            "got 'PT1H' in '2026-10-05T10:00:00Z/PT1H'",
        ),
        (
            ["--month", "2026-10", "--outage", "2026-10-05T10:00/2026-10-05T11:00Z"],
            "--outage: expected an offset or Z at the end of '2026-10-05T10:00', "
            "in '2026-10-05T10:00/2026-10-05T11:00Z'",
        ),
        (
            ["--month", "2026-10", "--outage", STILL_MET, "--outage", "2026-10-05T10:00Z/2026-10-05T10:00Z"],
            "--outage: the outage is empty: it ends when it starts, "
            "2026-10-05T10:00:00.000000Z / 2026-10-05T10:00:00.000000Z",
        ),
        (
            ["--month", "2026-10", "--outage", "2026-10-05T10:00Z/2026-10-05T09:00Z", "--json"],
            "--outage: the outage ends before it starts: "
            "2026-10-05T10:00:00.000000Z / 2026-10-05T09:00:00.000000Z",
        ),
    ],
)
def test_bad_usage_is_one_clear_line(tmp_path: Path, words: list[str], line: str) -> None:
    assert credit(tmp_path, *words) == (2, "", line + "\n")


def test_it_has_help(tmp_path: Path) -> None:
    code, printed, _ = credit(tmp_path, "--help")
    assert code == 0
    for words in ("--month", "--outage", "START/END", "--json", "Estimate the uptime", "ISO 8601"):
        assert words in printed


def test_the_policy_in_force_decides(tmp_path: Path) -> None:
    settings = tmp_path / "supportbot.toml"
    settings.write_text(
        '[policy.uptime]\npercent = "95"\ncomponents = ["api"]\ncredit_below = "95"\n'
        'credit_per_point = "2.5"\ncredit_most = "20"\n'
    )
    span = "2026-11-01T00:00:00Z/2026-11-03T12:00:00Z"
    code, printed, _ = credit(tmp_path, "--month", "2026-11", "--outage", span, "--json")
    assert code == 0
    assert json.loads(printed) == {
        "uptime_percent": "91.666666",
        "guarantee_met": False,
        "credit_percent": "7.5",
    }
    settings.write_text("[policy.uptime]\npercent = 95\n")
    code, _, errors = credit(tmp_path, "--month", "2026-11")
    assert code == 1
    assert errors.startswith("supportbot.toml: uptime.percent: expected")


def test_a_vendor_may_promise_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli_credit, "_guarantee", lambda: None)
    with pytest.raises(typer.Exit) as stopped:
        cli_credit.policy_credit("2026-10")
    assert stopped.value.exit_code == 1
    assert capsys.readouterr().err == "this policy has no uptime guarantee: there is nothing to judge\n"
