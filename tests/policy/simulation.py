"""How many messages a ticket makes: its life is played through transitions and reminders on a clock that jumps from
one instant to the next, and what would be posted, edited and called for is counted. No Slack, no store.

`python -m tests.policy.simulation` prints the tables of `docs/messages.md`, which a test compares with the file.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from policy import effects as do
from policy.clocks import ClockKind, SlotKind
from policy.directory import Account
from policy.reminders import Reminder, due_reminder, reminded, wake_at
from policy.schema import Policy
from policy.tickets import MessageRef, Ticket
from policy.timeline import Source
from policy.transitions import Change, acknowledge, open_ticket, post_update, resolve
from tests.policy.samples import ENGINEER, account, default_policy, request

# By the first word of an effect's name: what is posted, what is edited in place, and what shows as neither.
POSTED: Final = ("Post", "Tell", "Note", "Call", "Escalate")
EDITED: Final = ("Refresh", "Shrink")
UNSEEN: Final = ("OpenRoom", "RestoreRoom", "Invite", "PinCard")


@dataclass(frozen=True, slots=True)
class Staff:
    """What staff do. `take_after`: how long after the opening somebody acknowledges (None: nobody does).
    `answer_after`: how long after a heads-up the owner posts an update (None: never)."""

    take_after: timedelta | None = None
    answer_after: timedelta | None = None


@dataclass(slots=True)
class Tally:
    """What would be seen in Slack. `customer` and `staff` count messages by kind; reminders are of the staff's side.
    `mentions` counts who is called: the opener, those on call, the owner, those who hear of silences. `calls` are the
    instants at which somebody of staff was called."""

    customer: Counter[str] = field(default_factory=Counter)
    staff: Counter[str] = field(default_factory=Counter)
    edits: Counter[str] = field(default_factory=Counter)
    mentions: Counter[str] = field(default_factory=Counter)
    calls: list[datetime] = field(default_factory=list)

    @property
    def reminders(self) -> int:
        return self.staff["reminder"]

    def add(self, change: Change, now: datetime) -> None:
        for side, messages, effects in (
            ("customer", self.customer, change.customer),
            ("staff", self.staff, change.staff),
        ):
            for effect in effects:
                name = type(effect).__name__
                if name.startswith(POSTED):
                    messages[name] += 1
                    self._mentions(effect, now)
                    if isinstance(effect, do.Escalate):
                        self.edits["staff"] += 1  # the card tells of it once everybody has been told
                elif name.startswith(EDITED):
                    self.edits[side] += 1
                elif name not in UNSEEN:
                    raise TypeError(f"nobody says whether {name} is a message")

    def remind(self, ticket: Ticket, now: datetime) -> None:
        """A reminder calls the owner, or those on call while there is none."""
        self.staff["reminder"] += 1
        self._call("owner" if ticket.owner else "on call", now)

    def _mentions(self, effect: do.Effect, now: datetime) -> None:
        match effect:
            case do.PostThread():
                self.mentions["opener"] += 1
            case do.CallOnCall(page=True):
                self._call("on call", now)
            case do.Escalate():
                self._call("escalation", now)
            case _:  # other messages name who did something, and call nobody
                pass

    def _call(self, who: str, now: datetime) -> None:
        self.mentions[who] += 1
        self.calls.append(now)


@dataclass(slots=True)
class Life:
    """A ticket from its opening to `until`, when it is resolved; what falls due at that instant is still said."""

    policy: Policy
    staff: Staff
    until: datetime
    ticket: Ticket
    now: datetime
    tally: Tally = field(default_factory=Tally)
    _to_do: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _ids: "count[int]" = field(default_factory=count)

    def play(self) -> Tally:
        if self.staff.take_after is not None:
            self._later(self.staff.take_after, self._take)
        while (at := self._next()) is not None and at <= self.until:
            self.now = max(self.now, at)
            if self._to_do and self._to_do[0][0] <= self.now:
                heapq.heappop(self._to_do)[2]()
            else:
                self._remind()
        self.now = self.until
        self._keep(resolve(self.ticket, ENGINEER, "Done.", self.now))
        return self.tally

    def _next(self) -> datetime | None:
        wake = wake_at(self.policy, self.ticket, self.now)
        instants = [at for at in (wake, self._to_do[0][0] if self._to_do else None) if at is not None]
        return min(instants, default=None)

    def _remind(self) -> None:
        reminder = due_reminder(self.policy, self.ticket, self.now)
        assert reminder is not None, "woken for nothing"
        self.tally.remind(self.ticket, self.now)
        message = MessageRef(channel="C-STAFF", ts=f"{next(self._ids)}.0")
        self._keep(reminded(self.ticket, reminder, message, self.now))
        if self.staff.answer_after is not None and _is_heads_up(reminder):
            self._later(self.staff.answer_after, self._update)

    def _take(self) -> None:
        self._keep(acknowledge(self.policy, self.ticket, ENGINEER, self.now))

    def _update(self) -> None:
        self._keep(
            post_update(self.policy, self.ticket, ENGINEER, "We look into it.", Source.COMMAND, self.now)
        )

    def _later(self, wait: timedelta, act: Callable[[], None]) -> None:
        heapq.heappush(self._to_do, (self.now + wait, next(self._ids), act))

    def _keep(self, change: object) -> None:
        assert isinstance(change, Change), change
        self.ticket = change.ticket
        self.tally.add(change, self.now)


def _is_heads_up(reminder: Reminder) -> bool:
    return reminder.clock.kind is ClockKind.UPDATE and reminder.latest.kind is SlotKind.EARLY


def life(policy: Policy, of: Account, severity: str, opened: datetime, until: datetime, staff: Staff) -> Life:
    """A ticket that has just been opened, announced and counted; play it."""
    change = open_ticket(policy, of, request(severity), 1, opened)
    born = Life(policy, staff, until, change.ticket, opened)
    born.tally.add(change, opened)
    return born


# -- the lives that docs/messages.md tells of

AT_ONCE: Final = timedelta(minutes=2)
ANSWERS: Final = timedelta(minutes=2)
LIVES: Final = {
    "taken at once, an update after each heads-up": Staff(AT_ONCE, ANSWERS),
    "taken at once, no update": Staff(AT_ONCE),
    "never acknowledged": Staff(),
}

SIX_HOURS_FROM: Final = datetime(2026, 10, 6, 9, 0, tzinfo=UTC)
FRIDAY: Final = datetime(2026, 10, 9, 16, 0, tzinfo=UTC)
"""17:00 in London."""
MONDAY_EVENING: Final = datetime(2026, 10, 12, 17, 0, tzinfo=UTC)
"""18:00 in London."""
SATURDAY: Final = datetime(2026, 10, 9, 23, 0, tzinfo=UTC)
MONDAY: Final = datetime(2026, 10, 11, 23, 0, tzinfo=UTC)

Row = Sequence[object]
CALLED: Final = ("on call", "owner", "escalation")


def severity_1_for_six_hours() -> dict[str, Tally]:
    """By the life: an Emergency account's severity 1."""
    until = SIX_HOURS_FROM + timedelta(hours=6)
    return {
        name: life(default_policy(), account(), "1", SIX_HOURS_FROM, until, staff).play()
        for name, staff in LIVES.items()
    }


