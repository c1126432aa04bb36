"""Putting a backup in place: the whole file is checked first, and what is written may be written twice.

While it is written all posting is paused, and the pause says that an import is under way: the bot does not start on
what is half there, and the import can simply be run again. Leases are not in a backup; what workers had begun is, so
a message that may have been posted is looked for before it is posted again.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from policy.instants import to_ms
from policy.tickets import account_of
from policy.timeline import ClockEnded
from storage import backup, codec, keys
from storage.backup import BadBackup, DueLine, End, Header, KeyLine, LaneLine, Line, TicketLine
from storage.backup_export import scan
from storage.codec import Pause
from storage.connect import Client
from storage.pauses import Pauses
from storage.plan import lane_member
from storage.scripts import Scripts

_TOGETHER: Final = 500
_WITHIN_S: Final = 30.0

Progress = Callable[[int, int], None]
"""Told how many bytes of the file are read, and of how many."""


class NotEmpty(Exception):
    """The store holds something already. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that can be put in place: its lines, and how many of each type."""

    path: Path
    lines: int
    types: dict[str, int]


@dataclass(frozen=True, slots=True)
class Write:
    """One thing to write. `how` is `score` for a member of a sorted set (values: ms, member), `field` for a field of
    a hash (values: field, value), else as in lua/restore.lua."""

    key: str
    how: str
    values: Sequence[bytes | str | int]
    until: int | None = None


def check(path: Path, progress: Progress = lambda done, of: None) -> Checked:
    """Read a whole file and write nothing. Raises BadBackup with the number of the line, and OSError."""
    types: defaultdict[str, int] = defaultdict(int)
    count, end = 0, None
    for number, line in _read(path, progress):
        if end is not None:
            raise BadBackup(f"{path}: line {number}: nothing was expected after the end")
        if (number == 1) != isinstance(line, Header):
            raise BadBackup(
                f"{path}: line {number}: expected {_HEADER if number == 1 else 'no second header'}"
            )
        try:
            if isinstance(line, Header):
                _check_header(line)
            elif isinstance(line, End):
                end = line
            else:
                list(writes(line))
                types[_type_of(line)] += 1
        except BadBackup as error:
            raise BadBackup(f"{path}: line {number}: {error}") from None
        count = number
    if count == 0:
        raise BadBackup(f"{path}: line 1: expected {_HEADER}, the file is empty")
    if end is None:
        raise BadBackup(f"{path}: it was cut off after line {count}: export it anew")
    if end.lines != count - 1:
        raise BadBackup(
            f"{path}: line {count}: expected {end.lines} lines before the end, there are {count - 1}"
        )
    return Checked(path, count, dict(types))


async def put_in_place(
    client: Client,
    checked: Checked,
    *,
    replace: bool,
    by: str,
    now: datetime,
    progress: Progress = lambda done, of: None,
) -> None:
    """Write a checked file into an empty store; with `replace`, or after an import that was broken off, whatever the
    store holds is thrown away first. Raises NotEmpty, StorageError."""
    scripts = Scripts(client, within_s=_WITHIN_S)
    pauses = Pauses(scripts)
    on = await pauses.current()
    if not replace and not (on and on.importing) and (held := await _held(client)):
        raise NotEmpty(held)
    await pauses.put(Pause(since=now, by=by, reason=f"import of {checked.path.name}", importing=True))
    spared = {keys.paused(shard) for shard in range(keys.SHARDS)}
    async for names in scan(client):
        gone = [scripts.command("UNLINK", name) for name in names if name not in spared]
        await asyncio.gather(*gone)
    paused: list[Write] = []
    together: list[Write] = []
    for _, line in _read(checked.path, progress):
        if isinstance(line, Header | End):
            continue
        if isinstance(line, KeyLine) and line.type == "paused":
            paused += writes(line)
            continue
        together += writes(line)
        if len(together) >= _TOGETHER:
            await _carry_out(scripts, together)
            together = []
    await _carry_out(scripts, together)
    await _carry_out(scripts, paused)
    await pauses.resume(spare={write.key for write in paused})
    await scripts.command("PUBLISH", keys.DIRECTORY_CHANNEL, "")


def writes(line: Line) -> Iterator[Write]:
    """What is written for a line. Raises BadBackup."""
    match line:
        case TicketLine():
            yield from _ticket(line)
        case LaneLine(shard, lane, effects, due, note):
            _check_shard(shard)
            yield Write(keys.lane(shard, lane), "list", [backup.keep("effect", one) for one in effects])
            yield from _waiting(shard, lane_member(lane), due, note)
        case DueLine(shard, member, due, note):
            _check_shard(shard)
            yield from _waiting(shard, member, due, note)
        case KeyLine():
            yield _key(line)
        case _:
            return


@dataclass
class _Ended:
    """The indexes of ended intervals that follow from a timeline, by key."""

    found: defaultdict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))

    def take(self, account: str, blob: bytes) -> None:
        try:
            entry = codec.decode_entry(blob)
        except (msgspec.MsgspecError, codec.NewerRecord, IndexError) as error:
            raise BadBackup(f"not an entry of a timeline: {error}") from None
        if isinstance(entry, ClockEnded):
            interval = entry.interval
            self.found[keys.ended(account, interval.judged)].append(codec.encode(interval))


def _ticket(line: TicketLine) -> Iterator[Write]:
    account = account_of(line.id)
    shard = keys.shard_of(account)
    ticket = backup.read_ticket(line.record).ticket
    if ticket.id != line.id or ticket.account != account:
        raise BadBackup(f"ticket {line.id}: its record is of {ticket.id}")
    yield Write(keys.ticket(line.id), "string", [backup.keep("ticket", line.record)])
    if ticket.is_open:
        yield Write(keys.open_tickets(account), "score", [to_ms(ticket.opened), line.id])
    ended, words = _Ended(), list[bytes | str | int]()
    for place, value in line.timeline:
        blob = backup.keep("entry", value)
        ended.take(account, blob)
        words += [place, 2, "e", blob]
    if words:
        yield Write(keys.timeline(line.id), "stream", words)
    for key, intervals in ended.found.items():
        yield Write(key, "extend", intervals)
    for lane, effects in line.lanes.items():
        yield Write(keys.lane(shard, lane), "list", [backup.keep("effect", one) for one in effects])
    for member in {**line.due, **line.notes}:
        yield from _waiting(shard, member, line.due.get(member), line.notes.get(member))


def _waiting(shard: int, member: str, due: int | None, note: Any) -> Iterator[Write]:
    if due is not None:
        yield Write(keys.due(shard), "score", [due, member])
    if note is not None:
        yield Write(keys.work(shard), "field", [member, backup.keep("note", note)])


def _key(line: KeyLine) -> Write:
    known = backup.kind_of(line.key)
    if known is None:
        raise BadBackup(f"key: {line.key!r} is none that has a line of its own")
    if known.type != line.type or line.kind != (known.kind or line.kind):
        raise BadBackup(f"expected {line.key} as {known.type}, {known.kind}; got {line.type}, {line.kind}")
    try:
        values = _values(line.kind, known.record, line.value)
    except (TypeError, ValueError) as error:
        raise BadBackup(f"value: not what a {line.kind} holds: {error}") from None
    return Write(line.key, line.kind, values, line.until)


def _values(kind: str, record: str | None, value: Any) -> list[bytes | str | int]:
    if kind == "string":
        return [backup.keep(record, value)]
    if not isinstance(value, list):
        raise TypeError(f"expected a list, got {type(value).__name__}")
    words: list[bytes | str | int] = []
    if kind in {"list", "set"}:
        return [backup.keep(record, one) for one in value]
    for name, one in value:
        if kind == "hash":
            words += [backup.keep(None, name), backup.keep(record, one)]
        elif kind == "zset":
            words += [str(float(one)), backup.keep(None, name)]
        elif kind == "stream":
            words += [str(name), len(one), *(backup.keep(None, word) for word in one)]
        else:
            raise TypeError(f"nobody knows what a {kind} is")
    return words


async def _carry_out(scripts: Scripts, together: Sequence[Write]) -> None:
    await asyncio.gather(*(_write(scripts, write) for write in together))


async def _write(scripts: Scripts, write: Write) -> None:
    if write.how == "score":
        await scripts.command("ZADD", write.key, *write.values)
    elif write.how == "field":
        await scripts.command("HSET", write.key, *write.values)
    else:
        await scripts.restore(write.key, write.how, write.until, write.values)


async def _held(client: Client) -> str | None:
    """What the store holds, in words; None: nothing."""
    tickets = others = 0
    async for names in scan(client):
        tickets += sum(":ticket:" in name for name in names)
        others += sum(not name.startswith("pace:") for name in names)
        if others > 100_000:
            break
    return f"{tickets} tickets, {others} keys in all" if others else None


_HEADER: Final = "the header of a backup"


def _read(path: Path, progress: Progress) -> Iterator[tuple[int, Line]]:
    """The lines of a file with their numbers from 1. Raises BadBackup, OSError."""
    seen, size = 0, path.stat().st_size
    with path.open("rb") as file:
        for number, text in enumerate(file, start=1):
            try:
                yield number, backup.decode_line(text)
            except BadBackup as error:
                raise BadBackup(f"{path}: line {number}: {error}") from None
            seen += len(text)
            if number % _TOGETHER == 0 or seen == size:
                progress(seen, size)


def _check_header(header: Header) -> None:
    if header.format > backup.FORMAT or header.schema > codec.SCHEMA:
        raise BadBackup(
            f"a newer version of supportbot wrote it (format {header.format}, schema {header.schema}; this one reads "
            f"up to {backup.FORMAT} and {codec.SCHEMA}): import it with that version or a newer one"
        )
    if header.shards != keys.SHARDS:
        raise BadBackup(f"shards: expected {keys.SHARDS}, got {header.shards}")


def _check_shard(shard: int) -> None:
    if not 0 <= shard < keys.SHARDS:
        raise BadBackup(f"shard: expected 0 to {keys.SHARDS - 1}, got {shard}")


def _type_of(line: Line) -> str:
    return line.type if isinstance(line, KeyLine) else str(line.__struct_config__.tag)
