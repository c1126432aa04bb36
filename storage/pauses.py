"""Pausing all posting. A mark in every shard, which the scripts that claim and that record attempts look at: once it
is set, no worker takes anything in hand, wherever it runs. What is opened and decided meanwhile is kept as ever."""

import asyncio
from collections.abc import Collection

from storage import codec, keys
from storage.codec import Pause
from storage.scripts import Scripts


class Pauses:
    """Raises StorageError from every method."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    async def current(self) -> Pause | None:
        """The pause that is on, in some shard at least; None: posting goes on everywhere."""
        marks = await self._each("GET")
        return next((codec.decode_pause(mark) for mark in marks if mark), None)

    async def pause(self, pause: Pause) -> Pause:
        """Pause every shard; answers with the pause that is on now, which is the older one where there was one."""
        on = await self.current() or pause
        await self._each("SET", codec.encode(on))
        return on

    async def put(self, pause: Pause) -> None:
        """Pause every shard by this word, whatever was said before."""
        await self._each("SET", codec.encode(pause))

    async def resume(self, *, spare: Collection[str] = ()) -> Pause | None:
        """Go on, and have every worker look at what has fallen due; None: nothing was paused. `spare`: marks that
        stay (keys)."""
        on = await self.current()
        marks = [keys.paused(shard) for shard in range(keys.SHARDS)]
        taken = [self._scripts.command("DEL", mark, confirmed=True) for mark in marks if mark not in spare]
        await asyncio.gather(*taken)
        if on:
            for shard in range(keys.SHARDS):
                await self._scripts.command("PUBLISH", keys.WAKE_CHANNEL, f"{shard}:0")
        return on

    async def in_hand(self) -> int:
        """How many items workers still have in hand, under leases that hold."""
        seconds, micros = await self._scripts.command("TIME")
        now_ms = int(seconds) * 1000 + int(micros) // 1000
        shards = [self._scripts.command("HVALS", keys.leases(shard)) for shard in range(keys.SHARDS)]
        leases = [lease for held in await asyncio.gather(*shards) for lease in held]
        return sum(int(lease.rpartition(b"|")[2]) > now_ms for lease in leases)

    async def _each(self, verb: str, *words: bytes) -> list[bytes | None]:
        asked = [
            self._scripts.command(verb, keys.paused(shard), *words, confirmed=verb != "GET")
            for shard in range(keys.SHARDS)
        ]
        return list(await asyncio.gather(*asked))
