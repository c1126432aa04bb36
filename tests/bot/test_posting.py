"""Posting: the pace of a channel, kept by all workers together, and what is on record of an attempt."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.clock import SystemClock
from bot.posting import Item, LeaseGone, Paced, Posting
from bot.slack import Lasting, Passing, RateLimited
from commands.views.message import Message, section
from policy.tickets import Room
from storage import keys
from storage.codec import WorkNote, decode_note
from storage.plan import Lease
from tests.bot.worker_rig import ACME, GLOBEX, TRIAGE, Rig, rig_at

LINE = Message(text="a line", blocks=[section("a line")])


@pytest.fixture
async def rig(empty_url: str) -> AsyncIterator[Rig]:
    async with rig_at(empty_url, clock=SystemClock()) as made:
        yield made


async def item(rig: Rig, member: str = "lane:ACME-1:staff") -> Item:
    """Something due that this worker holds."""
    shard = keys.shard_of("ACME")
    await rig.scripts.command("ZADD", keys.due(shard), 1, member)
    _, claimed = await rig.queue.claim(shard, now=rig.clock.now(), most=50, token="me")
    assert member in {one.member for one in claimed}
    return Item(Lease(shard, member, "me"))


async def noted(rig: Rig, held: Item) -> WorkNote:
    """What is on record of an item, for the worker that takes it next."""
    await rig.leases_run_out()
    _, claimed = await rig.queue.claim(held.lease.shard, now=rig.clock.now(), most=50, token="me")
    return next(decode_note(one.note) for one in claimed if one.member == held.lease.member)


def posting(rig: Rig, interval_ms: int = 0) -> Posting:
    return Posting(rig.slack, rig.queue, interval_ms=interval_ms)


# -- the pace


async def test_the_second_message_of_a_channel_waits_its_turn(rig: Rig) -> None:
    paced = posting(rig, 60_000)
    first, second, third = [await item(rig, f"lane:ACME-{number}:staff") for number in (1, 2, 3)]
    await paced.post(first, Room(ACME), LINE, "id-1")
    with pytest.raises(Paced) as soon:
        await paced.post(second, Room(ACME), LINE, "id-2")
    with pytest.raises(Paced) as later:
        await paced.post(third, Room(ACME), LINE, "id-3")
    assert 50 < soon.value.wait_s <= 60
    assert 110 < later.value.wait_s <= 120
    with pytest.raises(Paced) as still:  # a place once taken is kept
        await paced.post(second, Room(ACME), LINE, "id-2")
    assert still.value.wait_s <= soon.value.wait_s
    assert len(await rig.posts()) == 1


async def test_channels_do_not_wait_for_each_other(rig: Rig) -> None:
    paced = posting(rig, 60_000)
    for number, channel in enumerate((ACME, GLOBEX, TRIAGE)):
        await paced.post(await item(rig, f"lane:ACME-{number}:staff"), Room(channel), LINE, f"id-{number}")
    assert len(await rig.posts()) == 3


async def test_a_place_in_one_channel_is_none_in_another(rig: Rig) -> None:
    """An item that goes to triage because its own channel refuses it keeps its place there meanwhile."""
    paced = posting(rig, 60_000)
    await paced.post(await item(rig, "lane:ACME-1:staff"), Room(TRIAGE), LINE, "id-1")
    held = await item(rig, "lane:ACME-2:staff")
    with pytest.raises(Paced):
        await paced.post(held, Room(TRIAGE), LINE, "id-2")
    place = held.note.place_ms
    await rig.people.archive(ACME)
    with pytest.raises(Lasting):
        await paced.post(held, Room(ACME), LINE, "id-2")
    with pytest.raises(Paced):
        await paced.post(held, Room(TRIAGE), LINE, "id-2")
    assert (held.note.place_ms, held.note.place_channel) == (place, TRIAGE)


async def test_a_rate_limit_holds_the_whole_channel(rig: Rig) -> None:
    paced = posting(rig, 1)
    await rig.people.faults("chat.postMessage", kind="ratelimited", channel=ACME, retry_after=30)
    with pytest.raises(RateLimited):
        await paced.post(await item(rig, "lane:ACME-1:staff"), Room(ACME), LINE, "id-1")
    with pytest.raises(Paced) as held:
        await paced.post(await item(rig, "lane:ACME-2:staff"), Room(ACME), LINE, "id-2")
    assert 20 < held.value.wait_s <= 31
    assert len(await rig.people.calls("chat.postMessage")) == 1


async def test_several_posters_keep_slack_s_limit_together(rig: Rig) -> None:
    """Slack takes ten messages a second here, and says 429 to what comes sooner."""
    await rig.people.set_post_limit(10)
    posters = [posting(rig, 600) for _ in range(3)]

    async def post(number: int, held: Item) -> None:
        while True:
            try:
                await posters[number % 3].post(held, Room(ACME), LINE, f"id-{number}")
            except Paced as paced:
                await asyncio.sleep(paced.wait_s)
            else:
                return

    items = [await item(rig, f"lane:ACME-{number}:staff") for number in range(5)]
    await asyncio.gather(*(post(number, held) for number, held in enumerate(items)))
    calls = await rig.people.calls("chat.postMessage")
    assert [call.status for call in calls] == [200] * 5


# -- what is on record


@pytest.mark.parametrize(
    ("fault", "error", "kept"),
    [
        ({"kind": "ratelimited"}, RateLimited, False),
        ({"kind": "error", "error": "service_unavailable"}, Passing, False),
        ({"kind": "error", "error": "is_archived"}, Lasting, False),
        ({"kind": "error", "error": "internal_error"}, Passing, True),
        ({"kind": "error", "error": "fatal_error"}, Passing, True),
        ({"kind": "status", "status": 502}, Passing, True),
        ({"kind": "drop"}, Passing, True),
        ({"kind": "lost"}, Passing, True),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else None,
)
async def test_an_attempt_stays_on_record_while_it_may_have_been_carried_out(
    rig: Rig, fault: dict[str, str], error: type[Exception], kept: bool
) -> None:
    await rig.people.faults("chat.postMessage", **fault)  # type: ignore[arg-type]
    held = await item(rig)
    with pytest.raises(error):
        await posting(rig).post(held, Room(ACME), LINE, "id-1")
    assert (held.note.attempt is not None) is kept
    found = await posting(rig).unfinished(held)
    assert (found is not None) is (fault["kind"] == "lost")


async def test_the_attempt_is_on_record_before_the_call(rig: Rig) -> None:
    held = await item(rig)

    async def before() -> None:
        note = await noted(rig, held)
        assert (note.attempt, note.channel, note.thread) == ("id-1", ACME, None)

    rig.slack.before_post = before
    await posting(rig).post(held, Room(ACME), LINE, "id-1")
    assert len(await rig.posts()) == 1


async def test_no_call_under_a_lost_lease(rig: Rig) -> None:
    held = await item(rig)
    await rig.taken_by_another(held.lease)
    with pytest.raises(LeaseGone):
        await posting(rig).post(held, Room(ACME), LINE, "id-1")
    assert await rig.people.calls("chat.postMessage") == []


async def test_nothing_is_looked_for_without_an_attempt(rig: Rig) -> None:
    assert await posting(rig).unfinished(await item(rig)) is None
    assert await rig.people.calls("conversations.history") == []


# -- a process that stands still


async def test_who_stood_still_between_the_record_and_the_call_does_not_call(rig: Rig) -> None:
    """The lease may have passed on, and its new holder have looked for the message already."""
    times = iter([100.0, 100.0 + rig.queue.lease_s / 2 + 0.001])
    held = await item(rig)
    stopped = Posting(rig.slack, rig.queue, interval_ms=0, monotonic=lambda: next(times))
    with pytest.raises(LeaseGone):
        await stopped.post(held, Room(ACME), LINE, "id-1")
    assert await rig.posts() == []
    # The attempt is on record: the next one looks, finds nothing, and posts.
    assert (await noted(rig, held)).attempt == "id-1"
    again = Item(held.lease, await noted(rig, held))
    assert await posting(rig).unfinished(again) is None
    await posting(rig).post(again, Room(ACME), LINE, "id-1")
    assert len(await rig.posts()) == 1
