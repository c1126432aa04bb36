"""`/support`: an account's terms, for whoever asks in its channel. Staff may name an account: `/support plan ACME`."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from commands import show
from commands.callers import Asked
from commands.ports import Desk
from commands.views import outages as outage_views
from commands.views import terms as views
from commands.views.desk import with_terms
from commands.views.lists import problem, said
from commands.views.message import Message
from commands.views.terms import Terms
from commands.wall import first_word
from policy.contacts import Matter, contact_limit, listener, may_be_told
from policy.directory import Account
from policy.entitlement import Hotline, NoHotline, NoHotlineWhy, hotline
from policy.schema import Policy
from policy.support_time import promise
from policy.uptime import BadMonth, Month, UptimeGuarantee, month_uptime

ByCommand = Callable[[Desk, Asked], Awaitable[Message]]
Answer = Callable[[Desk, Asked, Terms, str], Awaitable[Message]]


def terms_of(desk: Desk, asked: Asked, account: Account) -> Terms:
    """The terms of an account today, in production."""
    policy = desk.policies.current
    coverage = account.coverage(production=True)
    promises = [promise(policy, coverage, severity) for severity in policy.severities.values()]
    return Terms(asked.who.text, policy, account, promises, desk.clock.now())


def whose(desk: Desk, asked: Asked) -> tuple[Account | None, str]:
    """Whose terms are asked for, and the words besides. Customers get their own, whatever they name, staff those of
    the accounts that they have a role on, and people of a third company get none."""
    who = asked.who
    first, rest = first_word(asked.words)
    named = desk.directory().accounts.get(first.upper())
    belongs = who.is_of_account or who.is_staff
    if named is not None and belongs and who.may_see(named.key):
        return named, rest
    is_theirs = belongs and who.account is not None and who.may_see(who.account.key)
    return (who.account if is_theirs else None), asked.words


def guarantee_of(policy: Policy, plan: str) -> UptimeGuarantee | None:
    """The uptime that a plan guarantees; None: it guarantees none."""
    return policy.uptime if policy.plans[plan].uptime else None


async def _uptime(desk: Desk, asked: Asked, terms: Terms, words: str) -> Message:
    """`uptime [MONTH]`: how a month stands, by the outages that are recorded; this month unless one is named."""
    text, account = asked.who.text, terms.account
    guarantee = guarantee_of(terms.policy, account.plan)
    if guarantee is None:
        return said(text, "uptime.no_guarantee", account=terms.name, plan=terms.plan)
    try:
        month = Month.parse(words) if words else Month.of(terms.now)
    except BadMonth:
        return problem(text, "error.uptime.month")
    if month.start > terms.now:
        return problem(text, "error.uptime.future", month=month)
    recorded = await desk.outages.of_month(account.key, month)
    estimate = month_uptime(guarantee, month, [one.outage for one in recorded], until=terms.now)
    counted = [one for one in recorded if one.outage.component in guarantee.components]
    return outage_views.uptime(terms, estimate, counted, with_ids=asked.who.is_staff)


async def _plan(desk: Desk, asked: Asked, terms: Terms, words: str) -> Message:
    """`plan`: what belongs to it, with the hotline where the account has one. Staff are not told the number."""
    del words
    account = terms.account
    shared = desk.addresses.hotline
    found = hotline(terms.policy, account, None, terms.now, production=True, shared=shared)
    asks = listener(account, asked.who.person, asked.who.channel, staff=asked.who.is_staff)
    if isinstance(found, Hotline) and not may_be_told(asks, Matter.HOTLINE):
        found = NoHotline(NoHotlineWhy.NO_NUMBER, found.severities)
    return views.plan(terms, found, contact_limit(terms.policy, account), desk.addresses)


async def _contacts(desk: Desk, asked: Asked, terms: Terms, words: str) -> Message:
    """`contacts`: who they are. Their e-mail addresses are for themselves and for staff."""
    del desk, words
    asks = listener(terms.account, asked.who.person, asked.who.channel, staff=asked.who.is_staff)
    return views.contacts(terms, addresses=may_be_told(asks, Matter.ADDRESSES))


async def _versions(desk: Desk, asked: Asked, terms: Terms, words: str) -> Message:
    """`versions`: which are supported today."""
    del asked, words
    return views.versions(terms, desk.releases)


def _shown(view: Callable[[Terms], Message]) -> Answer:
    """What is told by the terms alone."""

    async def answer(desk: Desk, asked: Asked, terms: Terms, words: str) -> Message:
        del desk, asked, words
        return view(terms)

    return answer


def _of_account(answer: Answer) -> ByCommand:
    """An answer about the terms of the account that is asked for, or the question whose they are."""

    async def by_command(desk: Desk, asked: Asked) -> Message:
        account, words = whose(desk, asked)
        if account is None and asked.who.account is not None:
            return problem(asked.who.text, "error.not_yours")
        if account is None:
            return problem(asked.who.text, "error.which_account")
        terms = terms_of(desk, asked, account)
        told = await answer(desk, asked, terms, words)
        # People of another company have no commands: all the rest is told by a menu.
        return with_terms(asked.who.text, told, uptime=guarantee_of(terms.policy, account.plan) is not None)

    return by_command


async def tickets_by_command(desk: Desk, asked: Asked) -> Message:
    """`tickets`: the open ones, as `/incident list` tells them."""
    return await show.list_by_command(desk, asked)


async def our_plan(desk: Desk, asked: Asked, value: str) -> Message:
    """*Our plan*, pinned in the account's channel."""
    del value
    return await our_terms(desk, asked, "plan")


async def our_terms(desk: Desk, asked: Asked, value: str) -> Message:
    """The menu below an answer about the terms: `value` is one of the words of `/support`."""
    named = asked.who.account
    answer_to = SUBCOMMANDS.get(value, help_by_command)
    return await answer_to(desk, asked.saying(named.key if named else ""))


async def help_by_command(desk: Desk, asked: Asked) -> Message:
    """What `/support` tells."""
    del desk
    return said(asked.who.text, "support.help")


SUBCOMMANDS: Final[Mapping[str, ByCommand]] = {
    "tickets": tickets_by_command,
    "policy": _of_account(_shown(views.promised)),
    "severity": _of_account(_shown(views.severities)),
    "plan": _of_account(_plan),
    "hours": _of_account(_shown(views.hours)),
    "contacts": _of_account(_contacts),
    "versions": _of_account(_versions),
    "uptime": _of_account(_uptime),
    "help": help_by_command,
}
