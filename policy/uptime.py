"""The uptime guarantee: uptime of a calendar month (UTC) and the credit that follows (`policy.md` section 6).

Downtime is counted in whole microseconds, percentages are fractions: nothing is rounded before it is judged,
and no binary floating point takes part. What people are shown is an estimate.

What can be wrong:

    ValueError
    ├── BadGuarantee     a table of the policy file is no guarantee; says which key and what was expected
    ├── BadMonth         not a calendar month of 1970 .. 2099
    ├── BadOutage        an outage that is empty or ends before it starts
    └── NaiveInstant, BeyondHorizon    of `policy.ranges`
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, Final, Self

import msgspec

from policy.ranges import (
    HORIZON_END,
    HORIZON_START,
    Span,
    bound,
    duration_micros,
    from_micros,
    instant,
    merged,
    to_micros,
)

PLACES: Final = 6
"""Decimal places of a printed uptime; also the most that a percentage of a guarantee may have."""

_DECIMAL: Final = re.compile(rf"\d{{1,3}}(\.\d{{1,{PLACES}}})?", re.ASCII)
_MONTH: Final = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


class BadGuarantee(ValueError):
    """No guarantee: the `path` of the key, such as `uptime.percent`, and what was `expected` there."""

    def __init__(self, path: str, expected: str) -> None:
        super().__init__(f"{path}: {expected}")
        self.path = path
        self.expected = expected


class BadMonth(ValueError):
    """Not a calendar month of 1970 .. 2099."""


class BadOutage(ValueError):
    """An outage that is empty or ends before it starts."""


class UptimeGuarantee(msgspec.Struct, frozen=True):
    """What a vendor promises of each calendar month. A vendor that promises nothing has None in its place.

    Percentages are exact decimals from 0 to 100, written as text with at most `PLACES` places: `99.9`.
    Raises `BadGuarantee`.
    """

    percent: str
    """The guarantee is met at this uptime and above; more than 0."""
    components: tuple[str, ...]
    """Keys of the components whose outages count; at least one, none twice."""
    credit_below: str
    """Credit is due for whole percentage points below this uptime; at most `percent`."""
    credit_per_point: str
    """Of the month's service charge, for each whole point."""
    credit_most: str
    """Of the month's service charge, however low the uptime."""

    def __post_init__(self) -> None:
        for key in ("percent", "credit_below", "credit_per_point", "credit_most"):
            value = getattr(self, key)
            if not isinstance(value, str) or not _DECIMAL.fullmatch(value) or Fraction(value) > 100:
                raise BadGuarantee(
                    f"uptime.{key}",
                    f'expected a percentage from 0 to 100 in quotes, such as "99.9", got {value!r}',
                )
        if not Fraction(self.percent):
            raise BadGuarantee("uptime.percent", f"expected a percentage above 0, got {self.percent!r}")
        if Fraction(self.credit_below) > Fraction(self.percent):
            raise BadGuarantee(
                "uptime.credit_below",
                f"expected at most percent ({self.percent}): no credit where the guarantee is met, "
                f"got {self.credit_below!r}",
            )
        names = self.components
        if (
            not isinstance(names, tuple)
            or not names
            or not all(isinstance(name, str) and name.strip() for name in names)
            or len(set(names)) < len(names)
        ):
            shown = list(names) if isinstance(names, tuple) else names
            raise BadGuarantee(
                "uptime.components", f'expected different keys of components, such as ["api"], got {shown!r}'
            )

    def is_met(self, uptime: Fraction) -> bool:
        """Whether an exact uptime, in percent, is at or above what is guaranteed."""
        return uptime >= Fraction(self.percent)

    def credit(self, uptime: Fraction) -> Fraction:
        """The credit for an exact uptime, in percent of the month's service charge. Only whole points count."""
        points = max(0, (Fraction(self.credit_below) - uptime) // 1)
        return min(Fraction(self.credit_most), points * Fraction(self.credit_per_point))


PUBLISHED: Final = UptimeGuarantee(
    percent="99.9",
    components=("ui", "api", "auto-scaling", "backups"),
    credit_below="99",
    credit_per_point="10",
    credit_most="100",
)
"""The published figures, for where no policy file gives others."""


def read_guarantee(table: Mapping[str, Any]) -> UptimeGuarantee:
    """The guarantee of a policy file's table `uptime`: all fields of `UptimeGuarantee` and no other.

    Whether the components exist is for whoever knows them. Raises `BadGuarantee`.
    """
    if not isinstance(table, Mapping):
        raise BadGuarantee("uptime", f"expected a table, got {table!r}")
    keys = UptimeGuarantee.__struct_fields__
    for key in table:
        if key not in keys:
            raise BadGuarantee(f"uptime.{key}", f"expected one of the keys {', '.join(keys)}")
    for key in keys:
        if key not in table:
            raise BadGuarantee(f"uptime.{key}", "expected a value, found none")
    components = table["components"]
    return UptimeGuarantee(
        **{**table, "components": tuple(components) if isinstance(components, list) else components}
    )


class Month(msgspec.Struct, frozen=True, order=True):
    """A calendar month of UTC, from 1970-01 to 2099-12: its length never depends on a change of clocks.

    Raises `BadMonth`.
    """

    year: int
    month: int
    """1 to 12."""

    def __post_init__(self) -> None:
        if not (HORIZON_START.year <= self.year < HORIZON_END.year and 1 <= self.month <= 12):
            raise BadMonth(f"expected a month from 1970-01 to 2099-12, got {self}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2026-10`. Raises `BadMonth`."""
        found = _MONTH.fullmatch(text)
        if not found:
            raise BadMonth(f"expected a month such as 2026-10, got {text!r}")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, at: datetime) -> Self:
        """The month in which an instant lies."""
        at = instant(at)
        return cls(at.year, at.month)

    @property
    def start(self) -> datetime:
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """Exclusive: the start of the following month."""
        return datetime(self.year + self.month // 12, self.month % 12 + 1, 1, tzinfo=UTC)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"


class Outage(msgspec.Struct, frozen=True):
    """A recorded outage of one component, `[start, end)`, or its announced maintenance. Kept in UTC.

    Raises `BadOutage`, `NaiveInstant`, `BeyondHorizon`.
    """

    component: str
    start: datetime
    end: datetime | None = None
    """None while it lasts."""
    announced_maintenance: bool = False
    """While announced maintenance of a component lasts, no outage of that component is downtime."""

    def __post_init__(self) -> None:
        # In UTC before they are compared: two times of one zone compare as its wall clock shows them.
        start, end = bound(self.start), None if self.end is None else bound(self.end)
        if end is not None and end <= start:
            wrong = "is empty: it ends when it starts," if end == start else "ends before it starts:"
            raise BadOutage(f"the outage {wrong} {start:%Y-%m-%dT%H:%M:%S.%fZ} / {end:%Y-%m-%dT%H:%M:%S.%fZ}")
        msgspec.structs.force_setattr(self, "start", start)
        msgspec.structs.force_setattr(self, "end", end)


class UptimeEstimate(msgspec.Struct, frozen=True):
    """Uptime of a month as far as outages are recorded: an estimate, and it is called one wherever it is shown.

    What has not passed yet counts as up, so a month that still runs can only get worse.
    """

    guarantee: UptimeGuarantee
    month: Month
    known_until: datetime
    """What came before is counted; between the start and the end of the month, both included."""
    downtime: timedelta

    @property
    def is_over(self) -> bool:
        """Whether the whole month was judged; False while it still runs."""
        return self.known_until == self.month.end

    @property
    def uptime(self) -> Fraction:
        """In percent of the whole month, exact."""
        length = self.month.end - self.month.start
        return 100 * (1 - Fraction(duration_micros(self.downtime), duration_micros(length)))

    @property
    def uptime_percent(self) -> str:
        """For people: rounded down, always `PLACES` places, so `100.000000` is no downtime at all."""
        units = self.uptime * 10**PLACES // 1
        return f"{units // 10**PLACES}.{units % 10**PLACES:0{PLACES}}"

    @property
    def is_guarantee_met(self) -> bool:
        return self.guarantee.is_met(self.uptime)

    @property
    def credit(self) -> Fraction:
        """In percent of the month's service charge, exact; 0 unless a whole point is missing."""
        return self.guarantee.credit(self.uptime)

    @property
    def credit_percent(self) -> str:
        """For people: exact, in its shortest form, such as `0`, `30` or `7.5`."""
        units = int(self.credit * 10**PLACES)
        text = f"{units // 10**PLACES}.{units % 10**PLACES:0{PLACES}}"
        return text.rstrip("0").rstrip(".")


def month_uptime(
    guarantee: UptimeGuarantee, month: Month, outages: Iterable[Outage], until: datetime | None = None
) -> UptimeEstimate:
    """Judge a month by its recorded outages.

    Downtime is the time within the month during which at least one guaranteed component had an outage that was
    not announced maintenance of that same component; maintenance of one never excuses another, and what
    of an outage lies outside its maintenance counts. Outages of other components don't count.
    `until` is where the month stands, if it still runs: nothing later is counted, and an outage without an end
    runs to there. None: the whole month is judged, and an outage without an end runs to the end of it.
    Raises `NaiveInstant`, `BeyondHorizon`.
    """
    start_us, end_us = to_micros(month.start), to_micros(month.end)
    if until is not None:
        end_us = min(end_us, max(start_us, to_micros(bound(until))))
    failed: dict[str, list[Span]] = {component: [] for component in guarantee.components}
    announced: dict[str, list[Span]] = {component: [] for component in guarantee.components}
    for outage in outages:
        first_us = max(start_us, to_micros(outage.start))
        last_us = end_us if outage.end is None else min(end_us, to_micros(outage.end))
        if outage.component in failed and first_us < last_us:
            kind = announced if outage.announced_maintenance else failed
            kind[outage.component].append((first_us, last_us))
    down = merged(span for component in failed for span in _less(failed[component], announced[component]))
    return UptimeEstimate(
        guarantee=guarantee,
        month=month,
        known_until=from_micros(end_us),
        downtime=timedelta(microseconds=sum(end - start for start, end in down)),
    )


def _less(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What of `spans` no span of `taken` covers: merged, in order."""
    left, holes = merged(spans), merged(taken)
    for hole_start, hole_end in holes:
        left = [
            (start, end)
            for span_start, span_end in left
            for start, end in ((span_start, min(span_end, hole_start)), (max(span_start, hole_end), span_end))
            if start < end
        ]
    return left
