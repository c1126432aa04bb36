"""What the summary of all accounts says: the worst first, silence by name, and what was kept in all."""

from collections.abc import Iterator, Sequence

from commands.text import Text
from commands.views.period import period_words
from commands.views.summary_lines import Words, joined
from policy.figures import Kept
from policy.overviews import Health, Overview
from policy.summaries import Summary

_NAMED = 3
"""So many tickets are named for each matter; the others are counted."""


def overview_head(words: Words, overview: Overview) -> str:
    """`8 accounts · Oct 5 – 11, 2026 (JST)`."""
    period = period_words(words.text, overview.period, words.now)
    key = "overview.head.one" if len(overview.accounts) == 1 else "overview.head"
    return words.text(key, count=len(overview.accounts), period=period)


def attention_lines(words: Words, overview: Overview) -> list[tuple[Summary, str]]:
    """The accounts that want a look, the worst first, each with why."""
    worst = overview.of(Health.ATTENTION)
    return [(one, _account(words, one)) for one in worst]


def rest_lines(words: Words, overview: Overview) -> list[str]:
    """The others by name, and the sum."""
    text = words.text
    if not overview.accounts:
        return [text("overview.none")]
    lines = []
    for health, key in ((Health.OK, "overview.ok"), (Health.QUIET, "overview.quiet")):
        names = [words.typed(one.name) for one in overview.of(health)]
        if names:
            lines.append(text(key, names=joined(text, names)))
    response, updates = (_of(text, one) for one in (overview.total.response, overview.total.updates))
    return [*lines, text("overview.kept", response=response, updates=updates)]


def _account(words: Words, summary: Summary) -> str:
    return words.text(
        "overview.account",
        name=words.typed(summary.name),
        what=joined(words.text, _why(words, summary)),
    )


def _why(words: Words, summary: Summary) -> Iterator[str]:
    text, figures = words.text, summary.figures
    if figures.overdue:
        tickets = _named(text, [one.ticket for one in figures.overdue])
        yield text("overview.late", count=len(figures.overdue), tickets=tickets)
    if figures.breaches:
        worst = max(one.late.support for one in figures.breaches)
        tickets = _named(text, [one.ticket for one in figures.breaches])
        late = text.elapsed(worst)
        yield text("overview.breaches", count=len(figures.breaches), tickets=tickets, late=late)
    if figures.at_risk:
        tickets = _named(text, [one.ticket for one in figures.at_risk])
        yield text("overview.at_risk", count=len(figures.at_risk), tickets=tickets)
    since = {one.ticket: one.since for one in figures.open_now}
    for ticket in summary.long_waits:
        if (waited := since.get(ticket)) is not None:
            yield text("overview.wait", ticket=ticket, since=words.time(waited))


def _named(text: Text, tickets: Sequence[str]) -> str:
    every = list(dict.fromkeys(tickets))
    named = joined(text, every[:_NAMED])
    return text("overview.more", tickets=named, count=len(every) - _NAMED) if len(every) > _NAMED else named


def _of(text: Text, kept: Kept) -> str:
    """`38/39`; beside the names of accounts the percentage says no more."""
    return f"{kept.met}/{kept.judged}" if kept.judged else text("summary.none")
