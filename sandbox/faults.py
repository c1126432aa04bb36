"""Faults on demand: what the Web API does wrong, for which calls, how often."""

from __future__ import annotations

from typing import Literal

import msgspec

from sandbox.errors import Refused

FaultKind = Literal["ratelimited", "status", "drop", "lost", "slow", "error"]


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A fault for calls of ``method`` (``*``: any), of one channel when given.

    ``ratelimited``: 429 with ``Retry-After: retry_after`` (seconds); ``status``: that HTTP status;
    ``drop``: the connection closes before any work; ``lost``: the work is done, then the connection closes;
    ``slow``: ``delay_s`` passes, then the work is done; ``error``: ``ok: false`` with that string.
    ``times`` calls suffer it, 0 means all until it is cleared.
    """

    method: str
    kind: FaultKind
    channel: str | None = None
    times: int = 1
    retry_after: int = 1
    status: int = 503
    delay_s: float = 0.0
    error: str = "internal_error"


class Faults:
    """The faults that are set; for a call the first that fits is played."""

    def __init__(self) -> None:
        self._set: list[Fault] = []
        self._left: list[int] = []

    def add(self, fault: Fault) -> None:
        """Set a fault, behind those that are set. Raises Refused for numbers that make no sense."""
        if fault.times < 0 or fault.delay_s < 0 or fault.retry_after < 0 or not 400 <= fault.status <= 599:
            raise Refused(f"this fault cannot be played: {fault}")
        self._set.append(fault)
        self._left.append(fault.times)

    def clear(self) -> int:
        """Remove all of them; how many there were."""
        count = len(self._set)
        self._set.clear()
        self._left.clear()
        return count

    def take(self, method: str, channel: str | None) -> Fault | None:
        """The fault that this call suffers, None for none; counts it."""
        for index, fault in enumerate(self._set):
            if fault.method not in ("*", method) or (fault.channel is not None and fault.channel != channel):
                continue
            if self._left[index]:
                self._left[index] -= 1
                if not self._left[index]:
                    del self._set[index], self._left[index]
            return fault
        return None
