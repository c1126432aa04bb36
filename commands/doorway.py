"""Where Slack's payloads come in: what has no known shape is turned away, the rest goes to whoever answers its kind."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from commands import payloads

log = logging.getLogger(__name__)

Ack = Callable[..., Awaitable[Any]]
Listener = Callable[[Ack, Mapping[str, Any], AsyncWebClient], Awaitable[None]]


class Doorway(AsyncMiddleware):
    """The last of Bolt's middleware: answers whatever has the shape of its kind, and nothing reads anything else.
    Listeners of Bolt's own are tried one by one, 15 microseconds each, so there are none."""

    def __init__(self, by_kind: Mapping[str, Listener]) -> None:
        self._by_kind = by_kind

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - Bolt's own name
    ) -> BoltResponse:
        if not payloads.fits(req.body):
            return _unreadable()
        answer = self._by_kind.get(payloads.kind_of(req.body))
        if answer is None:
            return await next()  # which finds no listener, and says so
        ack = req.context.ack
        await answer(ack, req.body, req.context.client)
        return ack.response or resp


async def failing(error: Exception, body: Mapping[str, Any]) -> BoltResponse:
    """What is raised on the way: Slack delivers again what can be read. (Bolt looks at some of a payload before
    anybody else can.)"""
    if not payloads.fits(body):
        return _unreadable()
    log.error("a payload was not answered", exc_info=error)
    return BoltResponse(status=500)


def _unreadable() -> BoltResponse:
    log.warning("a payload of no known shape")
    return BoltResponse(status=400)
