"""Laws of clocks and reminders over anything that people and workers may do, in any order."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from policy.calendars import Calendar
from policy.changes import Change
from policy.clock_changes import Rule, change_clock, pause_clock, resume_clock
from policy.clocks import TICK, Clock, due_slots, start_response, start_update
from policy.closing import confirm, confirm_unanswered
from policy.effects import Effect, Escalate
from policy.endings import cancel, reopen
from policy.explain import explain
from policy.load import load_policy
from policy.next_updates import agree_update, ask_update, post_update_until
from policy.reminders import GRACE, due_reminder, reminded, reminder_lost, wake_at
from policy.schema import Policy
from policy.severity_changes import change_production, change_severity
from policy.support_time import Coverage, Promise, promise
from policy.tickets import Ticket
from policy.timeline import Entry, Source
from policy.transitions import acknowledge, customer_replied, post_update, resolve, snooze
from policy.waiting import resume, wait_for_customer
from tests.policy.samples import (
    ENGINEER,
    HOUR,
    MESSAGE,
    MINUTE,
    OPENER,
    account,
    at,
    default_policy,
    opened,
    stranger_policy,
)

LAW = settings(max_examples=200, deadline=None)
LIVES = settings(max_examples=250, deadline=None)


def retroactive() -> Policy:
    return load_policy(
        {
            "severity_change": {"retroactive": True},
            "severity": {"2": {"pauses_on_wait": True}, "4": {"wake_again": ["30m"]}},
        }
    )


POLICIES = (default_policy(), stranger_policy(), retroactive())

instants = st.datetimes(datetime(2026, 9, 20), datetime(2026, 11, 10)).map(  # noqa: DTZ001
    lambda naive: at(naive.isoformat())
)
waits = st.one_of(
    st.timedeltas(timedelta(0), timedelta(hours=2)),
    st.timedeltas(timedelta(0), timedelta(days=4)),
    st.sampled_from([timedelta(0), TICK, GRACE, GRACE + TICK, 10 * MINUTE, HOUR, 9 * HOUR]),
)


@dataclass(frozen=True)
class Terms:
    """A policy, and one account's terms under it."""

    plan: str
    region: str
    policy: Policy = field(repr=False)

    def promise(self, severity: str, *, production: bool = True) -> Promise:
        coverage = Coverage(plan=self.plan, region=self.region, production=production)
        return promise(self.policy, coverage, self.policy.severity(severity))


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    policy = draw(st.sampled_from(POLICIES))
    return Terms(
        plan=draw(st.sampled_from(list(policy.plans))),
        region=draw(st.sampled_from(list(policy.regions))),
        policy=policy,
    )


@st.composite
def clocks(draw: st.DrawFn, terms: Terms) -> Clock:
    """A response clock, or an update clock."""
    promised = terms.promise(draw(st.sampled_from(list(terms.policy.severities))))
    since = draw(instants)
    if draw(st.booleans()) and (clock := start_update(terms.policy, promised, since)):
        return clock
    return start_response(terms.policy, promised, since)


# -- deadlines


@LAW
@given(st.data(), terms(), instants, waits)
def test_who_opens_later_is_due_no_earlier(
    data: st.DataObject, terms: Terms, since: datetime, wait: timedelta
) -> None:
    promised = terms.promise(data.draw(st.sampled_from(list(terms.policy.severities))))
    first, second = (start_response(terms.policy, promised, one) for one in (since, since + wait))
    assert first.due <= second.due
    assert since < first.due


@LAW
@given(st.data(), terms(), waits, st.booleans(), st.booleans())
def test_an_upgrade_is_never_later_a_downgrade_never_earlier(
    data: st.DataObject, terms: Terms, wait: timedelta, upgrade: bool, production: bool
) -> None:
    clock = data.draw(clocks(terms))
    now = clock.started + wait
    promised = terms.promise(data.draw(st.sampled_from(list(terms.policy.severities))), production=production)
    changed = change_clock(terms.policy, clock, promised, now, upgrade=upgrade)
    if changed is None:
        return
    if clock.due < now:
        assert (changed.clock.due, changed.rule) == (clock.due, Rule.RAN_OUT)
    elif upgrade:
        assert changed.clock.due <= clock.due
        assert terms.policy.retroactive or changed.clock.due >= now
    else:
        assert changed.clock.due >= clock.due
    assert changed.candidate is None or changed.clock.due in {clock.due, changed.candidate}
    assert changed.clock.started == clock.started


