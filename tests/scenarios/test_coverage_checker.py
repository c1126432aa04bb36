"""The checker finds what it is there to find: each kind of broken promise, one at a time."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from bot.handlers import reminder_id
from policy.clocks import Slot
from policy.effects import Escalate
from policy.load import load_policy
from policy.reminders import Reminder, due_reminder, reminded, reminder_lost, wake_at
from policy.severity_changes import change_severity
from policy.tickets import MessageRef, Person, Room, Ticket
from policy.timeline import CustomerReplied, Entry, Reminded, RoomOpened, Source, UpdatePosted
from policy.transitions import Change, Request, acknowledge, open_ticket, post_update
from tests.policy.samples import account
from tests.scenarios.coverage_checker import Findings, History, Seen, check

POLICY = load_policy(
    {
        "severity": {
            "2": {"respond": "6s", "update_every": "3s", "room": "thread"},
            "3": {"respond": "6s", "update_every": "4s"},
        }
    }
)
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
        self.recorded(reminder, posted, now, f"escalation {after_s}")

    def recorded(self, reminder: Reminder, posted: MessageRef, now: datetime, escalation: str) -> None:
        change = reminded(self.ticket, reminder, posted, now)
        self._take(change)
        if any(isinstance(effect, Escalate) for effect in change.staff):
            self.post(escalation, TRIAGE, None, ":rotating_light: ACME-1 is late")

    def reminders(self) -> list[int]:
        """Where the reminders stand on the timeline."""
        return [at for at, entry in enumerate(self.entries) if isinstance(entry, Reminded)]

    def reminder(self, number: int) -> Reminded:
        entry = self.entries[self.reminders()[number]]
        assert isinstance(entry, Reminded)
        return entry

    def remove(self, ref: MessageRef) -> None:
        self.messages = [one for one in self.messages if one.ref != ref]

    def reclassify(self, severity: str, after_s: float) -> None:
        now = START + timedelta(seconds=after_s)
        change = change_severity(POLICY, self.ticket, ERIN, severity, "worse than it was", now)
        assert isinstance(change, Change)
        self._take(change)
        self.post(f"staff {severity}", TRIAGE, CARD, "worse than it was")

    def check(self, **known: Any) -> Findings:
        history = History(self.ticket, self.entries)
        return check(POLICY, [history], self.messages, until=self.until, triage=TRIAGE, **known)


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


def test_what_staff_said_among_themselves_is_on_the_customers_side(told: Told) -> None:
    first = next(one for one in told.messages if one.id == "customer a text")
    told.remove(first.ref)
    told.messages.append(replace_words(first, "a text, and this customer is slow to pay"))
    found = told.check(private=["slow to pay"])
    assert found.problems == [f"C0ACME {first.ts}: customers read 'slow to pay': {told.messages[-1].words!r}"]


def replace_words(one: Seen, words: str) -> Seen:
    return Seen(one.channel, one.ts, one.thread, one.id, words)


def test_a_second_message_that_is_known_to_have_been_in_the_window_is_counted_apart(told: Told) -> None:
    first = next(one for one in told.messages if one.words == "a reminder")
    told.messages.append(Seen(TRIAGE, "1.0000001", CARD, first.id, "a reminder"))
    found = told.check(in_the_window=[first.id])
    assert (found.problems, found.in_the_window) == ([], 1)
    assert told.check(in_the_window=["another"]).problems


def test_what_staff_wrote_in_the_thread_themselves_is_not_posted_again(told: Told) -> None:
    (place,) = (at for at, entry in enumerate(told.entries) if isinstance(entry, UpdatePosted))
    told.entries[place] = replace(told.entries[place], source=Source.THREAD)
    assert only(told.check(), "a message without an entry")
    told.messages = [one for one in told.messages if one.id != "customer a text"]
    assert told.check().problems == []


def test_a_reply_that_staff_never_saw(told: Told) -> None:
    told.entries.append(CustomerReplied(at=told.ticket.moved, by=Person("U0ANN", "T0"), text="and now?"))
    assert only(told.check(), "staff: 'and now?' is missing")


def test_another_promise_has_slots_of_its_own(told: Told) -> None:
    """The update clock of 16 s is due at 20 s, and stays so under severity 2. After that its slots come every 3 s."""
    told.reclassify("2", 19.2)
    told.remind(20)
    told.remind(23)
    told.until = START + timedelta(seconds=25)
    assert told.check().problems == []
    told.until = START + timedelta(seconds=26)
    assert only(told.check(), "the update slot of 02:04:26.000000 is uncovered")


def test_a_message_of_the_old_promise_that_was_on_its_way(told: Told) -> None:
    """It was decided at 24 s, where the old rhythm had a slot; the new one would have had its own a second before."""
    told.remind(20)
    now = START + timedelta(seconds=24)
    under_way = due_reminder(POLICY, told.ticket, now)
    assert under_way is not None
    told.reclassify("2", 24)
    posted = told.post(reminder_id(told.ticket, under_way), TRIAGE, CARD, "a reminder")
    told.recorded(under_way, posted, now, "escalation")
    told.until = START + timedelta(seconds=25)
    assert told.check().problems == []
    told.until = START + timedelta(seconds=26)
    assert only(told.check(), "the update slot of 02:04:26.000000 is uncovered")


def test_a_slot_that_both_promises_have_is_covered_by_a_message_of_the_old_one(told: Told) -> None:
    """32 s is a slot of both rhythms, 28 s of the old one alone: the message that names both is the old one's."""
    for at in (20, 24):
        told.remind(at)
    now = START + timedelta(seconds=32)
    under_way = due_reminder(POLICY, told.ticket, now)
    assert under_way is not None
    assert under_way.count == 2
    told.reclassify("2", 32)
    posted = told.post(reminder_id(told.ticket, under_way), TRIAGE, CARD, "a reminder")
    told.recorded(under_way, posted, now, "escalation")
    told.until = START + timedelta(seconds=32.5)
    assert told.check().problems == []


def test_a_heads_up_that_only_the_new_promise_would_have_had(told: Told) -> None:
    """The deadline has just passed, its message is on its way, and a quarter of a shorter cadence before the deadline
    is past too. Had nobody reminded of the deadline, that would be missed."""
    now = START + timedelta(seconds=20)
    under_way = due_reminder(POLICY, told.ticket, now)
    assert under_way is not None
    told.reclassify("2", 20.1)
    told.until = START + timedelta(seconds=20.5)
    assert any("the update slot of 02:04:20.000000 is uncovered" in one for one in told.check().problems)
    posted = told.post(reminder_id(told.ticket, under_way), TRIAGE, CARD, "a reminder")
    told.recorded(under_way, posted, now, "escalation")
    assert told.check().problems == []


def test_a_reminder_that_no_room_took_is_recorded(told: Told) -> None:
    now = START + timedelta(seconds=20)
    lost = due_reminder(POLICY, told.ticket, now)
    assert lost is not None
    told._take(reminder_lost(told.ticket, lost, "is_archived", now))
    told.until = now
    found = told.check()
    assert (found.problems, found.undelivered) == ([], 1)


def test_a_room_that_was_opened_twice(told: Told) -> None:
    told.entries.append(RoomOpened(at=told.ticket.moved, side="staff", channel="C0OTHER", thread="2.1"))
    assert any("its rooms were opened" in one for one in told.check().problems)
