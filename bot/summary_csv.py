"""Figures as CSV, a row for each thing that was counted: docs/summaries.md names the columns, which stay as they are.

For spreadsheets, and so with the mark by which Excel knows UTF-8 and without which it reads Japanese as gibberish. What
people typed cannot be run there: a text that begins as a formula does gets an apostrophe in front.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import msgspec

from bot.summary_json import seconds
from policy.clocks import Lateness
from policy.customer_summaries import CustomerSummary
from policy.figures import Counts, Kept, OpenTicket, Spread, Waited
from policy.overviews import Overview
from policy.summaries import Summary

COLUMNS: Final = (
    "account",
    "name",
    "from",
    "to",
    "zone",
    "row",
    "key",
    "count",
    "met",
    "breached",
    "running",
    "paused",
    "cancelled",
    "minutes",
    "elapsed_minutes",
    "ticket",
    "severity",
    "title",
    "target",
    "start",
    "due",
    "end",
    "owner",
    "by",
    "note",
)

Row = dict[str, Any]

_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""How a formula begins: Japanese versions take the wide signs for them too."""

_COLUMN_OF: Final[Mapping[str, str]] = {
    **{name: name for name in ("ticket", "severity", "title", "target", "due", "owner", "by")},
    **dict.fromkeys(("since", "opened", "at", "start"), "start"),
    **dict.fromkeys(("ended", "until", "end"), "end"),
    **dict.fromkeys(("paused", "support", "downtime"), "minutes"),
    "elapsed": "elapsed_minutes",
    "reason": "note",
    **dict.fromkeys(("kind", "version", "component"), "key"),
}
"""Where a field of the figures stands; what is not named here has words of its own below, or no place."""


def as_csv(found: Summary | CustomerSummary | Overview) -> bytes:
    """The file: UTF-8 with a byte order mark, lines that end as RFC 4180 has them."""
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for one in found.accounts if isinstance(found, Overview) else (found,):
        zone = one.period.tz
        head: Row = {
            "account": one.account,
            "name": one.name,
            "from": one.period.start,
            "to": one.period.end,
            "zone": one.period.zone,
        }
        for row in _rows(one):
            writer.writerow({name: _cell(value, zone) for name, value in (head | row).items()})
    return file.getvalue().encode("utf-8-sig")


def _rows(summary: Summary | CustomerSummary) -> Iterator[Row]:
    """Staff and customers: what the customer's types have no place for is no row, and no cell, of the customer's."""
    # The customer's figures stand on the summary itself.
    has: Any = summary if isinstance(summary, CustomerSummary) else summary.figures
    for name in ("opened", "resolved", "open_at_end"):
        yield from ({**row, "severity": row["key"]} for row in _counts(name, getattr(has, name)))
    for name in ("ended_otherwise", "escalations", "asked"):
        if (count := getattr(has, name, None)) is not None:
            yield {"row": name, "count": count}
    yield _kept("response", has.response)
    yield _kept("updates", has.updates)
    for name in ("acknowledge", "between_updates", "resolve"):
        yield from _spread(name, getattr(has, name))
    late = has.late if isinstance(summary, CustomerSummary) else has.breaches
    yield from _each("breach", late)
    for name in ("at_risk", "overdue", "silences"):
        yield from _each(name, getattr(has, name, ()))
    for change in has.severity_changes:
        yield {**_fields(change), "row": "severity_change", "key": f"{change.old} to {change.new}"}
    yield from _each("reopened", has.reopened)
    yield from (_waited(wait) for wait in has.waits)
    yield from _counts("cause", getattr(has, "causes", {}))
    yield from _counts("component", has.components)
    yield from _each("old_version", has.old_versions)
    yield from _counts("score", {str(score): count for score, count in has.scores.given.items()})
    yield from (_open(ticket) for ticket in has.open_now)
    yield from _of_the_account(summary)


def _of_the_account(summary: Summary | CustomerSummary) -> Iterator[Row]:
    contacts = summary.contacts
    yield {"row": "contacts", "key": "designated", "count": contacts.designated}
    yield {"row": "contacts", "key": "trained", "count": contacts.trained}
    if contacts.limit is not None:
        yield {"row": "contacts", "key": "limit", "count": contacts.limit}
    for outage in summary.outages:
        kind = "maintenance" if outage.announced_maintenance else "outage"
        yield {**_fields(outage), "row": kind, "note": outage.id}
    for month in summary.uptime:
        judged = "met" if month.is_met else "missed"
        told = (
            f"{month.uptime_percent}% of {month.guarantee_percent}%: {judged}; credit {month.credit_percent}%"
        )
        so_far = "" if month.is_over else ", so far"
        note = f"estimate{so_far}: {told}"
        yield {"row": "uptime", "key": month.month, "minutes": month.downtime, "note": note}


def _counts(row: str, counts: Counts) -> Iterator[Row]:
    for key in sorted(counts):
        yield {"row": row, "key": key, "count": counts[key]}


def _kept(row: str, kept: Kept) -> Row:
    return {"row": row, **msgspec.structs.asdict(kept)}


def _spread(row: str, spread: Spread) -> Iterator[Row]:
    yield {"row": row, "key": "median", "count": spread.count, "minutes": spread.median}
    yield {"row": row, "key": "p90", "count": spread.count, "minutes": spread.p90}


def _each(row: str, every: Iterable[msgspec.Struct]) -> Iterator[Row]:
    for one in every:
        yield {**_fields(one), "row": row.removesuffix("s") if row == "silences" else row}


def _waited(wait: Waited | msgspec.Struct) -> Row:
    suspicious = getattr(wait, "suspicious", False)
    return {**_fields(wait), "row": "wait", "key": "customer had answered" if suspicious else ""}


def _open(ticket: OpenTicket | msgspec.Struct) -> Row:
    """`end` is empty; since when the customer has been waited for stands in a row of its own."""
    one = cast(OpenTicket, ticket)
    fields = {name: value for name, value in _fields(one).items() if name != "start"}
    return {**fields, "row": "open", "start": one.opened, "key": f"{one.ball.value}: {one.step.value}"}


def _fields(one: msgspec.Struct) -> Row:
    found: Row = {}
    for name in one.__struct_fields__:
        value = getattr(one, name)
        if isinstance(value, Lateness):
            found |= {"minutes": value.support, "elapsed_minutes": value.elapsed}
        elif name in _COLUMN_OF:
            found[_COLUMN_OF[name]] = value
    return found


def _cell(value: Any, zone: ZoneInfo) -> str:
    """Instants on the clock of the zone, to the second; lengths of time in minutes."""
    match value:
        case None:
            return ""
        case datetime():
            return f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        case date():
            return value.isoformat()
        case timedelta():
            amount = seconds(value) or 0
            return f"{amount / 60:.10g}"
        case Enum():
            return str(value.value)
        case int():
            return str(value)
        case _:
            typed = str(value)
            return f"'{typed}" if typed.startswith(_FORMULA) else typed
