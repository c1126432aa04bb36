"""Writing a backup while the bot runs.

Every ticket is read with all that hangs on it in one script, so it is never torn; tickets are read one after the
other, so two of them may be some seconds apart. What is read later (rooms, results of operations, dead letters)
leaves out what belongs to tickets, or to states of them, that came after they were read.
"""

import asyncio
import heapq
import re
import tempfile
from array import array
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import groupby
from typing import IO, Any, Final

import msgspec
from redis.asyncio.cluster import RedisCluster

from policy.effects import Lane
from policy.tickets import account_of, ticket_id
from storage import backup, codec, keys
from storage.backup import DueLine, End, Header, KeyKind, KeyLine, LaneLine, TicketLine
from storage.connect import Client
from storage.errors import translated
from storage.plan import lane_member, reminder_member, ticket_lane
from storage.scripts import Scripts

_TOGETHER: Final = 100
"""So many are read, and held in memory, at a time."""
_RUN: Final = 20_000
"""So many lines are sorted in memory; runs of them are merged from files."""
_WITHIN_S: Final = 30.0

_TICKET: Final = r"([A-Z][A-Z0-9-]*)-([1-9]\d*)"
_OF_TICKET: Final = re.compile(rf"remind:{_TICKET}|lane:{_TICKET}:(?:{'|'.join(Lane)})")

Progress = Callable[[int, int], None]
"""Told how many tickets are read, and of how many."""


async def export(client: Client, progress: Progress = lambda done, of: None) -> AsyncIterator[bytes]:
    """The lines of a backup. In memory are some hundred tickets at a time, 8 bytes for each, the ids of messages that
    wait, the dead letters, and how far the threads have been read. Raises StorageError."""
    lines = 1
    yield backup.encode_line(Header(backup.FORMAT, codec.SCHEMA, keys.SHARDS))
    async for line in _Export(client, progress).lines():
        lines += 1
        yield line
    yield backup.encode_line(End(lines))


