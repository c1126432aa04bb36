"""The scripts, one typed method each, and the way that commands travel.

Commands that are asked for in the same moment travel together in one pipeline, and while one pipeline is under
way the next ones gather: under load a server that fsyncs always then fsyncs once for many. What travels together
is joined where Redis has one command for many: single reads, attempts in one shard. In a cluster each command
goes to its own node. Every script may be sent twice: it decides by versions, tokens and operations.

A command has `within_s` for all of it: the wait for its turn, a connection, the answer. One that nobody waits for
any more is not sent.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import resources
from typing import Any, Final

import msgspec
from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.exceptions import NoScriptError, RedisError

from storage import keys
from storage.connect import Client
from storage.errors import StorageTimeout, translate, translated

NAMES: Final = (
    "commit",
    "claim",
    "attempt",
    "put_back",
    "pace",
    "swap_directory",
    "append",
    "retry",
    "snapshot",
    "restore",
)
_MOST_FLYING: Final = 2
_MOST_TOGETHER: Final = 200
_ATTEMPT_HEAD: Final = 7
"""`EVALSHA sha 3 leases work paused lease_ms`: what attempts in one shard have in common."""


class Claimed(msgspec.Struct, frozen=True):
    """A due member held under a lease: its `kind:id`, when it was due, and what the last worker left."""

    member: str
    due_ms: int
    note: bytes | None


class Scripts:
    """The one way to the server. Raises StorageError, StorageUnavailable above all, from every method."""

    def __init__(self, client: Client, *, within_s: float = 2.0) -> None:
        self._client = client
        self.within_s = within_s
        # The library's clients are protocols too: asking what kind one is costs microseconds.
        self._cluster = client if isinstance(client, RedisCluster) else None
        self._single = client if isinstance(client, Redis) else None
        self._texts = {
            name: (resources.files("storage") / "lua" / f"{name}.lua").read_text(encoding="utf-8")
            for name in NAMES
        }
        self._shas = {
            name: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
            for name, text in self._texts.items()
        }
        self._waiting: list[tuple[tuple[Any, ...], asyncio.Future[Any]]] = []
        self._flying: set[asyncio.Task[None]] = set()

    async def commit(self, names: Sequence[str], plan: bytes, blobs: Sequence[bytes]) -> list[Any]:
        """See lua/commit.lua."""
        reply: list[Any] = await self._script("commit", names, (plan, *blobs))
        return reply

    async def claim(
        self, shard: int, *, now_ms: int, most: int, token: str, lease_ms: int
    ) -> tuple[int | None, list[Claimed]]:
        """Claim up to `most` due members of a shard; also when its next one falls due (None: nothing waits).
        While posting is paused nothing is claimed, and nothing waits."""
        names = (keys.due(shard), keys.leases(shard), keys.work(shard), keys.paused(shard))
        next_ms, found = await self._script("claim", names, (now_ms, most, token, lease_ms))
        claimed = [Claimed(member.decode(), int(float(due)), note) for member, due, note in found]
        return (int(float(next_ms)) if next_ms else None), claimed

    async def attempt(self, shard: int, *, member: str, token: str, lease_ms: int, note: bytes) -> bool:
        """Record an attempt before its call; False when the lease has passed to another worker, or posting is
        paused."""
        names = (keys.leases(shard), keys.work(shard), keys.paused(shard))
        reply = await self._script("attempt", names, (lease_ms, member, token, note))
        return bool(reply[0])

    async def put_back(
        self, shard: int, *, member: str, token: str, due_ms: int | None, note: bytes | None
    ) -> bool:
        """Give a member back, due again at `due_ms` (None: as it was); False when the lease was lost."""
        names = (keys.due(shard), keys.leases(shard), keys.work(shard))
        due = "" if due_ms is None else due_ms
        reply = await self._script("put_back", names, (member, token, due, note or b""))
        return bool(reply[0])

    async def pace(
        self, channel: str, *, interval_ms: int, place_ms: int | None, not_before_ms: int = 0
    ) -> tuple[int, int]:
        """Take or keep a place in a channel's queue: how many ms to wait, and the place (see lua/pace.lua)."""
        place = "" if place_ms is None else place_ms
        wait, mine = await self._script("pace", (keys.pace(channel),), (interval_ms, place, not_before_ms))
        return int(wait), int(mine)

    async def swap_directory(self, expected: bytes, snapshot: bytes) -> bool:
        """Put a snapshot in place of the one with the `expected` header; False when another one has."""
        args = (expected, snapshot, keys.DIRECTORY_CHANNEL)
        return bool(await self._script("swap_directory", (keys.DIRECTORY,), args))

    async def append(self, history: str, operation: str, length: int, entry: bytes) -> bytes:
        """Add an entry to a history of that length: `ok`, `replayed` or `conflict` (see lua/append.lua)."""
        verdict: bytes = await self._script("append", (history,), (operation, length, entry))
        return verdict

    async def retry(
        self,
        shard: int,
        *,
        lane_id: str,
        member: str,
        now_ms: int,
        letters: Sequence[tuple[bytes, bytes]],
    ) -> int:
        """Put dead letters of one lane back into it, each with its effect; how many were (see lua/retry.lua)."""
        names = (
            keys.dead(shard),
            keys.lane(shard, lane_id),
            keys.due(shard),
            keys.leases(shard),
            keys.work(shard),
        )
        said = (member, now_ms, keys.WAKE_CHANNEL, f"{shard}:0")
        blobs = [blob for letter in letters for blob in letter]
        return int(await self._script("retry", names, (*said, *blobs)))

    async def snapshot(self, names: Sequence[str], members: Sequence[str]) -> list[Any]:
        """See lua/snapshot.lua."""
        reply: list[Any] = await self._script("snapshot", names, members)
        return reply

    async def restore(
        self, key: str, how: str, until_ms: int | None, values: Sequence[bytes | str | int]
    ) -> None:
        """Put a key in place as a backup has it; may be sent twice (see lua/restore.lua)."""
        await self._script("restore", (key,), (how, "" if until_ms is None else until_ms, *values))

    async def command(self, *words: Any) -> Any:
        """A plain command. Its keys share a slot."""
        if self._cluster is not None:
            with translated():
                try:
                    async with asyncio.timeout(self.within_s):
                        return await self._cluster.execute_command(*words)
                except NoScriptError:
                    raise _ScriptMissing from None
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._waiting.append((words, future))
        if len(self._waiting) == 1 and len(self._flying) < _MOST_FLYING:
            self._fly()
        try:
            async with asyncio.timeout(self.within_s):
                return await future
        except TimeoutError:
            raise StorageTimeout(f"Redis did not answer within {self.within_s:g} s") from None

    async def _script(self, name: str, names: Sequence[str], args: Sequence[Any]) -> Any:
        try:
            return await self.command("EVALSHA", self._shas[name], len(names), *names, *args)
        except _ScriptMissing:
            return await self.command("EVAL", self._texts[name], len(names), *names, *args)

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
        wanted = [one for one in self._waiting if not one[1].done()]
        batch, self._waiting = wanted[:_MOST_TOGETHER], wanted[_MOST_TOGETHER:]
        if not batch:
            return
        journeys = _joined([words for words, _ in batch], self._shas["attempt"])
        try:
            async with asyncio.timeout(self.within_s):
                replies = await self._send([journey.words for journey in journeys])
        except (RedisError, OSError) as error:
            replies = [error] * len(journeys)
        except BaseException:
            for _, future in batch:
                future.cancel()
            raise
        for journey, reply in zip(journeys, replies, strict=True):
            for place, one in journey.replies(reply):
                _land(batch[place][1], one)

    async def _send(self, commands: list[list[Any]]) -> list[Any]:
        client: Any = self._single  # its stubs leave these methods untyped
        assert client is not None
        if len(commands) == 1:
            return [await client.execute_command(*commands[0])]
        async with client.pipeline(transaction=False) as pipe:
            for words in commands:
                pipe.execute_command(*words)
            return list(await pipe.execute(raise_on_error=False))


