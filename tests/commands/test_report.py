"""The report of an account: one file that needs nothing else, and in the customer's form nothing of the staff's."""

import re
from datetime import date
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from bot.summary_csv import as_csv
from commands.text import text
from commands.views.chart import chart_of
from commands.views.report import Report, report_page
from policy.customer_summaries import for_customer, meetings_of
from policy.duties import DutyReport, Turn, TurnState
from policy.figures import Figures
from policy.schema import LANGUAGES, Language
from policy.summaries import Summary
from tests.commands.test_leaks import CANARY, example
from tests.commands.test_summary_lines import summed
from tests.policy import golden_week as golden
from tests.policy.golden_week import ACME, MONDAY_MORNING, OMAR, SECRETS, WEEK
from tests.policy.samples import default_policy

PICTURE = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
EVIL = "</td></style><script>alert(1)</script><img src=x onerror=alert(1)> & \"'><a href=//evil.example>\x00\u202e"
DUTIES = (
    DutyReport(
        "call",
        done=(Turn("call", date(2026, 10, 8), TurnState.DONE, date(2026, 10, 7)),),
        late=(),
        missed=(Turn("call", date(2026, 10, 1), TurnState.MISSED),),
        overdue=(),
        next_due=date(2026, 10, 14),
    ),
)
PUBLIC = {
    *("Summary.name", "Summary.figures.open_now.ticket", "Summary.figures.open_now.title"),
    *("Summary.figures.open_now.owner", "Summary.figures.breaches.ticket", "Summary.figures.breaches.title"),
    *("Summary.figures.breaches.owner", "Summary.figures.severity_changes.ticket"),
    *("Summary.figures.severity_changes.title", "Summary.figures.reopened.ticket"),
    *("Summary.figures.reopened.title", "Summary.figures.waits.ticket", "Summary.figures.waits.title"),
    *("Summary.figures.old_versions.ticket", "Summary.figures.old_versions.title"),
    *("Summary.figures.old_versions.version", "Summary.outages.id", "Summary.uptime.month"),
    *("Summary.uptime.uptime_percent", "Summary.uptime.guarantee_percent", "Summary.uptime.credit_percent"),
}
"""What of a summary the customer may read."""


class Page(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "img", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)


def rendered(summary: Summary, language: Language, *, staff: bool) -> str:
    said, policy = text(language), default_policy()
    return report_page(
        Report(
            text=said,
            policy=policy,
            customer=for_customer(summary),
            staff=summary if staff else None,
            chart=chart_of(said, policy, summary, []),
            pictures=dict.fromkeys(("counts", "rates", "ages"), PICTURE),
            person=str,
            vendor="Vendor",
            meetings=meetings_of(DUTIES),
            duties=DUTIES if staff else (),
        )
    )


@pytest.fixture(scope="module")
def acme() -> Summary:
    return summed(ACME, [*golden.acme()])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("staff", [True, False])
