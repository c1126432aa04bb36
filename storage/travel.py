"""How commands travel.

Commands that are asked for in the same moment travel together in one pipeline, and while one pipeline is under
way the next ones gather: under load a server that fsyncs always then fsyncs once for many, and one that has replicas
waits for them once for many. What travels together is joined where Redis has one command for many (`storage.joining`).

In a cluster that is so for each node. A command that its node turns away is sent on: to the node that owns the slot
now, or once more when the keys have moved, as long as somebody waits for it.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final, Protocol, cast

from redis import exceptions as wire
from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode

from storage.cluster import Cluster
from storage.errors import StorageTimeout, StorageUnconfirmed, translate
from storage.joining import Journey, Together
from storage.replicas import Replicas

_MOST_FLYING: Final = 2
_MOST_TOGETHER: Final = 200
_MOST_LOST: Final = 2
"""How often a command is sent again, in a cluster, after its connection was lost."""
_LOST_PAUSE_S: Final = 0.04
_TRY_AGAIN_S: Final = 0.03

_TURNED_AWAY: Final = (wire.TryAgainError, wire.ClusterDownError, wire.SlotNotCoveredError)
_NO_LOST_CONNECTION: Final = (wire.AuthenticationError, wire.AuthorizationError, wire.MaxConnectionsError)


class ScriptMissing(Exception):
    """The server does not know the script (a new server, or one flushed): send its text."""


class Asked:
    """A command, and who waits for its answer. `confirmed`: it counts as done when a replica has it as well."""

    __slots__ = ("asking", "confirmed", "fault", "future", "losses", "slot", "words")

    def __init__(self, words: tuple[Any, ...], *, confirmed: bool) -> None:
        self.words = words
        self.confirmed = confirmed
        self.future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.slot = 0
        self.asking = False
        """The next node serves it only when told that it was sent there."""
        self.losses = 0
        self.fault: Exception | None = None
        """Why it was not carried out when it was sent the last time."""

    def expire(self, within_s: float) -> None:
        """Nobody waits any longer."""
        if not self.future.done():
            self.future.set_exception(_timed_out(within_s))


class _Server(Protocol):
    """Where pipelines go: the server, the primary that Sentinel names, or a node."""

    @property
    def address(self) -> object:
        """Another one is another server."""

    async def send(self, commands: list[list[Any]]) -> list[Any]:
        """The replies, errors among them. Raises the library's errors when it fails them all."""


class _OneServer:
    def __init__(self, client: Redis) -> None:
        self._client: Any = client  # its stubs leave these methods untyped
        self._pool: Any = client.connection_pool

    @property
    def address(self) -> object:
        return getattr(self._pool, "master_address", None)

    async def send(self, commands: list[list[Any]]) -> list[Any]:
        if len(commands) == 1:
            return [await self._client.execute_command(*commands[0])]
        async with self._client.pipeline(transaction=False) as pipe:
            for words in commands:
                pipe.execute_command(*words)
            return list(await pipe.execute(raise_on_error=False))


class _Node:
    def __init__(self, cluster: Cluster, node: ClusterNode) -> None:
        self._cluster = cluster
        self._node = node

    @property
    def address(self) -> object:
        return self._node.name

    async def send(self, commands: list[list[Any]]) -> list[Any]:
        return await self._cluster.send(self._node, commands)


