"""What happened: bounded logs, and waiting for the next change without polling."""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import islice

from sandbox.wire import Call, Change, Changes, Dispatch


class Hub:
    """The bounded logs of a world and its change counter. One event loop only."""

    def __init__(self, limit: int) -> None:
        self.calls: deque[Call] = deque(maxlen=limit)
        self.dispatches: deque[Dispatch] = deque(maxlen=limit)
        self.seq = 0
        self.calls_seen = 0
        self.closed = False
        self._changes: deque[Change] = deque(maxlen=limit)
        self._waiter: asyncio.Future[None] | None = None

    def note(
        self, kind: str, channel: str | None = None, ts: str | None = None, user: str | None = None
    ) -> None:
        """Something changed; whoever waits is told."""
        self.seq += 1
        self._changes.append(Change(seq=self.seq, kind=kind, channel=channel, ts=ts, user=user))
        if self._waiter is not None:
            if not self._waiter.done():
                self._waiter.set_result(None)
            self._waiter = None

    async def since(self, seq: int, timeout_s: float) -> Changes:
        """The changes after ``seq``, waiting up to ``timeout_s`` for the first one."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while self.seq <= seq and not self.closed:
            remaining = deadline - asyncio.get_running_loop().time()
            if remaining <= 0:
                break
            if self._waiter is None:
                self._waiter = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._waiter], timeout=remaining)
        first = self._changes[0].seq if self._changes else self.seq + 1
        found = list(islice(self._changes, max(0, seq + 1 - first), None))
        return Changes(seq=self.seq, changes=found, lost=seq + 1 < first)

    def close(self) -> None:
        """Let every waiter go, for good."""
        self.closed = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
