"""Summaries: a week worked out by hand (docs/summaries.md), and laws that hold for any week."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.clocks import ClockKind, Lateness
from policy.customer_summaries import CustomerSummary, for_customer
from policy.figures import Ball, Figures, Kept, Scores, Spread, Step, add_counts, together
from policy.histories import History
from policy.overviews import Health, health_of, overview, that_count
from policy.periods import Period, Unit, days
from policy.summaries import Rows, Summary, summarise
from tests.policy import golden_week as golden
from tests.policy import lives
from tests.policy.golden_week import ACME, BETA, CIRRUS, ERIN, MONDAY_MORNING, OMAR, WEEK
from tests.policy.samples import HOUR, MINUTE, MONDAY, account, at, default_policy

NOTHING = timedelta()
DAY = timedelta(days=1)


def summed(
    of: Any, histories: list[History], period: Period = WEEK, now: datetime = MONDAY_MORNING, **rest: Any
) -> Summary:
    rows = Rows(histories, rest.pop("outages", ()))
    policy = default_policy()
    return summarise(
        of, rows, period, now, policy=policy, policy_of=lambda _: policy, releases=golden.RELEASES, **rest
    )


@pytest.fixture(scope="module")
def acme() -> Summary:
    rows = golden.acme()
    return summed(ACME, rows, outages=[golden.OUTAGE], before=Rows(rows))


# -- the week that docs/summaries.md works out


def test_what_came_and_went(acme: Summary) -> None:
    figures = acme.figures
    assert figures.opened == {"1": 1, "2": 1, "3": 2, "4": 1}
    assert figures.resolved == {"1": 1, "2": 1, "3": 1}
    assert figures.open_at_end == {"3": 1, "4": 1}
    assert figures.ended_otherwise == 1
    assert figures.components == {"api": 2, "ui": 1, "": 2}
    assert figures.causes == {"defect": 1, "": 1, "configuration": 1}


def test_how_promises_were_kept(acme: Summary) -> None:
    assert acme.figures.response == Kept(met=2, breached=1, running=1, cancelled=1)
    assert acme.figures.updates == Kept(met=6, breached=3)
    assert acme.figures.response.percent == "66.6"
    assert acme.figures.updates.percent == "66.6"


def test_each_breach_with_who_and_by_how_much(acme: Summary) -> None:
    breaches = [
        (one.ticket, one.kind, one.due, one.late, one.owner, one.by, one.reason)
        for one in acme.figures.breaches
    ]
    response, update = ClockKind.RESPONSE, ClockKind.UPDATE
    same = lambda amount: Lateness(support=amount, elapsed=amount)  # noqa: E731
    assert breaches == [
        ("ACME-1", update, at("2026-10-05 11:20"), same(20 * MINUTE), ERIN, ERIN, None),
        ("ACME-2", response, at("2026-10-06 14:00"), same(HOUR), None, ERIN, None),
        ("ACME-2", update, at("2026-10-06 18:00"), same(14 * HOUR), ERIN, OMAR, None),
        ("ACME-3", update, at("2026-10-09 23:00"), same(58 * HOUR), ERIN, None, None),
    ]
    assert [one.target for one in acme.figures.breaches] == ["1h", "4h", "2h", "6h"]


def test_medians_and_percentiles(acme: Summary) -> None:
    figures = acme.figures
    assert figures.acknowledge.values == (30 * MINUTE, HOUR, 5 * HOUR)
    assert (figures.acknowledge.median, figures.acknowledge.p90) == (HOUR, 5 * HOUR)
    assert figures.between_updates.values == tuple(
        minutes * MINUTE for minutes in (30, 50, 60, 80, 120, 180, 300, 960)
    )
    assert (figures.between_updates.median, figures.between_updates.p90) == (100 * MINUTE, 16 * HOUR)
    assert figures.resolve.values == (190 * MINUTE, 22 * HOUR, 123 * HOUR)
    assert (figures.resolve.median, figures.resolve.p90) == (22 * HOUR, 123 * HOUR)


def test_the_longest_silences(acme: Summary) -> None:
    silences = {one.severity: (one.ticket, one.since, one.support) for one in acme.figures.silences}
    assert silences == {
        "1": ("ACME-1", at("2026-10-05 10:20"), 80 * MINUTE),
        "2": ("ACME-2", at("2026-10-06 16:00"), 16 * HOUR),
        "3": ("ACME-3", at("2026-10-09 17:00"), 54 * HOUR),
        "4": ("ACME-4", at("2026-10-09 14:00"), 3 * HOUR),
    }
    assert [one.severity for one in acme.figures.silences] == ["3", "2", "4", "1"]


def test_what_is_late_now_and_what_comes_next(acme: Summary) -> None:
    figures = acme.figures
    (late,) = figures.overdue
    assert (late.ticket, late.owner, late.late) == ("ACME-3", ERIN, Lateness(58 * HOUR, 58 * HOUR))
    assert figures.at_risk == ()
    assert [(one.ticket, one.ball, one.step, one.due) for one in figures.open_now] == [
        ("ACME-3", Ball.STAFF, Step.UPDATE, at("2026-10-09 23:00")),
        ("ACME-4", Ball.STAFF, Step.ACKNOWLEDGE, at("2026-10-12 14:00")),
    ]
    later = summed(ACME, golden.acme(), now=at("2026-10-12 09:30")).figures
    assert [one.ticket for one in later.at_risk] == ["ACME-4"]


def test_waiting_for_the_customer(acme: Summary) -> None:
    (wait,) = acme.figures.waits
    assert (wait.ticket, wait.elapsed, wait.paused, wait.suspicious) == ("ACME-3", 24 * HOUR, 24 * HOUR, True)
    assert acme.figures.paused == 24 * HOUR


def test_changes_reopenings_scores_contacts_versions(acme: Summary) -> None:
    figures = acme.figures
    assert [(one.ticket, one.old, one.new, one.by) for one in figures.severity_changes] == [
        ("ACME-6", "3", "2", OMAR)
    ]
    assert [(one.ticket, one.at) for one in figures.reopened] == [("ACME-5", at("2026-10-06 09:00"))]
    assert figures.scores == Scores({4: 1})
    assert figures.scores.mean == "4.0"
    assert [(one.ticket, one.version, one.ended) for one in figures.old_versions] == [
        ("ACME-2", "7.2", date(2026, 3, 1))
    ]
    assert (acme.contacts.designated, acme.contacts.limit, acme.contacts.trained) == (2, 8, 1)


def test_outages_and_uptime(acme: Summary) -> None:
    assert [one.id for one in acme.outages] == ["ACME-O1"]
    (october,) = acme.uptime
    assert (october.month, october.is_over, october.downtime) == ("2026-10", False, 45 * MINUTE)
    assert (october.uptime_percent, october.is_met, october.credit_percent) == ("99.899193", False, "0")
    assert summed(BETA, []).uptime == ()


def test_the_week_before(acme: Summary) -> None:
    before = acme.before
    assert before is not None
    assert before.period.start == at("2026-09-27 23:00")
    assert (before.opened, before.resolved, before.open_at_end) == (1, 1, 0)
    assert (before.response, before.updates) == (Kept(met=1), Kept(met=1))
    assert (before.acknowledge.median, before.resolve.median) == (30 * MINUTE, 5 * HOUR)


def test_nothing_is_not_all() -> None:
    figures = summed(CIRRUS, []).figures
    assert figures == Figures()
    assert (figures.response.percent, figures.response.share) == ("n/a", None)
    assert (figures.acknowledge.median, figures.acknowledge.p90) == (None, None)
    assert figures.scores.mean == "n/a"


def test_all_accounts_the_worst_first() -> None:
    """Beta's customer has been waited for since Tuesday; nothing is late there."""
    every = [summed(CIRRUS, []), summed(BETA, golden.beta()), summed(ACME, golden.acme())]
    whole = overview(every, WEEK, MONDAY_MORNING)
    assert [one.account for one in whole.accounts] == ["ACME", "BETA", "CIRRUS"]
    assert [health_of(one) for one in whole.accounts] == [Health.ATTENTION, Health.ATTENTION, Health.QUIET]
    assert whole.accounts[1].long_waits == ("BETA-7",)
    assert whole.total.updates == Kept(met=7, breached=3, paused=1)
    assert whole.total.response == Kept(met=3, breached=1, running=1, cancelled=1)
    assert sum(whole.total.opened.values()) == 6


