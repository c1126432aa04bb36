"""The files of `supportbot summary`: the rows as CSV, the chart as a picture, the report."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from slack_sdk.web.async_client import AsyncWebClient

from bot.drawing import REPORTED, Form, drawn
from bot.people import names_of, people_in
from bot.settings import Settings
from bot.slack import Slack
from bot.summary_csv import as_csv
from commands.ports import DutyHistories
from commands.summaries import Books
from commands.text import text
from commands.trends import pull_all_weeks, pull_duties, pull_weeks
from commands.views.chart import Chart, alternative, chart_of
from commands.views.report import Report, report_page
from policy.customer_summaries import CustomerSummary, for_customer, meetings_of
from policy.directory import Directory
from policy.overviews import Overview
from policy.schema import Language
from policy.summaries import Summary

Found = Summary | CustomerSummary | Overview


@dataclass(frozen=True, slots=True)
class Files:
    """What is to be written where (None: not asked for). A report is of one account."""

    csv: Path | None = None
    chart: Path | None = None
    html: Path | None = None


@dataclass(frozen=True, slots=True)
class Making:
    """What files are made with."""

    settings: Settings
    books: Books
    duties: DutyHistories
    directory: Directory
    now: datetime
    language: Language


async def write_files(files: Files, found: Found, making: Making) -> list[str]:
    """Write them; a line about each. Raises OSError and the store's errors."""
    told = []
    if files.csv is not None:
        files.csv.write_bytes(as_csv(found))
        told.append(f"{files.csv}: the rows, as CSV")
    if files.chart is None and files.html is None:
        return told
    chart = await _chart(found, making)
    if files.chart is not None:
        files.chart.write_bytes(drawn(chart, Form.PNG))
        told.append(f"{files.chart}: {alternative(text(making.language), chart)}")
    if files.html is not None and not isinstance(found, Overview):
        files.html.write_text(await _report(found, chart, making), encoding="utf-8")
        told.append(f"{files.html}: the report{', internal' if isinstance(found, Summary) else ''}")
    return told


async def _chart(found: Found, making: Making) -> Chart:
    books, period, now = making.books, found.period, making.now
    if isinstance(found, Overview):
        weeks = await pull_all_weeks(books, making.directory, period, now)
    else:
        weeks = await pull_weeks(books, making.directory.accounts[found.account], period, now)
    return chart_of(text(making.language), books.policies.current, found, weeks)


async def _report(found: Summary | CustomerSummary, chart: Chart, making: Making) -> str:
    staff = found if isinstance(found, Summary) else None
    customer = found if isinstance(found, CustomerSummary) else for_customer(found)
    account = making.directory.accounts[customer.account]
    names = await names_of(people_in(customer, staff), account, _slack(making.settings))
    duties = await pull_duties(making.books, making.duties, account, found.period, making.now)
    return report_page(
        Report(
            text=text(making.language),
            policy=making.books.policies.current,
            customer=customer,
            staff=staff,
            chart=chart,
            pictures={part.value: drawn(chart, part) for part in REPORTED},
            person=lambda user: names.get(user, user),
            vendor=making.settings.vendor.named,
            meetings=meetings_of(duties),
            duties=duties if staff else (),
        )
    )


def _slack(settings: Settings) -> Slack | None:
    """Slack, to ask for names; None without a token."""
    if not settings.environment.slack_bot_token:
        return None
    client = AsyncWebClient(
        token=settings.environment.slack_bot_token,
        base_url=settings.environment.api_url,
        timeout=max(1, round(settings.worker.slack_timeout_s)),
        retry_handlers=[],
    )
    return Slack(client)
