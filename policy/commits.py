"""What a store answers when a change is committed, as types. Shared by those who commit and those who keep."""

from dataclasses import dataclass

from policy.tickets import Ticket


@dataclass(frozen=True, slots=True)
class Stored:
    """A ticket as it is kept, with the version that the next change of it must name (at least 1)."""

    ticket: Ticket
    version: int


@dataclass(frozen=True, slots=True)
class Operation:
    """Something a person or Slack asked for once: its id (a view's, trigger's or event's id) and the account
    under which its result is remembered. Asked again, it changes nothing and gets the same result."""

    id: str
    account: str


@dataclass(frozen=True, slots=True)
class Committed:
    """It is kept. `stored` is the ticket as it is now."""

    stored: Stored


@dataclass(frozen=True, slots=True)
class Replayed:
    """The operation was carried out before, on the ticket with this id; nothing was changed now."""

    ticket: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else changed the ticket meanwhile; nothing was changed now. Reload and decide again."""


@dataclass(frozen=True, slots=True)
class LeaseLost:
    """The lease this was done under has passed to another worker; nothing was changed now."""
