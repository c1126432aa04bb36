"""*Why this deadline*, in plain words and the reader's zone, so that a person can check it by hand."""

from datetime import datetime

from commands.views.card import Scene
from commands.views.lists import fitted_lines, said
from commands.views.message import Message, mention, section, severity_label
from commands.views.terms import hours_name
from policy.clocks import Outcome
from policy.durations import parse_duration
from policy.explain import Agreed, Counted, Explanation, Held, Moved, RanOn, Step


def explanation(scene: Scene, found: Explanation, *, customer: bool) -> Message:
    """The steps that led to the deadline, in order. To a `customer` the zone is named; staff see their own."""
    text = scene.text
    if not found.steps:
        return said(text, "why.nothing", id=scene.ticket.id)
    words = _Words(scene, customer=customer)
    lines = [words.step(step) for step in found.steps]
    if found.ended is not None:
        lines.append(words.ended(found))
    elif found.due is not None:
        lines.append(text("why.due", due=words.time(found.due)))
    head = text("why.head", id=scene.ticket.id)
    return Message(text=head, blocks=[section(head), section(fitted_lines(lines))])


class _Words:
    def __init__(self, scene: Scene, *, customer: bool) -> None:
        self.scene = scene
        self.text = scene.text
        self.customer = customer

    def time(self, at: datetime) -> str:
        return self.scene.plain_time(at) if self.customer else self.scene.time(at)

    def hours(self, calendar: str) -> str:
        return hours_name(self.text, self.scene.policy, calendar)

    def label(self, severity: str) -> str:
        return severity_label(self.text, self.scene.policy, severity)

    def target(self, target: str) -> str:
        return self.text.duration(parse_duration(target))

    def step(self, step: Step) -> str:
        time = self.time(step.at)
        match step:
            case Counted():
                return self.text(
                    f"why.counted.{step.kind}",
                    time=time,
                    severity=self.label(step.severity),
                    target=self.target(step.target),
                    hours=self.hours(step.calendar),
                    since=self.time(step.since),
                    due=self.time(step.due),
                )
            case Held():
                left = self.text.elapsed(step.remaining)
                return self.text("why.held", time=time, remaining=left, due=self.time(step.due))
            case RanOn():
                left, hours = self.text.elapsed(step.remaining), self.hours(step.calendar)
                return self.text(
                    "why.ran_on", time=time, remaining=left, hours=hours, due=self.time(step.due)
                )
            case Moved():
                changed = (
                    self.text("why.moved.production", severity=self.label(step.severity))
                    if step.old_severity == step.severity
                    else self.text(
                        "why.moved.severity",
                        old=self.label(step.old_severity),
                        new=self.label(step.severity),
                    )
                )
                return self.text(
                    "why.moved",
                    time=time,
                    changed=changed,
                    old_due=self.time(step.old_due),
                    target=self.target(step.target),
                    since=self.time(step.since),
                    hours=self.hours(step.calendar),
                    candidate=self.time(step.candidate) if step.candidate else "-",
                    due=self.time(step.due),
                )
            case Agreed():
                old, new = self.time(step.old_due), self.time(step.due)
                return self.text("why.agreed", time=time, by=mention(step.by), old_due=old, due=new)

    def ended(self, found: Explanation) -> str:
        interval = found.ended
        assert interval is not None
        if interval.outcome is Outcome.BREACHED:
            calendar = self.scene.policy.calendar(interval.calendar)
            late = self.text.elapsed(calendar.support_time_between(interval.due, interval.ended))
            return self.text("why.ended.breached", time=self.time(interval.ended), late=late)
        return self.text(f"why.ended.{interval.outcome}", time=self.time(interval.ended))
