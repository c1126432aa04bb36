"""When staff are reminded of a ticket's running promise, and what one reminder covers.

One live reminder a clock; after an outage or a snooze one message names all slots that went by. A snooze
silences and never moves a deadline. Nobody is reminded outside support time. Source: policy.md section 3.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from policy.calendars import Calendar
from policy.changes import Change, escalation
from policy.clocks import (
    TICK,
    Clock,
    ClockKind,
    Lateness,
    Slot,
    due_slots,
    lateness,
    missed,
    next_slot,
    slots_until_due,
)
from policy.closing import confirmed_by_itself_at
from policy.effects import (
    CustomerEffect,
    Invite,
    RefreshCall,
    RefreshThread,
    ShrinkReminder,
    StaffEffect,
    TellLate,
)
from policy.schema import Policy
from policy.support_time import support_calendar
from policy.tickets import MessageRef, Ticket
from policy.timeline import Reminded, Undelivered

GRACE: Final = timedelta(seconds=60)
"""So long after its instant a reminder goes out although the desk has just closed."""

_AWAY: Final = timedelta(minutes=5)
"""A reminder that comes so much later than it was to come was missed while something was away."""

_MOST_TURNS: Final = 1000


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder to post now. `slots` are the newest that it covers, in order; `count` is all of them.
    `late` is how late the promise was when this was decided (None: it was not). `escalates`: this silence is
    for the escalation target to hear of, unless it has; `tells`: the customer hears of it then. `away_since`: it was
    to be posted then, and the bot, the store or Slack was away (None: it is in time)."""

    clock: Clock
    slots: tuple[Slot, ...]
    count: int
    late: Lateness | None = None
    missed: int = 0
    escalates: bool = False
    tells: bool = False
    away_since: datetime | None = None

    @property
    def latest(self) -> Slot:
        return self.slots[-1]


def wake_at(policy: Policy, ticket: Ticket, now: datetime) -> datetime | None:
    """When the next reminder of a ticket goes out, as it looks at `now`; of a resolved one, when it is confirmed by
    itself. None while neither is to come.

    At or before `now` exactly when there is a reminder (`due_reminder`) or a confirmation
    (`policy.closing.confirm_unanswered`) for `now`.
    """
    clock = ticket.clock
    if clock is None:
        return confirmed_by_itself_at(policy, ticket)
    if clock.pause is not None:
        return None
    return _wake_at(policy, ticket, clock, _early(policy, clock), _desks(policy, ticket, clock), now)


def _wake_at(
    policy: Policy,
    ticket: Ticket,
    clock: Clock,
    early: tuple[Slot, ...],
    desks: list[Calendar],
    now: datetime,
) -> datetime:
    slot_at = next_slot(policy, clock, clock.covered_until, early=early).at
    at = max(slot_at, ticket.snoozed_until) if ticket.snoozed_until else slot_at
    if now <= at + GRACE:
        return _in_time(clock, desks, at)
    opening = _opening(desks, now)
    if opening == now:
        return at
    # A slot at closing time goes out then, whatever waits beside it.
    (*_, latest), _ = due_slots(policy, clock, now, early=early)
    at_closing = now <= latest.at + GRACE and all(desk.is_open(latest.at - TICK) for desk in desks)
    return at if at_closing else opening


def _in_time(clock: Clock, desks: list[Calendar], at: datetime) -> datetime:
    """When a slot goes out if nothing is away: one at closing time at closing, any other while the desks are open."""
    closing = all(desk.is_open(at) or desk.is_open(at - TICK) for desk in desks)
    return at if closing or at == clock.call_at else _opening(desks, at)


def due_reminder(policy: Policy, ticket: Ticket, now: datetime) -> Reminder | None:
    """What to remind of at an instant; None when nothing is due, the ticket is snoozed, or support is closed."""
    clock = ticket.clock
    if clock is None or clock.pause is not None:
        return None
    early, desks = _early(policy, clock), _desks(policy, ticket, clock)
    wake = _wake_at(policy, ticket, clock, early, desks, now)
    if wake > now:
        return None
    found, count = due_slots(policy, clock, now, early=early)
    many = missed(policy, clock, now)
    planned = wake
    if now - wake > _AWAY:
        planned = _in_time(clock, desks, wake)
    return Reminder(
        clock,
        found,
        count,
        late=lateness(policy, clock, now),
        missed=many,
        escalates=clock.escalated is None and escalates(policy, clock, many),
        tells=policy.tells_late(ticket.severity),
        away_since=planned if now - planned > _AWAY else None,
    )


