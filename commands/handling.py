"""How a ticket is handled: reload and decide again while others change it, and the ways it can end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from commands.callers import Asked, Caller
from commands.ports import Desk
from commands.views.card import Scene
from commands.views.escape import fitted
from commands.views.lists import problem
from commands.views.message import Message
from policy.commits import Committed, Operation, Replayed, Stored
from policy.reminders import wake_at
from policy.schema import Policy
from policy.tickets import Ticket, account_of
from policy.transitions import Change

MOST_CONFLICTS = 20

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Done:
    """It is kept. `again`: it had been carried out before, and nothing was changed now."""

    ticket: Ticket
    again: bool = False


@dataclass(frozen=True, slots=True)
class NoTicket:
    """There is no such ticket, or it is not for this person to know that there is."""

    id: str


@dataclass(frozen=True, slots=True)
class StaffOnly:
    """Only support staff may do it."""


@dataclass(frozen=True, slots=True)
class Refused(Generic[R]):
    """The rules do not allow it: the reason is one of `policy.transitions`."""

    ticket: Ticket
    reason: R


class TooManyConflicts(Exception):
    """Others changed the ticket again and again while this was being decided. Nothing was changed."""


async def as_staff(
    desk: Desk,
    who: Caller,
    ticket: str,
    operation: str,
    decide: Callable[[Policy, Ticket, datetime], Change | R],
) -> Done | NoTicket | StaffOnly | Refused[R]:
    """Let staff change a ticket. `operation` identifies what Slack may deliver twice. Raises
    TooManyConflicts, and the store's errors."""
    if not who.is_staff:
        return StaffOnly()
    return await change(desk, ticket, operation, decide)


async def change(
    desk: Desk, ticket: str, operation: str, decide: Callable[[Policy, Ticket, datetime], Change | R]
) -> Done | NoTicket | Refused[R]:
    """Decide on the ticket as it is kept, commit; while others were quicker, decide again."""
    for _ in range(MOST_CONFLICTS):
        base = await desk.tickets.get(ticket)
        if base is None:
            return NoTicket(ticket)
        asked = Operation(operation, base.ticket.account)
        policy = desk.policies.of(base.ticket.policy)
        now = desk.clock.now()
        decided = decide(policy, base.ticket, now)
        if not isinstance(decided, Change):
            # A delivery that Slack repeats meets its own effect here: that is no refusal.
            again = await desk.tickets.carried_out(asked)
            return Done(base.ticket, again=True) if again else Refused(base.ticket, decided)
        outcome = await desk.tickets.change(
            base,
            decided,
            wake=wake_at(policy, decided.ticket, now),
            now=now,
            operation=asked,
        )
        match outcome:
            case Committed(stored):
                return Done(stored.ticket)
            case Replayed():
                return Done(base.ticket, again=True)
    raise TooManyConflicts(ticket)


async def find(desk: Desk, who: Caller, ticket: str) -> Stored | NoTicket:
    """A ticket that the person may see. Another account's does not exist: the same answer as a wrong id."""
    if not who.may_see(account_of(ticket)):
        return NoTicket(ticket)
    return await desk.tickets.get(ticket) or NoTicket(ticket)


async def ticket_here(desk: Desk, who: Caller, words: str) -> tuple[str | None, str]:
    """The ticket that a command is about, and the words after it: the first word where it is an id, else the
    ticket of the incident channel it was typed in (None: neither)."""
    first, _, rest = words.strip().partition(" ")
    wanted = first.upper()
    account, dash, number = wanted.rpartition("-")
    if dash and number.isdecimal() and account in desk.directory().accounts and who.may_see(account):
        return f"{account}-{int(number)}", rest.strip()
    return await desk.rooms.room(who.channel, None), words.strip()


async def asked_ticket(desk: Desk, asked: Asked, command: str) -> Stored | Message:
    """The ticket that a command to look at one is about, or why there is none to see."""
    who = asked.who
    ticket, _ = await ticket_here(desk, who, asked.words)
    if ticket is None and asked.words:
        return problem(who.text, "error.no_ticket", id=fitted(asked.words, 20))
    if ticket is None:
        return problem(who.text, "error.which_ticket", command=command)
    found = await find(desk, who, ticket)
    return problem(who.text, "error.no_ticket", id=found.id) if isinstance(found, NoTicket) else found


def scene(desk: Desk, who_text: Caller, ticket: Ticket) -> Scene:
    """What messages about a ticket are rendered from, in the reader's language."""
    policy = desk.policies.of(ticket.policy)
    account = desk.directory().accounts.get(ticket.account)
    return Scene(
        text=who_text.text,
        policy=policy,
        ticket=ticket,
        account=account.name if account else ticket.account,
        zone=zone_of(policy, ticket),
        now=desk.clock.now(),
        for_staff=who_text.is_staff,
    )


def zone_of(policy: Policy, ticket: Ticket) -> ZoneInfo:
    return policy.regions[ticket.region].tz
