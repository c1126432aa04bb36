"""*Chart* and *Report* below a summary: a file for whoever asks, made and sent once the answer is given.

Staff get it in a direct message. A customer gets it in the account's channel, where all of the account may read it, in
the form that is the customer's.
"""

from typing import Literal

from commands.answers import Answer
from commands.callers import Asked
from commands.ports import Desk
from commands.views.escape import fitted
from commands.views.lists import problem, said
from commands.views.summary_buttons import read_shown
from policy.commits import Operation
from policy.effects import SendSummary


async def chart(desk: Desk, asked: Asked, value: str) -> Answer:
    """*Chart*."""
    return await _send(desk, asked, value, "chart")


async def report(desk: Desk, asked: Asked, value: str) -> Answer:
    """*Report*, internal or for the customer."""
    return await _send(desk, asked, value, "report")


async def _send(desk: Desk, asked: Asked, value: str, shape: Literal["chart", "report"]) -> Answer:
    who, wanted = asked.who, read_shown(value)
    if wanted is None:
        return problem(who.text, "error.summary.button")
    account = desk.directory().accounts.get(wanted.account)
    if account is None or not who.may_see(account.key) or not (who.is_staff or who.is_of_account):
        return problem(who.text, "error.summary.no_account", account=fitted(wanted.account, 40))
    if account.practice:
        return problem(who.text, "error.summary.practice", account=account.key)
    customer = wanted.customer or not who.is_staff
    effect = SendSummary(
        account=account.key,
        period=wanted.period,
        shape=shape,
        by=who.person,
        # What is handed over speaks the account's language, whoever asks.
        language=account.language if customer else who.text.language,
        channel=None if who.is_staff else account.channel,
        thread=None if who.is_staff else asked.thread,
        customer=customer,
    )
    operation = Operation(asked.operation, account.key)
    await desk.tickets.queue(account.key, [effect], operation=operation, now=desk.clock.now())
    return said(who.text, "summary.file.comes" if who.is_staff else "summary.file.comes.here")
