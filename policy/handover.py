"""The note at the change of a shift: when it goes out, and what stands in it. Source: policy.md section 7."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from policy.entitlement import queue_place
from policy.schema import Policy
from policy.tickets import Ticket

_WRITTEN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s+(\S+)", re.ASCII)
_DAY: Final = timedelta(days=1)


class BadHandoverTime(ValueError):
    """A text that is no time of day with its zone."""


@dataclass(frozen=True, slots=True)
class HandoverTime:
    """A time of day on the clock of a zone (an IANA name)."""

    at: time
    zone: str

    def __str__(self) -> str:
        return f"{self.at:%H:%M} {self.zone}"

    def on(self, day: date) -> datetime:
        """The instant, in UTC, at which the clock there shows it on a day: where it is skipped as much later as is
        skipped, where it comes twice the first time."""
        return datetime.combine(day, self.at, ZoneInfo(self.zone)).astimezone(UTC)

    def newest_day(self, now: datetime) -> date:
        """The last day on which the time has come."""
        today = now.astimezone(ZoneInfo(self.zone)).date()
        return today if self.on(today) <= now else today - _DAY


def is_zone(name: str) -> bool:
    """Whether it is the name of a zone that people may set."""
    return name in available_timezones() and name != "localtime"


def read_handover_time(text: str) -> HandoverTime:
    """`09:00 Asia/Tokyo`. Raises BadHandoverTime."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or not is_zone(found[3]):
        raise BadHandoverTime(f"expected a time of day and a zone such as '09:00 Asia/Tokyo', got {text!r}")
    return HandoverTime(time(int(found[1]), int(found[2])), found[3])


class Section(StrEnum):
    """Where a ticket stands in the note; each stands once, in the first that fits."""

    LATE = "late"
    SOON = "soon"
    """Falls due before the next shift is over."""
    UNOWNED = "unowned"
    """Nobody has it, and nothing of it falls due soon."""
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Handover:
    """What is open at an instant, by section, the most urgent first. `until`: what falls due up to then is soon.
    `unowned` counts all that nobody has, in whichever section."""

    at: datetime
    until: datetime
    sections: tuple[tuple[Section, tuple[Ticket, ...]], ...]

    @property
    def count(self) -> int:
        return sum(len(tickets) for _, tickets in self.sections)

    @property
    def unowned(self) -> int:
        return sum(ticket.owner is None for _, tickets in self.sections for ticket in tickets)

    def of(self, section: Section) -> tuple[Ticket, ...]:
        return next((tickets for known, tickets in self.sections if known is section), ())


def handover(
    tickets: Iterable[Ticket], policy_of: Callable[[str], Policy], ahead: timedelta, now: datetime
) -> Handover:
    """What is handed over now, of the open ones among these tickets. `policy_of` knows the policy of a version; what
    falls due within `ahead` is soon."""
    until = now + ahead
    open_now = [one for one in tickets if one.is_open]
    ordered = sorted(open_now, key=lambda one: _urgency(policy_of(one.policy), one))
    found = {
        section: tuple(one for one in ordered if _section(one, now, until) is section) for section in Section
    }
    return Handover(now, until, tuple((section, some) for section, some in found.items() if some))


def _section(ticket: Ticket, now: datetime, until: datetime) -> Section:
    clock = ticket.clock
    if clock is not None and clock.pause is None:
        if clock.due < now:
            return Section.LATE
        if clock.due <= until:
            return Section.SOON
    return Section.UNOWNED if ticket.owner is None else Section.REST


def _urgency(policy: Policy, ticket: Ticket) -> tuple[object, ...]:
    """As in the list of open tickets: severity, what is prioritized, the next deadline."""
    clock = ticket.clock
    due = (clock is None, clock.due if clock else ticket.opened)
    return (*queue_place(policy, ticket), *due, ticket.opened, ticket.id)
