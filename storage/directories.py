"""The directory snapshot: cached here, swapped whole, looked at again when told and every few seconds."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from policy.directory import Account, Directory, directory_of, moves
from storage import codec, keys
from storage.scripts import Scripts


class Directories:
    """`current` costs no round trip; it is at most one `refresh` old. Raises StorageError from the rest."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self.current = Directory()

    def now_of(self, channel: str) -> str:
        """The id that a channel has now, as far as is known here."""
        return self.current.now_of(channel)

    async def refresh(self) -> Directory:
        """Read the snapshot if it has another revision than the cached one; none is the empty directory."""
        header = await self._scripts.command("GETRANGE", keys.DIRECTORY, 0, 7)
        if header != _header(self.current):
            record = await self._scripts.command("GET", keys.DIRECTORY)
            self.current = codec.decode_directory(record) if record else Directory()
        return self.current

    async def put(
        self,
        accounts: Mapping[str, Account],
        policies: Mapping[str, Mapping[str, Any]],
        moved: tuple[str, str] | None = None,
    ) -> Directory:
        """Add or replace accounts and policy versions in the newest snapshot. `moved`: a channel's id, and the one
        that it has got instead. Raises ValueError on a channel that two accounts claim; nothing is changed then, or
        when there is nothing new."""
        while True:
            base = await self.refresh()
            following_moves = moves(base.moved, *moved) if moved else base.moved
            merged = directory_of(
                {**base.accounts, **accounts}, {**base.policies, **policies}, following_moves
            )
            following = replace(merged, revision=base.revision + 1)
            if replace(base, revision=following.revision) == following:
                return base
            if await self._scripts.swap_directory(_header(base), codec.encode_directory(following)):
                self.current = following
                return following


def _header(directory: Directory) -> bytes:
    """What the kept snapshot begins with; nothing is kept of the empty one."""
    return codec.header(directory.revision) if directory.revision else b""
