"""Up to where what comes by itself has been told: digests by week, reminders of duties and notes by day.

The mark moves in the commit that moves the due member, so that nothing is told twice, whatever restarts.
"""

from collections.abc import Iterable
from datetime import date, datetime

from policy.commits import LeaseLost
from storage import keys
from storage.plan import Lease, Plan
from storage.scripts import Scripts


class Told:
    """Raises StorageError from every method."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    async def until(self, shard: int, member: str) -> date | None:
        """Up to which day a member has told what it tells; None: it never has."""
        kept = await self._scripts.command("HGET", keys.told(shard), member)
        return date.fromisoformat(kept.decode()) if kept else None

    async def settle(
        self, lease: Lease, told: date | None, due: datetime | None, *, now: datetime
    ) -> LeaseLost | None:
        """Give a member back with its mark moved, due at another instant; no more due (None) it is forgotten, mark and
        all."""
        plan = Plan(lease.shard, now)
        plan.lease(lease)
        plan.due(lease.member, due)
        plan.told(lease.member, told if due else None)
        verdict, *_ = await self._scripts.commit(plan.keys, plan.encoded(), plan.blobs)
        return LeaseLost() if verdict == b"lost" else None

    async def expect(self, shard: int, members: Iterable[str], *, now: datetime) -> None:
        """Have members looked at now. Those that are in hand, or were put back to be tried again, stay as they
        are."""
        plan = Plan(shard, now)
        for member in members:
            plan.due(member, now)
        await self._scripts.commit(plan.keys, plan.encoded(), plan.blobs)
