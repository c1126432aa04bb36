"""What a chart shows beside the figures of a period: eight weeks, and how old open tickets are."""

from datetime import date, timedelta

from policy.figures import Kept
from policy.periods import Unit, days
from policy.trends import WEEKS, Age, Week, ages, all_weeks, week_by_week, weeks_until
from tests.policy import golden_week as golden
from tests.policy.golden_week import MONDAY_MORNING, WEEK
from tests.policy.samples import at, default_policy


def test_the_weeks_end_with_the_one_that_holds_the_end_of_the_period() -> None:
    weeks = weeks_until(WEEK, MONDAY_MORNING)
    assert [one.first_day for one in weeks] == [
        date(2026, 8, 17) + timedelta(weeks=number) for number in range(WEEKS)
    ]
    assert (weeks[-1].start, weeks[-1].end) == (WEEK.start, WEEK.end)
    quarter = days(date(2026, 10, 1), date(2027, 1, 1), "Europe/London", Unit.MONTH, 3)
    assert weeks_until(quarter, MONDAY_MORNING)[-1].first_day == date(2026, 10, 12)


def test_a_week_has_the_figures_that_its_own_summary_has() -> None:
    policy = default_policy()
    weeks = week_by_week(golden.acme(), weeks_until(WEEK, MONDAY_MORNING), MONDAY_MORNING, lambda _: policy)
    assert weeks[-1] == Week(
        date(2026, 10, 5),
        response=Kept(met=2, breached=1, running=1, cancelled=1),
        updates=Kept(met=6, breached=3),
        is_over=True,
    )
    assert weeks[-2] == Week(date(2026, 9, 28), response=Kept(met=1), updates=Kept(met=1), is_over=True)
    assert all(one.response == one.updates == Kept() for one in weeks[:-2])


def test_a_week_that_still_runs_is_marked() -> None:
    policy = default_policy()
    now = at("2026-10-08 12:00")
    weeks = week_by_week([], weeks_until(WEEK, now), now, lambda _: policy)
    assert [one.is_over for one in weeks] == [True] * 7 + [False]


def test_accounts_add_up() -> None:
    policy = default_policy()
    asked = weeks_until(WEEK, MONDAY_MORNING)
    each = [
        week_by_week(lived, asked, MONDAY_MORNING, lambda _: policy)
        for lived in (golden.acme(), golden.beta(), [])
    ]
    together = week_by_week([*golden.acme(), *golden.beta()], asked, MONDAY_MORNING, lambda _: policy)
    assert all_weeks(each) == together
    assert all_weeks([]) == ()


def test_ages_go_by_elapsed_time_and_a_bound_belongs_to_the_older() -> None:
    history = golden.acme()[2]
    opened = history.ticket.opened
    for hours, age in (
        (0, Age.DAY),
        (23, Age.DAY),
        (24, Age.THREE_DAYS),
        (72, Age.WEEK),
        (7 * 24 - 1, Age.WEEK),
        (7 * 24, Age.FOUR_WEEKS),
        (28 * 24, Age.OLDER),
    ):
        found = ages([history.ticket], opened + timedelta(hours=hours))
        assert {one: counts for one, counts in found.items() if counts} == {age: {"3": 1}}, hours
    assert list(found) == list(Age)
