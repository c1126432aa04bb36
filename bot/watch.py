"""Whether a worker does what it is there for, told outside of Slack and past the due index: a queue that stands still
could not say so itself, and neither could Slack.

A worker that is well calls the heartbeat address every minute; whoever listens there raises an alarm when the calls
stop. While reminders run late those who are paged are told, and told again when it is over. Every worker of a
workspace watches, so the same thing may be said twice: it has one key.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import aiohttp

from bot.clock import SystemClock
from bot.paging import Alert, Receiver
from bot.slack import SlackFault, SlackHealth
from bot.worker import Worker
from commands.text import Text
from commands.views import page as words
from policy.instants import from_ms
from policy.pages import PageAction
from storage.errors import StorageError
from storage.keys import SHARDS
from storage.pauses import Pauses
from storage.queue import Queue

log = logging.getLogger(__name__)

EVERY_S: Final = 60.0
LATE: Final = "supportbot/late"
_LOOKED_S: Final = 30.0
"""A worker looks every few seconds; one that has not looked for so long is not well."""
_TIMEOUT_S: Final = 10.0


class Watch:
    """`late_after_s`: from when reminders run late. `heartbeat` None: nobody listens."""

    def __init__(
        self,
        queue: Queue,
        pauses: Pauses,
        worker: Worker,
        health: SlackHealth,
        clock: SystemClock,
        receivers: Sequence[Receiver],
        text: Text,
        session: aiohttp.ClientSession,
        *,
        late_after_s: float,
        heartbeat: str | None,
    ) -> None:
        self._queue = queue
        self._pauses = pauses
        self._worker = worker
        self._health = health
        self._clock = clock
        self._receivers = receivers
        self._text = text
        self._session = session
        self._late_after_s = late_after_s
        self._heartbeat = heartbeat
        self._store_seen = time.monotonic()
        self._told: dict[int, PageAction] = {}
        """What each receiver was told last. A new worker does not know: it says that all is well, when it is."""

    async def run(self) -> None:
        """Look every minute."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.look()

    async def look(self) -> None:
        """Look once, and tell whoever is to be told. Never raises."""
        behind_s = await self._behind_s()
        if self._heartbeat and await self._is_well():
            await self._beat(self._heartbeat)
        if behind_s is not None:
            await self._page(self._why_late(behind_s))

    async def _behind_s(self) -> float | None:
        """For how long the longest waiting item has been due; 0 while the store does not answer, and None while
        posting is paused, which is nobody's fault."""
        try:
            if await self._pauses.current() is not None:
                self._store_seen = time.monotonic()
                return None
            first = [await self._queue.first_due(shard) for shard in range(SHARDS)]
        except StorageError:
            return 0.0
        self._store_seen = time.monotonic()
        oldest = min((at for at in first if at is not None), default=None)
        if oldest is None:
            return 0.0
        return (self._clock.now() - from_ms(oldest)).total_seconds() / self._clock.speed

    def _why_late(self, behind_s: float) -> tuple[str, float] | None:
        """Why reminders run late and for how long already; None: they do not."""
        reasons = {
            "store": time.monotonic() - self._store_seen,
            "slack": self._health.failing_s(),
            "behind": behind_s,
        }
        return next((one for one in reasons.items() if one[1] > self._late_after_s), None)

    async def _is_well(self) -> bool:
        looked = time.monotonic() - self._worker.last_look <= _LOOKED_S
        answers = time.monotonic() - self._store_seen <= _LOOKED_S
        return looked and answers and self._health.failing_s() <= EVERY_S

    async def _beat(self, address: str) -> None:
        try:
            timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
            async with self._session.get(address, timeout=timeout) as answer:
                if answer.status >= 400:
                    log.warning("the heartbeat address answers %d", answer.status)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("the heartbeat address does not answer: %s", type(error).__name__)

    async def _page(self, late: tuple[str, float] | None) -> None:
        action = PageAction.TRIGGER if late else PageAction.RESOLVE
        if late:
            summary = words.late(self._text, late[0], timedelta(seconds=round(late[1])))
        else:
            summary = words.late_no_more(self._text)
        now = self._clock.now()
        alert = Alert(
            id=f"{LATE}/{int(now.timestamp())}",
            key=LATE,
            action=action,
            summary=summary,
            at=now,
            grave="critical",
            details={"kind": "late", "why": late[0] if late else None},
        )
        for place, receiver in enumerate(self._receivers):
            if self._told.get(place) is action:
                continue
            try:
                await receiver.tell(alert)
                self._told[place] = action
            except SlackFault as fault:
                log.warning("a page about late reminders waits: %s", fault)
