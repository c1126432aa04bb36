"""What staff write with every subcommand, in every room of theirs: the customer reads what is meant for the customer,
and nothing else, wherever the customer looks."""

from pathlib import Path
from typing import Any, Final

import pytest

from commands import routes
from tests.scenarios.desk import ACME, ANN, BEN, BOT, ERIN, TRIAGE, Desk, desk
from tests.scenarios.test_story import shows

FOR_THE_CUSTOMER: Final = {"update", "resolve"}
"""Subcommands whose words the customer reads."""
IN_FRONT: Final = {
    "severity": "2 ",
    "production": "no ",
    "assign": f"<@{ERIN}> ",
    "snooze": "30m ",
    "scope": "third_party ",
    "merge": "ACME-1 ",
    "link": "https://portal.example/1 ",
    "outage": "api 2026-11-17T00:00Z/2026-11-17T00:10Z ",
}
"""What a subcommand needs before a reason."""


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> Any:
    async with desk(empty_url, tmp_path) as running:
        yield running


def secret(name: str) -> str:
    """Words that stand nowhere else."""
    return f"secret-of-{name}"


async def seen_by_customers(d: Desk) -> str:
    """Everything that customers see in their channel, in its threads, and whenever they ask."""
    found = []
    for user in (BEN, ANN):
        for message in await d.people.messages(ACME, viewer=user):
            found += await d.people.messages(ACME, viewer=user, thread_ts=message["ts"])
    for number in range(1, int(await highest(d)) + 1):
        for name in ("show", "why", "timeline"):
            answer = await d.people.command(BEN, ACME, "/incident", f"{name} ACME-{number}")
            found.append(answer.body)
    found.append((await d.people.command(BEN, ACME, "/incident", "list")).body)
    return str(found)


async def highest(d: Desk) -> int:
    number = 0
    while await d.bot.store.tickets.get(f"ACME-{number + 1}"):
        number += 1
    return number


async def test_no_word_of_staff_crosses_that_is_not_meant_to(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="Ticket number 1")
    commands = [name for name, one in routes.INCIDENT.items() if one.is_for_staff and name != "for"]
    if "reopen" in routes.INCIDENT:
        await d.people.command(ERIN, TRIAGE, "/incident", "resolve ACME-1 Rolled back")
        await d.people.command(ERIN, TRIAGE, "/incident", f"reopen ACME-1 {secret('reopen')}")
    for number, name in enumerate(commands, start=2):
        await d.open_ticket(BEN, ACME, title=f"Ticket number {number}")
        room = await d.channel(f"inc-acme-{number}")
        await d.people.wait_for(room, shows(f"ACME-{number}"))
        # What staff say among themselves, with and without the bot.
        await d.people.join(ERIN, room)
        said = await d.people.say(ERIN, room, secret("their-room"))
        await d.people.say(ERIN, room, secret("their-thread"), thread_ts=said)
        await d.people.say(ERIN, room, f"<@{BOT}> what about {secret('a-mention')}")
        words = f"{name} ACME-{number} {IN_FRONT.get(name, '')}{secret(name)}"
        await d.people.command(ERIN, TRIAGE, "/incident", words)
        if name == "wait":
            await d.people.command(ERIN, TRIAGE, "/incident", f"resume ACME-{number}")
    await d.people.wait_for(room, shows(f"ACME-{number}"))
    for name in FOR_THE_CUSTOMER:
        number = commands.index(name) + 2
        root = await d.people.wait_for(ACME, shows(f"ACME-{number},"))
        await d.people.wait_for(ACME, shows(secret(name)), thread_ts=root["ts"])
    # Whatever else was to be delivered there has been, once a later message of the same lanes is there.
    for number in range(1, len(commands) + 2):
        if (await d.ticket(f"ACME-{number}")).is_open:
            await d.people.command(ERIN, TRIAGE, "/incident", f"update ACME-{number} The last word")
            root = await d.people.wait_for(ACME, shows(f"ACME-{number},"))
            await d.people.wait_for(ACME, shows("The last word"), thread_ts=root["ts"])

    read = await seen_by_customers(d)
    assert {name for name in commands if secret(name) in read} == FOR_THE_CUSTOMER
    assert "secret-of-" not in read.replace(secret("update"), "").replace(secret("resolve"), "")
    assert "The last word" in read
