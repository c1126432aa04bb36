"""Checks that promises were kept: compares what the channels show with what the timelines say.

It knows nothing of how the bot works. From each timeline it takes the clocks that ran, from the policy the
slots that these promise, and holds against them the messages that stand in the channels.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.handlers import reminder_id
from policy.clocks import Clock, due_slots
from policy.reminders import Reminder
from policy.schema import Policy
from policy.tickets import MessageRef, Ticket
from policy.timeline import (
    Acknowledged,
    ClockEnded,
    ClockStarted,
    Entry,
    Escalated,
    Opened,
    Reminded,
    Resolved,
    RoomOpened,
    Snoozed,
    Undelivered,
    UpdatePosted,
)

_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class Seen:
    """A message of the bot as a channel shows it: `id` from its metadata, `thread` the `ts` of its root (None
    for a message of the channel), `words` all that it says."""

    channel: str
    ts: str
    thread: str | None
    id: str
    words: str

    @property
    def ref(self) -> MessageRef:
        return MessageRef(self.channel, self.ts)


@dataclass(frozen=True, slots=True)
class History:
    """A ticket as it is kept at the end, and its timeline."""

    ticket: Ticket
    entries: Sequence[Entry]


@dataclass(slots=True)
class Findings:
    """`problems` is empty when every promise was kept. The rest are counts, for people."""

    problems: list[str] = field(default_factory=list)
    tickets: int = 0
    messages: int = 0
    reminders: int = 0
    slots: int = 0
    in_catch_ups: int = 0
    cancelled: int = 0

    def __str__(self) -> str:
        return (
            f"{self.tickets} tickets, {self.messages} messages; {self.slots} slots covered by {self.reminders} "
            f"reminders ({self.in_catch_ups} of the slots in catch-ups), {self.cancelled} cancelled by an answer"
        )


@dataclass(slots=True)
class _Life:
    """One clock of a ticket, when it ended (None: it still runs), and what reminded of it."""

    clock: Clock
    ended: datetime | None = None
    reminded: list[Reminded] = field(default_factory=list)


def check(
    policy: Policy, histories: Iterable[History], messages: Iterable[Seen], *, until: datetime, triage: str
) -> Findings:
    """Every slot at or before `until` is covered once, or was cancelled by an answer before `until`; every
    message has its entry and every entry its message; each lane is in order. `triage` is the id of the triage
    channel."""
    found = Findings()
    seen: dict[MessageRef, Seen] = {}
    for message in messages:
        seen[message.ref] = message
    found.messages = len(seen)
    for opaque_id, times in Counter(one.id for one in seen.values()).items():
        if times > 1:
            found.problems.append(f"{times} messages have the id {opaque_id}")
    left = dict(seen)
    calls: list[str] = []
    escalated: list[str] = []
    for history in histories:
        found.tickets += 1
        left_of = _Left(history.ticket.id, seen, left, found.problems)
        _slots(policy, history, left_of, until, found)
        calls += _lanes(history, left_of)
        escalated += [history.ticket.id for entry in history.entries if isinstance(entry, Escalated)]
    _in_triage(escalated, ":rotating_light:", "nobody heard of a silence", left, triage, found.problems)
    _in_triage(calls, "", "nobody was called", left, triage, found.problems)
    found.problems += [
        f"{one.channel} {one.ts}: a message without an entry: {one.words[:80]!r}" for one in left.values()
    ]
    return found


@dataclass(slots=True)
class _Left:
    """The messages that no entry has accounted for yet."""

    ticket: str
    seen: dict[MessageRef, Seen]
    left: dict[MessageRef, Seen]
    problems: list[str]

    def take(self, ref: MessageRef, what: str) -> Seen | None:
        if ref in self.left:
            return self.left.pop(ref)
        gone = "is another's too" if ref in self.seen else "is not in its channel"
        self.problems.append(f"{self.ticket}: the message of {what} {gone}")
        return None

    def rest_of(self, channel: str, thread: str | None) -> list[Seen]:
        there = (one for one in self.left.values() if (one.channel, one.thread) == (channel, thread))
        return sorted(there, key=lambda one: one.ts)


def _lives(entries: Sequence[Entry]) -> Iterator[_Life]:
    lives: list[_Life] = []
    for entry in entries:
        match entry:
            case Opened(clock=clock) | ClockStarted(clock=clock):
                lives.append(_Life(clock))
            case ClockEnded(interval=interval):
                lives[-1].ended = interval.ended
            case Reminded(clock=kind, due=due):
                ours = [life for life in lives if (life.clock.kind, life.clock.due) == (kind, due)]
                ours[-1].reminded.append(entry)
            case _:
                pass
    yield from lives


def _slots(policy: Policy, history: History, left: _Left, until: datetime, found: Findings) -> None:
    ticket = history.ticket
    for life in _lives(history.entries):
        clock, named = life.clock, Counter[datetime]()
        for entry in life.reminded:
            found.reminders += 1
            what = f"the {clock.kind} reminder of {entry.slots[-1].at:%H:%M:%S.%f}"
            if entry.count != len(entry.slots):
                found.problems.append(
                    f"{ticket.id}: {what} names {len(entry.slots)} of its {entry.count} slots"
                )
            named.update(slot.at for slot in entry.slots)
            found.in_catch_ups += entry.count if entry.count > 1 else 0
            message = left.take(entry.message, what)
            wanted = reminder_id(ticket, Reminder(clock, entry.slots, entry.count))
            if message is not None and message.id != wanted:
                found.problems.append(f"{ticket.id}: {what} points at another message")
        last = max(named, default=clock.covered_until)
        answered = life.ended is not None and life.ended <= until
        end = life.ended if answered and life.ended else until
        promised = [slot.at for slot in due_slots(policy, clock, max(end, last), most=_ALL)[0]]
        found.slots += len(named)
        found.problems += [
            f"{ticket.id}: the {clock.kind} slot of {at:%H:%M:%S.%f} is covered {times} times"
            for at, times in named.items()
            if times > 1
        ]
        found.problems += [
            f"{ticket.id}: {at:%H:%M:%S.%f} is no {clock.kind} slot"
            for at in sorted(set(named) - {*promised})
        ]
        for at in promised:
            if at in named:
                continue
            if answered and at > last:
                found.cancelled += 1
            else:
                found.problems.append(f"{ticket.id}: the {clock.kind} slot of {at:%H:%M:%S.%f} is uncovered")


def _lanes(history: History, left: _Left) -> list[str]:
    """Both lanes of a ticket against its timeline; answers with the ticket's id when its call stands in
    triage by itself."""
    ticket, problems = history.ticket, left.problems
    if ticket.customer is None or ticket.customer.thread is None or ticket.staff is None or not ticket.card:
        problems.append(f"{ticket.id}: has no rooms")
        return []
    sides = Counter(entry.side for entry in history.entries if isinstance(entry, RoomOpened))
    if sides != {"customer": 1, "staff": 1}:
        problems.append(f"{ticket.id}: its rooms were opened {dict(sides)}")
    problems += [
        f"{ticket.id}: {entry.what} was not delivered: {entry.error}"
        for entry in history.entries
        if isinstance(entry, Undelivered)
    ]
    left.take(MessageRef(ticket.customer.channel, ticket.customer.thread), "its thread")
    left.take(ticket.card, "its card")
    told = [words for entry in history.entries if (words := _told(entry)) is not None]
    _in_order(ticket, "customer", told, left.rest_of(ticket.customer.channel, ticket.customer.thread), left)
    in_thread = ticket.staff.thread is not None
    noted = [words for entry in history.entries if (words := _told(entry, noted=True)) is not None]
    if in_thread:
        noted[:0] = [ticket.id, ticket.id]  # the call, and what the card leaves out
    else:
        _in_order(ticket, "details", [ticket.id], left.rest_of(ticket.card.channel, ticket.card.ts), left)
    _in_order(ticket, "staff", noted, left.rest_of(ticket.staff.channel, ticket.staff.thread), left)
    return [] if in_thread else [ticket.id]


def _told(entry: Entry, *, noted: bool = False) -> str | None:
    """Words by which the message of a lane that follows from an entry is known: of the customer's, or when
    `noted` of the staff's."""
    match entry:
        case Acknowledged(by=by):
            return f"<@{by}>"
        case Snoozed(by=by) if noted:
            return f"<@{by}>"
        case UpdatePosted(text=words) | Resolved(text=words):
            return words
        case _:
            return None


