"""Reading what the customer is told in ready words, causes, and how a resolved ticket is closed."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from policy.reading import Named, Reader, Told
from policy.telling import Cause, Closing, Phrase

MOST_CHOICES: Final = 100
"""So many options Slack takes in a menu."""


class _ClosingTable(msgspec.Struct, forbid_unknown_fields=True):
    confirm_after: str | None = None
    reopen_within: str | None = None
    score: bool = False


def read_closing(reader: Reader, table: Any) -> Closing:
    raw = reader.table(table, _ClosingTable, "closing")
    after, within = raw.confirm_after, raw.reopen_within
    return Closing(
        confirm_after=reader.duration(after, "closing.confirm_after") if after else None,
        reopen_within=reader.elapsed(within, "closing.reopen_within") if within else None,
        score=raw.score,
    )


def read_causes(reader: Reader, raw: Mapping[str, Any]) -> dict[str, Cause]:
    _count(reader, raw, "cause")
    return {key: Cause(key, table.name) for key, table in reader.tables(raw, Named, "cause").items()}


def read_phrases(reader: Reader, raw: Mapping[str, Any]) -> dict[str, Phrase]:
    _count(reader, raw, "phrase")
    found = reader.tables(raw, Told, "phrase")
    return {key: Phrase(key, table.name, table.text) for key, table in found.items()}


def _count(reader: Reader, raw: Mapping[str, Any], path: str) -> None:
    reader.demand(len(raw) <= MOST_CHOICES, path, f"expected at most {MOST_CHOICES}, as many as a menu takes")
