"""`/tam`: what technical account managers look up. For staff alone."""

from commands.answers import Answer
from commands.callers import Asked
from commands.handling import scene
from commands.ports import Desk
from commands.roles import Role
from commands.views.accounts import AccountLine, accounts_shown
from commands.views.lists import problem, said


async def accounts(desk: Desk, asked: Asked) -> Answer:
    """`accounts`: those whose designated TAM the person is; engineers and admins see every account that has one. The
    most open tickets first."""
    who = asked.who
    if not who.is_staff:
        return problem(who.text, "error.tam_only")
    known = desk.directory().accounts.values()
    mine = [account for account in known if Role.TAM in who.roles_on(account.key)]
    shown = mine or [account for account in known if account.tam and who.may_see(account.key)]
    lines = []
    for account in shown:
        found = [scene(desk, who, stored.ticket) for stored in await desk.tickets.open_of(account.key)]
        lines.append(AccountLine(account, found))
    lines.sort(key=lambda line: (line.account.practice, -len(line.open), line.account.key))
    return accounts_shown(who.text, desk.policies.current, lines, own=bool(mine))


async def help_by_command(desk: Desk, asked: Asked) -> Answer:
    """What `/tam` tells."""
    del desk
    who = asked.who
    return said(who.text, "tam.help") if who.is_staff else problem(who.text, "error.tam_only")
