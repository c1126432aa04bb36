"""What the methods of the Web API work on, and the look-ups they share."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from sandbox.errors import SlackError
from sandbox.messages import Json, Message
from sandbox.sockets import Sockets
from sandbox.views import Views
from sandbox.webapi.args import Args
from sandbox.workspace import Workspace
from sandbox.world import Channel, User, World


@dataclass(slots=True)
class Context:
    """The server's parts that methods use. ``base_url`` is where this sandbox is reached."""

    workspace: Workspace
    views: Views
    sockets: Sockets
    base_url: str = ""
    files: dict[str, File] = field(default_factory=dict)

    @property
    def world(self) -> World:
        """The state."""
        return self.workspace.world

    @property
    def bot(self) -> User:
        """The caller: the app's bot user."""
        return self.workspace.bot

    def visible(self, channel: Channel) -> bool:
        """Whether the app's team has the channel, and the app may know of it."""
        app = self.world.app
        if channel.team != app.team and app.team not in channel.teams:
            return False
        return not channel.private or app.bot_user_id in channel.members

    def channel(self, args: Args, name: str = "channel") -> Channel:
        """The channel an argument names, by id or ``#name``. Raises SlackError ``channel_not_found``."""
        world = self.world
        wanted = args.need(name)
        found = world.channels.get(wanted)
        if found is None and wanted.startswith("#"):
            found = world.channels.get(world.names.get((world.app.team, wanted[1:]), ""))
        if found is None or not self.visible(found):
            raise SlackError("channel_not_found")
        return found

    def joined(self, args: Args, *, writable: bool = False) -> Channel:
        """A channel that the app is in, and with ``writable`` one that is not archived.

        Raises SlackError ``channel_not_found``, ``not_in_channel`` or ``is_archived``.
        """
        channel = self.channel(args)
        if writable and channel.archived:
            raise SlackError("is_archived")
        if not self.world.bot_is_in(channel):
            raise SlackError("not_in_channel")
        return channel

    def message(self, channel: Channel, ts: str) -> Message:
        """A message that is there. Raises SlackError ``message_not_found``."""
        found = channel.timeline.by_ts.get(ts)
        if found is None or found.tombstone:
            raise SlackError("message_not_found")
        return found

    def user(self, user_id: str, error: str = "user_not_found") -> User:
        """A person the app may know: of its team, or in a channel with the app. Raises SlackError."""
        found = self.world.users.get(user_id)
        if found is None or (self.world.is_foreign(found) and not self.meets(found)):
            raise SlackError(error)
        return found

    def meets(self, user: User) -> bool:
        """Whether the app and the person share a channel."""
        return any(
            user.id in channel.members and self.world.bot_is_in(channel)
            for channel in self.world.channels.values()
        )


if TYPE_CHECKING:
    from sandbox.webapi.files import File

T = TypeVar("T")
Method = Callable[[Context, Args], Json]


def encode_cursor(position: str) -> str:
    """An opaque cursor."""
    return base64.urlsafe_b64encode(f"next:{position}".encode()).decode()


def decode_cursor(args: Args) -> str | None:
    """The position in ``cursor``, None without one. Raises SlackError ``invalid_cursor``."""
    cursor = args.text("cursor")
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor.encode()).decode()
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None
    if not text.startswith("next:"):
        raise SlackError("invalid_cursor")
    return text[5:]


def page(items: list[T], args: Args, default: int, most: int) -> tuple[list[T], str]:
    """One page of a list and the cursor of the next ("" at the end). Raises SlackError ``invalid_cursor``."""
    position = decode_cursor(args) or "0"
    if not position.isdigit():
        raise SlackError("invalid_cursor")
    start, limit = int(position), args.limit(default, most)
    end = start + limit
    return items[start:end], encode_cursor(str(end)) if end < len(items) else ""
