"""The summary of an account for a period: its tickets and outages in, figures out.

Sources: policy.md sections 3, 6 and 7.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from policy.contacts import contact_limit
from policy.counting import Counting, PolicyOf
from policy.directory import Account
from policy.figures import Figures, Kept, Spread
from policy.histories import History
from policy.outages import RecordedOutage
from policy.periods import Period
from policy.schema import Policy
from policy.tracks import Track, track
from policy.uptime import Month, UptimeEstimate, month_uptime
from policy.versions import Release


class Contacts(msgspec.Struct, frozen=True):
    """The contacts that an account has designated, of how many (None: any number), and how many had training. `opened`
    counts the tickets of the period that somebody else opened."""

    designated: int
    limit: int | None
    trained: int
    opened_by_others: int


class Uptime(msgspec.Struct, frozen=True):
    """A month (UTC) of the guarantee as far as outages are recorded: an estimate. Percentages as text, exact or
    rounded down (policy/uptime.py). `is_over`: the whole month was judged."""

    month: str
    is_over: bool
    downtime: timedelta
    uptime_percent: str
    guarantee_percent: str
    is_met: bool
    credit_percent: str


class OutageTold(msgspec.Struct, frozen=True):
    """A recorded outage that touches the period; `end` is None while it lasts."""

    id: str
    component: str
    start: datetime
    end: datetime | None
    announced_maintenance: bool


class Brief(msgspec.Struct, frozen=True):
    """The figures of the period before, of which the change is told."""

    period: Period
    opened: int
    resolved: int
    open_at_end: int
    response: Kept
    updates: Kept
    acknowledge: Spread
    resolve: Spread

    def __add__(self, other: "Brief") -> "Brief":
        """Of two accounts, for the same period."""
        names = (name for name in self.__struct_fields__ if name != "period")
        return Brief(self.period, *(getattr(self, name) + getattr(other, name) for name in names))


class Summary(msgspec.Struct, frozen=True):
    """An account's summary, for staff. `made` is the instant that "now" speaks of. `uptime` is empty where the plan has
    no guarantee; `before` None where nobody asked for the period before. `long_waits`: the open
    tickets whose customers have been waited for for too long, by the policy."""

    account: str
    name: str
    plan: str
    period: Period
    made: datetime
    figures: Figures
    contacts: Contacts
    outages: tuple[OutageTold, ...]
    uptime: tuple[Uptime, ...]
    long_waits: tuple[str, ...] = ()
    before: Brief | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """What was kept of an account: tickets that were open or changed in the period (others do no harm), all that are
    open now, and its outages with everybody's."""

    histories: Sequence[History]
    outages: Sequence[RecordedOutage] = ()


def summarise(
    account: Account,
    rows: Rows,
    period: Period,
    now: datetime,
    *,
    policy: Policy,
    policy_of: PolicyOf,
    releases: Sequence[Release] = (),
    before: Rows | None = None,
) -> Summary:
    """The summary of an account. `policy` is today's, `before` what was kept of the period before (None: leave the
    change out); figures come from the policy that each ticket was opened under."""
    tracks = [track(history) for history in rows.histories]
    earlier = None
    if before is not None:
        earlier = tracks if before is rows else [track(history) for history in before.histories]
    counted = Counting(period, now, policy_of, releases).figures(tracks)
    return Summary(
        account=account.key,
        name=account.name,
        plan=account.plan,
        period=period,
        made=now,
        figures=counted,
        contacts=_contacts(account, policy, tracks, period),
        outages=tuple(_outages(rows.outages, period)),
        uptime=tuple(_uptime(account, policy, rows.outages, period, now)),
        long_waits=tuple(_long_waits(counted, policy.summaries.long_wait, now)),
        before=_brief(earlier, period.before(now), now, policy_of) if earlier is not None else None,
    )


def brief(figures: Figures, period: Period) -> Brief:
    return Brief(
        period=period,
        opened=sum(figures.opened.values()),
        resolved=sum(figures.resolved.values()),
        open_at_end=sum(figures.open_at_end.values()),
        response=figures.response,
        updates=figures.updates,
        acknowledge=figures.acknowledge,
        resolve=figures.resolve,
    )


def _brief(tracks: Sequence[Track], period: Period, now: datetime, policy_of: PolicyOf) -> Brief:
    return brief(Counting(period, now, policy_of, ()).main(tracks), period)


def _long_waits(figures: Figures, long: timedelta | None, now: datetime) -> Iterator[str]:
    for one in figures.open_now:
        if long is not None and one.since is not None and now - one.since >= long:
            yield one.ticket


def _contacts(account: Account, policy: Policy, tracks: Iterable[Track], period: Period) -> Contacts:
    others = (one.ticket.not_contact for one in tracks if period.holds(one.ticket.opened))
    return Contacts(
        designated=len(account.contacts),
        limit=contact_limit(policy, account),
        trained=sum(contact.trained for contact in account.contacts),
        opened_by_others=sum(others),
    )


def _outages(outages: Iterable[RecordedOutage], period: Period) -> Iterator[OutageTold]:
    for one in sorted(outages, key=lambda one: (one.outage.start, one.id)):
        out = one.outage
        if one.withdrawn is None and out.start < period.end and (out.end is None or out.end > period.start):
            yield OutageTold(one.id, out.component, out.start, out.end, out.announced_maintenance)


def _uptime(
    account: Account, policy: Policy, outages: Sequence[RecordedOutage], period: Period, now: datetime
) -> Iterator[Uptime]:
    """The months (UTC) that the period touches, as far as they have passed."""
    guarantee = policy.uptime
    if guarantee is None or not policy.plans[account.plan].uptime:
        return
    counting = [one.outage for one in outages if one.withdrawn is None]
    month, until = Month.of(period.start), period.until(now)
    while month.start < until:
        found: UptimeEstimate = month_uptime(guarantee, month, counting, now)
        yield Uptime(
            month=str(month),
            is_over=found.is_over,
            downtime=found.downtime,
            uptime_percent=found.uptime_percent,
            guarantee_percent=guarantee.percent,
            is_met=found.is_guarantee_met,
            credit_percent=found.credit_percent,
        )
        month = Month.of(month.end)
