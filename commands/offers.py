"""Offer the form below a message: to whoever reacts to it with :ticket:, and below what customers write of their own
accord. Each message is offered once."""

from collections.abc import Mapping
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from commands.callers import Caller
from commands.dispatch import Dispatch
from commands.ports import Desk
from commands.reading import as_a_title, own_user
from policy.commits import Operation
from policy.directory import Account
from policy.effects import OfferForm

REACTION: Final = "ticket"


async def reacted(dispatch: Dispatch, desk: Desk, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    """A reaction to a message in an account's channel. The event does not tell what the message says: that is looked
    at when the form is offered."""
    del dispatch, client
    event = body["event"]
    item = event.get("item") or {}
    account = desk.directory().account_at(item.get("channel") or "")
    author = event.get("item_user")
    if event.get("reaction") != REACTION or item.get("type") != "message" or account is None:
        return
    if event.get("user") == own_user(body) or author == own_user(body):
        return
    addressed = author if author and not desk.staff.includes(author) else event["user"]
    await offer(desk, account, item["channel"], item["ts"], user=addressed)


async def wrote(desk: Desk, who: Caller, event: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    """A message of a customer's own in the account's channel, in no thread. What calls the bot is answered as a
    mention."""
    account = who.account
    if account is None or not account.offer_form or who.is_staff:
        return
    if f"<@{own_user(body)}" in (event.get("text") or ""):
        return
    words = as_a_title(event)
    if words:
        await offer(desk, account, event["channel"], event["ts"], user=who.person.user, words=words)


async def offer(
    desk: Desk,
    account: Account,
    channel: str,
    message: str,
    *,
    user: str,
    words: str = "",
    thread: str | None = None,
) -> None:
    """Queue the offer for a message, whose `ts` it is; the same message again is left alone. `user` is addressed,
    `words` are filled in (empty: what the message says). Raises the store's errors."""
    effect = OfferForm(
        account=account.key,
        channel=channel,
        thread=thread or message,
        user=user,
        title=words,
        message=message,
    )
    operation = Operation(f"offer:{desk.directory().first_of(channel)}:{message}", account.key)
    await desk.tickets.queue(account.key, [effect], operation=operation, now=desk.clock.now())
