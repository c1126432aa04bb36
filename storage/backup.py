"""A backup as a file: JSON Lines that people can read, and from which every record comes back byte for byte.

The first line is the header, the last one counts the others. Between them stand, each in an order of its own, so
that the same store gives the same file:

type        what
count       how many tickets an account has had
ticket      a ticket with its version, timeline, waiting effects, due instants, and what workers left with them
lane        effects that wait and belong to no ticket
due         another member of the due index
directory   accounts, channels, the source of every policy version
...         and every other key by what it holds (storage/keys.py): operation, outages, duties, told, paused, room,
            heard, dead
key         a key of ours that this version does not know: kept all the same

Left out is what follows from the rest (the indexes of open tickets, ended intervals and weeks), and what makes sense
on the running server alone (leases, and the pace of channels).

Errors:
    BadBackup    the file cannot be used; says in which line, and what to do
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import msgspec

from policy.commits import Stored
from policy.directory import Directory
from policy.duties import DutyEntry
from policy.outages import OutageEntry
from policy.tickets import Ticket
from policy.timeline import Entry
from storage import codec, keys

FORMAT: Final = 1
"""The version of the file's shape. Older ones are read."""


class BadBackup(Exception):
    """The file cannot be used. Nothing was changed."""


class Header(msgspec.Struct, frozen=True, tag="header", tag_field="type"):
    """`schema` is that of the records (storage/codec.py). A newer format may say more, and is told by its number."""

    format: int
    schema: int
    shards: int


class End(msgspec.Struct, frozen=True, tag="end", tag_field="type", forbid_unknown_fields=True):
    """`lines` counts those before this one, the header among them."""

    lines: int


class TicketLine(
    msgspec.Struct,
    frozen=True,
    tag="ticket",
    tag_field="type",
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """`timeline` has the stream's ids; `lanes` goes by lane id, `due` (ms) and `notes` by due member."""

    id: str
    record: Any
    timeline: list[tuple[str, Any]] = []
    lanes: dict[str, list[Any]] = {}
    due: dict[str, int] = {}
    notes: dict[str, Any] = {}


class LaneLine(
    msgspec.Struct, frozen=True, tag="lane", tag_field="type", omit_defaults=True, forbid_unknown_fields=True
):
    shard: int
    id: str
    effects: list[Any]
    due: int | None = None
    note: Any = None


class DueLine(
    msgspec.Struct, frozen=True, tag="due", tag_field="type", omit_defaults=True, forbid_unknown_fields=True
):
    shard: int
    member: str
    due: int | None = None
    note: Any = None


class KeyLine(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A key by itself. `type` is what it holds, `kind` what Redis keeps it as, `until` when it ends (ms; None:
    never). `value` by kind: string a value, list and set the values, hash, zset and stream pairs."""

    type: str
    key: str
    kind: str
    value: Any
    until: int | None = None


Line: TypeAlias = Header | TicketLine | LaneLine | DueLine | KeyLine | End

_STRUCTS: Final = {"header": Header, "ticket": TicketLine, "lane": LaneLine, "due": DueLine, "end": End}
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder().decode


def encode_line(line: Line | str) -> bytes:
    return _encode(line) + b"\n"


def decode_line(text: bytes) -> Line:
    """Raises BadBackup, without the line's number."""
    try:
        raw = _decode(text)
        if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
            raise BadBackup('expected an object with a "type"')
        line: Line = msgspec.convert(raw, _STRUCTS.get(raw["type"], KeyLine))
    except msgspec.DecodeError as error:
        raise BadBackup(f"not a line of a backup: {error}") from None
    return line


# -- records and values


@dataclass(frozen=True, slots=True)
class _Record:
    """How a kind of record is shown in JSON and comes back. Both may raise anything that decoding raises."""

    show: Callable[[bytes], Any]
    keep: Callable[[Any], bytes]


def _plain(decode: Callable[[bytes], Any], kind: Any) -> _Record:
    return _Record(decode, lambda value: codec.encode(msgspec.convert(value, kind)))


def _show_ticket(blob: bytes) -> Any:
    stored = codec.decode_ticket(blob)
    return {"version": stored.version, "ticket": stored.ticket}


def _keep_ticket(value: Any) -> bytes:
    return codec.encode_ticket(msgspec.convert(value["ticket"], Ticket), value["version"])


def _keep_directory(value: Any) -> bytes:
    return codec.encode_directory(msgspec.convert(value, Directory))


RECORDS: Final = {
    "ticket": _Record(_show_ticket, _keep_ticket),
    "directory": _Record(codec.decode_directory, _keep_directory),
    "entry": _plain(codec.decode_entry, Entry),
    "effect": _plain(codec.decode_queued, codec.Queued),
    "note": _plain(codec.decode_note, codec.WorkNote),
    "dead": _plain(codec.decode_dead, codec.DeadLetter),
    "outages": _plain(codec.decode_outage_entry, OutageEntry),
    "duties": _plain(codec.decode_duty_entry, DutyEntry),
    "paused": _plain(codec.decode_pause, codec.Pause),
}


def show(record: str | None, blob: bytes) -> Any:
    """A record in words, if they give the very same bytes again; text as it is; anything else in base 64. Raises
    NewerRecord."""
    if record is None or not blob:
        try:
            return blob.decode()
        except UnicodeDecodeError:
            return _raw(blob)
    way = RECORDS[record]
    try:
        shown = _encode(way.show(blob))
        exact = way.keep(_decode(shown)) == blob
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError, IndexError):
        return _raw(blob)
    return msgspec.Raw(shown) if exact else _raw(blob)


def keep(record: str | None, value: Any) -> bytes:
    """The bytes of a value that `show` has shown. Raises BadBackup."""
    if isinstance(value, dict) and value.keys() == {"raw"}:
        try:
            return base64.b64decode(value["raw"], validate=True)
        except (ValueError, TypeError) as error:
            raise BadBackup(f"raw: expected base 64: {error}") from None
    if record is None or value == "":
        if not isinstance(value, str):
            raise BadBackup(f"expected text, got {type(value).__name__}")
        return value.encode()
    try:
        return RECORDS[record].keep(value)
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError, OverflowError) as error:
        raise BadBackup(f"not a record of this kind ({record}): {error}") from None


