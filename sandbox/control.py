"""The control API's other half: reading what people see, changing channels, faults, the app's connection."""

from __future__ import annotations

from typing import Any

import msgspec

from sandbox.definition import UserDefinition, channel_name_error
from sandbox.errors import DefinitionError, Refused
from sandbox.faults import Fault, Faults
from sandbox.messages import Json, Message
from sandbox.people import People
from sandbox.sockets import Sockets
from sandbox.webapi.channels import rendered
from sandbox.wire import Call, Dispatch, OpenView, Outcome
from sandbox.world import Channel


class Control:
    """Everything that is not a person's act. Raises Refused for what does not exist or makes no sense."""

    def __init__(self, people: People, faults: Faults, sockets: Sockets) -> None:
        self._people = people
        self._workspace = people.workspace
        self._world = people.world
        self._hub = people.workspace.hub
        self._faults = faults
        self._sockets = sockets
        self.revoked = False

    # What is seen

    def messages(
        self,
        channel: str,
        viewer: str | None = None,
        thread_ts: str | None = None,
        since: str = "",
    ) -> list[Json]:
        """A channel, or one thread with its root, oldest first; later than ``since``.

        With a viewer: what that person sees, with ``is_ephemeral`` on what only they see. Without: all
        that is public. Metadata is included.
        """
        where = self._people.channel(channel)
        timeline = where.timeline
        if thread_ts is None:
            found = [timeline.by_ts[ts] for ts in timeline.top if ts > since]
        else:
            root = timeline.by_ts.get(thread_ts)
            if root is None:
                raise Refused(f"no message {thread_ts} in #{where.name or where.id}")
            found = [timeline.by_ts[ts] for ts in (root.ts, *root.replies) if ts > since]
        if viewer is not None:
            who = self._people.user(viewer)
            self._people.present(who, where, writing=False)
            own = timeline.ephemeral.get(who.id, {}).values()
            found += [one for one in own if one.ts > since and one.thread_ts == thread_ts]
            found.sort(key=lambda one: one.ts)
        return [self._shown(where, one) for one in found]

    def _shown(self, where: Channel, message: Message) -> Json:
        body = message.render(metadata=True)
        if message.to is not None:
            body["is_ephemeral"] = True
        if message.ts in where.pins:
            body["pinned_to"] = [where.id]
        return body

    def views(self, user: str) -> list[OpenView]:
        """The modals that a person has open, bottom first."""
        who = self._people.user(user)
        return [view.shown(self._world) for view in self._people.views.stack(who.id)]

    def home(self, user: str) -> Json | None:
        """The Home tab of a person as it is now, None before the app published one."""
        view = self._people.views.homes.get(self._people.user(user).id)
        return view.render(self._world) if view is not None else None

    def channels(self, viewer: str | None = None) -> list[Json]:
        """The channels, with ``members``; with a viewer those that the person is in or could join."""
        who = self._people.user(viewer) if viewer is not None else None
        return [
            {**rendered(self._world, one), "members": list(one.members)}
            for one in self._world.channels.values()
            if who is None
            or who.id in one.members
            or (not one.private and who.team in one.teams | {one.team} and not who.is_guest)
        ]

    def users(self) -> list[Json]:
        """Everybody."""
        fields = ("id", "team", "name", "real_name", "email", "locale", "tz", "is_guest", "is_bot")
        return [{name: getattr(one, name) for name in fields} for one in self._world.users.values()]

    def app(self) -> Json:
        """What people know of the app: its name, team, bot user, commands and shortcuts; all teams;
        the handles of the user groups, by id; and what time it is in the workspace, in seconds."""
        app = self._world.app
        fields = ("name", "team", "bot_user_id", "commands", "shortcuts")
        return {
            **{name: getattr(app, name) for name in fields},
            "teams": self._world.definition.teams,
            "now": self._world.clock.now(),
            "usergroups": {group.id: group.handle for group in self._world.usergroups.values()},
        }

    def pins(self, channel: str) -> list[Json]:
        """The pinned messages, oldest pin first."""
        where = self._people.channel(channel)
        return [self._shown(where, where.timeline.by_ts[ts]) for ts in where.pins]

    def calls(self, method: str | None = None, since: int = 0) -> list[Call]:
        """The Web API calls, oldest first: of one method, later than the number ``since``."""
        return [
            one for one in self._hub.calls if one.seq > since and (method is None or one.method == method)
        ]

    def dispatches(self, kind: str | None = None, type_: str | None = None) -> list[Dispatch]:
        """What was sent to the app, oldest first: of one kind, of one type."""
        return [
            one
            for one in self._hub.dispatches
            if (kind is None or one.kind == kind) and (type_ is None or one.type == type_)
        ]

    # Channels and people

    def create_channel(
        self,
        name: str,
        creator: str | None = None,
        private: bool = False,
        members: list[str] | None = None,
        channel_id: str | None = None,
    ) -> Json:
        """A person (the app without one) makes a channel."""
        who = self._people.user(creator) if creator is not None else self._workspace.bot
        wrong = channel_name_error(name)
        if wrong is not None:
            raise Refused(wrong)
        if channel_id is not None and channel_id in self._world.channels:
            raise Refused(f"channel {channel_id} exists")
        where = self._workspace.create(name, private=private, creator=who, channel_id=channel_id)
        for member in members or []:
            if self._people.user(member).id not in where.members:
                self.join(member, where.id, who.id)
        return {**rendered(self._world, where), "members": list(where.members)}

    def join(self, user: str, channel: str, inviter: str | None = None) -> None:
        """A person joins a channel, or is invited; the app too, by its bot user."""
        who, where = self._people.user(user), self._people.channel(channel)
        by = self._people.user(inviter) if inviter is not None else None
        if who.id in where.members:
            raise Refused(f"{who.name} is in #{where.name} already")
        if who.team not in where.teams | {where.team}:
            raise Refused(f"#{where.name} is not shared with {who.team}")
        self._workspace.join(where, who, by)

    def leave(self, user: str, channel: str) -> None:
        """A person leaves a channel, or the app's bot user is removed."""
        who, where = self._people.user(user), self._people.channel(channel)
        self._people.present(who, where, writing=False)
        self._workspace.leave(where, who)

    def archive(self, channel: str, user: str | None = None) -> None:
        """A person archives a channel."""
        self._set_archived(channel, user, archived=True)

    def unarchive(self, channel: str, user: str | None = None) -> None:
        """A person takes a channel out of the archive."""
        self._set_archived(channel, user, archived=False)

    def _set_archived(self, channel: str, user: str | None, *, archived: bool) -> None:
        where = self._people.channel(channel)
        if where.archived == archived:
            raise Refused(f"#{where.name} is {'' if archived else 'not '}archived")
        by = self._people.user(user or next(iter(where.members), self._workspace.bot.id))
        self._workspace.set_archived(where, by, archived=archived)

    def rename(self, channel: str, name: str, user: str | None = None) -> None:
        """A person renames a channel."""
        where = self._people.channel(channel)
        wrong = channel_name_error(name)
        if wrong is not None:
            raise Refused(wrong)
        by = self._people.user(user or next(iter(where.members), self._workspace.bot.id))
        self._workspace.rename(where, name, by)

    def share(self, channel: str, team: str) -> None:
        """Share a channel with another team."""
        self._share(channel, team, shared=True)

    def unshare(self, channel: str, team: str) -> None:
        """End the sharing; the people of that team leave."""
        self._share(channel, team, shared=False)

    def _share(self, channel: str, team: str, *, shared: bool) -> None:
        where = self._people.channel(channel)
        if team not in self._world.teams or team == where.team or (team in where.teams) == shared:
            raise Refused(f"#{where.name} cannot be {'shared with' if shared else 'unshared from'} {team}")
        self._workspace.share(where, team, shared=shared)

    def change_id(self, channel: str, new_id: str) -> None:
        """Give a channel another id."""
        if new_id in self._world.channels:
            raise Refused(f"channel {new_id} exists")
        self._workspace.change_id(self._people.channel(channel), new_id)

    def remove_bot(self, channel: str) -> None:
        """Remove the app from a channel."""
        self.leave(self._workspace.bot.id, channel)

    def add_user(self, user: Json) -> None:
        """A new person, as in the world definition."""
        try:
            one = msgspec.convert(user, UserDefinition)
        except msgspec.ValidationError as error:
            raise Refused(str(error)) from error
        if one.id in self._world.users or one.team not in self._world.teams:
            raise Refused(f"user {one.id} exists, or team {one.team} does not")
        self._world.add_user(one)
        self._hub.note("user_added", user=one.id)

    def set_usergroup(self, usergroup: str, members: list[str]) -> None:
        """Give a user group other members."""
        group = self._world.usergroups.get(usergroup)
        if group is None:
            raise Refused(f"no user group {usergroup!r}")
        group.members = [self._people.user(one).id for one in members]

    # The app's connection, and faults

    def revoke_token(self) -> None:
        """The bot token stops working: ``token_revoked``."""
        self.revoked = True

    def restore_token(self) -> None:
        """The bot token works again."""
        self.revoked = False

    def set_request_url(self, url: str | None = None) -> None:
        """Where HTTP dispatches go from now on (None: nowhere)."""
        try:
            self._workspace.dispatcher.send_to(url)
        except DefinitionError as error:
            raise Refused(str(error)) from error

    def set_post_limit(self, posts_per_s: float | None = None) -> None:
        """Limit the app's posting in each channel (None: no limit)."""
        if posts_per_s is not None and posts_per_s <= 0:
            raise Refused("a limit is more than 0")
        self._workspace.posts_per_s = posts_per_s

    async def redeliver(self, dispatch_id: str) -> Outcome:
        """Send a dispatch again; its answer is recorded but changes nothing that people see."""
        return self._people.outcome(*await self._workspace.dispatcher.redeliver(dispatch_id))

    def retry_now(self) -> int:
        """Send each event that waits for a retry at once; how many."""
        return self._workspace.dispatcher.retry_now()

    async def drop_sockets(self) -> int:
        """Close the app's websockets without notice; how many."""
        return await self._sockets.drop()

    async def refresh_sockets(self) -> int:
        """Ask the app to reconnect its websockets; how many."""
        return await self._sockets.refresh()

    def sockets(self) -> int:
        """How many websockets the app has open."""
        return len(self._sockets)

    def faults(self, **fault: Any) -> None:
        """Set a fault (see Fault). A channel may be named."""
        try:
            one = msgspec.convert(fault, Fault)
        except msgspec.ValidationError as error:
            raise Refused(str(error)) from error
        if one.channel is not None:
            one.channel = self._people.channel(one.channel).id
        self._faults.add(one)

    def clear_faults(self) -> int:
        """Remove all faults; how many there were."""
        return self._faults.clear()
