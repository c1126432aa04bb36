"""`supportbot policy credit`: what outages make of a month's uptime guarantee, as an estimate."""

import json
from datetime import datetime
from typing import Annotated, NoReturn

import typer

from bot.settings import read_settings
from policy.durations import format_duration
from policy.uptime import (
    BadMonth,
    Month,
    Outage,
    UptimeEstimate,
    UptimeGuarantee,
    month_uptime,
)

_EXAMPLE = "2026-10-05T10:00:00Z/2026-10-05T10:45:00Z"


def policy_credit(
    month: Annotated[
        str, typer.Option(metavar="YYYY-MM", help="The calendar month, in UTC. Required.", show_default=False)
    ] = "",
    outage: Annotated[
        list[str] | None,
        typer.Option(
            metavar="START/END",
            help="An outage of a guaranteed component: two ISO 8601 instants with an offset or Z, the end "
            f"excluded, such as {_EXAMPLE}. Repeat it for each outage; what overlaps counts once, "
            "what lies outside the month doesn't count. Leave announced maintenance out.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print uptime_percent, guarantee_met and credit_percent as JSON."),
    ] = False,
) -> None:
    """Estimate the uptime of a month from its outages, and the credit that follows.

    The uptime is printed rounded down to 6 places; what is judged is the exact value.

    The credit is in percent of the month's service charge.
    """
    try:
        judged = Month.parse(month)
    except BadMonth as error:
        _stop(2, f"--month: {error}" if month else "--month: expected a month such as 2026-10, got none")
    spans = [_span(text) for text in outage or ()]
    guarantee = _guarantee()
    if guarantee is None:
        _stop(1, "this policy has no uptime guarantee: there is nothing to judge")
    component = guarantee.components[0]  # downtime is a union: which of them was out makes no difference
    try:
        outages = [Outage(component, start, end) for start, end in spans]
    except ValueError as error:
        _stop(2, f"--outage: {error}")
    estimate = month_uptime(guarantee, judged, outages)
    if as_json:
        answer = {
            "uptime_percent": estimate.uptime_percent,
            "guarantee_met": estimate.is_guarantee_met,
            "credit_percent": estimate.credit_percent,
        }
        typer.echo(json.dumps(answer, indent=2))
        return
    for line in _lines(estimate):
        typer.echo(line)


def _guarantee() -> UptimeGuarantee | None:
    """The guarantee of the policy in force; None when it has none."""
    return read_settings().policy.uptime


def _lines(estimate: UptimeEstimate) -> tuple[str, ...]:
    verdict = "met" if estimate.is_guarantee_met else "missed"
    down = format_duration(estimate.downtime) if estimate.downtime else "none"
    return (
        f"Estimate for {estimate.month}, a calendar month in UTC:",
        f"  uptime     {estimate.uptime_percent} % (rounded down; downtime: {down})",
        f"  guarantee  {estimate.guarantee.percent} %: {verdict}",
        f"  credit     {estimate.credit_percent} % of the month's service charge, on future invoices",
        "This is an estimate. The vendor's downtime is not the customer's own: their instances keep running.",
    )


def _span(text: str) -> tuple[datetime, datetime]:
    parts = text.split("/")
    if len(parts) != 2:
        _stop(2, f"--outage: expected START/END such as {_EXAMPLE}, got {text!r}")
    return _instant(parts[0], text), _instant(parts[1], text)


def _instant(text: str, whole: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        _stop(
            2,
            f"--outage: expected an ISO 8601 instant such as 2026-10-05T10:00:00Z, got {text!r} in {whole!r}",
        )
    if instant.tzinfo is None:
        _stop(2, f"--outage: expected an offset or Z at the end of {text!r}, in {whole!r}")
    return instant


def _stop(code: int, line: str) -> NoReturn:
    typer.echo(line, err=True)
    raise typer.Exit(code)
