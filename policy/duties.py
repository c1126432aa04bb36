"""Duties of technical account managers: what was done, a history that is only ever added to, and what follows from it.

A turn falls due so long after the duty was last done, counted in the rhythm of the policy from that day; before it was
ever done, from the day on which the account's TAM service began. While it is not done the rhythm goes on: a turn is
missed when the one after it falls due. Source: policy.md section 7.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from policy.directory import Account
from policy.duty_rules import Duty, DutyReminders


class Began(msgspec.Struct, frozen=True, tag="began"):
    """The account's TAM service was first known of on that day.

    Every entry has its `place` in the history, counted from 0, the `operation` under which it may come again, and when
    (`at`) it was made."""

    place: int
    operation: str
    at: datetime
    day: date


class DutyDone(msgspec.Struct, frozen=True, tag="done"):
    """Somebody (`by`, a user id) said that a duty was done on a day."""

    place: int
    operation: str
    by: str
    at: datetime
    duty: str
    day: date


class DutyUndone(msgspec.Struct, frozen=True, tag="undone"):
    """Somebody took back that a duty was done on a day: it counts no more."""

    place: int
    operation: str
    by: str
    at: datetime
    duty: str
    day: date


DutyEntry = Began | DutyDone | DutyUndone


@dataclass(frozen=True, slots=True)
class DoneAlready:
    """That the duty was done on that day is recorded already."""

    before: DutyDone


@dataclass(frozen=True, slots=True)
class NothingDone:
    """The duty was never done, or all of it was taken back."""


class DutyHistory:
    """The duties of one account, as a value; `entries` come in any order."""

    def __init__(self, account: str, entries: Iterable[DutyEntry] = ()) -> None:
        self.account = account
        self.entries = sorted(entries, key=lambda entry: entry.place)
        self.began: date | None = None
        self._standing: list[DutyDone] = []
        for entry in self.entries:
            match entry:
                case Began():
                    self.began = self.began or entry.day
                case DutyDone():
                    self._standing.append(entry)
                case DutyUndone():
                    self._standing = [
                        one for one in self._standing if (one.duty, one.day) != (entry.duty, entry.day)
                    ]

    def days(self, duty: str) -> tuple[date, ...]:
        """The days on which a duty was done, the earliest first."""
        return tuple(sorted(one.day for one in self._standing if one.duty == duty))

    def carried_out(self, operation: str) -> DutyEntry | None:
        """What an operation has recorded; None: it is not in the history."""
        return next((entry for entry in self.entries if entry.operation == operation), None)

    def after(self, entry: DutyEntry) -> "DutyHistory":
        """The history with one entry more."""
        return DutyHistory(self.account, [*self.entries, entry])

    def begin(self, day: date, *, now: datetime) -> Began:
        return Began(len(self.entries), "began", now, day)

    def record(
        self, duty: str, day: date, *, by: str, operation: str, now: datetime
    ) -> DutyDone | DoneAlready:
        for one in self._standing:
            if (one.duty, one.day) == (duty, day):
                return DoneAlready(one)
        return DutyDone(len(self.entries), operation, by, now, duty, day)

    def undo(self, duty: str, *, by: str, operation: str, now: datetime) -> DutyUndone | NothingDone:
        """Take back what was recorded last of a duty."""
        last = next((one for one in reversed(self._standing) if one.duty == duty), None)
        if last is None:
            return NothingDone()
        return DutyUndone(len(self.entries), operation, by, now, duty, last.day)


class TurnState(StrEnum):
    """What became of a turn."""

    DONE = "done"
    """On the day it fell due, or before."""
    LATE = "late"
    """Done afterwards, before the next one fell due."""
    MISSED = "missed"
    """The next one fell due, and it was not done."""
    OVERDUE = "overdue"
    """Not done yet; the next one has not fallen due."""
    AHEAD = "ahead"
    """Falls due today or later."""


class Turn(msgspec.Struct, frozen=True):
    """One turn of a duty; `done` is None where it was not done."""

    duty: str
    due: date
    state: TurnState
    done: date | None = None

    @property
    def day(self) -> date:
        """The day it belongs to: that on which it was done, else that on which it fell due."""
        return self.done or self.due


def turns(duty: Duty, start: date, done: Iterable[date], today: date) -> Iterator[Turn]:
    """Every turn of a duty from its start on, in order; the last one is not done yet. `done` ascending."""
    last = start
    for day in done:
        missed = list(_missed(duty, last, day))
        yield from missed
        due = duty.after(last, len(missed) + 1)
        yield Turn(duty.key, due, TurnState.DONE if day <= due else TurnState.LATE, day)
        last = day
    missed = list(_missed(duty, last, today))
    yield from missed
    due = duty.after(last, len(missed) + 1)
    yield Turn(duty.key, due, TurnState.OVERDUE if due < today else TurnState.AHEAD)


def _missed(duty: Duty, last: date, day: date) -> Iterator[Turn]:
    """The turns after `last` whose next one has fallen due by a day."""
    count = 1
    while duty.after(last, count + 1) <= day:
        yield Turn(duty.key, duty.after(last, count), TurnState.MISSED)
        count += 1


class DutyStanding(msgspec.Struct, frozen=True):
    """How a duty stands for an account: which turn comes next, today or later; since when it is overdue (None: it is
    not), and how many turns have passed since; when it was last done (None: never)."""

    account: str
    duty: str
    due: date
    overdue_since: date | None
    passed: int
    last: date | None

    @property
    def place(self) -> tuple[date, date, str, str]:
        """What is overdue comes first, then what falls due first."""
        return (self.overdue_since or date.max, self.due, self.account, self.duty)


def started(account: Account, history: DutyHistory, today: date) -> date:
    """When the account's TAM service began: as the account says, else when it was first known of, else today."""
    return account.tam_since or history.began or today


