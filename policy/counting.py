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

from msgspec.structs import replace

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

_Judged = list[tuple[Track, Run, tuple[datetime, Outcome] | None]]
"""Runs of clocks, with when and how each was judged."""

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
        """All of them."""
        tracks = [one for one in tracks if one.ticket.is_open or self._touches(one)]
        holds = self.period.holds
        judged = self._judged(tracks)
        born = [one for one in tracks if holds(one.ticket.opened)]
        solved = [(one, entry) for one in tracks for entry in one.resolved if holds(entry.at)]
        now_open = [one for one in tracks if one.ticket.is_open]
        promises = [(one, self._stands(one)) for one in now_open]
        return replace(
            self._main(tracks, judged),
            ended_otherwise=sum(holds(entry.at) for one in tracks for entry in one.closed),
            breaches=tuple(sorted(self._breaches(judged), key=lambda one: (one.due, one.ticket))),
            between_updates=self._answers(tracks, ClockKind.UPDATE),
            silences=self._silences(tracks),
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

    def main(self, tracks: Sequence[Track]) -> Figures:
        """Those alone that a brief is made of (policy/summaries.py)."""
        tracks = [one for one in tracks if self._touches(one)]
        return self._main(tracks, self._judged(tracks))

    def _main(self, tracks: Sequence[Track], judged: _Judged) -> Figures:
        holds, end = self.period.holds, self.period.end
        solved = [(one, entry) for one in tracks for entry in one.resolved if holds(entry.at)]
        return Figures(
            opened=Counter(one.opened_as for one in tracks if holds(one.ticket.opened)),
            resolved=Counter(one.severity_at(entry.at) for one, entry in solved),
            open_at_end=Counter(
                one.severity_at(_just_before(end)) for one in tracks if one.is_open_before(end)
            ),
            response=self._kept(judged, ClockKind.RESPONSE),
            updates=self._kept(judged, ClockKind.UPDATE),
            acknowledge=self._answers(tracks, ClockKind.RESPONSE),
            resolve=_spread(
                self._desk(one, one.severity_at(entry.at)).support_time_between(one.reported, entry.at)
                for one, entry in solved
            ),
        )

    def _touches(self, one: Track) -> bool:
        """Whether anything of it can count in the period."""
        begun = min(one.reported, one.ticket.opened)
        return begun < self.period.end and (one.ticket.is_open or one.last >= self.period.start)

    # -- promises

    def kept(self, tracks: Sequence[Track]) -> tuple[Kept, Kept]:
        """How first responses and updates were kept: those two of the figures alone."""
        judged = self._judged([one for one in tracks if self._touches(one)])
        return self._kept(judged, ClockKind.RESPONSE), self._kept(judged, ClockKind.UPDATE)

    def _judged(self, tracks: Sequence[Track]) -> _Judged:
        return [(one, run, run.judged(self.now)) for one in tracks for run in one.runs]

    def _kept(self, judged: _Judged, kind: ClockKind) -> Kept:
        start, end = self.period.start, self.period.end
        count = Counter[str]()
        for _, run, verdict in judged:
            if run.kind is not kind:
                continue
            if verdict is not None and verdict[0] < end:
                if verdict[0] >= start:
                    count[verdict[1]] += 1
            elif run.started < end:
                still = any(begun < end and (over is None or over >= end) for begun, over in run.pauses)
                count["paused" if still else "running"] += 1
        return Kept(**count)

    def _breaches(self, judged: _Judged) -> Iterator[fig.Breach]:
        for one, run, verdict in judged:
            if verdict is None or verdict[1] is not Outcome.BREACHED or not self.period.holds(verdict[0]):
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

    def _answers(self, tracks: Sequence[Track], kind: ClockKind) -> Spread:
        """How long the clocks of a kind took that were answered in the period."""
        return _spread(
            self._took(one, run)
            for one in tracks
            for run in one.runs
            if run.kind is kind
            and run.ended is not None
            and run.outcome is not Outcome.CANCELLED
            and self.period.holds(run.ended)
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

    def _silences(self, tracks: Sequence[Track]) -> tuple[fig.Silence, ...]:
        """The longest of each severity. The support time of a stretch is no longer than the stretch: those that are
        too short are not looked at."""
        stretches = [stretch for one in tracks for stretch in self._unheard(one)]
        stretches.sort(key=lambda stretch: stretch[0] - stretch[1])
        best: dict[str, list[fig.Silence]] = {}
        for since, heard, severity, one in stretches:
            known = best.setdefault(severity, [])
            if not known or heard - since >= known[0].support:
                known[:] = fig.longest([*known, self._silence(one, severity, since, heard)])
        return fig.longest(silence for known in best.values() for silence in known)

    def _unheard(self, one: Track) -> Iterator[tuple[datetime, datetime, str, Track]]:
        """Each stretch in which nothing was heard of it, as far as it reaches into the period; with its severity."""
        for start, over in one.spans:
            begun = min(start, one.reported) if start == one.ticket.opened else start
            last = min(over or self.now, self.until)
            if last <= self.period.start:
                continue
            points = [begun, *(at for at in one.heard if start < at < last), last]
            for since, heard in pairwise(points):
                if heard > self.period.start and since < heard:
                    yield since, heard, one.severity_at(heard), one

    def _silence(self, one: Track, severity: str, since: datetime, heard: datetime) -> fig.Silence:
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
        return fig.Silence(one.ticket.id, one.ticket.title, severity, since, heard, support)

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
