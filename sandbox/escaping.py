"""What people type, turned into what Slack stores and sends."""

from __future__ import annotations

import re

from sandbox.world import World

TOKEN = re.compile(
    r"<(?P<raw>[@#][A-Z0-9]+)(?:\|[^<>]*)?>"
    r"|(?P<url>https?://[^\s<>]+)"
    r"|(?P<mail>[\w.+-]+@[\w-]+\.[\w.-]*\w)"
    r"|(?<![\w@])@(?P<name>[\w.-]*\w)"
    r"|(?<![\w#&])#(?P<channel>[\w-]+)"
)
SPECIAL = {"here": "<!here>", "channel": "<!channel>", "everyone": "<!everyone>"}


def escape(text: str) -> str:
    """The three characters that Slack escapes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def typed(world: World, text: str, *, labels: bool) -> str:
    """The text with mentions, channels, addresses made references and everything else escaped.

    ``@name``, ``#channel`` and, for convenience, ``<@U…>`` and ``<#C…>`` of what exists become references,
    with ``|name`` when ``labels`` (as commands have it). Special mentions too; unknown names stay text.
    """
    done: list[str] = []
    at = 0
    for match in TOKEN.finditer(text):
        done.append(escape(text[at : match.start()]))
        done.append(_reference(world, match, labels=labels) or escape(match.group()))
        at = match.end()
    done.append(escape(text[at:]))
    return "".join(done)


def _reference(world: World, match: re.Match[str], *, labels: bool) -> str | None:
    raw, url, mail = match["raw"], match["url"], match["mail"]
    if url is not None:
        return f"<{escape(url)}>"
    if mail is not None:
        return f"<mailto:{mail}|{mail}>"
    if raw is not None:
        return _user(world, raw[1:], labels=labels) if raw[0] == "@" else _channel(world, raw[1:])
    if match["channel"] is not None:
        name = match["channel"]
        found = next((world.names[team, name] for team in world.teams if (team, name) in world.names), "")
        return _channel(world, found)
    name = match["name"]
    if name in SPECIAL:
        return SPECIAL[name]
    if name in world.by_name:
        return _user(world, world.by_name[name], labels=labels)
    for group in world.usergroups.values():
        if group.handle == name:
            return f"<!subteam^{group.id}|@{name}>" if labels else f"<!subteam^{group.id}>"
    return None


def _user(world: World, user_id: str, *, labels: bool) -> str | None:
    user = world.users.get(user_id)
    if user is None:
        return None
    return f"<@{user.id}|{user.name}>" if labels else f"<@{user.id}>"


def _channel(world: World, channel_id: str) -> str | None:
    channel = world.channels.get(channel_id)
    if channel is None:
        return None
    return f"<#{channel.id}|{'' if channel.private else channel.name}>"
