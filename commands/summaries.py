"""Pulling a summary: what was kept of a period, made into figures. One account, or all that count."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from commands.ports import Histories, OutageHistories, Policies
from policy.directory import Account, Directory
from policy.outages import RecordedOutage
from policy.overviews import Overview, overview, that_count
from policy.periods import Period
from policy.summaries import Rows, Summary, summarise
from policy.versions import Release


@dataclass(frozen=True, slots=True)
class Books:
    """Where summaries are made from."""

    histories: Histories
    outages: OutageHistories
    policies: Policies
    releases: Sequence[Release]


async def pull(books: Books, account: Account, period: Period, now: datetime) -> Summary:
    """An account's summary with the change against the period before. It is there for a practice account too, which
    counts in no figures of all."""
    everybody = (await books.outages.of(None)).standing
    return await _pull(books, account, period, now, everybody)


async def pull_all(books: Books, directory: Directory, period: Period, now: datetime) -> Overview:
    """All accounts but the practice ones."""
    return await pull_these(books, that_count(directory.accounts.values()), period, now)


async def pull_these(books: Books, accounts: Iterable[Account], period: Period, now: datetime) -> Overview:
    """Some accounts, none of them for practice, one after the other: what is held at a time follows the largest."""
    everybody = (await books.outages.of(None)).standing
    summaries = [await _pull(books, account, period, now, everybody) for account in accounts]
    return overview(summaries, period, now)


async def _pull(
    books: Books, account: Account, period: Period, now: datetime, everybody: Sequence[RecordedOutage]
) -> Summary:
    before = period.before(now)
    histories = await books.histories.histories(account.key, before.start, period.end)
    own = (await books.outages.of(account.key)).standing
    rows = Rows(histories, [*own, *everybody])
    # Nobody else waits while it is being counted.
    return await asyncio.to_thread(
        summarise,
        account,
        rows,
        period,
        now,
        policy=books.policies.current,
        policy_of=books.policies.of,
        releases=books.releases,
        before=rows,
    )
