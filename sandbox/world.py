"""The state of the world: teams, people, channels, user groups. Pure: it does no I/O and tells nobody."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.definition import (
    AppDefinition,
    ChannelDefinition,
    TeamDefinition,
    UserDefinition,
    WorldDefinition,
)
from sandbox.messages import Json, Message, Timeline

ID_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(slots=True)
class User:
    """A person or the app's bot user."""

    id: str
    team: str
    name: str
    real_name: str
    email: str | None
    locale: str
    tz: str
    is_guest: bool = False
    is_admin: bool = False
    is_bot: bool = False


@dataclass(slots=True)
class Usergroup:
    """A user group; ``members`` are user ids."""

    id: str
    handle: str
    team: str
    name: str
    members: list[str]


@dataclass(slots=True)
class Channel:
    """A channel or, with ``im_user``, the direct message between the app and that person.

    ``teams`` are the foreign teams that it is shared with; ``members`` keeps the order of joining.
    """

    id: str
    name: str
    team: str
    private: bool
    created: int
    creator: str
    teams: set[str] = field(default_factory=set)
    members: dict[str, None] = field(default_factory=dict)
    archived: bool = False
    im_user: str | None = None
    topic: Json = field(default_factory=lambda: {"value": "", "creator": "", "last_set": 0})
    purpose: Json = field(default_factory=lambda: {"value": "", "creator": "", "last_set": 0})
    previous_names: list[str] = field(default_factory=list)
    timeline: Timeline = field(default_factory=Timeline)
    pins: dict[str, Json] = field(default_factory=dict)
    next_post_at: float = 0.0

    @property
    def kind(self) -> str:
        """Slack's ``channel_type``: channel, group or im."""
        if self.im_user is not None:
            return "im"
        return "group" if self.private else "channel"

    @property
    def shown_name(self) -> str:
        """The name that payloads carry; Slack does not tell those of private channels."""
        if self.im_user is not None:
            return "directmessage"
        return "privategroup" if self.private else self.name


class Clock:
    """The world's time, in unix seconds; may start elsewhere and run faster than real time."""

    def __init__(self, start: float | None, speed: float) -> None:
        self._start = time.time() if start is None else start
        self._zero = time.monotonic()
        self._speed = speed

    def now(self) -> float:
        """Unix seconds."""
        return self._start + (time.monotonic() - self._zero) * self._speed


class World:
    """Everything that exists. Look-ups by id are dictionary look-ups."""

    def __init__(self, definition: WorldDefinition) -> None:
        self.definition = definition
        self.app: AppDefinition = definition.app
        self.clock = Clock(definition.clock.start, definition.clock.speed)
        self.teams: dict[str, TeamDefinition] = {team.id: team for team in definition.teams}
        self.users: dict[str, User] = {}
        self.by_email: dict[str, str] = {}
        self.by_name: dict[str, str] = {}
        self.channels: dict[str, Channel] = {}
        self.names: dict[tuple[str, str], str] = {}
        self.moved: dict[str, str] = {}
        self.files: dict[str, Json] = {}
        self.ims: dict[str, str] = {}
        self._last_us = 0
        app = self.app
        bot = User(app.bot_user_id, app.team, app.name, app.name, None, "en-US", "UTC", is_bot=True)
        self.users[bot.id] = bot
        self.by_name.setdefault(bot.name, bot.id)
        for user in definition.users:
            self.add_user(user)
        for channel in definition.channels:
            self.add_channel(channel)
        self.usergroups: dict[str, Usergroup] = {
            group.id: Usergroup(
                group.id,
                group.handle,
                group.team or app.team,
                group.name or group.handle,
                list(group.members),
            )
            for group in definition.usergroups
        }
        self.bot_stamp: Json = {
            "bot_id": app.bot_id,
            "app_id": app.app_id,
            "bot_profile": {
                "id": app.bot_id,
                "app_id": app.app_id,
                "name": app.name,
                "team_id": app.team,
                "deleted": False,
                "updated": int(self.clock.now()),
                "icons": {},
            },
        }

    def add_user(self, user: UserDefinition) -> User:
        """A person comes into being."""
        one = User(
            user.id,
            user.team,
            user.name,
            user.real_name or user.name,
            user.email or f"{user.name}@{self.teams[user.team].domain or user.team.lower()}.example",
            user.locale,
            user.tz,
            user.is_guest,
            user.is_admin,
        )
        self.users[one.id] = one
        self.by_name.setdefault(one.name, one.id)
        if one.email:
            self.by_email.setdefault(one.email.lower(), one.id)
        return one

    def add_channel(self, channel: ChannelDefinition) -> Channel:
        """A channel comes into being, with its members."""
        team = channel.team or self.app.team
        creator = next(iter(channel.members), self.app.bot_user_id)
        one = Channel(channel.id, channel.name, team, channel.private, int(self.clock.now()), creator)
        one.teams = set(channel.teams) - {team}
        one.members = dict.fromkeys(channel.members)
        one.archived = channel.archived
        self.channels[one.id] = one
        self.names[team, one.name] = one.id
        return one

    def is_foreign(self, user: User) -> bool:
        """Whether the person belongs to another team than the app's."""
        return user.team != self.app.team

    def is_ext_shared(self, channel: Channel) -> bool:
        """Whether the channel is shared by Slack Connect."""
        return bool(channel.teams) or channel.team != self.app.team

    def bot_is_in(self, channel: Channel) -> bool:
        """Whether the app's bot user is a member."""
        return self.app.bot_user_id in channel.members

    def next_ts(self) -> str:
        """A message timestamp, later than every one before it."""
        self._last_us = max(int(self.clock.now() * 1_000_000), self._last_us + 1)
        return f"{self._last_us // 1_000_000}.{self._last_us % 1_000_000:06d}"

    def new_id(self, prefix: str, taken: Callable[[str], bool] = lambda _one: False) -> str:
        """A fresh id such as ``C0A1B2C3D4E``."""
        while True:
            one = prefix + "0" + "".join(secrets.choice(ID_ALPHABET) for _ in range(9))
            if not taken(one):
                return one

    def im_with(self, user: User) -> tuple[Channel, bool]:
        """The direct message between the app and a person, and whether it was there before."""
        known = self.ims.get(user.id)
        if known is not None:
            return self.channels[known], True
        one = Channel(
            self.new_id("D", self.channels.__contains__),
            "",
            self.app.team,
            True,
            int(self.clock.now()),
            user.id,
        )
        one.im_user = user.id
        one.members = dict.fromkeys((self.app.bot_user_id, user.id))
        self.channels[one.id] = one
        self.ims[user.id] = one.id
        return one, False

    def message(self, channel: Channel, ts: str, viewer: str | None = None) -> Message | None:
        """The message at ``ts``; an ephemeral one only for the viewer that it was sent to."""
        found = channel.timeline.by_ts.get(ts)
        if found is None and viewer is not None:
            found = channel.timeline.ephemeral.get(viewer, {}).get(ts)
        return found

    def user_payload(self, user: User) -> dict[str, Any]:
        """The short form of a person in interactive payloads."""
        return {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team}

    def team_payload(self) -> dict[str, Any]:
        """The app's team in interactive payloads."""
        team = self.teams[self.app.team]
        return {"id": team.id, "domain": team.domain or team.id.lower()}
