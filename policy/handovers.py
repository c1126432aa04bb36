"""The note at the change of a shift: what is open, where each ticket stands in it. Source: policy.md section 7."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from policy.entitlement import queue_place
from policy.schema import Policy
from policy.tickets import Ticket


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
