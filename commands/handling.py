"""How a ticket is handled: reload and decide again while others change it, and the ways it can end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar
from zoneinfo import ZoneInfo

from commands.callers import Asked, Caller
from commands.ports import Desk
from commands.roles import Act, may
from commands.views.card import Scene
from commands.views.escape import fitted
from commands.views.lists import problem
from commands.views.message import Message
from commands.wall import first_word, tidied
from policy.commits import Committed, Operation, Replayed, Stored
from policy.reminders import wake_at
from policy.schema import Policy
from policy.tickets import Ticket, account_of
from policy.transitions import Change

MOST_CONFLICTS: Final = 20
MOST_DIGITS: Final = 9
"""No account has more tickets than such a number counts."""

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
class NotAllowed:
    """The ticket exists for the person, but this is not for them to do."""

    act: Act


@dataclass(frozen=True, slots=True)
class Refused(Generic[R]):
    """The rules do not allow it: the reason is one of `policy.transitions`."""

    ticket: Ticket
    reason: R


class TooManyConflicts(Exception):
    """Others changed the ticket again and again while this was being decided. Nothing was changed."""


async def allowed(
    desk: Desk,
    who: Caller,
    act: Act,
    ticket: str,
    operation: str,
    decide: Callable[[Policy, Ticket, datetime], Change | R],
) -> Done | NoTicket | NotAllowed | Refused[R]:
    """Let a person change a ticket, if that is for them to do. `operation` identifies what Slack may deliver
    twice. Raises TooManyConflicts, and the store's errors."""
    refused = forbidden(who, act, ticket)
    return refused or await change(desk, ticket, operation, decide)


def forbidden(who: Caller, act: Act, ticket: str) -> NoTicket | NotAllowed | None:
    """Why a person may not do this with a ticket; None: they may, if there is one. Another account's ticket does
    not exist for them."""
    roles = who.roles_on(account_of(ticket))
    if not roles:
        return NoTicket(ticket)
    return None if may(roles, act) else NotAllowed(act)


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


async def ticket_here(desk: Desk, asked: Asked) -> tuple[str | None, str]:
    """The ticket that a command is about, and the words after it: the first word where it is an id, else the
    ticket of the thread or the incident channel that it was asked in (None: neither). An id of an account that is
    hidden from the person is an id like any other: it never becomes part of a text."""
    first, rest = first_word(asked.words)
    if named := id_in(asked.who, first):
        return named, rest
    here = await desk.rooms.room(asked.who.channel, asked.thread) if asked.thread else None
    return here or await desk.rooms.room(asked.who.channel, None), asked.words.strip()


def id_in(who: Caller, word: str) -> str | None:
    """The id that a word is; None: it is none. What has the shape of one is one to customers, who must not learn
    which accounts there are; staff write `UTF-8` in an update."""
    account, dash, number = tidied(word).upper().rpartition("-")
    if not dash or not (number.isascii() and number.isdecimal()) or len(number) > MOST_DIGITS:
        return None
    known = account in who.directory.accounts
    shaped = account.isascii() and account.isalnum() and account[:1].isalpha()
    return f"{account}-{int(number)}" if known or (shaped and not who.is_staff) else None


async def asked_ticket(desk: Desk, asked: Asked, command: str) -> Stored | Message:
    """The ticket that a command to look at one is about, or why there is none to see."""
    who = asked.who
    ticket, _ = await ticket_here(desk, asked)
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
        ticket=desk.directory().follow(ticket),
        account=account.name if account else ticket.account,
        zone=zone_of(policy, ticket),
        now=desk.clock.now(),
        for_staff=who_text.is_staff,
    )


def zone_of(policy: Policy, ticket: Ticket) -> ZoneInfo:
    return policy.regions[ticket.region].tz
