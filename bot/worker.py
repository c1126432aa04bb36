"""The worker: looks at the due index of every shard, claims what is due, and has it handled.

It sleeps until the next instant it knows of. Pub/sub tells it of earlier ones; that is a hint, and it looks
every second anyway. Any number of workers may run.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Final

from bot.clock import SystemClock
from bot.handlers import Handlers
from policy.commits import Stored
from policy.instants import from_ms, to_ms
from storage.errors import StorageError
from storage.keys import SHARDS
from storage.queue import Queue
from storage.scripts import Claimed

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 1.0
"""What a worker that died had in hand is taken up by another within its lease and this."""
_CLAIM_AT_LEAST: Final = 8
"""A worker that is busy claims this many at a time, from one shard after the other: few large claims cost less."""
_STORE_AWAY_S: Final = 1.0
_GIVE_BACK_S: Final = 2.0

Wakes = Callable[[], AsyncIterator[tuple[int, int]]]
"""Tells which shard has something due at which instant (ms), for as long as it is listened to."""


class Worker:
    """`run` works until `stop`. `concurrency` items are in hand at most."""

    def __init__(
        self,
        queue: Queue,
        handlers: Handlers,
        clock: SystemClock,
        wakes: Wakes,
        *,
        concurrency: int = 128,
        batch: int = 32,
    ) -> None:
        self._queue = queue
        self._handlers = handlers
        self._clock = clock
        self._wakes = wakes
        self._concurrency = concurrency
        self._batch = batch
        self._name = secrets.token_hex(4)
        self._claims = 0
        self._turn = 0
        self._next_ms: dict[int, int | None] = dict.fromkeys(range(SHARDS), 0)
        self._woken = asyncio.Event()
        self._stopping = False
        self._in_hand: set[asyncio.Task[None]] = set()
        self.last_look = 0.0
        """When it last looked at every shard without a fault (`time.monotonic`); 0: never yet."""

    async def run(self) -> None:
        """Work until `stop`; then finish what is in hand."""
        listening = asyncio.create_task(self._listen(), name="worker-wakes")
        looked_at = 0.0
        try:
            while not self._stopping:
                self._woken.clear()
                if time.monotonic() - looked_at >= LOOK_EVERY_S:
                    self._next_ms = dict.fromkeys(range(SHARDS), 0)
                    looked_at = time.monotonic()
                try:
                    await self._look()
                except StorageError as error:
                    log.warning("the worker waits for the store: %s", error)
                    self._next_ms = dict.fromkeys(range(SHARDS), 0)
                    await self._sleep(_STORE_AWAY_S)
                    continue
                self.last_look = time.monotonic()
                await self._sleep(self._idle_s(looked_at))
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
            await self._finish()

    async def _finish(self) -> None:
        """Wait for what is in hand. Whoever will not wait any longer cancels: then it is given back."""
        if not self._in_hand:
            return
        try:
            await asyncio.wait(self._in_hand)
        except asyncio.CancelledError:
            for task in self._in_hand:
                task.cancel()
            await asyncio.wait(self._in_hand, timeout=_GIVE_BACK_S)
            raise

    def stop(self) -> None:
        """Take nothing more in hand."""
        self._stopping = True
        self._woken.set()

    def look_again(self) -> None:
        """Look at every shard now."""
        self._next_ms = dict.fromkeys(range(SHARDS), 0)
        self._woken.set()

    async def _look(self) -> None:
        """Claim from every shard that has something due, or while it is busy from some in turn, as far as hands
        are free."""
        now = self._clock.now()
        now_ms = to_ms(now)
        due = [shard for shard, at in self._next_ms.items() if at is not None and at <= now_ms]
        free = self._concurrency - len(self._in_hand)
        if not due or free <= 0:
            return
        if self._in_hand:
            due.sort(key=lambda shard: (shard - self._turn) % SHARDS)
            due = due[: max(1, free // _CLAIM_AT_LEAST)]
            self._turn = due[-1] + 1
        self._claims += 1
        token = f"{self._name}.{self._claims}"
        most = max(1, min(self._batch, free // len(due)))
        for shard in due:
            # What is announced from here on is newer than the answers, and stays beside them.
            self._next_ms[shard] = None
        answers = await asyncio.gather(
            *(self._queue.claim(shard, now=now, most=most, token=token) for shard in due),
            return_exceptions=True,
        )
        faults: list[BaseException] = []
        found: list[tuple[int, Claimed]] = []
        for shard, answer in zip(due, answers, strict=True):
            if isinstance(answer, BaseException):
                faults.append(answer)
                continue
            next_ms, claimed = answer
            # A full batch: there may be more that is due already.
            more_ms = 0 if len(claimed) == most else next_ms
            if more_ms is not None:
                self._expect(shard, more_ms)
            found += ((shard, item) for item in claimed)
        if len(found) == 1:
            self._take(*found[0], None, token)
        elif found:
            for shard, item, base in await self._handlers.most_urgent_first(found):
                self._take(shard, item, base, token)
        if faults:
            raise faults[0]

    def _take(self, shard: int, item: Claimed, base: Stored | None, token: str) -> None:
        task = asyncio.create_task(self._handle(shard, item, base, token))
        self._in_hand.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        full = len(self._in_hand) >= self._concurrency
        self._in_hand.discard(task)
        if full:
            self._woken.set()

    async def _handle(self, shard: int, item: Claimed, base: Stored | None, token: str) -> None:
        try:
            again = await self._handlers.handle(shard, item, token, base)
            if again is not None:
                self._expect(shard, to_ms(again))
        except StorageError as error:
            log.warning("%s waits for the store: %s", item.member, error)
        except Exception:
            # Its lease runs out and it is tried again; the rest must not wait for a bug in one.
            log.exception("%s failed", item.member)

    async def _listen(self) -> None:
        while True:
            try:
                async for shard, at_ms in self._wakes():
                    self._expect(shard, at_ms)
            except StorageError as error:
                log.warning("not listening for wake-ups: %s", error)
            await asyncio.sleep(_STORE_AWAY_S)

    def _expect(self, shard: int, at_ms: int) -> None:
        known = self._next_ms.get(shard)
        if known is None or at_ms < known:
            self._next_ms[shard] = at_ms
            self._woken.set()

    def _idle_s(self, looked_at: float) -> float:
        known = [at for at in self._next_ms.values() if at is not None]
        until_look = looked_at + LOOK_EVERY_S - time.monotonic()
        if not known:
            return until_look
        if len(self._in_hand) >= self._concurrency:
            return until_look  # a hand that gets free wakes the worker
        return min(until_look, self._clock.real_s_until(from_ms(min(known))))

    async def _sleep(self, seconds: float) -> None:
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), seconds)
        else:
            await asyncio.sleep(0)
