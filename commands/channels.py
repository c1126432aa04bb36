"""What becomes of a channel. An account's: another id, another company in it, the bot put out of it; an incident
channel: an outsider in it. Staff are told; what cannot be delivered meanwhile is kept among the dead letters."""

from collections.abc import Mapping
from typing import Any, Literal

from slack_sdk.web.async_client import AsyncWebClient

from commands.dispatch import Dispatch
from commands.ports import Desk
from commands.reading import own_user
from policy.commits import Operation
from policy.effects import DeskEffect, NoteChannel, NoteOutsider, PinSupportButton
from policy.tickets import account_of

What = Literal["shared", "unshared", "bot_removed", "archived", "moved"]


async def id_changed(dispatch: Dispatch, desk: Desk, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    """Slack has given a channel another id: the directory follows, and with it every ticket's rooms."""
    del dispatch, client
    old, new = body["event"]["old_channel_id"], body["event"]["new_channel_id"]
    await desk.move_channel(old, new)
    await _note(desk, body, new, "moved")


async def shared(dispatch: Dispatch, desk: Desk, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    """Another company has come into the channel."""
    del dispatch, client
    event = body["event"]
    await _note(desk, body, event["channel"], "shared", event.get("connected_team_id"))


async def unshared(dispatch: Dispatch, desk: Desk, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    """A company has left the channel, or was put out of it."""
    del dispatch, client
    event = body["event"]
    await _note(desk, body, event["channel"], "unshared", event.get("previously_connected_team_id"))


async def bot_left(dispatch: Dispatch, desk: Desk, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    """The bot was put out of the channel."""
    del dispatch, client
    await _note(desk, body, body["event"]["channel"], "bot_removed")


async def archived(dispatch: Dispatch, desk: Desk, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    """The channel was archived."""
    del dispatch, client
    await _note(desk, body, body["event"]["channel"], "archived")


async def joined(dispatch: Dispatch, desk: Desk, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    """The bot is (again) in an account's channel: the message with the buttons for customers stands there from now
    on. Somebody else has come into an incident channel: staff are told of one who is no staff."""
    del dispatch, client
    event = body["event"]
    channel, user = event["channel"], event.get("user")
    account = desk.directory().account_at(channel)
    if account is not None and user == own_user(body):
        await _queue(desk, body, account.key, PinSupportButton(account=account.key, channel=channel))
    if account is not None or not user or user == own_user(body) or desk.staff.includes(user):
        return
    ticket = await desk.rooms.room(channel, None)
    if ticket is not None:
        await _queue(desk, body, account_of(ticket), NoteOutsider(ticket, channel, user))


async def _note(
    desk: Desk, body: Mapping[str, Any], channel: str, what: What, team: str | None = None
) -> None:
    account = desk.directory().account_at(channel)
    if account is not None:
        await _queue(desk, body, account.key, NoteChannel(account.key, channel, what, team))


async def _queue(desk: Desk, body: Mapping[str, Any], account: str, effect: DeskEffect) -> None:
    operation = Operation(body["event_id"], account)
    await desk.tickets.queue(account, [effect], operation=operation, now=desk.clock.now())
