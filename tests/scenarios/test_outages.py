"""Outages as staff record them, and what customers are told of a month: the whole bot against the sandbox."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from msgspec.structs import replace
from slack_sdk.signature import SignatureVerifier

from tests.scenarios.desk import (
    ACME,
    BEN,
    ERIN,
    HANA,
    HINODE,
    HINODE_TEAM,
    HOME,
    OMAR,
    SECRET,
    START,
    TRIAGE,
    Desk,
    desk,
)


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> Any:
    async with desk(empty_url, tmp_path, "http") as found:
        yield found


async def outage(d: Desk, words: str, user: str = ERIN, channel: str = TRIAGE) -> str:
    answer = await d.people.command(user, channel, "/incident", f"outage {words}")
    assert answer.ok
    return str(answer.body)


async def uptime(d: Desk, words: str = "", user: str = BEN, channel: str = ACME) -> str:
    answer = await d.people.command(user, channel, "/support", f"uptime {words}".strip())
    assert answer.ok
    return str(answer.body)


async def slash(
    d: Desk, command: str, words: str, *, user: str, team: str, channel: str, trigger: str
) -> str:
    """A command as Slack delivers it: as often as the test likes, and also from people who reach it only with the
    app installed at their place."""
    fields = {"command": command, "text": words, "user_id": user, "team_id": team, "channel_id": channel}
    body = urlencode({**fields, "trigger_id": trigger})
    stamp = str(int(time.time()))
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": SignatureVerifier(SECRET).generate_signature(timestamp=stamp, body=body) or "",
    }
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{d.address}/slack/events", content=body, headers=headers)
    assert answer.status_code == 200
    return str(answer.json())


def move(d: Desk, at: str) -> None:
    d.clock.at = datetime.fromisoformat(at).replace(tzinfo=UTC)


async def recorded(d: Desk, account: str | None) -> list[str]:
    """The ids of what counts."""
    return [one.id for one in (await d.bot.store.outages.of(account)).standing]


async def test_on_a_ticket_it_is_its_accounts_and_in_its_zone(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    told = await outage(d, "ACME-1 api 20:00-20:30")  # 21:04 in New York
    assert "Recorded as *ACME-O1*" in told
    assert "*API*: outage, Tue, Nov 17, 2026 20:00 EST – Tue, Nov 17, 2026 20:30 EST (30 min)" in told
    assert "It counts for *ACME* only, on ACME-1" in told
    assert "America/New_York" in told
    assert "2026-11-18T01:00:00Z/2026-11-18T01:30:00Z" in told
    (one,) = (await d.bot.store.outages.of("ACME")).standing
    assert (one.ticket, one.by, one.at) == ("ACME-1", ERIN, START)
    assert await recorded(d, None) == []


async def test_in_an_incident_channel_the_id_may_be_left_out(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    room = await d.channel("inc-acme-1")

    async def invited() -> bool:
        known = await d.people.channels()
        is_in = any(one["id"] == room and OMAR in one["members"] for one in known)
        return is_in and await d.bot.store.queue.room(room, None) == "ACME-1"

    await d.people.wait_until(invited)
    told = await outage(d, "User interface 20:00-", OMAR, room)
    assert "Recorded as *ACME-O1*" in told
    assert "*User interface*: outage, since Tue, Nov 17, 2026 20:00 EST, not over yet" in told
    assert "*ACME* only, on ACME-1" in told
    told = await outage(d, "ui until 20:15", OMAR, room)
    assert "*ACME-O1* has ended" in told
    assert "20:15 EST (15 min)" in told


async def test_by_itself_it_is_everybodys_and_in_utc(d: Desk) -> None:
    told = await outage(d, "backups 00:30-01:15:20")
    assert "Recorded as *O1*" in told
    assert "Wed, Nov 18, 2026 00:30 UTC – Wed, Nov 18, 2026 01:15:20 UTC (45 min 20 sec)" in told
    assert "It counts for *every account*" in told
    # In a customer's channel too: nothing of a customer is concerned.
    assert "every account" in await outage(d, "ui 00:30-01:15", channel=ACME)
    assert await recorded(d, None) == ["O1", "O2"]


async def test_an_open_outage_runs_into_the_next_month_until_it_is_ended(d: Desk) -> None:
    move(d, "2026-11-30 22:00")
    assert "not over yet" in await outage(d, "api 2026-11-30 12:00-")
    told = await uptime(d)
    assert "*Uptime 2026-11* for Acme · estimate" in told
    assert "Uptime *98.611111 %* (downtime: 10 hr)" in told
    assert "Guarantee of 99.9 %: *missed*" in told
    assert "Credit: none" in told
    assert "it stands at Mon, Nov 30, 2026 17:00 EST" in told
    assert "since Mon, Nov 30, 2026 07:00 EST, not over yet" in told

    move(d, "2026-12-01 09:00")
    assert "(18 hr)" in await outage(d, "api until 06:00")
    november = await uptime(d, "2026-11")
    assert "Uptime *98.333333 %* (downtime: 12 hr)" in november
    assert "not over" not in november
    december = await uptime(d)
    assert "*Uptime 2026-12*" in december
    assert "(downtime: 6 hr)" in december
    assert "(18 hr)" in december  # told whole, counted by the month


async def test_overlaps_count_once_and_announced_maintenance_not_at_all(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    await outage(d, "api 2026-11-02T00:00Z/2026-11-02T18:00Z")
    await outage(d, "ACME-1 api 2026-11-02T12:00Z/2026-11-03T00:00Z")
    await outage(d, "ui 2026-11-02T06:00Z/2026-11-02T07:00Z")
    await outage(d, "backups 2026-11-05T00:00Z/2026-11-05T10:00Z")
    await outage(d, "backups 2026-11-05T00:00Z/2026-11-05T08:00Z maintenance")
    await outage(d, "billing 2026-11-06T00:00Z/2026-11-16T00:00Z")
    told = await uptime(d)
    assert "Uptime *96.388888 %* (downtime: 1 day 2 hr)" in told
    assert "*missed*" in told
    assert "Credit: about *20 %* of the month" in told
    assert "*Backups*: announced maintenance," in told
    assert told.count("•") == 5
    assert "Billing" not in told
    assert "your instances keep running" in told
    assert "estimate" in told


async def test_a_month_without_outages_is_a_hundred_percent(d: Desk) -> None:
    told = await uptime(d, "2026-10")
    assert "Uptime *100.000000 %* (downtime: none recorded)" in told
    assert "Guarantee of 99.9 %: *met*" in told
    assert "No outages are recorded" in told


async def test_nobody_sees_the_outages_of_another_account(d: Desk) -> None:
    hinode = d.bot.store.directories.current.accounts["HINODE"]
    await d.bot.store.directories.put({"HINODE": replace(hinode, plan="emergency")}, {})
    await d.open_ticket(HANA, HINODE, title="API が停止")
    await outage(d, "HINODE-1 api 2026-11-02T00:00Z/2026-11-03T00:00Z")
    assert "100.000000" in await uptime(d)
    # Whoever they name.
    assert "for Acme" in await uptime(d, "2026-11")
    assert "日の出運輸" not in await uptime(d, "HINODE 2026-11")
    told = await uptime(d, "HINODE 2026-11", ERIN, TRIAGE)
    assert "日の出運輸" in told
    assert "96.666666" in told
    assert "HINODE-O1" in told  # staff take back by the id; customers are not shown it


async def test_customers_read_it_in_their_language(d: Desk) -> None:
    asking: dict[str, str] = {"user": HANA, "team": HINODE_TEAM, "channel": HINODE}
    told = await slash(d, "/support", "uptime", **asking, trigger="one")
    assert "プラン（プレミアム）に稼働率保証はありません" in told
    hinode = d.bot.store.directories.current.accounts["HINODE"]
    await d.bot.store.directories.put({"HINODE": replace(hinode, plan="emergency")}, {})
    await outage(d, "ui 2026-11-02T00:00Z/2026-11-02T01:00Z maintenance")
    await outage(d, "管理画面 (UI) 2026-11-02T00:00Z/2026-11-02T02:31Z")
    told = await slash(d, "/support", "uptime", **asking, trigger="two")
    assert "*2026-11 の稼働率* （日の出運輸 様）· 概算" in told
    assert "停止時間：1 時間 31 分" in told
    assert "保証値 99.9 %： *未達*" in told
    assert "*管理画面 (UI)* ：告知済みメンテナンス、2026年11月2日(月) 09:00 JST 〜" in told
    assert "インスタンスは稼働を続けます" in told
    assert " · O" not in told


async def test_a_slip_is_withdrawn_and_recorded_again(d: Desk) -> None:
    await outage(d, "api 2026-11-02T00:00Z/2026-11-03T00:00Z")
    told = await outage(d, "withdraw o1 wrong component")
    assert "*O1* is withdrawn" in told
    assert "*API*: outage, Mon, Nov 2, 2026 00:00 UTC" in told
    assert "Recorded as *O2*" in await outage(d, "billing 2026-11-02T00:00Z/2026-11-03T00:00Z")
    assert "100.000000" in await uptime(d)
    assert "No outage O1 counts" in await outage(d, "withdraw O1 again")
    assert "No outage ACME-O1 counts" in await outage(d, "withdraw ACME-O1 never was")
    assert "Which one, and why?" in await outage(d, "withdraw O2")
    assert "Which one, and why?" in await outage(d, "withdraw api wrong")
    assert "longer than 200" in await outage(d, f"withdraw O2 {'long ' * 50}")
    assert await recorded(d, None) == ["O2"]


async def test_what_slack_delivers_twice_is_recorded_once(d: Desk) -> None:
    asking: dict[str, str] = {"user": ERIN, "team": HOME, "channel": TRIAGE}
    words = {
        "one": "outage api 00:30-",
        "two": "outage api until 01:00",
        "three": "outage withdraw O1 a slip",
    }
    for trigger, typed in words.items():
        answers = {
            await slash(d, "/incident", typed, **asking, trigger=trigger),
            await slash(d, "/incident", typed, **asking, trigger=trigger),
        }
        assert len(answers) == 1, answers
        assert ":warning:" not in answers.pop()
    assert len((await d.bot.store.outages.of(None)).entries) == 3
    # The same words of another person, or later, are another matter.
    assert "O2" in await outage(d, "api 00:30-01:00")
    assert "recorded already, as O2" in await outage(d, "api 00:30-01:00", OMAR)


async def test_those_who_record_at_once_do_not_cross_each_other(d: Desk) -> None:
    spans = [f"api 00:{n:02}-01:{n:02}" for n in range(12)]
    answers = await asyncio.gather(*(outage(d, span, (ERIN, OMAR)[n % 2]) for n, span in enumerate(spans)))
    assert all("Recorded as" in answer for answer in answers)
    assert await recorded(d, None) == [f"O{n}" for n in range(1, 13)]
    again = await asyncio.gather(*(outage(d, "ui 00:30-", user) for user in (ERIN, OMAR)))
    assert sorted(":warning:" in answer for answer in again) == [False, True]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "Which component?"),
        ("10:00-11:30", "Which component?"),
        ("database 00:30-01:00", "Which component? One of `ui`, `api`"),
        ("ACNE-1 api 00:30-01:00", "Which component?"),
        ("ACME-99 api 00:30-01:00", "There is no ticket ACME-99"),
        ("api", "From when until when?"),
        ("api around noon <!channel>", "“around noon &lt;!channel&gt;” is not a span of time"),
        ("api 2026-11-17T20:00-05:00", "can be read in two ways"),
        ("api 01:00-00:30", "ends before it starts"),
        ("api 2026-11-31 01:00-", "There is no “2026-11-31 01:00” (UTC)"),
        ("api 04:00-", "lies in the future"),
        ("api 01:00-04:00", "lies in the future"),
        ("api 2027-11-01 01:00-02:00 maintenance", "more than 92 days ahead"),
        ("api until 01:00", "API has no outage without an end here"),
    ],
)
async def test_what_is_not_clear_is_refused_with_examples(d: Desk, words: str, says: str) -> None:
    told = await outage(d, words)
    assert says in told
    if "no ticket" not in says:
        assert "/incident outage ACME-1 api 10:00-11:30" in told
    assert await recorded(d, None) == []


async def test_what_lasts_is_named_when_it_is_in_the_way(d: Desk) -> None:
    assert "Recorded as *O1*" in await outage(d, "api 01:00- maintenance")
    told = await outage(d, "api until 01:30")
    assert "What lasts here is O1, announced maintenance" in told
    assert "O1 starts later than that" in await outage(d, "api until 00:30 maintenance")
    assert "O1 lasts already" in await outage(d, "api 00:30- maintenance")
    assert "Recorded as *O2*" in await outage(d, "api 01:10-")
    assert "*O1* has ended" in await outage(d, "api until 01:30 maintenance")
    assert "What lasts here is O2, an outage" in await outage(d, "api until 01:40 maintenance")
    assert "*O2* has ended" in await outage(d, "api until now")


async def test_maintenance_is_announced_ahead(d: Desk) -> None:
    told = await outage(d, "api 2026-11-29 02:00-04:00 maintenance")
    assert "*API*: announced maintenance, Sun, Nov 29, 2026 02:00 UTC" in told
    assert "(2 hr)" in told
    assert "*met*" in await uptime(d)


async def test_only_staff_record_outages(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    told = await outage(d, "ACME-1 api 00:30-01:00", BEN, ACME)
    assert "Only support staff can do that" in told
    # Words that only begin like it are a customer's title.
    await outage(d, "since ten o'clock", BEN, ACME)
    assert any("since ten" in str(view) for view in await d.people.views(BEN))
    assert await recorded(d, "ACME") == await recorded(d, None) == []


async def test_months_that_cannot_be_told(d: Desk) -> None:
    assert "Which month?" in await uptime(d, "october")
    assert "Which month?" in await uptime(d, "2026-13")
    assert "2026-12 has not begun yet" in await uptime(d, "2026-12")
    assert "Whose?" in await uptime(d, "", ERIN, TRIAGE)
    assert "plan Premium of 日の出運輸 has no uptime guarantee" in await uptime(d, "HINODE", ERIN, TRIAGE)