def test_it_needs_nothing_else_and_runs_nothing(acme: Summary, language: Language, staff: bool) -> None:
    html = rendered(acme, language, staff=staff)
    page = Page(html)
    assert page.open == []
    assert page.tags[0] == ("html", {"lang": language})
    assert {tag for tag, _ in page.tags} <= {
        *("html", "head", "meta", "title", "style", "body", "header", "main", "section", "footer"),
        *("h1", "h2", "h3", "p", "ul", "li", "b", "small", "span", "br", "figure", "img"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    }
    assert {name for _, given in page.tags for name in given} <= {
        *("lang", "charset", "http-equiv", "content", "name", "class", "scope", "data-label", "src", "alt"),
    }
    assert all(
        given["src"].startswith("data:image/svg+xml;base64,") for _, given in page.tags if given.get("src")
    )
    assert "url(" not in html
    assert "@import" not in html
    assert "@media print" in html
    assert "size: A4" in html
    (allowed,) = (given["content"] for _, given in page.tags if given.get("http-equiv"))
    assert allowed == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_the_figures_of_the_week(acme: Summary) -> None:
    told = Page(rendered(acme, "en", staff=False)).text
    for figure in (
        "Opened 5 1 Critical, 1 High, 2 Normal, 1 Low Before: 1",
        "Resolved 3 1 Critical, 1 High, 1 Normal Before: 1",
        "First responses in time 66.6% 2 of 3 Before: 1/1 (100.0%)",
        "Status updates in time 66.6% 6 of 9",
        "Satisfaction, of 5 4.0 Answers: 1",
        "ACME-2 ACME 2 2 High status update (2 hr) Oct 6 19:00 14 hr U-ERIN",
        "ACME-3 ACME 3 3 Normal status update (6 hr) Oct 10 00:00 2 days 10 hr, not answered yet",
        "ACME-4 ACME 4 4 Low Oct 9 15:00 Support First response Oct 12 15:00",
        "Between status updates 1 hr 40 min 16 hr 8",
        "2026-10, so far 99.899193% 99.9% missed 0%",
        "Technical contacts: 2 of 8, 1 trained",
        "ACME-2 ACME 2 7.2 Mar 1, 2026",
    ):
        assert figure in told, figure


def test_every_picture_is_told_in_words(acme: Summary) -> None:
    pictures = [given for tag, given in Page(rendered(acme, "ja", staff=True)).tags if tag == "img"]
    assert len(pictures) == 3
    assert "重症度 3 通常 は受付 2件、解決 1件" in (pictures[0]["alt"] or "")


def test_what_became_of_the_tam_s_duties(acme: Summary) -> None:
    name = default_policy().duties["call"].name["en"]
    told = Page(rendered(acme, "en", staff=False)).text
    assert f"Held on Next due {name} Oct 7 Oct 14, 2026" in told
    assert "Oct 1 " not in told
    assert f"{name} Oct 7 – Oct 1 Oct 14, 2026" in Page(rendered(acme, "en", staff=True)).text


def test_staff_read_who_and_why_and_are_warned(acme: Summary) -> None:
    told = Page(rendered(acme, "en", staff=True)).text
    assert told.startswith("Support review: Acme Internal: for staff, not for the customer")
    assert OMAR in told
    assert "SECRET-WAIT (the customer had answered when it began)" in told
    assert "SECRET-SEVERITY" in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_customer_s_has_none_of_it(acme: Summary, language: Language) -> None:
    html = rendered(acme, language, staff=False)
    assert not [secret for secret in SECRETS if secret in html]
    assert text(language)("report.internal") not in html
    assert text(language)("report.staff") not in Page(html).text


def test_of_every_text_in_a_summary_only_public_ones_reach_the_customer() -> None:
    """A new field is not public until somebody names it in `PUBLIC`."""
    planted = replace(
        example(Summary, "Summary"),
        period=WEEK,
        made=MONDAY_MORNING,
        plan="emergency",
        account="ACME",
        before=None,
    )
    for language in LANGUAGES:
        read = set(re.findall(rf"{CANARY} ([\w.]+) ", rendered(planted, language, staff=False)))
        assert read == PUBLIC
    rows = as_csv(for_customer(planted)).decode("utf-8-sig")
    assert set(re.findall(rf"{CANARY} ([\w.]+) ", rows)) <= PUBLIC
    internal = set(re.findall(rf"{CANARY} ([\w.]+) ", rendered(planted, "en", staff=True)))
    assert {"Summary.figures.waits.reason", "Summary.figures.breaches.by"} <= internal


@pytest.mark.parametrize("staff", [True, False])
def test_what_people_typed_stays_text(acme: Summary, staff: bool) -> None:
    figures = acme.figures
    evil = replace(
        acme,
        name=EVIL,
        figures=replace(
            figures,
            breaches=tuple(replace(one, title=EVIL) for one in figures.breaches),
            open_now=tuple(replace(one, title=EVIL) for one in figures.open_now),
            waits=tuple(replace(one, title=EVIL, reason=EVIL) for one in figures.waits),
            old_versions=tuple(replace(one, version=EVIL) for one in figures.old_versions),
        ),
    )
    html = rendered(evil, "en", staff=staff)
    page = Page(html)
    assert "script" not in {tag for tag, _ in page.tags}
    assert not {name for _, given in page.tags for name in given} & {"onerror", "href"}
    assert "\x00" not in html
    assert "\u202e" not in html
    assert "<script>alert(1)</script>" in page.text
    head = html[html.index("<style>") : html.index("</style>")]
    assert "alert" not in head


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_a_quiet_period(acme: Summary, language: Language) -> None:
    quiet = replace(acme, figures=Figures(), outages=(), uptime=(), before=None)
    told = Page(rendered(quiet, language, staff=False)).text
    for key in ("report.late.nothing", "report.open.none", "report.versions.none"):
        assert text(language)(key) in told
    assert text(language)("summary.none") in told
