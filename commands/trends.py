"""Pulling what a chart and a report show beside a summary: how promises were kept in the eight weeks up to it, and
what became of the TAM's duties in it."""

from datetime import datetime, timedelta

from commands.ports import DutyHistories
from commands.summaries import Books
from policy.directory import Account, Directory
from policy.duties import DutyReport, duty_report
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


async def pull_duties(
    books: Books, histories: DutyHistories, account: Account, period: Period, now: datetime
) -> list[DutyReport]:
    """What became of the duties for an account in a period; none for one without a TAM's service."""
    end = period.last_day + timedelta(days=1)
    today = now.astimezone(period.tz).date()
    history = await histories.of(account.key)
    return duty_report(books.policies.current.duties, account, history, period.first_day, end, today)
