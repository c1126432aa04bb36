"""What happens to a ticket, as values: a ticket and a decision in, the changed ticket and what follows out.

Every function takes `now` and never decides at an earlier instant than the ticket's last one. A decision that
the rules do not allow comes back as a type that says why. Source: policy.md sections 1 and 3.
"""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from policy import effects as do
from policy import timeline as log
from policy.changes import Change, NotOpen, end_wait, stop_clock, turn_clock, update_due
from policy.clocks import start_response
from policy.closing import asked_again
from policy.directory import Account
from policy.schema import Policy
from policy.support_time import promise
from policy.tickets import Person, Proposal, State, Ticket, Update, ticket_id

__all__ = [
    "UPDATE_KEPT",
    "AlreadyAcknowledged",
    "Change",
    "NoReminders",
    "NotOpen",
    "Request",
    "SnoozeTooLate",
    "acknowledge",
    "customer_replied",
    "open_ticket",
    "post_update",
    "resolve",
    "snooze",
    "told",
    "write_note",
]

UPDATE_KEPT = 300
"""How many characters of the last update a ticket itself keeps; the timeline keeps all of it."""


@dataclass(frozen=True, slots=True)
class AlreadyAcknowledged:
    """Somebody else, or the same person, has it already. `owner` is a user id."""

    owner: str


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
    """What a person put into the form. `severity` None means not sure. `reported` is when a caller told staff,
    where staff open the ticket later (None: it is opened at once), and `caller` the name. `stranger`: the opener
    belongs to a third company. `tell_contacts`: the opener is not a designated
    contact, and these users who are will be told (None: the opener is one, or of staff)."""

    title: str
    severity: str | None
    opener: Person
    channel: str
    description: str = ""
    impact: str | None = None
    production: bool = True
    component: str | None = None
    product_version: str | None = None
    reported: datetime | None = None
    tell_contacts: tuple[str, ...] | None = None
    caller: str = ""
    stranger: bool = False


def open_ticket(policy: Policy, account: Account, request: Request, number: int, now: datetime) -> Change:
    """A new ticket with its response clock running."""
    suggested = policy.suggest(request.impact, tier=account.tier, production=request.production)
    severity = policy.severity(request.severity or suggested or policy.default_severity)
    coverage = account.coverage(production=request.production)
    promised = promise(policy, coverage, severity)
    reported = request.reported if request.reported and request.reported < now else None
    clock = start_response(policy, promised, reported or now, now=now)
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
        reported=reported,
        hours=coverage.hours,
        targets=dict(coverage.targets) or None,
        not_contact=request.tell_contacts is not None,
        stranger=request.stranger,
        caller=request.caller,
    )
    opened = log.Opened(
        at=now,
        by=request.opener.user,
        severity=severity.key,
        chosen=request.severity,
        suggested=suggested,
        clock=clock,
    )
    tell = (do.TellContacts(users=request.tell_contacts),) if request.tell_contacts else ()
    room = (do.OpenRoom(),) if severity.room == "channel" else ()
    # Outside support time nobody is paged: a reminder calls, and lets people in, when support opens.
    page = clock.call_at is None
    invite = (do.Invite(),) if severity.room == "channel" and page else ()
    return Change(
        ticket,
        entries=(opened,),
        customer=(do.PostThread(), *tell),
        # The call does not wait for what can be read later.
        staff=(
            *room,
            do.PostCard(),
            do.CallOnCall(page=page),
            *invite,
            *((do.PinCard(),) if room else ()),
            do.PostDetails(),
        ),
    )


