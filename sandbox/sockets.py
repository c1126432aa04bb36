"""Socket Mode: tickets, the app's websockets, envelopes and their acknowledgements."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from sandbox.messages import Json

ENCODE = msgspec.json.Encoder()
MOST_CONNECTIONS = 10


class SocketLost(ConnectionError):
    """The websocket closed before the app acknowledged."""


class AppSocket:
    """One websocket of the app and the envelopes it has not acknowledged."""

    def __init__(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        self.waiting: dict[str, asyncio.Future[Any]] = {}
        self.gone = asyncio.Event()

    async def deliver(self, envelope: Json, ack_s: float) -> Any:
        """Send an envelope and return the payload of its acknowledgement (None without one).

        Raises TimeoutError after ``ack_s`` seconds, SocketLost when the socket closes first.
        """
        ack: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        envelope_id = envelope["envelope_id"]
        self.waiting[envelope_id] = ack
        try:
            await self.websocket.send_text(ENCODE.encode(envelope).decode())
            return await asyncio.wait_for(ack, ack_s)
        except (RuntimeError, WebSocketDisconnect) as error:
            raise SocketLost(str(error)) from error
        finally:
            self.waiting.pop(envelope_id, None)

    def acknowledge(self, text: str) -> None:
        """Take what the app sent; anything but the ack of a waiting envelope is ignored, as Slack does."""
        try:
            message = msgspec.json.decode(text)
        except msgspec.DecodeError:
            return
        if not isinstance(message, dict):
            return
        ack = self.waiting.get(str(message.get("envelope_id")))
        if ack is not None and not ack.done():
            ack.set_result(message.get("payload"))

    def lose(self) -> None:
        """The connection is gone: whoever waits for an acknowledgement learns it."""
        self.gone.set()
        for ack in list(self.waiting.values()):
            if not ack.done():
                ack.set_exception(SocketLost("the websocket closed"))


class Sockets:
    """All websockets of the app; they share the load in turn."""

    def __init__(self, app_id: str, noted: Callable[[str], None]) -> None:
        self._app_id = app_id
        self._noted = noted
        self._tickets: set[str] = set()
        self._open: list[AppSocket] = []
        self._turn = 0

    def ticket(self) -> str:
        """A fresh ticket; it opens one websocket."""
        one = uuid.uuid4().hex
        self._tickets.add(one)
        return one

    def __len__(self) -> int:
        return len(self._open)

    def pick(self) -> AppSocket | None:
        """The socket whose turn it is, None when the app has none."""
        if not self._open:
            return None
        self._turn += 1
        return self._open[self._turn % len(self._open)]

    async def serve(self, websocket: WebSocket) -> None:
        """The life of one websocket, until either side closes it."""
        ticket = websocket.query_params.get("ticket", "")
        if ticket not in self._tickets:
            await websocket.close(4001)
            return
        self._tickets.discard(ticket)
        await websocket.accept()
        if len(self._open) >= MOST_CONNECTIONS:
            await websocket.send_text('{"type":"disconnect","reason":"too_many_websockets"}')
            await websocket.close()
            return
        socket = AppSocket(websocket)
        self._open.append(socket)
        hello = {
            "type": "hello",
            "num_connections": len(self._open),
            "connection_info": {"app_id": self._app_id},
            "debug_info": {"host": f"sandbox-{secrets.token_hex(4)}", "approximate_connection_time": 18060},
        }
        await websocket.send_text(ENCODE.encode(hello).decode())
        self._noted("socket_open")
        try:
            while True:
                socket.acknowledge(await websocket.receive_text())
        except (WebSocketDisconnect, RuntimeError, KeyError):
            pass
        finally:
            if socket in self._open:
                self._open.remove(socket)
            socket.lose()
            self._noted("socket_closed")

    async def refresh(self) -> int:
        """Ask every socket to reconnect, as Slack does now and then; the number asked."""
        sockets = list(self._open)
        for socket in sockets:
            message = {"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "sandbox"}}
            await socket.websocket.send_text(ENCODE.encode(message).decode())
        return len(sockets)

    async def drop(self) -> int:
        """Close every socket without notice; the number closed."""
        sockets = list(self._open)
        self._open.clear()
        for socket in sockets:
            socket.lose()
            try:
                await socket.websocket.close(1001)
            except RuntimeError:
                continue
        return len(sockets)
