"""`manifest.yml` is true: it says what is registered, what is called needs no more than it asks for."""

import ast
from pathlib import Path

import pytest
import yaml
from slack_sdk.web.async_client import AsyncWebClient

from bot.manifest import BOT_EVENTS, SCOPES, manifest, manifest_text
from commands import routes
from commands.names import CommandNames
from commands.text import Texts, text
from policy.schema import LANGUAGES

ROOT = Path(__file__).parents[2]

NEEDS = {
    # Web API method -> scopes that it needs (a bot token).
    "auth_test": set(),
    "apps_connections_open": set(),  # asked with the app-level token
    "chat_postMessage": {"chat:write"},
    "chat_update": {"chat:write"},
    "chat_getPermalink": set(),
    "chat_postEphemeral": {"chat:write"},
    "conversations_open": {"im:write"},
    "conversations_replies": {"channels:history", "groups:history"},
    "conversations_history": {"channels:history", "groups:history", "im:history"},
    "conversations_create": {"groups:write"},
    "conversations_info": {"groups:read"},
    "conversations_list": {"groups:read"},
    "conversations_invite": {"groups:write"},
    "files_info": {"files:read"},
    "files_upload_v2": {"files:write"},
    "pins_add": {"pins:write"},
    "pins_list": {"pins:read"},
    "usergroups_users_list": {"usergroups:read"},
    "users_info": {"users:read", "users:read.email"},
    "views_open": set(),
    "views_update": set(),
}

EVENT_NEEDS = {
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "reaction_added": "reactions:read",
    "channel_id_changed": "channels:read",
    "channel_shared": "channels:read",
    "channel_unshared": "channels:read",
    "channel_left": "channels:read",
    "group_left": "groups:read",
    "channel_archive": "channels:read",
    "group_archive": "groups:read",
    "member_joined_channel": "channels:read",
}


def called_methods() -> set[str]:
    """Every method of Slack's Web API that the product's code calls."""
    known = {name for name in dir(AsyncWebClient) if "_" in name and not name.startswith("_")}
    found = set()
    for folder in ("commands", "bot"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    owner = ast.unparse(node.func.value)
                    if owner.endswith("client") and node.func.attr in known:
                        found.add(node.func.attr)
    return found


def test_the_file_is_what_the_command_prints() -> None:
    assert (ROOT / "manifest.yml").read_text(encoding="utf-8") == manifest_text()


def test_commands_shortcuts_and_events_are_those_that_are_answered() -> None:
    answered = routes.routes()
    said = yaml.safe_load(manifest_text())
    assert [one["command"] for one in said["features"]["slash_commands"]] == list(answered.commands)
    assert [one["callback_id"] for one in said["features"].get("shortcuts", ())] == list(answered.shortcuts)
    subscribed = {name.partition(".")[0] for name in said["settings"]["event_subscriptions"]["bot_events"]}
    assert subscribed == set(answered.events)


def test_scopes_are_what_the_calls_and_events_need_and_no_more() -> None:
    assert called_methods() == set(NEEDS)
    needed = {scope for scopes in NEEDS.values() for scope in scopes} | {"commands"}
    needed |= {EVENT_NEEDS[name] for name in BOT_EVENTS}
    assert set(SCOPES) == needed


def test_over_http_every_address_is_given() -> None:
    said = manifest("https://bot.example.com/")
    assert said["settings"]["socket_mode_enabled"] is False
    addresses = [
        *(one["url"] for one in said["features"]["slash_commands"]),
        said["settings"]["interactivity"]["request_url"],
        said["settings"]["event_subscriptions"]["request_url"],
    ]
    assert addresses == ["https://bot.example.com/slack/events"] * 5


@pytest.mark.parametrize(
    "url", ["http://x", "bot.example.com", "https://", "https://x/path", "https://x?a=1"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="expected https://HOST"):
        manifest(url)


def test_renamed_commands_are_asked_for_by_their_names_and_told_by_them() -> None:
    names = CommandNames(incident="/vendor-incident", tam="/vendor-tam")
    said = yaml.safe_load(manifest_text(names=names))
    asked_for = [one["command"] for one in said["features"]["slash_commands"]]
    assert asked_for == ["/vendor-incident", "/support", "/vendor-tam"] == list(routes.routes(names).commands)
    for language in LANGUAGES:
        help_text = Texts(names)(language)("help.staff")
        assert "`/vendor-incident" in help_text
        assert "`/incident" not in help_text
        assert Texts()(language)("help.staff") == text(language)("help.staff")
