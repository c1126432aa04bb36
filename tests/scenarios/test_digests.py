"""What comes by itself, through the whole bot, in both languages: weekly summaries, reminders of duties, handovers."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from storage.codec import Pause
from storage.keys import shard_of
from tests.scenarios.desk import (
    ACCOUNTS,
    ACME,
    BEN,
    ERIN,
    HANA,
    HINODE,
    HOME,
    OMAR,
    TABLES,
    TRIAGE,
    Desk,
    desk,
)

HIRO = "U0HIRO"
MONDAY_IN_TOKYO = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
MONDAY_IN_NEW_YORK = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    acme, hinode = ACCOUNTS
    accounts = [
        {**acme, "tam_service": True, "tam": OMAR, "tam_since": "2026-10-26"},
        {**hinode, "tam_service": True, "tam": HIRO, "tam_since": "2026-10-26"},
        {**acme, "key": "DRILL", "name": "Drill", "channel": "C0RANDOM", "tam": OMAR, "practice": True},
    ]
    staff = {**TABLES["staff"], "zones": {OMAR: "America/New_York"}, "digest_at": "09:00 Asia/Tokyo"}
    async with desk(empty_url, tmp_path, tables={**TABLES, "staff": staff}, accounts=accounts) as running:
        hiro = {"id": HIRO, "team": HOME, "name": "hiro", "locale": "ja-JP", "tz": "Asia/Tokyo"}
        await running.people.add_user(hiro)
        await running.people.join(HIRO, TRIAGE)
        await looked_at(running)
        yield running


async def looked_at(d: Desk) -> None:
    """Until everybody who is to be told something has a mark."""
    members = [f"{kind}{user}" for user in (OMAR, HIRO) for kind in ("digest:tam:", "duty:")]

    async def marked() -> bool:
        told = d.bot.store.told
        marks = [await told.until(shard_of(one.rpartition(":")[2]), one) for one in members]
        note = "09:00 Asia/Tokyo"
        return all([*marks, await told.until(shard_of(note), f"handover:{note}")])

    await d.people.wait_until(marked)


async def goes_on(d: Desk, at: datetime) -> None:
    d.clock.at = at
    d.bot.worker.look_again()


async def read(d: Desk, user: str, channel: str | None = None) -> list[str]:
    """What a person's direct message says, or a channel."""
    where = channel or await d.bot.slack.direct_message(user)
    shown = await d.people.messages(where)
    return [re.sub(r"\\*u2009|\u2009", " ", f"{one['text']} {one.get('blocks')}") for one in shown]


async def told(d: Desk, user: str, what: str, channel: str | None = None) -> str:
    """The one message that says so, once it is there."""

    async def found() -> list[str]:
        return [one for one in await read(d, user, channel) if what in one]

    (message,) = await d.people.wait_until(found)
    return str(message)


