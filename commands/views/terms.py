"""The terms of an account's plan, in plain words: what is promised, in which hours, to whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from slack_sdk.models.blocks import Block

from commands.text import Text
from commands.views.escape import fitted
from commands.views.message import Message, context, mention, section, severity_label
from policy.calendars import Calendar
from policy.directory import Account
from policy.schema import Policy, Severity
from policy.support_time import ANY_HOUR, Promise


@dataclass(frozen=True, slots=True)
class Terms:
    """What messages about an account's terms are rendered from. `promises` has the plan's promise of each
    severity in production, the most urgent first."""

    text: Text
    policy: Policy
    account: Account
    promises: Sequence[Promise]
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        return self.policy.regions[self.account.region].tz

    def severity(self, promise: Promise) -> Severity:
        return self.policy.severity(promise.severity)

    def label(self, promise: Promise) -> str:
        return severity_label(self.text, self.policy, promise.severity)

    def time(self, at: datetime) -> str:
        return self.text.clock_time(at, self.zone, self.now)

    @property
    def plan(self) -> str:
        return self.policy.plans[self.account.plan].name[self.text.language]

    @property
    def name(self) -> str:
        return fitted(self.account.name, 200)


def hours_name(text: Text, policy: Policy, calendar: str) -> str:
    """What people call a calendar: `any hour of any day`, `business hours (Asia/Tokyo)`."""
    if calendar == ANY_HOUR:
        return text("hours.any")
    pattern, _, region = calendar.partition("@")
    name = policy.source["hours"][pattern]["name"][text.language]
    return text("hours.local", name=name, zone=policy.regions[region].zone) if region else name


def opening(text: Text, calendar: Calendar, zone: ZoneInfo, now: datetime) -> str:
    """Whether a desk is open now, and until or from when."""
    if calendar.is_open(now):
        closing = calendar.next_closing(now)
        if closing is None:
            return text("hours.always")
        return text("hours.open", time=text.clock_time(closing, zone, now))
    return text("hours.closed", time=text.clock_time(calendar.next_opening(now), zone, now))


def promised(terms: Terms) -> Message:
    """What the plan promises for each severity, and in which hours it is counted."""
    text = terms.text
    head = text("terms.policy", account=terms.name, plan=terms.plan)
    lines = []
    for promise in terms.promises:
        respond = text.duration(promise.respond)
        every = promise.update_every
        key = "terms.promise" if every else "terms.promise.on_request"
        line = text(
            key,
            severity=terms.label(promise),
            respond=respond,
            every=text.duration(every) if every else "",
            hours=hours_name(text, terms.policy, promise.counted_in(promise.respond)),
        )
        lines.append(line)
    blocks = [section(head), section("\n".join(lines)), context(text("terms.fixes"))]
    return Message(text=f"{head}\n" + "\n".join(lines), blocks=blocks)


def severities(terms: Terms) -> Message:
    """Each severity in the words of the plan first; the other words below."""
    text = terms.text
    head = text("terms.severities", account=terms.name)
    blocks: list[Block] = [section(head)]
    for promise in terms.promises:
        definition = terms.severity(promise).definition[text.language]
        blocks.append(section(f"*{terms.label(promise)}*\n{definition}"))
    blocks.append(context(text("terms.severities.hint")))
    return Message(text=head, blocks=blocks)


def hours(terms: Terms) -> Message:
    """Whether support is open now for each severity, and until or from when."""
    text = terms.text
    head = text("terms.hours", account=terms.name, plan=terms.plan)
    lines = []
    for promise in terms.promises:
        calendar = terms.policy.calendar(promise.calendar)
        state = opening(text, calendar, terms.zone, terms.now)
        name = hours_name(text, terms.policy, promise.calendar)
        lines.append(text("terms.hours.line", severity=terms.label(promise), hours=name, state=state))
    return Message(text=f"{head}\n" + "\n".join(lines), blocks=[section(head), section("\n".join(lines))])


def contacts(terms: Terms) -> Message:
    """Who the designated technical contacts are, and how many the plan has room for."""
    text, account = terms.text, terms.account
    head = text("terms.contacts", account=terms.name, count=len(account.contacts))
    lines = []
    for contact in account.contacts:
        who = mention(contact.user) if contact.user else fitted(contact.email or "", 100)
        trained = text("terms.contact.trained" if contact.trained else "terms.contact.untrained")
        lines.append(f"• {fitted(contact.name, 100)} {who} · {trained}")
    body = "\n".join(lines) or text("terms.contacts.none")
    return Message(text=head, blocks=[section(head), section(body), context(text("terms.contacts.hint"))])
