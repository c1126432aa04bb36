"""The floor of an answer to Slack: Bolt alone, one listener, the same work in Redis, the same kind of answer."""

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import uvicorn
from redis.asyncio import Redis
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.child import tell

COUNT: Final = "{s}:count"
"""How often a script has run."""
OPEN: Final = "{s}:open"
"""The sorted set of the ids that a list shows."""
_OPENING: Final = """
local number = redis.call('INCR', KEYS[1])
redis.call('SET', KEYS[2] .. number, ARGV[1])
return number
"""
_CHANGING: Final = """
redis.call('SET', KEYS[2], ARGV[1])
return redis.call('INCR', KEYS[1])
"""

Ack = Callable[..., Awaitable[Any]]
Body = dict[str, Any]


def record(ticket: str) -> str:
    """The key of a ticket's record."""
    return f"{{s}}:ticket:{ticket}"


def main(redis_url: str, slack_url: str, token: str, secret: str, kind: str, *words: str) -> None:
    asyncio.run(_serve(redis_url, slack_url, token, secret, kind, *words))


async def _opening(app: AsyncApp, redis: Any, callback: str) -> None:
    sha = await redis.script_load(_OPENING)

    async def submitted(ack: Ack, body: Body) -> None:
        number = await redis.evalsha(sha, 2, COUNT, "{s}:ticket:", body["view"]["id"])
        said = {"type": "section", "text": {"type": "mrkdwn", "text": f"*BARE-{number}* is recorded."}}
        view = {"type": "modal", "title": {"type": "plain_text", "text": "Recorded"}, "blocks": [said]}
        await ack(response_action="update", view=view)

    app.view(callback)(submitted)


async def _helping(app: AsyncApp, redis: Any, answer: str) -> None:
    del redis
    said = json.loads(answer)

    async def asked(ack: Ack) -> None:
        await ack(said)

    app.command("/incident")(asked)


async def _listing(app: AsyncApp, redis: Any, answer: str) -> None:
    said = json.loads(answer)

    async def asked(ack: Ack) -> None:
        ids = await redis.zrange(OPEN, 0, -1)
        await redis.mget([record(ticket.decode()) for ticket in ids])
        await ack(said)

    app.command("/incident")(asked)


async def _acknowledging(app: AsyncApp, redis: Any) -> None:
    sha = await redis.script_load(_CHANGING)

    async def pressed(ack: Ack, body: Body) -> None:
        key = record(body["actions"][0]["value"])
        kept = await redis.get(key)
        await redis.evalsha(sha, 2, COUNT, key, kept)
        await ack()

    app.action("acknowledge")(pressed)


async def _updating(app: AsyncApp, redis: Any, callback: str) -> None:
    sha = await redis.script_load(_CHANGING)

    async def submitted(ack: Ack, body: Body) -> None:
        view = body["view"]
        key = record(json.loads(view["private_metadata"])["ticket"])
        kept = await redis.get(key)
        text = view["state"]["values"]["text"]["text"]["value"]
        await redis.evalsha(sha, 2, COUNT, key, kept + text.encode())
        await ack()

    app.view(callback)(submitted)


_KINDS: Final[Mapping[str, Callable[..., Awaitable[None]]]] = {
    "open": _opening,
    "help": _helping,
    "list": _listing,
    "acknowledge": _acknowledging,
    "update": _updating,
}


async def _serve(redis_url: str, slack_url: str, token: str, secret: str, kind: str, *words: str) -> None:
    redis = Redis.from_url(redis_url, protocol=3)
    app = AsyncApp(
        client=AsyncWebClient(token=token, base_url=slack_url),
        signing_secret=secret,
        process_before_response=True,
    )
    await _KINDS[kind](app, redis, *words)
    server = uvicorn.Server(
        uvicorn.Config(
            AsyncSlackRequestHandler(app),
            host="127.0.0.1",
            port=0,
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
        )
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it no other way
        await asyncio.sleep(0.01)
    tell({"port": server.servers[0].sockets[0].getsockname()[1]})
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGTERM, lambda: setattr(server, "should_exit", True)
    )
    await serving
    await redis.aclose()
