"""What people write in a ticket's thread on the customer's side, and mentions of the bot."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from commands.answers import refusal
from commands.callers import Caller, caller, zone_at
from commands.handling import Refused, change
from commands.open import Ack, whisper
from commands.ports import Desk
from commands.update import wrote_in_thread
from commands.views.escape import plain
from policy import transitions
from policy.commits import Operation
from policy.effects import OfferForm
from policy.schema import Policy
from policy.tickets import Person, Ticket
from policy.transitions import Change


async def written(desk: Desk, ack: Ack, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    """A message event. In a ticket's thread on the customer's side: from staff it is a public update, from
    anybody else staff see it in their room. Every other message is none of the bot's business."""
    event = body["event"]
    await heard(desk, event, body.get("team_id") or "", client)
    await ack()


async def heard(desk: Desk, event: Mapping[str, Any], team: str, client: AsyncWebClient) -> None:
    """A message, told by an event or read in its thread later: however often it comes, it counts once. `team` is
    the writer's where the message does not name it. Raises RoomNotKnownYet, and the store's errors."""
    if "thread_ts" in event and _by_a_person(event):
        await _in_thread(desk, event, team, client)


async def mentioned(desk: Desk, ack: Ack, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    """A mention of the bot: in an account's channel it offers the form, filled in with what was said. In a
    ticket's own thread a mention is a message like any other."""
    del client
    event = body["event"]
    account = desk.directory().account_at(event["channel"])
    if account is not None and _by_a_person(event):
        thread = event.get("thread_ts")
        if thread is None or await desk.rooms.room(event["channel"], thread) is None:
            offer = OfferForm(
                account=account.key,
                channel=event["channel"],
                thread=thread or event["ts"],
                user=event["user"],
                title=_without_mention(event.get("text") or ""),
            )
            operation = Operation(body["event_id"], account.key)
            await desk.tickets.queue(account.key, [offer], operation=operation, now=desk.clock.now())
    await ack()


class RoomNotKnownYet(Exception):
    """Somebody wrote in a thread that may be the one of a ticket whose thread has just been posted, and is not on
    record yet. The event is not acknowledged, so that Slack delivers it again."""


async def _in_thread(desk: Desk, event: Mapping[str, Any], team: str, client: AsyncWebClient) -> None:
    team = event.get("user_team") or team
    who = caller(desk, user=event["user"], team=team, channel=event["channel"])
    if who.account is None:
        return  # the staff's rooms are not the customer's side: nothing that is said there goes anywhere
    ticket = await desk.rooms.room(event["channel"], event["thread_ts"])
    if ticket is None:
        if any(stored.ticket.customer is None for stored in await desk.tickets.open_of(who.account.key)):
            raise RoomNotKnownYet(event["channel"], event["thread_ts"])
        return
    words = _said(event)
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
        await whisper(who, refusal(who.text, outcome, zone, now), client)


async def _reply(desk: Desk, who: Caller, ticket: str, words: str, operation: str) -> None:
    person = Person(user=who.person.user, team=who.person.team)

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change:
        return transitions.customer_replied(policy, current, person, words, now)

    await change(desk, ticket, operation, decide)


def _by_a_person(event: Mapping[str, Any]) -> bool:
    """A message that a person has just written: no bot's, no edit, no deletion, no notice of Slack's."""
    shared = {None, "file_share", "thread_broadcast", "me_message"}
    return event.get("subtype") in shared and "bot_id" not in event and bool(event.get("user"))


def _said(event: Mapping[str, Any]) -> str:
    """What a message says: its words, and the names of its files."""
    names = [str(file.get("name") or file.get("title") or "?") for file in event.get("files") or ()]
    return "\n".join([*filter(None, [plain(event.get("text") or "")]), *(f"📎 {name}" for name in names)])


def _without_mention(marked_up: str) -> str:
    """What was said besides the mention in front."""
    words = marked_up.strip()
    if words.startswith("<@"):
        words = words.partition(">")[2]
    return plain(words)[:150]
