"""A store as one process sees it, and short words for what the contract tests do with it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from policy.commits import Committed, Conflict, Operation, Replayed, Stored
from policy.reminders import wake_at
from policy.transitions import Change
from storage.codec import decode_note
from storage.connect import Client, connect
from storage.directories import Directories
from storage.duties import DutyHistories
from storage.outages import OutageHistories
from storage.pauses import Pauses
from storage.plan import Lease
from storage.queue import Queue
from storage.scripts import Claimed, Scripts
from storage.summaries import Summaries
from storage.tickets import Tickets
from storage.told import Told
from tests.policy.samples import MONDAY, account, default_policy, opened

T = TypeVar("T")


@dataclass(frozen=True)
class Store:
    """One client, and everything that speaks through it."""

    client: Client
    scripts: Scripts
    tickets: Tickets
    queue: Queue
    directories: Directories
    outages: OutageHistories
    pauses: Pauses
    summaries: Summaries
    duties: DutyHistories
    told: Told

    async def open(
        self, key: str = "ACME", operation: str = "open", *, severity: str = "1", now: datetime = MONDAY
    ) -> Committed | Replayed:
        """Open an account's next ticket."""

        def decide(number: int) -> Change:
            return opened(severity, of=account(key), number=number, now=now)

        return await self.tickets.open(
            key, decide, operation=Operation(operation, key), wake=wake_of, now=now
        )

    async def opened(self, key: str = "ACME", operation: str = "open", **given: object) -> Stored:
        """A ticket that was opened now, for the first time."""
        outcome = await self.open(key, operation, **given)  # type: ignore[arg-type]
        assert isinstance(outcome, Committed)
        return outcome.stored

    async def change(
        self, base: Stored, change: object, *, now: datetime = MONDAY, operation: str | None = None
    ) -> Committed | Replayed | Conflict:
        """Commit what a person did."""
        assert isinstance(change, Change)
        asked = Operation(operation, base.ticket.account) if operation else None
        return await self.tickets.change(base, change, wake=wake_of(change), now=now, operation=asked)

    async def changed(self, base: Stored, change: object, *, now: datetime = MONDAY) -> Stored:
        """The ticket after a change that nobody crossed."""
        outcome = await self.change(base, change, now=now)
        assert isinstance(outcome, Committed)
        return outcome.stored

    async def claim(
        self, shard: int, *, now: datetime = MONDAY, most: int = 100, token: str = "me"
    ) -> list[Claimed]:
        """What is due."""
        return (await self.queue.claim(shard, now=now, most=most, token=token))[1]

    async def lease(self, shard: int, member: str, *, now: datetime = MONDAY, token: str = "me") -> Lease:
        """Claim this due member, and leave the others as they were."""
        held = None
        for claimed in await self.claim(shard, now=now, token=token):
            lease = Lease(shard, claimed.member, token)
            if claimed.member == member:
                held = lease
            else:
                await self.queue.put_back(lease, None, decode_note(claimed.note) if claimed.note else None)
        assert held is not None, f"{member} is not to be had"
        return held


def wake_of(change: Change) -> datetime | None:
    return wake_at(default_policy(), change.ticket, change.ticket.moved)


@asynccontextmanager
async def store_at(url: str, **options: float) -> AsyncIterator[Store]:
    """A process's own view of the store, as long as the block runs."""
    client = connect(url, **options)  # type: ignore[arg-type]
    scripts = Scripts(client)
    try:
        yield Store(
            client,
            scripts,
            Tickets(scripts),
            Queue(scripts),
            Directories(scripts),
            OutageHistories(scripts),
            Pauses(scripts),
            Summaries(scripts),
            DutyHistories(scripts),
            Told(scripts),
        )
    finally:
        await client.aclose()


async def until(ask: Callable[[], Awaitable[T]], *, patience_s: float = 20.0) -> T:
    """Ask again and again until the answer is something; raise TimeoutError after `patience_s`."""
    give_up = time.monotonic() + patience_s
    while not (answer := await ask()):
        if time.monotonic() > give_up:
            raise TimeoutError("waited in vain")
        await asyncio.sleep(0.002)
    return answer
