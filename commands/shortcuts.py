"""Shortcuts of our own workspace's members: open an incident from anywhere or from a message, and send what was
written in the incident room to the customer. People of another company have none of them."""

from collections.abc import Mapping
from typing import Any, Final

from commands import update
from commands.answers import Answer
from commands.callers import Asked, Caller
from commands.open import form_of
from commands.open_for import choice
from commands.ports import Desk
from commands.reading import as_a_title, what_is_said
from commands.views.form import Prefill
from commands.views.lists import problem
from policy.contacts import contact_of
from policy.directory import Account

OPEN: Final = "open_incident"
OPEN_FROM_MESSAGE: Final = "open_from_message"
SEND_AS_UPDATE: Final = "send_as_update"


async def open_anywhere(desk: Desk, asked: Asked, payload: Mapping[str, Any]) -> Answer:
    """*Open an incident*, from the search or the plus button."""
    del payload
    return _form(desk, asked.who, Prefill())


async def open_from_message(desk: Desk, asked: Asked, payload: Mapping[str, Any]) -> Answer:
    """*Open an incident from this*: its first line is the title, the description quotes all of it."""
    words = as_a_title(payload.get("message") or {})
    return _form(desk, asked.who, Prefill.of(words, whole=True))


async def send_as_update(desk: Desk, asked: Asked, payload: Mapping[str, Any]) -> Answer:
    """*Send as update*, on a message in the room where staff work on a ticket: the form for an update, filled in.
    Nothing crosses before somebody has looked at it and sent the form."""
    who, message = asked.who, payload.get("message") or {}
    thread = message.get("thread_ts") or message.get("ts")
    if who.account is not None:
        return problem(who.text, "error.send.visible")
    ticket = (await desk.rooms.room(who.channel, thread) if thread else None) or await desk.rooms.room(
        who.channel, None
    )
    if ticket is None or not who.is_staff:
        return problem(who.text, "error.send.where")
    return await update.filled_in(desk, asked, ticket, what_is_said(message))


def _form(desk: Desk, who: Caller, prefill: Prefill) -> Answer:
    """The form of the account whose channel this is; else staff choose one, and a customer gets the only one that
    they belong to."""
    if who.account is not None:
        return form_of(desk, who, who.account, prefill)
    if who.is_staff:
        return choice(desk, who, prefill)
    found = _accounts_of(desk, who)
    if len(found) != 1:
        return problem(who.text, "error.open_where")
    return form_of(desk, who, found[0], prefill)


def _accounts_of(desk: Desk, who: Caller) -> list[Account]:
    """The accounts that a person belongs to, as a contact or by company. Our own workspace is nobody's company: a
    guest of it is known as a contact only."""
    team = who.person.team
    return [
        account
        for account in who.directory.accounts.values()
        if contact_of(account, who.person) or (team != desk.home_team and team in account.team_ids)
    ]
