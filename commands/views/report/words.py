"""How a report says things, and what all of its parts share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from xml.etree.ElementTree import Element

from commands.text import Text
from commands.views.chart import ranked
from commands.views.report.html import Column, Node, el, table
from commands.views.summary_lines import joined
from policy.clocks import ClockKind, Lateness
from policy.durations import parse_duration
from policy.figures import Counts, Kept
from policy.periods import Period
from policy.schema import Policy

WORTH_TELLING = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Speech:
    """`person` names a user id."""

    text: Text
    policy: Policy
    period: Period
    now: datetime
    person: Callable[[str], str]

    def time(self, at: datetime | None) -> str:
        """`Oct 6 15:00`, on the clock of the period; a dash where there is none."""
        if at is None:
            return "–"
        local = at.astimezone(self.period.tz)
        return f"{self.text.short_day(local.date())} {local:%H:%M}"

    def owner(self, user: str | None) -> str:
        return self.person(user) if user else "–"

    def severity(self, key: str) -> str:
        known = self.policy.severities.get(key)
        return f"{key} {known.name[self.text.language]}" if known else key

    def component(self, key: str) -> str:
        known = self.policy.components.get(key)
        return known.name[self.text.language] if known else key or self.text("summary.not_said")

    def cause(self, key: str) -> str:
        known = self.policy.causes.get(key)
        return known.name[self.text.language] if known else key or self.text("summary.not_said")

    def duty(self, key: str) -> str:
        known = self.policy.duties.get(key)
        return known.name[self.text.language] if known else key

    def days(self, days: Sequence[date]) -> str:
        """`Oct 6, Oct 13`; a dash where there is none."""
        return joined(self.text, [self.text.short_day(day) for day in days]) or "–"

    def promise(self, kind: ClockKind, target: str) -> str:
        """`first response (2 hr)`."""
        duration = self.text.duration(parse_duration(target))
        return self.text(
            "report.promise", promise=self.text(f"summary.promise.{kind.value}"), target=duration
        )

    def length(self, amount: timedelta | None) -> str:
        return self.text("summary.none") if amount is None else self.text.elapsed(amount)

    def late(self, late: Lateness) -> str:
        """In support time, and as time goes by where that differs."""
        support = self.text.elapsed(late.support)
        if late.elapsed - late.support < WORTH_TELLING:
            return support
        return self.text("report.late.both", support=support, elapsed=self.text.elapsed(late.elapsed))

    def kept(self, kept: Kept) -> str:
        """`38/39 (97.4%)`, `n/a`."""
        if kept.share is None:
            return self.text("summary.none")
        return self.text("summary.share", met=kept.met, judged=kept.judged, percent=kept.percent)

    def columns(self, *keys: str) -> list[Column]:
        """Columns by the keys of their headings; one with `#` in front holds numbers."""
        names = [key.removeprefix("#") for key in keys]
        numbers = [key.startswith("#") for key in keys]
        return [
            Column(self.text(f"report.column.{name}"), number)
            for name, number in zip(names, numbers, strict=True)
        ]

    def section(self, key: str, *children: Node) -> Element:
        return el("section", el("h2", self.text(key)), *children)

    def rows(self, keys: tuple[str, ...], rows: list[tuple[Node, ...]], none: str) -> Element:
        """A table; a sentence where it would be empty."""
        return table(self.columns(*keys), rows) if rows else el("p", self.text(none), class_="quiet")

    def counted(self, counts: Counts, name: Callable[[str], str]) -> str:
        """`3 UI, 2 API`: the most first."""
        order = sorted(counts, key=lambda key: (-counts[key], key))
        parts = [self.text("summary.of", count=counts[key], name=name(key)) for key in order if counts[key]]
        return joined(self.text, parts) or self.text("summary.none")

    def by_severity(self, counts: Counts) -> str:
        """Small print below a number: `1 Critical, 2 High`."""
        told = (
            self.text("summary.of", count=counts[key], name=self.severity(key).removeprefix(f"{key} "))
            for key in ranked(self.policy, set(counts))
            if counts[key]
        )
        return joined(self.text, told)
