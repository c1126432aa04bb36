"""The ticket's card: posted where staff work on it, edited in place, pinned, with its details in its thread."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from bot.delivered import BELONGS_TO_CARD, Delivered, card_posted, room_opened
from bot.posting import Item
from bot.slack import Lasting, Slack
from commands.views import card, details
from commands.views.card import Scene
from commands.views.message import Message
from policy.tickets import MessageRef, Room, Ticket
from policy.versions import Release, opened_on, version_support
from storage.queue import Queue

log = logging.getLogger(__name__)

GONE: Final = frozenset(
    {"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"}
)
"""What Slack says of a message that is gone, or too old to be edited."""

Post = Callable[[Item, str, Room, Message], Awaitable[MessageRef]]
"""Posts a message under an opaque id, once in effect."""
Edit = Callable[[MessageRef, Message], Awaitable[str | None]]
"""Edits a message; Slack's word for why it cannot be edited any more (None: it was)."""
Tell = Callable[[Item, str, Scene, Message, Room], Awaitable[None]]
"""Posts for staff in a room, or in triage where that is out of reach."""


class Cards:
    """`triage` raises Lasting where no such channel is set; every method SlackFault, Paced, LeaseGone, and the store's
    errors. `releases` are the vendor's, by which a version is judged."""

    def __init__(
        self,
        slack: Slack,
        queue: Queue,
        post: Post,
        edit: Edit,
        tell: Tell,
        triage: Callable[[], Room],
        releases: Sequence[Release],
    ) -> None:
        self._slack = slack
        self._queue = queue
        self._post = post
        self._edit = edit
        self._tell = tell
        self._triage = triage
        self._releases = releases

    async def post(self, item: Item, opaque_id: str, scene: Scene) -> Delivered:
        """The first card, or the one in a channel that the ticket has got since: the old card points there."""
        ticket, shown = scene.ticket, card.card(scene)
        room, old = ticket.staff or self._triage(), ticket.card
        if old is not None and old.channel == room.channel:
            return await self.refresh(item, opaque_id, scene)  # no other channel was made
        posted = await self._post(item, opaque_id, room, shown)
        if old is not None:
            try:
                await self._slack.edit(old, card.moved(scene, room.channel))
            except Lasting as fault:
                log.warning("%s: the old card stands as it was: %s", ticket.id, fault.error)
        if ticket.staff is not None:
            return Delivered(card_posted(posted))
        await self._queue.put_room(posted.channel, posted.ts, ticket.id)
        return Delivered(room_opened("staff", Room(posted.channel, posted.ts), posted))

    async def refresh(self, item: Item, opaque_id: str, scene: Scene) -> Delivered:
        """A card that is gone is posted anew, where staff work on the ticket."""
        ticket, shown = scene.ticket, card.card(scene)
        if ticket.card is None or await self._edit(ticket.card, shown) not in GONE:
            return Delivered()
        posted = await self._post(item, opaque_id, self._room(ticket), shown)
        return Delivered(card_posted(posted, BELONGS_TO_CARD))

    async def tell_details(self, item: Item, opaque_id: str, scene: Scene) -> Delivered:
        """In the card's thread; where there is no card, where staff work on the ticket."""
        ticket, policy = scene.ticket, scene.policy
        opened = opened_on(ticket.opened, scene.zone)
        version = version_support(policy.versions, self._releases, ticket.product_version, opened)
        room = Room(ticket.card.channel, ticket.card.ts) if ticket.card else self._room(ticket)
        await self._tell(item, opaque_id, scene, details.details(scene, version), room)
        return Delivered()

    async def pin(self, ticket: Ticket) -> Delivered:
        """In the incident channel; where a thread serves, there is nothing to pin."""
        own_channel = ticket.staff is not None and ticket.staff.thread is None
        if (
            own_channel
            and ticket.card is not None
            and ticket.staff
            and ticket.card.channel == ticket.staff.channel
        ):
            await self._slack.pin(ticket.card)
        return Delivered()

    def _room(self, ticket: Ticket) -> Room:
        return ticket.staff or self._triage()
