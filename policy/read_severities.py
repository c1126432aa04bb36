"""Reading severities, the words that define them, and what suggests them (policy.md section 1)."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final, Literal

import msgspec

from policy.pages import PageKind
from policy.reading import Named, Reader
from policy.schema import Definition, Impact, Severity, TierClause, Wording
from policy.words import Words

_TIERS: Final = (1, 2, 3)


class _DefinitionTable(msgspec.Struct, forbid_unknown_fields=True):
    text: Words
    label: Words | None = None
    by_tier: tuple[TierClause, ...] = ()


class _SeverityTable(msgspec.Struct, forbid_unknown_fields=True):
    name: Words
    definition: Words
    respond: str
    words: list[str] = []
    wordings: dict[str, Any] = {}
    update_every: str | None = None
    update_on_request: str | None = None
    room: Literal["channel", "thread"] = "thread"
    wake_again: list[str] = []
    snooze_past_deadline: bool = True
    pauses_on_wait: bool = False
    agreed_update: bool = False
    page: tuple[PageKind, ...] = (PageKind.BREACH,)
    tell_late: bool = False


class _ImpactTable(msgspec.Struct, forbid_unknown_fields=True):
    name: Words
    suggest: str
    suggest_tier: dict[str, str] = {}


class _NotProduction(msgspec.Struct, forbid_unknown_fields=True):
    severity: dict[str, str]


def read_wordings(reader: Reader, raw: Mapping[str, Any]) -> dict[str, Wording]:
    found = reader.tables(raw, Named, "wording")
    reader.demand(bool(found), "wording", "expected at least one: the policy's own, first")
    return {key: Wording(key=key, name=table.name) for key, table in found.items()}


def read_severities(
    reader: Reader, raw: Mapping[str, Any], wordings: Mapping[str, Wording]
) -> dict[str, Severity]:
    reader.demand(bool(raw), "severity", "expected at least one severity")
    found = {key: _severity(reader, key, rank, table) for rank, (key, table) in enumerate(raw.items())}
    others = list(wordings)[1:]
    for key, severity in found.items():
        for wording in severity.wordings:
            reader.demand(
                wording in others,
                f"severity.{key}.wordings.{wording}",
                f"expected the key of a wording after the first, which `definition` is in: {', '.join(others)}",
            )
    _own_words(reader, found)
    return found


def read_impacts(
    reader: Reader, raw: Mapping[str, Any], severities: Mapping[str, Severity]
) -> dict[str, Impact]:
    found = {}
    for key, table in reader.tables(raw, _ImpactTable, "impact").items():
        path = f"impact.{key}"
        reader.known([table.suggest], severities, "severities", f"{path}.suggest")
        by_tier = {}
        for tier, suggested in table.suggest_tier.items():
            place = f"{path}.suggest_tier.{tier}"
            reader.known([tier], [str(tier) for tier in _TIERS], "tiers", place)
            reader.known([suggested], severities, "severities", place)
            by_tier[int(tier)] = suggested
        found[key] = Impact(key=key, name=table.name, suggest=table.suggest, suggest_tier=by_tier)
    return found


def read_not_production(reader: Reader, raw: Any, severities: Mapping[str, Severity]) -> dict[str, str]:
    """What a suggestion becomes outside production."""
    found = reader.table(raw, _NotProduction, "not_production").severity
    for key, value in found.items():
        reader.known((key, value), severities, "severities", f"not_production.severity.{key}")
    return found


def _severity(reader: Reader, key: str, rank: int, table: Any) -> Severity:
    path = f"severity.{key}"
    raw = reader.table(table, _SeverityTable, path)
    reader.words(raw.definition, f"{path}.definition")
    if raw.update_every and raw.update_on_request:
        reader.fail(f"{path}.update_on_request", "expected no such key beside update_every")
    again = tuple(reader.elapsed(text, f"{path}.wake_again") for text in raw.wake_again)
    reader.demand(
        all(a < b for a, b in pairwise(again)), f"{path}.wake_again", "expected ascending durations"
    )
    every, asked = raw.update_every, raw.update_on_request
    return Severity(
        key=key,
        rank=rank,
        name=raw.name,
        words=tuple(word.lower() for word in raw.words),
        definition=raw.definition,
        wordings=_definitions(reader, raw.wordings, f"{path}.wordings"),
        respond=reader.duration(raw.respond, f"{path}.respond"),
        update_every=reader.elapsed(every, f"{path}.update_every") if every else None,
        update_on_request=reader.duration(asked, f"{path}.update_on_request") if asked else None,
        room=raw.room,
        wake_again=again,
        snooze_past_deadline=raw.snooze_past_deadline,
        pauses_on_wait=raw.pauses_on_wait,
        agreed_update=raw.agreed_update,
        page=tuple(dict.fromkeys(raw.page)),
        tell_late=raw.tell_late,
    )


def _definitions(reader: Reader, raw: Mapping[str, Any], path: str) -> dict[str, Definition]:
    found = {}
    for key, table in reader.tables(raw, _DefinitionTable, path).items():
        for number, clause in enumerate(table.by_tier):
            place = f"{path}.{key}.by_tier[{number}]"
            reader.words(clause.text, f"{place}.text")
            expected = f"expected some of the tiers {', '.join(map(str, _TIERS))}"
            reader.demand(bool(clause.tiers) and set(clause.tiers) <= set(_TIERS), f"{place}.tiers", expected)
        found[key] = Definition(text=table.text, label=table.label, by_tier=table.by_tier)
    return found


def _own_words(reader: Reader, severities: Mapping[str, Severity]) -> None:
    """No word means two severities."""
    seen: dict[str, str] = {}
    for key, severity in severities.items():
        for word in (key.lower(), *severity.words):
            other = seen.setdefault(word, key)
            reader.demand(
                other == key, f"severity.{key}.words", f"expected words of its own, {word!r} means {other}"
            )
