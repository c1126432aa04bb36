"""The terms of an account's plan, in plain words: what is promised, in which hours, to whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from slack_sdk.models.blocks import Block

from commands.text import Text
from commands.views.escape import fitted, joined
from commands.views.message import Message, context, mention, section, severity_label
from policy.calendars import Calendar
from policy.directory import Account
from policy.entitlement import Addresses, Hotline, NoHotline, NoHotlineWhy, ways_to_reach
from policy.schema import Definition, Policy, Severity
from policy.support_time import ANY_HOUR, Promise
from policy.versions import Release, last_supported_day, opened_on, supported_on


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
    name = policy.hours_name(pattern)[text.language]
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
        severity = terms.severity(promise)
        (_, first), *others = terms.policy.definitions(severity.key, terms.account.plan)
        label = f" · {first.label[text.language]}" if first.label else ""
        blocks.append(section(f"*{terms.label(promise)}*{label}\n{_told(terms, first)}"))
        for wording, definition in others:
            name = wording.name[text.language]
            blocks.append(context(text("terms.also", wording=name, definition=_told(terms, definition))))
    blocks.append(context(text("terms.severities.hint")))
    return Message(text=head, blocks=blocks)


def _told(terms: Terms, definition: Definition) -> str:
    return " ".join(words[terms.text.language] for words in definition.clauses(terms.account.tier))


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


def contacts(terms: Terms, *, addresses: bool) -> Message:
    """Who the designated technical contacts are, and how many the plan has room for. `addresses`: with the e-mail
    addresses of those who are not known in Slack."""
    text, account = terms.text, terms.account
    head = text("terms.contacts", account=terms.name, count=len(account.contacts))
    lines = []
    for contact in account.contacts:
        address = fitted(contact.email or "", 100) if addresses else ""
        who = mention(contact.user) if contact.user else address
        name = f"{fitted(contact.name, 100)} {who}".rstrip()
        trained = text("terms.contact.trained" if contact.trained else "terms.contact.untrained")
        lines.append(f"• {name} · {trained}")
    body = [section(one) for one in joined(lines or [text("terms.contacts.none")])]
    return Message(text=head, blocks=[section(head), *body, context(text("terms.contacts.hint"))])


def plan(terms: Terms, hotline: Hotline | NoHotline, limit: int | None, vendor: Addresses) -> Message:
    """What belongs to the plan. Only whoever asked sees it, so a hotline number may stand here."""
    text, account, policy = terms.text, terms.account, terms.policy
    belongs = policy.plans[account.plan]
    head = text("terms.plan", plan=terms.plan, account=terms.name)
    count = len(account.contacts)
    lines = [
        text("terms.plan.contacts.any", count=count)
        if limit is None
        else text("terms.plan.contacts", count=count, limit=limit)
    ]
    if isinstance(hotline, Hotline):
        severities = text.listed([severity_label(text, policy, key) for key in hotline.severities])
        lines.append(text("terms.plan.hotline", number=fitted(hotline.number, 100), severities=severities))
    elif hotline.why in {NoHotlineWhy.PLAN, NoHotlineWhy.ACCOUNT}:
        lines.append(text("terms.plan.no_hotline"))
    if belongs.prioritized:
        lines.append(text("terms.plan.prioritized"))
    if belongs.collaborative:
        lines.append(text("terms.plan.collaborative"))
    if belongs.uptime and policy.uptime:
        lines.append(text("terms.plan.uptime", percent=policy.uptime.percent))
    if belongs.cover:
        names = [policy.components[key].name[text.language] for key in belongs.cover.components]
        lines.append(text("terms.plan.cover", components=fitted(text.listed(names), 500)))
    if account.tam:
        lines.append(text("terms.plan.tam", who=mention(account.tam)))
    for way in ways_to_reach(policy, account, vendor):
        if way.way.kind == "portal":
            lines.append(text("terms.plan.portal", portal=fitted(way.address, 300)))
        elif way.way.kind == "partners":
            lines.append(text("terms.plan.partners", partners=fitted(way.address, 300)))
    body = "\n".join(lines)
    return Message(text=head, blocks=[section(head), section(body), context(text("terms.fixes"))])


def versions(terms: Terms, releases: Sequence[Release]) -> Message:
    """Which releases are supported today, the latest first."""
    text, rules = terms.text, terms.policy.versions
    head = text("terms.versions")
    found = supported_on(rules, releases, opened_on(terms.now, terms.zone))
    lines = [
        text("terms.versions.current", version=fitted(one.version, 50), released=text.day(one.date))
        if one == found[0]
        else text(
            "terms.versions.line",
            version=fitted(one.version, 50),
            released=text.day(one.date),
            until=text.day(last_supported_day(rules, one)),
        )
        for one in found
    ]
    body = "\n".join(lines[:40]) or text("terms.versions.none")
    return Message(text=head, blocks=[section(head), section(body), context(text("terms.versions.hint"))])
