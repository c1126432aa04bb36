"""What people write, edit and delete in a ticket's thread on the customer's side."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Never

from slack_sdk.web.async_client import AsyncWebClient

from commands.answers import refusal
from commands.callers import Caller, caller, zone_at
from commands.dispatch import Dispatch
from commands.handling import Done, NoTicket, Refused, change, forbidden
from commands.mentions import asked_in, called_by
from commands.offers import wrote
from commands.ports import Desk
from commands.reading import files_without_name, is_by_a_person, sent_at, what_is_said, writer_of
from commands.roles import Act
from commands.update import wrote_in_thread
from policy import transitions
from policy.commits import Operation
from policy.concerns import Edit, message_deleted, message_edited
from policy.schema import Policy
from policy.tickets import Person, Ticket, account_of
from policy.transitions import Change

_KNOWN_WITHIN: Final = timedelta(minutes=10)
"""A thread that is older than this and no ticket's will be none's: where a ticket's thread cannot be posted at all,
what is written in others must not come back for ever."""


async def written(dispatch: Dispatch, desk: Desk, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    """A message, told by an event or read in its thread later (`body` is then the envelope that the event would have
    come in: `event`, `team_id`, `authorizations`): however often it comes, it counts once. In a ticket's thread on
    the customer's side: from staff it is a public update, from anybody else staff see it in their room. Every other
    message is none of the bot's business, and what is asked of the bot is answered as a mention. Raises
    RoomNotKnownYet, and the store's errors."""
    event = body["event"]
    subtype = event.get("subtype")
    if subtype == "message_changed":
        await _edited(dispatch, desk, body, client)
    elif subtype == "message_deleted":
        await _deleted(desk, body)
    elif is_by_a_person(event):
        if "thread_ts" not in event:
            await wrote(desk, _writer(desk, event, body), event, body)
        elif not _is_asked_of_the_bot(dispatch, desk, body):
            await _in_thread(dispatch, desk, body, client)


class RoomNotKnownYet(Exception):
    """Somebody wrote in a thread that may be the one of a ticket whose thread has just been posted, and is not on
    record yet. The event is not acknowledged, so that Slack delivers it again."""


async def _in_thread(dispatch: Dispatch, desk: Desk, body: Mapping[str, Any], client: AsyncWebClient) -> bool:
    """Whether the message had been heard before: then nothing was changed now."""
    event = body["event"]
    who = _writer(desk, event, body)
    ticket = await _ticket_of(desk, who, event)
    if ticket is None:
        return False
    again = False
    if words := what_is_said(event):
        again = await _said(dispatch, desk, who, ticket, words, body, client)
    await desk.rooms.heard(ticket, event["ts"])
    return again


async def _said(
    dispatch: Dispatch,
    desk: Desk,
    who: Caller,
    ticket: str,
    words: str,
    body: Mapping[str, Any],
    client: AsyncWebClient,
) -> bool:
    event = body["event"]
    operation = _operation(who, event)
    if not who.is_staff:
        ticket = await _goes_on_as(desk, ticket)
        replied = await _reply(desk, who, ticket, words, files_without_name(event), operation)
        return isinstance(replied, Done) and replied.again
    outcome = await wrote_in_thread(desk, who, ticket, words, operation)
    if isinstance(outcome, Refused):
        # It is resolved: what they wrote meets no clock, and they should know.
        zone, now = zone_at(desk, who), desk.clock.now()
        dispatch.tell(who, refusal(who.text, outcome, zone, now), body, client, thread=event["thread_ts"])
    return isinstance(outcome, Done) and outcome.again


async def _goes_on_as(desk: Desk, ticket: str) -> str:
    """The ticket that one goes on as, by however many mergers; itself where it was not merged. What a customer still
    writes in the old thread is read where somebody works on it."""
    passed: set[str] = set()
    while ticket not in passed:
        passed.add(ticket)
        stored = await desk.tickets.get(ticket)
        if stored is None or stored.ticket.merged_into is None:
            break
        ticket = stored.ticket.merged_into
    return ticket


async def _reply(
    desk: Desk, who: Caller, ticket: str, words: str, files: tuple[str, ...], operation: str
) -> Done | NoTicket | Refused[Never]:
    person = Person(user=who.person.user, team=who.person.team)

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change:
        return transitions.customer_replied(policy, current, person, words, now, files=files)

    return await change(desk, ticket, operation, decide)


