"""The load generator: signed requests over keep-alive connections, each sent when the one before is answered.

Told a job as one line of JSON, it answers with one. Everything is built and signed before the first is sent.
"""

import asyncio
import hashlib
import hmac
import json
import re
import time
from collections import deque
from typing import Any, Final
from urllib.parse import urlencode

from benchmarks.child import tell, told

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def main() -> None:
    asyncio.run(_serve())


async def _serve() -> None:
    lines = await told()
    tell({"ready": True})
    while line := await lines.readline():
        tell(await _run(json.loads(line)))


async def _run(job: dict[str, Any]) -> dict[str, Any]:
    """`requests` are pairs of an id and the fields of a form. Of each the answer tells the id, the status, the
    milliseconds and the body."""
    waiting = deque((name, _signed(job, fields)) for name, fields in job["requests"])
    largest = max(len(request) for _, request in waiting)
    loop = asyncio.get_running_loop()
    lines: list[_Connection] = []
    for _ in range(job["concurrency"]):
        _, line = await loop.create_connection(_Connection, job["host"], job["port"])
        lines.append(line)
    answers: list[tuple[str, float, bytes]] = []
    started = time.perf_counter()
    await asyncio.gather(*(_drive(line, waiting, answers) for line in lines))
    seconds = time.perf_counter() - started
    for line in lines:
        line.transport.close()
    return {
        "seconds": seconds,
        "answers": [_told(name, taken, answer) for name, taken, answer in answers],
        "bytes": largest,
    }


def _signed(job: dict[str, Any], fields: dict[str, str]) -> bytes:
    body = urlencode(fields).encode()
    at = str(int(time.time()))
    signed = b"v0:%b:%b" % (at.encode(), body)
    signature = "v0=" + hmac.new(job["secret"].encode(), signed, hashlib.sha256).hexdigest()
    head = (
        f"POST /slack/events HTTP/1.1\r\nHost: {job['host']}:{job['port']}\r\n"
        "User-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\nAccept: application/json,*/*\r\n"
        f"Accept-Encoding: gzip,deflate\r\nX-Slack-Signature: {signature}\r\n"
        f"X-Slack-Request-Timestamp: {at}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _told(name: str, taken: float, answer: bytes) -> tuple[str, int, float, str]:
    """A status of 0: the connection was closed before there was one."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status = head[9:12]
    return name, int(status) if status.isdigit() else 0, taken * 1000, body.decode(errors="replace")


async def _drive(
    line: "_Connection", waiting: deque[tuple[str, bytes]], answers: list[tuple[str, float, bytes]]
) -> None:
    while waiting:
        name, request = waiting.popleft()
        started = time.perf_counter()
        answer = await line.ask(request)
        answers.append((name, time.perf_counter() - started, answer))


class _Connection(asyncio.Protocol):
    """One keep-alive connection; knows just enough HTTP to tell where an answer ends."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._read = b""
        self._answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def ask(self, request: bytes) -> asyncio.Future[bytes]:
        self._read = b""
        self._answer = asyncio.get_running_loop().create_future()
        if self.transport.is_closing():
            self._answer.set_result(b"the connection was closed")
        else:
            self.transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, gap, body = self._read.partition(b"\r\n\r\n")
        if not gap:
            return
        length = _LENGTH.search(head)
        if length is None or len(body) >= int(length[1]):
            self._done()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._done()

    def _done(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(self._read)
