"""Weeks that an older version never indexed, or that came from a backup, are indexed by the running bot."""

from pathlib import Path

from storage import keys
from storage.plan import WHOLE
from tests.scenarios.desk import ACME, BEN, desk


async def test_a_starting_bot_derives_the_weeks_that_are_not_there(empty_url: str, tmp_path: Path) -> None:
    async with desk(empty_url, tmp_path) as first:
        await first.open_ticket(BEN, ACME, title="API is down")
        command = first.bot.store.scripts.command
        week = keys.week("ACME", first.clock.now())
        assert list(await command("SMEMBERS", week)) == [b"1"]
        await command("DEL", week)
        await command("DEL", keys.weeks("ACME"))
    async with desk(empty_url, tmp_path) as second:
        command = second.bot.store.scripts.command

        async def derived() -> bool:
            return bool(await command("GET", keys.weeks("ACME")) == WHOLE.encode())

        await second.people.wait_until(derived)
        assert list(await command("SMEMBERS", week)) == [b"1"]
