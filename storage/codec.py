"""How records become bytes and back: msgpack, with the version of the record's shape in front.

A ticket's record is 8 bytes of version (big-endian; what scripts compare), one byte of schema, then the ticket; the
directory's is alike. Any other record begins with its map, which is schema 1, or with one byte of schema (less than
0x80, where no map begins) before it. Older schemas are read, with defaults for what they lack. A newer one than this
program knows, or a kind of entry or effect that it does not know, raises NewerRecord.
"""

from datetime import datetime
from typing import Final, TypeVar

import msgspec

from policy.clocks import Interval
from policy.commits import Stored
from policy.directory import Directory
from policy.duties import DutyEntry
from policy.effects import Effect
from policy.outages import OutageEntry
from policy.reminders import Reminder
from policy.tickets import Ticket
from policy.timeline import Entry
from storage.errors import Reason, StorageUnavailable

SCHEMA: Final = 1
_VERSION_BYTES: Final = 8
_NO_MAP_BELOW: Final = 0x80
"""msgpack: a map begins with 0x80 or more, a small number is one byte below it."""

R = TypeVar("R")


class NewerRecord(StorageUnavailable):
    """A record was written by a newer version of this program; that one can read it. Until it runs, whatever needs
    the record has to wait: to this program the store is unavailable as far as that goes."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what}: a newer version of supportbot wrote it",
            reason=Reason.NEWER_RECORD,
            mend="Start that version, or a newer one, in place of this one.",
        )


class Queued(msgspec.Struct, frozen=True, omit_defaults=True):
    """An effect as it waits in its lane. `id` is opaque: it is all that other apps could read in Slack.
    `ticket` is None for what belongs to no ticket."""

    id: str
    effect: Effect
    ticket: str | None = None


class DeadLetter(msgspec.Struct, frozen=True, omit_defaults=True):
    """What could not be delivered, when it was given up, and why."""

    at: datetime
    member: str
    queued: Queued
    error: str


class WorkNote(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a worker leaves with a due member for the one that takes it next.

    `tries` counts attempts that failed. `place_ms` is a place taken in the queue of `place_channel` (Redis TIME).
    `attempt` is the id of a message that may have been posted since `attempted_ms` (Unix time): look for it
    in `channel` and `thread` before posting again. `reminder` is what that message covers, if it reminds.
    """

    tries: int = 0
    place_ms: int | None = None
    place_channel: str | None = None
    attempt: str | None = None
    channel: str | None = None
    thread: str | None = None
    attempted_ms: int = 0
    reminder: Reminder | None = None


class Pause(msgspec.Struct, frozen=True, omit_defaults=True):
    """All posting stands still: since when, by whose word, and why. `importing`: a backup is being put in place,
    or was not put in place to its end; nothing may be done with what is there."""

    since: datetime
    by: str
    reason: str = ""
    importing: bool = False


_encoder: Final = msgspec.msgpack.Encoder()
_ticket: Final = msgspec.msgpack.Decoder(Ticket)
_entry: Final = msgspec.msgpack.Decoder(Entry)
_interval: Final = msgspec.msgpack.Decoder(Interval)
_queued: Final = msgspec.msgpack.Decoder(Queued)
_note: Final = msgspec.msgpack.Decoder(WorkNote)
_directory: Final = msgspec.msgpack.Decoder(Directory)
_dead: Final = msgspec.msgpack.Decoder(DeadLetter)
_pause: Final = msgspec.msgpack.Decoder(Pause)
_outage: Final = msgspec.msgpack.Decoder(OutageEntry)
_duty: Final = msgspec.msgpack.Decoder(DutyEntry)


def encode(value: object) -> bytes:
    """Any record but a ticket. Instants are kept in UTC, exact to the microsecond."""
    return _encoder.encode(value)


def header(version: int) -> bytes:
    return version.to_bytes(_VERSION_BYTES, "big")


def encode_ticket(ticket: Ticket, version: int) -> bytes:
    return b"%b%c%b" % (header(version), SCHEMA, _encoder.encode(ticket))


def decode_ticket(record: bytes) -> Stored:
    """Raises NewerRecord."""
    return Stored(_after_header(_ticket, record), int.from_bytes(record[:_VERSION_BYTES], "big"))


def encode_directory(directory: Directory) -> bytes:
    return b"%b%c%b" % (header(directory.revision), SCHEMA, _encoder.encode(directory))


def decode_directory(record: bytes) -> Directory:
    """Raises NewerRecord."""
    return _after_header(_directory, record)


def decode_entry(blob: bytes) -> Entry:
    """Raises NewerRecord, and so do all below."""
    entry: Entry = _bare(_entry, blob)
    return entry


def decode_interval(blob: bytes) -> Interval:
    return _bare(_interval, blob)


def decode_queued(blob: bytes) -> Queued:
    return _bare(_queued, blob)


def decode_note(blob: bytes | None) -> WorkNote:
    return _bare(_note, blob) if blob else WorkNote()


def decode_dead(blob: bytes) -> DeadLetter:
    return _bare(_dead, blob)


def decode_pause(blob: bytes) -> Pause:
    return _pause.decode(blob)


def decode_outage_entry(blob: bytes) -> OutageEntry:
    entry: OutageEntry = _bare(_outage, blob)
    return entry


def decode_duty_entry(blob: bytes) -> DutyEntry:
    entry: DutyEntry = _bare(_duty, blob)
    return entry


def _after_header(decoder: msgspec.msgpack.Decoder[R], record: bytes) -> R:
    _check(record[_VERSION_BYTES])
    return _decoded(decoder, memoryview(record)[_VERSION_BYTES + 1 :])


def _bare(decoder: msgspec.msgpack.Decoder[R], blob: bytes) -> R:
    if blob[0] < _NO_MAP_BELOW:
        _check(blob[0])
        return _decoded(decoder, memoryview(blob)[1:])
    return _decoded(decoder, blob)


def _decoded(decoder: msgspec.msgpack.Decoder[R], blob: bytes | memoryview) -> R:
    try:
        return decoder.decode(blob)
    except msgspec.ValidationError as error:
        # It is sound msgpack, and no record of any shape that was ever written before.
        raise NewerRecord(f"a record has what this version does not know ({error})") from error


def _check(schema: int) -> None:
    if schema > SCHEMA:
        raise NewerRecord(f"a record has schema {schema}, this version knows up to {SCHEMA}")
