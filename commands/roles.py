"""Who may do what: the one table of it. Use cases ask it by `commands.handling.allowed`.

A role is held on an account. Whoever has none on it is told nothing of it: its tickets do not exist for them.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Role(StrEnum):
    """What somebody is to an account."""

    CUSTOMER = "customer"
    """Writes from the account's channel."""
    CONTACT = "contact"
    """A customer who is a designated technical contact."""
    ENGINEER = "engineer"
    """Of support staff, for every account."""
    TAM = "tam"
    """The account's designated technical account manager."""
    ADMIN = "admin"
    """Runs the desk, for every account."""


class Act(StrEnum):
    """What a person does with a ticket, or for an account; the values are the names of subcommands where there are."""

    SHOW = "show"
    WHY = "why"
    TIMELINE = "timeline"
    ASK = "ask"
    WORSE = "worse"
    AGREE = "agree"
    CONFIRM = "confirm"
    RATE = "rate"
    REOPEN = "reopen"
    ACKNOWLEDGE = "ack"
    UPDATE = "update"
    NOTE = "note"
    LATE = "late"
    SEVERITY = "severity"
    PRODUCTION = "production"
    ASSIGN = "assign"
    WAIT = "wait"
    RESUME = "resume"
    SNOOZE = "snooze"
    RESOLVE = "resolve"
    SCOPE = "scope"
    MERGE = "merge"
    CANCEL = "cancel"
    LINK = "link"
    JOIN = "join"
    OUTAGE = "outage"
    OPEN_FOR = "for"
    CALENDAR = "calendar"
    DUTY_DONE = "done"


CUSTOMERS: Final = frozenset({Role.CUSTOMER, Role.CONTACT})
STAFF: Final = frozenset({Role.ENGINEER, Role.TAM, Role.ADMIN})
EVERYBODY: Final = CUSTOMERS | STAFF

MAY: Final[Mapping[Act, frozenset[Role]]] = MappingProxyType(
    {
        Act.SHOW: EVERYBODY,
        Act.WHY: EVERYBODY,
        Act.TIMELINE: EVERYBODY,
        Act.REOPEN: EVERYBODY,
        # What only the customer can say.
        Act.ASK: CUSTOMERS,
        Act.WORSE: CUSTOMERS,
        Act.AGREE: CUSTOMERS,
        Act.CONFIRM: CUSTOMERS,
        Act.RATE: CUSTOMERS,
        # Handling.
        Act.ACKNOWLEDGE: STAFF,
        Act.UPDATE: STAFF,
        Act.NOTE: STAFF,
        Act.LATE: STAFF,
        Act.SEVERITY: STAFF,
        Act.PRODUCTION: STAFF,
        Act.ASSIGN: STAFF,
        Act.WAIT: STAFF,
        Act.RESUME: STAFF,
        Act.SNOOZE: STAFF,
        Act.RESOLVE: STAFF,
        Act.SCOPE: STAFF,
        Act.MERGE: STAFF,
        Act.CANCEL: STAFF,
        Act.LINK: STAFF,
        Act.JOIN: STAFF,
        Act.OUTAGE: STAFF,
        Act.OPEN_FOR: STAFF,
        # The duties of technical account managers: others may look.
        Act.CALENDAR: STAFF,
        Act.DUTY_DONE: frozenset({Role.TAM}),
    }
)


def may(roles: frozenset[Role], act: Act) -> bool:
    """Whether somebody with these roles on an account may do it there."""
    return not roles.isdisjoint(MAY[act])
