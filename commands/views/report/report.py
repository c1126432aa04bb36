"""The parts of a report that the customer may read too: made of the customer's own types, whoever it is for.

What staff read besides stands in `internal`, which alone takes the staff's types.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from xml.etree.ElementTree import Element

from commands.text import Text
from commands.views.chart import Chart, in_words
from commands.views.period import period_words
from commands.views.report import internal
from commands.views.report.html import Node, el, page, picture
from commands.views.report.words import Speech
from policy.customer_summaries import CustomerSummary, LatePromise, Meeting, Standing
from policy.duties import DutyReport
from policy.figures import Ball, Counts, Kept, Spread
from policy.schema import Policy
from policy.summaries import Summary


@dataclass(frozen=True, slots=True)
class Report:
    """What a report is made from. `staff` is None in one for the customer; `pictures` are SVG, by the part of the
    chart that they show; `person` names a user id; `vendor` is None where it has no name. `duties` are for
    the staff's form alone, `meetings` what the customer may read of them."""

    text: Text
    policy: Policy
    customer: CustomerSummary
    staff: Summary | None
    chart: Chart
    pictures: Mapping[str, bytes]
    person: Callable[[str], str]
    vendor: str | None = None
    meetings: Sequence[Meeting] = ()
    duties: Sequence[DutyReport] = ()


def report_page(report: Report) -> str:
    """The file: HTML with its style and pictures in it, no script, nothing from elsewhere."""
    summary, text = report.customer, report.text
    say = Speech(text, report.policy, summary.period, summary.made, report.person)
    told = in_words(text, report.chart)
    pictures = {name: picture(svg, told[name]) for name, svg in report.pictures.items()}
    title = text("report.title", name=summary.name)
    style = (resources.files("commands.views.report") / "report.css").read_text(encoding="utf-8")
    return page(
        text.language,
        title,
        style,
        el("p", text("report.internal"), class_="internal") if report.staff else None,
        _head(say, report, title),
        el(
            "main",
            _tiles(say, summary),
            say.section("chart.counts", pictures.get("counts")),
            _promises(say, report, pictures.get("rates")),
            _open(say, summary, report.staff is not None, pictures.get("ages")),
            _times(say, summary),
            _waits(say, report),
            _changes(say, report),
            _uptime(say, summary),
            _account(say, summary),
            _meetings(say, report),
            internal.section(say, report.staff) if report.staff else None,
        ),
        el("footer", el("p", text("report.footer"))),
    )


def _head(say: Speech, report: Report, title: str) -> Element:
    text, summary = say.text, report.customer
    plan = say.policy.plans.get(summary.plan)
    return el(
        "header",
        el("h1", title),
        el("p", period_words(text, summary.period, summary.made)),
        el(
            "p",
            text(
                "report.plan",
                plan=plan.name[text.language] if plan else summary.plan,
                made=text.exact_time(summary.made, summary.period.tz),
                zone=summary.period.zone,
            ),
            class_="quiet",
        ),
        el("p", text("report.vendor", vendor=report.vendor), class_="quiet") if report.vendor else None,
    )


def _tiles(say: Speech, summary: CustomerSummary) -> Element:
    """The figures that a reader looks for first, each with what it was in the period before."""
    before = summary.before
    return el(
        "ul",
        _counted(say, "report.tile.opened", summary.opened, before.opened if before else None),
        _counted(say, "report.tile.resolved", summary.resolved, before.resolved if before else None),
        _counted(say, "report.tile.open", summary.open_at_end, before.open_at_end if before else None),
        _rate(say, "report.tile.response", summary.response, before.response if before else None),
        _rate(say, "report.tile.updates", summary.updates, before.updates if before else None),
        _tile(
            say.text("report.tile.score"),
            summary.scores.mean if summary.scores.count else say.text("summary.none"),
            say.text("report.scores", count=summary.scores.count),
        ),
        class_="tiles",
    )


