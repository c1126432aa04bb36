"""The tickets, with somebody paged for what happens to them: every change passes here on its way to the store."""

from collections.abc import Callable, Sequence
from datetime import datetime

from commands.ports import Policies
from policy.commits import Committed, Conflict, LeaseLost, Operation, Replayed, Stored
from policy.directory import Directory
from policy.effects import Lane
from policy.paging import with_pages
from policy.transitions import Change
from storage.codec import DeadLetter
from storage.plan import Lease
from storage.scripts import Scripts
from storage.tickets import Tickets


class PagedTickets(Tickets):
    """`pagers` are the lanes of those who page. Practice accounts page nobody."""

    def __init__(
        self,
        scripts: Scripts,
        policies: Policies,
        directory: Callable[[], Directory],
        pagers: Sequence[Lane],
    ) -> None:
        super().__init__(scripts, pagers=pagers)
        self._policies = policies
        self._directory = directory

    async def open(
        self,
        account: str,
        decide: Callable[[int], Change],
        *,
        operation: Operation,
        wake: Callable[[Change], datetime | None],
        now: datetime,
    ) -> Committed | Replayed:
        def paging(number: int) -> Change:
            return self._with_pages(decide(number), now)

        return await super().open(account, paging, operation=operation, wake=wake, now=now)

    async def change(
        self,
        base: Stored,
        change: Change,
        *,
        wake: datetime | None,
        now: datetime,
        operation: Operation | None = None,
    ) -> Committed | Replayed | Conflict:
        return await super().change(
            base, self._with_pages(change, now), wake=wake, now=now, operation=operation
        )

    async def settle(
        self,
        lease: Lease,
        base: Stored,
        change: Change | None,
        *,
        wake: datetime | None,
        now: datetime,
        pop: str | None = None,
        dead: DeadLetter | None = None,
    ) -> Committed | Conflict | LeaseLost:
        paging = self._with_pages(change, now) if change else None
        return await super().settle(lease, base, paging, wake=wake, now=now, pop=pop, dead=dead)

    def _with_pages(self, change: Change, now: datetime) -> Change:
        account = self._directory().accounts.get(change.ticket.account)
        if not self._pagers or account is None or account.practice:
            return change
        return with_pages(self._policies.of(change.ticket.policy), change, now)