def severity_3_over_a_weekend() -> dict[tuple[str, str], Tally]:
    """By plan and life: opened Friday 17:00 in London, resolved Monday 18:00."""
    return {
        (plan, name): life(default_policy(), account(plan=plan), "3", FRIDAY, MONDAY_EVENING, staff).play()
        for plan in default_policy().plans
        for name, staff in LIVES.items()
    }


def deadlines(plan: str) -> list[str]:
    """When the first response to that severity 3 is due, and the first update if it is taken at once; in London."""
    policy = default_policy()
    born = life(policy, account(plan=plan), "3", FRIDAY, MONDAY_EVENING, Staff())
    taken = acknowledge(policy, born.ticket, ENGINEER, FRIDAY + AT_ONCE)
    assert isinstance(taken, Change)
    clocks = (born.ticket.clock, taken.ticket.clock)
    zone = policy.regions[born.ticket.region].tz
    return [f"{clock.due.astimezone(zone):%a %H:%M}" for clock in clocks if clock]


def table(head: Row, rows: Iterable[Row]) -> str:
    """As Markdown has it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def totals(tally: Tally) -> list[object]:
    return [
        tally.customer.total(),
        tally.edits["customer"],
        tally.staff.total(),
        tally.reminders,
        tally.edits["staff"],
        *(tally.mentions[who] for who in CALLED),
    ]


TOTALS_HEAD: Final = (
    "customer: messages",
    "edits",
    "staff: messages",
    "of them reminders",
    "edits",
    *(f"mentions: {who}" if who == CALLED[0] else who for who in CALLED),
)

KINDS: Final = {
    "the thread's first message": ("customer", "PostThread"),
    "who is on it": ("customer", "TellAcknowledged"),
    "updates": ("customer", "TellUpdate"),
    "that a promise is late": ("customer", "TellLate"),
    "resolved": ("customer", "TellResolved"),
    "staff: the card": ("staff", "PostCard"),
    "what the card leaves out, in its thread": ("staff", "PostDetails"),
    "the call of those on duty": ("staff", "CallOnCall"),
    "reminders": ("staff", "reminder"),
    "escalations": ("staff", "Escalate"),
    "who took it": ("staff", "NoteAcknowledged"),
    "what the customer was told": ("staff", "NoteUpdate"),
    "that it is resolved": ("staff", "NoteResolved"),
}


def by_kind(tally: Tally) -> list[int]:
    return [getattr(tally, side)[kind] for side, kind in KINDS.values()]


def tables() -> dict[str, str]:
    """The tables of the page, by what they tell."""
    first, second = severity_1_for_six_hours(), severity_3_over_a_weekend()
    kinds = zip(KINDS, *(by_kind(tally) for tally in first.values()), strict=True)
    weekend = [
        [plan, name, *totals(tally), sum(SATURDAY <= at < MONDAY for at in tally.calls)]
        for (plan, name), tally in second.items()
    ]
    return {
        "severity 1": table(
            ("severity 1, six hours", *TOTALS_HEAD), ([name, *totals(tally)] for name, tally in first.items())
        ),
        "severity 1 by kind": table(("message", *LIVES), kinds),
        "severity 3": table(("plan", "severity 3, over a weekend", *TOTALS_HEAD, "calls Sat, Sun"), weekend),
        "severity 3 deadlines": table(
            ("plan", "first response due", "first update due"),
            ([plan, *deadlines(plan)] for plan in default_policy().plans),
        ),
    }


if __name__ == "__main__":
    for name, shown in tables().items():
        print(f"{name}\n\n{shown}\n")