async def test_each_tam_reads_the_week_on_monday_at_nine_in_the_own_zone_and_language(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    await goes_on(d, MONDAY_IN_TOKYO)
    japanese = await told(d, HIRO, "週次サマリー")
    assert "2026年11月16日～22日（JST）" in japanese
    assert "日の出運輸" in japanese
    assert "ACME" not in japanese
    assert "定期業務 (期限超過、または 1 週間以内に期限)" in japanese
    assert not any("weekly" in one for one in await read(d, OMAR))

    await goes_on(d, MONDAY_IN_NEW_YORK)
    english = await told(d, OMAR, "Your weekly summary")
    assert "Nov 16 – 22, 2026 (EST)" in english
    assert "ACME-1" in english
    assert "Hinode" not in english
    assert "日の出" not in english
    assert "Drill" not in english  # a practice account counts nowhere
    # Nothing of it stands where customers read.
    for channel in (ACME, HINODE):
        said = str(await d.people.messages(channel))
        assert "summary" not in said.lower()
        assert "サマリー" not in said


async def test_of_duties_each_tam_is_reminded_in_the_own_language(d: Desk) -> None:
    # The road-map review of 26 November, a week before, at nine in Tokyo.
    await goes_on(d, datetime(2026, 11, 19, 0, 0, tzinfo=UTC))
    shown = await told(d, HIRO, "まもなく期限")
    assert "日の出運輸 (HINODE) の *製品ロードマップのご説明*: 2026年11月26日(木)" in shown
    # It is done: no reminder a day before.
    done = str((await d.people.command(HIRO, TRIAGE, "/tam", "done roadmap HINODE")).body)
    assert "2026年11月19日(木) に実施したと記録しました" in done
    await goes_on(d, datetime(2026, 11, 25, 0, 0, tzinfo=UTC))

    async def looked() -> bool:
        return await d.bot.store.told.until(shard_of(HIRO), f"duty:{HIRO}") == date(2026, 11, 25)

    await d.people.wait_until(looked)
    assert sum("製品ロードマップ" in one for one in await read(d, HIRO)) == 1


async def test_the_shift_is_handed_over_in_triage(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="API <is> down & out")

    async def called() -> Any:
        ticket = await d.ticket("ACME-1")
        return ticket.card and ticket.call

    await d.people.wait_until(called)
    await goes_on(d, datetime(2026, 11, 19, 0, 0, tzinfo=UTC))
    note = await told(d, ERIN, "Handover", TRIAGE)
    assert "Handover: 1 open, 1 late, 0 due by 17:00 JST, 1 without an owner" in note
    assert "API &lt;is&gt; down &amp; out" in note
    assert ":warning: nobody" in note


async def test_a_staff_that_speaks_japanese_reads_the_note_in_japanese(
    empty_url: str, tmp_path: Path
) -> None:
    staff = {**TABLES["staff"], "digest_at": ["09:00 Asia/Tokyo", "17:00 Asia/Tokyo"], "language": "ja"}
    async with desk(empty_url, tmp_path, tables={**TABLES, "staff": staff}) as d:

        async def marked() -> bool:
            notes = ("09:00 Asia/Tokyo", "17:00 Asia/Tokyo")
            return all([await d.bot.store.told.until(shard_of(one), f"handover:{one}") for one in notes])

        await d.people.wait_until(marked)
        await goes_on(d, datetime(2026, 11, 18, 8, 0, tzinfo=UTC))
        note = await told(d, ERIN, "引き継ぎ", TRIAGE)
        assert "11月18日(水) 17:00 JST" in note
        assert "対応中のチケットはありません" in note


async def test_while_posting_is_paused_nothing_comes_and_afterwards_its_own_week(d: Desk) -> None:
    await d.bot.store.pauses.pause(Pause(since=d.clock.now(), by="erin"))
    await goes_on(d, MONDAY_IN_NEW_YORK)
    await goes_on(d, datetime(2026, 11, 24, 20, 0, tzinfo=UTC))
    assert [one for one in await read(d, OMAR) if "weekly" in one] == []
    await d.bot.store.pauses.resume()
    d.bot.worker.look_again()
    late = await told(d, OMAR, "Your weekly summary")
    assert "Nov 16 – 22, 2026 (EST)" in late
    assert "This should have come on Mon, Nov 23 09:00 EST" in late


async def test_an_account_that_wants_it_reads_its_own_week_and_nothing_of_the_staffs(
    empty_url: str, tmp_path: Path
) -> None:
    acme, hinode = ACCOUNTS
    accounts = [{**acme, "weekly_summary": True}, {**hinode, "weekly_summary": True}]
    async with desk(empty_url, tmp_path, accounts=accounts) as d:

        async def marked() -> bool:
            told = d.bot.store.told
            return all(
                [await told.until(shard_of(key), f"digest:account:{key}") for key in ("ACME", "HINODE")]
            )

        await d.people.wait_until(marked)
        await d.open_ticket(BEN, ACME, title="API is down")
        await d.people.command(ERIN, TRIAGE, "/incident", "ack ACME-1")
        await d.people.command(ERIN, TRIAGE, "/incident", "note ACME-1 they broke it themselves")
        await d.people.command(ERIN, TRIAGE, "/incident", "severity ACME-1 2 it is not so bad")

        await goes_on(d, MONDAY_IN_TOKYO)
        japanese = await told(d, HANA, "週次サマリー", HINODE)
        assert "2026年11月16日～22日（JST）" in japanese
        assert "ACME" not in japanese

        await goes_on(d, MONDAY_IN_NEW_YORK)
        english = await told(d, BEN, "Weekly summary", ACME)
        assert "Nov 16 – 22, 2026 (EST)" in english
        assert "ACME-1" in english
        assert "broke it" not in english
        assert "not so bad" not in english
        assert "HINODE" not in english