def test_practice_accounts_count_nowhere() -> None:
    practice = account("TRY", practice=True)
    assert that_count([ACME, practice, BETA]) == [ACME, BETA]


# -- instants and edges


@pytest.mark.parametrize(
    ("answered", "outcome"),
    [("11:00", Kept(met=1)), ("11:00:00.000001", Kept(breached=1))],
)
def test_met_is_at_or_before_the_due_instant(answered: str, outcome: Kept) -> None:
    one = golden.life(ACME, 1, "1", "2026-10-05 09:00", (f"2026-10-05 {answered}", golden.take()))
    assert summed(ACME, [one]).figures.response == outcome


def test_a_promise_counts_where_it_ran_out_and_not_where_it_was_answered() -> None:
    """Due Sunday 23:30 London time, answered on Monday."""
    one = golden.life(ACME, 1, "1", "2026-10-11 20:30", ("2026-10-12 01:00", golden.take()))
    monday = days(date(2026, 10, 12), date(2026, 10, 19), "Europe/London", Unit.WEEK, 1)
    assert summed(ACME, [one]).figures.response == Kept(breached=1)
    assert summed(ACME, [one], monday, at("2026-10-12 02:00")).figures.response == Kept()
    assert summed(ACME, [one]).figures.acknowledge.count == 0


