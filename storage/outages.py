"""Recorded outages in Redis: a history for each account, and one for everybody, that are only ever added to."""

import asyncio

from policy.commits import Conflict
from policy.outages import OutageEntry, Outages, RecordedOutage
from policy.uptime import Month
from storage import codec, keys
from storage.scripts import Scripts


class OutageHistories:
    """A history is read whole: outages are few, some a month at the worst. Raises StorageError from every method."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    async def of(self, account: str | None) -> Outages:
        """The history of an account, or (None) of everybody."""
        blobs = await self._scripts.command("HVALS", keys.outages(account))
        return Outages(account, [codec.decode_outage_entry(blob) for blob in blobs])

    async def add(self, base: Outages, entry: OutageEntry) -> Outages | Conflict:
        """Add an entry that was decided on `base`: the history after it. An operation that has added its entry
        before, however long ago, changes nothing and gets the history as it is kept. Conflict: another entry
        came first, nothing was changed; read and decide again."""
        verdict = await self._scripts.append(
            keys.outages(base.account), entry.operation, entry.place, codec.encode(entry)
        )
        if verdict == b"conflict":
            return Conflict()
        return base.after(entry) if verdict == b"ok" else await self.of(base.account)

    async def of_month(self, account: str, month: Month) -> list[RecordedOutage]:
        """What counts for an account in a month: its own and everybody's, the earliest start first."""
        own, everybody = await asyncio.gather(self.of(account), self.of(None))
        found = [one for one in (*own.standing, *everybody.standing) if one.touches(month)]
        return sorted(found, key=lambda one: (one.outage.start, one.id))
