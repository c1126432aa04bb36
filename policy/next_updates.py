"""What is promised of the next update beyond the cadence: an earlier one, a later one that the customer agreed to,
and one that the customer asks for. Source: policy.md section 3.
"""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from policy import effects as do
from policy import timeline as log
from policy.changes import (
    Change,
    NotOpen,
    end_wait,
    escalation,
    is_staffed,
    shrunk,
    silence,
    turn_clock,
    update_due,
)
from policy.clock_changes import pause_clock
from policy.clocks import ClockKind, lateness, missed, start_requested
from policy.schema import Policy
from policy.support_time import promise
from policy.tickets import Person, Ticket
from policy.transitions import told


@dataclass(frozen=True, slots=True)
class NeedsAgreement:
    """The next update may be promised by `due` at the latest: the customers of this severity are not asked to
    agree to a later one."""

    due: datetime


@dataclass(frozen=True, slots=True)
class NextUpdateInThePast:
    """What is promised lies in the future."""

    next_at: datetime


@dataclass(frozen=True, slots=True)
class NothingProposed:
    """Staff do not propose this instant, or not any more: another update or decision took its place."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class TooLateToAgree:
    """The update that was promised by `due` is overdue, or what was proposed has passed."""

    due: datetime


@dataclass(frozen=True, slots=True)
class AskedAlready:
    """The customer asked a moment ago, and there was no update since. `due` is the promise that runs (None: none
    does)."""

    asked: datetime
    due: datetime | None


def post_update_until(
    policy: Policy, ticket: Ticket, by: str, text: str, next_at: datetime, now: datetime
) -> Change | NotOpen | NeedsAgreement | NextUpdateInThePast:
    """A public update with an instant for the next one. Up to the cadence it is promised as it stands, and so it
    is where no cadence runs; a later one is proposed and holds once the customer agrees."""
    if not ticket.is_open:
        return NotOpen(ticket)
    now = max(now, ticket.moved)
    if next_at <= now:
        return NextUpdateInThePast(next_at)
    severity = policy.severity(ticket.severity)
    plain = turn_clock(policy, ticket, by, now)
    if plain.ticket.clock is None or next_at <= plain.ticket.clock.due:
        turn = turn_clock(policy, ticket, by, now, next_at=next_at)
        return told(ticket, turn, by, text, log.Source.COMMAND, promised=next_at)
    if not severity.agreed_update:
        return NeedsAgreement(plain.ticket.clock.due)
    return told(ticket, plain, by, text, log.Source.COMMAND, proposed=next_at)


def agree_update(
    policy: Policy, ticket: Ticket, by: Person, next_at: datetime, now: datetime
) -> Change | NotOpen | NothingProposed | TooLateToAgree:
    """The customer agrees by a click to what staff proposed: the update clock gets that deadline."""
    if not ticket.is_open:
        return NotOpen(ticket)
    now = max(now, ticket.moved)
    clock, proposal = ticket.clock, ticket.proposal
    if clock is None or clock.kind is not ClockKind.UPDATE or not proposal or proposal.next_at != next_at:
        return NothingProposed(ticket)
    if next_at <= now:
        return TooLateToAgree(next_at)
    if clock.due < now and clock.pause is None:
        return TooLateToAgree(clock.due)
    waits = clock.pause is not None
    agreed = replace(
        clock, due=max(next_at, clock.due), pause=None, covered_until=max(clock.covered_until, now)
    )
    if waits:
        agreed = pause_clock(policy, agreed, now)
    kept = replace(ticket, clock=agreed, proposal=None, reminder=None, moved=now)
    return Change(
        replace(kept, snoozed_until=silence(policy, ticket.severity, agreed, ticket, now)),
        entries=(log.UpdateAgreed(at=now, by=by, old_due=clock.due, clock=agreed),),
        customer=(do.TellAgreed(by=by, next_update=agreed.due), do.RefreshThread()),
        staff=(do.NoteAgreed(by=by, due=agreed.due), do.RefreshCard(), *shrunk(ticket, by.user, now)),
    )


def ask_update(policy: Policy, ticket: Ticket, by: Person, now: datetime) -> Change | NotOpen | AskedAlready:
    """The customer asks how it stands: the owner hears of it at once, a wait for the customer is over, and where
    updates are on request a clock starts. A promise that is late already escalates, once for each silence;
    while support is closed with its next reminder. Whoever of the customer asks again soon after changes nothing."""
    if not ticket.is_open:
        return NotOpen(ticket)
    now = max(now, ticket.moved)
    if ticket.asked is not None and _too_soon(policy, ticket, ticket.asked, now):
        return AskedAlready(ticket.asked, update_due(ticket))
    awaited = end_wait(policy, ticket, by.user, now)
    entries, clock = awaited.entries, awaited.ticket.clock
    if clock is None:
        promised = promise(policy, ticket.coverage, policy.severity(ticket.severity))
        clock = start_requested(policy, promised, now)
        started: tuple[log.Entry, ...] = (log.ClockStarted(at=now, clock=clock),) if clock else ()
        entries = (*entries, *started)
    late = lateness(policy, clock, now) if clock else None
    due = clock.due if clock else None
    page = is_staffed(policy, ticket, now)
    staff: tuple[do.StaffEffect, ...] = (do.NoteAsked(by=by, due=due, page=page), do.RefreshCard())
    escalates = False
    if clock is not None:
        clock = replace(clock, asked=now)
        escalates = late is not None and page and clock.escalated is None
        if escalates:
            silent = escalation(clock, missed(policy, clock, now), late, now, by.user)
            clock = replace(clock, escalated=now)
            entries, staff = (*entries, *silent.entries), (*staff, *silent.staff)
    kept = replace(awaited.ticket, clock=clock, asked=now, moved=now)
    return Change(
        kept,
        entries=(log.UpdateAsked(at=now, by=by, due=due, late=late), *entries),
        customer=(do.TellAsked(by=by, next_update=update_due(kept), escalated=escalates), do.RefreshThread()),
        staff=staff,
    )


def _too_soon(policy: Policy, ticket: Ticket, asked: datetime, now: datetime) -> bool:
    """Whether another question so soon after one at `asked` says nothing new: no update came since, and what was
    promised has not become late since."""
    update, due = ticket.last_update, ticket.clock.due if ticket.clock else None
    answered = update is not None and update.at > asked
    late_since = due is not None and asked <= due < now
    return now < asked + policy.ask_again_after and not answered and not late_since
