"""Reading regions and patterns of hours into calendars (policy.md sections 2 and 3)."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from policy.calendars import ALWAYS_OPEN, Calendar, WeeklyCalendar, WeeklyHours, union
from policy.ranges import CalendarError
from policy.reading import Reader
from policy.schema import Region
from policy.support_time import ANY_HOUR, local_calendar
from policy.words import Words

_DAYS: Final = WeeklyHours.__struct_fields__


class _HoursTable(WeeklyHours, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: Words
    holidays_are_working_days: bool = False
    union: tuple[str, ...] = ()


class RegionTable(msgspec.Struct, forbid_unknown_fields=True):
    """A region as a file has it. `hours` overrides patterns of hours, key by key, for this region alone."""

    zone: str
    country: str | None = None
    subdivision: str | None = None
    closures: tuple[str, ...] = ()
    on_call: str | None = None
    hours: dict[str, dict[str, Any]] = {}


def read_regions(reader: Reader, raw: Mapping[str, Any]) -> dict[str, RegionTable]:
    reader.demand(bool(raw), "regions", "expected at least one region")
    return reader.tables(raw, RegionTable, "regions")


def region_of(key: str, table: RegionTable) -> Region:
    return Region(key=key, zone=table.zone, on_call=table.on_call)


def read_hours(
    reader: Reader, raw: Mapping[str, Any], regions: Mapping[str, RegionTable]
) -> tuple[dict[str, Words], dict[str, Calendar]]:
    """The names of the patterns, and every calendar by its name: each pattern on each region's clock, and the
    unions, which are the same everywhere."""
    patterns = reader.tables(raw, _HoursTable, "hours")
    reader.demand(
        ANY_HOUR not in patterns, f"hours.{ANY_HOUR}", "expected another key, this one is any hour of any day"
    )
    for region, place in regions.items():
        for key in place.hours:
            path = f"regions.{region}.hours.{key}"
            reader.known([key], patterns, "hours", path)
            reader.demand(not patterns[key].union, path, "expected the key of hours that are no union")
    found: dict[str, Calendar] = {ANY_HOUR: ALWAYS_OPEN}
    for key, pattern in patterns.items():
        if not pattern.union:
            for region, place in regions.items():
                found[local_calendar(key, region)] = _local(reader, raw, key, region, place)
    for key, pattern in patterns.items():
        if pattern.union:
            days = [day for day in _DAYS if getattr(pattern, day)]
            reader.demand(not days, f"hours.{key}.union", f"expected no {', '.join(days)} beside union")
            for name in pattern.union:
                expected = f"no such hours {name!r}, such as {next(iter(raw))}@{next(iter(regions))}"
                reader.demand(name in found, f"hours.{key}.union", expected)
            found[key] = union([found[name] for name in pattern.union], name=key)
    return {key: pattern.name for key, pattern in patterns.items()}, found


def _local(reader: Reader, raw: Mapping[str, Any], key: str, region: str, place: RegionTable) -> Calendar:
    own = place.hours.get(key)
    where = f"regions.{region}, hours.{key}" if own is None else f"regions.{region}.hours.{key}"
    pattern = reader.table({**raw[key], **(own or {})}, _HoursTable, where)
    reader.demand(not pattern.union, where, "expected days, a union is the same for every region")
    try:
        return WeeklyCalendar(
            name=local_calendar(key, region),
            zone=place.zone,
            hours=WeeklyHours(*(getattr(pattern, day) for day in _DAYS)),
            country=place.country,
            subdivision=place.subdivision,
            holidays_are_working_days=pattern.holidays_are_working_days,
            closures=place.closures,
        )
    except CalendarError as error:
        reader.fail(where, str(error))