class _Export:
    def __init__(self, client: Client, progress: Progress) -> None:
        self._client = client
        self._scripts = Scripts(client, within_s=_WITHIN_S)
        self._progress = progress
        self._read_ms: dict[str, array[int]] = {}
        """When each ticket of an account was read (ms of Redis TIME), by its number from 1; 0: it is not there."""
        self._waiting: set[str] = set()
        """The ids of effects that wait in a lane, as it was read."""

    async def lines(self) -> AsyncIterator[bytes]:
        buried, heard = await self._dead_letters(), await self._heard()
        counts = await self._counts()
        done, total = 0, sum(counts.values())
        for account, count in counts.items():
            self._read_ms[account] = array("q", [0]) * count
            yield backup.encode_line(KeyLine("count", keys.count(account), "string", str(count)))
            for first in range(1, count + 1, _TOGETHER):
                numbers = range(first, min(first + _TOGETHER, count + 1))
                tickets = [ticket_id(account, number) for number in numbers]
                for read in await asyncio.gather(*map(self._ticket, tickets)):
                    if read is not None:
                        yield backup.encode_line(read)
                done += len(tickets)
                self._progress(done, total)
        with _Sorted() as rest:
            async for names in scan(self._client):
                for other in await asyncio.gather(*map(self._other, names)):
                    if other is not None:
                        rest.add(other)
            for shard in range(keys.SHARDS):
                async for member in self._due(shard):
                    rest.add(member)
            for until in self._heard_by(heard):
                rest.add(until)
            for letters in self._still_dead(buried, await self._dead_letters()):
                rest.add(letters)
            for found in rest:
                yield found

    async def _counts(self) -> dict[str, int]:
        """How many tickets each account has had."""
        found: dict[str, int] = {}
        async for names in scan(self._client, "*:count:*"):
            for name in names:
                account = name.partition(":count:")[2]
                if name == keys.count(account):
                    found[account] = int(await self._scripts.command("GET", name) or 0)
        return dict(sorted(found.items()))

    async def _ticket(self, ticket: str) -> TicketLine | None:
        lanes = [ticket_lane(ticket, lane) for lane in Lane]
        members = [reminder_member(ticket), *map(lane_member, lanes)]
        shard = keys.shard_of(account_of(ticket))
        names = [keys.lane(shard, lane) for lane in lanes]
        reply = await self._scripts.snapshot(
            [keys.due(shard), keys.work(shard), *names, keys.ticket(ticket), keys.timeline(ticket)],
            [str(len(lanes)), *members],
        )
        at_ms, effects, states, record, timeline = reply
        if not record:
            return None
        self._read_ms[account_of(ticket)][_number(ticket) - 1] = int(at_ms)
        waiting = {lane: blobs for lane, blobs in zip(lanes, effects, strict=True) if blobs}
        due = {
            member: state[0] for member, state in zip(members, states, strict=True) if state[0] is not None
        }
        notes = {
            member: state[1] for member, state in zip(members, states, strict=True) if state[1] is not None
        }
        return TicketLine(
            id=ticket,
            record=backup.show("ticket", record),
            timeline=[(entry[0].decode(), backup.show("entry", entry[1][1])) for entry in timeline],
            lanes={lane: self._effects(blobs) for lane, blobs in waiting.items()},
            due={member: _ms(at) for member, at in due.items()},
            notes={member: backup.show("note", note) for member, note in notes.items()},
        )

    def _effects(self, blobs: list[bytes]) -> list[Any]:
        self._waiting.update(codec.decode_queued(blob).id for blob in blobs)
        return [backup.show("effect", blob) for blob in blobs]

    async def _other(self, name: str) -> LaneLine | KeyLine | None:
        """The line of a key that is not a part of a ticket; None: it has none."""
        shard, _, lane = name.partition(":lane:")
        if lane and not _OF_TICKET.fullmatch(lane_member(lane)):
            return await self._lane(int(shard[2:4]), lane)
        kind = backup.kind_of(name)
        if kind is None or kind.type in {"count", "dead", "heard"}:
            return None
        return await self._key(name, kind)

    async def _lane(self, shard: int, lane: str) -> LaneLine | None:
        reply = await self._scripts.snapshot(
            [keys.due(shard), keys.work(shard), keys.lane(shard, lane)], ["1", lane_member(lane)]
        )
        _, (effects,), ((due, note),) = reply
        if not effects:
            return None
        return LaneLine(
            shard=shard,
            id=lane,
            effects=self._effects(effects),
            due=None if due is None else _ms(due),
            note=None if note is None else backup.show("note", note),
        )

    async def _key(self, name: str, known: KeyKind) -> KeyLine | None:
        kind = known.kind or (await self._scripts.command("TYPE", name)).decode()
        if kind not in _READ:
            return None  # gone meanwhile, or nothing that this product keeps
        verb, *rest = _READ[kind]
        until = int(await self._scripts.command("PEXPIRETIME", name)) if known.ends else -1
        found = await self._scripts.command(verb, name, *rest)
        if not found:
            return None
        if known.type in {"operation", "room"} and not self._belongs(found.decode(), known, until):
            return None
        value = _shown(kind, known.record, found)
        return KeyLine(known.type, name, kind, value, until if until >= 0 else None)

    def _belongs(self, result: str, known: KeyKind, until: int) -> bool:
        """Whether what an operation or a room says is of a ticket as it was read. (Of an operation in the very
        millisecond of the reading nobody can tell: it counts as carried out, or Slack could have it done twice.)"""
        if re.fullmatch(_TICKET, result) is None:
            return True
        read_ms = self._was_read(result)
        done_ms = until - keys.OPERATION_LIFE_MS if known.type == "operation" else 0
        return bool(read_ms) and done_ms <= read_ms

    def _was_read(self, ticket: str) -> int:
        """When a ticket was read (ms of Redis TIME); 0: it was not."""
        if re.fullmatch(_TICKET, ticket) is None:
            return 0
        times = self._read_ms.get(account_of(ticket), ())
        number = _number(ticket)
        return times[number - 1] if number <= len(times) else 0

    async def _due(self, shard: int) -> AsyncIterator[DueLine]:
        """The due members of a shard that belong neither to a ticket nor to a lane."""
        due = {member: _ms(at) async for member, at in self._pages("ZSCAN", keys.due(shard))}
        notes = {member: note async for member, note in self._pages("HSCAN", keys.work(shard))}
        for member in {*due, *notes}:
            note = notes.get(member)
            yield DueLine(shard, member, due.get(member), None if note is None else backup.show("note", note))

    async def _pages(self, verb: str, key: str) -> AsyncIterator[tuple[str, Any]]:
        """What a sorted set or a hash has of members that belong neither to a ticket nor to a lane."""
        cursor = b"0"
        while True:
            cursor, page = await self._scripts.command(verb, key, cursor, "COUNT", 500)
            for raw, value in _paired(page):
                member = raw.decode()
                if not member.startswith("lane:") and not _OF_TICKET.fullmatch(member):
                    yield member, value
            if not int(cursor):
                return

    async def _heard(self) -> dict[int, list[tuple[bytes, Any]]]:
        return {
            shard: await _pairs(self._scripts, "ZRANGE", keys.heard_in(shard), 0, -1, "WITHSCORES")
            for shard in range(keys.SHARDS)
        }

    def _heard_by(self, before: dict[int, list[tuple[bytes, Any]]]) -> Iterator[KeyLine]:
        """How far the threads had been read before their tickets were: what is read twice counts once, and what
        nobody reads again would be lost."""
        for shard, found in before.items():
            kept = [(ticket.decode(), _score(ts)) for ticket, ts in found if self._was_read(ticket.decode())]
            if kept:
                yield KeyLine("heard", keys.heard_in(shard), "zset", kept)

    async def _dead_letters(self) -> dict[int, list[bytes]]:
        return {
            shard: await self._scripts.command("LRANGE", keys.dead(shard), 0, -1)
            for shard in range(keys.SHARDS)
        }

    def _still_dead(self, before: dict[int, list[bytes]], after: dict[int, list[bytes]]) -> Iterator[KeyLine]:
        """The dead letters, but for effects that wait in a lane as it was read. One that was put back between the
        two looks, and was in no lane when that was read, stays: better named twice than lost."""
        for shard, letters in after.items():
            found = dict.fromkeys([*before[shard], *letters])
            kept = [one for one in found if codec.decode_dead(one).queued.id not in self._waiting]
            if kept:
                yield KeyLine("dead", keys.dead(shard), "list", [backup.show("dead", one) for one in kept])


