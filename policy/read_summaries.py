"""Reading what summaries point out."""

from typing import Any

import msgspec

from policy.reading import Reader
from policy.summary_rules import SummaryRules


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    long_wait: str | None = None


def read_summaries(reader: Reader, table: Any) -> SummaryRules:
    raw = reader.table(table, _Table, "summaries")
    return SummaryRules(
        long_wait=reader.elapsed(raw.long_wait, "summaries.long_wait") if raw.long_wait else None
    )
