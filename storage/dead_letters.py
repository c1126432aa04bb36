"""What could not be delivered: read by operators, and put back into its lane when the cause is mended."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from policy.instants import to_ms
from storage import codec, keys
from storage.codec import DeadLetter
from storage.scripts import Scripts


@dataclass(frozen=True, slots=True)
class Buried:
    """A dead letter, and where it lies. `blob` is its record, byte for byte."""

    shard: int
    blob: bytes
    letter: DeadLetter

    @property
    def id(self) -> str:
        """The opaque id of its message."""
        return self.letter.queued.id

    @property
    def lane(self) -> str:
        """The id of the lane that it came from: `ACME-1:customer`."""
        return self.letter.member.removeprefix("lane:")


class DeadLetters:
    """Raises StorageError from every method."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    async def all(self) -> list[Buried]:
        """Every dead letter, the oldest first."""
        shards = range(keys.SHARDS)
        found = await asyncio.gather(
            *(self._scripts.command("LRANGE", keys.dead(shard), 0, -1) for shard in shards)
        )
        letters = [
            Buried(shard, blob, codec.decode_dead(blob))
            for shard, blobs in zip(shards, found, strict=True)
            for blob in blobs
        ]
        return sorted(letters, key=lambda one: one.letter.at)

    async def retry(self, letters: Iterable[Buried], now: datetime) -> int:
        """Put these back, each in front of what was queued after it in its lane; how many there were to put back.
        Asked again for the same ones, it does nothing."""
        lanes: defaultdict[tuple[int, str], list[Buried]] = defaultdict(list)
        for one in letters:
            lanes[one.shard, one.lane].append(one)
        counts = await asyncio.gather(
            *(
                self._scripts.retry(
                    shard,
                    lane_id=lane,
                    member=buried[0].letter.member,
                    now_ms=to_ms(now),
                    letters=[(one.blob, codec.encode(one.letter.queued)) for one in buried],
                )
                for (shard, lane), buried in lanes.items()
            )
        )
        return sum(counts)
