"""Shows at the terminal what each channel shows, as it happens."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape

from sandbox import Client

_TOKEN = re.compile(r"<([@#!])([^>|]+)(?:\|([^>]*))?>")


class Screen:
    """Prints every message once, and again when it was edited."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._console = Console(highlight=False)
        self._names: dict[str, str] = {}
        self._channels: dict[str, str] = {}
        self._shown: dict[tuple[str, str], str] = {}
        self._news = asyncio.Condition()

    def say(self, words: str, style: str = "bold") -> None:
        self._console.print(f"\n{escape(words)}", style=style, soft_wrap=True)

    def line(self, words: str) -> None:
        self._console.print(escape(words), soft_wrap=True)

    def show_view(self, view: Mapping[str, Any]) -> None:
        """A form or confirmation, as the person sees it."""
        title = self._readable(view["title"]["text"])
        lines = [line for block in view["blocks"] for line in self._lines(block)]
        self._print(f"form · {title}", "magenta", lines)

    async def follow(self) -> None:
        """Print what appears, until cancelled."""
        since = 0
        await self.refresh()
        while True:
            changes = await self._client.changes(since, timeout_s=20)
            since = changes.seq
            await self.refresh()

    async def refresh(self) -> None:
        """Print what is new in any channel."""
        for known in await self._client.channels():
            self._channels[known["id"]] = known["name"]
        if not self._names:
            self._names = {user["id"]: user["name"] for user in await self._client.users()}
        for channel in list(self._channels):
            for message in await self._client.messages(channel):
                self._message(channel, message)
                if message.get("reply_count"):
                    for reply in await self._client.messages(channel, thread_ts=message["ts"]):
                        self._message(channel, reply)
        async with self._news:
            self._news.notify_all()

    async def until_shown(self, words: str, *, within_s: float = 60.0) -> None:
        """Wait until some channel has shown a text."""
        async with asyncio.timeout(within_s), self._news:
            await self._news.wait_for(lambda: any(words in shown for shown in self._shown.values()))

    def _message(self, channel: str, message: Mapping[str, Any]) -> None:
        lines = [line for block in message.get("blocks") or () for line in self._lines(block)]
        lines = lines or self._readable(message.get("text") or "").splitlines()
        seen = "\n".join(lines)
        key = (channel, message["ts"])
        if self._shown.get(key) == seen:
            return
        edited = key in self._shown
        self._shown[key] = seen
        in_thread = message.get("thread_ts") not in {None, message["ts"]}
        place = f"#{self._channels[channel]}{' (thread)' if in_thread else ''}"
        author = "bot" if message.get("bot_id") else self._names.get(message.get("user", ""), "?")
        staff = channel not in _CUSTOMER_SIDE
        self._print(f"{place} · {author}{' · edited' if edited else ''}", "cyan" if staff else "green", lines)

    def _print(self, head: str, style: str, lines: list[str]) -> None:
        self._console.print(f"[{style}]{escape(head)}[/{style}]", soft_wrap=True)
        for line in lines:
            self._console.print(f"    {escape(line)}", soft_wrap=True)

    def _lines(self, block: Mapping[str, Any]) -> list[str]:
        kind = block["type"]
        if kind == "section":
            return self._readable(block["text"]["text"]).splitlines()
        if kind == "context":
            return [
                line
                for e in block["elements"]
                if "text" in e
                for line in self._readable(e["text"]).splitlines()
            ]
        if kind == "actions":
            # A menu shows dots, and its choices when it is opened.
            return ["  ".join(f"[ {e['text']['text'] if 'text' in e else '…'} ]" for e in block["elements"])]
        if kind == "input":
            return [f"{self._readable(block['label']['text'])}: ____"]
        return []

    def _readable(self, text: str) -> str:
        return _TOKEN.sub(self._token, text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")

    def _token(self, token: re.Match[str]) -> str:
        kind, target, label = token.groups()
        if kind == "@":
            return f"@{self._names.get(target, target)}"
        if kind == "#":
            return f"#{self._channels.get(target, label or target)}"
        if target.startswith("date^"):
            return label or target
        return f"@{'engineers' if target.startswith('subteam') else target}"


_CUSTOMER_SIDE = {"C0ACME", "C0HINODE"}