def _number(ticket: str) -> int:
    return int(ticket.rpartition("-")[2])


_READ: Final[dict[str, tuple[Any, ...]]] = {
    "string": ("GET",),
    "list": ("LRANGE", 0, -1),
    "set": ("SMEMBERS",),
    "hash": ("HGETALL",),
    "zset": ("ZRANGE", 0, -1, "WITHSCORES"),
    "stream": ("XRANGE", "-", "+"),
}


def _shown(kind: str, record: str | None, found: Any) -> Any:
    if kind == "string":
        return backup.show(record, found)
    if kind == "list":
        return [backup.show(record, one) for one in found]
    if kind == "set":
        return [backup.show(record, one) for one in sorted(found)]
    if kind == "hash":
        return [(backup.show(None, name), backup.show(record, one)) for name, one in sorted(_paired(found))]
    if kind == "zset":
        return [(backup.show(None, member), _score(at)) for member, at in _paired(found)]
    return [
        (where.decode(), [backup.show(None, word) for pair in _paired(fields) for word in pair])
        for where, fields in found
    ]


async def _pairs(scripts: Scripts, *words: Any) -> list[tuple[Any, Any]]:
    return _paired(await scripts.command(*words))


def _paired(found: Any) -> list[tuple[Any, Any]]:
    """Pairs, whichever way the client library gives them: a dict, pairs, or one flat list."""
    if isinstance(found, dict):
        return list(found.items())
    if found and isinstance(found[0], list | tuple):
        return [(one[0], one[1]) for one in found]
    return list(zip(found[::2], found[1::2], strict=True))


def _ms(score: bytes | float) -> int:
    return int(float(score))


def _score(score: bytes | float) -> str:
    value = float(score)
    return str(int(value)) if value.is_integer() else repr(value)


async def scan(client: Client, pattern: str = "*") -> AsyncIterator[list[str]]:
    """Every key of ours that is there from beginning to end, some of them twice. Raises StorageError."""
    if isinstance(client, RedisCluster):
        with translated():
            await client.initialize()
        targets = [{"target_nodes": node} for node in client.get_primaries()]
    else:
        targets = [{}]
    for target in targets:
        cursor: Any = 0
        while True:
            with translated():
                reply: Any = await client.scan(cursor, pattern, _TOGETHER, **target)  # type: ignore[arg-type]
            cursor, names = reply
            if isinstance(cursor, dict):  # a cluster's client gives a cursor for each node
                (cursor,) = cursor.values()
            texts = (name.decode(errors="replace") for name in names)
            if ours := [name for name in texts if backup.is_ours(name)]:
                yield ours
            if not int(cursor):
                break


class _Sorted:
    """Lines in the order of their types and names, each once, however many: sorted in runs, merged from files."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._run: list[tuple[str, bytes]] = []
        self._files: list[IO[bytes]] = []

    def __enter__(self) -> "_Sorted":
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def add(self, line: KeyLine | LaneLine | DueLine) -> None:
        self._run.append((_place(line), backup.encode_line(line)))
        if len(self._run) >= _RUN:
            file = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - read until the end
            for place, text in sorted(self._run):
                file.write(backup.encode_line(place) + text)
            self._files.append(file)
            self._run = []

    def __iter__(self) -> Iterator[bytes]:
        runs: list[Iterable[tuple[str, bytes]]] = [_read(file) for file in self._files]
        merged = heapq.merge(*runs, sorted(self._run), key=lambda one: one[0])
        for _, same in groupby(merged, key=lambda one: one[0]):
            yield next(same)[1]


def _place(line: KeyLine | LaneLine | DueLine) -> str:
    if isinstance(line, LaneLine):
        return f"lane {line.shard:02d} {line.id}"
    if isinstance(line, DueLine):
        return f"due {line.shard:02d} {line.member}"
    return f"{line.type} {line.key}"


def _read(file: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    file.seek(0)
    while place := file.readline():
        yield msgspec.json.decode(place, type=str), file.readline()
