"""Tickets as the reminder benchmark finds them: in the middle of their life, one reminder slot of each gone by."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace as with_values
from datetime import datetime, timedelta
from string import ascii_uppercase
from typing import Final

from msgspec.structs import replace

from benchmarks.accounts import CALLER, TEAM, TRIAGE
from policy.commits import Operation
from policy.directory import Account
from policy.reminders import due_reminder, wake_at
from policy.schema import Policy
from policy.tickets import MessageRef, Person, Room
from policy.transitions import Change, Request, open_ticket
from storage.tickets import Tickets

SEVERITY: Final = "3"
OPENED_AGO: Final = timedelta(hours=13)
"""Of a target of 24 hours the reminder at 12 hours has gone by, and the one at 19.2 hours has not."""


async def seed(
    tickets: Tickets, policy: Policy, accounts: Mapping[str, Account], count: int, now: datetime
) -> None:
    """Open `count` tickets through the real store, in turn for each account. Their thread, room and card exist
    already, and nothing waits in their lanes."""
    shares = [
        (account, len(range(place, count, len(accounts)))) for place, account in enumerate(accounts.values())
    ]
    await asyncio.gather(*(_seed_account(tickets, policy, *share, now) for share in shares))


async def _seed_account(
    tickets: Tickets, policy: Policy, account: Account, count: int, now: datetime
) -> None:
    for place in range(count):
        opened = now - OPENED_AGO + timedelta(milliseconds=place)
        request = Request(
            title="The API answers with 502 since this morning",
            severity=SEVERITY,
            opener=Person(CALLER, TEAM),
            channel=account.channel,
            description="Every call that lists instances fails, from two networks.",
        )

        def decide(number: int, opened: datetime = opened, request: Request = request) -> Change:
            change = open_ticket(policy, account, request, number, opened)
            due = due_reminder(policy, change.ticket, now)
            assert due is not None, "the reminder at half of the target has gone by"
            assert due.count == 1, "and no other has"
            # In triage the tickets of all accounts stand in one channel; the key of an account ends with its number.
            ts = f"{1_790_000_000 + int(account.key.lstrip(ascii_uppercase))}.{number:06d}"
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
