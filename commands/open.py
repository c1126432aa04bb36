"""Open an incident: the form, reached by the command or a button, and what happens when it is sent."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import aiohttp
import msgspec
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from commands.callers import Caller, command_caller, interactive_caller, person_of
from commands.handling import zone_of
from commands.ports import Desk
from commands.text import text
from commands.views import form
from commands.views.confirmation import Receipt, confirmation
from commands.views.escape import plain
from commands.views.form import Meta, Missing, Prefill
from commands.views.lists import problem
from commands.views.message import Message
from policy.commits import Operation, Replayed
from policy.contacts import ContactsOnly, NotDesignated, standing
from policy.entitlement import NoHotline, NoHotlineWhy, entitlement
from policy.reminders import wake_at
from policy.schema import Policy
from policy.tickets import Ticket
from policy.transitions import Request, open_ticket

log = logging.getLogger(__name__)

Ack = Callable[..., Awaitable[Any]]


async def form_by_command(desk: Desk, ack: Ack, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    """`/incident`, with or without words: `/incident sev1 API is down` fills in severity and title."""
    who = command_caller(desk, body)
    if who.account is None:
        await ack(problem(who.text, "error.no_account").payload())
        return
    prefill = read_words(desk.policies.current, plain(body.get("text") or ""))
    slow = await _show(desk, who, prefill, body["trigger_id"], client)
    await ack(slow.payload() if slow else "")


async def form_by_button(desk: Desk, ack: Ack, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    """*Get support*, pinned in the account's channel or offered in answer to a mention."""
    who = interactive_caller(desk, body)
    if who.account is None:
        await whisper(who, problem(who.text, "error.no_account"), client)
    else:
        try:
            prefill = msgspec.json.decode(body["actions"][0].get("value") or "{}", type=Prefill)
        except msgspec.DecodeError:
            prefill = Prefill()
        if slow := await _show(desk, who, prefill, body["trigger_id"], client):
            await whisper(who, slow, client)
    await ack()


async def whisper(who: Caller, message: Message, client: AsyncWebClient) -> None:
    """Tell one person something in the channel where a button was pressed. What was asked for has been decided
    by then, so a message that cannot be shown is logged and changes nothing."""
    try:
        await client.chat_postEphemeral(channel=who.channel, user=who.person.user, **message.payload())
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
        log.warning("could not tell a person in %s: %s", who.channel, type(error).__name__)


async def submitted(desk: Desk, ack: Ack, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    """The form was sent: acknowledged once the ticket is kept, and not before."""
    del client
    view = body["view"]
    opener = person_of(body)
    meta, request = form.parse(view, opener)
    who = interactive_caller(desk, body, channel=meta.channel)
    account = who.account
    if account is None or account.key != meta.account:
        await ack(response_action="errors", errors={"title": who.text("error.form.moved")})
        return
    if isinstance(request, Missing):
        await ack(response_action="errors", errors={request.block: who.text(f"error.form.{request.block}")})
        return
    known = desk.acquaintances.knows(account, opener)
    how = standing(account, opener, staff=who.is_staff, email_known=known)
    if isinstance(how, ContactsOnly):
        names = who.text.listed([contact.name for contact in how.contacts])
        await ack(
            response_action="errors",
            errors={"title": who.text("error.form.contacts_only", contacts=names)},
        )
        return
    if isinstance(how, NotDesignated) and (known or not how.unknown_in_slack):
        # Somebody whose address may be among those known by e-mail only is not told to be nobody's contact.
        request = replace(request, tell_contacts=tuple(c.user for c in how.tell if c.user))
    try:
        ticket = await open_incident(desk, account.key, request, Operation(view["id"], account.key))
    except desk.unavailable:
        await ack(response_action="errors", errors={"title": who.text("error.form.unavailable")})
        return
    policy, now = desk.policies.of(ticket.policy), desk.clock.now()
    found = entitlement(policy, account, ticket, now, vendor=desk.addresses, releases=desk.releases)
    if not who.is_of_account:
        found = replace(found, hotline=NoHotline(NoHotlineWhy.ACCOUNT))
    receipt = Receipt(
        text=text(ticket.language),
        policy=policy,
        ticket=ticket,
        entitlement=found,
        standing=how if ticket.not_contact else None,
        zone=zone_of(policy, ticket),
        now=now,
    )
    await ack(response_action="update", view=confirmation(receipt).to_dict())


async def open_incident(desk: Desk, account_key: str, request: Request, operation: Operation) -> Ticket:
    """Keep a new ticket under the account; the same operation again gets the ticket it made. Raises the
    store's errors."""
    account = desk.directory().accounts[account_key]
    policy = desk.policies.current
    if request.severity is not None and request.severity not in policy.severities:
        # The policy was edited while the form stood open.
        request = replace(request, severity=None)
    now = desk.clock.now()
    outcome = await desk.tickets.open(
        account.key,
        lambda number: open_ticket(policy, account, request, number, now),
        operation=operation,
        wake=lambda change: wake_at(policy, change.ticket, now),
        now=now,
    )
    if isinstance(outcome, Replayed):
        kept = await desk.tickets.get(outcome.ticket)
        assert kept is not None, "an operation's result names a ticket that is kept"
        return kept.ticket
    return outcome.stored.ticket


def read_words(policy: Policy, words: str) -> Prefill:
    """What `/incident` was given: a severity's name in front, and a title. A name with a figure in it (`sev1`,
    `p1`) needs nothing more, a plain word a colon (`critical: API is down`): `low disk space` and `2 pods are
    gone` are titles."""
    first, _, rest = words.partition(" ")
    name = first.removesuffix(":").removesuffix("：")
    is_code = any(c.isdigit() for c in name) and not name.isdecimal()
    severity = policy.find_severity(name) if is_code or name != first else None
    return Prefill(title=rest.strip(), severity=severity.key) if severity else Prefill(title=words)


async def _show(
    desk: Desk, who: Caller, prefill: Prefill, trigger: str, client: AsyncWebClient
) -> Message | None:
    """Open the form; what to say where Slack would not open it (a trigger lives 3 s)."""
    assert who.account is not None
    desk.acquaintances.meet(who.account, who.person)
    meta = Meta(account=who.account.key, channel=who.channel)
    view = form.build(who.text, desk.policies.current, who.account, meta, prefill)
    try:
        await client.views_open(trigger_id=trigger, view=view.to_dict())
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
        log.warning("the form could not be opened: %s", type(error).__name__)
        return problem(who.text, "error.form.slow")
    return None
