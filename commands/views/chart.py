"""The chart of a summary: what is drawn, in words and numbers, and the same told to whoever cannot see it.

Counts alone, without a ticket or a person: staff and customers get the same picture.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from commands.text import Text
from commands.views.escape import ELLIPSIS, tidied
from commands.views.period import period_words, zone_words
from commands.views.summary_lines import joined
from policy.customer_summaries import CustomerSummary
from policy.figures import Counts, Figures, Kept
from policy.overviews import Overview
from policy.periods import Period
from policy.schema import Language, Policy
from policy.summaries import Summary
from policy.trends import Age, Week, ages

ALT_LIMIT: Final = 1_000
"""So many characters of alternative text Slack is sent: it names no limit, and a screen reader reads all of it."""
_NAME_LIMIT: Final = 40


class Counted(msgspec.Struct, frozen=True):
    """A severity: how many tickets came and went."""

    label: str
    opened: int
    resolved: int


class WeekDrawn(msgspec.Struct, frozen=True):
    """How promises of one kind were kept in a week: `percent` rounded down, None where none was judged."""

    label: str
    met: int
    judged: int
    percent: int | None
    is_over: bool


class Rate(msgspec.Struct, frozen=True):
    heading: str
    weeks: tuple[WeekDrawn, ...]


class AgeDrawn(msgspec.Struct, frozen=True):
    """`parts` says of which severities they are."""

    label: str
    count: int
    parts: str


class Words(msgspec.Struct, frozen=True):
    """What stands in the chart besides numbers."""

    counts: str
    opened: str
    resolved: str
    ages: str
    none_open: str
    not_any: str
    in_time: str
    late: str


class Chart(msgspec.Struct, frozen=True):
    """Everything that is drawn. `title` says whose it is, `subtitle` of when, `footer` as of when."""

    language: Language
    title: str
    subtitle: str
    footer: str
    words: Words
    counts: tuple[Counted, ...]
    rates: tuple[Rate, ...]
    ages: tuple[AgeDrawn, ...]


def chart(
    text: Text,
    policy: Policy,
    name: str | None,
    period: Period,
    now: datetime,
    *,
    opened: Counts,
    resolved: Counts,
    weeks: Sequence[Week],
    old: Mapping[Age, Counts],
) -> Chart:
    """The chart of a period. `name` is the account's (None: of all accounts). Every severity of the policy has its
    row, and every other that was counted."""
    rows = ranked(policy, {*opened, *resolved}, whole=True)
    return Chart(
        language=text.language,
        title=text("chart.title", name=_short(name) if name is not None else text("chart.all")),
        subtitle=period_words(text, period, now),
        footer=text(
            "chart.footer" if all(week.is_over for week in weeks) else "chart.footer.running",
            made=text.exact_time(now, period.tz),
            zone=zone_words(period),
        ),
        words=Words(
            counts=text("chart.counts"),
            opened=text("chart.opened"),
            resolved=text("chart.resolved"),
            ages=text("chart.ages"),
            none_open=text("chart.none_open"),
            not_any=text("summary.none"),
            in_time=text("chart.in_time"),
            late=text("chart.late"),
        ),
        counts=tuple(
            Counted(_severity(text, policy, key), opened.get(key, 0), resolved.get(key, 0)) for key in rows
        ),
        rates=(
            Rate(text("chart.response"), tuple(_drawn(text, week, week.response) for week in weeks)),
            Rate(text("chart.updates"), tuple(_drawn(text, week, week.updates) for week in weeks)),
        ),
        ages=tuple(
            AgeDrawn(
                text(f"chart.age.{age.value}"),
                sum(counts.values()),
                joined(text, _parts(text, policy, counts)),
            )
            for age, counts in old.items()
        ),
    )


def chart_of(
    text: Text, policy: Policy, summary: Summary | CustomerSummary | Overview, weeks: Sequence[Week]
) -> Chart:
    """The chart of an account's summary, the staff's or the customer's, or of all accounts."""
    found: CustomerSummary | Figures
    if isinstance(summary, Overview):
        name, found = None, summary.total
    else:
        name, found = summary.name, summary.figures if isinstance(summary, Summary) else summary
    return chart(
        text,
        policy,
        name,
        summary.period,
        summary.made,
        opened=found.opened,
        resolved=found.resolved,
        weeks=weeks,
        old=ages(found.open_now, summary.made),
    )


def in_words(text: Text, chart: Chart) -> dict[str, str]:
    """What each part of the chart shows: `counts`, `rates`, `ages`."""
    counts = [
        text("chart.alt.severity", severity=one.label, opened=one.opened, resolved=one.resolved)
        for one in chart.counts
    ]
    rates = [
        text(
            "chart.alt.rate",
            heading=rate.heading,
            weeks=joined(text, [_told(text, one) for one in rate.weeks]),
        )
        for rate in chart.rates
    ]
    aged = [text("chart.alt.age", age=one.label, count=one.count) for one in chart.ages if one.count]
    return {
        "counts": text("chart.alt.counts", counts=joined(text, counts)),
        "rates": " ".join(rates),
        "ages": text("chart.alt.ages", ages=joined(text, aged)) if aged else chart.words.none_open,
    }


def alternative(text: Text, chart: Chart) -> str:
    """What the chart shows, in words, in at most `ALT_LIMIT` characters."""
    whole = text("chart.alt", title=chart.title, period=chart.subtitle, **in_words(text, chart))
    return whole if len(whole) <= ALT_LIMIT else whole[: ALT_LIMIT - 1].rstrip() + ELLIPSIS


def ranked(policy: Policy, counted: set[str], *, whole: bool = False) -> list[str]:
    """Severities, the most urgent first; those of older policies last. `whole`: those of which there is none too."""
    ranks = {key: severity.rank for key, severity in policy.severities.items()}
    keys = {*ranks, *counted} if whole else counted
    return sorted(keys, key=lambda key: (ranks.get(key, len(ranks)), key))


def _severity(text: Text, policy: Policy, key: str) -> str:
    known = policy.severities.get(key)
    short = text("severity.short", key=key)
    return text("chart.severity", short=short, name=known.name[text.language]) if known else short


def _parts(text: Text, policy: Policy, counts: Counts) -> Iterator[str]:
    for key in ranked(policy, set(counts)):
        yield text("chart.part", severity=text("severity.short", key=key), count=counts[key])


def _drawn(text: Text, week: Week, kept: Kept) -> WeekDrawn:
    percent = None if kept.share is None else int(kept.share * 100)
    return WeekDrawn(text.short_day(week.first), kept.met, kept.judged, percent, week.is_over)


def _told(text: Text, week: WeekDrawn) -> str:
    if week.percent is None:
        return text("chart.alt.week.none", week=week.label)
    return text("chart.alt.week", week=week.label, met=week.met, judged=week.judged)


def _short(name: str) -> str:
    """A name that fits above the chart; what nobody sees is left out."""
    whole = " ".join(tidied(name).split())
    return whole if len(whole) <= _NAME_LIMIT else whole[: _NAME_LIMIT - 1].rstrip() + ELLIPSIS
