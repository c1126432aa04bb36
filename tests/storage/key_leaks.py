"""Nothing in Redis that nobody declared: every key must fit the table of `storage/keys.py`, in its type and lifetime.

The table itself is read, so that it can't say one thing and the code do another.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Final

from storage import keys
from tests.servers import Server

_COLUMNS: Final = ("key", "type", "lifetime", "holds")
_TYPES: Final = ("string", "stream", "zset", "list", "hash", "set")
_LONGEST_MS: Final = {"a day": 24 * 3_600_000, "minutes": 3_600_000}
"""What the table's words for a lifetime mean at most."""

_PLACES: Final = (
    ("{sNN}", r"\{s(?:0\d|1[0-5])\}"),
    ("CHANNEL[:TS]", r"[^:{}]+(?::[^:{}]+)?"),
    ("CHANNEL", r"[^:{}]+"),
    ("ACCOUNT", r"[A-Z][A-Z0-9-]*"),
    ("YYYY-Www", r"\d{4}-W\d\d"),
    ("OPERATION", r".+"),
    ("LANE", r"[^:]+"),
    ("ID", r".+"),
)


@dataclass(frozen=True)
class Declared:
    """A row of the table. `longest_ms` is None for what is kept for good."""

    name: str
    pattern: re.Pattern[str]
    type: str
    longest_ms: int | None


@cache
def declared() -> tuple[Declared, ...]:
    """The table of `storage/keys.py`. Raises ValueError on a row that can't be read."""
    lines = (keys.__doc__ or "").splitlines()
    head = next(number for number, line in enumerate(lines) if tuple(line.split()) == _COLUMNS)
    starts = [lines[head].index(name) for name in _COLUMNS]
    rows = []
    for line in lines[head + 1 :]:
        if not line.strip():
            break
        name, kind, lifetime = (line[start:end].strip() for start, end in pairwise(starts))
        if kind not in _TYPES or (lifetime != "for good" and lifetime not in _LONGEST_MS):
            raise ValueError(f"cannot read this row of storage/keys.py: {line}")
        rows.append(Declared(name, _pattern(name), kind, _LONGEST_MS.get(lifetime)))
    return tuple(rows)


def undeclared(servers: Iterable[Server]) -> list[str]:
    """A sentence for each key that does not fit the table."""
    return [fault for server in servers for fault in _faults(server)]


def rows_in_use(servers: Iterable[Server]) -> set[str]:
    """The rows of the table of which there are keys."""
    found = [name.decode() for server in servers for name in names(server)]
    return {row.name for row in declared() for name in found if row.pattern.fullmatch(name)}


def contents(servers: Iterable[Server]) -> dict[bytes, bytes]:
    """Everything that is kept, byte for byte: equal before and after what must write nothing."""
    found: dict[bytes, bytes] = {}
    for server in servers:
        with server.client() as client:
            whole: Any = client
            found |= {name: whole.dump(name) for name in whole.scan_iter(count=1000)}
    return found


def names(server: Server) -> list[bytes]:
    """Every key of a server, sorted."""
    with server.client() as client:
        whole: Any = client
        return sorted(whole.scan_iter(count=1000))


def _pattern(name: str) -> re.Pattern[str]:
    rest, text = name, ""
    while rest:
        place = next((place for place in _PLACES if rest.startswith(place[0])), None)
        text += place[1] if place else re.escape(rest[0])
        rest = rest[len(place[0]) if place else 1 :]
    return re.compile(text)


def _faults(server: Server) -> list[str]:
    found = names(server)
    with server.client() as client, client.pipeline(transaction=False) as pipe:
        asked: Any = pipe
        for name in found:
            asked.type(name)
            asked.pttl(name)
        replies = asked.execute()
    facts = zip(found, replies[::2], replies[1::2], strict=True)
    return [
        fault for name, kind, left_ms in facts if (fault := _fault(name.decode(), kind.decode(), left_ms))
    ]


def _fault(name: str, kind: str, left_ms: int) -> str | None:
    if kind == "none":
        return None  # ran out meanwhile
    rows = [row for row in declared() if row.pattern.fullmatch(name)]
    if len(rows) != 1:
        fits = ", ".join(row.name for row in rows) or "none"
        return f"{name}: fits {fits} of the keys that storage/keys.py declares"
    (row,) = rows
    if kind != row.type:
        return f"{name}: is a {kind}, declared as {row.type}"
    if row.longest_ms is None and left_ms != -1:
        return f"{name}: ends in {left_ms} ms, declared to be for good"
    if row.longest_ms is not None and not 0 <= left_ms <= row.longest_ms:
        return f"{name}: lasts {left_ms} ms, declared to last at most {row.longest_ms}"
    return None
