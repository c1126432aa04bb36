"""An instant to come that somebody writes about a ticket: on its region's clock, in its business hours."""

import asyncio
from datetime import datetime

from commands import days
from commands.callers import Asked
from commands.handling import zone_of
from commands.ports import Desk
from commands.when import read_when
from policy.clocks import counted
from policy.durations import BusinessDays
from policy.support_time import promise
from policy.tickets import Ticket


async def read_instant(desk: Desk, asked: Asked, ticket: Ticket, words: str) -> datetime:
    """What words name, in UTC and after now. Raises BadWhen."""
    policy, now = desk.policies.of(ticket.policy), desk.clock.now()
    promised = promise(policy, ticket.coverage, policy.severity(ticket.severity))

    def in_business_days(amount: BusinessDays) -> datetime:
        return counted(policy, promised, amount, now)

    if not days.is_warm():
        # Only somebody who is quicker than the start waits for this, and nobody else does.
        await asyncio.to_thread(days.warm)
    return read_when(
        words,
        zone=zone_of(policy, ticket),
        now=now,
        language=asked.who.text.language,
        business_days=in_business_days,
    )
