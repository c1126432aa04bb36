"""Open an incident: the form, reached by the command or a button, and what happens when it is sent."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
from slack_sdk.models.views import View

from commands.answers import Answer, Errors, FormAnswer
from commands.callers import Asked, Caller
from commands.handling import zone_of
from commands.ports import Desk
from commands.roles import Act, may
from commands.views import form
from commands.views.confirmation import Receipt, confirmation
from commands.views.form import Meta, Missing, Prefill
from commands.views.lists import problem
from commands.views.message import mention
from commands.wall import first_word
from policy.commits import Operation, Replayed
from policy.contacts import ContactsOnly, NotDesignated, standing
from policy.directory import Account
from policy.effects import CloseOffer
from policy.entitlement import NoHotline, NoHotlineWhy, entitlement
from policy.reminders import wake_at
from policy.schema import Policy
from policy.tickets import MessageRef, Ticket
from policy.transitions import Request, open_ticket

log = logging.getLogger(__name__)


async def by_command(desk: Desk, asked: Asked) -> Answer:
    """`/incident`, with or without words: `/incident sev1 API is down` fills in severity and title."""
    return _form(desk, asked.who, read_words(desk.policies.current, asked.words))


async def by_button(desk: Desk, asked: Asked, value: str) -> Answer:
    """*Get support*, pinned in the account's channel or offered in answer to a mention."""
    try:
        prefill = msgspec.json.decode(value or "{}", type=Prefill)
    except msgspec.DecodeError:
        prefill = Prefill()
    return _form(desk, asked.who, prefill, asked.message)


async def submitted(desk: Desk, asked: Asked, view: Mapping[str, Any]) -> FormAnswer:
    """The form was sent: it turns into a confirmation once the ticket is kept, and not before."""
    who = asked.who
    opener = who.person
    meta, request = form.parse(view, opener)
    if isinstance(request, Missing):
        return Errors({request.block: who.text(f"error.form.{request.block}")})
    account = who.directory.accounts.get(meta.account)
    is_theirs = who.account is not None and who.account.key == meta.account
    if account is None or not (is_theirs or may(who.roles_on(meta.account), Act.OPEN_FOR)):
        return Errors({"title": who.text("error.form.moved")})
    if request.reported is not None and request.reported > desk.clock.now():
        return Errors({"reported": who.text("error.form.reported")})
    request = replace(request, channel=account.channel)
    known = desk.acquaintances.knows(account, opener)
    how = standing(account, opener, staff=who.is_staff, email_known=known)
    if isinstance(how, ContactsOnly):
        names = who.text.listed([contact.name for contact in how.contacts])
        return Errors({"title": who.text("error.form.contacts_only", contacts=names)})
    if isinstance(how, NotDesignated) and (known or not how.unknown_in_slack):
        # Somebody whose address may be among those known by e-mail only is not told to be nobody's contact.
        request = replace(request, tell_contacts=tuple(c.user for c in how.tell if c.user))
    request = replace(request, stranger=not (who.is_staff or who.is_of_account))
    # Of a message that the form is offered for one ticket comes, however many people have the form open.
    operation = (
        f"opened:{who.directory.first_of(who.channel)}:{meta.offered}" if meta.offer else asked.operation
    )
    try:
        ticket = await open_incident(desk, account.key, request, Operation(operation, account.key))
    except desk.unavailable:
        return Errors({"title": who.text("error.form.unavailable")})
    if meta.offer and not _is_what_was_sent(ticket, request):
        return _taken(desk, who, account, meta, request, ticket)
    if meta.offer:
        await _close_offer(desk, asked, meta, ticket)
    policy, now = desk.policies.of(ticket.policy), desk.clock.now()
    found = entitlement(policy, account, ticket, now, vendor=desk.addresses, releases=desk.releases)
    if who.is_staff or not who.is_of_account:
        # The number is told to those alone who may call it.
        found = replace(found, hotline=NoHotline(NoHotlineWhy.ACCOUNT))
    receipt = Receipt(
        text=who.text if who.is_staff else desk.texts(ticket.language),
        policy=policy,
        ticket=ticket,
        entitlement=found,
        standing=how if ticket.not_contact else None,
        zone=zone_of(policy, ticket),
        now=now,
    )
    return confirmation(receipt)


def _is_what_was_sent(ticket: Ticket, request: Request) -> bool:
    sent = (request.opener.user, request.title, request.description)
    return (ticket.opener.user, ticket.title, ticket.description) == sent


def _taken(desk: Desk, who: Caller, account: Account, meta: Meta, request: Request, ticket: Ticket) -> View:
    """The form as it was filled in, where somebody else's has become a ticket for the same message: it says so, and
    sent once more it opens a ticket of its own."""
    words = who.text if who.is_staff else desk.texts(account.language)
    return form.build(
        words,
        desk.policies.current,
        account,
        Meta(account=meta.account, channel=meta.channel),
        Prefill.again(request),
        for_caller=who.is_staff,
        hint=words("form.offer_taken", id=ticket.id, opener=mention(ticket.opener.user)),
    )


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


async def _close_offer(desk: Desk, asked: Asked, meta: Meta, ticket: Ticket) -> None:
    """Let the offer say what came of it. The ticket is kept by then: an offer that stays open is no reason to say
    anything else."""
    effect = CloseOffer(ticket.account, asked.who.channel, meta.offer, meta.offered, ticket.id)
    operation = Operation(f"close:{asked.operation}", ticket.account)
    try:
        await desk.tickets.queue(ticket.account, [effect], operation=operation, now=desk.clock.now())
    except desk.unavailable:
        log.warning("the offer that became %s stays as it was", ticket.id)


def read_words(policy: Policy, words: str) -> Prefill:
    """What `/incident` was given: a severity's name in front, and a title. A name with a figure in it (`sev1`,
    `p1`) needs nothing more, a plain word a colon (`critical: API is down`): `low disk space` and `2 pods are
    gone` are titles."""
    first, rest = first_word(words)
    name = first.removesuffix(":")
    is_code = any(c.isdigit() for c in name) and not name.isdecimal()
    severity = policy.find_severity(name) if is_code or name != first else None
    if severity is None:
        return Prefill.of(words)
    return msgspec.structs.replace(Prefill.of(rest), severity=severity.key)


def form_of(
    desk: Desk, who: Caller, account: Account, prefill: Prefill, offer: MessageRef | None = None
) -> View:
    """The form of an account, for somebody who acts in its channel, or may open for it. `offer` is the
    message whose button opens it, where that offers the form (None: none does)."""
    if not who.is_staff:
        desk.acquaintances.meet(account, who.person)
    words = who.text if who.is_staff else desk.texts(account.language)
    channel = who.channel if who.is_staff else account.channel
    meta = Meta(account=account.key, channel=channel)
    if offer is not None and prefill.offered:
        meta = msgspec.structs.replace(meta, offer=offer.ts, offered=prefill.offered)
    return form.build(words, desk.policies.current, account, meta, prefill, for_caller=who.is_staff)


def _form(desk: Desk, who: Caller, prefill: Prefill, offer: MessageRef | None = None) -> Answer:
    """The form of the account whose channel this is."""
    if who.account is None:
        return problem(who.text, "error.no_account")
    return form_of(desk, who, who.account, prefill, offer)
