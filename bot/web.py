"""The web side: Slack's requests by HTTP, and what tells an operator whether the bot is well."""

import errno
import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import uvicorn
from slack_bolt.adapter.asgi.http_request import AsgiHttpRequest
from slack_bolt.adapter.asgi.http_response import AsgiHttpResponse
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.wiring import Bot
from storage.errors import StorageError

log = logging.getLogger(__name__)

_WORKER_LATE_S = 30.0
_SLACK_AWAY_S = 60.0


class Health:
    """What `/readyz` tells. `worker` and `socket`: whether this process is meant to have one."""

    def __init__(self, bot: Bot, *, worker: bool) -> None:
        self._bot = bot
        self._worker = worker
        self.socket_open: Callable[[], bool] | None = None
        """With Socket Mode, a function that says whether the socket is open."""

    async def paused(self) -> dict[str, str] | None:
        """Since when, by whom and why posting is paused; None: it goes on, or nobody can say."""
        try:
            on = await self._bot.store.pauses.current()
        except StorageError:
            return None
        return {"since": on.since.isoformat(), "by": on.by, "reason": on.reason} if on else None

    async def problems(self) -> list[str]:
        """Why this process is not ready, a line each; none when it is."""
        found = []
        try:
            found += [f"store: {problem}" for problem in await self._bot.store.check.problems()]
            await self._bot.store.directories.refresh()
        except StorageError as error:
            if not found:
                found.append(f"store: {error}")
        if not self._bot.staff.known:
            found.append("staff: the members of the engineers' user group have not been read yet")
        late = time.monotonic() - self._bot.worker.last_look
        if self._worker and late > _WORKER_LATE_S:
            found.append(f"worker: has not looked at its shards for {late:.0f} s")
        if self.socket_open is not None and not self.socket_open():
            found.append("slack: the socket is not open")
        health = self._bot.slack.health
        if health.refused is not None:
            found.append(
                f"slack: the bot token is refused ({health.refused}): nothing is posted, and all of it waits; install "
                "the app again, set SLACK_BOT_TOKEN, and start anew"
            )
        elif health.failing_s() > _SLACK_AWAY_S:
            found.append(f"slack: no call has worked for {health.failing_s():.0f} s")
        return found


class _Events:
    """Slack's requests, handed to Bolt as they come: Starlette's own request and answer would only be a detour."""

    def __init__(self, app: AsyncApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = AsgiHttpRequest(cast(Any, scope), receive)
        try:
            body = await request.get_raw_body()
            asked = AsyncBoltRequest(
                body=body, query=request.query_string, headers=cast(Any, request.get_headers())
            )
            answer = await self._app.async_dispatch(asked)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            # Bolt takes the outer shape of a payload for granted.
            log.warning("a request of no known shape: %s", type(error).__name__)
            answer = BoltResponse(status=400)
        said = AsgiHttpResponse(answer.status, answer.headers, answer.body)
        await send(said.get_response_start())
        await send(said.get_response_body())


def web_app(bot: Bot, health: Health) -> Starlette:
    """`/slack/events` (commands, interactivity, events) unless Slack comes by socket; `/healthz`, `/readyz`."""

    async def healthz(request: Request) -> Response:
        del request
        return JSONResponse({"ok": True})

    async def readyz(request: Request) -> Response:
        del request
        problems = await health.problems()
        said: dict[str, Any] = {"ok": not problems, "problems": problems}
        # Not a problem: people are still answered here, and a balancer must go on sending them.
        if paused := await health.paused():
            said["paused"] = paused
        return JSONResponse(said, 503 if problems else 200)

    routes = [Route("/healthz", healthz), Route("/readyz", readyz)]
    if not bot.settings.environment.socket_mode:
        routes.insert(0, Route("/slack/events", _Events(bot.app), methods=["POST"]))
    return Starlette(routes=routes)


class WebServer(uvicorn.Server):
    """A uvicorn server that leaves the signals to the program it is a part of."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server(app: Starlette, host: str, port: int) -> WebServer:
    return WebServer(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
            # Longer than balancers keep theirs (a minute mostly): a request must not meet a connection being closed.
            timeout_keep_alive=75,
        )
    )


def listening_sockets(host: str, port: int) -> list[socket.socket]:
    """Sockets bound to every address of the host; with port 0, to one port of its first. Close them, or hand them
    to a server. Raises OSError, which names the settings."""
    place = f"SUPPORTBOT_HOST, SUPPORTBOT_PORT: cannot listen at {host}:{port}"
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise OSError(f"{place}: {getattr(error, 'strerror', None) or error}") from None
    bound: list[socket.socket] = []
    failed: OSError | None = None
    for family, kind, protocol, _, address in dict.fromkeys(found):
        try:
            one = socket.socket(family, kind, protocol)
        except OSError as error:  # the machine has no such family
            failed = error
            continue
        try:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind(address)
            one.listen(128)
        except OSError as error:
            one.close()
            failed = error
            if error.errno != errno.EADDRNOTAVAIL:
                break
            continue
        bound.append(one)
        if port == 0:
            break
    if not bound or (failed and failed.errno == errno.EADDRINUSE):
        for one in bound:
            one.close()
        raise OSError(f"{place}: {failed.strerror if failed else 'it has no address'}")
    return bound
