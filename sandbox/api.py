"""The Web API over HTTP: arguments, tokens, scopes, faults, the log of calls."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sandbox.control import Control
from sandbox.errors import RateLimited, SlackError
from sandbox.faults import Fault, Faults
from sandbox.messages import Json
from sandbox.webapi import METHODS
from sandbox.webapi.args import Args
from sandbox.webapi.context import Context
from sandbox.webapi.scopes import needed_scopes
from sandbox.wire import Call

JSON_TYPE = "application/json; charset=utf-8"
LONGEST_LOGGED = 300


class Dropped(Exception):
    """The connection is to be closed without an answer."""


class WebApi:
    """One endpoint for all methods."""

    def __init__(self, context: Context, control: Control, faults: Faults) -> None:
        self._context = context
        self._control = control
        self._faults = faults
        scopes = context.world.app.scopes
        self._headers = {"X-OAuth-Scopes": ",".join(scopes)} if scopes is not None else {}

    async def serve(self, request: Request) -> Response:
        """Answer one call. A fault that closes the connection does so without an answer."""
        method = request.path_params["method"]
        call = Call(seq=0, at=time.time(), method=method, args={}, status=200)
        hub = self._context.workspace.hub
        try:
            return await self._answer(request, call)
        except Dropped:
            call.status = 0
            return Closing()
        finally:
            hub.calls_seen += 1
            call.seq = hub.calls_seen
            hub.calls.append(call)
            hub.note("call", call.result.get("channel"), call.result.get("ts"))

    async def _answer(self, request: Request, call: Call) -> Response:
        fault: Fault | None = None
        headers = self._headers
        try:
            args = await arguments(request)
            call.args = {name: _short(name, value) for name, value in args.values.items() if name != "token"}
            fault = self._faults.take(call.method, args.text("channel"))
            if fault is not None:
                call.fault = call.error = fault.kind
                early = await _play(fault)
                if early is not None:
                    call.status = early.status_code
                    return early
            call.error = None
            body = self._run(request, call.method, args)
            call.result = {name: body[name] for name in ("channel", "ts") if isinstance(body.get(name), str)}
        except SlackError as error:
            body = error.body()
            call.error = error.error
        except RateLimited as limit:
            body = {"ok": False, "error": "ratelimited"}
            call.status, call.error = 429, "ratelimited"
            headers = {**headers, "Retry-After": str(limit.retry_after_s)}
        if fault is not None and fault.kind == "lost":
            raise Dropped
        return Response(msgspec.json.encode(body), call.status, headers, JSON_TYPE)

    def _run(self, request: Request, method: str, args: Args) -> Json:
        run = METHODS.get(method)
        if run is None:
            raise SlackError("unknown_method", req_method=method)
        self._authorize(request, method, args)
        return {"ok": True, **run(self._context, args)}

    def _authorize(self, request: Request, method: str, args: Args) -> None:
        """The right token for the method, with the scope. Raises SlackError."""
        app = self._context.world.app
        header = request.headers.get("authorization", "")
        token = header[7:].strip() if header[:7].lower() == "bearer " else args.text("token")
        if method == "api.test":
            return
        if not token:
            raise SlackError("not_authed")
        if token not in (app.bot_token, app.app_token):
            raise SlackError("invalid_auth")
        if (token == app.app_token) != (method == "apps.connections.open"):
            raise SlackError("not_allowed_token_type")
        if token == app.bot_token and self._control.revoked:
            raise SlackError("token_revoked")
        if app.scopes is not None:
            wanted = needed_scopes(method)
            if wanted and not wanted & set(app.scopes):
                raise SlackError(
                    "missing_scope", needed=",".join(sorted(wanted)), provided=",".join(app.scopes)
                )


class Closing(Response):
    """Not an answer: the connection is closed instead."""

    async def __call__(self, scope: Any, receive: Any, _send: Any) -> None:
        """Abort the transport and wait until the server has noticed."""
        scope["extensions"]["sandbox.abort"]()
        while (await receive())["type"] != "http.disconnect":
            continue


async def _play(fault: Fault) -> Response | None:
    """What a fault does before the work; the answer if there is to be no work."""
    if fault.kind == "drop":
        raise Dropped
    if fault.kind == "ratelimited":
        headers = {"Retry-After": str(fault.retry_after)}
        return Response(b'{"ok":false,"error":"ratelimited"}', 429, headers, JSON_TYPE)
    if fault.kind == "status":
        return Response(b"upstream connect error", fault.status, media_type="text/plain")
    if fault.kind == "error":
        raise SlackError(fault.error)
    if fault.kind == "slow":
        await asyncio.sleep(fault.delay_s)
    return None


async def arguments(request: Request) -> Args:
    """The arguments of the query and the body. Raises SlackError for a body that cannot be read."""
    values: Json = dict(request.query_params)
    if request.method == "POST":
        raw = await request.body()
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/json":
            try:
                body = msgspec.json.decode(raw or b"{}")
            except msgspec.DecodeError:
                raise SlackError("invalid_json") from None
            if not isinstance(body, dict):
                raise SlackError("json_not_object")
            values |= {name: value for name, value in body.items() if value is not None}
        elif kind in ("application/x-www-form-urlencoded", ""):
            values |= dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
        elif raw:
            raise SlackError("invalid_post_type")
    return Args(values)


def _short(name: str, value: Any) -> Any:
    """An argument as the log keeps it."""
    if isinstance(value, str) and len(value) > LONGEST_LOGGED:
        return value[:LONGEST_LOGGED] + "…"
    if isinstance(value, list):
        return f"[{len(value)} items]"
    if isinstance(value, dict) and name != "metadata":
        return f"{{{len(value)} fields}}"
    return value
