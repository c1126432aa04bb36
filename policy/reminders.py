"""When staff are reminded of a ticket's running promise, and what one reminder covers.

One live reminder a clock; after an outage or a snooze one message names all slots that went by. A snooze
silences and never moves a deadline. Source: policy.md section 3.
"""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from policy.clocks import Clock, Slot, due_slots, next_slot
from policy.effects import RefreshCard, ShrinkReminder, StaffEffect
from policy.schema import Policy
from policy.tickets import MessageRef, Ticket
from policy.timeline import Reminded
from policy.transitions import Change


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder to post now. `slots` are the newest that it covers, in order; `count` is all of them."""

    clock: Clock
    slots: tuple[Slot, ...]
    count: int

    @property
    def latest(self) -> Slot:
        return self.slots[-1]


def wake_at(policy: Policy, ticket: Ticket) -> datetime | None:
    """When the next reminder of a ticket is due; None while no clock of it runs."""
    if ticket.clock is None:
        return None
    at = next_slot(policy, ticket.clock, ticket.clock.covered_until).at
    return max(at, ticket.snoozed_until) if ticket.snoozed_until else at


def due_reminder(policy: Policy, ticket: Ticket, now: datetime) -> Reminder | None:
    """What to remind of at an instant; None when nothing is due or the ticket is snoozed."""
    wake = wake_at(policy, ticket)
    if ticket.clock is None or wake is None or wake > now:
        return None
    found, count = due_slots(policy, ticket.clock, now)
    return Reminder(ticket.clock, found, count)


def reminded(ticket: Ticket, reminder: Reminder, message: MessageRef, now: datetime) -> Change:
    """The ticket after a reminder was posted. If its clock has ended or moved meanwhile, the message is still
    recorded, and shrinks at once."""
    now = max(now, ticket.moved)
    entry = Reminded(
        at=now,
        clock=reminder.clock.kind,
        due=reminder.clock.due,
        slots=reminder.slots,
        count=reminder.count,
        message=message,
    )
    current = ticket.clock
    same = current is not None and (current.kind, current.started) == (
        reminder.clock.kind,
        reminder.clock.started,
    )
    if current is None or not same:
        shrink = ShrinkReminder(message=message, answered_by=ticket.owner, at=now)
        return Change(replace(ticket, moved=now), entries=(entry,), staff=(shrink,))
    older: tuple[StaffEffect, ...] = ()
    if ticket.reminder is not None:
        older = (ShrinkReminder(message=ticket.reminder, answered_by=None, at=now),)
    kept = replace(
        ticket,
        clock=replace(current, covered_until=max(current.covered_until, reminder.latest.at)),
        reminder=message,
        moved=now,
    )
    return Change(kept, entries=(entry,), staff=(*older, RefreshCard()))
