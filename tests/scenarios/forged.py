"""Payloads as anybody could forge them who knows how they look (and had the secret)."""

import json
import time
from typing import Any
from urllib.parse import urlencode

import httpx
from slack_sdk.signature import SignatureVerifier

from tests.scenarios.desk import HOME, SECRET, Desk


async def send(d: Desk, body: str, content_type: str, secret: str = SECRET) -> httpx.Response:
    stamp = str(int(time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    headers = {
        "content-type": content_type,
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": signature or "",
    }
    async with httpx.AsyncClient() as client:
        return await client.post(f"{d.address}/slack/events", content=body, headers=headers)


async def press(d: Desk, user: str, team: str, channel: str, action: str, value: str) -> httpx.Response:
    """A button press."""
    payload = {
        "type": "block_actions",
        "team": {"id": HOME},
        "user": {"id": user, "team_id": team},
        "channel": {"id": channel},
        "trigger_id": f"forged.{time.time_ns()}",
        "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value}],
        "container": {"type": "message", "channel_id": channel, "message_ts": "1.1"},
    }
    return await send(d, urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded")


async def submit(
    d: Desk, user: str, team: str, callback: str, metadata: dict[str, Any], values: dict[str, Any]
) -> httpx.Response:
    """A form that is sent. `values` are the states of its blocks, by their ids."""
    fields = [{"type": "input", "block_id": block} for block in values]
    view = {
        "id": f"V{time.time_ns()}",
        "type": "modal",
        "callback_id": callback,
        "private_metadata": json.dumps(metadata),
        "blocks": fields,
        "state": {"values": values},
    }
    payload = {
        "type": "view_submission",
        "team": {"id": HOME},
        "user": {"id": user, "team_id": team},
        "trigger_id": f"forged.{time.time_ns()}",
        "view": view,
    }
    return await send(d, urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded")


async def command(
    d: Desk,
    user: str,
    team: str,
    channel: str,
    words: str,
    name: str = "/incident",
    *,
    trigger: str | None = None,
) -> httpx.Response:
    """A command with words behind it, from anybody."""
    fields = {
        "command": name,
        "text": words,
        "user_id": user,
        "team_id": team,
        "channel_id": channel,
        "trigger_id": trigger or f"forged.{time.time_ns()}",
    }
    return await send(d, urlencode(fields), "application/x-www-form-urlencoded")
