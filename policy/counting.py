"""Counting what happened on tickets in a period.

An event counts in the period that holds its instant, half-open. A promise counts in the one in which it was met, was
cancelled or ran out, whether its ticket is still open or not. Instants are compared, nothing is rounded. Source:
policy.md section 3, "Compliance".
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from policy import figures as fig
from policy.calendars import Calendar
from policy.clocks import ClockKind, Lateness, Outcome, lateness
from policy.figures import Figures, Kept, Scores, Spread, Step
from policy.periods import Period
from policy.schema import Policy
from policy.standing import Standing, standing
from policy.support_time import promise
from policy.tickets import Ticket
from policy.tracks import Run, Track
from policy.versions import ConsultativeOnly, Release, opened_on, version_support

_NOTHING: Final = timedelta()

PolicyOf = Callable[[str], Policy]
"""The policy of that version, under which a ticket was opened."""


class Counting:
    """What is counted of tickets, for one period, as it stands at `now`. Figures come from the policy that each ticket
    was opened under; `releases` are the vendor's."""

    def __init__(
        self, period: Period, now: datetime, policy_of: PolicyOf, releases: Sequence[Release]
    ) -> None:
        self.period = period
        self.now = now
        self.until = period.until(now)
        self.policy_of = policy_of
        self.releases = releases
        self._desks: dict[tuple[str | bool | None, ...], Calendar] = {}

    def figures(self, tracks: Sequence[Track]) -> Figures:
        holds, end = self.period.holds, self.period.end
        born = [one for one in tracks if holds(one.ticket.opened)]
        solved = [(one, entry) for one in tracks for entry in one.resolved if holds(entry.at)]
        runs = [(one, run) for one in tracks for run in one.runs]
        answered = [
            (one, run)
            for one, run in runs
            if run.ended is not None and holds(run.ended) and run.outcome is not Outcome.CANCELLED
        ]
        now_open = [one for one in tracks if one.ticket.is_open]
        promises = [(one, self._stands(one)) for one in now_open]
        return Figures(
            opened=Counter(one.opened_as for one in born),
            resolved=Counter(one.severity_at(entry.at) for one, entry in solved),
            open_at_end=Counter(
                one.severity_at(_just_before(end)) for one in tracks if one.is_open_before(end)
            ),
            ended_otherwise=sum(holds(entry.at) for one in tracks for entry in one.closed),
            response=self._kept(run for _, run in runs if run.kind is ClockKind.RESPONSE),
            updates=self._kept(run for _, run in runs if run.kind is ClockKind.UPDATE),
            breaches=tuple(sorted(self._breaches(runs), key=lambda one: (one.due, one.ticket))),
            acknowledge=_spread(
                self._took(one, run) for one, run in answered if run.kind is ClockKind.RESPONSE
            ),
            between_updates=_spread(
                self._took(one, run) for one, run in answered if run.kind is ClockKind.UPDATE
            ),
            resolve=_spread(
                self._desk(one, one.severity_at(entry.at)).support_time_between(one.reported, entry.at)
                for one, entry in solved
            ),
            silences=fig.longest(silence for one in tracks for silence in self._silences(one)),
            at_risk=_by_due(one for _, (stands, one) in promises if stands is Standing.AT_RISK and one),
            overdue=_by_due(
                one for _, (stands, one) in promises if stands in {Standing.DUE, Standing.BREACHED} and one
            ),
            severity_changes=tuple(
                fig.SeverityChange(
                    one.ticket.id, one.ticket.title, entry.at, entry.old, entry.new, entry.by, entry.reason
                )
                for one in tracks
                for entry in one.changes
                if holds(entry.at)
            ),
            reopened=tuple(
                fig.Again(
                    one.ticket.id,
                    one.ticket.title,
                    one.severity_at(entry.at),
                    entry.at,
                    entry.by,
                    entry.reason,
                )
                for one in tracks
                for entry in one.reopened
                if holds(entry.at)
            ),
            escalations=sum(holds(entry.at) for one in tracks for entry in one.escalated),
            asked=sum(holds(entry.at) for one in tracks for entry in one.asked),
            causes=Counter(entry.cause or "" for _, entry in solved),
            components=Counter(one.ticket.component or "" for one in born),
            waits=tuple(wait for one in tracks for wait in self._waits(one)),
            old_versions=tuple(version for one in born for version in self._old_version(one.ticket)),
            scores=Scores(
                Counter(
                    one.ticket.score.value
                    for one in tracks
                    if one.scored and one.ticket.score and holds(one.scored)
                )
            ),
            open_now=tuple(self._open_now(one) for one in now_open),
        )

    # -- promises

    def kept(self, tracks: Sequence[Track]) -> tuple[Kept, Kept]:
        """How first responses and updates were kept: those two of the figures alone."""
        runs = [run for one in tracks for run in one.runs]
        response = self._kept(run for run in runs if run.kind is ClockKind.RESPONSE)
        return response, self._kept(run for run in runs if run.kind is ClockKind.UPDATE)

    def _kept(self, runs: Iterable[Run]) -> Kept:
        end, count = self.period.end, Counter[str]()
        for run in runs:
            judged = run.judged(self.now)
            if judged is not None and self.period.holds(judged[0]):
                count[judged[1]] += 1
            elif run.started < end and (judged is None or judged[0] >= end):
                still = any(start < end and (over is None or over >= end) for start, over in run.pauses)
                count["paused" if still else "running"] += 1
        return Kept(**count)

    def _breaches(self, runs: Iterable[tuple[Track, Run]]) -> Iterator[fig.Breach]:
        for one, run in runs:
            judged = run.judged(self.now)
            if judged is None or judged[1] is not Outcome.BREACHED or not self.period.holds(judged[0]):
                continue
            yield fig.Breach(
                ticket=one.ticket.id,
                title=one.ticket.title,
                severity=run.severity,
                kind=run.kind,
                target=run.target,
                due=run.due,
                ended=run.ended,
                late=self._late(one, run),
                owner=one.owner_at(run.due),
                by=run.by,
                reason=one.reasons.get((run.kind, run.started)),
            )

    def _late(self, one: Track, run: Run) -> Lateness:
        until = run.ended or self.now
        support = self._calendar(one, run.calendar).support_time_between(run.due, until)
        return Lateness(support=support, elapsed=until - run.due)

    def _took(self, one: Track, run: Run) -> timedelta:
        """How long it ran, in its own support time, less what it stood still."""
        calendar, ended = self._calendar(one, run.calendar), run.ended or self.now
        still = (calendar.support_time_between(start, over or ended) for start, over in run.pauses)
        return calendar.support_time_between(run.started, ended) - sum(still, _NOTHING)

    def _stands(self, one: Track) -> tuple[Standing | None, fig.Promise | None]:
        ticket = one.ticket
        if ticket.clock is None:
            return None, None
        policy = self.policy_of(ticket.policy)
        told = fig.Promise(
            ticket=ticket.id,
            title=ticket.title,
            severity=ticket.severity,
            kind=ticket.clock.kind,
            due=ticket.clock.due,
            owner=ticket.owner,
            late=lateness(policy, ticket.clock, self.now),
        )
        return standing(policy, ticket.clock, max(self.now, ticket.moved)), told

    # -- silence and waiting

    def _silences(self, one: Track) -> Iterator[fig.Silence]:
        """Each stretch in which nothing was heard of it, as far as it reaches into the period."""
        desk: Calendar | None = None
        for start, over in one.spans:
            begun = min(start, one.reported) if start == one.ticket.opened else start
            last = min(over or self.now, self.until)
            points = [begun, *(at for at in one.heard if start < at < last), last]
            for since, heard in pairwise(points):
                if heard <= self.period.start or since >= heard:
                    continue
                severity = one.severity_at(heard)
                desk = self._desk(one, severity)
                waited = sum(
                    (
                        desk.support_time_between(first, end)
                        for wait in one.waits
                        for first, end in _overlap(wait.since, wait.until or self.now, since, heard)
                    ),
                    _NOTHING,
                )
                support = desk.support_time_between(since, heard) - waited
                yield fig.Silence(one.ticket.id, one.ticket.title, severity, since, heard, support)

    def _waits(self, one: Track) -> Iterator[fig.Waited]:
        for wait in one.waits:
            for start, end in _overlap(wait.since, wait.until or self.now, self.period.start, self.until):
                paused = sum(
                    (
                        self._calendar(one, run.calendar).support_time_between(first, last)
                        for run in one.runs
                        for since, over in run.pauses
                        for first, last in _overlap(since, over or self.now, start, end)
                    ),
                    _NOTHING,
                )
                yield fig.Waited(
                    ticket=one.ticket.id,
                    title=one.ticket.title,
                    severity=one.severity_at(wait.since),
                    since=wait.since,
                    until=wait.until,
                    elapsed=end - start,
                    paused=paused,
                    suspicious=wait.unasked,
                    by=wait.by,
                    reason=wait.reason,
                )

    # -- the tickets themselves

    def _open_now(self, one: Track) -> fig.OpenTicket:
        ticket = one.ticket
        step = next_step(one)
        running = ticket.clock if ticket.clock and ticket.clock.pause is None else None
        return fig.OpenTicket(
            ticket=ticket.id,
            title=ticket.title,
            severity=ticket.severity,
            opened=ticket.opened,
            owner=ticket.owner,
            ball=step.ball,
            step=step,
            due=running.due if running else None,
            since=ticket.waiting.since if ticket.waiting else None,
        )

    def _old_version(self, ticket: Ticket) -> Iterator[fig.OldVersion]:
        policy = self.policy_of(ticket.policy)
        on = opened_on(ticket.opened, policy.regions[ticket.region].tz)
        support = version_support(policy.versions, self.releases, ticket.product_version, on)
        if isinstance(support, ConsultativeOnly):
            version = ticket.product_version or support.release.version
            yield fig.OldVersion(ticket.id, ticket.title, version, support.ended)

    def _calendar(self, one: Track, name: str) -> Calendar:
        return self.policy_of(one.ticket.policy).calendar(name)

    def _desk(self, one: Track, severity: str) -> Calendar:
        """When support is open for the ticket at a severity."""
        ticket = one.ticket
        # The account's own targets are no part of it; what is, most tickets share.
        terms = (ticket.policy, ticket.plan, ticket.region, ticket.production, ticket.hours, severity)
        if terms not in self._desks:
            policy = self.policy_of(ticket.policy)
            promised = promise(policy, ticket.coverage, policy.severity(severity))
            self._desks[terms] = policy.calendar(promised.calendar)
        return self._desks[terms]


def next_step(one: Track) -> Step:
    """What comes next on an open ticket."""
    ticket = one.ticket
    if ticket.waiting is not None:
        return Step.CUSTOMER_ANSWERS
    if ticket.acknowledged is None:
        return Step.ACKNOWLEDGE
    if ticket.needs_classification:
        return Step.CLASSIFY
    if one.spoke and (not one.heard or one.spoke[-1] > one.heard[-1]):
        return Step.ANSWER
    if ticket.proposal is not None:
        return Step.CUSTOMER_AGREES
    return Step.UPDATE if ticket.clock is not None else Step.RESOLVE


def _overlap(
    start: datetime, end: datetime, first: datetime, last: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """What of `[start, end)` lies in `[first, last)`; nothing when it is empty."""
    begun, over = max(start, first), min(end, last)
    if begun < over:
        yield begun, over


def _spread(values: Iterable[timedelta]) -> Spread:
    return Spread(tuple(sorted(values)))


def _by_due(promises: Iterable[fig.Promise]) -> tuple[fig.Promise, ...]:
    return tuple(sorted(promises, key=lambda one: (one.due, one.ticket)))


def _just_before(at: datetime) -> datetime:
    return at - timedelta(microseconds=1)
