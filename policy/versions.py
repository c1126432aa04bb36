"""Which versions are supported, and what a ticket about another one gets. Source: policy.md section 5.

A version counts by the date of its release alone. On a given day these are supported: the current version,
however old, and every version released in the months before that day. The day itself is the date of the
opening in the region of the account. "Months before" goes back to the same day of the month, or to the last
day of a month that is too short, which is the earlier one: on 29 February 2028, 12 months go back to
28 February 2027. A release on exactly that day still counts, whatever the hour.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Annotated, Final

import msgspec

from policy.months import months_later

_DAY: Final = timedelta(days=1)
_LEADING: Final = re.compile(r"^(?:version|ver\.?|v\.?|release)\s*(?=\d)")
_NUMBER: Final = re.compile(r"\d+")


class VersionRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a version is supported, and whether fixes come in the latest release only."""

    supported_months: Annotated[int, msgspec.Meta(ge=0, le=1200)]
    fixes_in_latest_only: bool


class Release(msgspec.Struct, frozen=True):
    """A version of the product, and the date on which it was made generally available."""

    version: str
    date: date


@dataclass(frozen=True, slots=True)
class Current:
    """The latest release: supported, and the one that gets fixes."""

    release: Release


@dataclass(frozen=True, slots=True)
class Supported:
    """An earlier release that is still supported. `until` is the last day on which a ticket about it may be opened
    as one about a supported version. `fixes_in` is the release that fixes come in when the version itself gets
    none: say that an upgrade may be needed. None: it gets fixes of its own."""

    release: Release
    until: date
    fixes_in: Release | None


@dataclass(frozen=True, slots=True)
class ConsultativeOnly:
    """Too old: answers and known solutions, no fixes. `ended` is the last day on which it was supported, `current`
    the release to upgrade to."""

    release: Release
    ended: date
    current: Release


@dataclass(frozen=True, slots=True)
class AskVersion:
    """Nothing was given, or no release of that name is out: ask the person, don't refuse. `given` is None for
    nothing; `near` holds the releases that may be meant, `current` the latest; both the latest first."""

    given: str | None
    near: tuple[Release, ...]
    current: Release


@dataclass(frozen=True, slots=True)
class NotListed:
    """The vendor lists no release that is out on that day, so there is nothing to judge by and nothing to ask."""


VersionSupport = Current | Supported | ConsultativeOnly | AskVersion | NotListed


def by_date(releases: Iterable[Release]) -> tuple[Release, ...]:
    """Releases, the oldest first. Of two on one day the one with the lower number is first: `7.9` before `7.10`."""
    return tuple(sorted(releases, key=lambda release: (release.date, _numbers(release.version))))


def same_version(one: str, other: str) -> bool:
    """Whether two texts name one version, as people write it: `v7.2`, `Version 7.2`, `７．２`."""
    return _plain(one) == _plain(other)


def opened_on(opened: datetime, zone: tzinfo) -> date:
    """The date of an opening, in the zone of the account's region. `opened` is aware."""
    return opened.astimezone(zone).date()


def version_support(
    rules: VersionRules, releases: Sequence[Release], version: str | None, on: date
) -> VersionSupport:
    """What is owed on a version to a ticket opened on that day. `releases` in any order; those after the day are
    not out yet."""
    out = by_date(release for release in releases if release.date <= on)
    if not out:
        return NotListed()
    current = out[-1]
    plain = _plain(version or "")
    release = next((release for release in out if _plain(release.version) == plain), None)
    if release is None:
        near = [r for r in reversed(out) if plain and _plain(r.version).startswith(f"{plain}.")]
        return AskVersion((version or "").strip() or None, tuple(near), current)
    if release == current:
        return Current(release)
    until = last_supported_day(rules, release)
    if on > until:
        return ConsultativeOnly(release, until, current)
    return Supported(release, until, current if rules.fixes_in_latest_only else None)


def last_supported_day(rules: VersionRules, release: Release) -> date:
    """The last day from which the supported months go back to the release. The current version is supported for
    longer than that: until another one takes its place, and then for what is left of it."""
    until = months_later(release.date, rules.supported_months)
    # Several days at the end of a long month go back to the last day of a short one.
    while months_later(until + _DAY, -rules.supported_months) <= release.date:
        until += _DAY
    return until


def supported_on(rules: VersionRules, releases: Sequence[Release], on: date) -> tuple[Release, ...]:
    """The releases that are supported on that day, the latest first: for whoever asks what is."""
    out = by_date(release for release in releases if release.date <= on)
    return tuple(r for r in reversed(out) if r == out[-1] or on <= last_supported_day(rules, r))


def _plain(version: str) -> str:
    return _LEADING.sub("", unicodedata.normalize("NFKC", version).strip().casefold())


def _numbers(version: str) -> list[int]:
    return [int(number) for number in _NUMBER.findall(_plain(version))]