def _counted(say: Speech, key: str, counts: Counts, before: int | None) -> Element:
    was = None if before is None else say.text("report.before", value=before)
    return _tile(say.text(key), str(sum(counts.values())), say.by_severity(counts) or None, was)


def _rate(say: Speech, key: str, kept: Kept, before: Kept | None) -> Element:
    shown = say.text("summary.none") if kept.share is None else f"{kept.percent}%"
    of = None if kept.share is None else say.text("report.of", met=kept.met, judged=kept.judged)
    was = None if before is None else say.text("report.before", value=say.kept(before))
    return _tile(say.text(key), shown, of, was)


def _tile(label: str, value: str, *small: str | None) -> Element:
    return el("li", label, el("b", value), *(el("small", one) for one in small if one))


def _promises(say: Speech, report: Report, picture: Node) -> Element:
    text, summary = say.text, report.customer
    kept = say.rows(
        ("promise", "#in_time", "#late_count", "#running", "#paused", "#cancelled"),
        [
            (text(key), *(str(getattr(one, name)) for name in Kept.__struct_fields__))
            for key, one in (("report.response", summary.response), ("report.updates", summary.updates))
        ],
        "summary.none",
    )
    judged = summary.response.judged + summary.updates.judged
    late = (
        internal.late_table(say, report.staff)
        if report.staff
        else say.rows(
            ("ticket", "severity", "promise", "due", "late", "owner"),
            [late_cells(say, one) for one in summary.late],
            "report.late.none" if judged else "report.late.nothing",
        )
    )
    return say.section("summary.kept", kept, picture, el("h3", text("report.late")), late)


def late_cells(say: Speech, one: LatePromise) -> tuple[Node, ...]:
    """What of a late promise everybody may read."""
    still = one.ended is None
    late = say.late(one.late)
    return (
        ticket_cell(one.ticket, one.title),
        say.severity(one.severity),
        say.promise(one.kind, one.target),
        say.time(one.due),
        el("span", say.text("report.late.still", late=late) if still else late, class_="late"),
        say.owner(one.owner),
    )


def ticket_cell(ticket: str, title: str) -> Element:
    return el("span", el("b", ticket), el("br"), title)


def _open(say: Speech, summary: CustomerSummary, for_staff: bool, picture: Node) -> Element:
    rows = [_open_cells(say, one, for_staff) for one in summary.open_now]
    told = say.rows(
        ("ticket", "severity", "opened", "court", "step", "by_when", "owner"), rows, "report.open.none"
    )
    return say.section("report.open", picture if summary.open_now else None, told)


def _open_cells(say: Speech, one: Standing, for_staff: bool) -> tuple[Node, ...]:
    text = say.text
    ours = one.ball is Ball.STAFF
    theirs = "report.ball.customer" if for_staff else "report.ball.you"
    due: Node = say.time(one.due) if ours else "–"
    if ours and one.due is not None and one.due < say.now:
        due = el("span", text("report.overdue", due=say.time(one.due)), class_="late")
    step = text(f"report.step.{one.step.value}")
    if one.since is not None and not ours:
        step = text("report.since", step=step, since=say.time(one.since))
    return (
        ticket_cell(one.ticket, one.title),
        say.severity(one.severity),
        say.time(one.opened),
        text("report.ball.support" if ours else theirs),
        step,
        due,
        say.owner(one.owner),
    )


def _times(say: Speech, summary: CustomerSummary) -> Element:
    text = say.text
    spreads: tuple[tuple[str, Spread], ...] = (
        ("report.acknowledge", summary.acknowledge),
        ("report.between", summary.between_updates),
        ("report.resolve", summary.resolve),
    )
    rows: list[tuple[Node, ...]] = [
        (text(key), say.length(one.median), say.length(one.p90), str(one.count)) for key, one in spreads
    ]
    return say.section("summary.times", say.rows(("what", "#median", "#p90", "#count"), rows, "summary.none"))


