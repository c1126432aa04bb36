"""While posting is paused people are answered and tickets open; afterwards each ticket gets what it missed, once."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from policy.timeline import Reminded
from storage import keys
from storage.codec import Pause
from tests.scenarios.desk import ACME, ANN, ERIN, HINODE, START, TRIAGE, Desk, desk
from tests.scenarios.test_story import shows

PAUSE = Pause(since=START, by="erin@desk", reason="Slack's own trouble")


async def calls(d: Desk) -> list[str]:
    """Which messages the bot has posted or edited."""
    methods = ("chat.postMessage", "chat.update", "conversations.create", "pins.add")
    return [one.method for method in methods for one in await d.people.calls(method)]


async def reminders(d: Desk, ticket: str) -> list[Reminded]:
    return [entry for entry in await d.bot.store.tickets.timeline(ticket) if isinstance(entry, Reminded)]


async def test_a_pause_loses_nothing_and_ends_in_one_reminder_a_ticket(
    empty_url: str, tmp_path: Path
) -> None:
    async with desk(empty_url, tmp_path) as d, httpx.AsyncClient(base_url=d.address) as web:
        for channel in (ACME, HINODE):
            await d.people.wait_until(lambda channel=channel: d.people.pins(channel))  # type: ignore[misc]
        await d.people.wait_until(nothing_in_hand(d))
        assert (await web.get("/readyz")).json() == {"ok": True, "problems": []}
        await d.bot.store.pauses.pause(PAUSE)
        before = await calls(d)
        said = (await web.get("/readyz")).json()
        assert said["ok"]
        assert said["paused"] == {"since": START.isoformat(), "by": "erin@desk", "reason": PAUSE.reason}

        for number, title in ((1, "API is down"), (2, "The console is slow")):
            sent = await d.open_ticket(ANN, ACME, title=title)
            assert f"ACME-{number}" in str(sent.view)
        listed = await d.people.command(ERIN, TRIAGE, "/incident", "list")
        assert "ACME-2" in str(listed)
        d.pass_time(hours=5)
        late = {"now": d.clock.now(), "most": 99, "token": "x"}
        for shard in range(keys.SHARDS):
            assert await d.bot.store.queue.claim(shard, **late) == (None, [])
        assert await calls(d) == before

        await d.bot.store.pauses.resume()
        for ticket, title in (("ACME-1", "API is down"), ("ACME-2", "The console is slow")):
            await d.people.wait_for(ACME, shows(ticket, title))
            (reminder,) = await d.people.wait_until(lambda ticket=ticket: reminders(d, ticket))  # type: ignore[misc]
            assert reminder.count > 3
        await d.people.wait_until(nothing_in_hand(d))
        assert [len(await reminders(d, ticket)) for ticket in ("ACME-1", "ACME-2")] == [1, 1]
        assert "paused" not in (await web.get("/readyz")).json()


def nothing_in_hand(d: Desk) -> Callable[[], Awaitable[bool]]:
    async def asked() -> bool:
        return not await d.bot.store.pauses.in_hand()

    return asked
