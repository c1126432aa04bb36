"""The checker finds what it is there to find: each kind of broken promise, one at a time."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from bot.handlers import reminder_id
from policy.clocks import Slot
from policy.effects import Escalate
from policy.load import load_policy
from policy.reminders import due_reminder, reminded, wake_at
from policy.tickets import MessageRef, Person, Room, Ticket
from policy.timeline import Entry, Reminded, RoomOpened, Source
from policy.transitions import Change, Request, acknowledge, open_ticket, post_update
from tests.policy.samples import account
from tests.scenarios.coverage_checker import Findings, History, Seen, check

POLICY = load_policy({"severity": {"3": {"respond": "6s", "update_every": "4s"}}})
START = datetime(2026, 11, 18, 2, 4, tzinfo=UTC)
TRIAGE, CUSTOMER, ERIN = "C0TRIAGE", "C0ACME", "U0ERIN"
THREAD, CARD = "1.000001", "1.000002"


@dataclass
class Told:
    """A ticket's life, told as a bot without a fault would leave it: 3 s, 4.8 s and 6 s after the opening there
    is a reminder, at 14 s a catch-up of two; then an acknowledgement and an update, and a heads-up."""

    ticket: Ticket = field(init=False)
    entries: list[Entry] = field(default_factory=list)
    messages: list[Seen] = field(default_factory=list)
    until: datetime = START

    def __post_init__(self) -> None:
        request = Request(title="slow", severity="3", opener=Person("U0ANN", "T0"), channel=CUSTOMER)
        self._take(open_ticket(POLICY, account("ACME"), request, 1, START))
        self.post("root", CUSTOMER, None, "the thread")
        self.post("card", TRIAGE, None, "the card")
        rooms = {
            "customer": Room(CUSTOMER, THREAD),
            "staff": Room(TRIAGE, CARD),
            "card": MessageRef(TRIAGE, CARD),
        }
        self.ticket = replace(self.ticket, **rooms)
        for side, room in (("customer", Room(CUSTOMER, THREAD)), ("staff", Room(TRIAGE, CARD))):
            self.entries.append(RoomOpened(at=START, side=side, channel=room.channel, thread=room.thread))
        self.post("call", TRIAGE, CARD, "New: ACME-1 Sev 3")
        self.post("details", TRIAGE, CARD, "ACME-1, reported by somebody")
        for at in (3, 4.8, 6, 14):
            self.remind(at)
        self._take(acknowledge(POLICY, self.ticket, ERIN, START + timedelta(seconds=15)))
        self._take(self._update(START + timedelta(seconds=16)))
        for words in (f"<@{ERIN}> has it", "a text"):
            self.post(f"customer {words}", CUSTOMER, THREAD, words)
            self.post(f"staff {words}", TRIAGE, CARD, words)
        self.remind(19)
        self.until = START + timedelta(seconds=19.5)

    def _update(self, now: datetime) -> Change:

        change = post_update(POLICY, self.ticket, ERIN, "a text", Source.COMMAND, now)
        assert isinstance(change, Change)
        return change

    def _take(self, change: object) -> None:
        assert isinstance(change, Change)
        self.ticket = change.ticket
        self.entries += change.entries

    def post(self, opaque_id: str, channel: str, thread: str | None, words: str) -> MessageRef:
        ts = f"1.{len(self.messages) + 1:06}"
        self.messages.append(Seen(channel, ts, thread, opaque_id, words))
        return MessageRef(channel, ts)

    def remind(self, after_s: float) -> None:
        now = START + timedelta(seconds=after_s)
        reminder = due_reminder(POLICY, self.ticket, now)
        assert reminder is not None, wake_at(POLICY, self.ticket, now)
        posted = self.post(reminder_id(self.ticket, reminder), TRIAGE, CARD, "a reminder")
        change = reminded(self.ticket, reminder, posted, now)
        self._take(change)
        if any(isinstance(effect, Escalate) for effect in change.staff):
            self.post(f"escalation {after_s}", TRIAGE, None, ":rotating_light: ACME-1 is late")

    def reminders(self) -> list[int]:
        """Where the reminders stand on the timeline."""
        return [at for at, entry in enumerate(self.entries) if isinstance(entry, Reminded)]

    def reminder(self, number: int) -> Reminded:
        entry = self.entries[self.reminders()[number]]
        assert isinstance(entry, Reminded)
        return entry

    def remove(self, ref: MessageRef) -> None:
        self.messages = [one for one in self.messages if one.ref != ref]

    def check(self) -> Findings:
        history = History(self.ticket, self.entries)
        return check(POLICY, [history], self.messages, until=self.until, triage=TRIAGE)


@pytest.fixture
def told() -> Told:
    return Told()


def only(found: Findings, *words: str) -> bool:
    return bool(found.problems) and all(any(word in one for word in words) for one in found.problems)


def test_a_life_without_a_fault(told: Told) -> None:
    found = told.check()
    assert found.problems == []
    assert (found.slots, found.reminders, found.in_catch_ups, found.cancelled) == (6, 5, 2, 0)


def test_a_message_that_stands_twice(told: Told) -> None:
    first = next(one for one in told.messages if one.words == "a reminder")
    told.post(first.id, TRIAGE, CARD, "a reminder")
    assert only(told.check(), f"2 messages have the id {first.id}", "a message without an entry")


def test_an_update_that_the_customer_reads_twice(told: Told) -> None:
    told.post("another", CUSTOMER, THREAD, "a text")
    assert only(told.check(), "a message without an entry")


def test_a_message_that_is_missing(told: Told) -> None:
    told.remove(told.reminder(1).message)
    assert only(told.check(), "is not in its channel")


def test_an_update_that_is_missing(told: Told) -> None:
    told.messages = [one for one in told.messages if one.id != "customer a text"]
    assert only(told.check(), "customer: 'a text' is missing")


def test_an_escalation_that_is_missing(told: Told) -> None:
    told.messages = [one for one in told.messages if not one.id.startswith("escalation")]
    assert only(told.check(), "nobody heard of a silence")


def test_a_lane_out_of_order(told: Told) -> None:
    first, second = (one for one in told.messages if one.id.startswith("staff"))
    told.messages += [Seen(TRIAGE, second.ts, CARD, first.id, first.words)]
    told.messages += [Seen(TRIAGE, first.ts, CARD, second.id, second.words)]
    assert any("was expected where" in one for one in told.check().problems)


def test_a_slot_that_nothing_covers(told: Told) -> None:
    entry = told.reminder(1)
    told.remove(entry.message)
    del told.entries[told.reminders()[1]]
    assert only(told.check(), "the response slot of 02:04:04.800000 is uncovered")


def test_a_slot_of_the_last_moment_that_nothing_covers(told: Told) -> None:
    told.until = START + timedelta(seconds=20)
    assert only(told.check(), "the update slot of 02:04:20.000000 is uncovered")


def test_a_slot_that_is_covered_twice(told: Told) -> None:
    place = told.reminders()[3]
    catch_up = told.reminder(3)
    before = told.reminder(2).slots
    told.entries[place] = replace(catch_up, slots=(*before, *catch_up.slots), count=3)
    assert only(told.check(), "is covered 2 times", "points at another message")


def test_a_catch_up_that_does_not_name_all(told: Told) -> None:
    place = told.reminders()[3]
    told.entries[place] = replace(told.reminder(3), slots=told.reminder(3).slots[1:])
    assert only(told.check(), "names 1 of its 2 slots", "is uncovered")


def test_a_reminder_of_no_slot(told: Told) -> None:
    place = told.reminders()[0]
    entry = told.reminder(0)
    moved = (Slot(entry.slots[0].at + timedelta(seconds=1), entry.slots[0].kind),)
    told.entries[place] = replace(entry, slots=moved)
    assert any("is no response slot" in one for one in told.check().problems)


def test_a_slot_that_an_answer_cancelled_is_no_fault(told: Told) -> None:
    entry = told.reminder(3)
    told.remove(entry.message)
    del told.entries[told.reminders()[3]]
    found = told.check()
    assert (found.problems, found.cancelled) == ([], 2)
