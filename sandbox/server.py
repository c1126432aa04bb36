"""The server: its parts put together, its routes, and running it inside another program."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox.api import JSON_TYPE, WebApi
from sandbox.client import Client
from sandbox.control import Control
from sandbox.definition import WorldDefinition, load
from sandbox.dispatch import Dispatcher
from sandbox.errors import Refused, SlackError
from sandbox.faults import Faults
from sandbox.hub import Hub
from sandbox.interactions import Interactions
from sandbox.people import People
from sandbox.response_urls import ResponseUrls
from sandbox.sockets import Sockets
from sandbox.views import Views
from sandbox.webapi.context import Context
from sandbox.workspace import Workspace
from sandbox.world import World

HOST = "127.0.0.1"
PAGE = Path(__file__).with_name("page")
LONGEST_POLL_S = 30.0


class Sandbox:
    """One world and everything around it. ``asgi`` is the application."""

    def __init__(self, definition: WorldDefinition, base_url: str) -> None:
        self.world = World(definition)
        self.hub = Hub(definition.log_limit)
        self.sockets = Sockets(definition.app.app_id, self.hub.note)
        self.dispatcher = Dispatcher(self.world, self.hub, self.sockets)
        self.workspace = Workspace(self.world, self.hub, self.dispatcher)
        self.views = Views(self.world)
        self.responses = ResponseUrls(self.workspace)
        self.responses.base_url = base_url
        self.people = People(self.workspace, self.views, self.responses)
        self.interactions = Interactions(self.people)
        self.faults = Faults()
        self.control = Control(self.people, self.faults, self.sockets)
        self.context = context = Context(self.workspace, self.views, self.sockets, base_url)
        self._operations = _operations(self.people, self.interactions, self.control)
        self.asgi = Starlette(
            routes=[
                Route(
                    "/api/{method}", WebApi(context, self.control, self.faults).serve, methods=["GET", "POST"]
                ),
                Route("/response/{token}", self._response_url, methods=["POST"]),
                Route("/upload/{file_id}", self._upload, methods=["POST"]),
                Route("/files/{file_id}/{name}", self._download, methods=["GET"]),
                Route("/sandbox/changes", self._changes, methods=["GET"]),
                Route("/sandbox/{operation}", self._operate, methods=["POST"]),
                WebSocketRoute("/link/", self.sockets.serve),
                Mount("/", _Page(directory=PAGE, html=True)),
            ]
        )

    async def close(self) -> None:
        """Let go of everybody who waits, and of the app."""
        self.hub.close()
        await self.sockets.drop()
        await self.dispatcher.close()

    async def _response_url(self, request: Request) -> Response:
        try:
            self.responses.answer(request.path_params["token"], msgspec.json.decode(await request.body()))
        except msgspec.DecodeError:
            return Response("invalid_payload", 400)
        except SlackError as error:
            status = 404 if error.error in ("expired_url", "used_url", "invalid_url") else 400
            return Response(msgspec.json.encode(error.body()), status, media_type=JSON_TYPE)
        return Response("ok")

    async def _upload(self, request: Request) -> Response:
        """One file's bytes."""
        file = self.context.files.get(request.path_params["file_id"])
        if file is None or file.content is not None:
            return Response("unknown upload", 404)
        content = await request.body()
        if len(content) != file.length:
            return Response(f"expected {file.length} bytes, got {len(content)}", 400)
        file.content = content
        return Response(f"OK - {len(content)}")

    async def _download(self, request: Request) -> Response:
        file = self.context.files.get(request.path_params["file_id"])
        if file is None or file.content is None:
            return Response("no such file", 404)
        kind = file.render("", "")["mimetype"]
        return Response(file.content, media_type=kind)

    async def _changes(self, request: Request) -> Response:
        try:
            since = int(request.query_params.get("since", "0"))
            timeout_s = min(float(request.query_params.get("timeout_s", "10")), LONGEST_POLL_S)
        except ValueError as error:
            return _json({"refused": str(error)}, 400)
        return _json(await self.hub.since(since, timeout_s))

    async def _operate(self, request: Request) -> Response:
        name = request.path_params["operation"]
        operation = self._operations.get(name)
        if operation is None:
            return _json({"refused": f"no operation {name}; there are {', '.join(self._operations)}"}, 404)
        try:
            arguments = msgspec.json.decode(await request.body() or b"{}", type=dict[str, Any])
            inspect.signature(operation).bind(**arguments)
        except (msgspec.DecodeError, TypeError) as error:
            return _json({"refused": f"{name}: {error}"}, 400)
        try:
            result = operation(**arguments)
            if inspect.isawaitable(result):
                result = await result
        except (Refused, SlackError) as obstacle:
            return _json({"refused": str(obstacle)}, 409)
        return _json(result)


def _json(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type=JSON_TYPE)


def _operations(*parts: object) -> dict[str, Callable[..., Any]]:
    """The public acts of the parts, by name."""
    skip = {"user", "channel", "present", "message", "at_home", "interaction", "outcome"}
    found: dict[str, Callable[..., Any]] = {}
    for part in parts:
        for name, value in inspect.getmembers(part, inspect.ismethod):
            if not name.startswith("_") and not (isinstance(part, People) and name in skip):
                found[name] = value
    return found


class _Page(StaticFiles):
    """The browser page; it loads nothing from elsewhere, and is never taken from a cache."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        answer = super().file_response(*args, **kwargs)
        answer.headers["Content-Security-Policy"] = "default-src 'self'; img-src 'self' data: https:"
        answer.headers["Cache-Control"] = "no-cache"
        return answer


class _Protocol(HttpToolsProtocol):
    """HTTP with the means to close a connection without an answer."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[str, Any] = {"sandbox.abort": self.transport.abort}
        self.scope["extensions"] = extensions


class _Server(uvicorn.Server):
    """A server that leaves the program's signal handlers alone and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self.leaving = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.leaving.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """At once: answers that are still being written are given up."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for server in self.servers:
            await server.wait_closed()


@dataclass(slots=True, frozen=True)
class Box:
    """A running sandbox: where it is, a control client, and the parts for a look inside.

    ``api_url`` is what a Slack client takes as its base URL.
    """

    url: str
    client: Client
    sandbox: Sandbox

    @property
    def api_url(self) -> str:
        """The base of the Web API, with a slash at the end."""
        return f"{self.url}/api/"


@contextlib.asynccontextmanager
async def serve(
    definition: WorldDefinition | Mapping[str, Any] | str | Path, port: int = 0
) -> AsyncIterator[Box]:
    """Run a sandbox on 127.0.0.1 in this event loop; port 0 takes a free one.

    Raises DefinitionError for a wrong definition and OSError when the port is taken.
    """
    world = load(definition)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # With the protocol named, asyncio turns off Nagle's delay for the connections.
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        sandbox = Sandbox(world, url)
        config = uvicorn.Config(
            sandbox.asgi,
            http=_Protocol,
            ws="websockets-sansio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
            # Longer than clients keep idle connections, as Slack does: who reuses one must not find it closed.
            timeout_keep_alive=120,
        )
        server = _Server(config)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        await server.listening.wait()
        client = Client(url)
        try:
            yield Box(url, client, sandbox)
        finally:
            await client.close()
            await sandbox.close()
            server.leaving.set()
            await running
    finally:
        listener.close()
