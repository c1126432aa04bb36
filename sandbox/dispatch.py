"""To the app: commands, interactivity and events, by signed HTTP or by Socket Mode, with Slack's retries."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
import uuid
from collections.abc import Coroutine
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec

from sandbox.definition import events_url
from sandbox.errors import Refused
from sandbox.hub import Hub
from sandbox.messages import Json
from sandbox.sockets import SocketLost, Sockets
from sandbox.wire import Attempt, Dispatch
from sandbox.world import World

REASONS = {"timeout": "http_timeout", "http_error": "http_error", "connection_failed": "connection_failed"}
SOCKET_TYPES = {"command": "slash_commands", "interactive": "interactive", "event": "events_api"}
FORM = "application/x-www-form-urlencoded"
AT_ONCE = 64
"""How many events are under way at the same time; the time limit starts when one is sent."""


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's v0 signature of a request body."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class Dispatcher:
    """Sends dispatches and keeps their record. Events are retried by the schedule, nothing else is."""

    def __init__(self, world: World, hub: Hub, sockets: Sockets) -> None:
        self._world = world
        self._hub = hub
        self._sockets = sockets
        self._url = events_url(world.app.request_url)
        self._known: dict[str, Dispatch] = {}
        self._count = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._due: dict[str, tuple[asyncio.TimerHandle, Dispatch, int]] = {}
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    @property
    def request_url(self) -> str | None:
        """Where HTTP dispatches go."""
        return self._url

    def send_to(self, base: str | None) -> None:
        """Dispatch to another address from now on (None: by Socket Mode only)."""
        self._url = events_url(base)

    async def send(self, kind: str, type_: str, payload: Json) -> tuple[Dispatch, Attempt]:
        """Hand a command or an interaction to the app, once, and wait for its answer."""
        record = self._record(kind, type_, payload)
        return record, await self._attempt(record, 0, None)

    def event(self, payload: Json) -> None:
        """Send an event in the background; retried until taken or the schedule is over."""
        record = self._record("event", payload["event"]["type"], payload)
        record.pending = True
        self._spawn(self._deliver_event(record, 0))

    async def redeliver(self, dispatch_id: str) -> tuple[Dispatch, Attempt]:
        """Send a dispatch again as it was; an event is marked as a retry. Raises Refused if it is not known."""
        record = self._known.get(dispatch_id)
        if record is None:
            raise Refused(f"no dispatch {dispatch_id}")
        retry = len(record.attempts) if record.kind == "event" else 0
        return record, await self._attempt(record, retry, "http_timeout" if retry else None)

    def retry_now(self) -> int:
        """Send every event that waits for its retry at once; the number of these."""
        due = list(self._due.values())
        self._due.clear()
        for handle, record, retry in due:
            handle.cancel()
            self._spawn(self._deliver_event(record, retry))
        return len(due)

    async def close(self) -> None:
        """Stop everything under way."""
        for handle, _record, _retry in self._due.values():
            handle.cancel()
        self._due.clear()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _record(self, kind: str, type_: str, payload: Json) -> Dispatch:
        self._count += 1
        record = Dispatch(id=f"D{self._count}", kind=kind, type=type_, payload=payload)
        log = self._hub.dispatches
        if len(log) == log.maxlen:
            self._known.pop(log[0].id, None)
        log.append(record)
        self._known[record.id] = record
        return record

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver_event(self, record: Dispatch, retry: int) -> None:
        schedule = self._world.definition.event_retry_s
        reason = REASONS.get(record.attempts[-1].error or "", "unknown_error") if retry else None
        async with self._gate:
            attempt = await self._attempt(record, retry, reason)
        if attempt.error is None or retry >= len(schedule) or attempt.final:
            record.pending = False
            self._hub.note("event_settled")
            return
        loop = asyncio.get_running_loop()
        handle = loop.call_later(schedule[retry], self._again, record, retry + 1)
        self._due[record.id] = (handle, record, retry + 1)
        self._hub.note("event_waits")

    def _again(self, record: Dispatch, retry: int) -> None:
        self._due.pop(record.id, None)
        self._spawn(self._deliver_event(record, retry))

    async def _attempt(self, record: Dispatch, retry: int, reason: str | None) -> Attempt:
        attempt = Attempt(at=time.time(), transport="none", retry_num=retry, retry_reason=reason)
        socket = self._sockets.pick()
        try:
            if socket is not None:
                attempt.transport = "socket"
                envelope = self._envelope(record, retry, reason)
                attempt.body = await socket.deliver(envelope, self._world.definition.ack_s)
                attempt.status = 200
            elif self._url is not None:
                attempt.transport = "http"
                await self._post(self._url, record, attempt)
            else:
                attempt.error = "no_app"
        except TimeoutError:
            attempt.error = "timeout"
        except (SocketLost, aiohttp.ClientError, OSError):
            attempt.error = "connection_failed"
        record.attempts.append(attempt)
        self._hub.note("dispatched")
        return attempt

    def _envelope(self, record: Dispatch, retry: int, reason: str | None) -> Json:
        takes_answer = record.kind == "command" or record.type in ("view_submission", "block_suggestion")
        envelope: Json = {
            "envelope_id": str(uuid.uuid4()),
            "type": SOCKET_TYPES[record.kind],
            "accepts_response_payload": takes_answer,
            "payload": record.payload,
        }
        if record.kind == "event":
            envelope["retry_attempt"] = retry
            envelope["retry_reason"] = {None: "", "http_timeout": "timeout"}.get(reason, reason)
        return envelope

    async def _post(self, url: str, record: Dispatch, attempt: Attempt) -> None:
        if record.kind == "command":
            body, content_type = urlencode(record.payload).encode(), FORM
        elif record.kind == "interactive":
            body, content_type = (
                urlencode({"payload": msgspec.json.encode(record.payload).decode()}).encode(),
                FORM,
            )
        else:
            body, content_type = msgspec.json.encode(record.payload), "application/json"
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self._world.app.signing_secret, timestamp, body),
        }
        if attempt.retry_num:
            headers["X-Slack-Retry-Num"] = str(attempt.retry_num)
            headers["X-Slack-Retry-Reason"] = attempt.retry_reason or "unknown_error"
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=2), trust_env=False
            )
        limit = aiohttp.ClientTimeout(total=self._world.definition.ack_s)
        async with self._session.post(
            url, data=body, headers=headers, timeout=limit, allow_redirects=False
        ) as answer:
            raw = await answer.read()
            attempt.status = answer.status
            attempt.body = _decoded(raw, answer.headers.get("Content-Type", ""))
            if not 200 <= answer.status < 300:
                attempt.error = "http_error"
                if answer.headers.get("X-Slack-No-Retry") == "1":
                    attempt.final = True


def _decoded(raw: bytes, content_type: str) -> Any:
    """An acknowledgement's body: JSON as values, other text as it is, nothing as None."""
    if not raw:
        return None
    if "json" in content_type:
        try:
            return msgspec.json.decode(raw)
        except msgspec.DecodeError:
            pass
    return raw.decode("utf-8", "replace")