def acknowledge(
    policy: Policy, ticket: Ticket, by: str, now: datetime
) -> Change | AlreadyAcknowledged | NotOpen:
    """Somebody of staff takes the ticket: the response clock is met, the person owns it, whoever it was assigned
    to."""
    if not ticket.is_open:
        return NotOpen(ticket)
    if ticket.acknowledged is not None and ticket.owner is not None:
        return AlreadyAcknowledged(ticket.owner)
    now = max(now, ticket.moved)
    turn = turn_clock(policy, ticket, by, now)
    kept = replace(turn.ticket, owner=by, acknowledged=now)
    return Change(
        kept,
        entries=(log.Acknowledged(at=now, by=by), *turn.entries),
        customer=(do.TellAcknowledged(by=by, next_update=update_due(kept)), do.RefreshThread()),
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
    turn = turn_clock(policy, ticket, by, max(now, ticket.moved))
    return told(ticket, turn, by, text, source)


def told(
    ticket: Ticket,
    turn: Change,
    by: str,
    text: str,
    source: log.Source,
    *,
    promised: datetime | None = None,
    proposed: datetime | None = None,
) -> Change:
    """The change of a public update whose clock has turned already. What staff wrote in the thread stands there
    already."""
    now = turn.ticket.moved
    kept = replace(
        turn.ticket,
        owner=ticket.owner or by,
        acknowledged=ticket.acknowledged or now,
        last_update=Update(at=now, by=by, text=text[:UPDATE_KEPT]),
        proposal=Proposal(by=by, made=now, next_at=proposed) if proposed else None,
    )
    tell = do.TellUpdate(by=by, text=text, next_update=update_due(kept), proposed=proposed)
    entry = log.UpdatePosted(at=now, by=by, text=text, source=source, promised=promised, proposed=proposed)
    return Change(
        kept,
        entries=(entry, *turn.entries),
        customer=(*((tell,) if source is log.Source.COMMAND else ()), do.RefreshThread()),
        staff=(do.RefreshCard(), do.NoteUpdate(by=by, text=text), *_taken(ticket, by), *turn.staff),
        ended=turn.ended,
    )


def resolve(
    ticket: Ticket, by: str, text: str, now: datetime, *, cause: str | None = None
) -> Change | NotOpen:
    """It is resolved: whatever clock runs ends, and an open response clock is met by it. `cause` is the key of one
    of the policy's (None: not said)."""
    if not ticket.is_open:
        return NotOpen(ticket)
    now = max(now, ticket.moved)
    turn = stop_clock(ticket, by, now)
    kept = replace(
        turn.ticket,
        state=State.RESOLVED,
        owner=ticket.owner or by,
        acknowledged=ticket.acknowledged or now,
        resolved=now,
        resolution=text,
        resolved_by=by,
        cause=cause,
        snoozed_until=None,
        waiting=None,
        proposal=None,
    )
    return Change(
        kept,
        entries=(log.Resolved(at=now, by=by, text=text, cause=cause), *turn.entries),
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
    if not policy.severity(ticket.severity).snooze_past_deadline and ticket.clock.pause is None:
        if ticket.clock.due <= now:
            return SnoozeTooLate(ticket.clock.due)
        until = min(until, ticket.clock.due)
    return Change(
        replace(ticket, snoozed_until=until, moved=now),
        entries=(log.Snoozed(at=now, by=by, until=until),),
        staff=(do.NoteSnoozed(by=by, until=until), do.RefreshCard()),
    )


def customer_replied(
    policy: Policy, ticket: Ticket, by: Person, text: str, now: datetime, *, files: tuple[str, ...] = ()
) -> Change:
    """Somebody of the customer wrote in the ticket's thread: staff see it in their room, and a wait for the
    customer is over. `files`: the ids of those that stand in the text without a name."""
    now = max(now, ticket.moved)
    ended = end_wait(policy, ticket, by.user, now)
    over: tuple[do.StaffEffect, ...] = ()
    awaited = ticket.state is State.RESOLVED and ticket.confirmed is None
    # Who writes has seen the resolution: the wait for the confirmation starts anew.
    again = asked_again(ticket) if awaited else ()
    if ticket.waiting is not None:
        over = (do.NoteResumed(by=by.user, due=update_due(ended.ticket)), do.RefreshCard())
    elif awaited:
        over = (do.RefreshCard(),)
    return Change(
        replace(ended.ticket, moved=now, replied=now if awaited else ticket.replied),
        entries=(log.CustomerReplied(at=now, by=by, text=text), *ended.entries),
        customer=(*again, do.RefreshThread()) if again or ticket.waiting else (),
        staff=(do.NoteReply(by=by, text=text, files=files), *over),
    )


def write_note(ticket: Ticket, by: str, text: str, now: datetime) -> Change:
    """An internal note: it meets no clock, and the customer never sees it."""
    now = max(now, ticket.moved)
    return Change(
        replace(ticket, moved=now),
        entries=(log.NoteWritten(at=now, by=by, text=text),),
        staff=(do.NoteWrittenByStaff(by=by, text=text),),
    )


def _taken(ticket: Ticket, by: str) -> tuple[do.StaffEffect, ...]:
    """What follows when somebody answers a ticket that nobody had answered."""
    return () if ticket.acknowledged else (do.Invite(user=by), do.RefreshCall())
