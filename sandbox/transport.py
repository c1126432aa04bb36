"""Talking to a sandbox: one operation, and waiting for changes by long poll."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp
import msgspec

from sandbox.errors import Refused
from sandbox.wire import Changes

T = TypeVar("T")


class Transport:
    """Talks to a sandbox. Users and channels go by id or name. Raises Refused where Slack would not let one."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        return self._session

    async def _do(self, operation: str, kind: type[T] | Any, /, **arguments: Any) -> T:
        body = msgspec.json.encode({name: one for name, one in arguments.items() if one is not None})
        async with self._http().post(f"{self.url}/sandbox/{operation}", data=body) as answer:
            raw = await answer.read()
        if answer.status == 409:
            raise Refused(msgspec.json.decode(raw)["refused"])
        if answer.status != 200:
            raise RuntimeError(f"sandbox {operation}: {answer.status} {raw.decode('utf-8', 'replace')}")
        result: T = msgspec.json.decode(raw, type=kind)
        return result

    async def changes(self, since: int = 0, timeout_s: float = 10.0) -> Changes:
        """The changes after number ``since``, waiting for the first one up to ``timeout_s`` (at most 30)."""
        query = {"since": str(since), "timeout_s": str(timeout_s)}
        async with self._http().get(f"{self.url}/sandbox/changes", params=query) as answer:
            return msgspec.json.decode(await answer.read(), type=Changes)

    async def wait_until(
        self, check: Callable[[], Awaitable[T]], *, within_s: float = 10.0, what: str = "the condition"
    ) -> T:
        """Try ``check`` at once and after each change until it returns something true; return that.

        Raises TimeoutError after ``within_s`` seconds.
        """
        deadline = time.monotonic() + within_s
        seq = 0
        while True:
            seq = (await self.changes(2**62, 0.0)).seq
            found = await check()
            if found:
                return found
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError(f"{what} did not come true within {within_s} s")
            await self.changes(seq, min(remaining, 1.0))
