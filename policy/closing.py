"""How a resolved ticket is closed: the customer confirms it, or nobody answers and it is confirmed by itself; then the
customer gives a score. Source: policy.md section 3.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from policy import effects as do
from policy import timeline as log
from policy.changes import Change
from policy.durations import BusinessDays
from policy.schema import Policy
from policy.support_time import calendar_of
from policy.tickets import Confirmation, Person, Score, State, Ticket

SCORES: Final = (1, 2, 3, 4, 5)
"""The scores a customer chooses from, from not at all satisfied to very satisfied."""


@dataclass(frozen=True, slots=True)
class NotResolved:
    """Only what was resolved is confirmed or reopened: it is open, or it was cancelled or merged."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class AlreadyConfirmed:
    """It is confirmed already, by somebody of the customer or by itself."""

    confirmation: Confirmation


@dataclass(frozen=True, slots=True)
class TooLateToReopen:
    """It was confirmed, and could be reopened until `until`. What happens again is a ticket of its own."""

    until: datetime


@dataclass(frozen=True, slots=True)
class NotConfirmed:
    """No score is asked for: it is not confirmed yet, or the policy asks for none."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class SameScore:
    """That is the score already."""

    score: Score


@dataclass(frozen=True, slots=True)
class NotScored:
    """There is no score to say anything about."""

    ticket: Ticket


def confirmed_by_itself_at(policy: Policy, ticket: Ticket) -> datetime | None:
    """When a resolution counts as confirmed should nobody of the customer say anything from now on; None: it does
    not wait for an answer, or the policy waits for ever. What the customer writes meanwhile starts the wait anew."""
    after = policy.closing.confirm_after
    if ticket.state is not State.RESOLVED or ticket.confirmed or ticket.resolved is None or after is None:
        return None
    since = max(ticket.resolved, ticket.replied or ticket.resolved)
    if isinstance(after, BusinessDays):
        business = policy.calendar(calendar_of(policy, policy.business_hours, ticket.region))
        return business.add_support_time(since, after.count * policy.business_day)
    return since + after


def reopened_until(policy: Policy, ticket: Ticket) -> datetime | None:
    """Until when a confirmed ticket may be reopened; None: at any time, as one that is not confirmed yet."""
    if ticket.confirmed is None or policy.closing.reopen_within is None:
        return None
    return ticket.confirmed.at + policy.closing.reopen_within


def confirm(ticket: Ticket, by: Person, now: datetime) -> Change | NotResolved | AlreadyConfirmed:
    """Somebody of the customer says that it is solved."""
    if ticket.state is not State.RESOLVED:
        return NotResolved(ticket)
    if ticket.confirmed is not None:
        return AlreadyConfirmed(ticket.confirmed)
    now = max(now, ticket.moved)
    kept = replace(ticket, confirmed=Confirmation(at=now, by=by), moved=now)
    return Change(
        kept,
        entries=(log.Confirmed(at=now, by=by),),
        customer=(*asked_again(ticket), do.RefreshThread()),
        staff=(do.NoteConfirmed(by=by), do.RefreshCard()),
    )


def confirm_unanswered(policy: Policy, ticket: Ticket, now: datetime) -> Change | None:
    """Nobody of the customer answered in time: it is confirmed by itself, without a message to anybody. None while
    there is still time."""
    at = confirmed_by_itself_at(policy, ticket)
    if at is None or now < at:
        return None
    now = max(now, ticket.moved)
    return Change(
        replace(ticket, confirmed=Confirmation(at=now), moved=now),
        entries=(log.Confirmed(at=now, by=None),),
        customer=(*asked_again(ticket), do.RefreshThread()),
        staff=(do.RefreshCard(),),
    )


def rate(
    policy: Policy, ticket: Ticket, by: Person, value: int, now: datetime
) -> Change | NotConfirmed | SameScore:
    """The customer's score, one of `SCORES`: a ticket has one, and anybody of the customer may change it."""
    if value not in SCORES:
        raise ValueError(f"{value} is not among {SCORES}")
    if not asks_for_score(policy, ticket):
        return NotConfirmed(ticket)
    before = ticket.score
    if before is not None and before.value == value:
        return SameScore(before)
    now = max(now, ticket.moved)
    comment = before.comment if before else ""
    return Change(
        replace(ticket, score=Score(value=value, by=by, at=now, comment=comment), moved=now),
        entries=(log.Scored(at=now, by=by, value=value),),
        customer=(*asked_again(ticket), do.RefreshThread()),
        staff=(do.NoteScored(by=by, value=value, before=before.value if before else None), do.RefreshCard()),
    )


def comment(ticket: Ticket, by: Person, text: str, now: datetime) -> Change | NotScored:
    """What the customer says about the score; another comment takes the place of an earlier one."""
    if ticket.score is None:
        return NotScored(ticket)
    now = max(now, ticket.moved)
    value = ticket.score.value
    return Change(
        replace(ticket, score=Score(value=value, by=by, at=now, comment=text), moved=now),
        entries=(log.Scored(at=now, by=by, value=value, comment=text),),
        customer=(*asked_again(ticket), do.RefreshThread()),
        staff=(do.NoteScored(by=by, value=value, before=value, comment=text), do.RefreshCard()),
    )


def asks_for_score(policy: Policy, ticket: Ticket) -> bool:
    return policy.closing.score and ticket.state is State.RESOLVED and ticket.confirmed is not None


def asked_again(ticket: Ticket) -> tuple[do.CustomerEffect, ...]:
    """The message that told of the resolution of `ticket`, as it was before, asks what is to be asked now."""
    by = ticket.resolved_by or ticket.owner
    return (do.RefreshResolved(by=by, text=ticket.resolution),) if by else ()
