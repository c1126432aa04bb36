"""Messages of one channel: kept by timestamp, found without a scan."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True)
class Message:
    """One message. ``ts`` identifies it in its channel; ``user`` is the author, the bot's user for the app.

    ``thread_ts`` is the root of a reply (None for a root). ``to`` names the only person who sees an
    ephemeral message. ``metadata`` is the app's, shown only on request.
    """

    ts: str
    user: str
    team: str
    text: str
    blocks: list[Json] | None = None
    attachments: list[Json] | None = None
    thread_ts: str | None = None
    subtype: str | None = None
    bot: Json | None = None
    metadata: Json | None = None
    edited: Json | None = None
    extra: Json | None = None
    to: str | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    replies: list[str] = field(default_factory=list)
    reply_users: dict[str, None] = field(default_factory=dict)

    @property
    def tombstone(self) -> bool:
        """Whether this is what a deleted root with replies leaves behind."""
        return self.subtype == "tombstone"

    def render(self, *, metadata: bool = False) -> Json:
        """The message object of the Web API and of events; with its metadata only when asked."""
        body: Json = {
            "type": "message",
            "user": self.user,
            "text": self.text,
            "ts": self.ts,
            "team": self.team,
        }
        if self.subtype is not None:
            body["subtype"] = self.subtype
        if self.bot is not None:
            body["bot_id"] = self.bot["bot_id"]
            body["app_id"] = self.bot["app_id"]
            body["bot_profile"] = self.bot["bot_profile"]
        if self.blocks is not None:
            body["blocks"] = self.blocks
        if self.attachments is not None:
            body["attachments"] = self.attachments
        if self.thread_ts is not None:
            body["thread_ts"] = self.thread_ts
        elif self.replies:
            body["thread_ts"] = self.ts
            body["reply_count"] = len(self.replies)
            body["reply_users_count"] = len(self.reply_users)
            body["reply_users"] = list(self.reply_users)
            body["latest_reply"] = self.replies[-1]
            body["is_locked"] = False
        if self.edited is not None:
            body["edited"] = self.edited
        if self.reactions:
            body["reactions"] = [
                {"name": name, "users": list(users), "count": len(users)}
                for name, users in self.reactions.items()
            ]
        if metadata and self.metadata is not None:
            body["metadata"] = self.metadata
        if self.extra is not None:
            body.update(self.extra)
        return body


@dataclass(slots=True)
class Timeline:
    """What was said in one channel. Lists of timestamps are sorted; a message leaves all of them at once."""

    by_ts: dict[str, Message] = field(default_factory=dict)
    top: list[str] = field(default_factory=list)
    ephemeral: dict[str, dict[str, Message]] = field(default_factory=dict)

    def add(self, message: Message, *, broadcast: bool = False) -> None:
        """Keep a message; a reply goes to its root, and to the channel too with ``broadcast``."""
        if message.to is not None:
            self.ephemeral.setdefault(message.to, {})[message.ts] = message
            return
        self.by_ts[message.ts] = message
        if message.thread_ts is None or broadcast:
            self._insert(self.top, message.ts)
        if message.thread_ts is not None:
            root = self.by_ts[message.thread_ts]
            self._insert(root.replies, message.ts)
            root.reply_users[message.user] = None

    def remove(self, message: Message) -> None:
        """Forget a message; a root with replies stays as a tombstone."""
        if message.replies and message.thread_ts is None:
            message.subtype, message.text, message.user = (
                "tombstone",
                "This message was deleted.",
                "USLACKBOT",
            )
            message.blocks = message.attachments = message.metadata = message.bot = message.edited = None
            message.reactions = {}
            return
        del self.by_ts[message.ts]
        self._drop(self.top, message.ts)
        root = self.by_ts.get(message.thread_ts or "")
        if root is not None:
            self._drop(root.replies, message.ts)
            root.reply_users = dict.fromkeys(self.by_ts[ts].user for ts in root.replies)
            if root.tombstone and not root.replies:
                del self.by_ts[root.ts]
                self._drop(self.top, root.ts)

    def between(self, series: list[str], oldest: str, latest: str, *, inclusive: bool) -> tuple[int, int]:
        """The half-open index range of ``series`` within the bounds ("" for none), exclusive unless told."""
        if inclusive:
            low = bisect_left(series, oldest) if oldest else 0
            high = bisect_right(series, latest) if latest else len(series)
        else:
            low = bisect_right(series, oldest) if oldest else 0
            high = bisect_left(series, latest) if latest else len(series)
        return low, max(low, high)

    @staticmethod
    def _insert(series: list[str], ts: str) -> None:
        if not series or series[-1] < ts:
            series.append(ts)
        else:
            insort(series, ts)

    @staticmethod
    def _drop(series: list[str], ts: str) -> None:
        at = bisect_left(series, ts)
        if at < len(series) and series[at] == ts:
            del series[at]
