"""What Slack delivers again, or in another order, by HTTP and over a socket: nothing happens twice, and what could not
be kept is delivered again until it is."""

from pathlib import Path
from typing import Any

import pytest

from policy.timeline import Acknowledged, CustomerReplied, UpdatePosted
from storage.errors import StorageUnavailable
from tests.scenarios.desk import ACME, BEN, ERIN, TRIAGE, Desk, desk


@pytest.fixture(params=["http", "socket"])
async def d(request: Any, empty_url: str, tmp_path: Path) -> Any:
    async with desk(empty_url, tmp_path, request.param) as found:
        yield found


async def opened(d: Desk) -> str:
    """A ticket with its rooms; the `ts` of its thread."""
    await d.open_ticket(BEN, ACME, title="API is down")

    async def thread() -> str | None:
        (stored,) = await d.bot.store.tickets.open_of("ACME")
        ready = stored.ticket.customer and stored.ticket.call
        return stored.ticket.customer.thread if ready else None

    found: str = await d.people.wait_until(thread)
    return found


async def said(d: Desk, kind: Any = CustomerReplied) -> list[str]:
    return [one.text for one in await d.bot.store.tickets.timeline("ACME-1") if isinstance(one, kind)]


async def test_everything_delivered_again_in_reverse_changes_nothing(d: Desk) -> None:
    thread = await opened(d)
    await d.people.say(BEN, ACME, "One.", thread_ts=thread)
    await d.people.say(ERIN, ACME, "Two.", thread_ts=thread)
    await d.people.say(BEN, ACME, "Three.", thread_ts=thread)
    assert (await d.people.command(ERIN, TRIAGE, "/incident", "update ACME-1 Four.")).ok

    async def all_kept() -> bool:
        return len(await said(d)) == 2 and len(await said(d, UpdatePosted)) == 2

    await d.people.wait_until(all_kept)
    before = await d.bot.store.tickets.timeline("ACME-1")
    for one in reversed(await d.people.dispatches()):
        assert (await d.people.redeliver(one.id)).ok, one
    after = await d.bot.store.tickets.timeline("ACME-1")
    kinds = (CustomerReplied, UpdatePosted, Acknowledged)
    assert [one for one in after if isinstance(one, kinds)] == [
        one for one in before if isinstance(one, kinds)
    ]
    assert await d.bot.store.tickets.get("ACME-2") is None


async def test_a_message_that_could_not_be_kept_is_delivered_again(
    d: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = await opened(d)
    real, failures = d.bot.store.tickets.change, [1, 2]

    async def away(*values: Any, **named: Any) -> Any:
        if failures:
            failures.pop()
            raise StorageUnavailable("Redis is away")
        return await real(*values, **named)

    monkeypatch.setattr(d.bot.store.tickets, "change", away)
    await d.people.say(BEN, ACME, "Hello?", thread_ts=thread)
    await d.people.retry_now()
    await d.people.wait_until(lambda: said(d), within_s=30)
    assert await said(d) == ["Hello?"]
    told = await d.people.dispatches("event", "message")
    (event,) = [one for one in told if one.payload["event"].get("user") == BEN]
    assert [attempt.retry_num for attempt in event.attempts] == [0, 1, 2]
    assert [attempt.error is None for attempt in event.attempts] == [False, False, True]
