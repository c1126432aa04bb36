"""The chart of a summary: what is drawn is what was counted, and is told in words too."""

from datetime import date, timedelta

import pytest

from commands.text import text
from commands.views.chart import ALT_LIMIT, Chart, alternative, chart, chart_of
from commands.views.period import period_words
from policy.customer_summaries import for_customer
from policy.figures import Kept
from policy.overviews import overview
from policy.schema import LANGUAGES, Language
from policy.trends import Age, Week, ages, week_by_week, weeks_until
from tests.commands.test_summary_lines import summed
from tests.policy import golden_week as golden
from tests.policy.golden_week import ACME, MONDAY_MORNING, WEEK
from tests.policy.samples import default_policy


def golden_chart(language: Language) -> Chart:
    policy = default_policy()
    weeks = week_by_week(golden.acme(), weeks_until(WEEK, MONDAY_MORNING), MONDAY_MORNING, lambda _: policy)
    return chart_of(text(language), policy, summed(ACME, [*golden.acme()]), weeks)


def test_every_severity_has_its_row_and_nought_is_said() -> None:
    rows = [(one.label, one.opened, one.resolved) for one in golden_chart("en").counts]
    assert rows == [
        ("Sev 1 Critical", 1, 1),
        ("Sev 2 High", 1, 1),
        ("Sev 3 Normal", 2, 1),
        ("Sev 4 Low", 1, 0),
    ]


def test_a_week_in_which_nothing_was_judged_has_no_percentage() -> None:
    response, updates = golden_chart("en").rates
    assert [one.percent for one in response.weeks] == [None] * 6 + [100, 66]
    assert [(one.met, one.judged) for one in updates.weeks][-2:] == [(1, 1), (6, 9)]
    assert response.weeks[-1].label == "Oct 5"


def test_nearly_all_is_not_all() -> None:
    week = Week(date(2026, 10, 5), Kept(met=1999, breached=1), Kept(), is_over=True)
    drawn = chart(
        text("en"),
        default_policy(),
        "Acme",
        WEEK,
        MONDAY_MORNING,
        opened={},
        resolved={},
        weeks=[week],
        old=ages([], MONDAY_MORNING),
    )
    assert drawn.rates[0].weeks[0].percent == 99


def test_the_backlog_by_age() -> None:
    found = [(one.label, one.count, one.parts) for one in golden_chart("en").ages]
    assert found == [
        ("under 1 day", 0, ""),
        ("1 to 3 days", 1, "Sev 4: 1"),
        ("3 to 7 days", 1, "Sev 3: 1"),
        ("1 to 4 weeks", 0, ""),
        ("4 weeks or more", 0, ""),
    ]


def test_in_words_in_english() -> None:
    period = period_words(text("en"), WEEK, MONDAY_MORNING)
    assert alternative(text("en"), golden_chart("en")) == (
        f"Chart: Support for Acme, {period}. "
        "Tickets by severity: Sev 1 Critical 1 opened and 1 resolved, Sev 2 High 1 opened and 1 resolved, "
        "Sev 3 Normal 2 opened and 1 resolved, Sev 4 Low 1 opened and 0 resolved. "
        "First responses in time, by week: Aug 17 n/a, Aug 24 n/a, Aug 31 n/a, Sep 7 n/a, Sep 14 n/a, "
        "Sep 21 n/a, Sep 28 1 of 1, Oct 5 2 of 3. "
        "Status updates in time, by week: Aug 17 n/a, Aug 24 n/a, Aug 31 n/a, Sep 7 n/a, Sep 14 n/a, "
        "Sep 21 n/a, Sep 28 1 of 1, Oct 5 6 of 9. "
        "Open tickets now, by age: 1 to 3 days 1, 3 to 7 days 1."
    )


def test_in_words_in_japanese() -> None:
    told = alternative(text("ja"), golden_chart("ja"))
    assert told.startswith("グラフ：Acme サポート状況、2026年10月5日～11日（BST）。")
    assert "重症度 3 通常 は受付 2件、解決 1件" in told
    assert "10月5日の週は9件中6件" in told
    assert told.endswith("未解決チケットの経過時間：1日以上3日未満 1件、3日以上7日未満 1件。")


def test_a_customer_s_chart_is_the_staff_s() -> None:
    """It has no ticket and no person in it."""
    policy, summary = default_policy(), summed(ACME, [*golden.acme()])
    weeks = [Week(date(2026, 10, 5), Kept(), Kept(), is_over=True)]
    assert chart_of(text("en"), policy, for_customer(summary), weeks) == chart_of(
        text("en"), policy, summary, weeks
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_nothing_and_of_very_many(language: Language) -> None:
    nothing = chart_of(text(language), default_policy(), overview([], WEEK, MONDAY_MORNING), [])
    assert text(language)("chart.none_open") in alternative(text(language), nothing)
    many = Week(date(2026, 10, 5), Kept(met=10**9, breached=10**9), Kept(met=10**9), is_over=False)
    drawn = chart(
        text(language),
        default_policy(),
        "N" * 300,
        WEEK,
        MONDAY_MORNING - timedelta(days=2),
        opened={str(number): 10**9 for number in range(30)},
        resolved={},
        weeks=[many] * 8,
        old={age: {"1": 10**9, "gone": 3} for age in Age},
    )
    assert len(drawn.title) < 70
    assert len(alternative(text(language), drawn)) <= ALT_LIMIT