def test_what_is_judged_at_the_very_end_belongs_to_the_next_period() -> None:
    one = golden.life(ACME, 1, "1", "2026-10-11 21:00", ("2026-10-11 23:00", golden.take()))
    monday = days(date(2026, 10, 12), date(2026, 10, 19), "Europe/London", Unit.WEEK, 1)
    assert summed(ACME, [one]).figures.response == Kept(running=1)
    assert summed(ACME, [one], monday).figures.response == Kept(met=1)


def test_a_promise_of_an_open_ticket_that_has_run_out_is_breached() -> None:
    one = golden.life(ACME, 1, "1", "2026-10-11 20:00")
    assert summed(ACME, [one]).figures.response == Kept(breached=1)
    at_due = summed(ACME, [one], now=at("2026-10-11 22:00")).figures
    assert at_due.response == Kept(running=1)
    assert [promise.ticket for promise in at_due.overdue] == ["ACME-1"]


def test_a_wait_after_a_question_is_not_suspicious() -> None:
    (wait,) = summed(BETA, golden.beta()).figures.waits
    assert not wait.suspicious
    assert wait.until is None
    # Tuesday 10:00 to the end of Sunday in London; Premium is open 6:00 to 22:00 on working days.
    assert wait.elapsed == timedelta(days=5, hours=14)
    assert wait.paused == (12 + 3 * 16) * HOUR


# -- what a customer reads


def test_the_staff_s_own_words_never_reach_a_customer(acme: Summary) -> None:
    staff = msgspec.json.encode(acme).decode()
    # The cancelled ticket's reason and the note are in no summary at all.
    assert all(secret in staff for secret in ("SECRET-WAIT", "SECRET-SEVERITY", OMAR))
    safe = for_customer(acme)
    told = msgspec.json.encode(safe).decode()
    assert [secret for secret in golden.SECRETS if secret in told] == []
    assert ERIN in told  # an owner is named
    assert safe.response == acme.figures.response
    assert [one.ticket for one in safe.open_now] == ["ACME-3", "ACME-4"]


def test_the_customer_s_types_have_no_place_for_it() -> None:
    names: set[str] = set()
    seen: set[Any] = set()

    def look(kind: Any) -> None:
        for part in getattr(kind, "__args__", ()):
            look(part)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in seen:
            seen.add(kind)
            for field in msgspec.structs.fields(kind):
                names.add(field.name)
                look(field.type)

    look(CustomerSummary)
    assert {"late", "open_now", "elapsed", "owner"} <= names
    assert names.isdisjoint(
        {"by", "reason", "suspicious", "causes", "figures", "escalations", "notes", "text"}
    )


# -- laws


def drawn(seed: int, of: Any, tickets: int = 6) -> list[History]:
    draw = Random(seed)
    opened = MONDAY
    histories = []
    for number in range(1, tickets + 1):
        opened += timedelta(minutes=draw.randint(0, 30_000))
        histories.append(lives.history(lives.changes(draw, of, number, opened)))
    return histories


NOW = MONDAY + timedelta(days=500)
ADDED = ("opened", "resolved", "causes", "components")
COUNTED = ("ended_otherwise", "escalations", "asked")


def weeks_of(first: date, count: int, zone: str) -> list[Period]:
    starts = [first + week * 7 * DAY for week in range(count)]
    return [days(start, start + 7 * DAY, zone, Unit.WEEK, 1) for start in starts]


