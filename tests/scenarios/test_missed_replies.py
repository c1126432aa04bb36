"""What was written in a ticket's thread while nobody listened reaches staff after all, once."""

import time
from pathlib import Path
from typing import Any

import pytest

from bot.running import running
from bot.thread_reader import _since
from bot.wiring import bot_of
from policy.timeline import CustomerReplied, UpdatePosted
from storage import keys
from tests.scenarios.desk import ACME, ANN, BEN, ERIN, Desk, desk


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> Any:
    async with desk(empty_url, tmp_path, "http") as found:
        yield found


@pytest.fixture
async def socket(empty_url: str, tmp_path: Path) -> Any:
    async with desk(empty_url, tmp_path, "socket") as found:
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


async def read(d: Desk) -> None:
    """Have all threads read, and wait until that is done."""
    await d.bot.reader.ask()
    d.bot.worker.look_again()

    async def done() -> bool:
        due = await d.bot.store.scripts.command("ZRANGE", keys.due(keys.shard_of("ACME")), 0, -1)
        return not any(member.startswith(b"read:") for member in due)

    await d.people.wait_until(done)


async def test_what_was_written_while_nobody_listened_is_read_and_counts_once(d: Desk) -> None:
    thread = await opened(d)
    await d.people.say(BEN, ACME, "Heard.", thread_ts=thread)
    await d.people.wait_until(lambda: said(d))
    await d.people.set_request_url(None)
    await d.people.say(BEN, ACME, "Anybody there?", thread_ts=thread)
    await d.people.say(ERIN, ACME, "We are on it.", thread_ts=thread)
    await d.people.say(BEN, ACME, "Thanks!", thread_ts=thread)
    await read(d)
    assert await said(d) == ["Heard.", "Anybody there?", "Thanks!"]
    assert await said(d, UpdatePosted) == ["We are on it."]
    ticket = await d.ticket("ACME-1")
    assert ticket.owner == ERIN  # it met the response clock
    room = await d.channel("inc-acme-1")
    await d.people.wait_for(room, lambda message: "Thanks!" in str(message))
    # The events come after all: nothing happens twice.
    await d.people.set_request_url(d.address)
    await d.people.retry_now()
    for one in await d.people.dispatches("event", "message"):
        assert (await d.people.redeliver(one.id)).ok
    await read(d)
    assert await said(d) == ["Heard.", "Anybody there?", "Thanks!"]
    assert await said(d, UpdatePosted) == ["We are on it."]


async def test_it_is_read_at_the_next_start(d: Desk) -> None:
    thread = await opened(d)
    await d.people.set_request_url(None)
    await d.people.say(BEN, ACME, "Anybody there?", thread_ts=thread)
    async with bot_of(d.bot.settings, clock=d.clock) as again, running(again):
        await d.people.wait_until(lambda: said(d))
    assert await said(d) == ["Anybody there?"]


async def test_it_is_read_after_a_reconnect(socket: Desk) -> None:
    d = socket
    thread = await opened(d)
    await d.people.faults("apps.connections.open", kind="slow", delay_s=1.5)
    await d.people.drop_sockets()
    await d.people.say(BEN, ACME, "Anybody there?", thread_ts=thread)
    await d.people.wait_until(lambda: said(d), within_s=60)
    assert await said(d) == ["Anybody there?"]


async def test_whatever_came_before_an_error_of_the_store_is_read_again(d: Desk) -> None:
    """The mark stands behind a message that could not be kept: what is a little older than it is read too."""
    thread = await opened(d)
    await d.people.set_request_url(None)
    first = await d.people.say(ANN, ACME, "One.", thread_ts=thread)
    await d.people.set_request_url(d.address)
    await d.people.say(BEN, ACME, "Two.", thread_ts=thread)
    mark = await d.people.wait_until(lambda: d.bot.store.queue.heard_until("ACME-1"))
    assert float(mark) > float(first)
    await read(d)
    assert sorted(await said(d)) == ["One.", "Two."]


async def test_a_thread_out_of_reach_is_left(d: Desk) -> None:
    thread = await opened(d)
    await d.people.remove_bot(ACME)
    await d.people.say(BEN, ACME, "Anybody there?", thread_ts=thread)
    await read(d)
    assert await said(d) == []


async def test_each_reading_takes_its_turn(d: Desk) -> None:
    """Slack's limit for such calls is kept by all together."""
    await opened(d)
    d.bot.reader._interval_ms = 60_000
    before = len(await d.people.calls("conversations.replies"))
    await d.open_ticket(BEN, ACME, title="another")

    async def both_have_threads() -> bool:
        return all(one.ticket.customer for one in await d.bot.store.tickets.open_of("ACME"))

    await d.people.wait_until(both_have_threads)
    await d.bot.reader.ask()
    d.bot.worker.look_again()

    async def one_read() -> bool:
        shard = keys.shard_of("ACME")
        waiting = await d.bot.store.scripts.command("ZRANGE", keys.due(shard), 0, -1)
        held = await d.bot.store.scripts.command("HKEYS", keys.work(shard))
        return len([one for one in waiting if one.startswith(b"read:")]) == 1 and any(
            one.startswith(b"read:") for one in held
        )

    await d.people.wait_until(one_read)
    assert len(await d.people.calls("conversations.replies")) <= before + 1


@pytest.mark.parametrize(
    ("heard_s_ago", "from_s_ago"),
    [(60, 660), (3_600, 4_200), (22 * 3_600, 22 * 3_600 + 600), (23 * 3_600, 23 * 3_600), (86_400, 86_400)],
)
def test_from_where_a_thread_is_read(heard_s_ago: int, from_s_ago: int) -> None:
    """A little earlier than the last message, but never what may have been forgotten."""
    now = time.time()
    since = _since(f"{now - 10 * 86_400:.6f}", f"{now - heard_s_ago:.6f}")
    assert abs(now - from_s_ago - float(since)) < 1


def test_a_thread_in_which_nobody_wrote_is_read_from_its_root() -> None:
    assert _since("1763734000.000100", None) == "1763734000.000100"
    assert _since("1763734000.000100", "1763734000.000099") == "1763734000.000100"
