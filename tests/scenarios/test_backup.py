"""A desk under load is paused, exported, put in place on another server, and goes on there: nothing lost, nothing
posted twice, reminders due when they were."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import sandbox
from bot.accounts import accounts_of
from bot.running import running
from bot.settings import Environment, settings_of
from bot.wiring import Bot, bot_of
from policy.timeline import Reminded, RoomOpened
from storage.backup_export import export
from storage.backup_import import check, put_in_place
from storage.codec import Pause
from storage.connect import connect
from tests.scenarios.desk import ACCOUNTS, ACME, ANN, SECRET, START, TABLES, MovedClock, world
from tests.servers import run_single

TICKETS = [f"ACME-{number}" for number in range(1, 9)]
PAUSE = Pause(since=START, by="erin@desk", reason="moving house")


@asynccontextmanager
async def bot_at(url: str, box: sandbox.Box, clock: MovedClock, home: Path) -> AsyncIterator[Bot]:
    """A bot for the same workspace, on this server."""
    environment = Environment.of(
        slack_bot_token="xoxb-sandbox",
        slack_signing_secret=SECRET,
        slack_api_url=box.api_url,
        redis_url=url,
        supportbot_data_dir=home,
        supportbot_port=0,
    )
    settings = settings_of(environment, TABLES, "test settings")
    async with bot_of(settings, clock=clock) as bot:
        if not bot.store.directories.current.accounts:
            await bot.store.directories.put(accounts_of(ACCOUNTS, settings.policy, "test accounts"), {})
        async with running(bot) as address:
            await box.client.set_request_url(address)
            yield bot


async def open_ticket(people: sandbox.Client, title: str) -> None:
    (pinned,) = await people.wait_until(lambda: people.pins(ACME))
    await people.click(ANN, ACME, pinned["ts"], "open_form")
    form = (await people.views(ANN))[-1]
    sent = await people.submit(ANN, form.id, {"severity": "1", "title": title})
    assert "ACME-" in str(sent.view)


async def move(source: str, target: str, path: Path) -> None:
    """Export from one server, import into the other."""
    client = connect(source, timeout_s=30)
    text = b"".join([line async for line in export(client)])
    await client.aclose()
    await asyncio.to_thread(path.write_bytes, text)
    client = connect(target, timeout_s=30)
    await put_in_place(client, check(path), replace=False, by="erin@desk", now=START)
    await client.aclose()


async def reminders(bot: Bot, ticket: str) -> list[Reminded]:
    return [entry for entry in await bot.store.tickets.timeline(ticket) if isinstance(entry, Reminded)]


async def posted(people: sandbox.Client) -> Counter[str]:
    """How often each message, by its opaque id, stands in Slack."""
    calls = await people.calls("chat.postMessage")
    return Counter(str(one.args["metadata"]) for one in calls if one.result)


async def test_a_desk_moves_house_under_load(empty_url: str, tmp_path: Path) -> None:
    clock = MovedClock()
    with run_single() as other:
        async with sandbox.serve(world()) as box:
            people = box.client
            async with bot_at(empty_url, box, clock, tmp_path) as bot:
                for number, ticket in enumerate(TICKETS, start=1):
                    if number == 5:  # the answers get lost: what was posted is not on record
                        await people.faults("chat.postMessage", kind="lost", times=3)
                    await open_ticket(people, f"Incident of {ticket}")
                await bot.store.pauses.pause(PAUSE)
                await people.wait_until(lambda: nothing_in_hand(bot))
            before = await posted(people)
            clock.at += timedelta(hours=1)
            await move(empty_url, other.url, tmp_path / "backup.jsonl")

            async with bot_at(other.url, box, clock, tmp_path) as bot:
                assert await bot.store.pauses.current() == PAUSE
                assert await posted(people) == before
                await bot.store.pauses.resume()
                for ticket in TICKETS:
                    await people.wait_until(lambda ticket=ticket: settled(bot, ticket))  # type: ignore[misc]
                    (first,) = await reminders(bot, ticket)
                    assert [slot.at - START for slot in first.slots][-1] == timedelta(hours=1)
                clock.at += timedelta(minutes=36)  # four fifths of the target of two hours
                bot.worker.look_again()
                for ticket in TICKETS:
                    await people.wait_until(lambda ticket=ticket: reminded_twice(bot, ticket))  # type: ignore[misc]
                assert (await bot.store.tickets.get("ACME-9")) is None
                await open_ticket(people, "One more")
                assert (await bot.store.tickets.get("ACME-9")) is not None
            assert set((await posted(people)).values()) == {1}
            roots = [one["text"] for one in await people.messages(ACME) if "Incident of" in one["text"]]
            assert sorted(Counter(roots).values()) == [1] * len(TICKETS)


async def nothing_in_hand(bot: Bot) -> bool:
    return not await bot.store.pauses.in_hand()


async def settled(bot: Bot, ticket: str) -> bool:
    """Both rooms are there, and the reminder of what fell due meanwhile."""
    rooms = [entry for entry in await bot.store.tickets.timeline(ticket) if isinstance(entry, RoomOpened)]
    return len(rooms) == 2 and len(await reminders(bot, ticket)) == 1


async def reminded_twice(bot: Bot, ticket: str) -> Any:
    found = await reminders(bot, ticket)
    return len(found) == 2 and found[-1].slots[-1].at == START + timedelta(minutes=96)
