"""The support policy as values: what a policy file says, checked, in the types that rules work with.

Nothing here knows how many severities there are or what they are called; their order in the file is
their order of urgency. Plans stand in `policy.plans`. Source: policy.md sections 1, 3, 5, 7 and 8.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from policy.calendars import Calendar
from policy.digests import DigestRules
from policy.durations import Duration
from policy.duty_rules import Duty, DutyReminders
from policy.pages import PageKind
from policy.plans import Cover, HotlineRule, Plan, SupportRule, Target
from policy.summary_rules import SummaryRules
from policy.telling import Cause, Closing, Phrase
from policy.uptime import UptimeGuarantee
from policy.versions import VersionRules
from policy.words import LANGUAGES, Language, Words

__all__ = [
    "LANGUAGES",
    "Cause",
    "Closing",
    "Component",
    "ContactWay",
    "Cover",
    "Definition",
    "Duty",
    "Edition",
    "HotlineRule",
    "Impact",
    "Language",
    "Phrase",
    "Plan",
    "Policy",
    "Region",
    "ScopeReason",
    "Severity",
    "SupportRule",
    "Target",
    "TierClause",
    "Wording",
    "Words",
]


class TierClause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a definition says besides, to accounts of these tiers."""

    tiers: tuple[int, ...]
    text: Words


class Definition(msgspec.Struct, frozen=True):
    """A definition of one severity in one wording. `label`: what the wording calls the severity, such as `P1` (None:
    it has no name of its own for it). `by_tier` adds what depends on the account's tier."""

    text: Words
    label: Words | None = None
    by_tier: tuple[TierClause, ...] = ()

    def clauses(self, tier: int) -> tuple[Words, ...]:
        """All of it that holds for accounts of a tier, in the order to be shown."""
        return (self.text, *(clause.text for clause in self.by_tier if tier in clause.tiers))


class Wording(msgspec.Struct, frozen=True):
    """A document that defines the severities in words of its own: the support policy, an offer."""

    key: str
    name: Words


class Severity(msgspec.Struct, frozen=True):
    """One severity and everything that hangs on it.

    `rank` counts from 0, the most urgent. `definition` is the policy's own, `wordings` has those of other documents
    by the key of the wording. `update_every` is None when updates are on request only;
    `update_on_request` is then the target of one that was asked for (None: no promise).
    `wake_again` holds offsets from opening, ascending, at which the on-call target is mentioned again
    while nobody has acknowledged. `pauses_on_wait`: waiting for the customer pauses the update clock.
    `agreed_update`: the customer may agree to an update later than the cadence. `tell_late`: what escalates is told
    to the customer too, where the policy tells it at all. `room` says where staff work:
    a channel of its own, or a thread in triage. `page`: what people are paged for.
    """

    key: str
    rank: int
    name: Words
    words: tuple[str, ...]
    definition: Words
    wordings: Mapping[str, Definition]
    respond: Duration
    update_every: timedelta | None
    update_on_request: Duration | None
    room: Literal["channel", "thread"]
    wake_again: tuple[timedelta, ...]
    snooze_past_deadline: bool
    pauses_on_wait: bool
    agreed_update: bool
    tell_late: bool
    page: tuple[PageKind, ...]


class Impact(msgspec.Struct, frozen=True):
    """A choice of the form's impact question and the severity that it suggests (a severity's key).

    `suggest_tier` holds the tiers of accounts for which it suggests another one.
    """

    key: str
    name: Words
    suggest: str
    suggest_tier: Mapping[int, str] = {}


class Component(msgspec.Struct, frozen=True):
    """A part of the product that a ticket can be about."""

    key: str
    name: Words


class ScopeReason(msgspec.Struct, frozen=True):
    """Why a ticket can be out of scope; `text` tells the customer, courteously."""

    key: str
    name: Words
    text: Words


class Edition(msgspec.Struct, frozen=True):
    """An edition of the product. `shared_portal`: its accounts may use the vendor's shared support portal; those of
    another edition have an address of their own, or none."""

    key: str
    name: Words
    shared_portal: bool


class ContactWay(msgspec.Struct, frozen=True):
    """A channel of contact and what it is for. `kind` says where its address comes from."""

    key: str
    name: Words
    kind: Literal["portal", "slack", "hotline", "partners"]
    text: Words


