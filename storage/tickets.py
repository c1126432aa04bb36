"""Tickets in Redis: read in one command, changed by one script, each with its timeline."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

from policy.clocks import Interval
from policy.commits import Committed, Conflict, LeaseLost, Operation, Replayed, Stored
from policy.effects import DeskEffect, Lane
from policy.tickets import account_of
from policy.timeline import Entry
from policy.transitions import Change
from storage import codec, keys
from storage.errors import StorageTimeout
from storage.plan import Lease, Plan, reminder_member, ticket_lane
from storage.scripts import Scripts


class Tickets:
    """Raises StorageError from every method, StorageUnavailable when Redis can't serve now. `pagers`: the lanes that
    get the pages of a change."""

    def __init__(self, scripts: Scripts, *, pagers: Sequence[Lane] = ()) -> None:
        self._scripts = scripts
        self._pagers = pagers
        # The last number known of each account, so that opening costs one round trip. Only a guess: the script
        # refuses a number that is taken. The lock keeps one process from guessing against itself.
        self._newest: defaultdict[str, int] = defaultdict(int)
        self._opening: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, ticket: str) -> Stored | None:
        """The ticket with that id; None when there is none."""
        record = await self._scripts.command("GET", keys.ticket(ticket))
        return codec.decode_ticket(record) if record else None

    async def many(self, tickets: Sequence[str]) -> list[Stored]:
        """Those of the tickets that exist, in the order asked; all of one shard come by one command, and all shards by
        one journey where one server has them."""
        shards: defaultdict[int, list[str]] = defaultdict(list)
        for ticket in tickets:
            shards[keys.shard_of(account_of(ticket))].append(ticket)
        found: dict[str, Stored] = {}
        answers = await asyncio.gather(
            *(
                self._scripts.command("MGET", *(keys.ticket(ticket) for ticket in ids))
                for ids in shards.values()
            )
        )
        for ids, records in zip(shards.values(), answers, strict=True):
            found |= {
                ticket: codec.decode_ticket(record)
                for ticket, record in zip(ids, records, strict=True)
                if record
            }
        return [found[ticket] for ticket in tickets if ticket in found]

    async def open_of(self, account: str) -> list[Stored]:
        """An account's open tickets, the oldest first."""
        return await self.many(await self.open_ids(account))

    async def open_ids(self, account: str) -> list[str]:
        """The ids of an account's open tickets, the oldest first."""
        ids = await self._scripts.command("ZRANGE", keys.open_tickets(account), 0, -1)
        return [ticket.decode() for ticket in ids]

    async def timeline(self, ticket: str) -> list[Entry]:
        """All that happened to a ticket, in order."""
        found = await self._scripts.command("XRANGE", keys.timeline(ticket), "-", "+")
        return [codec.decode_entry(field_of(fields)) for _, fields in found]

    async def ended_in_week(self, account: str, week_of: datetime) -> list[Interval]:
        """The clock intervals of an account that were judged in the ISO week (UTC) of an instant."""
        blobs = await self._scripts.command("LRANGE", keys.ended(account, week_of), 0, -1)
        return [codec.decode_interval(blob) for blob in blobs]

    async def open(
        self,
        account: str,
        decide: Callable[[int], Change],
        *,
        operation: Operation,
        wake: Callable[[Change], datetime | None],
        now: datetime,
    ) -> Committed | Replayed:
        """Open the account's next ticket. `decide` gets its number, counted from 1; `wake` says when its first
        reminder is due. One round trip where the number was guessed right. The wait for others who open one has
        the same bound as a command, and is a part of it."""
        within_s = self._scripts.within_s
        try:
            async with asyncio.timeout(within_s), self._opening[account]:
                return await self._open(account, decide, operation, wake, now)
        except TimeoutError:
            raise StorageTimeout(f"Redis did not answer within {within_s:g} s") from None

    async def _open(
        self,
        account: str,
        decide: Callable[[int], Change],
        operation: Operation,
        wake: Callable[[Change], datetime | None],
        now: datetime,
    ) -> Committed | Replayed:
        number = self._newest[account] + 1
        while True:
            change = decide(number)
            plan = self._plan(change, now, wake(change))
            plan.operation(operation, change.ticket.id)
            plan.create(change.ticket)
            verdict, *rest = await self._scripts.commit(plan.keys, plan.encoded(), plan.blobs)
            if verdict == b"replayed":
                return Replayed(rest[0].decode())
            if verdict == b"ok":
                self._newest[account] = number
                return Committed(Stored(change.ticket, 1))
            number = int(rest[0])

    async def change(
        self,
        base: Stored,
        change: Change,
        *,
        wake: datetime | None,
        now: datetime,
        operation: Operation | None = None,
    ) -> Committed | Replayed | Conflict:
        """Commit what a person did to a ticket. `wake` is when its next reminder is due."""
        plan = self._plan(change, now, wake)
        if operation:
            plan.operation(operation, change.ticket.id)
        plan.change(change.ticket, base)
        verdict, *rest = await self._scripts.commit(plan.keys, plan.encoded(), plan.blobs)
        if verdict == b"replayed":
            return Replayed(rest[0].decode())
        if verdict == b"conflict":
            return Conflict()
        return Committed(Stored(change.ticket, base.version + 1))

    async def settle(
        self,
        lease: Lease,
        base: Stored,
        change: Change | None,
        *,
        wake: datetime | None,
        now: datetime,
        pop: str | None = None,
        dead: codec.DeadLetter | None = None,
    ) -> Committed | Conflict | LeaseLost:
        """Commit what a worker did under a lease (None: nothing), and give the lease back. `pop` is the id of
        the lane whose head it was; `dead` what could not be delivered."""
        if change is None:
            plan = Plan(lease.shard, now)
            plan.unchanged(base.ticket.id, base.version)
            plan.due(reminder_member(base.ticket.id), wake)
            kept = base
        else:
            plan = self._plan(change, now, wake)
            plan.change(change.ticket, base)
            kept = Stored(change.ticket, base.version + 1)
        plan.lease(lease)
        if pop:
            plan.pop(pop)
        if dead:
            plan.bury(dead)
        verdict, *_ = await self._scripts.commit(plan.keys, plan.encoded(), plan.blobs)
        if verdict == b"lost":
            return LeaseLost()
        if verdict == b"conflict":
            return Conflict()
        return Committed(kept)

    async def carried_out(self, operation: Operation) -> bool:
        """Whether an operation has been carried out before (within `keys.OPERATION_LIFE_MS`)."""
        # Its record is renewed, so that what is told now has been confirmed by a replica, as it is for the first one.
        key = keys.operation(operation.account, operation.id)
        return bool(await self._scripts.command("PEXPIRE", key, keys.OPERATION_LIFE_MS, confirmed=True))

    async def queue(
        self, account: str, effects: Sequence[DeskEffect], *, operation: Operation, now: datetime
    ) -> bool:
        """Queue effects that belong to no ticket; False when this operation has queued them before."""
        plan = Plan(keys.shard_of(account), now)
        plan.operation(operation, "queued")
        plan.push(f"desk:{account}:{operation.id}", effects, None)
        verdict, *_ = await self._scripts.commit(plan.keys, plan.encoded(), plan.blobs)
        return bool(verdict == b"ok")

    def _plan(self, change: Change, now: datetime, wake: datetime | None) -> Plan:
        ticket = change.ticket
        plan = Plan(keys.shard_of(ticket.account), now)
        plan.log(ticket.id, change.entries)
        plan.ended(ticket.account, change.ended)
        plan.push(ticket_lane(ticket.id, Lane.CUSTOMER), change.customer, ticket.id)
        plan.push(ticket_lane(ticket.id, Lane.STAFF), change.staff, ticket.id)
        if change.pages:
            for pager in self._pagers:
                plan.push(ticket_lane(ticket.id, pager), change.pages, ticket.id)
        plan.due(reminder_member(ticket.id), wake)
        return plan


def field_of(fields: dict[bytes, bytes] | list[bytes]) -> bytes:
    """The encoded entry in what Redis answers of an entry of a stream."""
    return fields[b"e"] if isinstance(fields, dict) else fields[1]