async def _edited(dispatch: Dispatch, desk: Desk, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    """A message was changed: by its writer, or by Slack, which adds what links lead to and changes no words. One that
    comes before the message itself, which Slack then delivers again, is the message."""
    event = body["event"]
    message, before = _whole(event, "message"), _whole(event, "previous_message")
    words, old = what_is_said(message), what_is_said(before)
    if "thread_ts" not in message or not is_by_a_person(message) or words == old or not words:
        return
    if _is_asked_of_the_bot(dispatch, desk, {**body, "event": message}):
        return
    who = _writer(desk, message, body)
    ticket = await _ticket_of(desk, who, message)
    if ticket is None or _counts_for_nothing(who, ticket):
        return
    stamp = (message.get("edited") or {}).get("ts") or event["ts"]
    operation = f"edit:{who.directory.first_of(who.channel)}:{message['ts']}:{stamp}"
    message_itself = Operation(_operation(who, message), account_of(ticket))
    if _is_just_written(event, message) and not await desk.tickets.carried_out(message_itself):
        heard_meanwhile = await _in_thread(dispatch, desk, {**body, "event": message}, client)
        if not heard_meanwhile:
            await change(desk, ticket, operation, _nothing)
            return
    if not who.is_staff:
        ticket = await _goes_on_as(desk, ticket)
    edit = Edit(text=words, before=old, written=sent_at(message["ts"]))

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change:
        return message_edited(policy, current, who.person, edit, now, staff=who.is_staff)

    await change(desk, ticket, operation, decide)


async def _deleted(desk: Desk, body: Mapping[str, Any]) -> None:
    """A message was deleted, by its writer or by somebody who may."""
    message = _whole(body["event"], "previous_message")
    if "thread_ts" not in message or not is_by_a_person(message) or not what_is_said(message):
        return
    who = _writer(desk, message, body)
    ticket = await _ticket_of(desk, who, message)
    if ticket is None or _counts_for_nothing(who, ticket):
        return

    if not who.is_staff:
        ticket = await _goes_on_as(desk, ticket)

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change:
        written = sent_at(message["ts"])
        return message_deleted(current, who.person, written, now, staff=who.is_staff)

    await change(desk, ticket, f"deletion:{who.directory.first_of(who.channel)}:{message['ts']}", decide)
    if _is_just_written(body["event"], message):
        # Should Slack deliver the message itself only now, it is not to come up again.
        await change(desk, ticket, _operation(who, message), _nothing)


async def _ticket_of(desk: Desk, who: Caller, message: Mapping[str, Any]) -> str | None:
    """The ticket in whose thread on the customer's side a message stands; None: in none's, or on the staff's side,
    where nothing that is said goes anywhere. Raises RoomNotKnownYet."""
    if who.account is None:
        return None
    thread = message["thread_ts"]
    ticket = await desk.rooms.room(who.channel, thread)
    if ticket is None and sent_at(message["ts"]) - sent_at(thread) < _KNOWN_WITHIN:
        waiting = await desk.tickets.open_of(who.account.key)
        if any(stored.ticket.customer is None for stored in waiting):
            raise RoomNotKnownYet(who.channel, thread)
    return ticket


def _nothing(policy: Policy, current: Ticket, now: datetime) -> Change:
    """What is dealt with already is put on record, and changes nothing."""
    del policy, now
    return Change(current)


def _operation(who: Caller, message: Mapping[str, Any]) -> str:
    """Under which a message counts once, however its channel is called."""
    return f"message:{who.directory.first_of(who.channel)}:{message['ts']}"


def _is_just_written(event: Mapping[str, Any], message: Mapping[str, Any]) -> bool:
    """Whether Slack may still be delivering the message that an event is about."""
    return sent_at(event["ts"]) - sent_at(message["ts"]) < _KNOWN_WITHIN


def _counts_for_nothing(who: Caller, ticket: str) -> bool:
    """Staff of other accounts post no updates here, so nothing follows from what they change of their messages."""
    return who.is_staff and forbidden(who, Act.UPDATE, ticket) is not None


def _writer(desk: Desk, message: Mapping[str, Any], body: Mapping[str, Any]) -> Caller:
    writer = writer_of(message, body)
    return caller(desk, user=writer.user, team=writer.team, channel=message["channel"])


def _is_asked_of_the_bot(dispatch: Dispatch, desk: Desk, body: Mapping[str, Any]) -> bool:
    """Whether a message is a command to the bot, which is answered as a mention."""
    if called_by(body) is None:
        return False
    asked = asked_in(desk, body)
    return dispatch.is_command(asked.who, asked.words)


def _whole(event: Mapping[str, Any], part: str) -> dict[str, Any]:
    """A message inside an event about it, with the channel that only the event names."""
    return {**(event.get(part) or {}), "channel": event["channel"]}
