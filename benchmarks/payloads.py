"""What Slack sends, as it sends it: a slash command, a pressed button of the card, a form that was filled in."""

import itertools
import json
from collections.abc import Mapping
from typing import Any

from benchmarks.accounts import TEAM, TRIAGE
from commands.text import text
from commands.views.card import Scene, card
from commands.views.lists import said
from commands.views.update_form import Draft
from commands.views.update_form import build as build_update
from policy.tickets import MessageRef

APP, BOT_ID, BOT_USER = "A0SANDBOX", "B0BOT", "U0BOT"
UPDATE = (
    "A new version of the gateway is rolled out region by region; the error rate has fallen by half since."
)

Form = Mapping[str, str]
"""The fields of a request, before they are URL-encoded."""


def command(words: str, *, user: str, channel: str, trigger: str) -> Form:
    """`/incident` with words behind it."""
    return {
        "token": "verification-token",
        "team_id": TEAM,
        "team_domain": "vendor",
        "channel_id": channel,
        "channel_name": "acme-support",
        "user_id": user,
        "user_name": "engineer",
        "command": "/incident",
        "text": words,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": f"https://hooks.slack.com/commands/{TEAM}/1790000000000/abcdefghijklmnopqrstuvwx",
        "trigger_id": trigger,
    }


def is_help(body: str) -> bool:
    """Whether the answer to a command is the whole help for staff, in English."""
    expected, found = said(text("en"), "help.staff").payload(), json.loads(body)
    return bool(found["text"] == expected["text"] and found["blocks"] == expected["blocks"])


def press(scene: Scene, user: str, trigger: str) -> Form:
    """*Acknowledge* on the ticket's card: the whole message comes along, with what Slack has added to it."""
    shown = card(scene).payload()
    numbers = itertools.count()
    blocks = [_filled_out(block, numbers) for block in shown["blocks"]]
    at = scene.ticket.card or MessageRef(TRIAGE, "1790000000.000001")
    row, button = next(
        (block, element)
        for block in blocks
        for element in block.get("elements", ())
        if element.get("action_id") == "acknowledge"
    )
    return _form(
        {
            **_sent_by(user, trigger, "block_actions"),
            "container": {
                "type": "message",
                "message_ts": at.ts,
                "channel_id": at.channel,
                "is_ephemeral": False,
            },
            "channel": {"id": at.channel, "name": "privategroup"},
            "message": {
                "user": BOT_USER,
                "type": "message",
                "ts": at.ts,
                "edited": {"user": BOT_ID, "ts": at.ts},
                "bot_id": BOT_ID,
                "app_id": APP,
                "text": shown["text"],
                "team": TEAM,
                "bot_profile": _bot_profile(),
                "blocks": blocks,
                "metadata": {"event_type": "posted", "event_payload": {"id": f"o{trigger}"}},
                "thread_ts": at.ts,
                "reply_count": 2,
                "reply_users_count": 1,
                "latest_reply": at.ts,
                "reply_users": [BOT_USER],
                "is_locked": False,
                "subscribed": False,
            },
            "state": {"values": {}},
            "response_url": f"https://hooks.slack.com/actions/{TEAM}/1790000000000/abcdefghijklmnopqrstuvwx",
            "actions": [{**button, "block_id": row["block_id"], "action_ts": "1790000000.123456"}],
        }
    )


def update(scene: Scene, user: str, view: str) -> Form:
    """The form of an update, filled in and sent. `view` is its id."""
    shown = build_update(scene, Draft(scene.ticket.id, TRIAGE), None).to_dict()
    values = {"text": {"text": {"type": "plain_text_input", "value": UPDATE}}}
    return submission(shown, values, user=user, view=view)


def submission(shown: Mapping[str, Any], values: Mapping[str, Any], *, user: str, view: str) -> Form:
    """A `view_submission` of a form that was built here. `values` are the states of its blocks."""
    return _form(
        {
            **_sent_by(user, f"1790000000.{view}", "view_submission"),
            "view": {
                **shown,
                "id": view,
                "team_id": TEAM,
                "state": {"values": values},
                "hash": "1790000000.abcdefgh",
                "clear_on_close": False,
                "notify_on_close": False,
                "previous_view_id": None,
                "root_view_id": None,
                "app_id": APP,
                "external_id": "",
                "app_installed_team_id": TEAM,
                "bot_id": BOT_ID,
            },
            "response_urls": [],
        }
    )


def _sent_by(user: str, trigger: str, kind: str) -> dict[str, Any]:
    return {
        "type": kind,
        "team": {"id": TEAM, "domain": "vendor"},
        "user": {"id": user, "username": "somebody", "name": "somebody", "team_id": TEAM},
        "api_app_id": APP,
        "token": "verification-token",
        "trigger_id": trigger,
        "is_enterprise_install": False,
        "enterprise": None,
    }


def _form(payload: Mapping[str, Any]) -> Form:
    return {"payload": json.dumps(payload)}


def _filled_out(block: Any, numbers: "itertools.count[int]") -> Any:
    """A block with what Slack adds to it: ids of blocks, and how text is written."""
    if isinstance(block, list):
        return [_filled_out(one, numbers) for one in block]
    if not isinstance(block, dict):
        return block
    found = {key: _filled_out(value, numbers) for key, value in block.items()}
    match found.get("type"):
        case "mrkdwn":
            found["verbatim"] = False
        case "plain_text":
            found["emoji"] = True
        case "section" | "context" | "actions":
            found.setdefault("block_id", f"b{next(numbers):04}")
    return found


def _bot_profile() -> dict[str, Any]:
    icons = {f"image_{size}": f"https://avatars.slack-edge.com/bot_{size}.png" for size in (36, 48, 72)}
    return {
        "id": BOT_ID,
        "app_id": APP,
        "user_id": BOT_USER,
        "name": "Support",
        "icons": icons,
        "deleted": False,
        "updated": 1790000000,
        "team_id": TEAM,
    }
