"""The files of `supportbot summary`: CSV, and the chart as a picture."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.drawing import Form, drawn
from bot.summary_csv import as_csv
from commands.summaries import Books
from commands.text import text
from commands.trends import pull_all_weeks, pull_weeks
from commands.views.chart import alternative, chart_of
from policy.customer_summaries import CustomerSummary
from policy.directory import Directory
from policy.overviews import Overview
from policy.schema import Language
from policy.summaries import Summary


@dataclass(frozen=True, slots=True)
class Files:
    """What is to be written where (None: not asked for)."""

    csv: Path | None = None
    chart: Path | None = None


async def write_files(
    files: Files,
    found: Summary | CustomerSummary | Overview,
    books: Books,
    directory: Directory,
    now: datetime,
    language: Language,
) -> list[str]:
    """Write them; a line about each. Raises OSError and the store's errors."""
    told = []
    if files.csv is not None:
        files.csv.write_bytes(as_csv(found))
        told.append(f"{files.csv}: the rows, as CSV")
    if files.chart is not None:
        if isinstance(found, Overview):
            weeks = await pull_all_weeks(books, directory, found.period, now)
        else:
            weeks = await pull_weeks(books, directory.accounts[found.account], found.period, now)
        said = text(language)
        chart = chart_of(said, books.policies.current, found, weeks)
        files.chart.write_bytes(drawn(chart, Form.PNG))
        told.append(f"{files.chart}: {alternative(said, chart)}")
    return told