def has_duties(account: Account) -> bool:
    """Whether a TAM has duties for an account; practice accounts count nowhere."""
    return account.tam_service and not account.practice


def standing(
    duties: Mapping[str, Duty], account: Account, history: DutyHistory, today: date
) -> list[DutyStanding]:
    """How each duty for an account stands."""
    found = []
    for duty in duties.values():
        done = history.days(duty.key)
        since = done[-1] if done else started(account, history, today)
        overdue: list[date] = []
        while (due := duty.after(since, len(overdue) + 1)) < today:
            overdue.append(due)
        found.append(
            DutyStanding(
                account=account.key,
                duty=duty.key,
                due=due,
                overdue_since=overdue[0] if overdue else None,
                passed=len(overdue),
                last=done[-1] if done else None,
            )
        )
    return found


def to_remind(
    rules: DutyReminders,
    duty: Duty,
    since: date,
    told: date,
    day: date,
) -> date | None:
    """The due day of the turn that a TAM is to be reminded of: of those whose reminder falls on a day after `told`, up
    to `day`, the last one; None: there is none. `since` is when the duty was last done, or the start. No reminder comes
    before the turn before has passed, so a weekly duty has none a week before."""
    found, count, previous = None, 1, since
    reach = timedelta(days=max(rules.days_before, default=0))
    while (due := duty.after(since, count)) - reach <= day:
        days = (due - timedelta(days=before) for before in rules.days_before)
        if any(told < one <= day and one > previous for one in days):
            found = due
        previous, count = due, count + 1
    return found


class DutyReport(msgspec.Struct, frozen=True):
    """What became of a duty in a period, for a report: the turns that belong to it by the day on which they were done,
    or else fell due; and which turn comes next, today or later."""

    duty: str
    done: tuple[Turn, ...]
    late: tuple[Turn, ...]
    missed: tuple[Turn, ...]
    overdue: tuple[Turn, ...]
    next_due: date


def duty_report(
    duties: Mapping[str, Duty],
    account: Account,
    history: DutyHistory,
    first: date,
    end: date,
    today: date,
) -> list[DutyReport]:
    """What was done of the duties for an account, and what was missed, in the days from `first` to `end` (excluded), as
    known today. Reports of periods that follow one another add up. Nothing for an account without the service."""
    if not has_duties(account):
        return []
    found = []
    for duty in duties.values():
        (stands,) = standing({duty.key: duty}, account, history, today)
        every = list(turns(duty, started(account, history, today), history.days(duty.key), today))
        within = [turn for turn in every if first <= turn.day < end]

        def of(state: TurnState, within: list[Turn] = within) -> tuple[Turn, ...]:
            return tuple(turn for turn in within if turn.state is state)

        found.append(
            DutyReport(
                duty=duty.key,
                done=of(TurnState.DONE),
                late=of(TurnState.LATE),
                missed=of(TurnState.MISSED),
                overdue=of(TurnState.OVERDUE),
                next_due=stands.due,
            )
        )
    return found