class _Journey:
    """A command as it is sent. `places` are those of the commands it stands for; `part` makes the reply of one
    of them from its part of the whole reply (None: the whole is the reply)."""

    __slots__ = ("part", "places", "words")

    def __init__(self, words: Iterable[Any], part: Callable[[Any], Any] | None = None) -> None:
        self.words = list(words)
        self.places: list[int] = []
        self.part = part

    def replies(self, reply: Any) -> Iterator[tuple[int, Any]]:
        if self.part is None or isinstance(reply, Exception):
            return zip(self.places, [reply] * len(self.places), strict=True)
        return zip(self.places, map(self.part, reply), strict=True)


def _joined(commands: Sequence[tuple[Any, ...]], attempt: str) -> list[_Journey]:
    """How commands travel: all GETs as one MGET, all attempts in one shard as one call of that script (its sha
    is `attempt`), the rest as they are."""
    journeys: dict[Any, _Journey] = {}
    for place, words in enumerate(commands):
        name: tuple[Any, ...]
        part: Callable[[Any], Any]
        if words[0] == "GET":
            name, rest, part = ("MGET",), words[1:], _as_it_is
        elif words[:2] == ("EVALSHA", attempt):
            name, rest, part = words[:_ATTEMPT_HEAD], words[_ATTEMPT_HEAD:], _alone
        else:
            journeys[place] = journey = _Journey(words)
            journey.places.append(place)
            continue
        if name not in journeys:
            journeys[name] = _Journey(name, part)
        journeys[name].words += rest
        journeys[name].places.append(place)
    return list(journeys.values())


def _as_it_is(record: Any) -> Any:
    return record


def _alone(held: int) -> list[int]:
    """What the script would have answered to one attempt."""
    return [held]


def _land(future: asyncio.Future[Any], reply: Any) -> None:
    if future.done():
        return
    if isinstance(reply, NoScriptError):
        future.set_exception(_ScriptMissing())
    elif isinstance(reply, Exception):
        failure = translate(reply)
        failure.__cause__ = reply
        future.set_exception(failure)
    else:
        future.set_result(reply)


class _ScriptMissing(Exception):
    """The server does not know the script (a new server, or one flushed): send its text."""
