"""Support plans as values: when support is open, what is promised, what belongs to it. Source: policy.md section 2.

Severities, editions, components and hours go by their keys in the policy, which is where they are checked.
"""

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from policy.durations import Duration
from policy.words import Words


class Target(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is promised otherwise than by the severity itself; None: as the severity has it. At most one of
    `update_every` and `update_on_request` is given, and takes the place of both."""

    respond: Duration | None = None
    update_every: timedelta | None = None
    update_on_request: Duration | None = None


class SupportRule(msgspec.Struct, frozen=True):
    """When support is open: for these severities (None: all), in production or not (None: both)."""

    hours: str
    severities: tuple[str, ...] | None
    production: bool | None

    def fits(self, severity: str, *, production: bool) -> bool:
        return _holds(severity, self.severities) and self.production in {None, production}


class HotlineRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may call: for these severities, with these editions of the product (None: all). `hours` names the pattern
    of hours in which calls are answered (None: while support is open for the severity)."""

    severities: tuple[str, ...] | None = None
    editions: tuple[str, ...] | None = None
    hours: str | None = None

    def fits(self, severity: str, edition: str) -> bool:
        return _holds(severity, self.severities) and _holds(edition, self.editions)


class Cover(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a plan's own cover extends to. A ticket about another component is handled as usual, and the person is
    told the `note`."""

    components: tuple[str, ...]
    note: Words


class Plan(msgspec.Struct, frozen=True):
    """A support plan. Of `support` the first rule that fits decides; the last one fits everything.

    `contacts`: how many technical contacts an account may designate (None: any number). `hotline`: whoever fits
    one of these rules may call (none: nobody). `prioritized`: its tickets are marked so, and sorted before
    others of their severity. `collaborative`: real-time troubleshooting, a link to the call on the card.
    `dedicated_portal`: the account has a support portal of its own. `uptime`: the policy's guarantee holds for it.
    `cover`: None when it extends to everything. `wording`: the key of the wording in which it is shown
    definitions of severities first (None: the policy's own).
    """

    key: str
    name: Words
    support: tuple[SupportRule, ...]
    targets: Mapping[str, Target]
    contacts: int | None = None
    hotline: tuple[HotlineRule, ...] = ()
    prioritized: bool = False
    collaborative: bool = False
    dedicated_portal: bool = False
    uptime: bool = False
    cover: Cover | None = None
    wording: str | None = None


def _holds(value: str, wanted: tuple[str, ...] | None) -> bool:
    return wanted is None or value in wanted
