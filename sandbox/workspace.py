"""What can happen in the world, whoever causes it: each act changes the state and tells those concerned."""

from __future__ import annotations

import math
import time
import uuid
from typing import Any

from sandbox.dispatch import Dispatcher
from sandbox.errors import RateLimited, SlackError
from sandbox.events import Events
from sandbox.hub import Hub
from sandbox.messages import Json, Message
from sandbox.world import Channel, User, World


class Workspace:
    """The acts shared by the Web API and by people. Synchronous: an act is done when it returns."""

    def __init__(self, world: World, hub: Hub, dispatcher: Dispatcher) -> None:
        self.world = world
        self.hub = hub
        self.dispatcher = dispatcher
        self.events = Events(world, dispatcher)
        self.posts_per_s = world.definition.posts_per_s

    @property
    def bot(self) -> User:
        """The app's bot user."""
        return self.world.users[self.world.app.bot_user_id]

    def pace(self, channel: Channel) -> None:
        """Count a post of the app against the channel's limit; raises RateLimited when it is exceeded."""
        if self.posts_per_s is None:
            return
        now = time.monotonic()
        if channel.next_post_at > now:
            raise RateLimited(max(1, math.ceil(channel.next_post_at - now)))
        channel.next_post_at = now + 1 / self.posts_per_s

    def post(
        self,
        channel: Channel,
        author: User,
        text: str,
        *,
        blocks: list[Json] | None = None,
        attachments: list[Json] | None = None,
        thread_ts: str | None = None,
        broadcast: bool = False,
        metadata: Json | None = None,
        to: str | None = None,
        subtype: str | None = None,
        extra: Json | None = None,
    ) -> Message:
        """A message appears. A reply to what is no longer there becomes a message of the channel, as in Slack."""
        timeline = channel.timeline
        if thread_ts is not None:
            parent = timeline.by_ts.get(thread_ts)
            if parent is None and to is None:
                thread_ts = None
            elif parent is not None:
                thread_ts = parent.thread_ts or parent.ts
        if thread_ts is None:
            broadcast = False
        message = Message(self.world.next_ts(), author.id, author.team, text, blocks, attachments, thread_ts)
        message.metadata, message.to, message.extra = metadata, to, extra
        message.subtype = "thread_broadcast" if broadcast else subtype
        if author.is_bot:
            message.bot = self.world.bot_stamp
        else:
            message.extra = {"client_msg_id": str(uuid.uuid4()), **(extra or {})}
        timeline.add(message, broadcast=broadcast)
        self.hub.note("ephemeral" if to else "message", channel.id, message.ts, author.id)
        if to is None:
            self.events.message(channel, message, author)
        return message

    def edit(self, channel: Channel, message: Message, editor: User, **fields: Any) -> None:
        """A message changes: any of ``text``, ``blocks``, ``attachments``, ``metadata``."""
        before = message.render(metadata=True)
        for name, value in fields.items():
            setattr(message, name, value)
        message.edited = {"user": editor.id, "ts": self.world.next_ts()}
        self.hub.note("message_changed", channel.id, message.ts, editor.id)
        if message.to is None:
            self.events.changed(channel, message, before, editor)

    def unfurl(self, channel: Channel, message: Message, preview: Json) -> None:
        """What a link leads to appears below a message; nobody has edited it."""
        before = message.render(metadata=True)
        message.attachments = [*(message.attachments or []), preview]
        self.hub.note("message_changed", channel.id, message.ts, message.user)
        self.events.changed(channel, message, before, self.world.users[message.user])

    def delete(self, channel: Channel, message: Message, actor: User) -> None:
        """A message disappears, its pin too."""
        if message.to is not None:
            del channel.timeline.ephemeral[message.to][message.ts]
            self.hub.note("message_deleted", channel.id, message.ts, actor.id)
            return
        before = message.render(metadata=True)
        channel.timeline.remove(message)
        channel.pins.pop(message.ts, None)
        self.hub.note("message_deleted", channel.id, message.ts, actor.id)
        self.events.deleted(channel, message.ts, before, actor)

    def react(self, channel: Channel, message: Message, actor: User, name: str) -> bool:
        """A reaction is added; false when it was there already."""
        users = message.reactions.setdefault(name, [])
        if actor.id in users:
            return False
        users.append(actor.id)
        self.hub.note("reaction_added", channel.id, message.ts, actor.id)
        self.events.reaction("reaction_added", channel, message, actor, name)
        return True

    def unreact(self, channel: Channel, message: Message, actor: User, name: str) -> bool:
        """A reaction is taken back; false when it was not there."""
        users = message.reactions.get(name, [])
        if actor.id not in users:
            return False
        users.remove(actor.id)
        if not users:
            del message.reactions[name]
        self.hub.note("reaction_removed", channel.id, message.ts, actor.id)
        self.events.reaction("reaction_removed", channel, message, actor, name)
        return True

    def pin(self, channel: Channel, message: Message, actor: User) -> bool:
        """A message is pinned; false when it was already."""
        if message.ts in channel.pins:
            return False
        channel.pins[message.ts] = {"created": int(self.world.clock.now()), "created_by": actor.id}
        self.hub.note("pin_added", channel.id, message.ts, actor.id)
        return True

    def create(self, name: str, *, private: bool, creator: User, channel_id: str | None = None) -> Channel:
        """A channel appears in the creator's team, with the creator in it. Raises SlackError ``name_taken``."""
        world = self.world
        if (creator.team, name) in world.names:
            raise SlackError("name_taken")
        one = Channel(
            channel_id or world.new_id("C", world.channels.__contains__),
            name,
            creator.team,
            private,
            int(world.clock.now()),
            creator.id,
        )
        world.channels[one.id] = one
        world.names[one.team, name] = one.id
        self.hub.note("channel_created", one.id, user=creator.id)
        body = {"channel": {"id": one.id, "name": name, "created": one.created, "creator": creator.id}}
        if not private:
            self.events.channel_event("channel_created", one, creator, body)
        self.join(one, creator, None)
        return one

    def join(self, channel: Channel, user: User, inviter: User | None) -> None:
        """Somebody becomes a member."""
        channel.members[user.id] = None
        self.hub.note("member_joined", channel.id, user=user.id)
        self.events.joined(channel, user, inviter)

    def leave(self, channel: Channel, user: User) -> None:
        """A member leaves or is removed."""
        if user.id not in channel.members:
            return
        del channel.members[user.id]
        self.hub.note("member_left", channel.id, user=user.id)
        self.events.left(channel, user)

    def set_archived(self, channel: Channel, actor: User, *, archived: bool) -> None:
        """The channel is archived or comes back."""
        channel.archived = archived
        kind = "channel_archive" if archived else "channel_unarchive"
        self.hub.note(kind, channel.id, user=actor.id)
        self.events.channel_event(kind, channel, actor, {"channel": channel.id, "user": actor.id})

    def rename(self, channel: Channel, name: str, actor: User) -> None:
        """The channel gets another name. Raises SlackError ``name_taken``."""
        world = self.world
        if world.names.get((channel.team, name), channel.id) != channel.id:
            raise SlackError("name_taken")
        world.names.pop((channel.team, channel.name), None)
        channel.previous_names.insert(0, channel.name)
        channel.name = name
        world.names[channel.team, name] = channel.id
        self.hub.note("channel_rename", channel.id, user=actor.id)
        body = {"channel": {"id": channel.id, "name": name, "created": channel.created}}
        self.events.channel_event("channel_rename", channel, actor, body)

    def change_id(self, channel: Channel, new_id: str) -> None:
        """The channel's id changes, as it may when a channel becomes shared; the old one is unknown then."""
        world, old = self.world, channel.id
        del world.channels[old]
        channel.id = new_id
        world.channels[new_id] = channel
        if channel.im_user is None:
            world.names[channel.team, channel.name] = new_id
        self.hub.note("channel_id_changed", new_id)
        body = {"old_channel_id": old, "new_channel_id": new_id}
        self.events.channel_event("channel_id_changed", channel, None, body)

    def share(self, channel: Channel, team: str, *, shared: bool) -> None:
        """Slack Connect with a team begins or ends; at the end its people leave."""
        if shared:
            channel.teams.add(team)
        else:
            channel.teams.discard(team)
            for member in [one for one in channel.members if self.world.users[one].team == team]:
                self.leave(channel, self.world.users[member])
        kind = "channel_shared" if shared else "channel_unshared"
        self.hub.note(kind, channel.id)
        body: Json = {"channel": channel.id}
        if shared:
            body["connected_team_id"] = team
        else:
            body |= {
                "previously_connected_team_id": team,
                "is_ext_shared": self.world.is_ext_shared(channel),
            }
        self.events.channel_event(kind, channel, None, body)
