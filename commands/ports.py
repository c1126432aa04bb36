"""What commands need of the world, as protocols. `bot/wiring.py` binds them.

Every method that reaches the store may raise the error that `Desk.unavailable` names; a handler that meets it
says that nothing was recorded, and what to do.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from commands.roles import Role
from commands.text import Texts
from policy.commits import Committed, Conflict, Operation, Replayed, Stored
from policy.directory import Account, Directory
from policy.duties import DutyEntry, DutyHistory
from policy.effects import DeskEffect
from policy.entitlement import Addresses
from policy.histories import History
from policy.outages import OutageEntry, Outages, RecordedOutage
from policy.schema import Language, Policy
from policy.tickets import Person
from policy.timeline import Entry
from policy.transitions import Change
from policy.uptime import Month
from policy.versions import Release


class Clock(Protocol):
    """The clock of deadlines. `now` is aware, in UTC."""

    def now(self) -> datetime: ...


class Tickets(Protocol):
    """The tickets: each change is committed whole or not at all."""

    async def get(self, ticket: str) -> Stored | None: ...

    async def open_of(self, account: str) -> list[Stored]: ...

    async def timeline(self, ticket: str) -> list[Entry]: ...

    async def open(
        self,
        account: str,
        decide: Callable[[int], Change],
        *,
        operation: Operation,
        wake: Callable[[Change], datetime | None],
        now: datetime,
    ) -> Committed | Replayed: ...

    async def change(
        self,
        base: Stored,
        change: Change,
        *,
        wake: datetime | None,
        now: datetime,
        operation: Operation | None = None,
    ) -> Committed | Replayed | Conflict: ...

    async def carried_out(self, operation: Operation) -> bool: ...

    async def queue(
        self, account: str, effects: Sequence[DeskEffect], *, operation: Operation, now: datetime
    ) -> bool: ...


class Histories(Protocol):
    """Tickets with their timelines, for figures: those of an account that were open or changed in `[start, end)`, and
    all that are open now."""

    async def histories(self, account: str, start: datetime, end: datetime) -> list[History]: ...


class Rooms(Protocol):
    """Which ticket a channel or a thread belongs to; None when it is no ticket's."""

    async def room(self, channel: str, thread: str | None) -> str | None: ...

    async def heard(self, ticket: str, ts: str) -> None:
        """The message with that `ts` in the ticket's thread is dealt with; after an outage the thread is read from
        the newest one on."""
        ...


class OutageHistories(Protocol):
    """Recorded outages: a history for each account, and (None) one for everybody. An entry is added once, however
    often its operation asks."""

    async def of(self, account: str | None) -> Outages: ...

    async def add(self, base: Outages, entry: OutageEntry) -> Outages | Conflict: ...

    async def of_month(self, account: str, month: Month) -> list[RecordedOutage]: ...


class DutyHistories(Protocol):
    """What TAMs have done, a history for each account. An entry is added once, however often its operation asks."""

    async def of(self, account: str) -> DutyHistory: ...

    async def add(self, base: DutyHistory, entry: DutyEntry) -> DutyHistory | Conflict: ...


class Policies(Protocol):
    """The policy of today, and those that older tickets were opened under."""

    @property
    def current(self) -> Policy: ...

    def of(self, version: str) -> Policy: ...


class Staff(Protocol):
    """Who belongs to support staff."""

    def includes(self, user: str) -> bool: ...

    def roles(self, user: str) -> frozenset[Role]:
        """What the person is to every account: an engineer, an admin, neither, both. (Who is the TAM of which
        account stands in the directory.)"""
        ...

    def language(self, user: str) -> Language | None:
        """What the person reads; None: not known."""
        ...

    def zone(self, user: str) -> ZoneInfo | None:
        """Where the person's clock stands; None: not known."""
        ...

    async def ask_zone(self, user: str) -> ZoneInfo | None:
        """The same, asking Slack where it has to; None: Slack does not answer, or says nothing that is known here."""
        ...


class Acquaintances(Protocol):
    """Which contact a person is who is designated by e-mail address."""

    def meet(self, account: Account, person: Person) -> None:
        """Somebody acts in an account's channel; what is found out shows in the directory later."""
        ...

    def knows(self, account: Account, person: Person) -> bool:
        """Whether the person's address has been looked at."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """All that the commands work with. `move_channel` records that the channel with the first id has the second now.
    `addresses` are the vendor's, `releases` has the oldest first, `language` is the staff's; `unavailable` the store's
    error for "not now"."""

    tickets: Tickets
    rooms: Rooms
    outages: OutageHistories
    duties: DutyHistories
    histories: Histories
    policies: Policies
    staff: Staff
    acquaintances: Acquaintances
    clock: Clock
    directory: Callable[[], Directory]
    move_channel: Callable[[str, str], Awaitable[object]]
    vendor: str
    home_team: str | None
    addresses: Addresses
    releases: Sequence[Release]
    language: Language
    texts: Texts
    unavailable: type[Exception]
