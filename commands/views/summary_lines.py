"""What a summary says, in lines: the same words for a terminal and for Slack."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from commands.text import Text
from commands.views.period import period_words
from policy.clocks import ClockKind, Lateness
from policy.customer_summaries import ContactsOf, CustomerSummary
from policy.figures import Ball, Breach, Counts, Figures, Kept, OpenTicket, Promise, Spread
from policy.periods import Period
from policy.schema import Policy
from policy.summaries import Brief, Contacts, Summary


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and what stands below it."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """How a summary is told: `person` names a user id, `typed` makes safe what people typed."""

    text: Text
    policy: Policy
    period: Period
    now: datetime
    person: Callable[[str], str]
    typed: Callable[[str], str]

    def time(self, at: datetime) -> str:
        return self.text.clock_time(at, self.period.tz, self.now)

    def owner(self, user: str | None) -> str:
        return self.person(user) if user else self.text("summary.nobody")

    def severity(self, key: str) -> str:
        known = self.policy.severities.get(key)
        return known.name[self.text.language] if known else key

    def kind(self, kind: ClockKind) -> str:
        return self.text(f"summary.promise.{kind.value}")

    def length(self, amount: timedelta | None) -> str:
        return self.text("summary.none") if amount is None else self.text.elapsed(amount)

    def late(self, late: Lateness) -> str:
        """In support time, and as time goes by where that is longer by a minute or more."""
        support = self.text.elapsed(late.support)
        if late.elapsed - late.support < timedelta(minutes=1):
            return self.text("summary.late", late=support)
        return self.text("summary.late.both", support=support, elapsed=self.text.elapsed(late.elapsed))


def account_head(words: Words, summary: Summary | CustomerSummary) -> str:
    """`Acme (ACME) · Oct 5 – 11, 2026 (BST)`."""
    period = period_words(words.text, summary.period, words.now)
    return words.text("summary.head", name=words.typed(summary.name), account=summary.account, period=period)


def account_parts(words: Words, summary: Summary) -> list[Part]:
    """All of an account's summary, for staff. What there is none of is left out, but for what would be missed."""
    text, figures = words.text, summary.figures
    found = [
        Part(text("summary.counts"), tuple(_counts(words, figures))),
        Part(text("summary.kept"), tuple(promises(words, figures))),
        Part(text("summary.breaches"), tuple(breach(words, one) for one in figures.breaches)),
        Part(text("summary.times"), tuple(_times(words, figures))),
        Part(text("summary.now"), tuple(_now(words, summary))),
        Part(text("summary.open"), tuple(open_ticket(words, one) for one in figures.open_now)),
        Part(text("summary.waits"), tuple(_waits(words, summary))),
        Part(text("summary.events"), tuple(_events(words, summary))),
        Part(text("summary.account"), tuple(_account(words, summary))),
        Part(text("summary.uptime"), tuple(uptime(words, summary))),
    ]
    if summary.before is not None:
        found.append(
            Part(before_heading(words, summary.before), tuple(change(words, figures, summary.before)))
        )
    return [part for part in found if part.lines]


def kept(text: Text, one: Kept) -> str:
    """`38/39 (97.4 %)`, `n/a`."""
    if one.share is None:
        return text("summary.none")
    return text("summary.share", met=one.met, judged=one.judged, percent=one.percent)


def breach(words: Words, one: Breach) -> str:
    """One promise that was not kept: which, by how much, who."""
    text = words.text
    key = "summary.breach.open" if one.ended is None else "summary.breach"
    return text(
        key,
        ticket=one.ticket,
        promise=words.kind(one.kind),
        due=words.time(one.due),
        late=words.late(one.late),
        owner=words.owner(one.owner),
        by=words.owner(one.by),
        reason=words.typed(one.reason) if one.reason else text("summary.no_reason"),
    )


def open_ticket(words: Words, one: OpenTicket) -> str:
    """One open ticket: whose turn it is, and what comes next by when."""
    text = words.text
    step = text(f"summary.step.{one.step.value}")
    if one.due is not None and one.ball is Ball.STAFF:
        step = text("summary.step.due", step=step, due=words.time(one.due))
    elif one.since is not None:
        step = text("summary.step.since", step=step, since=words.time(one.since))
    return text(
        "summary.open.line",
        ticket=one.ticket,
        severity=words.severity(one.severity),
        title=words.typed(one.title),
        ball=text(f"summary.ball.{one.ball.value}"),
        step=step,
        owner=words.owner(one.owner),
    )


