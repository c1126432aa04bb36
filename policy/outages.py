"""Outages as staff record them: a history that is only ever added to, and what follows from it.

An outage concerns one account (it was recorded on a ticket of that account), or everybody (it was recorded by
itself); each account has a history of its own, and everybody's is another. A slip is mended by withdrawing what
was recorded and recording it anew. Source: policy.md section 6.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec

from policy.uptime import Month, Outage

_ID: Final = re.compile(r"(?:([A-Z][A-Z0-9-]*)-)?O([1-9]\d{0,8})", re.ASCII)


class Recorded(msgspec.Struct, frozen=True, omit_defaults=True, tag="recorded"):
    """Somebody recorded an outage, `[start, end)`; `end` is None while it lasts. `ticket` is the ticket that it was
    recorded on (None: by itself).

    Every entry has its `place` in the history, counted from 0, the `operation` under which Slack may deliver it
    again, who (`by`, a user id) did it and when (`at`); and the number of the `outage`, counted from 1.
    """

    place: int
    operation: str
    by: str
    at: datetime
    outage: int
    component: str
    start: datetime
    end: datetime | None = None
    announced_maintenance: bool = False
    ticket: str | None = None


class Closed(msgspec.Struct, frozen=True, tag="closed"):
    """Somebody said when an outage ended that was recorded without an end."""

    place: int
    operation: str
    by: str
    at: datetime
    outage: int
    end: datetime


class Withdrawn(msgspec.Struct, frozen=True, tag="withdrawn"):
    """Somebody took back what was recorded, and said why: it counts no more."""

    place: int
    operation: str
    by: str
    at: datetime
    outage: int
    reason: str


OutageEntry = Recorded | Closed | Withdrawn


@dataclass(frozen=True, slots=True)
class RecordedOutage:
    """An outage as its history leaves it. `account` is None for everybody's; `withdrawn` None while it counts."""

    account: str | None
    number: int
    outage: Outage
    ticket: str | None
    by: str
    at: datetime
    withdrawn: Withdrawn | None = None

    @property
    def id(self) -> str:
        """`ACME-O3`, or `O3` for everybody's."""
        return f"{self.account}-O{self.number}" if self.account else f"O{self.number}"

    def touches(self, month: Month) -> bool:
        """Whether some of it lies in the month."""
        end = self.outage.end
        return self.outage.start < month.end and (end is None or end > month.start)


@dataclass(frozen=True, slots=True)
class AlreadyOpen:
    """The component has an outage of this kind without an end already."""

    since: RecordedOutage


@dataclass(frozen=True, slots=True)
class AlreadyRecorded:
    """The very same outage counts already."""

    before: RecordedOutage


@dataclass(frozen=True, slots=True)
class NothingOpen:
    """No outage of this kind is without an end. `other` is one of the other kind (maintenance, or not) that is."""

    other: RecordedOutage | None


@dataclass(frozen=True, slots=True)
class EndsTooEarly:
    """An outage cannot end before it started."""

    since: RecordedOutage


@dataclass(frozen=True, slots=True)
class NoSuchOutage:
    """There is none of that number, or it was withdrawn."""


class Outages:
    """The history of one account, or (None) of everybody, as a value; `entries` come in any order."""

    def __init__(self, account: str | None, entries: Iterable[OutageEntry] = ()) -> None:
        self.account = account
        self.entries = sorted(entries, key=lambda entry: entry.place)
        self._found: dict[int, RecordedOutage] = {}
        for entry in self.entries:
            self._take(entry)

    @property
    def standing(self) -> list[RecordedOutage]:
        """What counts, in the order in which it was recorded."""
        return [one for one in self._found.values() if one.withdrawn is None]

    def carried_out(self, operation: str) -> RecordedOutage | None:
        """The outage that an operation was about, as it is now; None: that operation is not in the history."""
        about = next((entry.outage for entry in self.entries if entry.operation == operation), None)
        return None if about is None else self._found[about]

    def after(self, entry: OutageEntry) -> "Outages":
        """The history with one entry more."""
        return Outages(self.account, [*self.entries, entry])

    def record(
        self, outage: Outage, *, ticket: str | None, by: str, operation: str, now: datetime
    ) -> Recorded | AlreadyOpen | AlreadyRecorded:
        """Record an outage. Outages may overlap; only one of a component and kind may be without an end."""
        for one in self.standing:
            if one.outage == outage:
                return AlreadyRecorded(one)
        if outage.end is None and (going_on := self._open(outage.component, outage.announced_maintenance)):
            return AlreadyOpen(going_on)
        return Recorded(
            place=len(self.entries),
            operation=operation,
            by=by,
            at=now,
            outage=len(self._found) + 1,
            component=outage.component,
            start=outage.start,
            end=outage.end,
            announced_maintenance=outage.announced_maintenance,
            ticket=ticket,
        )

    def close(
        self,
        component: str,
        end: datetime,
        *,
        announced_maintenance: bool,
        by: str,
        operation: str,
        now: datetime,
    ) -> Closed | NothingOpen | EndsTooEarly:
        """Say when the open outage of a component, or its open maintenance, ended."""
        found = self._open(component, announced_maintenance)
        if found is None:
            return NothingOpen(self._open(component, not announced_maintenance))
        if end <= found.outage.start:
            return EndsTooEarly(found)
        return Closed(len(self.entries), operation, by, now, found.number, end)

    def withdraw(
        self, number: int, reason: str, *, by: str, operation: str, now: datetime
    ) -> Withdrawn | NoSuchOutage:
        """Take back what was recorded."""
        found = self._found.get(number)
        if found is None or found.withdrawn:
            return NoSuchOutage()
        return Withdrawn(len(self.entries), operation, by, now, number, reason)

    def _open(self, component: str, announced_maintenance: bool) -> RecordedOutage | None:
        wanted = (component, announced_maintenance)
        lasting = (one for one in self.standing if one.outage.end is None)
        return next(
            (one for one in lasting if (one.outage.component, one.outage.announced_maintenance) == wanted),
            None,
        )

    def _take(self, entry: OutageEntry) -> None:
        match entry:
            case Recorded():
                outage = Outage(entry.component, entry.start, entry.end, entry.announced_maintenance)
                self._found[entry.outage] = RecordedOutage(
                    self.account, entry.outage, outage, entry.ticket, entry.by, entry.at
                )
            case Closed():
                found = self._found[entry.outage]
                outage = msgspec.structs.replace(found.outage, end=entry.end)
                self._found[entry.outage] = replace(found, outage=outage)
            case Withdrawn():
                found = self._found[entry.outage]
                self._found[entry.outage] = replace(found, withdrawn=entry)


def read_outage_id(text: str) -> tuple[str | None, int] | None:
    """The account (None: everybody) and the number in `ACME-O3` or `O3`, in any case; None for any other text."""
    found = _ID.fullmatch(text.strip().upper())
    return (found[1], int(found[2])) if found else None
