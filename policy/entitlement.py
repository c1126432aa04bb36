"""What an account is entitled to, and what the person who opens a ticket is told about it.

Everything is asked of an account as it is now. What a ticket froze when it was opened stands before that: for a
ticket, ask with `as_opened`. Source: policy.md sections 1, 2, 4, 5 and 8.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec.structs import replace

from policy.directory import Account
from policy.schema import Component, ContactWay, Policy, Words
from policy.support_time import calendar_of, promise
from policy.tickets import Ticket
from policy.versions import Release, VersionSupport, opened_on, version_support

NO_HOTLINE: Final = "none"
"""In place of an account's number: it has no hotline, whatever its plan."""

NO_LIMIT: Final = "none"
"""In place of an account's limit of contacts: it may designate any number."""


@dataclass(frozen=True, slots=True)
class OpenNow:
    """Support is open. `until` is when it closes; None when it doesn't within a year."""

    calendar: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class OpensAt:
    """Support is closed; nobody is paged before it opens, and the person is told when that is."""

    calendar: str
    at: datetime


SupportState = OpenNow | OpensAt


@dataclass(frozen=True, slots=True)
class Hotline:
    """The person may call. Told only where nobody else sees it; the number never shows in a log.

    `severities`: what the account may call about, the most urgent first. `answered`: when calls are.
    `to_classify`: the person was not sure of the severity; tell them to call, with the ticket's id.
    """

    number: str = field(repr=False)
    severities: tuple[str, ...]
    answered: SupportState
    to_classify: bool = False


class NoHotlineWhy(StrEnum):
    PLAN = "plan"
    """The plan has none for an account of this edition."""
    ACCOUNT = "account"
    """The account has been given none, whatever its plan."""
    SEVERITY = "severity"
    """There is one, but for other severities."""
    NO_NUMBER = "no_number"
    """The account is entitled, and no number is set: nothing to tell the person, but the operator."""


@dataclass(frozen=True, slots=True)
class NoHotline:
    """No number is told. `severities`: what the account may call about all the same, the most urgent first."""

    why: NoHotlineWhy
    severities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutsideCover:
    """The plan's own cover does not extend to the component; the ticket is handled as usual. Tell the `note`."""

    component: Component
    note: Words


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What a ticket gets besides its deadlines, and what its opener is told. `outside_cover` is None when there is
    nothing to tell; `prioritized` and `collaborative` are shown on the card."""

    hotline: Hotline | NoHotline
    support: SupportState
    outside_cover: OutsideCover | None
    version: VersionSupport
    prioritized: bool
    collaborative: bool


@dataclass(frozen=True, slots=True)
class Addresses:
    """The vendor's own addresses; None where it has not set one."""

    portal: str | None = None
    hotline: str | None = field(default=None, repr=False)
    partners: str | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """A channel of contact that is open to an account. `address` is a link, a phone number or, for Slack, the id of
    the account's channel."""

    way: ContactWay
    address: str = field(repr=False)


def as_opened(account: Account, ticket: Ticket) -> Account:
    """The account under the terms that a ticket of its was opened under."""
    frozen = ticket.coverage
    return replace(
        account,
        plan=frozen.plan,
        region=frozen.region,
        hours=frozen.hours,
        targets=frozen.targets,
        tier=ticket.tier,
        edition=ticket.edition,
    )


def entitlement(
    policy: Policy,
    account: Account,
    ticket: Ticket,
    now: datetime,
    *,
    vendor: Addresses,
    releases: Sequence[Release],
) -> Entitlement:
    """Everything that the reply to an opening tells. `policy` is the one of the ticket."""
    account = as_opened(account, ticket)
    plan = policy.plans[account.plan]
    severity = None if ticket.needs_classification else ticket.severity
    opened = opened_on(ticket.opened, policy.regions[account.region].tz)
    return Entitlement(
        hotline=hotline(policy, account, severity, now, production=ticket.production, shared=vendor.hotline),
        support=support_state(policy, account, ticket.severity, now, production=ticket.production),
        outside_cover=outside_cover(policy, account.plan, ticket.component),
        version=version_support(policy.versions, releases, ticket.product_version, opened),
        prioritized=plan.prioritized,
        collaborative=plan.collaborative,
    )