def joined(text: Text, parts: Iterable[str]) -> str:
    """Phrases one after the other."""
    return text("summary.join").join(parts)


def by_key(counts: Counts, name: Callable[[str], str], text: Text) -> str:
    """`5 (1 Critical, 2 High)`; the total alone where there is nothing to tell apart."""
    total = sum(counts.values())
    named = [text("summary.of", count=count, name=name(key)) for key, count in counts.items() if count]
    return text("summary.total", total=total, parts=joined(text, named)) if named else str(total)


def counts(words: Words, figures: Figures | CustomerSummary) -> Iterator[str]:
    """What came, what went, what was open at the end."""
    text = words.text
    for key, counts in (
        ("summary.opened", figures.opened),
        ("summary.resolved", figures.resolved),
        ("summary.open_at_end", figures.open_at_end),
    ):
        ordered = {one: counts[one] for one in _in_order(words.policy, counts)}
        yield text(key, count=by_key(ordered, words.severity, text))


def _counts(words: Words, figures: Figures) -> Iterator[str]:
    yield from counts(words, figures)
    if figures.ended_otherwise:
        yield words.text("summary.ended_otherwise", count=figures.ended_otherwise)


def promises(words: Words, figures: Figures | CustomerSummary) -> Iterator[str]:
    """How the promises of each kind were kept."""
    text = words.text
    for key, one in (("summary.response", figures.response), ("summary.updates", figures.updates)):
        beside = text("summary.beside", running=one.running, paused=one.paused, cancelled=one.cancelled)
        yield text(key, kept=kept(text, one), beside=beside)


def times(words: Words, figures: Figures | CustomerSummary) -> Iterator[str]:
    """How long things took."""
    text = words.text
    for key, spread in (
        ("summary.acknowledge", figures.acknowledge),
        ("summary.between", figures.between_updates),
        ("summary.resolve", figures.resolve),
    ):
        yield text(key, spread=_spread(words, spread))


def _times(words: Words, figures: Figures) -> Iterator[str]:
    text = words.text
    yield from times(words, figures)
    for one in figures.silences:
        yield text(
            "summary.silence",
            severity=words.severity(one.severity),
            length=text.elapsed(one.support),
            ticket=one.ticket,
            since=words.time(one.since),
        )


def _spread(words: Words, spread: Spread) -> str:
    if not spread.count:
        return words.text("summary.none")
    return words.text(
        "summary.spread",
        median=words.length(spread.median),
        p90=words.length(spread.p90),
        count=spread.count,
    )


def _now(words: Words, summary: Summary) -> Iterator[str]:
    for key, promises in (
        ("summary.overdue", summary.figures.overdue),
        ("summary.at_risk", summary.figures.at_risk),
    ):
        for one in promises:
            yield promise(words, key, one)


def promise(words: Words, key: str, one: Promise) -> str:
    """A promise that is late or at risk now."""
    late = words.late(one.late) if one.late else ""
    return words.text(
        key,
        ticket=one.ticket,
        promise=words.kind(one.kind),
        due=words.time(one.due),
        late=late,
        owner=words.owner(one.owner),
    )


def _waits(words: Words, summary: Summary) -> Iterator[str]:
    text = words.text
    for one in summary.figures.waits:
        said = text(
            "summary.wait",
            ticket=one.ticket,
            elapsed=text.elapsed(one.elapsed),
            paused=text.elapsed(one.paused),
            reason=words.typed(one.reason),
        )
        yield text("summary.suspicious", wait=said) if one.suspicious else said


