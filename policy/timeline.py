"""The timeline of a ticket: what happened, when, by whom. Appended to, never rewritten.

`by` is a Slack user id, or None when the bot did it itself. Entries, as all records of a ticket, are no business of
the garbage collector: they hold values alone and no way back to themselves, and figures read very many.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from policy.clock_changes import Rule
from policy.clocks import Clock, ClockKind, Interval, Lateness, Slot
from policy.tickets import MessageRef, Person
from policy.uptime import Outage


class Source(StrEnum):
    """How a public update reached the customer: posted by the bot for staff, or written by staff in the thread."""

    COMMAND = "command"
    THREAD = "thread"


class Opened(msgspec.Struct, frozen=True, gc=False, tag="opened", omit_defaults=True):
    at: datetime
    by: str
    severity: str
    chosen: str | None
    suggested: str | None
    clock: Clock


class Acknowledged(msgspec.Struct, frozen=True, gc=False, tag="acknowledged"):
    at: datetime
    by: str


class UpdatePosted(msgspec.Struct, frozen=True, gc=False, tag="update", omit_defaults=True):
    """`promised`: the next update is promised by then, earlier than the cadence. `proposed`: it is, if the
    customer agrees; later than the cadence."""

    at: datetime
    by: str
    text: str
    source: Source
    promised: datetime | None = None
    proposed: datetime | None = None


class UpdateAgreed(msgspec.Struct, frozen=True, gc=False, tag="agreed"):
    """The customer agreed to a later next update. `old_due` is what the cadence had promised."""

    at: datetime
    by: Person
    old_due: datetime
    clock: Clock


class UpdateAsked(msgspec.Struct, frozen=True, gc=False, tag="asked", omit_defaults=True):
    """The customer asked for an update. `due` is the one that is promised (None: none is), `late` how late."""

    at: datetime
    by: Person
    due: datetime | None
    late: Lateness | None = None


class ReportedWorse(msgspec.Struct, frozen=True, gc=False, tag="worse", omit_defaults=True):
    """The customer says that it got worse. `wished` is the severity that they wish for (None: they name none)."""

    at: datetime
    by: Person
    text: str
    wished: str | None = None


class MessageEdited(msgspec.Struct, frozen=True, gc=False, tag="edited", omit_defaults=True):
    """Somebody changed a message of their own in the customer's thread, written at `written`. `staff`: what staff
    had written there, which was a public update."""

    at: datetime
    by: Person
    text: str
    written: datetime
    staff: bool = False


class MessageDeleted(msgspec.Struct, frozen=True, gc=False, tag="deleted", omit_defaults=True):
    """A message in the customer's thread was deleted; `by` is its writer, the rest as in `MessageEdited`."""

    at: datetime
    by: Person
    written: datetime
    staff: bool = False


class NoteWritten(msgspec.Struct, frozen=True, gc=False, tag="note"):
    """An internal note: nothing that the customer sees."""

    at: datetime
    by: str
    text: str


class CustomerReplied(msgspec.Struct, frozen=True, gc=False, tag="customer"):
    at: datetime
    by: Person
    text: str


class MissExplained(msgspec.Struct, frozen=True, gc=False, tag="miss_explained"):
    """Staff said why a promise was missed: the one of that kind whose clock started then and ran out at `due`. For
    staff alone."""

    at: datetime
    by: str
    clock: ClockKind
    started: datetime
    due: datetime
    reason: str


class ClockStarted(msgspec.Struct, frozen=True, gc=False, tag="clock_started"):
    at: datetime
    clock: Clock
    by: str | None = None


class ClockEnded(msgspec.Struct, frozen=True, gc=False, tag="clock_ended"):
    at: datetime
    interval: Interval
    by: str | None = None


class ClockPaused(msgspec.Struct, frozen=True, gc=False, tag="clock_paused"):
    """It stands still; `clock.pause` holds what is left. Reminders of it that were still to come are void."""

    at: datetime
    clock: Clock
    by: str | None = None


class ClockResumed(msgspec.Struct, frozen=True, gc=False, tag="clock_resumed"):
    """It runs on; `remaining` was left of it, `clock.due` is the deadline now."""

    at: datetime
    remaining: timedelta
    clock: Clock
    by: str | None = None


class ClockChanged(msgspec.Struct, frozen=True, gc=False, tag="clock_changed"):
    """It has another promise. `target` counted from `counted_from` in `calendar`, `waited` of it in pauses, gives
    `candidate` (None: the rule asks for none), and `rule` chose between that and `old_due`. Reminders of
    `before` that were still to come are void."""

    at: datetime
    before: Clock
    after: Clock
    rule: Rule
    counted_from: datetime
    target: str
    calendar: str
    waited: timedelta
    old_due: datetime
    candidate: datetime | None
    by: str | None = None


class Escalated(msgspec.Struct, frozen=True, gc=False, tag="escalated", omit_defaults=True):
    """The escalation target heard of a silence. `missed` counts the promises that went by, `by` is who had to
    ask for an update (None: nobody did)."""

    at: datetime
    clock: ClockKind
    due: datetime
    missed: int
    late: Lateness
    by: str | None = None