@LAW
@given(st.data(), terms(), st.lists(st.tuples(waits, waits), min_size=1, max_size=4))
def test_pausing_and_running_on_conserves_what_is_left(
    data: st.DataObject, terms: Terms, pauses: list[tuple[timedelta, timedelta]]
) -> None:
    clock = data.draw(clocks(terms))
    calendar = terms.policy.calendar(clock.calendar)
    whole = calendar.support_time_between(clock.started, clock.due)
    ran, now = timedelta(0), clock.started
    for run, rest in pauses:
        if now + run > clock.due:
            break
        ran += calendar.support_time_between(now, now + run)
        now += run
        clock = pause_clock(terms.policy, clock, now)
        assert clock.pause is not None
        assert clock.pause.remaining == whole - ran
        before, now = clock.due, now + rest
        clock = resume_clock(terms.policy, clock, now)
        assert calendar.support_time_between(now, clock.due) == whole - ran
        assert clock.due >= before
        assert clock.span_done == ran
    assert ran + calendar.support_time_between(now, clock.due) == whole


# -- lives


ACTS = (
    *("acknowledge", "update", "until", "agree", "ask", "severity", "production", "wait", "resume", "reply"),
    *("snooze", "resolve", "confirm", "reopen", "cancel"),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["look", "wake", "lost", *ACTS]),
        waits,
        st.integers(0, 4),
    ),
    max_size=25,
)


def decided(policy: Policy, ticket: Ticket, act: str, pick: int, now: datetime) -> object:
    severities = list(policy.severities)
    named = now + (pick + 1) * 3 * HOUR
    acts: dict[str, Callable[[], object]] = {
        "acknowledge": lambda: acknowledge(policy, ticket, ENGINEER, now),
        "update": lambda: post_update(policy, ticket, ENGINEER, "x", Source.THREAD, now),
        "until": lambda: post_update_until(policy, ticket, ENGINEER, "x", named, now),
        "agree": lambda: (
            agree_update(policy, ticket, OPENER, ticket.proposal.next_at, now) if ticket.proposal else None
        ),
        "ask": lambda: ask_update(policy, ticket, OPENER, now),
        "severity": lambda: change_severity(
            policy, ticket, ENGINEER, severities[pick % len(severities)], "x", now
        ),
        "production": lambda: change_production(policy, ticket, ENGINEER, pick % 2 == 0, "x", now),
        "wait": lambda: wait_for_customer(policy, ticket, ENGINEER, "x", now),
        "resume": lambda: resume(policy, ticket, ENGINEER, now),
        "reply": lambda: customer_replied(policy, ticket, OPENER, "x", now),
        "snooze": lambda: snooze(policy, ticket, ENGINEER, named, now),
        "resolve": lambda: resolve(ticket, ENGINEER, "x", now),
        "reopen": lambda: reopen(policy, ticket, ENGINEER, "x", now),
        "confirm": lambda: confirm(ticket, OPENER, now),
        "cancel": lambda: cancel(ticket, ENGINEER, "x", now) if pick == 0 else None,
    }
    return acts[act]()


def schedule(clock: Clock) -> Clock:
    """What fixes the reminders of a clock, without what is noted on it."""
    return replace(clock, covered_until=clock.started, escalated=None, asked=None)


