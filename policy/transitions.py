"""What happens to a ticket, as values: a ticket and a decision in, the changed ticket and what follows out.

Every function takes `now` and never decides at an earlier instant than the ticket's last one. A decision that
the rules do not allow comes back as a type that says why. Source: policy.md sections 1 and 3.
"""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from policy import effects as do
from policy import timeline as log
from policy.clocks import Clock, ClockKind, Interval, end, start_response, start_update
from policy.directory import Account
from policy.schema import Policy
from policy.support_time import Coverage, promise
from policy.tickets import Person, State, Ticket, Update, ticket_id

UPDATE_KEPT = 300
"""How many characters of the last update a ticket itself keeps; the timeline keeps all of it."""


@dataclass(frozen=True, slots=True)
class Change:
    """All that follows from one decision, committed in one piece or not at all."""

    ticket: Ticket
    entries: tuple[log.Entry, ...] = ()
    customer: tuple[do.CustomerEffect, ...] = ()
    staff: tuple[do.StaffEffect, ...] = ()
    ended: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class AlreadyAcknowledged:
    """Somebody else, or the same person, has it already. `owner` is a user id."""

    owner: str


@dataclass(frozen=True, slots=True)
class NotOpen:
    """The ticket is resolved: there is nothing left to do on it."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class NoReminders:
    """No clock of the ticket runs, so there is nothing to silence."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class SnoozeTooLate:
    """This severity is not silenced past its deadline, and the deadline has passed. `due` is that deadline."""

    due: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """What a person put into the form. `severity` None means not sure."""

    title: str
    severity: str | None
    opener: Person
    channel: str
    description: str = ""
    impact: str | None = None
    production: bool = True
    component: str | None = None
    product_version: str | None = None


def open_ticket(policy: Policy, account: Account, request: Request, number: int, now: datetime) -> Change:
    """A new ticket with its response clock running."""
    suggested = policy.suggest(request.impact, tier=account.tier, production=request.production)
    severity = policy.severity(request.severity or suggested or policy.default_severity)
    coverage = Coverage(plan=account.plan, region=account.region, production=request.production)
    clock = start_response(policy, promise(policy, coverage, severity), now)
    ticket = Ticket(
        id=ticket_id(account.key, number),
        account=account.key,
        policy=policy.version,
        plan=account.plan,
        region=account.region,
        tier=account.tier,
        edition=account.edition,
        language=account.language,
        title=request.title,
        severity=severity.key,
        opened=now,
        opener=request.opener,
        channel=request.channel,
        moved=now,
        description=request.description,
        impact=request.impact,
        production=request.production,
        component=request.component,
        product_version=request.product_version,
        chosen=request.severity,
        suggested=suggested,
        needs_classification=request.severity is None,
        clock=clock,
    )
    opened = log.Opened(
        at=now,
        by=request.opener.user,
        severity=severity.key,
        chosen=request.severity,
        suggested=suggested,
        clock=clock,
    )
    room = (do.OpenRoom(),) if severity.room == "channel" else ()
    invite = (do.Invite(),) if severity.room == "channel" else ()
    return Change(
        ticket,
        entries=(opened,),
        customer=(do.PostThread(),),
        staff=(*room, do.PostCard(), do.CallOnCall(), *invite),
    )


def acknowledge(
    policy: Policy, ticket: Ticket, by: str, now: datetime
) -> Change | AlreadyAcknowledged | NotOpen:
    """Somebody of staff takes the ticket: the response clock is met, the person owns it."""
    if not ticket.is_open:
        return NotOpen(ticket)
    if ticket.owner is not None:
        return AlreadyAcknowledged(ticket.owner)
    now = max(now, ticket.moved)
    turn = _turn_clock(policy, ticket, by, now)
    kept = replace(turn.ticket, owner=by, acknowledged=now)
    return Change(
        kept,
        entries=(log.Acknowledged(at=now, by=by), *turn.entries),
        customer=(do.TellAcknowledged(by=by, next_update=_due(kept)), do.RefreshThread()),
        staff=(do.RefreshCard(), do.NoteAcknowledged(by=by), *_taken(ticket, by), *turn.staff),
        ended=turn.ended,
    )


def post_update(
    policy: Policy, ticket: Ticket, by: str, text: str, source: log.Source, now: datetime
) -> Change | NotOpen:
    """Staff tell the customer how it stands: the update clock starts anew from now. A first update meets an
    open response clock too, and its writer owns a ticket that nobody had."""
    if not ticket.is_open:
        return NotOpen(ticket)
    now = max(now, ticket.moved)
    turn = _turn_clock(policy, ticket, by, now)
    kept = replace(
        turn.ticket,
        owner=ticket.owner or by,
        acknowledged=ticket.acknowledged or now,
        last_update=Update(at=now, by=by, text=text[:UPDATE_KEPT]),
    )
    tell = (do.TellUpdate(by=by, text=text, next_update=_due(kept)),) if source is log.Source.COMMAND else ()
    return Change(
        kept,
        entries=(log.UpdatePosted(at=now, by=by, text=text, source=source), *turn.entries),
        customer=(*tell, do.RefreshThread()),
        staff=(do.RefreshCard(), do.NoteUpdate(by=by, text=text), *_taken(ticket, by), *turn.staff),
        ended=turn.ended,
    )


