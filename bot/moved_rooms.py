"""Which ticket a channel or a thread belongs to, by whatever id the channel had when that was recorded."""

from collections.abc import Callable

from policy.directory import Directory
from storage.queue import Queue


class MovedRooms:
    """Costs one look-up more for each id that the channel had before. Raises StorageError."""

    def __init__(self, queue: Queue, directory: Callable[[], Directory]) -> None:
        self._queue = queue
        self._directory = directory

    async def room(self, channel: str, thread: str | None) -> str | None:
        for one in reversed(self._directory().ids_of(channel)):
            if ticket := await self._queue.room(one, thread):
                return ticket
        return None

    async def heard(self, ticket: str, ts: str) -> None:
        await self._queue.heard(ticket, ts)