def escalates(policy: Policy, clock: Clock, many: int) -> bool:
    """Whether a silence of so many missed promises is for the escalation target: a breached response always,
    updates after as many as the policy says, or after one when the customer had to ask while it was missed."""
    if clock.kind is ClockKind.RESPONSE:
        return many >= 1
    asked_in_vain = clock.asked is not None and clock.asked > clock.due
    return many >= (1 if asked_in_vain else policy.missed_updates)


def reminded(ticket: Ticket, reminder: Reminder, message: MessageRef, now: datetime) -> Change:
    """The ticket after a reminder was posted. If its clock has ended, moved or stopped meanwhile, the message is
    still recorded, and shrinks at once."""
    now = max(now, ticket.moved)
    entry = Reminded(
        at=now,
        clock=reminder.clock.kind,
        due=reminder.clock.due,
        slots=reminder.slots,
        count=reminder.count,
        message=message,
        away_since=reminder.away_since,
    )
    current = _same(ticket.clock, reminder.clock)
    if current is None:
        shrink = ShrinkReminder(message=message, answered_by=ticket.owner, at=now)
        return Change(replace(ticket, moved=now), entries=(entry,), staff=(shrink,))
    older: tuple[StaffEffect, ...] = ()
    if ticket.reminder is not None:
        older = (ShrinkReminder(message=ticket.reminder, answered_by=None, at=now),)
    covered = _covered(ticket, current, reminder, now)
    return Change(
        replace(covered.ticket, reminder=message),
        entries=(entry, *covered.entries),
        customer=covered.customer,
        staff=(*older, *covered.staff),
    )


def reminder_lost(ticket: Ticket, reminder: Reminder, error: str, now: datetime) -> Change:
    """No room takes a reminder: its slots are recorded as not delivered, the later ones stand. What it would
    have escalated is escalated all the same."""
    now = max(now, ticket.moved)
    entry = Undelivered(at=now, what="Reminder", error=error, slots=reminder.slots, count=reminder.count)
    current = _same(ticket.clock, reminder.clock)
    if current is None:
        return Change(replace(ticket, moved=now), entries=(entry,))
    covered = _covered(ticket, current, reminder, now)
    return Change(
        covered.ticket, entries=(entry, *covered.entries), customer=covered.customer, staff=covered.staff
    )


def _covered(ticket: Ticket, clock: Clock, reminder: Reminder, now: datetime) -> Change:
    clock = replace(clock, covered_until=max(clock.covered_until, reminder.latest.at))
    opening = clock.call_at is not None and any(slot.at == clock.call_at for slot in reminder.slots)
    # On-call people who were left in peace while the desk was closed are let in now.
    called: tuple[StaffEffect, ...] = (Invite(), RefreshCall()) if opening and not ticket.owner else ()
    if not reminder.escalates or clock.escalated:
        return Change(replace(ticket, clock=clock, moved=now), staff=called)
    told = escalation(clock, reminder.missed, reminder.late, now)
    late: tuple[CustomerEffect, ...] = ()
    if reminder.tells:
        late = (TellLate(clock=clock.kind, due=clock.due), RefreshThread())
    return Change(
        replace(ticket, clock=replace(clock, escalated=now), moved=now),
        entries=told.entries,
        customer=late,
        staff=(*called, *told.staff),
    )


def _same(current: Clock | None, reminded_of: Clock) -> Clock | None:
    """The ticket's clock, if it still runs to the deadline that was reminded of."""
    if current is None or current.pause is not None:
        return None
    then, now = ((clock.kind, clock.started, clock.due, clock.span_from) for clock in (reminded_of, current))
    return current if then == now else None


def _early(policy: Policy, clock: Clock) -> tuple[Slot, ...]:
    """What is still to come of a clock's slots up to its deadline, reckoned only where something is."""
    return () if clock.covered_until >= clock.due else slots_until_due(policy, clock)


def _desks(policy: Policy, ticket: Ticket, clock: Clock) -> list[Calendar]:
    """Who must be open: the plan's support, and the calendar that the clock is counted in."""
    support = support_calendar(policy, ticket.coverage, ticket.severity)
    return [policy.calendar(name) for name in dict.fromkeys((support, clock.reminds_in))]


def _opening(desks: list[Calendar], at: datetime) -> datetime:
    """The first instant from `at` on at which all desks are open; the first desk's alone if they never are
    together."""
    found = at
    for _ in range(_MOST_TURNS):
        opening = max(desk.next_opening(found) for desk in desks)
        if opening == found:
            return found
        found = opening
    return desks[0].next_opening(at)
