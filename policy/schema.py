"""The support policy as values: what a policy file says, checked, in the types that rules work with.

Nothing here knows how many severities there are or what they are called; their order in the file is
their order of urgency. Source: policy.md sections 1, 2 and 3.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from policy.calendars import Calendar
from policy.durations import Duration

Language = Literal["en", "ja"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "ja")


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text of the policy in every language that the product speaks."""

    en: str
    ja: str

    def __getitem__(self, language: Language) -> str:
        return self.ja if language == "ja" else self.en


class Severity(msgspec.Struct, frozen=True):
    """One severity and everything that hangs on it.

    `rank` counts from 0, the most urgent. `update_every` is None when updates are on request only;
    `update_on_request` is then the target of one that was asked for (None: no promise).
    `wake_again` holds offsets from opening, ascending, at which the on-call target is mentioned again
    while nobody has acknowledged. `pauses_on_wait`: waiting for the customer pauses the update clock.
    `agreed_update`: the customer may agree to an update later than the cadence. `room` says where staff work:
    a channel of its own, or a thread in triage.
    """

    key: str
    rank: int
    name: Words
    words: tuple[str, ...]
    definition: Words
    respond: Duration
    update_every: timedelta | None
    update_on_request: Duration | None
    room: Literal["channel", "thread"]
    wake_again: tuple[timedelta, ...]
    snooze_past_deadline: bool
    pauses_on_wait: bool
    agreed_update: bool


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


class Target(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is promised otherwise than by the severity itself; None: as the severity has it."""

    respond: Duration | None = None
    update_every: timedelta | None = None


class SupportRule(msgspec.Struct, frozen=True):
    """When support is open: for these severities (None: all), in production or not (None: both)."""

    hours: str
    severities: tuple[str, ...] | None
    production: bool | None

    def fits(self, severity: str, *, production: bool) -> bool:
        return (self.severities is None or severity in self.severities) and self.production in {
            None,
            production,
        }


class Plan(msgspec.Struct, frozen=True):
    """A support plan. Of `support` the first rule that fits decides; the last one fits everything."""

    key: str
    name: Words
    support: tuple[SupportRule, ...]
    targets: Mapping[str, Target]


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

    `severities` is ordered, the most urgent first. `response_fractions` (each inside 0..1, ascending) and
    `heads_up` (inside 0..1) place the reminders before a deadline. `retroactive`: an upgrade counts from the
    opening. `missed_updates` in a row escalate. `source` is the merged file it was read
    from, which is what is kept for tickets opened under it. `calendars` go by the names that
    `policy.support_time` gives: `24x7`, `9x5@japan`.
    """

    version: str
    severities: Mapping[str, Severity]
    default_severity: str
    business_day: timedelta
    response_fractions: tuple[float, ...]
    heads_up: float
    retroactive: bool
    missed_updates: int
    impacts: Mapping[str, Impact]
    components: Mapping[str, Component]
    not_production: Mapping[str, str]
    plans: Mapping[str, Plan]
    regions: Mapping[str, Region]
    calendars: Mapping[str, Calendar]
    source: Mapping[str, Any]

    def calendar(self, name: str) -> Calendar:
        """The calendar of that name. Raises KeyError."""
        return self.calendars[name]

    def severity(self, key: str) -> Severity:
        """The severity with that key. Raises KeyError: a ticket's severity is always one of its policy."""
        return self.severities[key]

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
