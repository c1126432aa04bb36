"""What other processes announce: something is due earlier, the directory has changed. Hints, never relied on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

from storage import keys
from storage.connect import Client, connect_blocking, subscribe
from storage.errors import translated


class Wakes:
    """Each iteration has a subscription of its own and ends with the connection: listen again. Raises
    StorageError."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str) -> AsyncIterator[Self]:
        client = connect_blocking(url)
        try:
            yield cls(client)
        finally:
            await client.aclose()

    async def shards(self) -> AsyncIterator[tuple[int, int]]:
        """Which shard has something due at which instant (ms)."""
        async for said in self._listen(keys.WAKE_CHANNEL):
            shard, _, at_ms = said.partition(b":")
            yield int(shard), int(at_ms)

    async def directory(self) -> AsyncIterator[None]:
        """The directory has a new revision."""
        async for _ in self._listen(keys.DIRECTORY_CHANNEL):
            yield

    async def _listen(self, channel: str) -> AsyncIterator[bytes]:
        with translated():
            pubsub: Any = await subscribe(self._client, channel)
            try:
                async for message in pubsub.listen():
                    if message["type"] == "message":
                        yield message["data"]
            finally:
                await pubsub.aclose()
