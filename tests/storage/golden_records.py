"""Sample records of every kind, made from the types themselves, and the bytes that an earlier version made of them.

`python -m tests.storage.golden_records NAME` writes `golden/NAME.json` with this version's bytes. Do it once, when the
schema changes or kinds are added; what is written stays, since records of that shape stand in people's stores.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, get_args

import msgspec
from msgspec import inspect

from policy.clocks import Interval
from policy.directory import Directory
from policy.duties import DutyEntry
from policy.effects import Effect
from policy.outages import OutageEntry
from policy.tickets import Ticket
from policy.timeline import Entry
from storage import codec

FOLDER: Final = Path(__file__).parent / "golden"
_AT: Final = datetime(2026, 11, 16, 14, 30, 0, 123456, tzinfo=UTC)

Decode = Callable[[bytes], Any]


def kinds() -> dict[str, tuple[type, Callable[[Any], bytes], Decode]]:
    """Every kind of record by its name: its type, how it is written, how it is read."""
    found: dict[str, tuple[type, Callable[[Any], bytes], Decode]] = {
        "ticket": (
            Ticket,
            lambda value: codec.encode_ticket(value, 7),
            lambda blob: codec.decode_ticket(blob).ticket,
        ),
        "directory": (Directory, codec.encode_directory, codec.decode_directory),
        "interval": (Interval, codec.encode, codec.decode_interval),
        "outage": (OutageEntry, codec.encode, codec.decode_outage_entry),
        "duty": (DutyEntry, codec.encode, codec.decode_duty_entry),
        "note": (codec.WorkNote, codec.encode, codec.decode_note),
        "dead": (codec.DeadLetter, codec.encode, codec.decode_dead),
        "queued": (codec.Queued, codec.encode, codec.decode_queued),
    }
    for kind in get_args(Entry):
        found[f"entry {kind.__name__}"] = (kind, codec.encode, codec.decode_entry)
    for kind in get_args(Effect):
        found[f"effect {kind.__name__}"] = (kind, _as_queued, lambda blob: codec.decode_queued(blob).effect)
    return found


def _as_queued(effect: Effect) -> bytes:
    return codec.encode(codec.Queued(id="0123", effect=effect, ticket="ACME-1"))


def sample(kind: Any, *, full: bool) -> Any:
    """A value of a type: with nothing but what it must have, or with everything that it can have."""
    return msgspec.convert(_plain(inspect.type_info(kind), full), kind)


def _plain(kind: inspect.Type, full: bool) -> Any:
    match kind:
        case inspect.StructType(fields=fields, tag_field=tag_field, tag=tag):
            made = {field.encode_name: _plain(field.type, full) for field in fields if full or field.required}
            return {tag_field: tag, **made} if tag_field else made
        case inspect.DataclassType(fields=fields):
            return {field.encode_name: _plain(field.type, full) for field in fields if full or field.required}
        case inspect.UnionType(types=types):
            some = [one for one in types if not isinstance(one, inspect.NoneType)]
            return _plain(some[0], full) if full or len(some) == len(types) else None
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return [_plain(item, full)] if full else []
        case inspect.TupleType(item_types=items):
            return [_plain(item, full) for item in items]
        case inspect.DictType(key_type=key, value_type=value):
            return {_plain(key, full): _plain(value, full)} if full else {}
        case inspect.DateTimeType():
            return _AT.isoformat()
        case inspect.DateType():
            return _AT.date().isoformat()
        case inspect.TimeDeltaType():
            return "PT90M"
        case inspect.DecimalType():
            return "99.95"
        case inspect.EnumType(cls=cls):
            return list(cls)[-1 if full else 0].value
        case inspect.LiteralType(values=values):
            return values[-1 if full else 0]
        case inspect.BoolType():
            return full
        case inspect.IntType():
            return 3
        case inspect.FloatType():
            return 1.5
        case inspect.StrType():
            return "田中 <x> 🚒" if full else "C-1"
        case inspect.AnyType():
            return {"any": [1, "x", None]}
        case _:
            raise TypeError(f"no sample of {kind}")


def golden() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each record that stands in a file: the file's name, the kind's, and `bytes` (hex) with what they `read` as."""
    for path in sorted(FOLDER.glob("*.json")):
        for record in json.loads(path.read_text(encoding="utf-8")):
            yield path.stem, record["kind"], record


def _write(name: str) -> None:
    records = []
    for label, (kind, encode, decode) in kinds().items():
        for full in (False, True):
            blob = encode(sample(kind, full=full))
            records.append({"kind": label, "bytes": blob.hex(), "read": msgspec.to_builtins(decode(blob))})
    lines = ",\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    (FOLDER / f"{name}.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    _write(sys.argv[1])
