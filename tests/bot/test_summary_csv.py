"""Figures as CSV, as a spreadsheet reads them: the week of docs/summaries.md."""

import csv
import io
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.summary_csv import COLUMNS, as_csv
from policy.customer_summaries import for_customer
from policy.overviews import overview
from policy.summaries import Summary
from tests.commands.test_summary_lines import summed
from tests.policy import golden_week as golden
from tests.policy.golden_week import ACME, BETA, ERIN, MONDAY_MORNING, SECRETS, WEEK

DOCS = Path(__file__).parents[2] / "docs" / "summaries.md"


@pytest.fixture(scope="module")
def acme() -> Summary:
    return summed(ACME, [*golden.acme()])


def read(file: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline="")))


def rows(file: bytes, row: str, *columns: str) -> list[tuple[str, ...]]:
    return [tuple(one[name] for name in columns) for one in read(file) if one["row"] == row]


def test_golden_figures(acme: Summary) -> None:
    file = as_csv(acme)
    assert rows(file, "opened", "key", "count") == [("1", "1"), ("2", "1"), ("3", "2"), ("4", "1")]
    kept = ("met", "breached", "running", "paused", "cancelled")
    assert rows(file, "response", *kept) == [("2", "1", "1", "0", "1")]
    assert rows(file, "updates", *kept) == [("6", "3", "0", "0", "0")]
    assert rows(file, "between_updates", "key", "minutes", "count") == [
        ("median", "100", "8"),
        ("p90", "960", "8"),
    ]
    assert rows(file, "breach", "ticket", "key", "target", "due", "minutes", "owner")[1:] == [
        ("ACME-2", "response", "4h", "2026-10-06 15:00:00", "60", ""),
        ("ACME-2", "update", "2h", "2026-10-06 19:00:00", "840", ERIN),
        ("ACME-3", "update", "6h", "2026-10-10 00:00:00", "3480", ERIN),
    ]
    assert rows(file, "wait", "ticket", "minutes", "elapsed_minutes", "key") == [
        ("ACME-3", "1440", "1440", "customer had answered")
    ]
    assert rows(file, "open", "ticket", "key", "due", "end") == [
        ("ACME-3", "staff: update", "2026-10-10 00:00:00", ""),
        ("ACME-4", "staff: acknowledge", "2026-10-12 15:00:00", ""),
    ]
    assert rows(file, "uptime", "key", "minutes", "note") == [
        ("2026-10", "45", "estimate, so far: 99.899193% of 99.9%: missed; credit 0%")
    ]


def test_excel_knows_it_for_utf_8(acme: Summary) -> None:
    file = as_csv(replace(acme, name="株式会社アクメ"))
    assert file.startswith(b"\xef\xbb\xbfaccount,name,from,to,zone,row,")
    assert {one["name"] for one in read(file)} == {"株式会社アクメ"}
    assert file.count(b"\r\n") == file.count(b"\n")


@pytest.mark.parametrize("sign", [*"=+-@＝＋－＠", "\t", "\r"])
def test_what_people_typed_is_no_formula(acme: Summary, sign: str) -> None:
    evil = f'{sign}HYPERLINK("https://evil.example","x")'
    breach = replace(acme.figures.breaches[0], title=evil)
    figures = replace(acme.figures, breaches=(breach,))
    file = as_csv(replace(acme, figures=figures, name=evil))
    assert rows(file, "breach", "title", "name") == [(f"'{evil}", f"'{evil}")]


def test_all_accounts_one_after_the_other(acme: Summary) -> None:
    beta = summed(BETA, [*golden.beta()])
    file = as_csv(overview([beta, acme], WEEK, MONDAY_MORNING))
    assert list(dict.fromkeys(one["account"] for one in read(file))) == ["ACME", "BETA"]
    assert sum(int(count) for (count,) in rows(file, "opened", "count")) == 6
    assert read(as_csv(overview([], WEEK, MONDAY_MORNING))) == []


def test_the_customer_s_rows_have_nothing_of_the_staff_s(acme: Summary) -> None:
    file = as_csv(for_customer(acme))
    assert not [secret for secret in SECRETS if secret.encode() in file]
    assert {one["by"] for one in read(file)} == {""}
    staff_only = {"ended_otherwise", "escalations", "asked", "at_risk", "overdue", "silence", "cause"}
    assert not staff_only & {one["row"] for one in read(file)}
    assert rows(file, "wait", "key", "note") == [("", "")]
    assert rows(file, "breach", "ticket", "minutes") == rows(as_csv(acme), "breach", "ticket", "minutes")


def test_every_column_and_every_row_is_documented(acme: Summary) -> None:
    told = DOCS.read_text(encoding="utf-8").partition("## The CSV")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([a-z_0-9]+)`", told))
    assert set(COLUMNS) <= named
    assert {one["row"] for one in read(as_csv(acme))} <= named
