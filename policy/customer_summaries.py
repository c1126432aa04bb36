"""A summary as the customer may read it: types of its own, which have no place for what is the staff's.

Left out are internal notes, reasons that are for staff, the names of staff other than owners, what staff make of the
customer (suspicious waits, causes), and other accounts. Source: policy.md sections 4 and 7.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import msgspec

from policy.clocks import ClockKind, Lateness
from policy.duties import DutyReport
from policy.figures import Ball, Counts, Kept, Scores, Spread, Step
from policy.periods import Period
from policy.summaries import Brief, OutageTold, Summary, Uptime


class LatePromise(msgspec.Struct, frozen=True):
    """A promise that was not kept; as `policy.figures.Breach`, without who answered and why."""

    ticket: str
    title: str
    severity: str
    kind: ClockKind
    target: str
    due: datetime
    ended: datetime | None
    late: Lateness
    owner: str | None


class Reclassified(msgspec.Struct, frozen=True):
    ticket: str
    title: str
    at: datetime
    old: str
    new: str


class ReopenedTicket(msgspec.Struct, frozen=True):
    ticket: str
    title: str
    severity: str
    at: datetime


class WaitedFor(msgspec.Struct, frozen=True):
    """The customer was waited for; `until` is None while it is."""

    ticket: str
    title: str
    severity: str
    since: datetime
    until: datetime | None
    elapsed: timedelta
    paused: timedelta


class VersionOut(msgspec.Struct, frozen=True):
    ticket: str
    title: str
    version: str
    ended: date


class Standing(msgspec.Struct, frozen=True):
    """An open ticket: whose turn it is, and what comes next by when."""

    ticket: str
    title: str
    severity: str
    opened: datetime
    owner: str | None
    ball: Ball
    step: Step
    due: datetime | None
    since: datetime | None


class ContactsOf(msgspec.Struct, frozen=True):
    designated: int
    limit: int | None
    trained: int


class CustomerSummary(msgspec.Struct, frozen=True):
    """What a customer reads of its own account."""

    account: str
    name: str
    plan: str
    period: Period
    made: datetime
    opened: Counts
    resolved: Counts
    open_at_end: Counts
    response: Kept
    updates: Kept
    late: tuple[LatePromise, ...]
    acknowledge: Spread
    between_updates: Spread
    resolve: Spread
    severity_changes: tuple[Reclassified, ...]
    reopened: tuple[ReopenedTicket, ...]
    components: Counts
    waits: tuple[WaitedFor, ...]
    contacts: ContactsOf
    old_versions: tuple[VersionOut, ...]
    outages: tuple[OutageTold, ...]
    uptime: tuple[Uptime, ...]
    scores: Scores
    open_now: tuple[Standing, ...]
    before: Brief | None


class Meeting(msgspec.Struct, frozen=True):
    """A duty of the technical account manager: on which days of the period it was done, and when it is due next."""

    duty: str
    held: tuple[date, ...]
    next_due: date


def meetings_of(duties: Iterable[DutyReport]) -> tuple[Meeting, ...]:
    """What the customer may read of what became of the duties."""
    return tuple(
        Meeting(one.duty, tuple(sorted(turn.day for turn in (*one.done, *one.late))), one.next_due)
        for one in duties
    )


def for_customer(summary: Summary) -> CustomerSummary:
    """What of an account's summary its customer may read."""
    figures = summary.figures
    return CustomerSummary(
        account=summary.account,
        name=summary.name,
        plan=summary.plan,
        period=summary.period,
        made=summary.made,
        opened=figures.opened,
        resolved=figures.resolved,
        open_at_end=figures.open_at_end,
        response=figures.response,
        updates=figures.updates,
        late=tuple(
            LatePromise(
                one.ticket,
                one.title,
                one.severity,
                one.kind,
                one.target,
                one.due,
                one.ended,
                one.late,
                one.owner,
            )
            for one in figures.breaches
        ),
        acknowledge=figures.acknowledge,
        between_updates=figures.between_updates,
        resolve=figures.resolve,
        severity_changes=tuple(
            Reclassified(one.ticket, one.title, one.at, one.old, one.new) for one in figures.severity_changes
        ),
        reopened=tuple(
            ReopenedTicket(one.ticket, one.title, one.severity, one.at) for one in figures.reopened
        ),
        components=figures.components,
        waits=tuple(
            WaitedFor(one.ticket, one.title, one.severity, one.since, one.until, one.elapsed, one.paused)
            for one in figures.waits
        ),
        contacts=ContactsOf(summary.contacts.designated, summary.contacts.limit, summary.contacts.trained),
        old_versions=tuple(
            VersionOut(one.ticket, one.title, one.version, one.ended) for one in figures.old_versions
        ),
        outages=summary.outages,
        uptime=summary.uptime,
        scores=figures.scores,
        open_now=tuple(
            Standing(
                one.ticket,
                one.title,
                one.severity,
                one.opened,
                one.owner,
                one.ball,
                # That a ticket still has to be classified is for staff.
                (Step.UPDATE if one.due else Step.RESOLVE) if one.step is Step.CLASSIFY else one.step,
                one.due,
                one.since,
            )
            for one in figures.open_now
        ),
        before=summary.before,
    )
