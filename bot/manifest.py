"""The app manifest. `manifest.yml` is what this makes for Socket Mode; a test holds the two together, and both
against the routes that are registered and the Web API methods that are called."""

from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from commands.names import DEFAULT_NAMES, CommandNames

BOT_EVENTS: Final = (
    "app_mention",
    "message.channels",
    "message.groups",
    "reaction_added",
    "channel_id_changed",
    "channel_shared",
    "channel_unshared",
    "channel_left",
    "group_left",
    "channel_archive",
    "group_archive",
    "member_joined_channel",
)

_COMMANDS: Final = (
    (
        "incident",
        "Open an incident, or work on one",
        "[what is wrong] | list | show ID | ack | update | help",
    ),
    ("support", "What your support plan promises", "policy | severity | hours | contacts | uptime | help"),
    (
        "tam",
        "For technical account managers",
        "summary [PERIOD] | accounts | calendar | done DUTY ACCOUNT | help",
    ),
)

_SHORTCUTS: Final = (
    ("Open an incident", "global", "open_incident", "Tell support what happened"),
    ("Open an incident from this", "message", "open_from_message", "The form, filled in with the message"),
    ("Send as update", "message", "send_as_update", "Staff: look at it, then send it to the customer"),
)

SCOPES: Final = {
    "app_mentions:read": "mentions of the bot",
    "channels:history": "what is written in the threads of public account channels",
    "channels:read": "what becomes of an account's channel: its id, who shares it, whether the bot is in it",
    "chat:write": "messages and their edits",
    "commands": "the slash command",
    "files:read": "the names of files that customers send, and links to them",
    "files:write": "charts and reports of summaries, for whoever asks for them",
    "groups:history": "the same of private and shared channels; looking for a message that may have been posted",
    "groups:read": "finding an incident channel again by its name",
    "groups:write": "incident channels and invitations to them",
    "im:history": "looking for a direct message that may have been posted",
    "im:write": "direct messages to those who must hear of a silence",
    "pins:read": "whether the Get support button is pinned",
    "pins:write": "pinning it",
    "reactions:read": "reactions that ask for a ticket",
    "users:read": "the language, the zone and the name of a member of staff",
    "users:read.email": "which Slack user a contact is who is designated by e-mail address",
    "usergroups:read": "who belongs to the engineers and the on-call group",
}
"""What the bot may do, and what it needs it for."""


def manifest(url: str | None = None, names: CommandNames = DEFAULT_NAMES) -> dict[str, Any]:
    """The manifest as Slack reads it. `url` is the bot's own address, `https://HOST`, for HTTP; None: Socket
    Mode. Raises ValueError on an address that is not one."""
    events: dict[str, Any] = {"bot_events": list(BOT_EVENTS)}
    interactivity: dict[str, Any] = {"is_enabled": True}
    commands: list[dict[str, Any]] = [
        {
            "command": getattr(names, name),
            "description": description,
            "usage_hint": hint,
            "should_escape": True,
        }
        for name, description, hint in _COMMANDS
    ]
    shortcuts = [
        {"name": name, "type": kind, "callback_id": callback, "description": description}
        for name, kind, callback, description in _SHORTCUTS
    ]
    if url is not None:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError(f"expected https://HOST, got {url!r}")
        request_url = f"https://{parts.netloc}/slack/events"
        events["request_url"] = interactivity["request_url"] = request_url
        for command in commands:
            command["url"] = request_url
    return {
        "display_information": {
            "name": "Support",
            "description": "Open incidents, and see by when we answer",
            "background_color": "#1d3557",
        },
        "features": {
            "bot_user": {"display_name": "support", "always_online": True},
            "shortcuts": shortcuts,
            "slash_commands": commands,
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }


def manifest_text(url: str | None = None, names: CommandNames = DEFAULT_NAMES) -> str:
    """The manifest in YAML. Raises ValueError."""
    return yaml.safe_dump(manifest(url, names), sort_keys=False, allow_unicode=True)
