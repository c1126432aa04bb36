"""How one person gets to see an answer: a message that nobody else sees, or a form."""

import asyncio
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

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
    """Tell it where the person is. What cannot be shown is logged."""
    try:
        if who.channel:
            shown = message.payload()
            await client.chat_postEphemeral(
                channel=who.channel, user=who.person.user, thread_ts=thread, **shown
            )
        elif trigger := body.get("trigger_id"):
            await client.views_open(trigger_id=trigger, view=notice(who.text, message).to_dict())
    except _FAULTS as error:
        # A command can be typed, and its answer's button pressed, where the bot is no member.
        if isinstance(error, SlackApiError) and await sent_back(message, body, client):
            return
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


async def sent_back(message: Message, body: Mapping[str, Any], client: AsyncWebClient) -> bool:
    """Send a message to whoever asked, and nobody else, by the address that came with it; False: there is none, or it
    serves no more."""
    url = str(body.get("response_url") or "")
    if not url:
        return False
    answers = AsyncWebhookClient(
        url, session=client.session, timeout=client.timeout, retry_handlers=[], logger=log
    )
    shown = message.payload()
    try:
        reply = await answers.send(
            text=shown["text"], blocks=shown["blocks"], response_type="ephemeral", replace_original=False
        )
    except _FAULTS as error:
        log.warning("an answer was not sent back: %s", type(error).__name__)
        return False
    if reply.status_code != HTTPStatus.OK:
        log.warning("an answer was not sent back: %s", reply.status_code)
    return reply.status_code == HTTPStatus.OK
