"""Slack does not take the bot's token, or nothing at all: what an operator reads, and what happens afterwards."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.scenarios.desk import ACME, BEN, Desk, desk


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> Any:
    async with desk(empty_url, tmp_path, "http") as found:
        yield found


async def problems(d: Desk) -> list[str]:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{d.address}/readyz")
    found: list[str] = answer.json()["problems"]
    assert (answer.status_code == 200) == (not found)
    return found


async def test_readyz_says_that_the_token_is_refused_until_it_works_again(d: Desk) -> None:
    await d.people.wait_until(lambda: d.people.pins(ACME))
    await d.open_ticket(BEN, ACME, title="API is down")
    room = await d.channel("inc-acme-1")
    await d.people.wait_for(room, lambda message: "API is down" in message["text"])

    async def lanes_are_empty() -> bool:
        (stored,) = await d.bot.store.tickets.open_of("ACME")
        return stored.ticket.call is not None

    await d.people.wait_until(lanes_are_empty)
    assert await problems(d) == []
    await d.people.revoke_token()
    d.pass_time(minutes=10)

    async def refused() -> bool:
        return d.bot.slack.health.refused is not None

    await d.people.wait_until(refused)
    (problem,) = await problems(d)
    assert "slack: the bot token is refused (token_revoked)" in problem
    assert "SLACK_BOT_TOKEN" in problem

    await d.people.restore_token()
    await d.bot.slack.identify()
    assert await problems(d) == []
    d.pass_time(seconds=15)
    await d.people.wait_for(room, lambda message: "nobody has it" in message["text"])
