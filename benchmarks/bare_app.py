"""The floor of opening a ticket: Bolt alone, one listener, one script call, the same kind of answer."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Any, Final

import uvicorn
from redis.asyncio import Redis
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.child import tell

_SCRIPT: Final = """
local number = redis.call('INCR', KEYS[1])
redis.call('SET', KEYS[2] .. number, ARGV[1])
return number
"""


def main(redis_url: str, slack_url: str, token: str, secret: str, callback: str) -> None:
    asyncio.run(_serve(redis_url, slack_url, token, secret, callback))


async def _serve(redis_url: str, slack_url: str, token: str, secret: str, callback: str) -> None:
    redis = Redis.from_url(redis_url, protocol=3)
    sha = await redis.script_load(_SCRIPT)
    app = AsyncApp(
        client=AsyncWebClient(token=token, base_url=slack_url),
        signing_secret=secret,
        process_before_response=True,
    )

    async def submitted(ack: Callable[..., Awaitable[Any]], body: dict[str, Any]) -> None:
        number = await redis.evalsha(sha, 2, "{s}:count", "{s}:ticket:", body["view"]["id"])
        said = {"type": "section", "text": {"type": "mrkdwn", "text": f"*BARE-{number}* is recorded."}}
        view = {"type": "modal", "title": {"type": "plain_text", "text": "Recorded"}, "blocks": [said]}
        await ack(response_action="update", view=view)

    app.view(callback)(submitted)
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
