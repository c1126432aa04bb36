"""People are paged outside of Slack: the whole bot, and a real receiver."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bot.paging import signature
from policy.timeline import Undelivered
from storage import keys
from storage.codec import Pause
from tests.scenarios.desk import ACCOUNTS, ACME, BEN, ERIN, HANA, HINODE, TABLES, TRIAGE, Desk, desk
from tests.scenarios.receiver import Receiver, receiving

SECRET = "a-long-secret-of-both"
KEY = "R0UTING"


@pytest.fixture
async def pager() -> Any:
    async with receiving() as found:
        yield found


@asynccontextmanager
async def paged_desk(
    url: str, home: Path, pager: Receiver, accounts: list[dict[str, Any]] | None = None
) -> AsyncIterator[Desk]:
    paging = {"webhook": f"{pager.url}/page", "heartbeat": f"{pager.url}/beat"}
    async with desk(
        url,
        home,
        tables={**TABLES, "paging": paging},
        accounts=accounts,
        secrets={"supportbot_paging_secret": SECRET},
    ) as found:
        yield found


@pytest.fixture
async def d(empty_url: str, tmp_path: Path, pager: Receiver) -> Any:
    async with paged_desk(empty_url, tmp_path, pager) as found:
        yield found


async def until(d: Desk, holds: Callable[[], Any]) -> None:
    async def held() -> bool:
        return bool(holds())

    await d.people.wait_until(held)


async def time_passes_until(d: Desk, holds: Callable[[], Any]) -> None:
    def held() -> bool:
        if not holds():
            d.pass_time(seconds=20)
        return bool(holds())

    await until(d, held)


async def settled(d: Desk) -> None:
    """Nothing is due any more."""

    async def done() -> bool:
        d.bot.worker.look_again()
        now = d.clock.now().timestamp() * 1000
        due = [
            await d.bot.store.scripts.command("ZCOUNT", keys.due(shard), "-inf", now)
            for shard in range(keys.SHARDS)
        ]
        return not any(due)

    await d.people.wait_until(done)


async def run(d: Desk, words: str) -> None:
    assert (await d.people.command(ERIN, TRIAGE, "/incident", words)).ok


async def test_a_severity_1_is_raised_acknowledged_and_resolved(d: Desk, pager: Receiver) -> None:
    await d.open_ticket(BEN, ACME, title="API is down", description="our secret sauce")
    await until(d, lambda: len(pager.got) == 1)
    await run(d, "ack ACME-1")
    await until(d, lambda: len(pager.got) == 2)
    await run(d, "resolve ACME-1 Mended.")
    await until(d, lambda: len(pager.got) == 3)
    assert [body["action"] for body in pager.bodies] == ["trigger", "acknowledge", "resolve"]
    assert {body["key"] for body in pager.bodies} == {"ACME-1/opened"}
    first = pager.bodies[0]
    assert "ACME-1 Sev 1: API is down (Acme). Nobody has it" in first["summary"]
    assert (first["details"]["severity"], first["details"]["state"]) == ("1", "open")
    assert all(b"sauce" not in raw and b"Mended" not in raw for _, _, raw in pager.got)


async def test_what_it_gets_is_signed(d: Desk, pager: Receiver) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    await until(d, lambda: pager.got)
    body, headers, raw = pager.got[0]
    stamp = headers["X-Supportbot-Timestamp"]
    assert abs(time.time() - int(stamp)) < 60
    assert headers["X-Supportbot-Signature"] == f"v1={signature(SECRET, stamp, raw)}"
    assert headers["X-Supportbot-Signature"] != f"v1={signature('another', stamp, raw)}"
    assert headers["X-Supportbot-Id"] == body["id"]


async def test_a_breach_stands_until_the_promise_is_kept(d: Desk, pager: Receiver) -> None:
    await d.open_ticket(BEN, ACME, severity="2", title="API is slow")
    await settled(d)
    assert pager.got == []  # this severity pages for a breach only
    d.pass_time(hours=3, minutes=59)
    await settled(d)
    assert pager.got == []
    d.pass_time(minutes=1)
    await until(d, lambda: len(pager.got) == 1)
    assert pager.bodies[0]["key"] == "ACME-1/breach"
    assert "The first response was due" in pager.bodies[0]["summary"]
    d.pass_time(hours=3)
    await settled(d)
    assert len(pager.got) == 1  # one alert for a silence, however long
    await run(d, "update ACME-1 On it.")
    await until(d, lambda: len(pager.got) == 2)
    d.pass_time(hours=2)
    await until(d, lambda: len(pager.got) == 3)
    assert [body["action"] for body in pager.bodies] == ["trigger", "resolve", "trigger"]
    assert "An update was due" in pager.bodies[2]["summary"]


async def test_a_practice_account_pages_nobody(empty_url: str, tmp_path: Path, pager: Receiver) -> None:
    accounts = [{**ACCOUNTS[0], "practice": True}]
    async with paged_desk(empty_url, tmp_path, pager, accounts) as d:
        await d.open_ticket(BEN, ACME, title="A drill")
        d.pass_time(hours=3)
        await settled(d)
        assert pager.got == []


async def test_outside_support_time_nobody_is_paged_until_it_opens(d: Desk, pager: Receiver) -> None:
    d.clock.at = d.clock.at.replace(hour=23)  # 8:00 in Tokyo on Thursday
    hinode = d.bot.store.directories.current.accounts["HINODE"]
    await d.bot.store.directories.put({"HINODE": replace(hinode, plan="standard")}, {})
    await d.open_ticket(HANA, HINODE, title="API が停止")
    await settled(d)
    assert pager.got == []
    d.pass_time(hours=1)
    await until(d, lambda: len(pager.got) == 1)
    assert pager.bodies[0]["key"] == "HINODE-1/opened"


async def test_a_receiver_that_fails_holds_nobody_up_and_is_told_later(d: Desk, pager: Receiver) -> None:
    pager.answers = [503, 500, 429]
    await d.open_ticket(BEN, ACME, title="API is down")
    room = await d.channel("inc-acme-1")
    await d.people.wait_for(room, lambda message: "API is down" in message["text"])
    await time_passes_until(d, lambda: len(pager.got) == 1)
    assert pager.bodies[0]["action"] == "trigger"


async def test_a_receiver_that_refuses_makes_a_dead_letter(d: Desk, pager: Receiver) -> None:
    pager.answers = [403]
    await d.open_ticket(BEN, ACME, title="API is down")

    async def undelivered() -> list[Any]:
        found = await d.bot.store.tickets.timeline("ACME-1")
        return [one for one in found if isinstance(one, Undelivered)]

    (entry,) = await d.people.wait_until(undelivered)
    assert (entry.what, entry.error) == ("Page", "the pager answered 403")
    d.pass_time(seconds=30)
    await d.people.wait_for(TRIAGE, lambda message: "could not be delivered" in message["text"])
    await run(d, "resolve ACME-1 Mended.")  # the lane goes on
    await until(d, lambda: len(pager.got) == 1)


async def test_what_is_over_before_it_could_be_told_is_not_raised(d: Desk, pager: Receiver) -> None:
    pager.answers = [503]
    await d.open_ticket(BEN, ACME, title="API is down")
    await until(d, lambda: not pager.answers)
    await run(d, "resolve ACME-1 Mended.")
    await time_passes_until(d, lambda: len(pager.got) == 1)
    assert pager.bodies[0]["action"] == "resolve"


async def test_while_slack_refuses_the_token_pages_go_out(d: Desk, pager: Receiver) -> None:
    await d.people.wait_until(lambda: d.people.pins(ACME))
    pager.answers = [503]
    await d.open_ticket(BEN, ACME, title="API is down")
    await until(d, lambda: not pager.answers)
    await settled(d)
    d.bot.slack.health.refused = "token_revoked"
    await time_passes_until(d, lambda: len(pager.got) == 1)


async def test_pagerduty_gets_its_events(empty_url: str, tmp_path: Path, pager: Receiver) -> None:
    tables = {**TABLES, "paging": {"pagerduty": f"{pager.url}/page"}}
    async with desk(empty_url, tmp_path, tables=tables, secrets={"supportbot_pagerduty_key": KEY}) as d:
        await d.open_ticket(BEN, ACME, title="API is down")
        await until(d, lambda: len(pager.got) == 1)
        await run(d, "ack ACME-1")
        await until(d, lambda: len(pager.got) == 2)
        raised, acknowledged = pager.bodies
        assert raised["routing_key"] == KEY
        assert (raised["event_action"], raised["dedup_key"]) == ("trigger", "ACME-1/opened")
        assert raised["payload"]["severity"] == "critical"
        assert raised["payload"]["source"] == "supportbot"
        assert "API is down" in raised["payload"]["summary"]
        assert raised["payload"]["timestamp"].startswith("2026-11-18T02:04:00")
        assert acknowledged == {
            "routing_key": KEY,
            "event_action": "acknowledge",
            "dedup_key": "ACME-1/opened",
        }


# -- the watch


async def test_a_worker_that_is_well_calls_the_heartbeat(d: Desk, pager: Receiver) -> None:
    await settled(d)
    await d.bot.watch.look()
    assert pager.beats == 1
    d.bot.slack.health.failing_since = time.monotonic() - 61
    await d.bot.watch.look()
    assert pager.beats == 1
    d.bot.slack.health.failing_since = None
    d.bot.worker.last_look = time.monotonic() - 31
    await d.bot.watch.look()
    assert pager.beats == 1
    d.bot.worker.last_look = time.monotonic()
    await d.bot.watch.look()
    assert pager.beats == 2


async def test_reminders_that_run_late_are_told_once_and_when_it_is_over(d: Desk, pager: Receiver) -> None:
    await until(d, lambda: d.bot.worker.last_look > 0)
    await settled(d)
    await d.bot.watch.look()
    shard = keys.shard_of("ACME")
    stuck = (d.clock.now().timestamp() - 301) * 1000
    await d.bot.store.scripts.command("HSET", keys.leases(shard), "remind:ACME-9", f"another|{2**52}")
    await d.bot.store.scripts.command("ZADD", keys.due(shard), stuck, "remind:ACME-9")
    await d.bot.watch.look()
    await d.bot.watch.look()
    await d.bot.store.scripts.command("ZREM", keys.due(shard), "remind:ACME-9")
    await d.bot.watch.look()
    late = [body for body in pager.bodies if body["key"] == "supportbot/late"]
    # A new worker does not know what was told before: it says first that all is well.
    assert [body["action"] for body in late] == ["resolve", "trigger", "resolve"]
    assert "Reminders run late: what fell due waits for 5 min" in late[1]["summary"]


async def test_slack_that_takes_nothing_is_late_too(d: Desk, pager: Receiver) -> None:
    await settled(d)
    d.bot.slack.health.failing_since = time.monotonic() - 301
    await d.bot.watch.look()
    assert "Slack has not taken anything for 5 min" in pager.bodies[-1]["summary"]


async def test_a_pause_is_not_late(d: Desk, pager: Receiver) -> None:
    await settled(d)
    await d.bot.store.pauses.pause(Pause(since=d.clock.now(), by="erin", reason="a move"))
    shard = keys.shard_of("ACME")
    await d.bot.store.scripts.command("ZADD", keys.due(shard), 1, "remind:ACME-9")
    await d.bot.watch.look()
    assert pager.got == []


async def test_a_receiver_that_is_away_is_told_at_the_next_look(d: Desk, pager: Receiver) -> None:
    pager.answers = [503]
    await settled(d)
    d.bot.slack.health.failing_since = time.monotonic() - 301
    await d.bot.watch.look()
    assert pager.got == []
    await d.bot.watch.look()
    assert [body["action"] for body in pager.bodies] == ["trigger"]
