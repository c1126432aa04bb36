"""What a delivery leaves on the ticket: a channel, a message, what follows from it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from policy import effects as do
from policy.tickets import MessageRef, Room, Ticket
from policy.timeline import RoomOpened
from policy.transitions import Change

Learned = Callable[[Ticket, datetime], Change]

BELONGS_TO_CARD: Final = (do.PinCard(), do.PostDetails())
"""What a card needs that stands in another place than before."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """It took place. `learned` puts what came of it (a channel, a message) on the ticket; None: nothing did."""

    learned: Learned | None = None


def room_opened(
    side: str,
    room: Room,
    posted: MessageRef | None,
    *,
    number: int = 1,
    then: tuple[do.StaffEffect, ...] = (),
) -> Learned:
    """It got a place in Slack; `posted` is the card there, `then` what staff get afterwards."""

    def learned(ticket: Ticket, now: datetime) -> Change:
        now = max(now, ticket.moved)
        entry = RoomOpened(at=now, side=side, channel=room.channel, thread=room.thread)
        if side == "customer":
            return Change(replace(ticket, customer=room, moved=now), entries=(entry,))
        opened = replace(ticket, staff=room, card=posted or ticket.card, staff_rooms=number, moved=now)
        return Change(opened, entries=(entry,), staff=then)

    return learned


def asks_to_confirm(message: MessageRef) -> Learned:
    return lambda ticket, now: Change(replace(ticket, closing=message, moved=max(now, ticket.moved)))


def card_posted(message: MessageRef, then: tuple[do.StaffEffect, ...] = ()) -> Learned:
    return lambda ticket, now: Change(replace(ticket, card=message, moved=max(now, ticket.moved)), staff=then)


def called_at(message: MessageRef) -> Learned:
    def learned(ticket: Ticket, now: datetime) -> Change:
        now = max(now, ticket.moved)
        older: tuple[do.StaffEffect, ...] = ()
        if ticket.call is not None and ticket.call != message:
            older = (do.ShrinkReminder(message=ticket.call, answered_by=None, at=now),)
        return Change(replace(ticket, call=message, moved=now), staff=older)

    return learned


def followed_by(*effects: do.StaffEffect) -> Learned:
    """Nothing but effects of the staff lane, each an item of its own."""
    return lambda ticket, now: Change(replace(ticket, moved=max(now, ticket.moved)), staff=effects)