class Life:
    """A ticket and what its worker did: which slots of each schedule of its clocks were named, and when."""

    def __init__(self, terms: Terms, severity: str, start: datetime) -> None:
        self.policy = terms.policy
        of = account(plan=terms.plan, region=terms.region)
        change = opened(severity, policy=self.policy, of=of, now=start)
        self.ticket, self.entries, self.now = change.ticket, list(change.entries), start
        self.escalated: set[tuple[object, ...]] = set()
        self._begin()

    def act(self, act: str, wait: timedelta, pick: int) -> None:
        self.now += wait
        if act == "wake":
            wake = wake_at(self.policy, self.ticket, self.now)
            self.now = max(self.now, wake) if wake else self.now
        if act in {"look", "wake", "lost"}:
            self.look(lost=act == "lost")
            if act == "wake" and self.ticket.clock and not self.ticket.clock.pause:
                # Nothing that was due by the wake-up is left.
                following = wake_at(self.policy, self.ticket, self.now)
                assert following is not None
                assert following > self.now
            return
        before = self.ticket
        change = decided(self.policy, before, act, pick, self.now)
        if isinstance(change, Change):
            self._take(change)
            if act in {"snooze", "reply"} and before.waiting is None:
                assert change.ticket.clock == before.clock

    def look(self, *, lost: bool) -> None:
        """The worker looks for a reminder."""
        wake = wake_at(self.policy, self.ticket, self.now)
        reminder = due_reminder(self.policy, self.ticket, self.now)
        unanswered = confirm_unanswered(self.policy, self.ticket, self.now)
        assert reminder is None or unanswered is None
        assert ((reminder or unanswered) is not None) == (wake is not None and wake <= self.now)
        if wake is not None:
            # Woken then, the worker finds something to do, and does not spin.
            again = max(wake, self.now)
            following = wake_at(self.policy, self.ticket, again)
            assert following is not None
            assert following <= again
        if unanswered is not None:
            self._take(unanswered)
            assert wake_at(self.policy, self.ticket, self.now) is None
            return
        if reminder is None:
            return
        self._in_support_time()
        assert self.ticket.clock is not None
        for slot in reminder.slots:
            assert self.ticket.clock.covered_until < slot.at <= self.now
            assert slot.at not in self.named, "named twice"
            self.named.add(slot.at)
        self.counted += reminder.count
        if lost:
            self._take(reminder_lost(self.ticket, reminder, "x", self.now))
        else:
            self._take(reminded(self.ticket, reminder, MESSAGE, self.now))
        assert due_reminder(self.policy, self.ticket, self.now) is None
        self._complete()

    def _take(self, change: Change) -> None:
        old = self.ticket.clock
        assert change.ticket.moved >= self.ticket.moved
        assert all(entry.at == change.ticket.moved for entry in change.entries)
        for effect in change.staff:
            if isinstance(effect, Escalate):
                assert old is not None
                assert self._desks_open(), "escalated while support was closed"
                silence = (old.kind, old.started)
                assert silence not in self.escalated
                self.escalated.add(silence)
        self.ticket = change.ticket
        self.entries += change.entries
        new = change.ticket.clock
        if new is not None and (old is None or schedule(old) != schedule(new)):
            self._begin()
        assert new is None or change.ticket.is_open
        why = explain(self.ticket, self.entries)
        if new is not None:
            assert why.due == (new.due if new.pause is None else None)
            assert why.ended is None
        for kept, kind in ((change.entries, Entry), (change.customer + change.staff, Effect)):
            for one in kept:
                assert msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=kind) == one
        whole = msgspec.msgpack.decode(msgspec.msgpack.encode(self.ticket), type=Ticket)
        assert whole == self.ticket

    def _begin(self) -> None:
        """Another schedule begins: what it has covered from the start is not for it to name."""
        clock = self.ticket.clock
        self.covered = clock.covered_until if clock else self.now
        self.named: set[datetime] = set()
        self.counted = 0

    def _complete(self) -> None:
        clock = self.ticket.clock
        assert clock is not None
        from_start = replace(clock, covered_until=self.covered)
        slots, count = due_slots(self.policy, from_start, self.now, most=5_000)
        assert self.counted == count
        assert self.named <= {slot.at for slot in slots}

    def _desks(self) -> list[Calendar]:
        clock, ticket = self.ticket.clock, self.ticket
        assert clock is not None
        promised = promise(self.policy, ticket.coverage, self.policy.severity(ticket.severity))
        return [self.policy.calendar(name) for name in (promised.calendar, clock.reminds_in)]

    def _desks_open(self) -> bool:
        clock = self.ticket.clock
        assert clock is not None
        support, counted_in = self._desks()

        def just(desk: Calendar) -> bool:
            return desk.support_time_between(self.now - GRACE - TICK, self.now + TICK) > timedelta(0)

        opening = clock.call_at is not None and clock.call_at <= self.now <= clock.call_at + GRACE
        return just(support) and (just(counted_in) or opening or support.is_open(self.now))

    def _in_support_time(self) -> None:
        """No reminder goes out while support is closed, but for the minute after closing."""
        clock = self.ticket.clock
        assert clock is not None
        support, counted_in = self._desks()
        for desk in (support, counted_in):
            if desk.is_open(self.now):
                continue
            if desk is counted_in and clock.call_at is not None and clock.covered_until < clock.call_at:
                continue  # a call for somebody to take it goes by the plan's hours
            assert desk.support_time_between(self.now - GRACE - TICK, self.now) > timedelta(0)


@LIVES
@given(st.data(), terms(), instants, STEPS)
def test_slots_are_never_doubled_missed_or_told_outside_support_time(
    data: st.DataObject, terms: Terms, start: datetime, steps: list[tuple[str, timedelta, int]]
) -> None:
    """Whatever people do in whatever order, and whenever the worker looks: each slot of each schedule is covered
    by one reminder or void by a change, once covered never again; a silence escalates once; the steps of *why this
    deadline* always lead to it; all that is kept is read back as it was."""
    life = Life(terms, data.draw(st.sampled_from(list(terms.policy.severities))), start)
    for step in steps:
        life.act(*step)
