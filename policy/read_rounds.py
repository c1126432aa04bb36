"""Reading when the bot speaks by itself: digests, duties and their reminders, the note at the change of a shift."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Annotated, Any, Final

import msgspec

from policy.digests import DigestRules
from policy.duty_rules import Duty, DutyReminders
from policy.reading import Reader
from policy.words import Words

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOST_DAYS_BEFORE: Final = 90

_Count = Annotated[int, msgspec.Meta(ge=0, le=1200)]


class _DigestTable(msgspec.Struct, forbid_unknown_fields=True):
    day: str
    at: str
    on_holidays: bool = True


class _DutyTable(msgspec.Struct, forbid_unknown_fields=True):
    name: Words
    weeks: _Count = 0
    months: _Count = 0


class _RemindersTable(msgspec.Struct, forbid_unknown_fields=True):
    days_before: tuple[int, ...] = (7, 1)
    at: str = "09:00"


class _HandoverTable(msgspec.Struct, forbid_unknown_fields=True):
    ahead: str = "8h"


def read_digest(reader: Reader, table: Any) -> DigestRules | None:
    """None for a policy without the table: then no digest comes by itself."""
    if table is msgspec.UNSET:
        return None
    raw = reader.table(table, _DigestTable, "digest")
    reader.known([raw.day], _DAYS, "days", "digest.day")
    return DigestRules(_DAYS.index(raw.day), _time(reader, raw.at, "digest.at"), raw.on_holidays)


def read_duties(reader: Reader, raw: Mapping[str, Any]) -> dict[str, Duty]:
    found = {}
    for key, table in reader.tables(raw, _DutyTable, "duty").items():
        one = bool(table.weeks) != bool(table.months)
        reader.demand(one, f"duty.{key}", "expected either weeks or months, of at least 1")
        found[key] = Duty(key=key, name=table.name, weeks=table.weeks, months=table.months)
    return found


def read_duty_reminders(reader: Reader, table: Any) -> DutyReminders:
    raw = reader.table(table, _RemindersTable, "duty_reminders")
    sound = all(1 <= one <= _MOST_DAYS_BEFORE for one in raw.days_before)
    reader.demand(sound, "duty_reminders.days_before", f"expected whole days from 1 to {_MOST_DAYS_BEFORE}")
    days = tuple(sorted(set(raw.days_before), reverse=True))
    return DutyReminders(days, _time(reader, raw.at, "duty_reminders.at"))


def read_handover(reader: Reader, table: Any) -> timedelta:
    """How far the note at the change of a shift looks ahead."""
    return reader.elapsed(reader.table(table, _HandoverTable, "handover").ahead, "handover.ahead")


def _time(reader: Reader, text: str, path: str) -> time:
    try:
        found = time.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or len(text) != 5 or found.tzinfo is not None:
        reader.fail(path, f"expected a time of day such as 09:00, got {text!r}")
    return found
