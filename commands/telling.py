"""Telling one person what takes longer to make than Slack waits."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from commands.answers import Later
from commands.callers import Caller
from commands.ports import Desk
from commands.showing import sent_back, told
from commands.views.lists import problem
from commands.views.message import Message

log = logging.getLogger(__name__)

_SOON_S: Final = 1.5
"""What takes no longer is the answer itself; what does is told when it is there."""


async def made(desk: Desk, who: Caller, later: Later) -> Message:
    """The message; or why there is none."""
    try:
        return await later.work()
    except desk.unavailable:
        return problem(who.text, "error.unread")
    except Exception:
        log.exception("what was promised for later failed")
        return problem(who.text, "error.unexpected")


async def is_soon(work: "asyncio.Task[Message]") -> bool:
    """Whether it is there while Slack still waits."""
    await asyncio.wait({work}, timeout=_SOON_S)
    return work.done()


async def told_in_time(
    desk: Desk, who: Caller, later: Later, body: Mapping[str, Any], client: AsyncWebClient, thread: str | None
) -> None:
    """Tell what is there soon, or else that it comes, and then what has come."""
    work = asyncio.create_task(made(desk, who, later))
    if not await is_soon(work):
        await told(who, later.meanwhile, body, client, thread)
    await told(who, await work, body, client, thread)


async def told_once_made(
    who: Caller, work: "asyncio.Task[Message]", body: Mapping[str, Any], client: AsyncWebClient
) -> None:
    """By the command's own address, which leads to the person even where the bot is no member."""
    message = await work
    if not await sent_back(message, body, client):
        await told(who, message, body, client, None)