class Lane:
    """The way to one server: at most two pipelines under way, the rest gathers."""

    def __init__(self, server: _Server, carriage: "Carriage", together: Together, within_s: float) -> None:
        self._server = server
        self._carriage = carriage
        self._together = together
        self._within_s = within_s
        self._wait_ms = int(within_s * 500)
        self._replicas = Replicas()
        self._waiting: list[Asked] = []
        self._flying: set[asyncio.Task[None]] = set()

    def add(self, asked: Asked) -> None:
        self._waiting.append(asked)
        if len(self._waiting) == 1 and len(self._flying) < _MOST_FLYING:
            self._fly()

    def _fly(self) -> None:
        task = asyncio.get_running_loop().create_task(self._flush())
        self._flying.add(task)
        task.add_done_callback(self._landed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.discard(task)
        if self._waiting and len(self._flying) < _MOST_FLYING:
            self._fly()

    async def _flush(self) -> None:
        await asyncio.sleep(0)  # what else is asked for in this turn of the loop comes along
        wanted = [one for one in self._waiting if not one.future.done()]
        batch, self._waiting = wanted[:_MOST_TOGETHER], wanted[_MOST_TOGETHER:]
        if not batch:
            return
        journeys = self._together.journeys(batch)
        try:
            async with asyncio.timeout(self._within_s):
                replies, confirmed = await self._send(journeys, keeps=any(one.confirmed for one in batch))
        except (wire.RedisError, OSError) as error:
            replies, confirmed = [error] * len(journeys), True
        except BaseException:
            for asked in batch:
                asked.future.cancel()
            raise
        for journey, reply in zip(journeys, replies, strict=True):
            for asked, one in journey.replies(reply):
                self._land(asked, one, confirmed=confirmed)

    async def _send(self, journeys: Sequence[Journey], *, keeps: bool) -> tuple[list[Any], bool]:
        """The reply to each journey, and whether what they keep has been confirmed, or needs not be."""
        server, replicas = self._server, self._replicas
        if keeps and not replicas.known(server.address):
            await self._ask_role()
        asked_for = server.address
        wait = keeps and replicas.confirm
        look = keeps and replicas.look
        commands: list[list[Any]] = []
        for journey in journeys:
            if journey.asking:
                commands.append(["ASKING"])
            commands.append(journey.words)
        if look:
            commands.append(["ROLE"])
        if wait:
            commands.append(["WAIT", 1, self._wait_ms])
        replies = await server.send(commands)
        confirmed = self._confirmed(replies.pop()) if wait else True
        if server.address != asked_for:
            confirmed = (
                False  # one primary was asked about its replicas, and perhaps another one was written to
            )
        if look:
            replicas.heard(server.address, replies.pop())
        at = 0
        found = []
        for journey in journeys:
            at += journey.asking
            found.append(replies[at])
            at += 1
        return found, confirmed

    async def _ask_role(self) -> None:
        try:
            (role,) = await self._server.send([["ROLE"]])
        except wire.ResponseError as error:
            role = error
        if isinstance(role, Exception) and not isinstance(role, wire.ResponseError):
            raise role
        self._replicas.heard(self._server.address, role)

    def _confirmed(self, reply: Any) -> bool:
        unknown = isinstance(reply, wire.ResponseError) and "unknown command" in str(reply).lower()
        if unknown or isinstance(reply, wire.NoPermissionError):
            self._replicas.refused(reply)
            return True
        return not isinstance(reply, Exception) and int(reply) >= 1

    def _land(self, asked: Asked, reply: Any, *, confirmed: bool) -> None:
        future = asked.future
        if future.done():
            return
        if not isinstance(reply, Exception):
            if asked.confirmed and not confirmed:
                future.set_exception(StorageUnconfirmed())
            else:
                future.set_result(reply)
        elif isinstance(reply, wire.NoScriptError):
            future.set_exception(ScriptMissing())
        elif not self._carriage.sent_on(asked, reply, self._server.address):
            failure = translate(reply)
            failure.__cause__ = reply
            future.set_exception(failure)


class Carriage:
    """Takes commands to the server, to one server or several. `together` says what is joined."""

    def __init__(self, client: Redis | Cluster, together: Together, within_s: float) -> None:
        self._together = together
        self._within_s = within_s
        self._cluster = client if isinstance(client, Cluster) else None
        self._one = None if isinstance(client, Cluster) else self._lane(_OneServer(client))
        self._nodes: dict[str, Lane] = {}
        self._detours: set[asyncio.Task[None]] = set()

    async def command(self, words: tuple[Any, ...], *, confirmed: bool) -> Any:
        """The reply to a command. Raises StorageError, ScriptMissing."""
        asked = Asked(words, confirmed=confirmed)
        if self._one is not None:
            self._one.add(asked)
            # A timer and not a time-out block: that costs three times as much, and this is done for every command.
            timer = asyncio.get_running_loop().call_later(self._within_s, asked.expire, self._within_s)
            try:
                return await asked.future
            finally:
                timer.cancel()
        try:
            async with asyncio.timeout(self._within_s):
                await self._enter(asked)
                return await asked.future
        except TimeoutError:
            if asked.fault is not None:
                raise translate(asked.fault) from asked.fault
            raise _timed_out(self._within_s) from None

    def sent_on(self, asked: Asked, error: Exception, address: object) -> bool:
        """Whether a command that failed on the server at an address is under way again."""
        cluster = self._cluster
        if cluster is None:
            return False
        failed = str(address)
        if isinstance(error, wire.MovedError):
            self._detour(self._moved(asked, error))
        elif isinstance(error, wire.AskError):
            asked.fault, asked.asking = error, True
            self._node(cluster.node_named_by(error)).add(asked)
        elif isinstance(error, _TURNED_AWAY):
            asked.fault = error
            anew = not isinstance(error, wire.TryAgainError)
            self._detour(self._again(asked, _TRY_AGAIN_S, failed if anew else None))
        elif isinstance(error, (wire.TimeoutError, TimeoutError)):
            # It may have been carried out. The next ones had better know who owns the slot then.
            self._detour(cluster.draw_anew(failed))
            return False
        elif isinstance(error, (wire.ConnectionError, OSError)) and not isinstance(
            error, _NO_LOST_CONNECTION
        ):
            asked.losses += 1
            if asked.losses > _MOST_LOST:
                return False
            asked.fault = error
            self._detour(self._again(asked, _LOST_PAUSE_S * asked.losses, failed))
        else:
            return False
        return True

    async def _enter(self, asked: Asked) -> None:
        cluster = cast("Cluster", self._cluster)
        try:
            await cluster.ready()
        except (wire.RedisError, wire.RedisClusterException, OSError) as error:
            raise translate(error) from error
        asked.slot = cluster.slot_of(asked.words)
        self._route(asked)

    def _route(self, asked: Asked) -> None:
        cluster = cast("Cluster", self._cluster)
        try:
            owner = cluster.owner_of(asked.slot)
        except wire.SlotNotCoveredError as error:
            self.sent_on(asked, error, None)
        else:
            self._node(owner).add(asked)

    async def _moved(self, asked: Asked, error: wire.MovedError) -> None:
        await cast("Cluster", self._cluster).moved(error)
        await self._again(asked, 0, None)

    async def _again(self, asked: Asked, pause_s: float, failed: str | None) -> None:
        await asyncio.sleep(pause_s)
        if failed is not None:
            await cast("Cluster", self._cluster).draw_anew(failed)
        if not asked.future.done():
            asked.asking = False
            self._route(asked)

    def _detour(self, way: Any) -> None:
        task = asyncio.get_running_loop().create_task(way)
        self._detours.add(task)
        task.add_done_callback(self._detours.discard)

    def _node(self, node: ClusterNode) -> Lane:
        if node.name not in self._nodes:
            self._nodes[node.name] = self._lane(_Node(cast("Cluster", self._cluster), node))
        return self._nodes[node.name]

    def _lane(self, server: _Server) -> Lane:
        return Lane(server, self, self._together, self._within_s)


def _timed_out(within_s: float) -> StorageTimeout:
    return StorageTimeout(f"Redis did not answer within {within_s:g} s")
