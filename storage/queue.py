"""The due index as workers see it: claim under a lease, record attempts, give back, settle."""

from collections.abc import Sequence
from datetime import datetime

from policy.commits import LeaseLost
from policy.instants import to_ms
from storage import codec, keys
from storage.plan import Lease, Plan
from storage.scripts import Claimed, Scripts

_AT_ONCE = 500

LEASE_MS = 30_000
"""How long a claim holds. Slack's time-out is 10 s, so a live worker settles well within it."""


class Queue:
    """Raises StorageError from every method."""

    def __init__(self, scripts: Scripts, *, lease_ms: int = LEASE_MS) -> None:
        self._scripts = scripts
        self._lease_ms = lease_ms

    @property
    def lease_s(self) -> float:
        return self._lease_ms / 1000

    async def claim(
        self, shard: int, *, now: datetime, most: int, token: str
    ) -> tuple[int | None, list[Claimed]]:
        """Up to `most` members due at `now`, and when (ms) the next one falls due."""
        return await self._scripts.claim(
            shard, now_ms=to_ms(now), most=most, token=token, lease_ms=self._lease_ms
        )

    async def attempt(self, lease: Lease, note: codec.WorkNote) -> bool:
        """Record an attempt before its call is made; False: the lease is lost or posting is paused, make no call."""
        return await self._scripts.attempt(
            lease.shard,
            member=lease.member,
            token=lease.token,
            lease_ms=self._lease_ms,
            note=codec.encode(note),
        )

    async def put_back(self, lease: Lease, due: datetime | None, note: codec.WorkNote | None) -> bool:
        """Give a member back, due again later (None: as it stands); False: the lease is lost."""
        return await self.put_off(lease, due, codec.encode(note) if note else None)

    async def put_off(self, lease: Lease, due: datetime | None, note: bytes | None) -> bool:
        """As `put_back`, with a note that may be beyond us: it stays as another version wrote it."""
        return await self._scripts.put_back(
            lease.shard,
            member=lease.member,
            token=lease.token,
            due_ms=to_ms(due) if due else None,
            note=note,
        )

    async def head(self, shard: int, lane_id: str) -> codec.Queued | None:
        """The effect at the head of a lane; None when it is empty."""
        blob = await self._scripts.command("LINDEX", keys.lane(shard, lane_id), 0)
        return codec.decode_queued(blob) if blob else None

    async def repeats(self, shard: int, lane_id: str, head: codec.Queued) -> list[bytes]:
        """What waits behind the head of a lane and is the same effect on the same ticket, as it stands there."""
        blobs = await self._scripts.command("LRANGE", keys.lane(shard, lane_id), 1, -1)
        return [blob for blob in blobs if _same(codec.decode_queued(blob), head)]

    async def done(
        self,
        lease: Lease,
        lane_id: str,
        *,
        now: datetime,
        covered: Sequence[bytes] = (),
        dead: codec.DeadLetter | None = None,
    ) -> LeaseLost | None:
        """The head of a lane is delivered (or `dead`), and with it what is `covered` by it; its ticket needs no
        change."""
        plan = Plan(lease.shard, now)
        plan.lease(lease)
        plan.pop(lane_id, covered)
        if dead:
            plan.bury(dead)
        verdict, *_ = await self._scripts.commit(plan.keys, plan.encoded(), plan.blobs)
        return LeaseLost() if verdict == b"lost" else None

    async def move(self, lease: Lease, due: datetime | None, *, now: datetime) -> LeaseLost | None:
        """Settle a member with nothing delivered: due at another instant, or no more (None)."""
        plan = Plan(lease.shard, now)
        plan.lease(lease)
        plan.due(lease.member, due)
        verdict, *_ = await self._scripts.commit(plan.keys, plan.encoded(), plan.blobs)
        return LeaseLost() if verdict == b"lost" else None

    async def want(self, shard: int, members: Sequence[str], at: datetime, *, anew: bool = False) -> None:
        """Have members due at an instant. Those that wait already, or are in hand, stay as they are, unless `anew`."""
        for start in range(0, len(members), _AT_ONCE):
            pairs = [part for name in members[start : start + _AT_ONCE] for part in (to_ms(at), name)]
            await self._scripts.command("ZADD", keys.due(shard), *(() if anew else ("NX",)), *pairs)

    async def first_due(self, shard: int) -> int | None:
        """When (ms) the first member of a shard falls due, or fell; None: nothing waits there."""
        found = await self._scripts.command("ZRANGE", keys.due(shard), 0, 0, "WITHSCORES")
        if not found:
            return None
        score = found[0][1] if isinstance(found[0], list | tuple) else found[1]
        return round(float(score))

    async def due_at(self, lease: Lease) -> int | None:
        """When (ms) a member is due that is in hand: another instant than it was claimed with when somebody has
        wanted it since."""
        score = await self._scripts.command("ZSCORE", keys.due(lease.shard), lease.member)
        return None if score is None else round(float(score))

    async def heard(self, ticket: str, ts: str) -> None:
        """A message of a ticket's thread is dealt with; `ts` is Slack's."""
        await self._scripts.command("ZADD", keys.heard(ticket), "GT", ts, ticket)

    async def heard_until(self, ticket: str) -> str | None:
        """The `ts` of the newest message of a ticket's thread that was dealt with; None: nobody wrote in it."""
        score = await self._scripts.command("ZSCORE", keys.heard(ticket), ticket)
        return None if score is None else f"{float(score):.6f}"

    async def pace(
        self, channel: str, *, interval_ms: int, place_ms: int | None, not_before_ms: int = 0
    ) -> tuple[int, int]:
        """How many ms until a channel takes the next message, and the place held (real time)."""
        return await self._scripts.pace(
            channel, interval_ms=interval_ms, place_ms=place_ms, not_before_ms=not_before_ms
        )

    async def dead_letters(self, shard: int) -> list[codec.DeadLetter]:
        blobs = await self._scripts.command("LRANGE", keys.dead(shard), 0, -1)
        return [codec.decode_dead(blob) for blob in blobs]

    async def put_room(self, channel: str, thread: str | None, ticket: str) -> None:
        """Remember which ticket a channel or thread belongs to."""
        await self._scripts.command("SET", keys.room(channel, thread), ticket, confirmed=True)

    async def room(self, channel: str, thread: str | None) -> str | None:
        """Which ticket a channel or thread belongs to; None when it is no ticket's."""
        ticket = await self._scripts.command("GET", keys.room(channel, thread))
        return ticket.decode() if ticket else None


def _same(one: codec.Queued, other: codec.Queued) -> bool:
    return one.effect == other.effect and one.ticket == other.ticket