def _waits(say: Speech, report: Report) -> Element | None:
    summary = report.customer
    if not summary.waits:
        return None
    if report.staff:
        return say.section("report.waits.staff", internal.waits_table(say, report.staff))
    rows: list[tuple[Node, ...]] = [
        (
            ticket_cell(one.ticket, one.title),
            say.time(one.since),
            say.time(one.until),
            say.length(one.elapsed),
            say.length(one.paused),
        )
        for one in summary.waits
    ]
    return say.section(
        "report.waits", say.rows(("ticket", "from", "until", "#length", "#paused_for"), rows, "summary.none")
    )


def _changes(say: Speech, report: Report) -> Element | None:
    summary, text = report.customer, say.text
    if report.staff:
        rows = internal.change_rows(say, report.staff)
        keys: tuple[str, ...] = ("ticket", "at", "change", "who", "reason")
    else:
        rows = [
            *(
                (one.at, one.ticket, one.title, internal.changed(say, one.old, one.new))
                for one in summary.severity_changes
            ),
            *((one.at, one.ticket, one.title, text("report.reopened")) for one in summary.reopened),
        ]
        keys = ("ticket", "at", "change")
    if not rows:
        return None
    ordered: list[tuple[Node, ...]] = [
        (ticket_cell(ticket, title), say.time(at), *rest)
        for at, ticket, title, *rest in sorted(rows, key=lambda row: (row[0], row[1]))
    ]
    return say.section("report.changes", say.rows(keys, ordered, "summary.none"))


def _uptime(say: Speech, summary: CustomerSummary) -> Element | None:
    text = say.text
    if not summary.uptime and not summary.outages:
        return None
    outages: list[tuple[Node, ...]] = [
        (
            one.id,
            say.component(one.component),
            say.time(one.start),
            say.time(one.end) if one.end else text("summary.lasting"),
            text("report.maintenance" if one.announced_maintenance else "report.outage"),
        )
        for one in summary.outages
    ]
    months: list[tuple[Node, ...]] = [
        (
            one.month if one.is_over else text("report.month.running", month=one.month),
            f"{one.uptime_percent}%",
            f"{one.guarantee_percent}%",
            text("summary.met") if one.is_met else el("span", text("summary.missed"), class_="late"),
            f"{one.credit_percent}%",
        )
        for one in summary.uptime
    ]
    return say.section(
        "report.uptime",
        say.rows(("month", "#uptime", "#guarantee", "verdict", "#credit"), months, "report.no_guarantee"),
        el("p", text("report.uptime.hint"), class_="hint") if months else None,
        el("h3", text("report.outages")),
        say.rows(("id", "component", "from", "until", "what"), outages, "report.outages.none"),
    )


def _account(say: Speech, summary: CustomerSummary) -> Element:
    text, contacts = say.text, summary.contacts
    limit = text("summary.any_number") if contacts.limit is None else contacts.limit
    versions: list[tuple[Node, ...]] = [
        (ticket_cell(one.ticket, one.title), one.version, text.day(one.ended)) for one in summary.old_versions
    ]
    return say.section(
        "report.account",
        el(
            "p",
            text("summary.contacts", count=contacts.designated, limit=limit, trained=contacts.trained),
        ),
        el("p", text("summary.components", count=say.counted(summary.components, say.component))),
        el("h3", text("report.versions")),
        say.rows(("ticket", "version", "support_ended"), versions, "report.versions.none"),
    )


def _meetings(say: Speech, report: Report) -> Element | None:
    if not report.meetings:
        return None
    if report.staff:
        return say.section("report.meetings", internal.duties_table(say, report.duties))
    rows: list[tuple[Node, ...]] = [
        (say.duty(one.duty), say.days(one.held), say.text.day(one.next_due)) for one in report.meetings
    ]
    return say.section("report.meetings", say.rows(("what", "held", "next_due"), rows, "summary.none"))
