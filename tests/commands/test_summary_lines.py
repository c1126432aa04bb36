"""Summaries as people read them, in both languages: the week of docs/summaries.md, and all accounts in one message."""

import pytest

from commands.text import text
from commands.views.escape import escaped
from commands.views.overview_lines import attention_lines, overview_head, rest_lines
from commands.views.summary_lines import Part, Words, account_parts
from policy.overviews import overview
from policy.schema import LANGUAGES, Language
from policy.summaries import Rows, Summary, summarise
from tests.policy import golden_week as golden
from tests.policy.golden_week import ACME, BETA, CIRRUS, MONDAY_MORNING, WEEK
from tests.policy.samples import account, default_policy


def summed(of: object, histories: list[object]) -> Summary:
    rows = Rows(histories, [golden.OUTAGE] if of is ACME else [])  # type: ignore[arg-type]
    policy = default_policy()
    return summarise(
        of,  # type: ignore[arg-type]
        rows,
        WEEK,
        MONDAY_MORNING,
        policy=policy,
        policy_of=lambda _: policy,
        releases=golden.RELEASES,
        before=rows,
    )


def words(language: Language) -> Words:
    return Words(
        text(language),
        default_policy(),
        WEEK,
        MONDAY_MORNING,
        person=lambda user: f"<@{user}>",
        typed=escaped,
    )


def parts(language: Language) -> dict[str, tuple[str, ...]]:
    found: list[Part] = account_parts(words(language), summed(ACME, [*golden.acme()]))
    return {part.heading: part.lines for part in found}


def test_an_account_in_english() -> None:
    told = parts("en")
    assert told["Tickets"] == (
        "Opened: 5 (1 Critical, 1 High, 2 Normal, 1 Low)",
        "Resolved: 3 (1 Critical, 1 High, 1 Normal)",
        "Open at the end: 2 (1 Normal, 1 Low)",
        "Cancelled or merged: 1",
    )
    assert told["Promises kept"] == (
        "First response: 2/3 (66.6%); 1 running, 0 paused, 1 cancelled",
        "Status updates: 6/9 (66.6%); 0 running, 0 paused, 0 cancelled",
    )
    assert told["Late"][0] == (
        "ACME-1: status update due Mon, Oct 5 12:20 BST, 20 min late. "
        "Owner then: <@U-ERIN>; answered by <@U-ERIN>; no reason recorded"
    )
    assert told["Late"][1].endswith("Owner then: nobody; answered by <@U-ERIN>; no reason recorded")
    assert told["Late"][3] == (
        "ACME-3: status update due Sat, Oct 10 00:00 BST, 2 days 10 hr late and still open. "
        "Owner then: <@U-ERIN>; no reason recorded"
    )
    assert (
        told["Times, in support time"][0] == "To the first response: median 1 hr, nine in ten within 5 hr (3)"
    )
    assert told["Open tickets"] == (
        "ACME-3 Normal, ACME 3. With us: status update by Sat, Oct 10 00:00 BST. Owner: <@U-ERIN>",
        "ACME-4 Low, ACME 4. With us: first response by 15:00 BST. Owner: nobody",
    )
    assert told["Waiting for the customer"] == (
        "ACME-3: 1 day; promises stood still for 1 day of support time (SECRET-WAIT). "
        "The customer had answered when it began",
    )
    assert "Technical contacts: 2 of 8, 1 trained" in told["The account"]
    assert told["Outages and uptime"][1] == (
        "Estimate for 2026-10 (UTC) so far: 99.899193% up; 99.9% guaranteed: missed; credit 0%"
    )
    (heading,) = [one for one in told if one.startswith("Against")]
    assert told[heading][0] == "Opened +4, resolved +2, open at the end +2"
    assert told[heading][1] == (
        "First response 1/1 (100.0%), now 2/3 (66.6%); status updates 1/1 (100.0%), now 6/9 (66.6%)"
    )


def test_an_account_in_japanese() -> None:
    told = parts("ja")
    assert len(told) == len(parts("en"))
    assert told["チケット"][0] == "受付：5（緊急 1、高 1、通常 2、低 1）"
    assert told["期限の順守"][0] == "初回応答：2/3（66.6%）、進行中 1、停止中 0、取消 1"
    assert told["アカウント"][-1] == "技術窓口担当者：2名（上限 8）、研修済み 1名"


def test_all_accounts_in_one_message_the_worst_first() -> None:
    every = [
        summed(CIRRUS, []),
        summed(BETA, [*golden.beta()]),
        summed(ACME, [*golden.acme()]),
        summed(
            account("DELTA", name="Delta <!channel>"),
            [
                golden.life(
                    account("DELTA"),
                    1,
                    "1",
                    "2026-10-05 09:00",
                    ("2026-10-05 09:30", golden.take()),
                    ("2026-10-05 10:00", golden.solve()),
                )
            ],
        ),
    ]
    whole = overview(every, WEEK, MONDAY_MORNING)
    said = words("en")
    assert overview_head(said, whole).replace("\u2009", " ") == "4 accounts · Oct 5 – 11, 2026 (BST)"
    assert [line for _, line in attention_lines(said, whole)] == [
        "Acme: 1 late now: ACME-3, 4 late in the period, the worst by 2 days 10 hr: ACME-1, ACME-2, ACME-3",
        "Beta: BETA-7 waits for them since Tue, Oct 6 10:00 BST",
    ]
    assert rest_lines(said, whole) == [
        "OK: Delta &lt;!channel&gt;",
        "Quiet: Cirrus",
        "Kept: first response 4/5, status updates 8/11",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_silence_is_named(language: Language) -> None:
    said = words(language)
    quiet = overview([summed(CIRRUS, [])], WEEK, MONDAY_MORNING)
    assert attention_lines(said, quiet) == []
    assert "Cirrus" in rest_lines(said, quiet)[0]
    assert rest_lines(said, overview([], WEEK, MONDAY_MORNING)) == [said.text("overview.none")]
