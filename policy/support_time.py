"""Which calendar a target is counted in. Source: policy.md sections 2 and 3.

Calendars go by name on a ticket, so that its record stays small and explains itself: `24x7`, `9x5@japan`.
"""

from typing import Final

from policy.durations import BusinessDays, Duration

ANY_HOUR: Final = "24x7"
BUSINESS_HOURS: Final = "9x5"


def local_calendar(hours: str, region: str) -> str:
    """The name of a pattern of hours on the local clock of a region: `9x5@japan`."""
    return f"{hours}@{region}"


def calendar_name(region: str, target: Duration) -> str:
    """Business days are counted in the region's business hours whatever the plan; the rest at any hour."""
    return local_calendar(BUSINESS_HOURS, region) if isinstance(target, BusinessDays) else ANY_HOUR
