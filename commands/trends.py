"""Pulling what a chart shows beside a summary: how promises were kept in the eight weeks up to it."""

from datetime import datetime

from commands.summaries import Books
from policy.directory import Account, Directory
from policy.overviews import that_count
from policy.periods import Period
from policy.trends import Week, all_weeks, week_by_week, weeks_until


async def pull_weeks(books: Books, account: Account, period: Period, now: datetime) -> tuple[Week, ...]:
    """An account's weeks, the oldest first."""
    weeks = weeks_until(period, now)
    histories = await books.histories.histories(account.key, weeks[0].start, weeks[-1].end)
    return week_by_week(histories, weeks, now, books.policies.of)


async def pull_all_weeks(
    books: Books, directory: Directory, period: Period, now: datetime
) -> tuple[Week, ...]:
    """The weeks of all accounts but the practice ones, summed; none where there is no account. One account is read
    after the other."""
    accounts = that_count(directory.accounts.values())
    return all_weeks([await pull_weeks(books, account, period, now) for account in accounts])
