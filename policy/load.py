"""Reading a policy: the default file, an operator's overrides laid over it, every value checked.

Errors:
    BadPolicy    a file cannot be used; says which file, which key and what was expected there
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from importlib import resources
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, NoReturn, TypeVar

import msgspec

from policy.calendars import ALWAYS_OPEN, Calendar, WeeklyCalendar, WeeklyHours, union
from policy.durations import BadDuration, BusinessDays, Duration, parse_duration
from policy.ranges import CalendarError
from policy.schema import (
    LANGUAGES,
    Component,
    Impact,
    Plan,
    Policy,
    Region,
    Severity,
    SupportRule,
    Target,
    Words,
)
from policy.support_time import ANY_HOUR, BUSINESS_HOURS, local_calendar

NAME_LIMIT: Final = 50
"""Names stand in menus, where Slack takes 75 characters with what is put around them."""

DEFAULT_NAME: Final = "policy/default.toml"

_TIERS: Final = ("1", "2", "3")

T = TypeVar("T")


class BadPolicy(ValueError):
    """A policy file that cannot be used: `file`, the `path` of the key, and what was `expected` there."""

    def __init__(self, file: str, path: str, expected: str) -> None:
        super().__init__(f"{file}: {path}: {expected}")
        self.file = file
        self.path = path
        self.expected = expected


class _SeverityTable(msgspec.Struct, forbid_unknown_fields=True):
    name: Words
    definition: Words
    respond: str
    words: list[str] = []
    update_every: str | None = None
    update_on_request: str | None = None
    room: Literal["channel", "thread"] = "thread"
    wake_again: list[str] = []
    snooze_past_deadline: bool = True
    pauses_on_wait: bool = False
    agreed_update: bool = False


class _ImpactTable(msgspec.Struct, forbid_unknown_fields=True):
    name: Words
    suggest: str
    suggest_tier: dict[str, str] = {}


class _NamedTable(msgspec.Struct, forbid_unknown_fields=True):
    name: Words


class _HoursTable(WeeklyHours, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: Words
    holidays_are_working_days: bool = False
    union: tuple[str, ...] = ()


class _RuleTable(msgspec.Struct, forbid_unknown_fields=True):
    hours: str
    severities: tuple[str, ...] | None = None
    production: bool | None = None


class _TargetTable(msgspec.Struct, forbid_unknown_fields=True):
    respond: str | None = None
    update_every: str | None = None


class _PlanTable(msgspec.Struct, forbid_unknown_fields=True):
    name: Words
    support: list[_RuleTable]
    targets: dict[str, _TargetTable] = {}


class _RegionTable(msgspec.Struct, forbid_unknown_fields=True):
    zone: str
    country: str | None = None
    subdivision: str | None = None
    closures: tuple[str, ...] = ()
    on_call: str | None = None


class _ResponseReminders(msgspec.Struct, forbid_unknown_fields=True):
    at: list[float]


class _SeverityChange(msgspec.Struct, forbid_unknown_fields=True):
    retroactive: bool


class _Escalation(msgspec.Struct, forbid_unknown_fields=True):
    missed_updates: Annotated[int, msgspec.Meta(ge=1)]


class _UpdateReminders(msgspec.Struct, forbid_unknown_fields=True):
    heads_up: float


class _NotProduction(msgspec.Struct, forbid_unknown_fields=True):
    severity: dict[str, str]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    business_day: str
    default_severity: str
    response_reminders: Any
    update_reminders: Any
    severity_change: Any
    escalation: Any
    severity: dict[str, Any]
    impact: dict[str, Any]
    not_production: Any
    component: dict[str, Any]
    plan: dict[str, Any]
    hours: dict[str, Any]
    regions: dict[str, Any]


def default_source() -> dict[str, Any]:
    """The default policy as its file has it."""
    text = (resources.files("policy") / "default.toml").read_text(encoding="utf-8")
    tables: dict[str, Any] = msgspec.toml.decode(text)
    return tables


def merge(
    base: Mapping[str, Any], over: Mapping[str, Any], *, file: str = DEFAULT_NAME, path: str = ""
) -> dict[str, Any]:
    """`base` with `over` laid over it, table by table; what was there keeps its place in the order. A key
    named in `over["replace"]` is not merged but replaced whole, or dropped when `over` has none: that is how
    another vendor has three severities where the default has four. Raises BadPolicy."""
    replaced = over.get("replace", [])
    if not isinstance(replaced, list) or not all(isinstance(key, str) for key in replaced):
        raise BadPolicy(file, f"{path}replace", "expected a list of keys")
    for key in replaced:
        if key not in base:
            raise BadPolicy(
                file, f"{path}replace", f"no such key {key!r}; expected some of {', '.join(base)}"
            )
    merged = {key: value for key, value in base.items() if key not in replaced or key in over}
    for key, value in over.items():
        if key == "replace":
            continue
        below = {} if key in replaced else merged.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[key] = merge(below, value, file=file, path=f"{path}{key}.")
        else:
            merged[key] = value
    return merged


def load_policy(overrides: Mapping[str, Any] | None = None, *, file: str = DEFAULT_NAME) -> Policy:
    """The default policy with an operator's overrides over it. Errors name `file`. Raises BadPolicy."""
    return read_policy(merge(default_source(), overrides or {}, file=file), file=file)


