"""How a promise stands at an instant. Source: policy.md section 3."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from policy.clocks import Clock, Interval, Outcome, at_risk_from
from policy.schema import Policy


class Standing(StrEnum):
    """From `PENDING` to `BREACHED` a clock goes by itself; the others are what people made of it."""

    PENDING = "pending"
    AT_RISK = "at_risk"
    """From the first early reminder, or the heads-up, on."""
    DUE = "due"
    """The very instant of the deadline: an answer now still meets it."""
    BREACHED = "breached"
    MET = "met"
    PAUSED = "paused"
    CANCELLED = "cancelled"


_ENDED: Final = {
    Outcome.MET: Standing.MET,
    Outcome.BREACHED: Standing.BREACHED,
    Outcome.CANCELLED: Standing.CANCELLED,
}


def standing(policy: Policy, clock: Clock, at: datetime) -> Standing:
    """How a clock that has not ended stands, `at` being no earlier than its last change."""
    if clock.pause is not None:
        return Standing.PAUSED
    if at > clock.due:
        return Standing.BREACHED
    if at == clock.due:
        return Standing.DUE
    return Standing.AT_RISK if at >= at_risk_from(policy, clock) else Standing.PENDING


def ended_standing(interval: Interval) -> Standing:
    """How an ended clock was judged."""
    return _ENDED[interval.outcome]
