"""Two tickets that are one matter: what is written in the old thread, and merging both ways at once."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from commands.callers import caller
from commands.handling import Done, Refused
from commands.merge import merge
from policy.commits import Stored
from policy.endings import CannotMerge, Unmergeable
from policy.timeline import CustomerReplied, MessageDeleted, MessageEdited, TookOver
from tests.scenarios.desk import ACME, ANN, BEN, ERIN, HOME, TRIAGE, Desk, desk
from tests.scenarios.test_handling import opened, say
from tests.scenarios.test_story import shows


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(empty_url, tmp_path) as running:
        yield running


async def test_what_is_written_in_the_old_thread_is_read_where_it_is_worked_on(d: Desk) -> None:
    old, _ = await opened(d, "3")
    await opened(d, "3")
    await opened(d, "1")
    room = await d.channel("inc-acme-3")
    await say(d, "merge ACME-1 ACME-2")
    await say(d, "merge ACME-2 ACME-3")
    await say(d, "ack ACME-3")
    await say(d, "wait ACME-3 the log")
    said = await d.people.say(ANN, ACME, "here is the log", thread_ts=old)
    await d.people.wait_for(room, shows("here is the log"))
    await d.people.edit(ANN, ACME, said, "here is all of the log")
    await d.people.wait_for(room, shows("all of the log"))
    await d.people.delete(ANN, ACME, said)

    async def noted() -> list[type]:
        kinds = [type(one) for one in await d.bot.store.tickets.timeline("ACME-3")]
        wanted = [CustomerReplied, MessageEdited, MessageDeleted]
        return wanted if [one for one in kinds if one in wanted] == wanted else []

    assert await d.people.wait_until(noted)
    assert (await d.ticket("ACME-3")).waiting is None
    assert not [e for e in await d.bot.store.tickets.timeline("ACME-1") if isinstance(e, CustomerReplied)]

    # Staff who write there are told where it goes on, as before: it is no update of another thread.
    await d.people.say(ERIN, ACME, "thanks", thread_ts=old)
    await d.people.wait_for(ACME, shows("goes on as"), viewer=ERIN, thread_ts=old)
    assert (await d.ticket("ACME-3")).last_update is None


class Meanwhile:
    """The tickets; after the first look at one somebody else has done something."""

    def __init__(self, kept: Any, rival: Callable[[], Awaitable[object]]) -> None:
        self._kept = kept
        self._rival: Callable[[], Awaitable[object]] | None = rival

    async def get(self, ticket: str) -> Stored | None:
        found: Stored | None = await self._kept.get(ticket)
        if rival := self._rival:
            self._rival = None
            await rival()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kept, name)


async def test_of_two_tickets_only_one_is_merged_into_the_other(d: Desk) -> None:
    await opened(d, "3")
    await opened(d, "3", BEN)
    who = caller(d.bot.desk, user=ERIN, team=HOME, channel=TRIAGE)

    async def rival() -> None:
        assert isinstance(await merge(d.bot.desk, who, "ACME-2", "ACME-1", ""), Done)

    slower = replace(d.bot.desk, tickets=Meanwhile(d.bot.desk.tickets, rival))
    outcome = await merge(slower, who, "ACME-1", "ACME-2", "")
    assert isinstance(outcome, Refused)
    assert outcome.reason == CannotMerge("ACME-2", Unmergeable.NOT_OPEN)
    first, second = await d.ticket("ACME-1"), await d.ticket("ACME-2")
    assert (first.is_open, second.merged_into) == (True, "ACME-1")

    # Asked for again it is told again, and recorded once.
    for words in ("merge ACME-2 ACME-1", "merge ACME-2 ACME-1"):
        assert "goes on as" in await say(d, words) or "ACME-1" in await say(d, words)
    assert "not open" in await say(d, "merge ACME-1 ACME-2")
    taken = [e for e in await d.bot.store.tickets.timeline("ACME-1") if isinstance(e, TookOver)]
    assert len(taken) == 1