@given(st.integers(0, 10**9), st.sampled_from(["Europe/London", "Asia/Tokyo", "America/New_York"]))
def test_the_sums_over_weeks_are_those_of_the_quarter(seed: int, zone: str) -> None:
    of = account(plan=Random(seed).choice(list(default_policy().plans)))
    histories = drawn(seed, of)
    weeks = weeks_of(date(2026, 10, 5), 13, zone)
    quarter = days(date(2026, 10, 5), date(2027, 1, 4), zone, Unit.WEEK, 13)
    parts = [summed(of, histories, week, NOW).figures for week in weeks]
    whole = summed(of, histories, quarter, NOW).figures
    for name in ADDED:
        assert add_counts(getattr(part, name) for part in parts) == dict(getattr(whole, name)), name
    for name in COUNTED:
        assert sum(getattr(part, name) for part in parts) == getattr(whole, name), name
    for name in ("response", "updates"):
        added = sum((getattr(part, name) for part in parts), Kept())
        kept = getattr(whole, name)
        assert (added.met, added.breached, added.cancelled) == (kept.met, kept.breached, kept.cancelled)
        assert (kept.running, kept.paused) == (
            getattr(parts[-1], name).running,
            getattr(parts[-1], name).paused,
        )
    for name in ("acknowledge", "between_updates", "resolve"):
        assert sum((getattr(part, name) for part in parts), Spread()) == getattr(whole, name), name
    assert sorted(one.due for part in parts for one in part.breaches) == [one.due for one in whole.breaches]
    assert sum((part.paused for part in parts), NOTHING) == whole.paused
    assert sum(part.scores.count for part in parts) == whole.scores.count
    assert parts[-1].open_at_end == whole.open_at_end


@given(st.integers(0, 10**9))
def test_what_was_open_and_came_less_what_went_is_open(seed: int) -> None:
    of = account()
    histories = drawn(seed, of)
    before = 0
    for week in weeks_of(date(2026, 9, 28), 20, "Europe/London"):
        figures = summed(of, histories, week, NOW).figures
        came = sum(figures.opened.values()) + len(figures.reopened)
        went = sum(figures.resolved.values()) + figures.ended_otherwise
        after = sum(figures.open_at_end.values())
        assert before + came - went == after
        before = after


@given(st.integers(0, 10**9))
def test_the_sums_over_accounts_are_those_of_all(seed: int) -> None:
    accounts = [account(key) for key in ("ACME", "BETA", "CIRRUS")]
    every = [summed(of, drawn(seed + place, of, 3)) for place, of in enumerate(accounts)]
    whole = overview(every, WEEK, MONDAY_MORNING)
    mixed = [history for place, of in enumerate(accounts) for history in drawn(seed + place, of, 3)]
    total, at_once = whole.total, summed(accounts[0], mixed).figures
    assert (total.response, total.updates) == (at_once.response, at_once.updates)
    for name in (*ADDED, "open_at_end"):
        assert dict(getattr(total, name)) == dict(getattr(at_once, name)), name
    assert (total.acknowledge, total.resolve) == (at_once.acknowledge, at_once.resolve)
    assert len(total.breaches) == len(at_once.breaches)
    assert {one.severity: one.support for one in total.silences} == {
        one.severity: one.support for one in at_once.silences
    }
    assert together([]) == Figures()


@given(st.integers(0, 10**9))
def test_a_past_week_is_told_the_same_later(seed: int) -> None:
    """But for what is of now: how late what nobody has answered is, and what is open."""
    of = account()
    draw = Random(seed)
    done = [lives.changes(draw, of, number, MONDAY + number * DAY) for number in range(1, 5)]
    week = weeks_of(date(2026, 10, 5), 1, "Europe/London")[0]
    then = [lives.history(one, week.end) for one in done]
    later = [lives.history(one) for one in done]
    first, second = summed(of, then, week, week.end).figures, summed(of, later, week, NOW).figures
    assert (first.opened, first.resolved, first.open_at_end) == (
        second.opened,
        second.resolved,
        second.open_at_end,
    )
    assert (first.response, first.updates) == (second.response, second.updates)
    assert (first.acknowledge, first.resolve) == (second.acknowledge, second.resolve)
    assert first.silences == second.silences


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=60))
def test_nine_in_ten_did_not_exceed_the_ninetieth_percentile(seconds: list[int]) -> None:
    spread = Spread(tuple(sorted(timedelta(seconds=one) for one in seconds)))
    assert spread.p90 is not None
    assert spread.median is not None
    within = sum(one <= spread.p90 for one in spread.values)
    assert 10 * within >= 9 * spread.count
    assert 10 * sum(one < spread.p90 for one in spread.values) < 9 * spread.count
    assert sum(one <= spread.median for one in spread.values) * 2 >= spread.count
