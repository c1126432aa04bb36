"""Mentions of the bot: the words of the command, where no command can be typed."""

import re
from collections.abc import Mapping
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from commands.callers import Asked, caller
from commands.dispatch import MENTIONED, Dispatch
from commands.offers import offer
from commands.ports import Desk
from commands.reading import is_by_a_person, writer_of
from commands.views.escape import plain
from policy.tickets import MessageRef

_CALL: Final = re.compile(r"\s*<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>[\s:,、]*")


async def mentioned(dispatch: Dispatch, desk: Desk, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    """A subcommand is answered, for the person alone. Anything else is a title: in an account's channel the form is
    offered, filled in with it; in a ticket's own thread it is a message like any other, and with staff it gets the
    help."""
    event = body["event"]
    if not is_by_a_person(event):
        return
    asked = asked_in(desk, body)
    account = asked.who.account
    if dispatch.is_command(asked.who, asked.words):
        await dispatch.answer_mention(desk, asked, body, client)
        return
    if account is None:
        if asked.who.is_staff:
            await dispatch.answer_mention(desk, asked.saying("help"), body, client)
        return
    if asked.thread is not None and await desk.rooms.room(event["channel"], asked.thread) is not None:
        return
    await offer(
        desk,
        account,
        event["channel"],
        event["ts"],
        user=event["user"],
        words=asked.words,
        thread=asked.thread,
    )


def asked_in(desk: Desk, body: Mapping[str, Any]) -> Asked:
    """What a message asks of the bot: its words without the mention in front."""
    event = body["event"]
    marked_up = event.get("text") or ""
    called = called_by(body)
    writer = writer_of(event, body)
    return Asked(
        who=caller(desk, user=writer.user, team=writer.team, channel=event["channel"]),
        words=plain(marked_up if called is None else called),
        operation=body["event_id"],
        trigger="",
        thread=event.get("thread_ts"),
        message=MessageRef(event["channel"], event["ts"]),
        mentioned=tuple(MENTIONED.findall(called or "")),
    )


def called_by(body: Mapping[str, Any]) -> str | None:
    """What follows a mention of the bot that a message begins with; None: it begins otherwise."""
    found = _CALL.match(body["event"].get("text") or "")
    us = {one.get("user_id") for one in body.get("authorizations") or ()}
    return body["event"]["text"][found.end() :] if found and found[1] in us else None
