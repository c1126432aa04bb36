"""Checks that promises were kept: compares what the channels show with what the timelines say.

It knows nothing of how the bot works. From each timeline it takes the clocks that ran, from the policy the
slots that these promise, and holds against them the messages that stand in the channels.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.handlers import reminder_id
from policy.reminders import Reminder
from policy.schema import Policy
from policy.tickets import MessageRef, Ticket
from policy.timeline import Entry, Escalated, Reminded, RoomOpened, Undelivered
from tests.scenarios.clock_lives import lives_of, promised_by
from tests.scenarios.lane_words import told_by, until_it_moved


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
    undelivered: int = 0
    in_the_window: int = 0

    def __str__(self) -> str:
        return (
            f"{self.tickets} tickets, {self.messages} messages; {self.slots} slots covered by {self.reminders} "
            f"reminders ({self.in_catch_ups} of the slots in catch-ups), {self.cancelled} cancelled by an answer "
            f"or a change"
            f"{f', {self.undelivered} recorded as undelivered' if self.undelivered else ''}"
            f"{f'; {self.in_the_window} doubled in the known window' if self.in_the_window else ''}"
        )


def check(
    policy: Policy,
    histories: Iterable[History],
    messages: Iterable[Seen],
    *,
    until: datetime,
    triage: str,
    private: Collection[str] = (),
    in_the_window: Collection[str] = (),
) -> Findings:
    """Every slot at or before `until` is covered once, or was cancelled by an answer before `until`; every
    message has its entry and every entry its message; each lane is in order; none of the `private` words stands in a
    channel that a customer reads. `triage` is the id of the triage channel. `in_the_window`: ids of messages that were
    under way when their process stood still, in the window that docs/decisions/06 leaves open: of these a second one
    is counted apart."""
    found, histories = Findings(), list(histories)
    seen: dict[MessageRef, Seen] = {}
    for message in messages:
        seen[message.ref] = message
    _without_known(seen, histories, in_the_window, found)
    _leaks(histories, seen, private, found.problems)
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
        calls += _lanes(policy, history, left_of)
        escalated += [history.ticket.id for entry in history.entries if isinstance(entry, Escalated)]
    _in_triage(escalated, ":rotating_light:", "nobody heard of a silence", left, triage, found.problems)
    _in_triage(calls, "", "nobody was called", left, triage, found.problems)
    found.problems += [
        f"{one.channel} {one.ts}: a message without an entry: {one.words[:80]!r}" for one in left.values()
    ]
    return found


def _without_known(
    seen: dict[MessageRef, Seen], histories: Sequence[History], window: Collection[str], found: Findings
) -> None:
    """Leave out the second message of those that are known to have been in the window: the one that is on no record,
    or else the later one."""
    recorded = {entry.message for one in histories for entry in one.entries if isinstance(entry, Reminded)}
    for opaque_id in window:
        twins = sorted((one for one in seen.values() if one.id == opaque_id), key=lambda one: one.ts)
        twins.sort(key=lambda one: one.ref not in recorded)
        for twin in twins[1:]:
            found.in_the_window += 1
            del seen[twin.ref]


def _leaks(
    histories: Sequence[History],
    seen: dict[MessageRef, Seen],
    private: Collection[str],
    problems: list[str],
) -> None:
    customers = {history.ticket.channel for history in histories}
    problems += [
        f"{one.channel} {one.ts}: customers read {words!r}: {one.words[:80]!r}"
        for one in seen.values()
        if one.channel in customers
        for words in private
        if words in one.words
    ]


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


def _slots(policy: Policy, history: History, left: _Left, until: datetime, found: Findings) -> None:
    ticket = history.ticket
    for life in lives_of(policy, history.entries):
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
        for lost in life.lost:
            named.update(slot.at for slot in lost.slots)
            found.undelivered += lost.count
        named.update(life.named_before & named.keys())
        last = max(named, default=clock.covered_until)
        answered = life.ended is not None and life.ended <= until
        end = life.ended if answered and life.ended else until
        promised = [slot.at for slot in promised_by(policy, clock, max(end, last))]
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
            if (
                at in named
                or at in life.named_before
                or (life.never_promised(at) and at <= max(last, life.stood_for or last))
            ):
                continue
            if answered and at > last:
                found.cancelled += 1
            else:
                found.problems.append(f"{ticket.id}: the {clock.kind} slot of {at:%H:%M:%S.%f} is uncovered")


def _lanes(policy: Policy, history: History, left: _Left) -> list[str]:
    """Both lanes of a ticket against its timeline; answers with the ticket's id when its call stands in
    triage by itself."""
    ticket, problems = history.ticket, left.problems
    if ticket.customer is None or ticket.customer.thread is None or ticket.staff is None or not ticket.card:
        problems.append(f"{ticket.id}: has no rooms")
        return []
    opened = [entry for entry in history.entries if isinstance(entry, RoomOpened)]
    rooms = [(entry.channel, entry.thread) for entry in opened if entry.side == "staff"]
    moved = len(rooms) == 2 and rooms[0][1] is not None and rooms[1][1] is None
    if len(opened) - len(rooms) != 1 or not (moved or len(rooms) == 1):
        problems.append(f"{ticket.id}: its rooms were opened {dict(Counter(one.side for one in opened))}")
        return []
    problems += [
        f"{ticket.id}: {entry.what} was not delivered: {entry.error}"
        for entry in history.entries
        if isinstance(entry, Undelivered) and not entry.slots
    ]
    left.take(MessageRef(ticket.customer.channel, ticket.customer.thread), "its thread")
    left.take(ticket.card, "its card")
    told = [words for entry in history.entries if (words := told_by(entry)) is not None]
    _in_order(ticket, "customer", told, left.rest_of(ticket.customer.channel, ticket.customer.thread), left)
    called_in_triage = rooms[0][1] is None
    noted = [words for entry in history.entries if (words := told_by(entry, noted=True)) is not None]
    if not called_in_triage:
        noted[:0] = [ticket.id, ticket.id]  # the call, and what the card leaves out
    if moved:
        (channel, thread), old = rooms[0], until_it_moved(policy, history.entries) + 2
        left.take(MessageRef(channel, thread or ""), "its first card")
        _in_order(ticket, "staff", noted[:old], left.rest_of(channel, thread), left)
        noted = noted[old:]
    if ticket.staff.thread is None:
        _in_order(ticket, "details", [ticket.id], left.rest_of(ticket.card.channel, ticket.card.ts), left)
    _in_order(ticket, "staff", noted, left.rest_of(ticket.staff.channel, ticket.staff.thread), left)
    return [ticket.id] if called_in_triage else []


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
