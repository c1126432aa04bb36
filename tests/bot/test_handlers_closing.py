"""A resolved ticket that waits for the customer's word is in the hands of a worker."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from policy.closing import confirm
from policy.endings import reopen
from policy.instants import from_ms
from policy.timeline import Confirmed
from policy.transitions import resolve
from tests.bot.worker_rig import ERIN, Rig, rig_at
from tests.policy.samples import OPENER, done


@pytest.fixture
async def rig(empty_url: str) -> AsyncIterator[Rig]:
    async with rig_at(empty_url) as made:
        yield made


@pytest.fixture
async def ticket(rig: Rig) -> str:
    """Resolved, and all that follows is said."""
    opened = await rig.open("1")
    await rig.work()
    await rig.change(opened, lambda t, now: resolve(t, ERIN, "Fixed.", now))
    await rig.work()
    return opened


async def until_it_is_due(rig: Rig, ticket: str) -> None:
    (at_ms,) = (await rig.to_be_confirmed(ticket)).values()
    rig.pass_time(seconds=(from_ms(int(at_ms)) - rig.clock.now()) / timedelta(seconds=1))


async def test_it_is_confirmed_by_itself_once(rig: Rig, ticket: str) -> None:
    assert await rig.waiting() == await rig.to_be_confirmed(ticket)
    await until_it_is_due(rig, ticket)
    rig.pass_time(milliseconds=-1)
    assert await rig.work() == []
    rig.pass_time(milliseconds=1)
    assert f"remind:{ticket}" in await rig.work()
    rig.pass_time(days=30)
    assert await rig.work() == []
    assert [entry.by for entry in await rig.entries(ticket, Confirmed)] == [None]
    assert await rig.waiting() == {}
    assert await rig.nothing_doubled()


@pytest.mark.parametrize("person", ["confirms", "reopens"])
async def test_somebody_is_quicker_by_a_moment(rig: Rig, ticket: str, person: str, monkeypatch: Any) -> None:
    """The worker has decided, and commits on a newer ticket: it decides again."""
    settle = rig.tickets.settle

    async def quicker(*args: Any, **more: Any) -> Any:
        monkeypatch.setattr(rig.tickets, "settle", settle)
        if person == "confirms":
            await rig.change(ticket, lambda t, now: done(confirm(t, OPENER, now)))
        else:
            await rig.change(ticket, lambda t, now: done(reopen(rig.policy, t, ERIN, "x", now)))
        return await settle(*args, **more)

    await until_it_is_due(rig, ticket)
    monkeypatch.setattr(rig.tickets, "settle", quicker)
    await rig.work()
    kept = await rig.ticket(ticket)
    if person == "confirms":
        assert [entry.by for entry in await rig.entries(ticket, Confirmed)] == [OPENER]
    else:
        assert (kept.is_open, kept.confirmed) == (True, None)
        assert await rig.entries(ticket, Confirmed) == []
    assert await rig.nothing_doubled()
