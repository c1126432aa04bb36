"""What is promised for a severity under a plan, and in which support time it is counted.

Calendars go by name on a ticket, so that its record stays small and explains itself: `24x7`, `9x5@japan`.
Source: policy.md sections 1, 2 and 3.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from policy.durations import BusinessDays, Duration

if TYPE_CHECKING:
    from policy.schema import Policy, Severity

ANY_HOUR: Final = "24x7"
BUSINESS_HOURS: Final = "9x5"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Under which terms a ticket is handled: its plan, its region, and what its account has otherwise.
    `hours` names a pattern that stands in place of all the plan's rules (None: the plan decides)."""

    plan: str
    region: str
    production: bool
    hours: str | None = None


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
    """Raises KeyError for a plan or region that the policy does not have."""
    plan = policy.plans[coverage.plan]
    rule = next(r for r in plan.support if r.fits(severity.key, production=coverage.production))
    target = plan.targets.get(severity.key)
    return Promise(
        severity=severity.key,
        respond=(target and target.respond) or severity.respond,
        update_every=(target and target.update_every) or severity.update_every,
        update_on_request=severity.update_on_request,
        calendar=_named(policy, coverage.hours or rule.hours, coverage.region),
        business=local_calendar(BUSINESS_HOURS, coverage.region),
    )


def local_calendar(hours: str, region: str) -> str:
    """The name of a pattern of hours on the local clock of a region: `9x5@japan`."""
    return f"{hours}@{region}"


def _named(policy: "Policy", hours: str, region: str) -> str:
    local = local_calendar(hours, region)
    return local if local in policy.calendars else hours