def hotline_severities(policy: Policy, account: Account) -> tuple[str, ...]:
    """The severities that an account may call about, the most urgent first; none: it has no hotline."""
    if account.hotline == NO_HOTLINE:
        return ()
    if account.hotline_severities is not None:
        return tuple(key for key in policy.severities if key in account.hotline_severities)
    rules = policy.plans[account.plan].hotline
    planned = tuple(
        key for key in policy.severities if any(rule.fits(key, account.edition) for rule in rules)
    )
    return planned if planned or not account.hotline else tuple(policy.severities)


def hotline(
    policy: Policy,
    account: Account,
    severity: str | None,
    now: datetime,
    *,
    production: bool,
    shared: str | None,
) -> Hotline | NoHotline:
    """Whether a person of the account may call about a severity, and where. `shared` is the vendor's number, which
    the account's own stands before. None for the severity: the person is not sure, and may call when the
    account has a hotline for any."""
    callable_for = hotline_severities(policy, account)
    if not callable_for:
        switched_off = account.hotline == NO_HOTLINE or account.hotline_severities is not None
        return NoHotline(NoHotlineWhy.ACCOUNT if switched_off else NoHotlineWhy.PLAN)
    if severity is not None and severity not in callable_for:
        return NoHotline(NoHotlineWhy.SEVERITY, callable_for)
    number = account.hotline or shared
    if not number:
        return NoHotline(NoHotlineWhy.NO_NUMBER, callable_for)
    asked = severity or callable_for[0]
    rules = policy.plans[account.plan].hotline
    hours = next((rule.hours for rule in rules if rule.fits(asked, account.edition)), None)
    if hours is None:
        answered = support_state(policy, account, asked, now, production=production)
    else:
        answered = _state(policy, calendar_of(policy, hours, account.region), now)
    return Hotline(number, callable_for, answered, to_classify=severity is None)


def support_state(
    policy: Policy, account: Account, severity: str, now: datetime, *, production: bool
) -> SupportState:
    """Whether support is open for a severity, and until or from when."""
    promised = promise(policy, account.coverage(production=production), policy.severity(severity))
    return _state(policy, promised.calendar, now)


def outside_cover(policy: Policy, plan: str, component: str | None) -> OutsideCover | None:
    """What to tell about a component that the plan's own cover does not extend to. None when it does, when the plan
    has no such cover, and when no component was named."""
    cover = policy.plans[plan].cover
    if cover is None or component is None or component in cover.components:
        return None
    named = policy.components.get(component)
    return OutsideCover(named, cover.note) if named else None


def queue_place(policy: Policy, ticket: Ticket) -> tuple[int, int]:
    """What open tickets are sorted by, before anything else: the least comes first. `policy` is the ticket's."""
    return policy.severity(ticket.severity).rank, 0 if policy.plans[ticket.plan].prioritized else 1


def ways_to_reach(policy: Policy, account: Account, vendor: Addresses) -> tuple[Way, ...]:
    """The channels of contact that have an address for the account, in the policy's order. With a hotline number
    among them, they are told only where nobody else sees it."""
    edition = policy.editions.get(account.edition)
    shared = vendor.portal if edition and edition.shared_portal else None
    number = (account.hotline or vendor.hotline) if hotline_severities(policy, account) else None
    addresses = {
        "portal": account.portal or shared,
        "slack": account.channel,
        "hotline": number,
        "partners": vendor.partners,
    }
    found = ((way, addresses[way.kind]) for way in policy.contact_ways.values())
    return tuple(Way(way, address) for way, address in found if address)


def _state(policy: Policy, calendar: str, now: datetime) -> SupportState:
    found = policy.calendar(calendar)
    if found.is_open(now):
        return OpenNow(calendar, found.next_closing(now))
    return OpensAt(calendar, found.next_opening(now))
