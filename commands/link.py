"""Link: staff name the address of the same ticket in the support portal, `/incident link [ID] URL`, or by the form;
`remove` takes it back. The card and the customer's thread show it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from slack_sdk.models.views import View

from commands.answers import FormAnswer
from commands.callers import Asked, Caller
from commands.forms import instead, named, ticket_for, why_not, wrong
from commands.handling import Done, NotAllowed, NoTicket, Refused, allowed
from commands.ports import Desk
from commands.roles import Act
from commands.views import line_form
from commands.views.escape import fitted
from commands.views.lists import problem, said
from commands.views.message import Message
from policy import records
from policy.changes import Change
from policy.records import SameLink, read_link
from policy.schema import Policy
from policy.tickets import Ticket

Outcome = Done | NoTicket | NotAllowed | Refused[SameLink]

_REMOVE: Final = frozenset({"remove", "none", "-", "削除", "解除"})


async def link(desk: Desk, who: Caller, ticket: str, url: str | None, operation: str) -> Outcome:
    """`url` as `read_link` gives it; None takes it back. Raises the store's errors."""

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | SameLink:
        del policy
        return records.link(current, who.person.user, url, now)

    return await allowed(desk, who, Act.LINK, ticket, operation, decide)


async def by_command(desk: Desk, asked: Asked) -> Message | View:
    """Without an address: the form."""
    found = await named(desk, asked, Act.LINK, ended=True)
    if isinstance(found, Message):
        return found
    ticket, words = found
    text = asked.who.text
    if not words:
        return _form(asked, ticket)
    url = None if words.lower() in _REMOVE else read_link(words)
    if url is None and words.lower() not in _REMOVE:
        return problem(text, "error.link", what=fitted(words, 100), id=ticket.id)
    outcome = await link(desk, asked.who, ticket.id, url, asked.operation)
    if not isinstance(outcome, Done):
        return why_not(desk, asked, outcome)
    return said(text, "done.linked" if url else "done.unlinked", id=ticket.id)


async def by_button(desk: Desk, asked: Asked, ticket: str) -> Message | View:
    """The form."""
    found = await ticket_for(desk, asked, Act.LINK, ticket, ended=True)
    return found if isinstance(found, Message) else _form(asked, found)


async def submitted(desk: Desk, asked: Asked, view: Mapping[str, Any]) -> FormAnswer:
    ticket, line = line_form.parse(view)
    url = read_link(line) if line else None
    if line and url is None:
        return wrong(asked, "line", "error.link.form")
    outcome = await link(desk, asked.who, ticket, url, asked.operation)
    return None if isinstance(outcome, Done) else instead(desk, asked, outcome)


def _form(asked: Asked, ticket: Ticket) -> View:
    return line_form.build(asked.who.text, "link", ticket, asked.who.channel, initial=ticket.link or "")
