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

_TICKET: Final = re.compile(rb"\b([A-Z][A-Z0-9]{1,11}-\d+)\b")
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def main() -> None:
    asyncio.run(_serve())


async def _serve() -> None:
    lines = await told()
    tell({"ready": True})
    while line := await lines.readline():
        tell(await _run(json.loads(line)))


async def _run(job: dict[str, Any]) -> dict[str, Any]:
    """`payloads` are cycled through `count` times with a view id of its own each (`prefix` and a number)."""
    waiting = deque(_requests(job))
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
    tickets, errors = {}, []
    for view, _, answer in answers:
        head, _, body = answer.partition(b"\r\n\r\n")
        found = _TICKET.search(body)
        if head.startswith(b"HTTP/1.1 200") and found and json.loads(body)["response_action"] == "update":
            tickets[view] = found[1].decode()
        else:
            errors.append(answer[:300].decode(errors="replace"))
    return {
        "seconds": seconds,
        "latencies_ms": [taken * 1000 for _, taken, _ in answers],
        "tickets": tickets,
        "errors": len(errors),
        "first_error": errors[0] if errors else None,
        "bytes": len(_one(job, 0)[1]),
    }


def _requests(job: dict[str, Any]) -> list[tuple[str, bytes]]:
    return [_one(job, number) for number in range(job["count"])]


def _one(job: dict[str, Any], number: int) -> tuple[str, bytes]:
    payload = job["payloads"][number % len(job["payloads"])]
    view = f"V{job['prefix']}{number:06d}"
    # Digits and letters as in Slack's own ids; the rest of the payload stays as it is.
    sent = {**payload, "trigger_id": f"{number}.{view}", "view": {**payload["view"], "id": view}}
    body = urlencode({"payload": json.dumps(sent)}).encode()
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
    return view, head.encode() + body


async def _drive(
    line: "_Connection", waiting: deque[tuple[str, bytes]], answers: list[tuple[str, float, bytes]]
) -> None:
    while waiting:
        view, request = waiting.popleft()
        started = time.perf_counter()
        answer = await line.ask(request)
        answers.append((view, time.perf_counter() - started, answer))


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