def read_policy(source: Mapping[str, Any], *, file: str = DEFAULT_NAME) -> Policy:
    """A policy from its merged source. Raises BadPolicy."""
    return _Reader(file).policy(source)


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file

    def policy(self, source: Mapping[str, Any]) -> Policy:
        raw = self.table(source, _File, "")
        severities = {
            key: self.severity(key, rank, table) for rank, (key, table) in enumerate(raw.severity.items())
        }
        if not severities:
            self.fail("severity", "expected at least one severity")
        known = f"expected one of the severities {', '.join(severities)}"
        self.unique_words(severities)
        self.demand(raw.default_severity in severities, "default_severity", known)
        impacts = {
            key: Impact(
                key=key,
                name=table.name,
                suggest=table.suggest,
                suggest_tier=self.by_tier(table.suggest_tier, f"impact.{key}.suggest_tier"),
            )
            for key, table in self.tables(raw.impact, _ImpactTable, "impact").items()
        }
        for key, impact in impacts.items():
            self.demand(impact.suggest in severities, f"impact.{key}.suggest", known)
            for tier, suggested in impact.suggest_tier.items():
                self.demand(suggested in severities, f"impact.{key}.suggest_tier.{tier}", known)
        elsewhere = self.table(raw.not_production, _NotProduction, "not_production").severity
        for key, value in elsewhere.items():
            for side in (key, value):
                self.demand(side in severities, f"not_production.severity.{key}", known)
        regions = self.tables(raw.regions, _RegionTable, "regions")
        self.demand(bool(regions), "regions", "expected at least one region")
        calendars = self.calendars(raw.hours, regions)
        return Policy(
            version=self.version(source, list(severities)),
            severities=severities,
            default_severity=raw.default_severity,
            business_day=self.elapsed(raw.business_day, "business_day"),
            response_fractions=self.fractions(raw.response_reminders),
            heads_up=self.heads_up(raw.update_reminders),
            retroactive=self.table(raw.severity_change, _SeverityChange, "severity_change").retroactive,
            missed_updates=self.table(raw.escalation, _Escalation, "escalation").missed_updates,
            impacts=impacts,
            components={
                key: Component(key=key, name=table.name)
                for key, table in self.tables(raw.component, _NamedTable, "component").items()
            },
            not_production=elsewhere,
            plans={
                key: self.plan(key, table, severities, calendars)
                for key, table in self.tables(raw.plan, _PlanTable, "plan").items()
            },
            regions={
                key: Region(key=key, zone=table.zone, on_call=table.on_call) for key, table in regions.items()
            },
            calendars=calendars,
            source=source,
        )

    @staticmethod
    def version(source: Mapping[str, Any], severities: list[str]) -> str:
        """The order of keys says nothing, but for the severities': theirs is the order of urgency."""
        content = msgspec.json.encode((source, severities), order="deterministic")
        return hashlib.sha256(content).hexdigest()[:12]

    def severity(self, key: str, rank: int, table: Any) -> Severity:
        path = f"severity.{key}"
        raw = self.table(table, _SeverityTable, path)
        self.name(raw.name, f"{path}.name")
        if raw.update_every and raw.update_on_request:
            self.fail(f"{path}.update_on_request", "expected no such key beside update_every")
        again = tuple(self.elapsed(text, f"{path}.wake_again") for text in raw.wake_again)
        self.demand(
            all(a < b for a, b in pairwise(again)),
            f"{path}.wake_again",
            "expected ascending durations",
        )
        every, asked = raw.update_every, raw.update_on_request
        return Severity(
            key=key,
            rank=rank,
            name=raw.name,
            words=tuple(word.lower() for word in raw.words),
            definition=raw.definition,
            respond=self.duration(raw.respond, f"{path}.respond"),
            update_every=self.elapsed(every, f"{path}.update_every") if every else None,
            update_on_request=self.duration(asked, f"{path}.update_on_request") if asked else None,
            room=raw.room,
            wake_again=again,
            snooze_past_deadline=raw.snooze_past_deadline,
            pauses_on_wait=raw.pauses_on_wait,
            agreed_update=raw.agreed_update,
        )

    def plan(
        self,
        key: str,
        table: _PlanTable,
        severities: Mapping[str, Severity],
        calendars: Mapping[str, Calendar],
    ) -> Plan:
        path = f"plan.{key}"
        known = f"expected one of the severities {', '.join(severities)}"
        patterns = sorted({name.partition("@")[0] for name in calendars})
        rules = []
        for number, rule in enumerate(table.support):
            place = f"{path}.support[{number}]"
            self.demand(rule.hours in patterns, f"{place}.hours", f"expected one of {', '.join(patterns)}")
            for severity in rule.severities or ():
                self.demand(severity in severities, f"{place}.severities", known)
            rules.append(SupportRule(rule.hours, rule.severities, rule.production))
        for severity in severities:
            for production in (True, False):
                self.demand(
                    any(rule.fits(severity, production=production) for rule in rules),
                    f"{path}.support",
                    f"expected a rule that fits severity {severity}"
                    f"{'' if production else ' outside production'}, such as a last one without conditions",
                )
        for severity in table.targets:
            self.demand(severity in severities, f"{path}.targets.{severity}", known)
        return Plan(
            key=key,
            name=table.name,
            support=tuple(rules),
            targets={
                severity: self.target(target, f"{path}.targets.{severity}")
                for severity, target in table.targets.items()
            },
        )

    def target(self, table: _TargetTable, path: str) -> Target:
        respond, every = table.respond, table.update_every
        return Target(
            respond=self.duration(respond, f"{path}.respond") if respond else None,
            update_every=self.elapsed(every, f"{path}.update_every") if every else None,
        )

    def by_tier(self, table: Mapping[str, str], path: str) -> dict[int, str]:
        for tier in table:
            self.demand(tier in _TIERS, f"{path}.{tier}", f"expected one of the tiers {', '.join(_TIERS)}")
        return {int(tier): severity for tier, severity in table.items()}

    def unique_words(self, severities: Mapping[str, Severity]) -> None:
        seen: dict[str, str] = {}
        for key, severity in severities.items():
            for word in (key.lower(), *severity.words):
                other = seen.setdefault(word, key)
                self.demand(
                    other == key,
                    f"severity.{key}.words",
                    f"expected words of its own, {word!r} means {other}",
                )

    def calendars(self, hours: Mapping[str, Any], regions: Mapping[str, _RegionTable]) -> dict[str, Calendar]:
        found: dict[str, Calendar] = {ANY_HOUR: ALWAYS_OPEN}
        self.demand(
            BUSINESS_HOURS in hours, f"hours.{BUSINESS_HOURS}", "expected the hours of a business day"
        )
        patterns = self.tables(hours, _HoursTable, "hours")
        for key, pattern in patterns.items():
            if pattern.union:
                continue
            for region, place in regions.items():
                name = local_calendar(key, region)
                try:
                    found[name] = WeeklyCalendar(
                        name=name,
                        zone=place.zone,
                        hours=WeeklyHours(*(getattr(pattern, day) for day in WeeklyHours.__struct_fields__)),
                        country=place.country,
                        subdivision=place.subdivision,
                        holidays_are_working_days=pattern.holidays_are_working_days,
                        closures=place.closures,
                    )
                except CalendarError as error:
                    self.fail(f"regions.{region}, hours.{key}", str(error))
        for key, pattern in patterns.items():
            if pattern.union:
                for name in pattern.union:
                    self.demand(
                        name in found, f"hours.{key}.union", f"no such hours {name!r}, such as 9x5@emea"
                    )
                found[key] = union([found[name] for name in pattern.union], name=key)
        return found

    def fractions(self, table: Any) -> tuple[float, ...]:
        path = "response_reminders.at"
        at = tuple(self.table(table, _ResponseReminders, "response_reminders").at)
        inside = all(0 < fraction < 1 for fraction in at)
        rising = all(a < b for a, b in pairwise(at))
        self.demand(inside and rising, path, "expected ascending fractions inside 0..1, such as [0.5, 0.8]")
        return at

    def heads_up(self, table: Any) -> float:
        share = self.table(table, _UpdateReminders, "update_reminders").heads_up
        self.demand(0 < share < 1, "update_reminders.heads_up", "expected a share inside 0..1, such as 0.25")
        return share

    def duration(self, text: str, path: str) -> Duration:
        try:
            return parse_duration(text)
        except BadDuration as error:
            self.fail(path, str(error))

    def elapsed(self, text: str, path: str) -> timedelta:
        duration = self.duration(text, path)
        if isinstance(duration, BusinessDays):
            self.fail(path, f"expected a duration in hours or minutes, got {text!r}")
        return duration

    def tables(self, raw: Mapping[str, Any], kind: type[T], path: str) -> dict[str, T]:
        found = {key: self.table(table, kind, f"{path}.{key}") for key, table in raw.items()}
        for key, table in found.items():
            self.name(getattr(table, "name", None), f"{path}.{key}.name")
        return found

    def name(self, name: Words | None, path: str) -> None:
        for language in LANGUAGES if name else ():
            fits = name is not None and 0 < len(name[language]) <= NAME_LIMIT
            self.demand(fits, f"{path}.{language}", f"expected 1 to {NAME_LIMIT} characters")

    def table(self, value: Any, kind: type[T], path: str) -> T:
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            what, _, where = str(error).partition(" - at `$")
            key = (path + where.rstrip("`")).lstrip(".")
            if unknown := re.search(r"unknown field `(.*)`", what):
                self.fail(f"{key}.{unknown[1]}".lstrip("."), self.no_such_key(kind, unknown[1]))
            if missing := re.search(r"missing required field `(.*)`", what):
                self.fail(f"{key}.{missing[1]}".lstrip("."), "expected a value, found none")
            self.fail(key or "the file", what[0].lower() + what[1:])

    def no_such_key(self, kind: type[Any], key: str) -> str:
        known = [field.encode_name for field in msgspec.structs.fields(kind)]
        near = get_close_matches(key, known, n=1)
        return f"no such key; {f'did you mean {near[0]}?' if near else 'expected ' + ', '.join(known)}"

    def demand(self, holds: bool, path: str, expected: str) -> None:
        if not holds:
            self.fail(path, expected)

    def fail(self, path: str, expected: str) -> NoReturn:
        raise BadPolicy(self.file, path, expected)
