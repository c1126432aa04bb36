"""How one person gets to see an answer: a message that nobody else sees, or a form."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackClientError
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from commands.callers import Caller
from commands.views.lists import problem
from commands.views.message import Message
from commands.views.notice import notice

log = logging.getLogger(__name__)

_TRIGGER_S: Final = 2.5
"""A trigger lives 3 s, and Slack waits 3 s for its answer."""
_FAULTS: Final = (SlackClientError, aiohttp.ClientError, TimeoutError, OSError)


async def told(
    who: Caller, message: Message, body: Mapping[str, Any], client: AsyncWebClient, thread: str | None
) -> None:
    try:
        if who.channel:
            shown = message.payload()
            await client.chat_postEphemeral(
                channel=who.channel, user=who.person.user, thread_ts=thread, **shown
            )
        elif trigger := body.get("trigger_id"):
            await client.views_open(trigger_id=trigger, view=notice(who.text, message).to_dict())
    except _FAULTS as error:
        log.warning("could not tell a person in %s: %s", who.channel, type(error).__name__)


async def opened(who: Caller, trigger: str, view: View, client: AsyncWebClient) -> Message | None:
    """Open a form; what to say where Slack would not open it (a trigger lives 3 s)."""
    try:
        async with asyncio.timeout(_TRIGGER_S):
            await client.views_open(trigger_id=trigger, view=view.to_dict())
    except _FAULTS as error:
        log.warning("the form could not be opened: %s", type(error).__name__)
        return problem(who.text, "error.form.slow")
    return None