class Reminded(msgspec.Struct, frozen=True, gc=False, tag="reminded", omit_defaults=True):
    """One message covered these slots: its own, and those a catch-up names. `slots` holds the newest of
    them, `count` how many they are. `away_since`: they were missed while the bot, the store or Slack was away; the
    first of them was to go out then."""

    at: datetime
    clock: ClockKind
    due: datetime
    slots: tuple[Slot, ...]
    count: int
    message: MessageRef
    by: str | None = None
    away_since: datetime | None = None


class Snoozed(msgspec.Struct, frozen=True, gc=False, tag="snoozed"):
    at: datetime
    by: str
    until: datetime


class WaitStarted(msgspec.Struct, frozen=True, gc=False, tag="wait_started"):
    at: datetime
    by: str
    reason: str


class WaitEnded(msgspec.Struct, frozen=True, gc=False, tag="wait_ended"):
    at: datetime
    by: str
    since: datetime


class SeverityChanged(msgspec.Struct, frozen=True, gc=False, tag="severity"):
    """Staff reclassified it, or confirmed what it was (`old` is then `new`)."""

    at: datetime
    by: str
    old: str
    new: str
    reason: str


class ProductionChanged(msgspec.Struct, frozen=True, gc=False, tag="production"):
    at: datetime
    by: str
    production: bool
    reason: str


class Assigned(msgspec.Struct, frozen=True, gc=False, tag="assigned"):
    """Staff made somebody the owner. `before` had it until then (None: nobody)."""

    at: datetime
    by: str
    to: str
    before: str | None


class ScopeJudged(msgspec.Struct, frozen=True, gc=False, tag="scope"):
    """Staff marked it as out of scope, for one of the policy's reasons; None: as covered after all."""

    at: datetime
    by: str
    reason: str | None


class Linked(msgspec.Struct, frozen=True, gc=False, tag="linked"):
    """Staff named the ticket's address in the support portal; None: took it back."""

    at: datetime
    by: str
    url: str | None


class OutageAct(StrEnum):
    RECORDED = "recorded"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class OutageNoted(msgspec.Struct, frozen=True, gc=False, tag="outage"):
    """What staff recorded of an outage on this ticket; `id` is the outage's."""

    at: datetime
    by: str
    what: OutageAct
    id: str
    outage: Outage


class Reopened(msgspec.Struct, frozen=True, gc=False, tag="reopened"):
    at: datetime
    by: str
    reason: str


class Cancelled(msgspec.Struct, frozen=True, gc=False, tag="cancelled"):
    at: datetime
    by: str
    reason: str


class Merged(msgspec.Struct, frozen=True, gc=False, tag="merged"):
    """It goes on as another ticket, whose id is `into`."""

    at: datetime
    by: str
    into: str
    reason: str


class TookOver(msgspec.Struct, frozen=True, gc=False, tag="took_over"):
    """Another ticket, whose id is `merged`, goes on as this one."""

    at: datetime
    by: str
    merged: str


class Resolved(msgspec.Struct, frozen=True, gc=False, tag="resolved", omit_defaults=True):
    """`cause` is the key of one of the policy's (None: not said)."""

    at: datetime
    by: str
    text: str
    cause: str | None = None


class Confirmed(msgspec.Struct, frozen=True, gc=False, tag="confirmed"):
    """It is solved: somebody of the customer said so, or (`by` None) nobody said anything else in time."""

    at: datetime
    by: Person | None


class Scored(msgspec.Struct, frozen=True, gc=False, tag="scored", omit_defaults=True):
    """The customer gave a score, changed it, or said something about it."""

    at: datetime
    by: Person
    value: int
    comment: str = ""


class RoomOpened(msgspec.Struct, frozen=True, gc=False, tag="room"):
    """The ticket got a place in Slack: where staff work on it, or the thread that the customer reads."""

    at: datetime
    side: str
    channel: str
    thread: str | None
    by: str | None = None


class Undelivered(msgspec.Struct, frozen=True, gc=False, tag="undelivered", omit_defaults=True):
    """Something could not be delivered and stands among the dead letters; a reminder does not, since the later ones
    stand: `slots` has the newest of those that it would have covered, `count` how many they are."""

    at: datetime
    what: str
    error: str
    by: str | None = None
    slots: tuple[Slot, ...] = ()
    count: int = 0


Entry = (
    Opened
    | Acknowledged
    | UpdatePosted
    | UpdateAgreed
    | UpdateAsked
    | ReportedWorse
    | MessageEdited
    | MessageDeleted
    | NoteWritten
    | MissExplained
    | CustomerReplied
    | ClockStarted
    | ClockPaused
    | ClockResumed
    | ClockChanged
    | ClockEnded
    | Reminded
    | Escalated
    | Snoozed
    | WaitStarted
    | WaitEnded
    | SeverityChanged
    | ProductionChanged
    | Assigned
    | ScopeJudged
    | Linked
    | OutageNoted
    | Resolved
    | Confirmed
    | Scored
    | Reopened
    | Cancelled
    | Merged
    | TookOver
    | RoomOpened
    | Undelivered
)
