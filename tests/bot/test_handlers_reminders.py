"""Reminders as the worker sends them: one live message, catch-ups, snoozes, and answers that cross them."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from policy.clocks import SlotKind
from policy.reminders import wake_at
from policy.tickets import Ticket
from policy.timeline import Acknowledged, Reminded, Resolved, Source
from policy.transitions import acknowledge, post_update, resolve, snooze
from storage import keys
from tests.bot.worker_rig import ERIN, START, Rig, rig_at


@pytest.fixture
async def rig(empty_url: str) -> AsyncIterator[Rig]:
    async with rig_at(empty_url) as made:
        yield made


@pytest.fixture
async def ticket(rig: Rig) -> str:
    """A ticket of severity 1 that nobody has; its room and card are there."""
    opened = await rig.open("1")
    await rig.work()
    return opened


async def shown(rig: Rig, ticket: str) -> list[str]:
    """What the reminders of a ticket say, oldest first."""
    room = await rig.room(ticket)
    places = {entry.message.ts for entry in await rig.entries(ticket, Reminded)}
    return [one["text"] for one in await rig.people.messages(room) if one["ts"] in places]


async def test_each_slot_has_its_reminder(rig: Rig, ticket: str) -> None:
    for minutes, kind in (
        (10, SlotKind.UNOWNED),
        (20, SlotKind.UNOWNED),
        (30, SlotKind.EARLY),
        (36, SlotKind.EARLY),
        (24, SlotKind.DUE),
        (60, SlotKind.OVERDUE),
    ):
        rig.pass_time(minutes=minutes)
        await rig.work()
        newest = (await rig.entries(ticket, Reminded))[-1]
        assert [(slot.at, slot.kind) for slot in newest.slots] == [(rig.clock.now(), kind)]
    assert await rig.nothing_doubled()


async def test_nothing_is_said_before_its_time(rig: Rig, ticket: str) -> None:
    rig.pass_time(minutes=9, seconds=59, milliseconds=999)
    assert await rig.work() == []
    rig.pass_time(milliseconds=1)
    assert f"remind:{ticket}" in await rig.work()


async def test_one_reminder_lives_and_the_older_ones_shrink(rig: Rig, ticket: str) -> None:
    for minutes in (10, 20, 30):
        rig.pass_time(minutes=minutes)
        await rig.work()
    first, second, third = await shown(rig, ticket)
    assert "followed by a newer one" in first
    assert "followed by a newer one" in second
    assert "nobody has it" in third
    await rig.change(ticket, lambda t, now: acknowledge(rig.policy, t, ERIN, now))
    await rig.work()
    assert "answered by" in (await shown(rig, ticket))[2]


async def test_after_a_long_outage_one_message_stands_for_all(rig: Rig, ticket: str) -> None:
    rig.pass_time(hours=10, minutes=30)
    await rig.work()
    (entry,) = await rig.entries(ticket, Reminded)
    assert entry.count == len(entry.slots) == 13  # 10 m, 30 m, 1 h, 1 h 36 m, 2 h, and 3 h to 10 h
    (text,) = [one for one in await rig.texts(await rig.room(ticket)) if "nobody has it" in one]
    assert "stands for 13 reminders" in text
    kept = await rig.ticket(ticket)
    assert wake_at(rig.policy, kept, kept.moved) == START + timedelta(hours=11)
    assert await rig.work() == []


async def test_after_a_very_long_one_too(rig: Rig, ticket: str) -> None:
    """The newest slots are named, all are counted."""
    rig.pass_time(days=30)
    await rig.work()
    (entry,) = await rig.entries(ticket, Reminded)
    assert (len(entry.slots), entry.count) == (50, 30 * 24 + 3)
    assert entry.slots[-1].at == START + timedelta(days=30)
    assert await rig.work() == []


async def test_a_snoozed_ticket_is_silent_and_then_names_what_went_by(rig: Rig, ticket: str) -> None:
    rig.pass_time(minutes=5)
    until = START + timedelta(minutes=50)
    await rig.change(ticket, lambda t, now: snooze(rig.policy, t, ERIN, until, now))
    await rig.work()
    rig.pass_time(minutes=44)
    await rig.work()
    assert await rig.entries(ticket, Reminded) == []
    rig.pass_time(minutes=1)
    await rig.work()
    (entry,) = await rig.entries(ticket, Reminded)
    assert entry.count == 2


async def test_somebody_acknowledges_while_the_reminder_is_posted(rig: Rig, ticket: str) -> None:
    """The message stands already: it is recorded, after the acknowledgement, and shrinks at once."""
    rig.pass_time(minutes=10)

    async def acknowledged() -> None:
        rig.slack.after_post = None
        await rig.change(ticket, lambda t, now: acknowledge(rig.policy, t, ERIN, now))

    rig.slack.after_post = acknowledged
    await rig.work()
    entries = await rig.tickets.timeline(ticket)
    kinds = [type(entry) for entry in entries]
    assert kinds.index(Reminded) > kinds.index(Acknowledged)
    (text,) = await shown(rig, ticket)
    assert "answered by" in text
    kept = await rig.ticket(ticket)
    assert kept.reminder is None
    assert (await rig.waiting()) == {
        f"remind:{ticket}": (rig.clock.now() + timedelta(minutes=45)).timestamp() * 1000
    }


async def test_somebody_resolves_while_the_reminder_is_posted(rig: Rig, ticket: str) -> None:
    rig.pass_time(minutes=10)

    async def resolved() -> None:
        rig.slack.after_post = None
        await rig.change(ticket, lambda t, now: resolve(t, ERIN, "Fixed.", now))

    rig.slack.after_post = resolved
    await rig.work()
    kinds = [type(entry) for entry in await rig.tickets.timeline(ticket)]
    assert kinds.index(Reminded) > kinds.index(Resolved)
    assert "answered by" in (await shown(rig, ticket))[0]
    assert await rig.waiting() == await rig.to_be_confirmed(ticket)


async def test_somebody_writes_while_the_reminder_is_posted(rig: Rig, ticket: str) -> None:
    """A change that leaves the clock alone: the reminder is recorded on the newer ticket, and lives."""
    rig.pass_time(minutes=10)

    async def snoozed() -> None:
        rig.slack.after_post = None
        until = rig.clock.now() + timedelta(minutes=5)
        await rig.change(ticket, lambda t, now: snooze(rig.policy, t, ERIN, until, now))

    rig.slack.after_post = snoozed
    await rig.work()
    kept = await rig.ticket(ticket)
    (entry,) = await rig.entries(ticket, Reminded)
    assert kept.reminder == entry.message
    assert kept.snoozed_until == rig.clock.now() + timedelta(minutes=5)
    assert kept.clock is not None
    assert kept.clock.covered_until == entry.slots[-1].at


async def test_an_answer_a_moment_before_the_reminder(rig: Rig, ticket: str) -> None:
    """It was claimed, and then nothing is due any more: nothing is posted."""
    rig.pass_time(minutes=10)
    shard = keys.shard_of("ACME")
    _, claimed = await rig.queue.claim(shard, now=rig.clock.now(), most=50, token="slow")
    await rig.change(ticket, lambda t, now: acknowledge(rig.policy, t, ERIN, now))
    (reminding,) = [one for one in claimed if one.member == f"remind:{ticket}"]
    before = len(await rig.posts())
    await rig.handlers.handle(shard, reminding, "slow")
    assert len(await rig.posts()) == before
    assert await rig.entries(ticket, Reminded) == []


async def test_an_unfinished_reminder_covers_what_it_named_and_no_more(rig: Rig, ticket: str) -> None:
    """Found an hour later: the slots since then have a message of their own."""
    rig.pass_time(minutes=10)
    await rig.people.faults("chat.postMessage", kind="lost", channel=await rig.room(ticket))
    await rig.work()
    rig.pass_time(hours=1)
    await rig.work()
    first, second = await rig.entries(ticket, Reminded)
    assert [slot.at for slot in first.slots] == [START + timedelta(minutes=10)]
    assert [slot.at for slot in second.slots] == [START + timedelta(minutes=30), START + timedelta(hours=1)]
    assert await rig.nothing_doubled()


async def test_the_owner_is_reminded_of_updates(rig: Rig, ticket: str) -> None:
    await rig.change(ticket, lambda t, now: acknowledge(rig.policy, t, ERIN, now))

    def updated(t: Ticket, now: datetime) -> object:
        return post_update(rig.policy, t, ERIN, "Rolling back.", Source.COMMAND, now)

    await rig.change(ticket, updated)
    await rig.work()
    rig.pass_time(minutes=45)
    await rig.work()
    (text,) = await shown(rig, ticket)
    assert text.startswith(f"<@{ERIN}>")
    assert "update due" in text
