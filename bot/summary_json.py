"""Figures as JSON: every one of them, instants in UTC, lengths of time in seconds under names that end in `_s`."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

import msgspec

from bot.cli_common import iso
from policy.figures import Kept, Scores, Spread
from policy.overviews import Overview, health_of


def plain(value: Any) -> Any:
    """A summary, an overview or a part of one, as JSON has it."""
    match value:
        case Kept():
            return {**_fields(value), "judged": value.judged, "percent": value.percent}
        case Spread():
            return {"count": value.count, "median_s": seconds(value.median), "p90_s": seconds(value.p90)}
        case Scores():
            return {"count": value.count, "mean": value.mean, "given": plain(value.given)}
        case Overview():
            health = {one.account: health_of(one).value for one in value.accounts}
            return {**_fields(value), "health": health}
        case msgspec.Struct():
            return _fields(value)
        case Mapping():
            return {str(key): plain(one) for key, one in value.items()}
        case tuple() | list():
            return [plain(one) for one in value]
        case datetime():
            return iso(value)
        case date():
            return value.isoformat()
        case Enum():
            return value.value
        case _:
            return value


def seconds(length: timedelta | None) -> int | float | None:
    """Exact: whole seconds as a whole number."""
    if length is None:
        return None
    whole, rest = divmod(length, timedelta(seconds=1))
    return length.total_seconds() if rest else whole


def _fields(value: msgspec.Struct) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in value.__struct_fields__:
        one = getattr(value, name)
        if isinstance(one, timedelta):
            found[f"{name}_s"] = seconds(one)
        else:
            found[name] = plain(one)
    return found
