"""The buttons of summaries: an account's own from the one of all accounts, and the next page. Each carries what it
shows, so that it shows the same period however much later it is pressed."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace
from slack_sdk.models.blocks import ButtonElement

from commands.text import Text
from policy.periods import Period, Unit

SUMMARY: Final = "summary"
"""The action's id, before a colon."""
SUMMARY_CHART: Final = "summary_chart"
SUMMARY_REPORT: Final = "summary_report"
"""Those of the buttons for files."""
_EARLIEST: Final = 2000
_LONGEST: Final = timedelta(days=3 * 366 + 1)


class Shown(msgspec.Struct, frozen=True, omit_defaults=True, array_like=True):
    """What a button shows: a page of an account's summary. `customer`: in the customer's form."""

    account: str
    start: datetime
    end: datetime
    zone: str
    unit: Unit | None = None
    count: int = 0
    page: int = 1
    customer: bool = False

    @property
    def period(self) -> Period:
        return Period(self.start, self.end, self.zone, self.unit, self.count)

    def encoded(self) -> str:
        return msgspec.json.encode(self).decode()


def shown(account: str, period: Period, *, page: int = 1, customer: bool = False) -> Shown:
    return Shown(account, period.start, period.end, period.zone, period.unit, period.count, page, customer)


def read_shown(value: str) -> Shown | None:
    """What a button carries; None: no button of ours carries that."""
    try:
        found = msgspec.json.decode(value, type=Shown)
        ZoneInfo(found.zone)
    except (msgspec.DecodeError, OSError, ValueError, KeyError):
        return None
    aware = found.start.tzinfo is not None and found.end.tzinfo is not None
    if (
        not aware
        or found.start.year < _EARLIEST
        or not timedelta() < found.end - found.start <= _LONGEST
        or not 0 <= found.count <= 2_000
    ):
        return None
    return found if found.page > 0 else None


def account_button(text: Text, name: str, to: Shown) -> ButtonElement:
    """Leads to the account's own summary; `name` as people know the account."""
    label = text("summary.button.account")
    return ButtonElement(
        text=label,
        action_id=f"{SUMMARY}:{to.account}",
        value=to.encoded(),
        accessibility_label=f"{label}: {name}"[:75],
    )


def next_button(text: Text, to: Shown) -> ButtonElement:
    return ButtonElement(text=text("summary.button.next"), action_id=f"{SUMMARY}:next", value=to.encoded())


def file_buttons(text: Text, to: Shown, *, staff: bool) -> list[ButtonElement]:
    """The chart and the report of what is shown; staff who read their own form have the customer's report too."""
    theirs = replace(to, page=1, customer=True)
    chart = ButtonElement(
        text=text("summary.button.chart"),
        action_id=f"{SUMMARY_CHART}:chart",
        value=replace(to, page=1).encoded(),
    )
    if not staff:
        return [chart, _report(text("summary.button.report"), theirs)]
    reports = [] if to.customer else [_report(text("summary.button.internal"), replace(to, page=1))]
    return [chart, *reports, _report(text("summary.button.theirs"), theirs)]


def _report(label: str, to: Shown) -> ButtonElement:
    form = "customer" if to.customer else "internal"
    return ButtonElement(text=label, action_id=f"{SUMMARY_REPORT}:{form}", value=to.encoded())
