"""Look: the list of open tickets, one ticket with what happened to it, the help."""

from commands.callers import Asked
from commands.handling import asked_ticket, scene
from commands.ports import Desk
from commands.views.lists import problem, public, said, ticket_list, ticket_shown
from commands.views.message import Message
from commands.wall import tidied
from policy.entitlement import queue_place
from policy.tickets import Ticket


async def list_by_command(desk: Desk, asked: Asked) -> Message:
    """`list`: this channel's account's tickets; staff elsewhere, or with `all`, see those of every account that is
    theirs; `mine` are those that the person owns; `list ACME` those of one account."""
    who, word = asked.who, tidied(asked.words).upper()
    here = who.account if who.account and who.may_see(who.account.key) else None
    known = desk.directory().accounts
    if word in known and who.may_see(word):
        accounts = [word]
    elif who.is_staff and (word in {"ALL", "MINE"} or here is None):
        accounts = [key for key in known if who.may_see(key)]
    elif here is not None:
        accounts = [here.key]
    else:
        return problem(who.text, "error.no_account")
    found = [stored.ticket for account in accounts for stored in await desk.tickets.open_of(account)]
    if word == "MINE":
        mine = {who.person.user}
        found = [t for t in found if t.owner in mine or (not who.is_staff and t.opener.user in mine)]
    found.sort(key=lambda ticket: _place(desk, ticket))
    return ticket_list(who.text, [scene(desk, who, ticket) for ticket in found])


async def by_button(desk: Desk, asked: Asked, value: str) -> Message:
    """*Our tickets*, pinned in the account's channel: that account's, for whoever presses it."""
    del value
    named = asked.who.account
    return await list_by_command(desk, asked.saying(named.key if named else ""))


def _place(desk: Desk, ticket: Ticket) -> tuple[object, ...]:
    """The most urgent severity first, of one severity what is prioritized, of those the next deadline."""
    clock = ticket.clock
    due = (clock is None, clock.due if clock else ticket.opened, ticket.opened, ticket.number)
    return (*queue_place(desk.policies.of(ticket.policy), ticket), *due)


async def show_by_command(desk: Desk, asked: Asked) -> Message:
    """`show ID`."""
    found = await asked_ticket(desk, asked, "show")
    if isinstance(found, Message):
        return found
    entries = await desk.tickets.timeline(found.ticket.id)
    seen = scene(desk, asked.who, found.ticket)
    return ticket_shown(seen, entries if asked.who.is_staff else public(entries))


async def help_by_command(desk: Desk, asked: Asked) -> Message:
    """What this person can do."""
    del desk
    if asked.who.is_staff:
        return said(asked.who.text, "help.staff")
    # Who asks by a mention may have no commands at all.
    return said(asked.who.text, "help" if asked.trigger else "help.mention")