def _in_order(ticket: Ticket, lane: str, wanted: Sequence[str], shown: Sequence[Seen], left: _Left) -> None:
    for words, one in zip(wanted, shown, strict=False):
        if words in one.words:
            left.left.pop(one.ref)
        else:
            left.problems.append(f"{ticket.id}: {lane}: {words!r} was expected where {one.words[:80]!r} is")
            return
    left.problems += [f"{ticket.id}: {lane}: {words!r} is missing" for words in wanted[len(shown) :]]


def _in_triage(
    tickets: Iterable[str],
    words: str,
    missing: str,
    left: dict[MessageRef, Seen],
    triage: str,
    problems: list[str],
) -> None:
    """For each of the tickets a message in triage itself that names it, with these words."""
    shown = [one for one in left.values() if (one.channel, one.thread) == (triage, None)]
    for ticket in tickets:
        found = next((one for one in shown if f"{ticket} " in one.words and words in one.words), None)
        if found is None:
            problems.append(f"{ticket}: {missing}")
        else:
            shown.remove(found)
            del left[found.ref]


def seen_in(channel: str, message: dict[str, Any]) -> Seen:
    """A message as the Web API gives it, with its metadata. Raises KeyError for one that has none."""
    thread = message.get("thread_ts")
    return Seen(
        channel=channel,
        ts=message["ts"],
        thread=thread if thread != message["ts"] else None,
        id=message["metadata"]["event_payload"]["id"],
        words=f"{message['text']} {message.get('blocks') or ''}",
    )
