"""Reading a policy: the default file, an operator's overrides laid over it, every value checked.

Errors:
    BadPolicy    a file cannot be used; says which file, which key and what was expected there
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from importlib import resources
from typing import Annotated, Any, Final, Literal

import msgspec

from policy.read_hours import read_hours, read_regions, region_of
from policy.read_plans import Keys, read_plans
from policy.read_rounds import read_digest, read_duties, read_duty_reminders, read_handover
from policy.read_severities import read_impacts, read_not_production, read_severities, read_wordings
from policy.read_summaries import read_summaries
from policy.read_telling import read_causes, read_closing, read_phrases
from policy.reading import NAME_LIMIT, BadPolicy, Named, Reader, Told
from policy.schema import Component, ContactWay, Edition, Policy, ScopeReason
from policy.support_time import ANY_HOUR
from policy.uptime import BadGuarantee, UptimeGuarantee, read_guarantee
from policy.versions import VersionRules
from policy.words import Words

__all__ = ["DEFAULT_NAME", "NAME_LIMIT", "BadPolicy", "default_source", "load_policy", "merge", "read_policy"]

DEFAULT_NAME: Final = "policy/default.toml"


class _ResponseReminders(msgspec.Struct, forbid_unknown_fields=True):
    at: list[float]


class _SeverityChange(msgspec.Struct, forbid_unknown_fields=True):
    retroactive: bool


class _Escalation(msgspec.Struct, forbid_unknown_fields=True):
    missed_updates: Annotated[int, msgspec.Meta(ge=1)]
    tell_customer: bool = False


class _Asking(msgspec.Struct, forbid_unknown_fields=True):
    again_after: str


class _UpdateReminders(msgspec.Struct, forbid_unknown_fields=True):
    heads_up: float


class _EditionTable(msgspec.Struct, forbid_unknown_fields=True):
    name: Words
    shared_portal: bool


class _ChannelTable(Told, forbid_unknown_fields=True):
    kind: Literal["portal", "slack", "hotline", "partners"]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """A policy file. What has a default may be missing: not every vendor has it."""

    business_day: str
    business_hours: str
    default_severity: str
    response_reminders: Any
    update_reminders: Any
    severity_change: Any
    escalation: Any
    versions: Any
    wording: dict[str, Any]
    severity: dict[str, Any]
    impact: dict[str, Any]
    not_production: Any
    component: dict[str, Any]
    edition: dict[str, Any]
    plan: dict[str, Any]
    hours: dict[str, Any]
    regions: dict[str, Any]
    scope: dict[str, Any] = {}
    closing: Any = {}
    summaries: Any = {}
    cause: dict[str, Any] = {}
    phrase: dict[str, Any] = {}
    channel: dict[str, Any] = {}
    duty: dict[str, Any] = {}
    duty_reminders: Any = {}
    digest: Any = msgspec.UNSET
    handover: Any = {}
    uptime: Any = msgspec.UNSET
    asking: Any = msgspec.UNSET


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
    default, over = default_source(), overrides or {}
    try:
        return read_policy(merge(default, over, file=file), file=file)
    except BadPolicy as error:
        keys = error.path.partition(",")[0].partition("[")[0].split(".")
        if _stands_in(default, keys) and not _stands_in(over, keys):
            hint = f'it is so by default: give it anew, or drop {keys[0]} with replace = ["{keys[0]}"]'
            raise BadPolicy(file, error.path, f"{error.expected}; {hint}") from None
        raise


def read_policy(source: Mapping[str, Any], *, file: str = DEFAULT_NAME) -> Policy:
    """A policy from its merged source. Raises BadPolicy."""
    reader = Reader(file)
    raw = reader.table(source, _File, "")
    wordings = read_wordings(reader, raw.wording)
    severities = read_severities(reader, raw.severity, wordings)
    reader.known([raw.default_severity], severities, "severities", "default_severity")
    regions = read_regions(reader, raw.regions)
    hours, calendars = read_hours(reader, raw.hours, regions)
    reader.known([raw.business_hours], hours, "hours", "business_hours")
    components = {
        key: Component(key=key, name=table.name)
        for key, table in reader.tables(raw.component, Named, "component").items()
    }
    editions = {
        key: Edition(key=key, name=table.name, shared_portal=table.shared_portal)
        for key, table in reader.tables(raw.edition, _EditionTable, "edition").items()
    }
    reader.demand(bool(editions), "edition", "expected at least one edition")
    uptime = _uptime(reader, raw.uptime, components)
    escalation = reader.table(raw.escalation, _Escalation, "escalation")
    keys = Keys(
        severities=severities,
        editions=editions,
        components=components,
        wordings=wordings,
        hours=(ANY_HOUR, *hours),
        uptime=uptime is not None,
    )
    return Policy(
        version=_version(source),
        severities=severities,
        default_severity=raw.default_severity,
        business_day=reader.elapsed(raw.business_day, "business_day"),
        business_hours=raw.business_hours,
        response_fractions=reader.fractions(
            reader.table(raw.response_reminders, _ResponseReminders, "response_reminders").at,
            "response_reminders.at",
        ),
        heads_up=_heads_up(reader, raw.update_reminders),
        retroactive=reader.table(raw.severity_change, _SeverityChange, "severity_change").retroactive,
        missed_updates=escalation.missed_updates,
        tell_customer=escalation.tell_customer,
        ask_again_after=_ask_again_after(reader, raw.asking),
        wordings=wordings,
        impacts=read_impacts(reader, raw.impact, severities),
        components=components,
        not_production=read_not_production(reader, raw.not_production, severities),
        scope_reasons={
            key: ScopeReason(key=key, name=table.name, text=table.text)
            for key, table in reader.tables(raw.scope, Told, "scope").items()
        },
        plans=read_plans(reader, raw.plan, keys),
        editions=editions,
        closing=read_closing(reader, raw.closing),
        summaries=read_summaries(reader, raw.summaries),
        causes=read_causes(reader, raw.cause),
        phrases=read_phrases(reader, raw.phrase),
        contact_ways={
            key: ContactWay(key=key, name=table.name, kind=table.kind, text=table.text)
            for key, table in reader.tables(raw.channel, _ChannelTable, "channel").items()
        },
        duties=read_duties(reader, raw.duty),
        duty_reminders=read_duty_reminders(reader, raw.duty_reminders),
        digest=read_digest(reader, raw.digest),
        handover_ahead=read_handover(reader, raw.handover),
        versions=reader.table(raw.versions, VersionRules, "versions"),
        uptime=uptime,
        regions={key: region_of(key, table) for key, table in regions.items()},
        hours=hours,
        calendars=calendars,
        source=source,
    )


def _stands_in(tables: Any, keys: Sequence[str]) -> bool:
    for key in keys:
        if not isinstance(tables, Mapping) or key not in tables:
            return False
        tables = tables[key]
    return True


def _version(source: Mapping[str, Any]) -> str:
    """The order of keys says nothing, but where the first is special: severities are in order of urgency, the
    first wording is the policy's own, the first edition is the one of accounts that name none."""
    orders = [list(source[key]) for key in ("severity", "wording", "edition")]
    content = msgspec.json.encode((source, orders), order="deterministic")
    return hashlib.sha256(content).hexdigest()[:12]


def _heads_up(reader: Reader, table: Any) -> float:
    share = reader.table(table, _UpdateReminders, "update_reminders").heads_up
    reader.demand(0 < share < 1, "update_reminders.heads_up", "expected a share inside 0..1, such as 0.25")
    return share


def _ask_again_after(reader: Reader, table: Any) -> timedelta:
    """No time at all for a policy without the rule: then every question reaches staff."""
    if table is msgspec.UNSET:
        return timedelta()
    return reader.elapsed(reader.table(table, _Asking, "asking").again_after, "asking.again_after")


def _uptime(reader: Reader, table: Any, components: Mapping[str, Component]) -> UptimeGuarantee | None:
    if table is msgspec.UNSET:
        return None
    try:
        found = read_guarantee(table)
    except BadGuarantee as error:
        reader.fail(error.path, error.expected)
    reader.known(found.components, components, "components", "uptime.components")
    return found
