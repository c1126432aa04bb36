"""Somebody who is paged: a real HTTP server that keeps what it gets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web


@dataclass
class Receiver:
    """`answers` are the statuses it answers with, in turn; then 202."""

    url: str
    got: list[tuple[dict[str, Any], dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    beats: int = 0

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [body for body, _, _ in self.got]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver("")

    async def page(request: web.Request) -> web.Response:
        raw = await request.read()
        status = receiver.answers.pop(0) if receiver.answers else 202
        if status < 300:
            receiver.got.append((msgspec.json.decode(raw), dict(request.headers), raw))
        return web.Response(status=status)

    async def beat(request: web.Request) -> web.Response:
        del request
        receiver.beats += 1
        return web.Response()

    app = web.Application()
    app.router.add_post("/page", page)
    app.router.add_get("/beat", beat)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    receiver.url = f"http://{host}:{port}"
    try:
        yield receiver
    finally:
        await runner.cleanup()
