"""What one atomic commit does, gathered part by part (lua/commit.lua is the other half of this module)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import uuid4

import msgspec

from policy.clocks import Interval
from policy.commits import Operation, Stored
from policy.effects import Effect, Lane
from policy.instants import to_ms
from policy.periods import iso_weeks
from policy.tickets import Ticket
from policy.timeline import Entry
from storage import codec, keys

_encode = msgspec.msgpack.Encoder().encode


_ANNOUNCED_MS: Final = 3_600_000
"""What falls due later than in an hour is not announced: every worker looks by itself every second. (An hour,
since the clock of deadlines may run faster than real time.)"""


WHOLE: Final = "1"
"""What stands where the sets of an account's weeks have all of its tickets. (While they are being derived it is how far
that has come.)"""


class Lease(msgspec.Struct, frozen=True):
    """A due member that this worker holds: `shard`, its `kind:id`, and the token it was claimed under."""

    shard: int
    member: str
    token: str


def lane_member(lane_id: str) -> str:
    """The due member of a lane."""
    return f"lane:{lane_id}"


def ticket_lane(ticket: str, lane: Lane) -> str:
    """The id of one of a ticket's two lanes."""
    return f"{ticket}:{lane}"


def reminder_member(ticket: str) -> str:
    """The due member of a ticket's reminders."""
    return f"remind:{ticket}"


class Plan:
    """The parts of a commit in one shard. `keys` and `blobs` grow as parts name them."""

    def __init__(self, shard: int, now: datetime) -> None:
        self.shard = shard
        self.now_ms = to_ms(now)
        self.keys = [keys.due(shard), keys.leases(shard), keys.work(shard)]
        self.blobs: list[bytes] = []
        self.parts: dict[str, Any] = {}
        self._earliest_ms: int | None = None

    def operation(self, operation: Operation, result: str) -> None:
        """Remember the operation's result; or answer with it, if it was carried out before."""
        key = self._key(keys.operation(operation.account, operation.id))
        self.parts["op"] = [key, result, keys.OPERATION_LIFE_MS]

    def lease(self, lease: Lease) -> None:
        """Only while the lease is held; it is given back with the commit."""
        self.parts["lease"] = [lease.member, lease.token]

    def create(self, ticket: Ticket) -> None:
        """Write the first record of a ticket, if its number is the account's next one."""
        self.parts["new"] = [self._key(keys.count(ticket.account)), ticket.number]
        self.parts["put"] = [
            self._key(keys.ticket(ticket.id)),
            self._blob(codec.encode_ticket(ticket, version=1)),
        ]
        self._index(ticket)
        self._weeks(ticket, ticket.reported or ticket.opened)
        if ticket.number == 1:
            self.parts["whole"] = [self._key(keys.weeks(ticket.account)), WHOLE]

    def unchanged(self, ticket: str, version: int) -> None:
        """Only while `version` is the one that is kept."""
        self.parts["version"] = [self._key(keys.ticket(ticket)), self._blob(codec.header(version))]

    def change(self, ticket: Ticket, base: Stored) -> None:
        """Write the next record of a ticket, if `base` is what is kept."""
        key = self._key(keys.ticket(ticket.id))
        self.parts["version"] = [key, self._blob(codec.header(base.version))]
        self.parts["put"] = [key, self._blob(codec.encode_ticket(ticket, base.version + 1))]
        self._index(ticket)
        # While it was open it belongs to every week since its last change too.
        self._weeks(ticket, base.ticket.moved if base.ticket.is_open else ticket.moved)

    def log(self, ticket: str, entries: Iterable[Entry]) -> None:
        blobs = [self._blob(codec.encode(entry)) for entry in entries]
        if blobs:
            self.parts["log"] = [self._key(keys.timeline(ticket)), *blobs]

    def ended(self, account: str, intervals: Iterable[Interval]) -> None:
        found = [
            [self._key(keys.ended(account, interval.judged)), self._blob(codec.encode(interval))]
            for interval in intervals
        ]
        if found:
            self.parts["ended"] = found

    def push(self, lane_id: str, effects: Sequence[Effect], ticket: str | None) -> None:
        """Queue effects at the end of a lane."""
        if not effects:
            return
        blobs = [
            self._blob(codec.encode(codec.Queued(id=uuid4().hex, effect=effect, ticket=ticket)))
            for effect in effects
        ]
        lane = self._key(keys.lane(self.shard, lane_id))
        self.parts.setdefault("push", []).append([lane, lane_member(lane_id), self.now_ms, *blobs])
        self._wake(self.now_ms)

    def pop(self, lane_id: str, covered: Iterable[bytes] = ()) -> None:
        """The head of a lane is delivered, or given up. `covered`: what waits behind it and is done by that too, as
        it stands in the lane."""
        key = self._key(keys.lane(self.shard, lane_id))
        blobs = [self._blob(blob) for blob in covered]
        self.parts["pop"] = [key, lane_member(lane_id), self.now_ms, *blobs]

    def bury(self, letter: codec.DeadLetter) -> None:
        self.parts["dead"] = [self._key(keys.dead(self.shard)), self._blob(codec.encode(letter))]

    def due(self, member: str, at: datetime | None) -> None:
        """Move a member of the due index (None: take it out)."""
        ms = to_ms(at) if at else None
        self.parts.setdefault("due", []).append([member, ms if ms is not None else False])
        if ms is not None and ms <= self.now_ms + _ANNOUNCED_MS:
            self._wake(ms)

    def told(self, member: str, until: date | None) -> None:
        """Move the mark up to where a member has told what it tells (None: forget it)."""
        mark = until.isoformat() if until else False
        self.parts["told"] = [self._key(keys.told(self.shard)), member, mark]

    def encoded(self) -> bytes:
        if self._earliest_ms is not None:
            self.parts["wake"] = [keys.WAKE_CHANNEL, f"{self.shard}:{self._earliest_ms}"]
        return _encode(self.parts)

    def _index(self, ticket: Ticket) -> None:
        since = to_ms(ticket.opened) if ticket.is_open else False
        self.parts["open"] = [self._key(keys.open_tickets(ticket.account)), ticket.id, since]

    def _weeks(self, ticket: Ticket, since: datetime) -> None:
        weeks = [self._key(keys.week(ticket.account, at)) for at in iso_weeks(since, ticket.moved)]
        self.parts["weeks"] = [ticket.number, *weeks]

    def _wake(self, ms: int) -> None:
        self._earliest_ms = ms if self._earliest_ms is None else min(self._earliest_ms, ms)

    def _key(self, key: str) -> int:
        if key not in self.keys:
            self.keys.append(key)
        return self.keys.index(key) + 1

    def _blob(self, blob: bytes) -> int:
        self.blobs.append(blob)
        return len(self.blobs) + 1
