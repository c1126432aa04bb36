"""It got worse: the customer says what got worse, and may wish for a severity. Staff decide about it. By the button in
the thread, `/incident worse [ID] TEXT` or a mention."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from slack_sdk.models.views import View

from commands import open as opening
from commands.answers import Answer, Errors, FormAnswer, refusal
from commands.callers import Asked, zone_at
from commands.forms import too_long, why_not
from commands.handling import (
    Done,
    NotAllowed,
    NoTicket,
    Refused,
    allowed,
    find,
    forbidden,
    scene,
    ticket_here,
)
from commands.ports import Desk
from commands.roles import Act
from commands.views import worse_form
from commands.views.lists import problem
from commands.views.message import Message
from commands.views.notice import notice
from policy import concerns
from policy.changes import Change, NotOpen
from policy.entitlement import Hotline, as_opened, hotline
from policy.schema import Policy
from policy.tickets import Ticket

Outcome = Done | NoTicket | NotAllowed | Refused[NotOpen]


async def report_worse(desk: Desk, asked: Asked, ticket: str, words: str, wished: str | None) -> Outcome:
    """Let staff know at once. Raises TooManyConflicts, and the store's errors."""

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotOpen:
        known = wished if wished in policy.severities else None
        return concerns.report_worse(policy, current, asked.who.person, words, known, now)

    return await allowed(desk, asked.who, Act.WORSE, ticket, asked.operation, decide)


async def by_command(desk: Desk, asked: Asked) -> Answer:
    """`worse [ID] TEXT`; without a text, the form."""
    who = asked.who
    ticket, words = await ticket_here(desk, asked)
    if ticket is None and asked.words and not who.is_staff:
        # `worse latency since noon` names no ticket: an incident is never lost, and this is its title.
        return await opening.by_command(desk, asked.saying(f"{Act.WORSE} {asked.words}"))
    if ticket is None:
        return problem(who.text, "error.which_ticket", command=Act.WORSE)
    if not words:
        return await by_button(desk, asked, ticket)
    if long := too_long(asked, words, worse_form.TEXT_LIMIT):
        return long
    outcome = await report_worse(desk, asked, ticket, words, None)
    if not isinstance(outcome, Done):
        return why_not(desk, asked, outcome)
    return worse_form.known(scene(desk, who, outcome.ticket), _hotline(desk, asked, outcome.ticket, None))


async def by_button(desk: Desk, asked: Asked, ticket: str) -> View | Message:
    """*It got worse*: the form, or why there is none."""
    who = asked.who
    if refused := forbidden(who, Act.WORSE, ticket):
        return refusal(who.text, refused, zone_at(desk, who), desk.clock.now())
    found = await find(desk, who, ticket)
    if isinstance(found, NoTicket):
        return problem(who.text, "error.no_ticket", id=found.id)
    if not found.ticket.is_open:
        return problem(who.text, "error.over", id=ticket)
    policy = desk.policies.of(found.ticket.policy)
    return worse_form.build(who.text, policy, found.ticket, who.channel)


async def submitted(desk: Desk, asked: Asked, view: Mapping[str, Any]) -> FormAnswer:
    """The form was sent: it turns into what happens now, with the hotline for whoever may call about it."""
    who = asked.who
    ticket, words, wished = worse_form.parse(view)
    if not words:
        return Errors({"text": who.text("error.form.text")})
    outcome = await report_worse(desk, asked, ticket, words, wished)
    if not isinstance(outcome, Done):
        return Errors({"text": refusal(who.text, outcome, zone_at(desk, who), desk.clock.now()).text})
    number = _hotline(desk, asked, outcome.ticket, wished)
    return notice(who.text, worse_form.known(scene(desk, who, outcome.ticket), number))


def _hotline(desk: Desk, asked: Asked, ticket: Ticket, wished: str | None) -> str | None:
    """The number to call about the severity that it has, or should have; None: the person may not call."""
    account, policy, now = asked.who.account, desk.policies.of(ticket.policy), desk.clock.now()
    if account is None or not asked.who.is_of_account:
        return None
    for severity in (wished, ticket.severity):
        if severity is None or severity not in policy.severities:
            continue
        found = hotline(
            policy,
            as_opened(account, ticket),
            severity,
            now,
            production=ticket.production,
            shared=desk.addresses.hotline,
        )
        if isinstance(found, Hotline):
            return found.number
    return None
