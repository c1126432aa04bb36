"""The timeline of a ticket: what happened, when, by whom. Appended to, never rewritten.

`by` is a Slack user id, or None when the bot did it itself.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from policy.clocks import Clock, ClockKind, Interval, Slot
from policy.tickets import MessageRef, Person


class Source(StrEnum):
    """How a public update reached the customer: posted by the bot for staff, or written by staff in the thread."""

    COMMAND = "command"
    THREAD = "thread"


class Opened(msgspec.Struct, frozen=True, tag="opened", omit_defaults=True):
    at: datetime
    by: str
    severity: str
    chosen: str | None
    suggested: str | None
    clock: Clock


class Acknowledged(msgspec.Struct, frozen=True, tag="acknowledged"):
    at: datetime
    by: str


class UpdatePosted(msgspec.Struct, frozen=True, tag="update"):
    at: datetime
    by: str
    text: str
    source: Source


class CustomerReplied(msgspec.Struct, frozen=True, tag="customer"):
    at: datetime
    by: Person
    text: str


class ClockStarted(msgspec.Struct, frozen=True, tag="clock_started"):
    at: datetime
    clock: Clock
    by: str | None = None


class ClockEnded(msgspec.Struct, frozen=True, tag="clock_ended"):
    at: datetime
    interval: Interval
    by: str | None = None


class Reminded(msgspec.Struct, frozen=True, tag="reminded"):
    """One message covered these slots: its own, and those a catch-up names. `slots` holds the newest of
    them, `count` how many they are."""

    at: datetime
    clock: ClockKind
    due: datetime
    slots: tuple[Slot, ...]
    count: int
    message: MessageRef
    by: str | None = None


class Snoozed(msgspec.Struct, frozen=True, tag="snoozed"):
    at: datetime
    by: str
    until: datetime


class Resolved(msgspec.Struct, frozen=True, tag="resolved"):
    at: datetime
    by: str
    text: str


class RoomOpened(msgspec.Struct, frozen=True, tag="room"):
    """The ticket got a place in Slack: where staff work on it, or the thread that the customer reads."""

    at: datetime
    side: str
    channel: str
    thread: str | None
    by: str | None = None


class Undelivered(msgspec.Struct, frozen=True, tag="undelivered"):
    """Something could not be delivered and stands among the dead letters."""

    at: datetime
    what: str
    error: str
    by: str | None = None


Entry = (
    Opened
    | Acknowledged
    | UpdatePosted
    | CustomerReplied
    | ClockStarted
    | ClockEnded
    | Reminded
    | Snoozed
    | Resolved
    | RoomOpened
    | Undelivered
)
