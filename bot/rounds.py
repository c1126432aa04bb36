"""What the bot tells by itself at set times: digests, reminders of duties, the note at the change of a shift.

Each is a member of the due index, `KIND:WHO`, with a mark: the day up to which it has told (of a digest, the Monday of
the week). The mark moves in the same commit as the member, after the post; an attempt is on record before the post,
and one that is unfinished is looked for. So each day or week is told once, whatever restarts, and nothing is forgotten
while nobody works. What is decided is decided when the member is due, and looked at again every few hours:
directories, zones and settings change.
"""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol

from bot.clock import SystemClock
from bot.posting import Item, LeaseGone, Posting
from bot.slack import Lasting
from commands.views.message import Message
from policy.commits import LeaseLost
from policy.directory import Directory
from policy.tickets import Room
from storage.keys import shard_of
from storage.scripts import Claimed
from storage.told import Told

log = logging.getLogger(__name__)

LOOK_AGAIN: Final = timedelta(hours=6)
_TRY_AGAIN: Final = timedelta(hours=1)
"""Where no room took it: so long until the next try."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What is to be told now. `slot` is what the mark becomes; `earlier` are the slots before it, since the mark, that
    an unfinished attempt may have been for. `instead` makes of the message, and Slack's word for why its room does not
    take it, what triage reads."""

    slot: date
    earlier: tuple[date, ...]
    room: Callable[[], Awaitable[Room]]
    message: Callable[[], Awaitable[Message]]
    instead: Callable[[Message, str], Message]


@dataclass(frozen=True, slots=True)
class Look:
    """How it stands with somebody: the mark (where nothing is to be told), when something is, and what now (None:
    nothing)."""

    told: date
    next_at: datetime
    telling: Telling | None = None


class Round(Protocol):
    """One kind of what is told."""

    def members(self, directory: Directory) -> Mapping[str, int]:
        """Whom it has something for, each due member with its shard."""
        ...

    async def look(self, who: str, told: date | None, now: datetime) -> Look | None:
        """How it stands with somebody, `told` being the mark (None: there is none yet). None: nobody is told any more.
        Raises SlackFault but Lasting, and the store's errors."""
        ...


class Rounds:
    """`rounds` go by what their members begin with. `triage` raises Lasting where no such channel is set."""

    def __init__(
        self,
        told: Told,
        posting: Posting,
        clock: SystemClock,
        directory: Callable[[], Directory],
        triage: Callable[[], Room],
        rounds: Mapping[str, Round],
    ) -> None:
        self._told = told
        self._posting = posting
        self._clock = clock
        self._directory = directory
        self._triage = triage
        self._rounds = rounds
        self._expected = -1

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(self._rounds)

    async def expect(self) -> None:
        """See to it that everybody whom there is something for is looked at; once for each revision of the directory.
        Raises StorageError."""
        directory = self._directory()
        if directory.revision == self._expected:
            return
        shards: defaultdict[int, list[str]] = defaultdict(list)
        for one in self._rounds.values():
            for member, shard in one.members(directory).items():
                shards[shard].append(member)
        for shard, members in shards.items():
            await self._told.expect(shard, members, now=self._clock.now())
        self._expected = directory.revision

    async def tell(self, item: Item, claimed: Claimed) -> None:
        """Tell what is due, or put the member off until it is. Raises SlackFault but Lasting, Paced, LeaseGone,
        StorageError."""
        kind, _, who = claimed.member.partition(":")
        told = await self._told.until(item.lease.shard, claimed.member)
        look = await self._rounds[kind].look(who, told, self._clock.now())
        if look is None:
            await self._settle(item, None, None)
            return
        due, telling = look.next_at, look.telling
        if telling is None:
            await self._settle(item, look.told, due)
            return
        if (done := await self._unfinished(item, telling)) is not None:
            # There may be a newer slot already: that is decided at once.
            await self._settle(item, done, self._clock.now())
            return
        try:
            await self._post(item, telling)
        except Lasting as fault:
            log.error("%s cannot be told, and is tried again: %s", claimed.member, fault.error)
            await self._settle(item, told, self._clock.now() + _TRY_AGAIN)
            return
        await self._settle(item, telling.slot, due)

    async def _post(self, item: Item, telling: Telling) -> None:
        opaque_id = slot_id(item.lease.member, telling.slot)
        message = await telling.message()
        try:
            await self._posting.post(item, await telling.room(), message, opaque_id)
        except Lasting as fault:
            # What nobody gets staff must hear of.
            log.warning("%s goes to triage: %s", item.lease.member, fault.error)
            await self._posting.post(item, self._triage(), telling.instead(message, fault.error), opaque_id)

    async def _unfinished(self, item: Item, telling: Telling) -> date | None:
        """The slot that an unfinished attempt has told after all; None: there is none."""
        attempt = item.note.attempt
        for slot in (*telling.earlier, telling.slot):
            if attempt != slot_id(item.lease.member, slot):
                continue
            try:
                return slot if await self._posting.unfinished(item) else None
            except Lasting as fault:
                log.warning("%s: no look at %s: %s", item.lease.member, item.note.channel, fault.error)
        return None

    async def _settle(self, item: Item, told: date | None, due: datetime | None) -> None:
        now = self._clock.now()
        at = min(due, now + LOOK_AGAIN) if due else None
        if isinstance(await self._told.settle(item.lease, told, at, now=now), LeaseLost):
            raise LeaseGone


def slot_id(member: str, slot: date) -> str:
    """The opaque id of a message: the same for the same slot, whoever posts it and whenever."""
    return hashlib.sha256(f"{member} {slot.isoformat()}".encode()).hexdigest()[:32]


def member_of(kind: str, who: str) -> dict[str, int]:
    """A due member with its shard, which goes by who it is for."""
    return {f"{kind}:{who}": shard_of(who.rpartition(":")[2] if kind == "digest" else who)}
