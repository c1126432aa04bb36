"""Places in a channel's queue: all workers together keep Slack's limit for a channel. All on the server's time."""

import asyncio
from itertools import pairwise

from storage.connect import Client
from storage.keys import pace
from tests.storage.stores import Store

INTERVAL = 60_000
"""So long that no test takes as much time: what a place is due after never depends on the machine."""


async def test_an_idle_channel_takes_a_message_at_once(store: Store) -> None:
    wait_ms, place_ms = await store.queue.pace("C-1", interval_ms=INTERVAL, place_ms=None)
    assert wait_ms == 0
    assert place_ms > 0


async def test_places_are_never_closer_than_the_interval(store: Store, other: Store) -> None:
    replies = await asyncio.gather(
        *((store, other)[n % 2].queue.pace("C-1", interval_ms=INTERVAL, place_ms=None) for n in range(20))
    )
    places = sorted(place for _, place in replies)
    assert all(later - earlier >= INTERVAL for earlier, later in pairwise(places))
    assert sorted(wait for wait, _ in replies)[0] == 0
    for wait, place in replies:
        assert wait <= place - places[0]


async def test_channels_do_not_wait_for_each_other(store: Store) -> None:
    for channel in ("C-1", "C-2"):
        assert (await store.queue.pace(channel, interval_ms=INTERVAL, place_ms=None))[0] == 0


async def test_a_place_that_was_taken_is_kept_and_counts_once(store: Store) -> None:
    _, first = await store.queue.pace("C-1", interval_ms=INTERVAL, place_ms=None)
    _, second = await store.queue.pace("C-1", interval_ms=INTERVAL, place_ms=None)
    for _ in range(3):
        wait_ms, place_ms = await store.queue.pace("C-1", interval_ms=INTERVAL, place_ms=second)
        assert (place_ms, wait_ms > 0) == (second, True)
        assert await store.queue.pace("C-1", interval_ms=INTERVAL, place_ms=first) == (0, first)
    _, third = await store.queue.pace("C-1", interval_ms=INTERVAL, place_ms=None)
    assert third == second + INTERVAL


async def test_a_place_long_past_is_given_up(store: Store) -> None:
    """A backlog would use them all at once."""
    _, first = await store.queue.pace("C-1", interval_ms=INTERVAL, place_ms=None)
    wait_ms, place_ms = await store.queue.pace("C-1", interval_ms=INTERVAL, place_ms=first - INTERVAL - 2_000)
    assert place_ms == first + INTERVAL
    assert wait_ms > 0


async def test_a_channel_that_slack_has_limited_takes_nothing_before(store: Store, other: Store) -> None:
    held = 10 * INTERVAL
    wait_ms, held_till = await store.queue.pace(
        "C-1", interval_ms=INTERVAL, place_ms=None, not_before_ms=held
    )
    assert wait_ms == held
    _, following = await other.queue.pace("C-1", interval_ms=INTERVAL, place_ms=None)
    assert following == held_till + INTERVAL
    # Holding again for less than what is queued already takes the next place.
    _, again = await store.queue.pace("C-1", interval_ms=INTERVAL, place_ms=None, not_before_ms=1)
    assert again == following + INTERVAL


async def test_a_channels_pace_outlives_its_last_place_and_then_ends(store: Store) -> None:
    client: Client = store.client
    wait_ms, _ = await store.queue.pace("C-1", interval_ms=1_000, place_ms=None, not_before_ms=5_000)
    left_ms = await client.pttl(pace("C-1"))
    assert wait_ms + 1_000 < left_ms <= wait_ms + 61_000
