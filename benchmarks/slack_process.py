"""The least of a Slack: takes every post over HTTP, answers after a while, and notes what it was about."""

import asyncio
import re
from typing import Any, Final

import httptools

from benchmarks.child import tell, told
from benchmarks.posts import Log

_MESSAGE: Final = re.compile(rb'"thread_ts": ?"([^"]+)"')
_BODY: Final = b'{"ok":true,"channel":"C0TRIAGE","ts":"1790000001.000001"}'
_ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n%b"
    % (len(_BODY), _BODY)
)


class _Connection(asyncio.Protocol):
    def __init__(self, log: Log, answers_after_s: float) -> None:
        self._log = log
        self._after_s = answers_after_s
        self._parser: Any = httptools.HttpRequestParser(self)
        self._body: list[bytes] = []
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        found = _MESSAGE.search(b"".join(self._body))
        self._body.clear()
        if found:
            self._log.note(found[1].decode())
        asyncio.get_running_loop().call_later(self._after_s, self._transport.write, _ANSWER)


def main(log: str, answers_after_ms: str) -> None:
    asyncio.run(_serve(Log(log), float(answers_after_ms) / 1000))


async def _serve(log: Log, answers_after_s: float) -> None:
    loop = asyncio.get_running_loop()
    lines = await told()
    server = await loop.create_server(lambda: _Connection(log, answers_after_s), "127.0.0.1", 0, backlog=1024)
    tell({"port": server.sockets[0].getsockname()[1]})
    await lines.readline()
    server.close()
