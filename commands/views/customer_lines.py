"""What a summary says to the customer, in lines. It is made of the customer's own types, which have no place for what
is the staff's (policy/customer_summaries.py)."""

from collections.abc import Iterator

from commands.views import summary_lines as lines
from commands.views.summary_lines import Part, Words
from policy.customer_summaries import CustomerSummary, LatePromise, Standing
from policy.figures import Ball


def customer_parts(words: Words, summary: CustomerSummary) -> list[Part]:
    """All of it. What there is none of is left out, but for what would be missed."""
    text = words.text
    found = [
        Part(text("summary.counts"), tuple(lines.counts(words, summary))),
        Part(text("summary.kept"), tuple(lines.promises(words, summary))),
        Part(text("summary.breaches"), tuple(_late(words, one) for one in summary.late)),
        Part(text("summary.times"), tuple(lines.times(words, summary))),
        Part(text("summary.open"), tuple(_open(words, one) for one in summary.open_now)),
        Part(text("summary.customer.waits"), tuple(_waits(words, summary))),
        Part(text("summary.events"), tuple(_events(words, summary))),
        Part(text("summary.account"), tuple(_account(words, summary))),
        Part(text("summary.uptime"), tuple(lines.uptime(words, summary))),
    ]
    if summary.before is not None:
        told = tuple(lines.change(words, summary, summary.before))
        found.append(Part(lines.before_heading(words, summary.before), told))
    return [part for part in found if part.lines]


def _late(words: Words, one: LatePromise) -> str:
    return words.text(
        "summary.customer.late.open" if one.ended is None else "summary.customer.late",
        ticket=one.ticket,
        promise=words.kind(one.kind),
        due=words.time(one.due),
        late=words.late(one.late),
        owner=words.owner(one.owner),
    )


def _open(words: Words, one: Standing) -> str:
    text = words.text
    step = text(f"summary.customer.step.{one.step.value}")
    if one.due is not None and one.ball is Ball.STAFF:
        step = text("summary.step.due", step=step, due=words.time(one.due))
    elif one.since is not None:
        step = text("summary.step.since", step=step, since=words.time(one.since))
    return text(
        "summary.open.line",
        ticket=one.ticket,
        severity=words.severity(one.severity),
        title=words.typed(one.title),
        ball=text(f"summary.customer.ball.{one.ball.value}"),
        step=step,
        owner=words.owner(one.owner),
    )


def _waits(words: Words, summary: CustomerSummary) -> Iterator[str]:
    text = words.text
    for one in summary.waits:
        elapsed, paused = text.elapsed(one.elapsed), text.elapsed(one.paused)
        yield text("summary.customer.wait", ticket=one.ticket, elapsed=elapsed, paused=paused)


def _events(words: Words, summary: CustomerSummary) -> Iterator[str]:
    text = words.text
    for one in summary.severity_changes:
        old, new = words.severity(one.old), words.severity(one.new)
        yield text("summary.customer.severity", ticket=one.ticket, old=old, new=new)
    for again in summary.reopened:
        yield text("summary.customer.reopened", ticket=again.ticket, time=words.time(again.at))
    for out in summary.old_versions:
        version, ended = words.typed(out.version), text.day(out.ended)
        yield text("summary.version", ticket=out.ticket, version=version, ended=ended)


def _account(words: Words, summary: CustomerSummary) -> Iterator[str]:
    yield from lines.components(words, summary)
    yield from lines.satisfaction(words, summary)
    yield lines.contacts(words, summary.contacts)
