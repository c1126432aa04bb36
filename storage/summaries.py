"""What figures of a period are made from, at a cost that follows what happened in it, not the size of the store.

Each account has a set of ticket numbers a week (ISO, UTC): those that were open or changed in it. A commit adds the
ticket to the weeks since its last change, so a ticket that rested is in every week; one that rests now is among the
open ones. Of an account whose tickets were written before there were such sets, or came from a backup, they are
derived from the timelines: by a worker in the background, or when they are asked for before that.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from policy.histories import History
from policy.periods import iso_weeks
from policy.tickets import ticket_id
from policy.timeline import Entry
from storage import codec, keys
from storage.plan import WHOLE
from storage.scripts import Scripts
from storage.tickets import field_of

_TOGETHER: Final = 100
"""So many tickets are asked for at a time: no command has long to work, and others get their turn between."""
_ENTRIES: Final = 500
"""So many entries of a timeline come by one command."""
_MEMBERS: Final = 1_000
"""About so many members of a set."""
_UP_TO: Final = "<"
"""What stands before the number up to which tickets are in the sets, while those are being derived."""


class Summaries:
    """Raises StorageError from every method."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._deriving: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def histories(self, account: str, start: datetime, end: datetime) -> list[History]:
        """The tickets of an account that were open or changed in `[start, end)`, and those that are open now; some
        that changed within a week of it may be among them. By number."""
        await self.derive(account)
        asked = [keys.week(account, at) for at in iso_weeks(start, end)]
        found: set[int] = set()
        for first in range(0, len(asked), _TOGETHER):
            sets = await asyncio.gather(
                *(self._members("SSCAN", key) for key in asked[first : first + _TOGETHER])
            )
            found.update(int(number) for numbers in sets for number in numbers)
        rests = await self._members("ZSCAN", keys.open_tickets(account))
        found.update(int(name.rpartition(b"-")[2]) for name in rests)
        return await self._read(account, sorted(found))

    async def derive(self, account: str) -> None:
        """See to it that the sets of the account's weeks have all of its tickets: derived once, from where it was left
        when it was broken off. May be done twice at once."""
        async with self._deriving[account]:
            kept, count = await asyncio.gather(
                self._scripts.command("GET", keys.weeks(account)),
                self._scripts.command("GET", keys.count(account)),
            )
            if kept == WHOLE.encode() or count is None:
                return
            begun = int(kept.removeprefix(_UP_TO.encode())) if kept else 0
            for first in range(begun + 1, int(count) + 1, _TOGETHER):
                numbers = range(first, min(first + _TOGETHER, int(count) + 1))
                await self._index(account, await self._read(account, numbers))
                await self._scripts.command("SET", keys.weeks(account), f"{_UP_TO}{numbers[-1]}")
            await self._scripts.command("SET", keys.weeks(account), WHOLE)

    async def _members(self, scan: str, key: str) -> list[bytes]:
        """What a set holds, or a sorted set, without the scores; what comes or goes meanwhile may be among it."""
        found: list[bytes] = []
        cursor: bytes | int = 0
        while True:
            cursor, page = await self._scripts.command(scan, key, cursor, "COUNT", _MEMBERS)
            found += [name for name, _ in _pairs(page)] if scan == "ZSCAN" else page
            if int(cursor) == 0:
                return found

    async def _read(self, account: str, numbers: Sequence[int]) -> list[History]:
        histories: list[History] = []
        for first in range(0, len(numbers), _TOGETHER):
            names = [ticket_id(account, number) for number in numbers[first : first + _TOGETHER]]
            # The records first: what a timeline has more than its record is no harm, the other way round is.
            records = await self._scripts.command("MGET", *(keys.ticket(name) for name in names))
            kept = [codec.decode_ticket(record).ticket for record in records if record]
            timelines = await asyncio.gather(*(self._timeline(ticket.id) for ticket in kept))
            histories += [History(ticket, entries) for ticket, entries in zip(kept, timelines, strict=True)]
        return histories

    async def _timeline(self, ticket: str) -> list[Entry]:
        found: list[Entry] = []
        start = b"-"
        while True:
            page = await self._scripts.command("XRANGE", keys.timeline(ticket), start, "+", "COUNT", _ENTRIES)
            found += [codec.decode_entry(field_of(fields)) for _, fields in page]
            if len(page) < _ENTRIES:
                return found
            start = b"(" + page[-1][0]

    async def _index(self, account: str, histories: Iterable[History]) -> None:
        weeks: dict[str, list[int]] = {}
        for history in histories:
            for at in history.weeks():
                weeks.setdefault(keys.week(account, at), []).append(history.ticket.number)
        names = list(weeks)
        for first in range(0, len(names), _TOGETHER):
            some = names[first : first + _TOGETHER]
            await asyncio.gather(*(self._scripts.command("SADD", key, *weeks[key]) for key in some))


def _pairs(page: Any) -> Iterable[tuple[bytes, Any]]:
    """Members with their scores, as either protocol of Redis answers them."""
    if page and isinstance(page[0], (list, tuple)):
        return ((name, score) for name, score in page)
    return zip(page[::2], page[1::2], strict=True)
