"""The world as a file describes it: who and what exists before anything happens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from sandbox.errors import DefinitionError

DEFAULT_EVENTS = (
    "app_mention",
    "message.channels",
    "message.groups",
    "reaction_added",
    "app_home_opened",
    "member_joined_channel",
    "channel_archive",
    "channel_rename",
    "channel_id_changed",
)


class _Part(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Every part refuses fields it does not know."""


class ShortcutDefinition(_Part):
    """A shortcut of the app: ``on`` is ``global`` or ``message``."""

    name: str
    callback_id: str
    on: Literal["global", "message"]


class AppDefinition(_Part):
    """The app under test, as installed in its home team.

    ``request_url`` is the HTTP base of the app (``/slack/events`` is added when it has no path), None when
    it comes by Socket Mode only. ``events`` are the subscriptions. ``scopes`` None means every
    scope, ``shortcuts`` None that people may use any callback id.
    """

    team: str
    app_id: str = "A0SANDBOX"
    name: str = "app"
    bot_user_id: str = "U0BOT"
    bot_id: str = "B0BOT"
    bot_token: str = "xoxb-sandbox"  # noqa: S105
    app_token: str = "xapp-sandbox"  # noqa: S105
    signing_secret: str = "sandbox-signing-secret"  # noqa: S105
    verification_token: str = "sandbox-verification-token"  # noqa: S105
    request_url: str | None = None
    commands: list[str] = msgspec.field(default_factory=list)
    commands_escape: bool = True
    events: list[str] = msgspec.field(default_factory=lambda: list(DEFAULT_EVENTS))
    scopes: list[str] | None = None
    shortcuts: list[ShortcutDefinition] | None = None


class TeamDefinition(_Part):
    """A workspace; the app is installed in one of them."""

    id: str
    name: str
    domain: str = ""


class UserDefinition(_Part):
    """A person. ``name`` is the handle people mention; ``tz`` an IANA zone."""

    id: str
    team: str
    name: str
    real_name: str = ""
    email: str | None = None
    locale: str = "en-US"
    tz: str = "UTC"
    is_guest: bool = False
    is_admin: bool = False


class ChannelDefinition(_Part):
    """A channel of ``team`` (the home team when None), shared with ``teams`` by Slack Connect."""

    id: str
    name: str
    team: str | None = None
    private: bool = False
    teams: list[str] = msgspec.field(default_factory=list)
    members: list[str] = msgspec.field(default_factory=list)
    archived: bool = False


class UsergroupDefinition(_Part):
    """A user group of ``team`` (the home team when None)."""

    id: str
    handle: str
    team: str | None = None
    name: str = ""
    members: list[str] = msgspec.field(default_factory=list)


class ClockDefinition(_Part):
    """When the world's clock starts (unix seconds, None: now) and how fast it runs.

    It stamps messages and events only; signatures, triggers, limits and time-outs run on real time.
    """

    start: float | None = None
    speed: float = 1.0


class WorldDefinition(_Part):
    """All of it. Times are seconds; ``posts_per_s`` limits posting to each channel (None: no limit)."""

    app: AppDefinition
    teams: list[TeamDefinition]
    users: list[UserDefinition] = msgspec.field(default_factory=list)
    channels: list[ChannelDefinition] = msgspec.field(default_factory=list)
    usergroups: list[UsergroupDefinition] = msgspec.field(default_factory=list)
    clock: ClockDefinition = msgspec.field(default_factory=ClockDefinition)
    event_retry_s: list[float] = msgspec.field(default_factory=lambda: [0.0, 60.0, 300.0])
    ack_s: float = 3.0
    trigger_s: float = 3.0
    response_url_s: float = 1800.0
    posts_per_s: float | None = None
    log_limit: int = 100_000


def load(source: WorldDefinition | Mapping[str, Any] | str | Path) -> WorldDefinition:
    """A checked definition, from itself, a mapping, or the path of a JSON file.

    Raises DefinitionError naming the place that is wrong.
    """
    try:
        if isinstance(source, WorldDefinition):
            world = source
        elif isinstance(source, Mapping):
            world = msgspec.convert(dict(source), WorldDefinition)
        else:
            world = msgspec.json.decode(Path(source).read_bytes(), type=WorldDefinition)
    except OSError as error:
        raise DefinitionError(f"world definition: cannot read {source}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise DefinitionError(f"world definition: {error}") from error
    _check(world)
    return world


def events_url(base: str | None) -> str | None:
    """Where dispatches go: ``base`` itself when it has a path, otherwise its ``/slack/events``."""
    if base is None:
        return None
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise DefinitionError(f"request_url: expected an http address, got {base!r}")
    return base if parts.path.strip("/") else base.rstrip("/") + "/slack/events"


def channel_name_error(name: str) -> str | None:
    """Slack's error for a channel name, None when it is right: lower case, digits, ``-`` and ``_``, up to 80."""
    if not name:
        return "invalid_name_required"
    if len(name) > 80:
        return "invalid_name_maxlength"
    if name != name.lower() or not re.fullmatch(r"[-\w]+", name):
        return "invalid_name_specials"
    if not re.search(r"[^\W_]", name):
        return "invalid_name_punctuation"
    return None


def _unique(kind: str, ids: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise DefinitionError(f"{kind}: {one!r} appears twice")
        seen.add(one)
    return seen


def _known(place: str, one: str, known: set[str], what: str) -> None:
    if one not in known:
        raise DefinitionError(f"{place}: {what} {one!r} is not defined")


def _check(world: WorldDefinition) -> None:
    app = world.app
    teams = _unique("teams", (team.id for team in world.teams))
    _known("app.team", app.team, teams, "team")
    people = _unique("users", (*(user.id for user in world.users), app.bot_user_id))
    homes = {user.id: user.team for user in world.users} | {app.bot_user_id: app.team}
    for user in world.users:
        _known(f"users.{user.id}.team", user.team, teams, "team")
    _unique("channels", (channel.id for channel in world.channels))
    _unique("channel names", (f"{channel.team or app.team}/{channel.name}" for channel in world.channels))
    for channel in world.channels:
        place = f"channels.{channel.id}"
        wrong = channel_name_error(channel.name)
        if wrong is not None:
            raise DefinitionError(f"{place}.name: {channel.name!r} is refused ({wrong})")
        of = {channel.team or app.team, *channel.teams}
        for team in of:
            _known(f"{place}.teams", team, teams, "team")
        for member in channel.members:
            _known(f"{place}.members", member, people, "user")
            if homes[member] not in of:
                raise DefinitionError(
                    f"{place}.members: {member!r} is of team {homes[member]}, not shared with"
                )
    _unique("usergroups", (group.id for group in world.usergroups))
    for group in world.usergroups:
        _known(f"usergroups.{group.id}.team", group.team or app.team, teams, "team")
        for member in group.members:
            _known(f"usergroups.{group.id}.members", member, people, "user")
    for name, value in (
        ("ack_s", world.ack_s),
        ("trigger_s", world.trigger_s),
        ("clock.speed", world.clock.speed),
    ):
        if value <= 0:
            raise DefinitionError(f"{name}: expected more than 0, got {value}")
    if world.log_limit < 1:
        raise DefinitionError(f"log_limit: expected at least 1, got {world.log_limit}")
    if any(delay < 0 for delay in world.event_retry_s):
        raise DefinitionError("event_retry_s: expected no negative delay")
    for command in app.commands:
        if not re.fullmatch(r"/[a-z0-9_-]{1,31}", command):
            raise DefinitionError(f"app.commands: {command!r} is not a slash command")
    events_url(app.request_url)
