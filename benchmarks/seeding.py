"""Tickets as the reminder benchmark finds them: in the middle of their life, one reminder slot of each gone by."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace as with_values
from datetime import datetime, timedelta
from string import ascii_uppercase
from typing import Final

from msgspec.structs import replace

from benchmarks.accounts import CALLER, TEAM, TRIAGE
from policy.commits import Operation
from policy.directory import Account
from policy.reminders import wake_at
from policy.schema import Policy
from policy.tickets import MessageRef, Person, Room
from policy.transitions import Change, Request, open_ticket
from storage.tickets import Tickets

SEVERITY: Final = "3"
REMINDED_AFTER: Final = timedelta(hours=12)
"""Half of the target of 24 hours."""
OVERDUE: Final = timedelta(hours=1)
"""The reminder at 12 hours has gone by, and the one at 19.2 hours has not."""


async def seed(
    tickets: Tickets, policy: Policy, accounts: Mapping[str, Account], count: int, now: datetime
) -> None:
    """Open `count` tickets through the real store, in turn for each account, whose reminder was due an hour ago.
    Their thread, room and card exist already, and nothing waits in their lanes."""
    step = timedelta(milliseconds=1)
    dues = [now - OVERDUE + step * (place // len(accounts)) for place in range(count)]
    await seed_at(tickets, policy, accounts, dues)


async def seed_at(
    tickets: Tickets, policy: Policy, accounts: Mapping[str, Account], dues: Sequence[datetime]
) -> dict[str, datetime]:
    """As `seed`, each with a reminder that is due then; which thread of their room has which."""
    shares = [(account, dues[place :: len(accounts)]) for place, account in enumerate(accounts.values())]
    await asyncio.gather(*(_seed_account(tickets, policy, *share) for share in shares))
    return {staff_thread(account, place + 1): due for account, own in shares for place, due in enumerate(own)}


def staff_thread(account: Account, number: int) -> str:
    """In triage the tickets of all accounts stand in one channel; the key of an account ends with its number."""
    return f"{1_790_000_000 + int(account.key.lstrip(ascii_uppercase))}.{number:06d}"


async def _seed_account(tickets: Tickets, policy: Policy, account: Account, dues: Sequence[datetime]) -> None:
    for place, due in enumerate(dues):
        opened = due - REMINDED_AFTER
        request = Request(
            title="The API answers with 502 since this morning",
            severity=SEVERITY,
            opener=Person(CALLER, TEAM),
            channel=account.channel,
            description="Every call that lists instances fails, from two networks.",
        )

        def decide(number: int, opened: datetime = opened, request: Request = request) -> Change:
            change = open_ticket(policy, account, request, number, opened)
            first = wake_at(policy, change.ticket, opened)
            assert first == opened + REMINDED_AFTER, "the first reminder is at half of the target"
            ts = staff_thread(account, number)
            ticket = replace(
                change.ticket,
                customer=Room(account.channel, ts),
                staff=Room(TRIAGE, ts),
                card=MessageRef(TRIAGE, ts),
            )
            return with_values(change, ticket=ticket, customer=(), staff=())

        await tickets.open(
            account.key,
            decide,
            operation=Operation(f"seed:{account.key}:{place}", account.key),
            wake=lambda change: wake_at(policy, change.ticket, change.ticket.moved),
            now=opened,
        )
