"""What of a report is for staff alone: who answered, what staff wrote for staff, what they make of the customer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element

from commands.views.report.html import Node, el
from commands.views.report.words import Speech
from policy.duties import DutyReport
from policy.figures import Breach
from policy.summaries import Summary


def late_table(say: Speech, summary: Summary) -> Element:
    """Each breach, with who answered in the end and the reason given."""
    figures = summary.figures
    judged = figures.response.judged + figures.updates.judged
    return say.rows(
        ("ticket", "severity", "promise", "due", "late", "owner", "answered", "reason"),
        [_late_cells(say, one) for one in figures.breaches],
        "report.late.none" if judged else "report.late.nothing",
    )


def _late_cells(say: Speech, one: Breach) -> tuple[Node, ...]:
    late = say.late(one.late)
    return (
        el("span", el("b", one.ticket), el("br"), one.title),
        say.severity(one.severity),
        say.promise(one.kind, one.target),
        say.time(one.due),
        el("span", say.text("report.late.still", late=late) if one.ended is None else late, class_="late"),
        say.owner(one.owner),
        say.owner(one.by),
        one.reason or "–",
    )


def waits_table(say: Speech, summary: Summary) -> Element:
    """How long the customer was waited for, why, and whether the wait was one."""
    rows: list[tuple[Node, ...]] = [
        (
            el("span", el("b", one.ticket), el("br"), one.title),
            say.time(one.since),
            say.time(one.until),
            say.length(one.elapsed),
            say.length(one.paused),
            el("span", say.text("report.suspicious", reason=one.reason), class_="late")
            if one.suspicious
            else one.reason,
        )
        for one in summary.figures.waits
    ]
    return say.rows(("ticket", "from", "until", "#length", "#paused_for", "reason"), rows, "summary.none")


def change_rows(say: Speech, summary: Summary) -> list[tuple[Any, ...]]:
    """Severity changes and reopenings: instant, ticket, title, what, who, why."""
    figures = summary.figures
    rows: list[tuple[datetime, str, str, str, str, str]] = [
        (one.at, one.ticket, one.title, changed(say, one.old, one.new), say.owner(one.by), one.reason)
        for one in figures.severity_changes
    ]
    rows += [
        (one.at, one.ticket, one.title, say.text("report.reopened"), say.owner(one.by), one.reason)
        for one in figures.reopened
    ]
    return list(rows)


def changed(say: Speech, old: str, new: str) -> str:
    """`severity 3 Normal to 2 High`."""
    return say.text("report.changed", old=say.severity(old), new=say.severity(new))


def duties_table(say: Speech, duties: Sequence[DutyReport]) -> Element:
    """What the TAM did, and what not."""
    rows: list[tuple[Node, ...]] = []
    for one in duties:
        missed = say.days([turn.due for turn in (*one.missed, *one.overdue)])
        rows.append(
            (
                say.duty(one.duty),
                say.days([turn.day for turn in one.done]),
                say.days([turn.day for turn in one.late]),
                el("span", missed, class_="late" if one.missed or one.overdue else None),
                say.text.day(one.next_due),
            )
        )
    return say.rows(("what", "held", "held_late", "missed", "next_due"), rows, "summary.none")


def section(say: Speech, summary: Summary) -> Element:
    """What else staff want to know."""
    text, figures = say.text, summary.figures
    silences: list[tuple[Node, ...]] = [
        (
            say.severity(one.severity),
            el("span", el("b", one.ticket), el("br"), one.title),
            say.length(one.support),
            say.time(one.since),
            say.time(one.until),
        )
        for one in figures.silences
    ]
    lines = [
        text("summary.causes", count=say.counted(figures.causes, say.cause)),
        text("summary.ended_otherwise", count=figures.ended_otherwise),
        text("summary.asked", count=figures.asked),
        text("summary.escalations", count=figures.escalations),
        text("summary.others", count=summary.contacts.opened_by_others),
    ]
    return say.section(
        "report.staff",
        *(el("p", line) for line in lines),
        el("h3", text("report.silences")),
        say.rows(("severity", "ticket", "#length", "from", "until"), silences, "summary.none"),
    )