def _events(words: Words, summary: Summary) -> Iterator[str]:
    text, figures = words.text, summary.figures
    for changed in figures.severity_changes:
        yield text(
            "summary.severity",
            ticket=changed.ticket,
            old=words.severity(changed.old),
            new=words.severity(changed.new),
            by=words.person(changed.by),
            reason=words.typed(changed.reason),
        )
    for again in figures.reopened:
        yield text("summary.reopened", ticket=again.ticket, reason=words.typed(again.reason))
    if figures.asked:
        yield text("summary.asked", count=figures.asked)
    if figures.escalations:
        yield text("summary.escalations", count=figures.escalations)
    for old in figures.old_versions:
        yield text(
            "summary.version", ticket=old.ticket, version=words.typed(old.version), ended=text.day(old.ended)
        )


def _account(words: Words, summary: Summary) -> Iterator[str]:
    text, figures, language = words.text, summary.figures, words.text.language
    causes = words.policy.causes
    unsaid = text("summary.not_said")
    if figures.causes:
        named = by_key(
            figures.causes, lambda key: causes[key].name[language] if key in causes else key or unsaid, text
        )
        yield text("summary.causes", count=named)
    yield from components(words, figures)
    yield from satisfaction(words, figures)
    yield contacts(words, summary.contacts)
    if summary.contacts.opened_by_others:
        yield text("summary.others", count=summary.contacts.opened_by_others)


def components(words: Words, figures: Figures | CustomerSummary) -> Iterator[str]:
    """Which components the tickets were about."""
    known, unsaid = words.policy.components, words.text("summary.not_said")
    if figures.components:
        language = words.text.language
        named = by_key(
            figures.components,
            lambda key: known[key].name[language] if key in known else key or unsaid,
            words.text,
        )
        yield words.text("summary.components", count=named)


def satisfaction(words: Words, figures: Figures | CustomerSummary) -> Iterator[str]:
    """What the customers' scores were."""
    if figures.scores.count:
        yield words.text("summary.scores", mean=figures.scores.mean, count=figures.scores.count)


def contacts(words: Words, of: Contacts | ContactsOf) -> str:
    """How many contacts are designated, of how many."""
    limit = words.text("summary.any_number") if of.limit is None else of.limit
    return words.text("summary.contacts", count=of.designated, limit=limit, trained=of.trained)


def uptime(words: Words, summary: Summary | CustomerSummary) -> Iterator[str]:
    """The outages of the period, and how the months stand against the guarantee."""
    text = words.text
    for one in summary.outages:
        until = words.time(one.end) if one.end else text("summary.lasting")
        key = "summary.maintenance" if one.announced_maintenance else "summary.outage"
        names = words.policy.components
        name = names[one.component].name[text.language] if one.component in names else one.component
        yield text(key, id=one.id, component=name, start=words.time(one.start), end=until)
    for month in summary.uptime:
        verdict = text("summary.met" if month.is_met else "summary.missed")
        yield text(
            "summary.month" if month.is_over else "summary.month.running",
            month=month.month,
            percent=month.uptime_percent,
            guarantee=month.guarantee_percent,
            verdict=verdict,
            credit=month.credit_percent,
        )


def before_heading(words: Words, before: Brief) -> str:
    """Which period it is told against."""
    return words.text("summary.before", period=period_words(words.text, before.period, words.now))


def change(words: Words, figures: Figures | CustomerSummary, before: Brief) -> Iterator[str]:
    """What has changed since the period before."""
    text = words.text
    yield text(
        "summary.change",
        opened=_signed(sum(figures.opened.values()) - before.opened),
        resolved=_signed(sum(figures.resolved.values()) - before.resolved),
        open=_signed(sum(figures.open_at_end.values()) - before.open_at_end),
    )
    yield text(
        "summary.change.kept",
        response=kept(text, before.response),
        response_now=kept(text, figures.response),
        updates=kept(text, before.updates),
        updates_now=kept(text, figures.updates),
    )
    yield text(
        "summary.change.times",
        acknowledge=words.length(before.acknowledge.median),
        acknowledge_now=words.length(figures.acknowledge.median),
        resolve=words.length(before.resolve.median),
        resolve_now=words.length(figures.resolve.median),
    )


def _signed(number: int) -> str:
    return f"{number:+d}" if number else "±0"


def _in_order(policy: Policy, counts: Iterable[str]) -> list[str]:
    """Severities, the most urgent first; those of other policies last."""
    ranks = {key: severity.rank for key, severity in policy.severities.items()}
    return sorted(counts, key=lambda key: (ranks.get(key, len(ranks)), key))
