"""``response_url``: how the app answers a command or a click without being in the channel."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from sandbox.blocks import check_blocks, check_metadata
from sandbox.errors import SlackError
from sandbox.messages import Json, Message
from sandbox.workspace import Workspace
from sandbox.world import Channel, User

MOST_USES = 5
PRUNED_AT = 50_000


@dataclass(slots=True)
class Grant:
    """Leave to answer in a channel to one person, five times; ``message`` is the one that was used."""

    channel: Channel
    user: User
    message: Message | None
    thread_ts: str | None
    until: float
    uses: int = 0


class ResponseUrls:
    """All response URLs that were given out."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._grants: dict[str, Grant] = {}
        self._prune_at = PRUNED_AT
        self.base_url = ""

    def grant(self, channel: Channel, user: User, message: Message | None = None) -> str:
        """A fresh response URL; good for five answers within the half hour (``response_url_s``)."""
        now = time.monotonic()
        if len(self._grants) >= self._prune_at:
            self._grants = {
                one: kept for one, kept in self._grants.items() if kept.until > now and kept.uses < MOST_USES
            }
            self._prune_at = max(PRUNED_AT, 2 * len(self._grants))
        token = secrets.token_urlsafe(18)
        until = now + self._workspace.world.definition.response_url_s
        thread_ts = message.thread_ts if message is not None else None
        self._grants[token] = Grant(channel, user, message, thread_ts, until)
        return f"{self.base_url}/response/{token}"

    def answer(self, token: str, body: Any) -> None:
        """The app posts to a response URL. Raises SlackError (``expired_url``, ``used_url`` and the like)."""
        grant = self._grants.get(token)
        if grant is None:
            raise SlackError("invalid_url")
        if time.monotonic() > grant.until:
            raise SlackError("expired_url")
        if grant.uses >= MOST_USES:
            raise SlackError("used_url")
        if not isinstance(body, dict):
            raise SlackError("invalid_payload")
        grant.uses += 1
        if body.get("delete_original") and grant.message is not None:
            self._workspace.delete(grant.channel, grant.message, self._workspace.bot)
            return
        self.say(grant, body)

    def say(self, grant: Grant, body: Json) -> Message:
        """What the app says in an answer: a new message, or the original replaced. Raises SlackError."""
        text, raw = str(body.get("text") or ""), body.get("blocks")
        blocks = check_blocks(raw) if raw is not None else None
        if not text and not blocks and not body.get("attachments"):
            raise SlackError("no_text")
        bot = self._workspace.bot
        if body.get("replace_original") and grant.message is not None:
            fields: Json = {"text": text, "blocks": blocks, "attachments": body.get("attachments")}
            self._workspace.edit(grant.channel, grant.message, bot, **fields)
            return grant.message
        if body.get("response_type", "ephemeral") not in ("ephemeral", "in_channel"):
            raise SlackError("invalid_response_type")
        return self._workspace.post(
            grant.channel,
            bot,
            text,
            blocks=blocks,
            attachments=body.get("attachments"),
            thread_ts=body.get("thread_ts") or grant.thread_ts,
            metadata=check_metadata(body.get("metadata")),
            to=None if body.get("response_type") == "in_channel" else grant.user.id,
        )

    def reply(self, channel: Channel, user: User, body: Any) -> None:
        """The acknowledgement of a command, said in the channel. Raises SlackError when it is not valid."""
        if isinstance(body, str):
            body = {"text": body}
        if not isinstance(body, dict):
            raise SlackError("invalid_command_response")
        if not (body.get("text") or body.get("blocks") or body.get("attachments")):
            return
        self.say(Grant(channel, user, None, None, 0.0), body)
