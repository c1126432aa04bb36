"""The client of a cluster: its map of slots, and what a node is sent in one go.

The library's own way to follow a redirection does not fit commands that travel together: it sends ASKING on another
connection than the command that it is for, and after some redirections it closes every connection, with what is
under way on them. So here redirections are patched into the map, one slot at a time, and never close anything.
"""

import asyncio
from typing import Any, Final, cast

from redis import exceptions as wire
from redis.asyncio import RedisCluster
from redis.asyncio.cluster import ClusterNode, PipelineCommand
from redis.crc import key_slot
from redis.typing import EncodableT

_SCRIPTS: Final = ("EVALSHA", "EVAL")


class Cluster(RedisCluster):
    """Does not do a command again after a time-out, and makes a burst wait its turn.

    The library's own would open a connection for every command in flight.
    """

    ERRORS_ALLOW_RETRY = (wire.ConnectionError, wire.ClusterDownError, wire.SlotNotCoveredError)  # type: ignore[assignment]

    def __init__(self, *, in_flight: int, patience_s: float | None, **options: Any) -> None:
        super().__init__(reinitialize_steps=0, **options)
        self._in_flight = asyncio.Semaphore(in_flight)
        self._patience_s = patience_s
        self._drawing: asyncio.Task[None] | None = None

    async def execute_command(self, *args: EncodableT, **kwargs: Any) -> Any:
        if self._in_flight.locked():
            try:
                async with asyncio.timeout(self._patience_s):
                    await self._in_flight.acquire()
            except TimeoutError:
                # As the pool of the other clients says it: nothing was sent.
                raise wire.ConnectionError("No connection available.") from None
        else:
            await self._in_flight.acquire()
        try:
            # Before it knows the nodes, the library sends a command to any of them.
            await self.initialize()
            return await super().execute_command(*args, **kwargs)
        finally:
            self._in_flight.release()

    # -- the map

    async def ready(self) -> None:
        """Have a map of the slots. Raises the library's errors when no node answers."""
        if self.nodes_manager.slots_cache:
            return
        await self.initialize()

    def slot_of(self, words: tuple[Any, ...]) -> int:
        """The slot of a command's keys, which share one; where it has none, any will do."""
        if len(words) == 1:
            return 0
        key = words[3] if words[0] in _SCRIPTS else words[1]
        return key_slot(key.encode() if isinstance(key, str) else key)

    def owner_of(self, slot: int) -> ClusterNode:
        """The primary that owns a slot, as far as is known. Raises SlotNotCoveredError."""
        return self.nodes_manager.get_node_from_slot(slot)

    def node_named_by(self, error: wire.AskError) -> ClusterNode:
        """The node that a redirection names, whether it was known or not."""
        manager = self.nodes_manager
        node = manager.get_node(host=error.host, port=error.port)
        if node is None:
            node = ClusterNode(error.host, error.port, "primary", **manager.connection_kwargs)
            manager.set_nodes(manager.nodes_cache, {node.name: node})
        return node

    async def moved(self, error: wire.MovedError) -> None:
        """Note that a slot has another owner."""
        await self.nodes_manager.move_slot(error)

    async def draw_anew(self, failed: str | None) -> None:
        """Ask the nodes for the map again, `failed` last; whoever wants that at the same time shares it. The old
        one stays good until then, and if nobody answers."""
        if self._drawing is None or self._drawing.done():
            self._drawing = asyncio.create_task(self._draw(failed))
        await asyncio.shield(self._drawing)

    async def _draw(self, failed: str | None) -> None:
        if failed is not None:
            self.nodes_manager.move_node_to_end_of_cached_nodes(failed)
        try:
            async with asyncio.timeout(self._patience_s):
                await self.nodes_manager.initialize(last_failed_node_name=failed)
        except (wire.RedisError, wire.RedisClusterException, OSError):
            return

    # -- what a node is sent

    async def send(self, node: ClusterNode, commands: list[list[Any]]) -> list[Any]:
        """The replies, errors among them, to commands that go to a node on one connection. Raises the library's
        errors when that connection fails them all."""
        known = self.get_node(node_name=node.name) or node
        sent = [PipelineCommand(place, *words) for place, words in enumerate(commands)]
        await known.execute_pipeline(sent)
        replies = [cast("Any", one.result) for one in sent]
        silent = next(
            (place for place, one in enumerate(replies) if isinstance(one, wire.TimeoutError)), None
        )
        if silent is not None:
            # The library goes on reading from a connection that it has closed, and says that it was lost.
            replies[silent:] = [replies[silent]] * (len(replies) - silent)
        return replies

    async def aclose(self) -> None:
        if self._drawing is not None:
            self._drawing.cancel()
            await asyncio.gather(self._drawing, return_exceptions=True)
        await super().aclose()
