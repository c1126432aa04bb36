"""What the customer's side says besides replies: that it got worse, and messages that are changed afterwards.

Source: policy.md sections 1 and 3.
"""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from policy import effects as do
from policy import timeline as log
from policy.changes import Change, NotOpen, end_wait, update_due
from policy.schema import Policy
from policy.support_time import promise
from policy.tickets import Person, Ticket
from policy.transitions import UPDATE_KEPT


@dataclass(frozen=True, slots=True)
class Edit:
    """A message of the customer's thread says `text` now and said `before`; it was sent at `written`."""

    text: str
    before: str
    written: datetime


def report_worse(
    policy: Policy, ticket: Ticket, by: Person, text: str, wished: str | None, now: datetime
) -> Change | NotOpen:
    """The customer says that it got worse, and may wish for a severity (a key of the policy). Staff hear of it at
    once and decide; the severity stays until they have. They are paged where support is open for the severity it
    has, or for the wished one. A more urgent wish stands on the ticket until they have decided."""
    if not ticket.is_open:
        return NotOpen(ticket)
    now = max(now, ticket.moved)
    awaited = end_wait(policy, ticket, by.user, now)
    page = _is_open_for(policy, ticket, ticket.severity, now) or (
        wished is not None and _is_open_for(policy, ticket, wished, now)
    )
    urgent = wished is not None and policy.severity(wished).rank < policy.severity(ticket.severity).rank
    kept = replace(awaited.ticket, moved=now, wished=wished if urgent else ticket.wished)
    # Whoever is woken gets in, though nobody was when the ticket was opened.
    invite = (do.Invite(),) if page and ticket.owner is None else ()
    return Change(
        kept,
        entries=(log.ReportedWorse(at=now, by=by, text=text, wished=wished), *awaited.entries),
        customer=(
            do.TellWorse(by=by, text=text, next_update=update_due(kept), wished=wished),
            do.RefreshThread(),
        ),
        staff=(*invite, do.NoteWorse(by=by, text=text, page=page, wished=wished), do.RefreshCard()),
    )


def message_edited(
    policy: Policy, ticket: Ticket, by: Person, edit: Edit, now: datetime, *, staff: bool
) -> Change:
    """Somebody changed a message of their own in the customer's thread. A customer's new words end a wait, as a
    reply does; what staff wrote stays the public update that it was when it was sent."""
    now = max(now, ticket.moved)
    entry = log.MessageEdited(at=now, by=by, text=edit.text, written=edit.written, staff=staff)
    note = do.NoteEdited(by=by, text=edit.text, written=edit.written, staff=staff)
    if staff:
        update = ticket.last_update
        card: tuple[do.StaffEffect, ...] = ()
        if update is not None and (update.by, update.text) == (by.user, edit.before[:UPDATE_KEPT]):
            ticket = replace(ticket, last_update=replace(update, text=edit.text[:UPDATE_KEPT]))
            card = (do.RefreshCard(),)
        return Change(replace(ticket, moved=now), entries=(entry,), staff=(note, *card))
    awaited = end_wait(policy, ticket, by.user, now)
    over: tuple[do.StaffEffect, ...] = ()
    if ticket.waiting is not None:
        over = (do.NoteResumed(by=by.user, due=update_due(awaited.ticket)), do.RefreshCard())
    return Change(
        replace(awaited.ticket, moved=now),
        entries=(entry, *awaited.entries),
        customer=(do.RefreshThread(),) if ticket.waiting else (),
        staff=(note, *over),
    )


def message_deleted(ticket: Ticket, by: Person, written: datetime, now: datetime, *, staff: bool) -> Change:
    """A message in the customer's thread was deleted. What it was when it was sent stays on record."""
    now = max(now, ticket.moved)
    return Change(
        replace(ticket, moved=now),
        entries=(log.MessageDeleted(at=now, by=by, written=written, staff=staff),),
        staff=(do.NoteEdited(by=by, text=None, written=written, staff=staff),),
    )


def _is_open_for(policy: Policy, ticket: Ticket, severity: str, now: datetime) -> bool:
    promised = promise(policy, ticket.coverage, policy.severity(severity))
    return policy.calendar(promised.calendar).is_open(now)
