"""What is promised for a severity under a plan, in which support time it is counted, and who is on duty.

Calendars go by name on a ticket, so that its record stays small and explains itself: `24x7`, `9x5@japan`.
Source: policy.md sections 1, 2 and 3.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from policy.calendars import UnionCalendar
from policy.durations import BusinessDays, Duration
from policy.plans import Target

if TYPE_CHECKING:
    from policy.schema import Policy, Severity

ANY_HOUR: Final = "24x7"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Under which terms a ticket is handled: its plan, its region, and what its account has otherwise.
    `hours` names a pattern that stands in place of all the plan's rules (None: the plan decides; so it does for a
    pattern that an edited policy has no more). `targets` goes by severity and stands before the plan's and the
    severity's own."""

    plan: str
    region: str
    production: bool
    hours: str | None = None
    targets: Mapping[str, Target] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Promise:
    """What one severity promises under one coverage. `calendar` names the support time of the plan; a target in
    business days is counted in `business`, the region's business hours, whatever the plan."""

    severity: str
    respond: Duration
    update_every: timedelta | None
    update_on_request: Duration | None
    calendar: str
    business: str

    def counted_in(self, target: Duration) -> str:
        """The calendar of a target."""
        return self.business if isinstance(target, BusinessDays) else self.calendar


def promise(policy: "Policy", coverage: Coverage, severity: "Severity") -> Promise:
    """What the account's own targets say, then the plan's, then the severity itself. Raises KeyError for a plan or
    region that the policy does not have."""
    plan = policy.plans[coverage.plan]
    respond, every, asked = severity.respond, severity.update_every, severity.update_on_request
    for targets in (plan.targets, coverage.targets):
        target = targets.get(severity.key, Target())
        respond = target.respond or respond
        if target.update_every or target.update_on_request:
            every, asked = target.update_every, target.update_on_request
    return Promise(
        severity=severity.key,
        respond=respond,
        update_every=every,
        update_on_request=asked,
        calendar=support_calendar(policy, coverage, severity.key),
        business=calendar_of(policy, policy.business_hours, coverage.region),
    )


def support_calendar(policy: "Policy", coverage: Coverage, severity: str) -> str:
    """The name of the plan's support time for a severity, by its key. Raises KeyError as `promise` does."""
    support = policy.plans[coverage.plan].support
    rule = next(r for r in support if r.fits(severity, production=coverage.production))
    own = calendar_of(policy, coverage.hours or rule.hours, coverage.region)
    return own if own in policy.calendars else calendar_of(policy, rule.hours, coverage.region)


def local_calendar(hours: str, region: str) -> str:
    """The name of a pattern of hours on the local clock of a region: `9x5@japan`."""
    return f"{hours}@{region}"


def calendar_of(policy: "Policy", hours: str, region: str) -> str:
    """The name of the calendar of a pattern of hours in a region: any hour and unions are the same in all."""
    local = local_calendar(hours, region)
    return local if local in policy.calendars else hours


def on_duty(policy: "Policy", calendar: str, region: str, at: datetime) -> tuple[str, ...]:
    """The regions whose desks take what comes in at an instant, under that calendar: the account's own region,
    but in a union of regions' hours those that are open then, or the next to open, in the order of the union."""
    found = policy.calendar(calendar)
    if not isinstance(found, UnionCalendar):
        return (region,)
    opening = found.next_opening(at)
    parts = [part for part in found.calendars if part.is_open(opening)]
    regions = [part.name.rpartition("@")[2] for part in parts]
    return tuple(dict.fromkeys(key if key in policy.regions else region for key in regions))
