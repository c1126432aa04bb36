"""Reading plans, and the targets that plans and accounts have otherwise (policy.md section 2)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from policy.plans import Cover, HotlineRule, Plan, SupportRule, Target
from policy.reading import Reader
from policy.words import Words


@dataclass(frozen=True, slots=True)
class Keys:
    """What a plan may speak of: the keys that the rest of the file has. `hours` holds `24x7` too."""

    severities: Collection[str]
    editions: Collection[str]
    components: Collection[str]
    wordings: Collection[str]
    hours: Collection[str]
    uptime: bool


class _RuleTable(msgspec.Struct, forbid_unknown_fields=True):
    hours: str
    severities: tuple[str, ...] | None = None
    production: bool | None = None


class _TargetTable(msgspec.Struct, forbid_unknown_fields=True):
    respond: str | None = None
    update_every: str | None = None
    update_on_request: str | None = None


class _PlanTable(msgspec.Struct, forbid_unknown_fields=True):
    name: Words
    support: list[_RuleTable]
    targets: dict[str, Any] = {}
    contacts: Annotated[int, msgspec.Meta(ge=0)] | None = None
    hotline: tuple[HotlineRule, ...] = ()
    prioritized: bool = False
    collaborative: bool = False
    dedicated_portal: bool = False
    uptime: bool = False
    cover: Cover | None = None
    wording: str | None = None


def read_plans(reader: Reader, raw: Mapping[str, Any], keys: Keys) -> dict[str, Plan]:
    reader.demand(bool(raw), "plan", "expected at least one plan")
    return {
        key: _plan(reader, key, table, keys) for key, table in reader.tables(raw, _PlanTable, "plan").items()
    }


def read_targets(
    reader: Reader, raw: Mapping[str, Any], severities: Collection[str], path: str
) -> dict[str, Target]:
    """Targets by severity, of a plan or of an account."""
    found = {}
    for severity, table in raw.items():
        place = f"{path}.{severity}"
        reader.known([severity], severities, "severities", place)
        read = reader.table(table, _TargetTable, place)
        respond, every, asked = read.respond, read.update_every, read.update_on_request
        if every and asked:
            reader.fail(f"{place}.update_on_request", "expected no such key beside update_every")
        found[severity] = Target(
            respond=reader.duration(respond, f"{place}.respond") if respond else None,
            update_every=reader.elapsed(every, f"{place}.update_every") if every else None,
            update_on_request=reader.duration(asked, f"{place}.update_on_request") if asked else None,
        )
    return found


def _plan(reader: Reader, key: str, table: _PlanTable, keys: Keys) -> Plan:
    path = f"plan.{key}"
    rules = tuple(SupportRule(rule.hours, rule.severities, rule.production) for rule in table.support)
    for number, rule in enumerate(rules):
        place = f"{path}.support[{number}]"
        reader.known([rule.hours], keys.hours, "hours", f"{place}.hours")
        reader.known(rule.severities or (), keys.severities, "severities", f"{place}.severities")
    _fits_everything(reader, rules, keys, f"{path}.support")
    for number, hotline in enumerate(table.hotline):
        place = f"{path}.hotline[{number}]"
        reader.known(hotline.severities or (), keys.severities, "severities", f"{place}.severities")
        reader.known(hotline.editions or (), keys.editions, "editions", f"{place}.editions")
        reader.known([hotline.hours] if hotline.hours else (), keys.hours, "hours", f"{place}.hours")
    if table.cover:
        reader.known(table.cover.components, keys.components, "components", f"{path}.cover.components")
        reader.words(table.cover.note, f"{path}.cover.note")
    if table.wording:
        reader.known([table.wording], keys.wordings, "wordings", f"{path}.wording")
    reader.demand(
        keys.uptime or not table.uptime,
        f"{path}.uptime",
        "expected false, or a table `uptime` that says what is guaranteed",
    )
    return Plan(
        key=key,
        name=table.name,
        support=rules,
        targets=read_targets(reader, table.targets, keys.severities, f"{path}.targets"),
        contacts=table.contacts,
        hotline=table.hotline,
        prioritized=table.prioritized,
        collaborative=table.collaborative,
        dedicated_portal=table.dedicated_portal,
        uptime=table.uptime,
        cover=table.cover,
        wording=table.wording,
    )


def _fits_everything(reader: Reader, rules: tuple[SupportRule, ...], keys: Keys, path: str) -> None:
    for severity in keys.severities:
        for production in (True, False):
            reader.demand(
                any(rule.fits(severity, production=production) for rule in rules),
                path,
                f"expected a rule that fits severity {severity}"
                f"{'' if production else ' outside production'}, such as a last one without conditions",
            )