def read_ticket(value: Any) -> Stored:
    """Raises BadBackup."""
    blob = keep("ticket", value)
    try:
        return codec.decode_ticket(blob)
    except (msgspec.MsgspecError, IndexError, codec.NewerRecord) as error:
        raise BadBackup(f"not a ticket's record: {error}") from None


def _raw(blob: bytes) -> dict[str, str]:
    return {"raw": base64.b64encode(blob).decode()}


# -- keys by what they hold


@dataclass(frozen=True, slots=True)
class KeyKind:
    """`kind` is what Redis keeps it as (None: ask), `record` what its values are (None: text). `ends`: it may."""

    type: str
    kind: str | None = None
    record: str | None = None
    ends: bool = False


_TAG: Final = r"\{s\d\d\}:"
_TABLE: Final = (
    (re.compile(_TAG + r"op:.+", re.DOTALL), KeyKind("operation", "string", None, ends=True)),
    (re.compile(_TAG + r"outages:.+|\{all\}:outages"), KeyKind("outages", "hash", "outages")),
    (re.compile(_TAG + r"duties:.+"), KeyKind("duties", "hash", "duties")),
    (re.compile(_TAG + r"told"), KeyKind("told", "hash")),
    (re.compile(_TAG + r"paused"), KeyKind("paused", "string", "paused")),
    (re.compile(_TAG + r"count:.+"), KeyKind("count", "string")),
    (re.compile(_TAG + r"dead"), KeyKind("dead", "list", "dead")),
    (re.compile(_TAG + r"heard"), KeyKind("heard", "zset")),
    (re.compile(r"room:\{.+\}"), KeyKind("room", "string")),
    (re.compile(re.escape(keys.DIRECTORY)), KeyKind("directory", "string", "directory")),
)
_OURS: Final = re.compile(r"\{(?:s\d\d|dir|all)\}:.+|(?:room|pace):\{.+", re.DOTALL)
"""A server may be shared: what has another name belongs to somebody else, and is left alone."""

_UNKNOWN: Final = KeyKind("key", None, None, ends=True)
_ELSEWHERE: Final = re.compile(
    # In the lines of tickets and lanes, or following from them, or of the running server alone.
    _TAG + r"(?:ticket:.+|timeline:.+|open:.+|ended:.+|weeks?:.+|lane:.+|due|work|leases)|pace:.+",
    re.DOTALL,
)


def is_ours(key: str) -> bool:
    """Whether a key belongs to this product."""
    return _OURS.fullmatch(key) is not None


def kind_of(key: str) -> KeyKind | None:
    """What a key holds; None for one that has no line of its own."""
    if _ELSEWHERE.fullmatch(key) or not is_ours(key):
        return None
    return next((kind for pattern, kind in _TABLE if pattern.fullmatch(key)), _UNKNOWN)
