"""Lives of tickets, drawn at random from what people do: each a ticket with its whole timeline, as a store keeps it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from policy.changes import Change
from policy.closing import rate
from policy.directory import Account
from policy.endings import cancel, reopen
from policy.histories import History
from policy.schema import Policy
from policy.severity_changes import change_severity
from policy.tickets import Ticket
from policy.timeline import Entry, Source
from policy.transitions import (
    acknowledge,
    customer_replied,
    open_ticket,
    post_update,
    resolve,
    write_note,
)
from policy.waiting import resume, wait_for_customer
from tests.policy.samples import ENGINEER, OPENER, default_policy, request

Deed = Callable[[Policy, Ticket, datetime, Random], object]


def _deeds() -> dict[str, Deed]:
    return {
        "take": lambda policy, ticket, now, _: acknowledge(policy, ticket, ENGINEER, now),
        "update": lambda policy, ticket, now, _: post_update(
            policy, ticket, ENGINEER, "We look.", Source.COMMAND, now
        ),
        "note": lambda _, ticket, now, __: write_note(ticket, ENGINEER, "A note.", now),
        "reply": lambda policy, ticket, now, _: customer_replied(policy, ticket, OPENER, "Well?", now),
        "wait": lambda policy, ticket, now, _: wait_for_customer(policy, ticket, ENGINEER, "Logs?", now),
        "resume": lambda policy, ticket, now, _: resume(policy, ticket, ENGINEER, now),
        "severity": lambda policy, ticket, now, draw: change_severity(
            policy, ticket, ENGINEER, draw.choice(list(policy.severities)), "Looked at.", now
        ),
        "resolve": lambda policy, ticket, now, draw: resolve(
            ticket, ENGINEER, "Done.", now, cause=draw.choice([None, *policy.causes])
        ),
        "reopen": lambda policy, ticket, now, _: reopen(policy, ticket, OPENER.user, "Again.", now),
        "cancel": lambda _, ticket, now, draw: (
            cancel(ticket, ENGINEER, "A slip.", now) if draw.random() < 0.2 else None
        ),
        "rate": lambda policy, ticket, now, draw: rate(policy, ticket, OPENER, draw.randint(1, 5), now),
    }


def changes(
    draw: Random, of: Account, number: int, opened: datetime, *, deeds: int = 12, policy: Policy | None = None
) -> list[tuple[datetime, Change]]:
    """What was done to one ticket and when, the opening first; at most that many deeds after it."""
    policy = policy or default_policy()
    now = opened
    asked = request(
        draw.choice([None, *policy.severities]),
        component=draw.choice([None, "api", "ui"]),
        reported=opened - timedelta(hours=draw.randint(1, 100)) if draw.random() < 0.2 else None,
        production=draw.random() < 0.8,
    )
    done = [(now, open_ticket(policy, of, asked, number, now))]
    known = _deeds()
    for _ in range(draw.randint(0, deeds)):
        now += timedelta(minutes=draw.choice([1, 10, 60, 240, 1_440, 5_000, 30_000]))
        change = known[draw.choice(list(known))](policy, done[-1][1].ticket, now, draw)
        if isinstance(change, Change):
            done.append((now, change))
    return done


def history(done: list[tuple[datetime, Change]], until: datetime | None = None) -> History:
    """The ticket and its timeline as they were at an instant (None: at the end)."""
    kept = [change for at, change in done if until is None or at <= until]
    entries: list[Entry] = [entry for change in kept for entry in change.entries]
    return History(kept[-1].ticket, entries)
