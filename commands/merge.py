"""Merge: a ticket goes on as another open one of its account, `/incident merge [ID] INTO [REASON]`, or by the form."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from slack_sdk.models.views import View

from commands.answers import Errors, FormAnswer
from commands.callers import Asked, Caller
from commands.forms import instead, named, ticket_for, too_long, why_not, wrong
from commands.handling import (
    Done,
    NotAllowed,
    NoTicket,
    Refused,
    allowed,
    change,
    find,
    forbidden,
    id_in,
    ticket_here,
)
from commands.ports import Desk
from commands.roles import Act
from commands.views import merge_form
from commands.views.lists import problem, said
from commands.views.message import Message
from commands.wall import first_word
from policy import endings
from policy.changes import Change, NotOpen
from policy.endings import CannotMerge, Unmergeable
from policy.schema import Policy
from policy.tickets import State, Ticket
from policy.timeline import TookOver

Outcome = Done | NoTicket | NotAllowed | Refused[NotOpen | CannotMerge]


async def merge(desk: Desk, who: Caller, ticket: str, into: str, reason: str) -> Outcome:
    """The other ticket gets its record once this one is merged, also where an earlier attempt got no further than
    half of it. Of two tickets only one is ever merged into the other, whoever asks for what at the same time. Raises
    the store's errors."""
    if refused := forbidden(who, Act.MERGE, ticket) or forbidden(who, Act.MERGE, into):
        return refused
    other = await find(desk, who, into)
    if isinstance(other, NoTicket):
        return other
    by = who.person.user

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotOpen | CannotMerge:
        del policy
        return endings.merge(current, other.ticket, by, reason, now)

    pair = "merge:" + ":".join(sorted((ticket, into)))
    outcome: Outcome = await allowed(desk, who, Act.MERGE, ticket, pair, decide)
    if isinstance(outcome, Done) and outcome.ticket.merged_into != into:
        # What has been carried out before is the other way round.
        return Refused(outcome.ticket, CannotMerge(into, Unmergeable.NOT_OPEN))
    merged = outcome.ticket if isinstance(outcome, Done | Refused) else None
    if merged is None or (merged.state, merged.merged_into) != (State.MERGED, into):
        return outcome
    recorded = await desk.tickets.timeline(into)
    if not any(isinstance(entry, TookOver) and entry.merged == ticket for entry in recorded):
        await change(
            desk,
            into,
            f"took-over:{ticket}",
            lambda policy, current, now: endings.took_over(current, ticket, by, now),
        )
        return Done(merged)
    return outcome


async def by_command(desk: Desk, asked: Asked) -> Message | View:
    """Two ids, or one in the ticket's own room: `merge ACME-7` there makes this one go on as that."""
    text, who = asked.who.text, asked.who
    first, rest = first_word(asked.words)
    second = id_in(who, first_word(rest)[0])
    if second is None and (into := id_in(who, first)):
        here, _ = await ticket_here(desk, asked.saying(""))
        if here is not None and here != into:
            return await _merged(desk, asked, here, into, rest)
    found = await named(desk, asked, Act.MERGE)
    if isinstance(found, Message):
        return found
    ticket, words = found
    if not words:
        return await _form(desk, asked, ticket)
    into_word, reason = first_word(words)
    into = id_in(who, into_word)
    if into is None:
        return problem(text, "error.merge.into", id=ticket.id)
    return await _merged(desk, asked, ticket.id, into, reason)


async def by_button(desk: Desk, asked: Asked, ticket: str) -> Message | View:
    """The form."""
    found = await ticket_for(desk, asked, Act.MERGE, ticket)
    return found if isinstance(found, Message) else await _form(desk, asked, found)


async def submitted(desk: Desk, asked: Asked, view: Mapping[str, Any]) -> FormAnswer:
    ticket, into, reason = merge_form.parse(view)
    if into is None:
        return wrong(asked, "into", "error.merge.choose")
    outcome = await merge(desk, asked.who, ticket, into, reason)
    if isinstance(outcome, Refused) and isinstance(outcome.reason, CannotMerge):
        return Errors({"into": why_not(desk, asked, outcome).text})
    return None if isinstance(outcome, Done) else instead(desk, asked, outcome)


async def _merged(desk: Desk, asked: Asked, ticket: str, into: str, reason: str) -> Message:
    if long := too_long(asked, reason):
        return long
    outcome = await merge(desk, asked.who, ticket, into, reason)
    if not isinstance(outcome, Done):
        return why_not(desk, asked, outcome)
    return said(asked.who.text, "done.merged", id=ticket, into=into)


async def _form(desk: Desk, asked: Asked, ticket: Ticket) -> Message | View:
    known = await desk.tickets.open_of(ticket.account)
    others = [stored.ticket for stored in known if stored.ticket.id != ticket.id]
    if not others:
        return problem(asked.who.text, "error.merge.none", id=ticket.id)
    return merge_form.build(asked.who.text, ticket, others, asked.who.channel)
