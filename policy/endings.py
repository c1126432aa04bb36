"""A ticket that ends without being resolved, and one that begins again. Source: policy.md section 3."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from msgspec.structs import replace

from policy import effects as do
from policy import timeline as log
from policy.changes import Change, NotOpen, is_staffed, stop_clock, turn_clock, update_due
from policy.closing import NotResolved, TooLateToReopen, asked_again, reopened_until
from policy.schema import Policy
from policy.tickets import State, Ticket


class Unmergeable(StrEnum):
    ITSELF = "itself"
    ANOTHER_ACCOUNTS = "another_accounts"
    NOT_OPEN = "not_open"


@dataclass(frozen=True, slots=True)
class CannotMerge:
    """It cannot go on as that ticket, and why."""

    into: str
    why: Unmergeable


def reopen(
    policy: Policy, ticket: Ticket, by: str, reason: str, now: datetime
) -> Change | NotResolved | TooLateToReopen:
    """It is not solved after all: it is open again with its owner, and the update clock starts again. `by` is
    anybody, of staff or of the customer. The response was given and stays as it was judged."""
    if ticket.state is not State.RESOLVED:
        return NotResolved(ticket)
    now = max(now, ticket.moved)
    until = reopened_until(policy, ticket)
    if until is not None and now > until:
        return TooLateToReopen(until)
    turn = turn_clock(policy, replace(ticket, state=State.OPEN), by, now)
    kept = replace(
        turn.ticket,
        resolved=None,
        resolution="",
        resolved_by=None,
        cause=None,
        replied=None,
        confirmed=None,
        # What was wished for before has been answered by the resolution.
        wished=None,
    )
    due = update_due(kept)
    page = is_staffed(policy, ticket, now)
    return Change(
        kept,
        entries=(log.Reopened(at=now, by=by, reason=reason), *turn.entries),
        customer=(*asked_again(ticket), do.TellReopened(by=by, next_update=due), do.RefreshThread()),
        # In a channel that had to be made anew the card comes first, and the owner is let in before being called.
        staff=(
            do.RestoreRoom(),
            do.PostCard(),
            *((do.Invite(user=ticket.owner),) if ticket.owner else ()),
            do.NoteReopened(by=by, reason=reason, due=due, page=page),
        ),
    )


def cancel(ticket: Ticket, by: str, reason: str, now: datetime) -> Change | NotOpen:
    """Staff end a ticket that should not be one: its clock is cancelled."""
    if not ticket.is_open:
        return NotOpen(ticket)
    now = max(now, ticket.moved)
    stopped = _closed(ticket, by, now)
    return Change(
        replace(stopped.ticket, state=State.CANCELLED),
        entries=(log.Cancelled(at=now, by=by, reason=reason), *stopped.entries),
        customer=(do.TellCancelled(), do.RefreshThread()),
        staff=(do.NoteCancelled(by=by, reason=reason), do.RefreshCard(), *stopped.staff),
        ended=stopped.ended,
    )


def merge(
    ticket: Ticket, into: Ticket, by: str, reason: str, now: datetime
) -> Change | NotOpen | CannotMerge:
    """A ticket goes on as another open one of the same account: its clock is cancelled. `took_over` is what the
    other one gets."""
    if not ticket.is_open:
        return NotOpen(ticket)
    why = _unmergeable(ticket, into)
    if why is not None:
        return CannotMerge(into.id, why)
    now = max(now, ticket.moved)
    stopped = _closed(ticket, by, now)
    return Change(
        replace(stopped.ticket, state=State.MERGED, merged_into=into.id),
        entries=(log.Merged(at=now, by=by, into=into.id, reason=reason), *stopped.entries),
        customer=(do.TellMerged(into=into.id), do.RefreshThread()),
        staff=(do.NoteMerged(by=by, into=into.id, reason=reason), do.RefreshCard(), *stopped.staff),
        ended=stopped.ended,
    )


def took_over(ticket: Ticket, merged: str, by: str, now: datetime) -> Change:
    """The record on the ticket that another one, whose id is `merged`, goes on as."""
    now = max(now, ticket.moved)
    return Change(
        replace(ticket, moved=now),
        entries=(log.TookOver(at=now, by=by, merged=merged),),
        staff=(do.NoteTookOver(by=by, merged=merged),),
    )


def _closed(ticket: Ticket, by: str, now: datetime) -> Change:
    stopped = stop_clock(ticket, by, now, cancelled=True)
    kept = replace(stopped.ticket, closed=now, snoozed_until=None, waiting=None, proposal=None)
    # The call in triage stops asking for somebody.
    calls: tuple[do.StaffEffect, ...] = () if ticket.acknowledged else (do.RefreshCall(),)
    return Change(kept, stopped.entries, staff=(*calls, *stopped.staff), ended=stopped.ended)


def _unmergeable(ticket: Ticket, into: Ticket) -> Unmergeable | None:
    if into.id == ticket.id:
        return Unmergeable.ITSELF
    if into.account != ticket.account:
        return Unmergeable.ANOTHER_ACCOUNTS
    return None if into.is_open else Unmergeable.NOT_OPEN
