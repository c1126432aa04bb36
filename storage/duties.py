"""The duties of TAMs in Redis: a history for each account that is only ever added to."""

from policy.commits import Conflict
from policy.duties import DutyEntry, DutyHistory
from storage import codec, keys
from storage.scripts import Scripts


class DutyHistories:
    """A history is read whole: a rhythm makes some sixty entries a year. Raises StorageError from every method."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    async def of(self, account: str) -> DutyHistory:
        blobs = await self._scripts.command("HVALS", keys.duties(account))
        return DutyHistory(account, [codec.decode_duty_entry(blob) for blob in blobs])

    async def add(self, base: DutyHistory, entry: DutyEntry) -> DutyHistory | Conflict:
        """Add an entry that was decided on `base`: the history after it. An operation that has added its entry before
        changes nothing and gets the history as it is kept. Conflict: another entry came first, nothing was changed."""
        verdict = await self._scripts.append(
            keys.duties(base.account), entry.operation, entry.place, codec.encode(entry)
        )
        if verdict == b"conflict":
            return Conflict()
        return base.after(entry) if verdict == b"ok" else await self.of(base.account)
