"""What was written in the threads of open tickets while nobody listened.

Slack gives an event up after some minutes, and what happens while a socket is closed is never told at all. So after
a start, a reconnect, and an outage of the store, the thread of every open ticket is read from the last message that
was dealt with, and what is found is treated exactly like the event would have been. A message is known by its
channel and `ts`, so it counts once, whether both come or one of them.

Each thread is a member of the due index: paced by Slack's limit for such calls, taken up by another worker when one
dies, in nobody's way. What is not found this way: new messages outside of tickets' threads, edits and deletions, and
commands by mention, whose writers got no answer.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from bot.clock import SystemClock
from bot.posting import Item, Posting
from bot.slack import Lasting, Slack
from policy.directory import Directory
from policy.tickets import Room
from storage.keys import OPERATION_LIFE_MS, shard_of
from storage.queue import Queue
from storage.scripts import Claimed
from storage.tickets import Tickets

log = logging.getLogger(__name__)

READ: Final = "read:"
INTERVAL_MS: Final = 1_500
"""Between two calls of `conversations.replies`, of all workers together: Slack takes 50 a minute."""
_METHOD: Final = "conversations.replies"
_MOST_PAGES: Final = 10
"""Of 200 messages each."""
_OVERLAP_S: Final = 600.0
"""So much earlier than the last message: one before it may have failed, while Slack still tried again."""
_REMEMBERED_S: Final = OPERATION_LIFE_MS / 1000 - 3600
"""An older message that was dealt with might be taken for a new one."""

Hear = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Treats an event's envelope like the event."""


class ThreadReader:
    """`hear` gets what is found, oldest first. `interval_ms` 0: no limit."""

    def __init__(
        self,
        slack: Slack,
        queue: Queue,
        tickets: Tickets,
        posting: Posting,
        directory: Callable[[], Directory],
        clock: SystemClock,
        hear: Hear,
        *,
        interval_ms: int = INTERVAL_MS,
    ) -> None:
        self._slack = slack
        self._queue = queue
        self._tickets = tickets
        self._posting = posting
        self._directory = directory
        self._clock = clock
        self._hear = hear
        self._interval_ms = interval_ms
        self._identity: Mapping[str, Any] | None = None

    async def ask(self, account: str | None = None) -> int:
        """Have the threads of all open tickets read, of one account or (None) of all; how many tickets these are.
        Raises StorageError."""
        count, now = 0, self._clock.now()
        for key in [account] if account else self._directory().accounts:
            tickets = await self._tickets.open_ids(key)
            await self._queue.want(shard_of(key), [READ + ticket for ticket in tickets], now, anew=True)
            count += len(tickets)
        if count:
            log.info("the threads of %d open tickets are read for what was written meanwhile", count)
        return count

    async def read(self, item: Item, claimed: Claimed) -> None:
        """Read a ticket's thread. Raises SlackFault but Lasting, Paced, StorageError."""
        ticket = claimed.member.removeprefix(READ)
        stored = await self._tickets.get(ticket)
        room = stored.ticket.customer if stored and stored.ticket.is_open else None
        if room is None or room.thread is None:
            await self._queue.move(item.lease, None, now=self._clock.now())
            return
        await self._posting.take_place(item, _METHOD, self._interval_ms)
        try:
            await self._thread(ticket, room, room.thread)
        except Lasting as fault:
            log.warning("the thread of %s cannot be read: %s", ticket, fault.error)
        again = await self._queue.due_at(item.lease) != claimed.due_ms
        await self._queue.move(item.lease, self._clock.now() if again else None, now=self._clock.now())

    async def _thread(self, ticket: str, room: Room, thread: str) -> None:
        since = _since(thread, await self._queue.heard_until(ticket))
        identity = self._identity = self._identity or await self._slack.identify()
        for _ in range(_MOST_PAGES):
            found, more = await self._slack.replies(room.channel, thread, since)
            for message in found:
                await self._hear(_envelope(room.channel, message, identity))
                await self._queue.heard(ticket, message["ts"])
            if not more or not found:
                return
            since = found[-1]["ts"]
        log.error("the thread of %s has more than was read", ticket)


def _envelope(channel: str, message: Mapping[str, Any], identity: Mapping[str, Any]) -> dict[str, Any]:
    """What the event of a message would have come in."""
    return {
        "type": "event_callback",
        "event_id": f"{READ}{channel}:{message['ts']}",
        "team_id": identity.get("team_id"),
        "authorizations": [{"user_id": identity.get("user_id"), "is_bot": True}],
        "event": {"channel": channel, **message, "type": "message"},
    }


def _since(thread: str, heard: str | None) -> str:
    """The `ts` from which a thread is read."""
    if heard is None or float(heard) <= float(thread):
        return thread
    overlapped = float(heard) - _OVERLAP_S
    if overlapped < time.time() - _REMEMBERED_S:
        return heard
    return f"{max(overlapped, float(thread)):.6f}"
