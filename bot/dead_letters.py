"""Staff hear of dead letters in triage: one message for all that came together."""

import hashlib
import logging
from collections.abc import Callable
from typing import Final

from bot.clock import SystemClock
from bot.posting import Item, Posting
from bot.slack import Lasting
from commands.text import Text
from commands.views import undelivered
from policy.instants import from_ms
from policy.tickets import Room
from storage.codec import DeadLetter
from storage.keys import SHARDS
from storage.queue import Queue
from storage.scripts import Claimed

log = logging.getLogger(__name__)

ALERT: Final = "alert:dead-letters"
_SHARD: Final = 0
"""It is about all shards, and kept in one."""
GATHER_S: Final = 30.0
"""So long after the first dead letter of a burst staff are told of all of them."""


class DeadLetterAlerts:
    """`triage` raises Lasting where no such channel is set."""

    def __init__(
        self,
        queue: Queue,
        posting: Posting,
        clock: SystemClock,
        triage: Callable[[], Room],
        words: Text,
    ) -> None:
        self._queue = queue
        self._posting = posting
        self._clock = clock
        self._triage = triage
        self._words = words

    async def expect(self) -> None:
        """Something becomes a dead letter now: ask for the alert first, so that no crash comes between. Where one
        is expected already, nothing happens. Raises StorageError."""
        await self._queue.want(_SHARD, [ALERT], self._clock.after_s(GATHER_S))

    async def tell(self, item: Item, claimed: Claimed) -> None:
        """Post the alert. One for which there is no dead letter after all, or no triage channel, is dropped. Raises
        SlackFault but Lasting, Paced, LeaseGone, StorageError."""
        now = self._clock.now()
        since = from_ms(claimed.due_ms) - (self._clock.after_s(GATHER_S) - now)
        letters = [letter for letter in await self._letters() if letter.at >= since]
        if letters:
            try:
                await self._post(item, claimed, letters)
            except Lasting as fault:
                log.error(
                    "%d messages could not be delivered, and nobody could be told: %s", len(letters), fault
                )
        # What was buried while this one was in hand found an alert expected, and is told by the next one.
        later = [letter for letter in await self._letters() if letter.at > now]
        await self._queue.move(
            item.lease, self._clock.after_s(GATHER_S) if later else None, now=self._clock.now()
        )

    async def _post(self, item: Item, claimed: Claimed, letters: list[DeadLetter]) -> None:
        shown = undelivered.letters(self._words, [(letter.queued.ticket, letter.error) for letter in letters])
        opaque_id = hashlib.sha256(f"{ALERT} {claimed.due_ms}".encode()).hexdigest()[:32]
        if item.note.attempt is None or await self._posting.unfinished(item) is None:
            await self._posting.post(item, self._triage(), shown, opaque_id)

    async def _letters(self) -> list[DeadLetter]:
        return [letter for shard in range(SHARDS) for letter in await self._queue.dead_letters(shard)]
