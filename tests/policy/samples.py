"""Builders for the tests of the policy: the default policy, a stranger's, an account, tickets, instants."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from policy.clocks import Clock, start_response, start_update
from policy.directory import Account
from policy.load import load_policy
from policy.schema import Policy
from policy.support_time import Coverage, Promise, promise
from policy.tickets import MessageRef, Person, Ticket
from policy.timeline import Source
from policy.transitions import Change, Request, acknowledge, open_ticket, post_update

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
"""A Monday without anything special, 9:00 UTC: 10:00 in London, 18:00 in Tokyo."""

OPENER = Person(user="U-CUSTOMER", team="T-ACME")
ENGINEER = "U-ENGINEER"
MESSAGE = MessageRef(channel="C-STAFF", ts="1.000100")


def at(text: str) -> datetime:
    """`2026-10-05 09:00` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@cache
def default_policy() -> Policy:
    return load_policy()


def words(text: str) -> dict[str, str]:
    return {"en": text, "ja": text}


def stranger() -> dict[str, Any]:
    """Overrides of another vendor: three severities under other names, one region, desks open 12x7."""
    return {
        "replace": ["severity", "impact", "not_production", "regions", "hours", "plan"],
        "business_day": "12h",
        "default_severity": "routine",
        "severity": {
            "blocker": {
                "name": words("Blocker"),
                "definition": words("Nothing works."),
                "respond": "30m",
                "update_every": "20m",
                "room": "channel",
                "wake_again": ["5m"],
                "snooze_past_deadline": False,
            },
            "routine": {
                "name": words("Routine"),
                "words": ["plain"],
                "definition": words("Something is slow."),
                "respond": "2 business days",
                "update_every": "8h",
            },
            "wish": {
                "name": words("Wish"),
                "definition": words("It would be nice."),
                "respond": "5 business days",
            },
        },
        "impact": {
            "all": {"name": words("Everything"), "suggest": "blocker"},
            "idea": {"name": words("An idea"), "suggest": "wish"},
        },
        "not_production": {"severity": {"blocker": "routine"}},
        "plan": {
            "desk": {"name": words("Desk"), "support": [{"hours": "9x5"}]},
            "emergency": {"name": words("Any hour"), "support": [{"hours": "24x7"}]},
        },
        "regions": {"zurich": {"zone": "Europe/Zurich"}},
        "hours": {
            "9x5": {
                "name": words("desk hours"),
                **{day: ["08:00-20:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
            }
        },
    }


@cache
def stranger_policy() -> Policy:
    return load_policy(stranger(), file="stranger.toml")


def account(key: str = "ACME", **changes: Any) -> Account:
    """An Emergency account in London."""
    given: dict[str, Any] = {
        "key": key,
        "name": key.title(),
        "plan": "emergency",
        "region": "emea",
        "channel": f"C-{key}",
    }
    return Account(**{**given, **changes})


def request(severity: str | None = "1", **changes: Any) -> Request:
    given: dict[str, Any] = {"title": "API is down", "opener": OPENER, "channel": "C-ACME"}
    return Request(**{**given, "severity": severity, **changes})


def opened(
    severity: str | None = "1",
    *,
    now: datetime = MONDAY,
    policy: Policy | None = None,
    of: Account | None = None,
    number: int = 1,
    **asked: Any,
) -> Change:
    """The change that opens a ticket; a severity of None means not sure."""
    return open_ticket(policy or default_policy(), of or account(), request(severity, **asked), number, now)


def acknowledged(ticket: Ticket, now: datetime, policy: Policy | None = None) -> Change:
    """The change of an acknowledgement that is allowed."""
    change = acknowledge(policy or default_policy(), ticket, ENGINEER, now)
    assert isinstance(change, Change)
    return change


def updated(ticket: Ticket, now: datetime, policy: Policy | None = None, text: str = "We look.") -> Change:
    """The change of a public update that is allowed."""
    change = post_update(policy or default_policy(), ticket, ENGINEER, text, Source.COMMAND, now)
    assert isinstance(change, Change)
    return change


def promised(
    severity: str,
    *,
    region: str = "emea",
    policy: Policy | None = None,
    plan: str = "emergency",
    production: bool = True,
) -> Promise:
    policy = policy or default_policy()
    coverage = Coverage(plan=plan, region=region, production=production)
    return promise(policy, coverage, policy.severity(severity))


def response_clock(
    severity: str, since: datetime = MONDAY, *, policy: Policy | None = None, **terms: Any
) -> Clock:
    """The response clock of a severity; `terms` are those of `promised`."""
    policy = policy or default_policy()
    return start_response(policy, promised(severity, policy=policy, **terms), since)


def update_clock(
    severity: str, since: datetime = MONDAY, *, policy: Policy | None = None, **terms: Any
) -> Clock:
    """The update clock of a severity that has a cadence; `terms` are those of `promised`."""
    policy = policy or default_policy()
    clock = start_update(policy, promised(severity, policy=policy, **terms), since)
    assert clock is not None
    return clock


def running(ticket: Ticket) -> Clock:
    """The clock of a ticket that has one."""
    assert ticket.clock is not None
    return ticket.clock


def done(change: object) -> Change:
    """The change of a decision that is allowed."""
    assert isinstance(change, Change), change
    return change


def kinds(values: tuple[object, ...]) -> list[str]:
    """The types of entries or effects, by name."""
    return [type(value).__name__ for value in values]