class Region(msgspec.Struct, frozen=True):
    """A regional market: its zone, and the Slack user or user group that is woken (None: nobody is set)."""

    key: str
    zone: str
    on_call: str | None

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


class Policy(msgspec.Struct, frozen=True):
    """A whole policy. `version` names its content: the same rules always have the same version.

    `severities` is ordered, the most urgent first; `editions` too: the first is an account's when it names none.
    `business_hours` names the hours that business days are counted in. `response_fractions` (each inside 0..1,
    ascending) and `heads_up` (inside 0..1) place the reminders before a deadline. `retroactive`: an upgrade
    counts from the opening. `missed_updates` in a row escalate; `tell_customer`: the customer hears of it.
    `ask_again_after`: a customer who asks for an update sooner after another question, with no update since, troubles
    nobody. `wordings` holds the documents that define severities, the policy itself first. `uptime` is None for a
    vendor that guarantees none. `closing` says how a resolved ticket ends, `summaries` what they point out. `digest`
    says when the weekly summary comes by itself (None: never), `handover_ahead` how far the note at the change of a
    shift looks. `source` is the merged file it was read from, which is what is kept for tickets opened under it.
    `hours` has the names of patterns of hours by their keys; `calendars` go by the names that `policy.support_time`
    gives: `24x7`, `9x5@japan`.
    """

    version: str
    severities: Mapping[str, Severity]
    default_severity: str
    business_day: timedelta
    business_hours: str
    response_fractions: tuple[float, ...]
    heads_up: float
    retroactive: bool
    missed_updates: int
    ask_again_after: timedelta
    tell_customer: bool
    wordings: Mapping[str, Wording]
    impacts: Mapping[str, Impact]
    components: Mapping[str, Component]
    not_production: Mapping[str, str]
    scope_reasons: Mapping[str, ScopeReason]
    plans: Mapping[str, Plan]
    editions: Mapping[str, Edition]
    closing: Closing
    summaries: SummaryRules
    causes: Mapping[str, Cause]
    phrases: Mapping[str, Phrase]
    contact_ways: Mapping[str, ContactWay]
    duties: Mapping[str, Duty]
    duty_reminders: DutyReminders
    digest: DigestRules | None
    handover_ahead: timedelta
    versions: VersionRules
    uptime: UptimeGuarantee | None
    regions: Mapping[str, Region]
    hours: Mapping[str, Words]
    calendars: Mapping[str, Calendar]
    source: Mapping[str, Any]

    def calendar(self, name: str) -> Calendar:
        """The calendar of that name. Raises KeyError."""
        return self.calendars[name]

    def hours_name(self, pattern: str) -> Words:
        """What people call a pattern of hours. Raises KeyError; `24x7` is none of the file's."""
        return self.hours[pattern]

    def severity(self, key: str) -> Severity:
        """The severity with that key. Raises KeyError: a ticket's severity is always one of its policy."""
        return self.severities[key]

    def tells_late(self, severity: str) -> bool:
        """Whether the customer is told when a promise of that severity is late and escalates. Raises KeyError."""
        return self.tell_customer and self.severities[severity].tell_late

    def find_severity(self, word: str) -> Severity | None:
        """The severity that a person means by a word: its key, or one of its other names, in any case."""
        wanted = word.strip().lower()
        for severity in self.severities.values():
            if wanted == severity.key.lower() or wanted in severity.words:
                return severity
        return None

    def suggest(self, impact: str | None, *, tier: int, production: bool) -> str | None:
        """The severity that the answers suggest; None when no impact was given (policy.md section 1)."""
        if impact is None or impact not in self.impacts:
            return None
        chosen = self.impacts[impact]
        suggested = chosen.suggest_tier.get(tier, chosen.suggest)
        return suggested if production else self.not_production.get(suggested, suggested)

    def definitions(self, severity: str, plan: str | None) -> tuple[tuple[Wording, Definition], ...]:
        """All definitions of a severity, each with the document it stands in; the plan's wording comes first. No
        plan: the policy's own first. Raises KeyError."""
        found = self.severities[severity]
        own = next(iter(self.wordings))
        defined = {own: Definition(found.definition), **found.wordings}
        first = self.plans[plan].wording if plan is not None else None
        order = sorted(self.wordings, key=lambda key: key != (first or own))
        return tuple((self.wordings[key], defined[key]) for key in order if key in defined)
