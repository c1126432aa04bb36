"""Who works on a ticket: whom it is assigned or handed over to, and who joins in. Source: policy.md section 3."""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from policy import effects as do
from policy import timeline as log
from policy.changes import Change, NotOpen
from policy.tickets import Ticket


@dataclass(frozen=True, slots=True)
class AlreadyAssigned:
    """It is that person's already. `acknowledged`: the customer knows."""

    to: str
    acknowledged: bool


def assign(ticket: Ticket, to: str, by: str, now: datetime) -> Change | NotOpen | AlreadyAssigned:
    """Staff make somebody of staff the owner; both are user ids. No clock moves: to be assigned is not to
    acknowledge, and reminders name the new owner from now on. The customer reads who is on it once somebody
    has acknowledged."""
    if not ticket.is_open:
        return NotOpen(ticket)
    if ticket.owner == to:
        return AlreadyAssigned(to, ticket.acknowledged is not None)
    now = max(now, ticket.moved)
    note = do.NoteAssigned(by=by, to=to, before=ticket.owner)
    known = ticket.acknowledged is not None
    calls: tuple[do.StaffEffect, ...] = () if known else (do.RefreshCall(),)
    return Change(
        replace(ticket, owner=to, moved=now),
        entries=(log.Assigned(at=now, by=by, to=to, before=ticket.owner),),
        customer=(do.RefreshThread(),) if known else (),
        staff=(do.Invite(user=to), note, do.RefreshCard(), *calls),
    )


def join(ticket: Ticket, user: str, now: datetime) -> Change:
    """Somebody of staff wants to be where it is worked on, open or not: invited into the incident channel, or
    mentioned in the thread that serves. Not worth an entry of the timeline."""
    return Change(replace(ticket, moved=max(now, ticket.moved)), staff=(do.NoteJoined(user=user),))
