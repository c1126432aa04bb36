"""What people write in a ticket's thread on the customer's side."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from commands.answers import refusal
from commands.callers import Caller, caller, zone_at
from commands.dispatch import Dispatch
from commands.handling import Refused, change
from commands.mentions import asked_in, called_by
from commands.ports import Desk
from commands.reading import is_by_a_person, what_is_said, writer_of
from commands.update import wrote_in_thread
from policy import transitions
from policy.schema import Policy
from policy.tickets import Person, Ticket
from policy.transitions import Change


async def written(dispatch: Dispatch, desk: Desk, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    """A message, told by an event or read in its thread later (`body` is then the envelope that the event would have
    come in: `event`, `team_id`, `authorizations`): however often it comes, it counts once. In a ticket's thread on
    the customer's side: from staff it is a public update, from anybody else staff see it in their room. Every other
    message is none of the bot's business, and what is asked of the bot is answered as a mention. Raises
    RoomNotKnownYet, and the store's errors."""
    event = body["event"]
    if "thread_ts" not in event or not is_by_a_person(event):
        return
    if called_by(body) is not None:
        asked = asked_in(desk, body)
        if dispatch.is_command(asked.who, asked.words):
            return
    await _in_thread(dispatch, desk, body, client)


class RoomNotKnownYet(Exception):
    """Somebody wrote in a thread that may be the one of a ticket whose thread has just been posted, and is not on
    record yet. The event is not acknowledged, so that Slack delivers it again."""


async def _in_thread(dispatch: Dispatch, desk: Desk, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    event = body["event"]
    writer = writer_of(event, body)
    who = caller(desk, user=writer.user, team=writer.team, channel=event["channel"])
    if who.account is None:
        return  # the staff's rooms are not the customer's side: nothing that is said there goes anywhere
    ticket = await desk.rooms.room(event["channel"], event["thread_ts"])
    if ticket is None:
        if any(stored.ticket.customer is None for stored in await desk.tickets.open_of(who.account.key)):
            raise RoomNotKnownYet(event["channel"], event["thread_ts"])
        return
    words = what_is_said(event)
    if not words:
        return
    operation = f"message:{event['channel']}:{event['ts']}"
    if not who.is_staff:
        await _reply(desk, who, ticket, words, operation)
        return
    outcome = await wrote_in_thread(desk, who, ticket, words, operation)
    if isinstance(outcome, Refused):
        # It is resolved: what they wrote meets no clock, and they should know.
        zone, now = zone_at(desk, who), desk.clock.now()
        dispatch.tell(who, refusal(who.text, outcome, zone, now), body, client, thread=event["thread_ts"])


async def _reply(desk: Desk, who: Caller, ticket: str, words: str, operation: str) -> None:
    person = Person(user=who.person.user, team=who.person.team)

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change:
        return transitions.customer_replied(policy, current, person, words, now)

    await change(desk, ticket, operation, decide)
