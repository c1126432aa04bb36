"""Posting once in effect: a place in the channel's pace, the attempt on record, then the call.

If an earlier attempt is unfinished (its answer was lost, or its worker died), the channel is searched for the
message's id before anything is posted again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from msgspec.structs import replace

from bot.slack import Lasting, Passing, RateLimited, Slack, TokenRefused
from commands.views.message import Message
from policy.reminders import Reminder
from policy.tickets import MessageRef, Room
from storage.codec import WorkNote
from storage.plan import Lease
from storage.queue import Queue


class LeaseGone(Exception):
    """Another worker has the item now: leave it alone."""


@dataclass(slots=True)
class Item:
    """A due item in a worker's hands. `note` is what is on record of it, kept up to date here."""

    lease: Lease
    note: WorkNote = field(default_factory=WorkNote)


class Paced(Exception):
    """The channel takes no message yet: come back in `wait_s` real seconds."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"the channel takes its next message in {wait_s:g} s")
        self.wait_s = wait_s


class Posting:
    """`interval_ms` is the least time between two messages in a channel (0: no limit)."""

    def __init__(
        self,
        slack: Slack,
        queue: Queue,
        *,
        interval_ms: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._slack = slack
        self._queue = queue
        self._interval_ms = interval_ms
        self._monotonic = monotonic

    async def unfinished(self, item: Item) -> MessageRef | None:
        """What an earlier attempt at this item has posted after all; None when there is no such message.
        Raises SlackFault."""
        note = item.note
        if note.attempt is None or note.channel is None:
            return None
        return await self._slack.find(note.channel, note.thread, note.attempt, note.attempted_ms / 1000)

    async def post(
        self, item: Item, room: Room, message: Message, opaque_id: str, reminder: Reminder | None = None
    ) -> MessageRef:
        """Post a message. Raises SlackFault, Paced, LeaseGone. After a fault the attempt stays on record only if
        it may have been carried out."""
        await self.take_place(item, room.channel, self._interval_ms)
        recorded = item.note
        item.note = replace(
            item.note,
            attempt=opaque_id,
            attempted_ms=int(time.time() * 1000),
            channel=room.channel,
            thread=room.thread,
            reminder=reminder,
        )
        asked_at = self._monotonic()
        if not await self._queue.attempt(item.lease, item.note):
            item.note = recorded
            raise LeaseGone
        if self._monotonic() - asked_at > self._queue.lease_s / 2:
            # This process stood still since: the lease may have passed to one that has looked for the message already.
            raise LeaseGone
        try:
            return await self._slack.post(room.channel, room.thread, message, opaque_id)
        except RateLimited as limited:
            _forget_attempt(item)
            await self._hold_channel(room.channel, limited.retry_after_s)
            raise
        except Passing as passing:
            if not passing.carried_out:
                _forget_attempt(item)
            raise
        except (Lasting, TokenRefused):
            _forget_attempt(item)
            raise

    async def _hold_channel(self, channel: str, seconds: float) -> None:
        """Slack has limited a channel: nobody posts there for a while."""
        await self._queue.pace(
            channel, interval_ms=self._interval_ms, place_ms=None, not_before_ms=int(seconds * 1000)
        )

    async def take_turn(self, item: Item, channel: str) -> None:
        """A place in a channel's pace for what is no message of this kind. Raises Paced."""
        await self.take_place(item, channel, self._interval_ms)

    async def take_place(self, item: Item, channel: str, interval_ms: int) -> None:
        """Come back later unless a channel, or whatever else all workers take turns at, is free. Raises Paced."""
        if interval_ms <= 0:
            return
        note = item.note
        mine = note.place_channel == channel
        wait_ms, place_ms = await self._queue.pace(
            channel, interval_ms=interval_ms, place_ms=note.place_ms if mine else None
        )
        if wait_ms:
            item.note = replace(note, place_ms=place_ms, place_channel=channel)
            raise Paced(wait_ms / 1000)
        if mine:
            item.note = replace(note, place_ms=None, place_channel=None)


def _forget_attempt(item: Item) -> None:
    """It was not carried out, for certain: there is nothing to look for afterwards."""
    item.note = replace(item.note, attempt=None, channel=None, thread=None, reminder=None)
