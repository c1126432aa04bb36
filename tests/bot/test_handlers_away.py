"""After an outage of the bot, the store or Slack: one catch-up a ticket, which says so, and one escalation."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from policy.timeline import Escalated, Reminded
from policy.transitions import snooze
from tests.bot.worker_rig import ACCOUNTS, ERIN, START, Rig, rig_at

AWAY = "Missed while the bot or Slack was away"


@pytest.fixture
async def rig(empty_url: str) -> AsyncIterator[Rig]:
    async with rig_at(empty_url) as made:
        yield made


async def words(rig: Rig, ticket: str) -> str:
    """What the newest reminder says."""
    (*_, newest) = await rig.entries(ticket, Reminded)
    shown = await rig.people.messages(newest.message.channel)
    return next(str(one) for one in shown if one["ts"] == newest.message.ts)


async def test_each_ticket_gets_one_catch_up_that_says_so_and_escalates_once(rig: Rig) -> None:
    tickets = [await rig.open("1"), await rig.open("1", "GLOBEX")]
    await rig.work()
    rig.pass_time(hours=5)
    await rig.work()
    for ticket in tickets:
        (reminded,) = await rig.entries(ticket, Reminded)
        assert reminded.away_since == START + timedelta(minutes=10)
        assert reminded.count == 8  # 10, 30, 60, 96 and 120 minutes, and three hours after that
        assert len(await rig.entries(ticket, Escalated)) == 1
        said = await words(rig, ticket)
        assert AWAY in said
        assert "stands for 8 reminders" in said
    rig.pass_time(hours=1)
    await rig.work()
    for ticket in tickets:
        _, next_one = await rig.entries(ticket, Reminded)
        assert next_one.away_since is None
        assert AWAY not in await words(rig, ticket)
        assert len(await rig.entries(ticket, Escalated)) == 1


async def test_a_few_minutes_are_no_outage(rig: Rig) -> None:
    ticket = await rig.open("1")
    await rig.work()
    rig.pass_time(minutes=15)
    await rig.work()
    assert (await rig.entries(ticket, Reminded))[-1].away_since is None
    rig.pass_time(minutes=20, seconds=1)  # 5 minutes and a second after the next one
    await rig.work()
    assert (await rig.entries(ticket, Reminded))[-1].away_since == START + timedelta(minutes=30)


async def test_a_snooze_is_no_outage(rig: Rig) -> None:
    ticket = await rig.open("1")
    await rig.work()
    until = START + timedelta(minutes=100)
    await rig.change(ticket, lambda t, now: snooze(rig.policy, t, ERIN, until, now))
    rig.pass_time(minutes=100)
    await rig.work()
    (reminded,) = await rig.entries(ticket, Reminded)
    assert (reminded.count, reminded.away_since) == (4, None)
    assert AWAY not in await words(rig, ticket)


async def test_a_closed_desk_is_no_outage(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ACCOUNTS, "ACME", replace(ACCOUNTS["ACME"], plan="standard"))
    rig.clock.at = START.replace(hour=23, minute=30)  # 18:30 in New York, after closing
    ticket = await rig.open("1")
    await rig.work()
    rig.clock.at = (START + timedelta(days=1)).replace(hour=14)  # when it opens
    await rig.work()
    (reminded,) = await rig.entries(ticket, Reminded)
    assert reminded.away_since is None
    assert AWAY not in await words(rig, ticket)
