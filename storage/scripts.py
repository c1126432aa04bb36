"""The scripts, one typed method each. How they travel to the server is `storage.travel`'s.

Every script may be sent twice: it decides by versions, tokens and operations. What a person or a worker relies on
afterwards is confirmed by a replica, where there are any, before it counts as done.

A command has `within_s` for all of it: the wait for its turn, a connection, the answer. One that nobody waits for
any more is not sent.
"""

import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import Any, Final

import msgspec

from storage import keys
from storage.connect import Client
from storage.joining import Together
from storage.travel import Carriage, ScriptMissing

NAMES: Final = (
    "commit",
    "claim",
    "attempt",
    "put_back",
    "pace",
    "swap_directory",
    "append",
    "retry",
    "snapshot",
    "restore",
)


class Claimed(msgspec.Struct, frozen=True):
    """A due member held under a lease: its `kind:id`, when it was due, and what the last worker left."""

    member: str
    due_ms: int
    note: bytes | None


class Scripts:
    """The one way to the server. Raises StorageError, StorageUnavailable above all, from every method."""

    def __init__(self, client: Client, *, within_s: float = 2.0) -> None:
        self.within_s = within_s
        self._texts = {
            name: (resources.files("storage") / "lua" / f"{name}.lua").read_text(encoding="utf-8")
            for name in NAMES
        }
        self._shas = {
            name: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
            for name, text in self._texts.items()
        }
        together = Together(attempt=self._shas["attempt"], claim=self._shas["claim"])
        self._carriage = Carriage(client, together, within_s)

    async def commit(self, names: Sequence[str], plan: bytes, blobs: Sequence[bytes]) -> list[Any]:
        """See lua/commit.lua."""
        reply: list[Any] = await self._script("commit", names, (plan, *blobs), confirmed=True)
        return reply

    async def claim(
        self, shard: int, *, now_ms: int, most: int, token: str, lease_ms: int
    ) -> tuple[int | None, list[Claimed]]:
        """Claim up to `most` due members of a shard; also when its next one falls due (None: nothing waits).
        While posting is paused nothing is claimed, and nothing waits."""
        names = (keys.due(shard), keys.leases(shard), keys.work(shard), keys.paused(shard))
        ((next_ms, found),) = await self._script("claim", names, (now_ms, most, token, lease_ms))
        claimed = [Claimed(member.decode(), int(float(due)), note) for member, due, note in found]
        return (int(float(next_ms)) if next_ms else None), claimed

    async def attempt(self, shard: int, *, member: str, token: str, lease_ms: int, note: bytes) -> bool:
        """Record an attempt before its call; False when the lease has passed to another worker, or posting is
        paused."""
        names = (keys.leases(shard), keys.work(shard), keys.paused(shard))
        reply = await self._script("attempt", names, (lease_ms, member, token, note), confirmed=True)
        return bool(reply[0])

    async def put_back(
        self, shard: int, *, member: str, token: str, due_ms: int | None, note: bytes | None
    ) -> bool:
        """Give a member back, due again at `due_ms` (None: as it was); False when the lease was lost."""
        names = (keys.due(shard), keys.leases(shard), keys.work(shard))
        due = "" if due_ms is None else due_ms
        reply = await self._script("put_back", names, (member, token, due, note or b""))
        return bool(reply[0])

    async def pace(
        self, channel: str, *, interval_ms: int, place_ms: int | None, not_before_ms: int = 0
    ) -> tuple[int, int]:
        """Take or keep a place in a channel's queue: how many ms to wait, and the place (see lua/pace.lua)."""
        place = "" if place_ms is None else place_ms
        wait, mine = await self._script("pace", (keys.pace(channel),), (interval_ms, place, not_before_ms))
        return int(wait), int(mine)

    async def swap_directory(self, expected: bytes, snapshot: bytes) -> bool:
        """Put a snapshot in place of the one with the `expected` header; False when another one has."""
        args = (expected, snapshot, keys.DIRECTORY_CHANNEL)
        return bool(await self._script("swap_directory", (keys.DIRECTORY,), args, confirmed=True))

    async def append(self, history: str, operation: str, length: int, entry: bytes) -> bytes:
        """Add an entry to a history of that length: `ok`, `replayed` or `conflict` (see lua/append.lua)."""
        verdict: bytes = await self._script("append", (history,), (operation, length, entry), confirmed=True)
        return verdict

    async def retry(
        self,
        shard: int,
        *,
        lane_id: str,
        member: str,
        now_ms: int,
        letters: Sequence[tuple[bytes, bytes]],
    ) -> int:
        """Put dead letters of one lane back into it, each with its effect; how many were (see lua/retry.lua)."""
        names = (
            keys.dead(shard),
            keys.lane(shard, lane_id),
            keys.due(shard),
            keys.leases(shard),
            keys.work(shard),
        )
        said = (member, now_ms, keys.WAKE_CHANNEL, f"{shard}:0")
        blobs = [blob for letter in letters for blob in letter]
        return int(await self._script("retry", names, (*said, *blobs), confirmed=True))

    async def snapshot(self, names: Sequence[str], members: Sequence[str]) -> list[Any]:
        """See lua/snapshot.lua."""
        reply: list[Any] = await self._script("snapshot", names, members)
        return reply

    async def restore(
        self, key: str, how: str, until_ms: int | None, values: Sequence[bytes | str | int]
    ) -> None:
        """Put a key in place as a backup has it; may be sent twice (see lua/restore.lua)."""
        until = "" if until_ms is None else until_ms
        await self._script("restore", (key,), (how, until, *values), confirmed=True)

    async def command(self, *words: Any, confirmed: bool = False) -> Any:
        """A plain command, its own name first. Its keys share a slot. `confirmed`: by a replica, where there are
        any."""
        return await self._carriage.command(words, confirmed=confirmed)

    async def _script(
        self, name: str, names: Sequence[str], args: Sequence[Any], *, confirmed: bool = False
    ) -> Any:
        rest = (len(names), *names, *args)
        try:
            return await self._carriage.command(("EVALSHA", self._shas[name], *rest), confirmed=confirmed)
        except ScriptMissing:
            return await self._carriage.command(("EVAL", self._texts[name], *rest), confirmed=confirmed)