def resolve(ticket: Ticket, by: str, text: str, now: datetime) -> Change | NotOpen:
    """It is resolved: whatever clock runs ends, and an open response clock is met by it."""
    if not ticket.is_open:
        return NotOpen(ticket)
    now = max(now, ticket.moved)
    turn = _stop_clock(ticket, by, now)
    kept = replace(
        turn.ticket,
        state=State.RESOLVED,
        owner=ticket.owner or by,
        acknowledged=ticket.acknowledged or now,
        resolved=now,
        resolution=text,
        snoozed_until=None,
    )
    return Change(
        kept,
        entries=(log.Resolved(at=now, by=by, text=text), *turn.entries),
        customer=(do.TellResolved(by=by, text=text), do.RefreshThread()),
        staff=(do.RefreshCard(), do.NoteResolved(by=by, text=text), *_taken(ticket, by), *turn.staff),
        ended=turn.ended,
    )


def snooze(
    policy: Policy, ticket: Ticket, by: str, until: datetime, now: datetime
) -> Change | NotOpen | NoReminders | SnoozeTooLate:
    """Silence the ticket's reminders until an instant. No deadline moves; a severity whose policy says so
    is silenced until its deadline at the latest."""
    if not ticket.is_open:
        return NotOpen(ticket)
    if ticket.clock is None:
        return NoReminders(ticket)
    now = max(now, ticket.moved)
    if not policy.severity(ticket.severity).snooze_past_deadline:
        if ticket.clock.due <= now:
            return SnoozeTooLate(ticket.clock.due)
        until = min(until, ticket.clock.due)
    return Change(
        replace(ticket, snoozed_until=until, moved=now),
        entries=(log.Snoozed(at=now, by=by, until=until),),
        staff=(do.NoteSnoozed(by=by, until=until), do.RefreshCard()),
    )


def customer_replied(ticket: Ticket, by: Person, text: str, now: datetime) -> Change:
    """Somebody of the customer wrote in the ticket's thread: staff see it in their room."""
    now = max(now, ticket.moved)
    return Change(
        replace(ticket, moved=now),
        entries=(log.CustomerReplied(at=now, by=by, text=text),),
        staff=(do.NoteReply(by=by, text=text),),
    )


def _turn_clock(policy: Policy, ticket: Ticket, by: str, now: datetime) -> Change:
    """End the clock that runs, start the update clock: the reminder that waits for an answer has got it."""
    stopped = _stop_clock(ticket, by, now)
    severity = policy.severity(ticket.severity)
    started = start_update(policy, promise(policy, ticket.coverage, severity), now)
    # A snooze lasts until its instant, whatever is answered meanwhile, but for a severity that is silenced
    # until its deadline at the latest.
    snoozed = (
        ticket.snoozed_until if started and ticket.snoozed_until and ticket.snoozed_until > now else None
    )
    if started and snoozed and not severity.snooze_past_deadline:
        snoozed = min(snoozed, started.due)
    entries = (
        (*stopped.entries, log.ClockStarted(at=now, clock=started, by=by)) if started else stopped.entries
    )
    return Change(
        replace(stopped.ticket, clock=started, snoozed_until=snoozed),
        entries=entries,
        staff=stopped.staff,
        ended=stopped.ended,
    )


def _stop_clock(ticket: Ticket, by: str, now: datetime) -> Change:
    clock: Clock | None = ticket.clock
    shrink: tuple[do.StaffEffect, ...] = ()
    if ticket.reminder is not None:
        shrink = (do.ShrinkReminder(message=ticket.reminder, answered_by=by, at=now),)
    stopped = replace(ticket, clock=None, reminder=None, moved=now)
    if clock is None:
        return Change(stopped, staff=shrink)
    interval = end(clock, ticket.id, now)
    return Change(
        stopped,
        entries=(log.ClockEnded(at=now, interval=interval, by=by),),
        staff=shrink,
        ended=(interval,),
    )


def _taken(ticket: Ticket, by: str) -> tuple[do.StaffEffect, ...]:
    """What follows when somebody gets a ticket that nobody had."""
    return () if ticket.owner else (do.Invite(user=by), do.RefreshCall())


def _due(ticket: Ticket) -> datetime | None:
    return ticket.clock.due if ticket.clock and ticket.clock.kind is ClockKind.UPDATE else None
