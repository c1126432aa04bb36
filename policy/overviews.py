"""All accounts at once: the sum of their figures, and which of them want a look, the worst first.

Practice accounts count nowhere. Source: policy.md section 7.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce
from operator import add
from typing import Any

import msgspec

from policy.directory import Account
from policy.figures import Figures, together
from policy.periods import Period
from policy.summaries import Brief, Summary


class Health(StrEnum):
    """How an account stands."""

    ATTENTION = "attention"
    """A promise was not kept in the period, is late or at risk now; or the customer has been waited for too long."""
    OK = "ok"
    QUIET = "quiet"
    """Nothing happened in the period, and nothing is open: said by name, so that silence is not taken for a fault."""


class Overview(msgspec.Struct, frozen=True):
    """Every account that counts, the worst first, and the sum of their figures."""

    period: Period
    made: datetime
    accounts: tuple[Summary, ...]
    total: Figures
    before: Brief | None = None

    def of(self, health: Health) -> tuple[Summary, ...]:
        """The accounts that stand so, the worst first."""
        return tuple(one for one in self.accounts if health_of(one) is health)


def overview(summaries: Iterable[Summary], period: Period, now: datetime) -> Overview:
    """Of accounts that are no practice accounts, all for the same period."""
    ranked = tuple(sorted(summaries, key=_rank))
    briefs = [one.before for one in ranked if one.before is not None]
    return Overview(
        period=period,
        made=now,
        accounts=ranked,
        total=together(one.figures for one in ranked),
        before=reduce(add, briefs) if briefs else None,
    )


def health_of(summary: Summary) -> Health:
    figures = summary.figures
    if figures.breaches or figures.overdue or figures.at_risk or summary.long_waits:
        return Health.ATTENTION
    happened: tuple[Any, ...] = (
        figures.opened,
        figures.resolved,
        figures.open_at_end,
        figures.open_now,
        figures.ended_otherwise,
        figures.reopened,
        figures.waits,
        figures.response.judged + figures.response.cancelled,
        figures.updates.judged + figures.updates.cancelled,
        figures.scores.count,
        summary.outages,
    )
    return Health.OK if any(happened) else Health.QUIET


def that_count(accounts: Iterable[Account]) -> list[Account]:
    """Those of the accounts that stand in summaries: practice accounts do not."""
    return [account for account in accounts if not account.practice]


def _rank(summary: Summary) -> tuple[Any, ...]:
    """Late now before late in the period before at risk; then by how late, and by name."""
    figures = summary.figures
    late = sum((one.late.support for one in figures.breaches), timedelta())
    order = (Health.ATTENTION, Health.OK, Health.QUIET)
    return (
        order.index(health_of(summary)),
        -len(figures.overdue),
        -len(figures.breaches),
        -late,
        -len(figures.at_risk),
        -len(summary.long_waits),
        summary.account,
    )
