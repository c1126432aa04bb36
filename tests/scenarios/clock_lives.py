"""What clocks a ticket had, by its timeline, and which reminder was of which. A part of the coverage checker."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from policy.clocks import Clock, Slot, due_slots
from policy.schema import Policy
from policy.timeline import ClockChanged, ClockEnded, ClockStarted, Entry, Opened, Reminded, Undelivered

_ALL: Final = 1_000_000


@dataclass(slots=True)
class Life:
    """One clock of a ticket, when it ended or got another promise (None: it still runs), what reminded of it, and what
    could not. `since`: it is the promise that a running clock was given then, and `before` are the slots that the old
    one had by then. What the new one alone had by then nobody had promised: a later message stands for it, also one of
    the old promise that was on its way (its last slot: `stood_for`, all of them: `named_before`)."""

    clock: Clock
    since: datetime | None = None
    before: Collection[datetime] = ()
    stood_for: datetime | None = None
    named_before: set[datetime] = field(default_factory=set)
    ended: datetime | None = None
    reminded: list[Reminded] = field(default_factory=list)
    lost: list[Undelivered] = field(default_factory=list)

    def never_promised(self, at: datetime) -> bool:
        return self.since is not None and at <= self.since and at not in self.before


def lives_of(policy: Policy, entries: Sequence[Entry]) -> list[Life]:
    lives: list[Life] = []
    for entry in entries:
        match entry:
            case Opened(clock=clock) | ClockStarted(clock=clock):
                lives.append(Life(clock))
            case ClockChanged(at=at, after=clock):
                lives[-1].ended = at
                before = {slot.at for slot in promised_by(policy, lives[-1].clock, at)}
                lives.append(Life(clock, since=at, before=before))
            case ClockEnded(interval=interval):
                lives[-1].ended = interval.ended
            case Reminded():
                _give(policy, lives, entry)
            case Undelivered(slots=slots) if slots:
                lives[-1].lost.append(entry)
            case _:
                pass
    return lives


def _give(policy: Policy, lives: Sequence[Life], entry: Reminded) -> None:
    """Give a reminder to the newest clock with that deadline that has such slots."""
    ours = [life for life in lives if (life.clock.kind, life.clock.due) == (entry.clock, entry.due)]
    latest, wanted = entry.slots[-1].at, {slot.at for slot in entry.slots}
    fits = [life for life in ours if wanted <= {slot.at for slot in promised_by(policy, life.clock, latest)}]
    life = (fits or ours)[-1]
    life.reminded.append(entry)
    for later in ours[ours.index(life) + 1 :]:
        later.stood_for = latest
        later.named_before |= wanted


def promised_by(policy: Policy, clock: Clock, until: datetime) -> Sequence[Slot]:
    return due_slots(policy, clock, until, most=_ALL)[0]
