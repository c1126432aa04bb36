"""Incident channels: their names, and another one where the ticket's own was archived."""

from typing import Final

from bot.slack import Lasting, Slack
from policy.tickets import Ticket

_MOST_NAMES: Final = 20
"""So many names are tried for an incident channel before it is given up."""


def channel_name(ticket: Ticket, number: int = 1) -> str:
    """The fixed name of a ticket's incident channel: `inc-acme-42`, and of a later one `inc-acme-42-2`."""
    name = f"inc-{ticket.id.lower()}"
    return name if number == 1 else f"{name}-{number}"


async def restored(slack: Slack, ticket: Ticket, channel: str) -> tuple[str, int] | None:
    """Another channel in place of one that is archived, and the number in its name; None: it is still in use. One that
    an earlier attempt has made is found again by its name; a name that another archived channel has is passed over.
    Raises SlackFault."""
    if not await slack.is_archived(channel):
        return None
    number = ticket.staff_rooms + 1
    while True:
        try:
            return await slack.create_private_channel(channel_name(ticket, number)), number
        except Lasting as fault:
            if fault.error != "name_taken" or number >= ticket.staff_rooms + _MOST_NAMES:
                raise
        number += 1
