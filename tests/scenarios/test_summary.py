"""Summaries pulled in Slack: who gets which, in which form and language; what takes long; what cannot be had."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from commands import telling
from commands.text import text
from commands.views.summary_buttons import read_shown, shown
from policy.histories import History
from policy.periods import Period
from storage.errors import StorageUnavailable
from tests.scenarios.desk import (
    ACCOUNTS,
    ACME,
    ACME_TEAM,
    ANN,
    BEN,
    BOT,
    ERIN,
    HANA,
    HINODE,
    HINODE_TEAM,
    HOME,
    OMAR,
    START,
    TABLES,
    TRIAGE,
    Desk,
    desk,
)
from tests.scenarios.forged import press

TINA, TOM, HIRO, MAY = "U0TINA", "U0TOM", "U0HIRO", "C0MAY"
"""The TAMs of Acme and of Hinode; a guest from Hinode, who can type commands; the channel of an account that is called
like a month."""
NOTE, REASON = "SECRET-NOTE", "SECRET-REASON"
TOKYO: Final = "Asia/Tokyo"


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """Acme has a ticket about which nobody has heard for too long, with a note and a reason on it."""
    staff = {
        "engineers": [ERIN],
        "admins": [OMAR],
        "tams": [TINA, TOM],
        "triage_channel": TRIAGE,
        "zones": {TINA: TOKYO},
    }
    acme, hinode = ACCOUNTS
    may = {**acme, "key": "MAY", "name": "May & Co", "channel": MAY, "team_ids": [], "tam": TINA}
    practice = {**acme, "key": "TRY", "name": "Try", "channel": "C0TRY", "team_ids": [], "practice": True}
    accounts = [{**acme, "tam": TINA}, {**hinode, "tam": TOM}, may, practice]
    async with desk(empty_url, tmp_path, tables={**TABLES, "staff": staff}, accounts=accounts) as running:
        for user, name in ((TINA, "tina"), (TOM, "tom")):
            await running.people.add_user({"id": user, "team": HOME, "name": name})
            for channel in (TRIAGE, ACME, HINODE):
                await running.people.join(user, channel)
        await running.people.add_user({"id": HIRO, "team": HOME, "name": "hiro", "is_guest": True})
        await running.people.join(HIRO, HINODE)
        await running.open_ticket(BEN, ACME, title="API is down")
        await running.people.command(ERIN, TRIAGE, "/incident", "ack ACME-1")
        await running.people.command(ERIN, TRIAGE, "/incident", f"note ACME-1 {NOTE}")
        await running.people.command(ERIN, TRIAGE, "/incident", f"severity ACME-1 2 {REASON}")
        running.pass_time(hours=30)
        yield running


async def said(d: Desk, user: str, channel: str, command: str, words: str) -> str:
    answer = await d.people.command(user, channel, command, words)
    assert answer.ok
    return json.dumps(answer.body, ensure_ascii=False)


async def shown_to(d: Desk, user: str, channel: str, words: str) -> dict[str, Any]:
    """A message that the person sees, once it is there."""

    async def found() -> dict[str, Any] | None:
        messages = await d.people.messages(channel, viewer=user)
        return next((one for one in reversed(messages) if words in json.dumps(one, ensure_ascii=False)), None)

    message: dict[str, Any] = await d.people.wait_until(found)
    return message


# -- whose


async def test_a_tam_gets_one_account_with_all_that_is_for_staff(d: Desk) -> None:
    told = await said(d, TINA, TRIAGE, "/tam", "summary ACME this week")
    # Thursday morning in Tokyo is Thursday early in New York, whose days count.
    assert "Acme (ACME) · Nov 16 – 22, 2026, so far (EST)" in told.replace("\u2009", " ")
    assert "ACME-1: status update due" in told
    assert REASON in told
    assert NOTE not in told


async def test_all_are_the_tam_s_own_accounts_on_the_tam_s_own_clock(d: Desk) -> None:
    for words in ("summary this week", "summary all this week", "summary 全部 今週"):
        told = (await said(d, TINA, TRIAGE, "/tam", words)).replace("\u2009", " ")
        assert "2 accounts · Nov 16 – 22, 2026, so far (JST)" in told
        assert "Acme: 1 late now" in told
        assert "Quiet: May &amp; Co" in told
        assert "日の出" not in told
        assert "Try" not in told
    told = await said(d, TOM, TRIAGE, "/tam", "summary this week")
    assert "Quiet: 日の出運輸" in told
    assert "Acme" not in told


async def test_engineers_and_admins_get_every_account(d: Desk) -> None:
    for user in (ERIN, OMAR):
        told = await said(d, user, TRIAGE, "/tam", "summary")
        assert "3 accounts" in told
        assert "Quiet: 日の出運輸, May &amp; Co" in told


async def test_a_clock_that_nobody_knows_is_said(d: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(user: str) -> None:
        del user

    monkeypatch.setattr(d.bot.staff.profiles, "ask_zone", unknown)
    told = await said(d, ERIN, TRIAGE, "/tam", "summary")
    assert "(UTC)" in told
    assert text("en")("summary.no_zone") in told


async def test_in_an_account_s_channel_it_is_that_account(d: Desk) -> None:
    told = await said(d, TINA, ACME, "/tam", "summary this week")
    assert "Acme (ACME)" in told
    # Everybody else there sees nothing of it.
    for other in (BEN, ANN, ERIN):
        seen = json.dumps(await d.people.messages(ACME, viewer=other), ensure_ascii=False)
        assert "Acme (ACME)" not in seen
        assert REASON not in seen


async def test_the_account_of_another_tam_does_not_exist(d: Desk) -> None:
    for words in ("summary {} this week", "summary {}", "summary {} nonsense"):
        real = await said(d, TOM, TRIAGE, "/tam", words.format("ACME"))
        none = await said(d, TOM, TRIAGE, "/tam", words.format("NOPE"))
        assert real.replace("ACME", "NOPE").replace("acme", "nope") == none
    # In its channel either: there it is the TAM's own accounts.
    told = await said(d, TOM, ACME, "/tam", "summary this week")
    assert "日の出運輸" in told
    assert "Acme" not in told
    assert "ACME" not in await said(d, TOM, ACME, "/support", "summary this week")


async def test_customers_are_told_what_there_is_for_them(d: Desk) -> None:
    told = await said(d, BEN, ACME, "/tam", "summary this week")
    assert "This is for support staff" in told
    assert "ACME-1" not in told


# -- the customer's form


async def test_people_of_the_account_get_the_form_that_is_theirs(d: Desk) -> None:
    told = await said(d, BEN, ACME, "/support", "summary this week")
    assert "Acme (ACME)" in told
    assert "ACME-1: status update due" in told
    assert "ACME-1: severity changed from Critical to High" in told
    assert REASON not in told
    assert NOTE not in told
    # So does staff in the channel, and wherever the account is named.
    for channel, words in ((ACME, "summary this week"), (TRIAGE, "summary ACME this week")):
        told = await said(d, TINA, channel, "/support", words)
        assert "severity changed from Critical to High" in told
        assert REASON not in told


async def test_without_a_period_it_is_last_week(d: Desk) -> None:
    assert "Nov 9 – 15, 2026 (EST)" in (await said(d, BEN, ACME, "/support", "summary")).replace(
        "\u2009", " "
    )


async def test_in_japanese_for_the_japanese_account(d: Desk) -> None:
    told = await said(d, HIRO, HINODE, "/support", "summary 先週")
    assert "日の出運輸（HINODE）・2026年11月9日～15日（JST）" in told
    assert "受付：0" in told
    assert "期間" in await said(d, HIRO, HINODE, "/support", "summary いつか")


async def test_a_third_company_in_the_channel_gets_nothing(d: Desk) -> None:
    await d.people.share(ACME, HINODE_TEAM)
    await d.people.join(HANA, ACME)
    await d.people.say(HANA, ACME, f"<@{BOT}> summary")
    await shown_to(d, HANA, ACME, "own people only")
    assert "Acme (ACME)" not in json.dumps(await d.people.messages(ACME, viewer=HANA))


async def test_nobody_gets_another_account_s(d: Desk) -> None:
    assert "ACME-1" not in await said(d, HIRO, HINODE, "/support", "summary ACME this week")
    real = await said(d, HIRO, HINODE, "/support", "summary ACME this week")
    assert real.replace("acme", "nope") == await said(d, HIRO, HINODE, "/support", "summary NOPE this week")


# -- by mention


async def test_by_mention_to_each_what_is_theirs(d: Desk) -> None:
    await d.people.say(ANN, ACME, f"<@{BOT}> summary this week")
    theirs = json.dumps(await shown_to(d, ANN, ACME, "Acme (ACME)"))
    assert "ACME-1: severity changed" in theirs
    assert REASON not in theirs
    await d.people.say(TINA, ACME, f"<@{BOT}> summary this week")
    assert REASON in json.dumps(await shown_to(d, TINA, ACME, "Acme (ACME)"))
    seen = json.dumps(await d.people.messages(ACME, viewer=BEN))
    assert "Acme (ACME)" not in seen


async def test_what_only_begins_so_is_a_title(d: Desk) -> None:
    written = await d.people.say(ANN, ACME, f"<@{BOT}> summary page shows 502 since yesterday")
    await d.people.wait_for(ACME, lambda message: "open_form" in json.dumps(message), thread_ts=written)
    assert "so far" not in json.dumps(await d.people.messages(ACME, viewer=ANN))


# -- the words


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("ACME 04/05/2026", "read in two ways"),
        ("ACME sometime", "is not a period"),
        ("all next week", "has not begun yet"),
        ("nonsense nonsense", "is not a period"),
        ("MAY", "read in two ways"),
        ("TRY", "practice account"),
        ("ACMEE last week", "There is no account “ACMEE” of yours"),
    ],
)
async def test_what_cannot_be_read_gets_examples(d: Desk, words: str, told: str) -> None:
    answer = await said(d, TINA if words != "TRY" else ERIN, TRIAGE, "/tam", f"summary {words}")
    assert told in answer
    assert ("For example" in answer) == ("period" in told or "two ways" in told or "begun" in told)
    assert "late now" not in answer


async def test_an_account_called_like_a_month_is_meant_with_a_period(d: Desk) -> None:
    assert "May &amp; Co (MAY)" in await said(d, TINA, TRIAGE, "/tam", "summary may this week")
    assert "2 accounts" in await said(d, TINA, TRIAGE, "/tam", "summary all may")


async def test_full_width_letters_are_read(d: Desk) -> None:
    assert "Acme (ACME)" in await said(d, TINA, TRIAGE, "/tam", "summary　ＡＣＭＥ　先週")


# -- the buttons


async def test_the_button_beside_an_account_shows_the_same_period(d: Desk) -> None:
    await d.people.command(TINA, TRIAGE, "/tam", "summary this week")
    message = await shown_to(d, TINA, TRIAGE, "2 accounts")
    (button,) = [block["accessory"] for block in message["blocks"] if "accessory" in block]
    await d.people.click(TINA, TRIAGE, message["ts"], button["action_id"], from_ephemeral=True)
    told = json.dumps(await shown_to(d, TINA, TRIAGE, "Acme (ACME)"), ensure_ascii=False)
    assert "Nov 16 – 22, 2026, so far (JST)" in told.replace("\u2009", " ")
    assert REASON in told


async def test_where_the_bot_is_no_member_the_answer_still_comes(d: Desk) -> None:
    direct = str((await d.people.create_channel("elsewhere", creator=TINA))["id"])
    await d.people.command(TINA, direct, "/tam", "summary this week")
    message = await shown_to(d, TINA, direct, "2 accounts")
    (button,) = [block["accessory"] for block in message["blocks"] if "accessory" in block]
    await d.people.click(TINA, direct, message["ts"], button["action_id"], from_ephemeral=True)
    await shown_to(d, TINA, direct, "Acme (ACME)")


def week() -> Period:
    return Period(START.replace(day=9), START.replace(day=23), TOKYO)


@pytest.mark.parametrize(
    ("user", "team", "channel"),
    [(HANA, HINODE_TEAM, HINODE), (TOM, HOME, TRIAGE), (HANA, HINODE_TEAM, ACME)],
)
async def test_a_forged_button_learns_nothing(d: Desk, user: str, team: str, channel: str) -> None:
    if channel == ACME:  # a third company's
        await d.people.share(ACME, team)
        await d.people.join(user, ACME)
    for key in ("ACME", "NOPE"):
        for customer in (False, True):
            value = shown(key, week(), customer=customer).encoded()
            assert (await press(d, user, team, channel, "summary", value)).status_code == 200
    await d.bot.dispatch.finish()
    told = [
        m["text"] for m in await d.people.messages(channel, viewer=user) if m["text"].startswith(":warning:")
    ]
    answers = [words.replace("NOPE", "ACME") for words in told]
    assert len(set(answers)) <= 1
    assert "ACME-1" not in str(answers)


async def test_a_customer_s_forged_button_shows_the_customer_s_form(d: Desk) -> None:
    value = shown("ACME", week()).encoded()
    assert (await press(d, ANN, ACME_TEAM, ACME, "summary", value)).status_code == 200
    told = json.dumps(await shown_to(d, ANN, ACME, "Acme (ACME)"))
    assert "severity changed" in told
    assert REASON not in told
    assert (await press(d, ANN, ACME_TEAM, ACME, "summary", "nonsense")).status_code == 200
    await shown_to(d, ANN, ACME, "older version")


# -- what takes long, what cannot be had


class Slow:
    """Histories that come when they are let."""

    def __init__(self, d: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.let = asyncio.Event()
        self._histories = d.bot.store.summaries.histories
        monkeypatch.setattr(d.bot.store.summaries, "histories", self._slowly)
        monkeypatch.setattr(telling, "_SOON_S", 0.01)

    async def _slowly(self, account: str, start: Any, end: Any) -> list[History]:
        await self.let.wait()
        return await self._histories(account, start, end)


@pytest.mark.parametrize(
    ("user", "channel", "command", "words"),
    [
        (TINA, ACME, "/tam", "summary ACME this week"),
        (TINA, ACME, "/tam", "summary all this week"),
        (BEN, ACME, "/support", "summary this week"),
    ],
)
async def test_what_takes_long_is_promised_and_told_to_the_person_alone(
    d: Desk, monkeypatch: pytest.MonkeyPatch, user: str, channel: str, command: str, words: str
) -> None:
    slow = Slow(d, monkeypatch)
    assert "is being put together" in await said(d, user, channel, command, words)
    before = len(await d.people.messages(channel, viewer=user))
    slow.let.set()
    await shown_to(d, user, channel, "so far")
    assert len(await d.people.messages(channel, viewer=user)) == before + 1
    for other in {ANN, BEN, ERIN} - {user}:
        assert "so far" not in json.dumps(await d.people.messages(channel, viewer=other))


async def test_a_mention_is_promised_an_answer_too(d: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(d, monkeypatch)
    await d.people.say(ANN, ACME, f"<@{BOT}> summary this week")
    await shown_to(d, ANN, ACME, "is being put together")
    slow.let.set()
    await shown_to(d, ANN, ACME, "Acme (ACME)")


async def test_a_store_that_is_away_is_said_at_once_and_later(
    d: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(d, monkeypatch)

    async def away(*_: Any) -> list[History]:
        await slow.let.wait()
        raise StorageUnavailable("Redis is away")

    monkeypatch.setattr(d.bot.store.summaries, "histories", away)
    assert "is being put together" in await said(d, TINA, TRIAGE, "/tam", "summary ACME")
    slow.let.set()
    await shown_to(d, TINA, TRIAGE, "nothing can be looked up now")
    assert "nothing can be looked up now" in await said(d, BEN, ACME, "/support", "summary")


def test_what_a_button_carries_is_within_slack_s_limit() -> None:
    value = shown("A" * 12, week(), page=999, customer=True).encoded()
    assert len(value) < 2_000
    assert read_shown(value) is not None
