"""`/tam summary`, `/support summary`: what happened to an account, or to all of a person's accounts, in a period.

Staff read all of it, customers the form that is theirs. Only the person who asks sees it, in an account's channel
too. What takes long is told when it is there.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from slack_sdk.models.blocks import ButtonElement

from commands.answers import Answer, Later
from commands.bad_periods import BadPeriod, Fault
from commands.callers import Asked, Caller
from commands.periods import read_period
from commands.ports import Desk
from commands.summaries import Books, pull, pull_these
from commands.support import whose
from commands.views.escape import fitted
from commands.views.lists import problem, said
from commands.views.message import Message, context, mention
from commands.views.period import no_period
from commands.views.summary import account_pages, customer_pages, overview_message
from commands.views.summary_buttons import account_button, file_buttons, next_button, read_shown, shown
from commands.views.summary_lines import Words
from commands.wall import first_word
from policy.customer_summaries import for_customer
from policy.directory import Account
from policy.overviews import that_count
from policy.periods import Period
from policy.summaries import Summary

PERIOD: Final = (
    r"(?:for |in |over |during |from )?(?:the )?"
    r"(?:(?:last|this|past|previous|since|yesterday|today|q[1-4]|\d|mon|tue|wed|thu|fri|sat|sun"
    r"|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[^.!?]{0,50}|[今先昨前去過直第月火水木金土日][^。！？]{0,30})"
)
"""What a customer who mentions the bot can mean as a period behind `summary`; all else is a title."""
_LAST_WEEK: Final = "last week"
_ALL: Final = frozenset({"all", "全部", "すべて", "全て", "全体", "全アカウント"})
_TYPED: Final = 300


async def for_staff(desk: Desk, asked: Asked) -> Answer:
    """`/tam summary [ACCOUNT|all] [PERIOD]`. Without an account it is the one whose channel it is asked in, elsewhere
    all that are the person's."""
    who = asked.who
    if not who.is_staff:
        return problem(who.text, "error.tam_only")
    return _later(who, lambda: _for_staff(desk, asked))


async def for_customers(desk: Desk, asked: Asked) -> Answer:
    """`/support summary [PERIOD]`: in the customer's form, whoever asks."""
    who = asked.who
    account, words = whose(desk, asked)
    if account is None:
        return problem(who.text, "error.not_yours" if who.account is not None else "error.which_account")
    return _later(who, lambda: _for_customer(desk, who, account, words))


async def by_mention(desk: Desk, asked: Asked) -> Answer:
    """`summary`, said to the bot: to each what is theirs."""
    return await (for_staff if asked.who.is_staff else for_customers)(desk, asked)


async def by_button(desk: Desk, asked: Asked, value: str) -> Answer:
    """An account's own, from the summary of all; the next page of one."""
    who, wanted = asked.who, read_shown(value)
    if wanted is None:
        return problem(who.text, "error.summary.button")
    account = desk.directory().accounts.get(wanted.account)
    if account is None or not who.may_see(account.key) or not (who.is_staff or who.is_of_account):
        return problem(who.text, "error.summary.no_account", account=fitted(wanted.account, 40))
    as_customer = wanted.customer or not who.is_staff
    return _later(who, lambda: _page(desk, who, account, wanted.period, wanted.page, customer=as_customer))


def _later(who: Caller, work: Callable[[], Awaitable[Message]]) -> Later:
    return Later(work, said(who.text, "summary.meanwhile"))


async def _for_staff(desk: Desk, asked: Asked) -> Message:
    who = asked.who
    first, rest = first_word(asked.words)
    named = desk.directory().accounts.get(first.upper())
    here = who.account if who.account and who.may_see(who.account.key) else None
    try:
        if named is not None and who.may_see(named.key):
            _is_no_period(desk, who, named, asked.words)
            return await _page(desk, who, named, _read(desk, who, named, rest))
        if first.lower() in _ALL:
            return await _of_all(desk, who, rest)
        if here is not None:
            return await _page(desk, who, here, _read(desk, who, here, asked.words))
        return await _of_all(desk, who, asked.words)
    except BadPeriod as bad:
        if bad.fault is Fault.UNREADABLE and _may_name_an_account(desk, who, first, rest):
            return problem(who.text, "error.summary.no_account", account=fitted(first, 40))
        return no_period(who.text, bad)


async def _for_customer(desk: Desk, who: Caller, account: Account, words: str) -> Message:
    try:
        return await _page(desk, who, account, _read(desk, who, account, words), customer=True)
    except BadPeriod as bad:
        return no_period(who.text, bad)


def _read(desk: Desk, who: Caller, account: Account, words: str) -> Period:
    """A period on the clock of the account's region. Raises BadPeriod."""
    zone = desk.policies.current.regions[account.region].tz
    return _read_in(zone, desk, who, words)


def _read_in(zone: ZoneInfo, desk: Desk, who: Caller, words: str) -> Period:
    return read_period(words or _LAST_WEEK, zone=zone, now=desk.clock.now(), language=who.text.language)


def _is_no_period(desk: Desk, who: Caller, named: Account, words: str) -> None:
    """An account may be called MAY: whether it or the month is meant, nobody knows. Raises BadPeriod when words that
    name an account are a period as well."""
    try:
        _read(desk, who, named, words)
    except BadPeriod:
        return
    raise BadPeriod(Fault.AMBIGUOUS, words)


def _may_name_an_account(desk: Desk, who: Caller, first: str, rest: str) -> bool:
    """Whether words that are no period would be one without the first, which looks like the key of an account."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{1,11}", first):
        return False
    try:
        _read_in(ZoneInfo("UTC"), desk, who, rest)
    except BadPeriod:
        return False
    return True


async def _page(
    desk: Desk, who: Caller, account: Account, period: Period, page: int = 1, *, customer: bool = False
) -> Message:
    """A page of an account's summary; the last one where there are no longer so many."""
    if account.practice:
        return problem(who.text, "error.summary.practice", account=account.key)
    found = await pull(_books(desk), account, period, desk.clock.now())
    words = _words(desk, who, period, found.made)

    def more(number: int) -> ButtonElement:
        to = shown(account.key, period, page=number, customer=customer)
        return next_button(who.text, to)

    files = file_buttons(who.text, shown(account.key, period, customer=customer), staff=who.is_staff)
    pages = (
        customer_pages(words, for_customer(found), more, files)
        if customer
        else account_pages(words, found, more, files)
    )
    return pages[min(page, len(pages)) - 1]


async def _of_all(desk: Desk, who: Caller, words: str) -> Message:
    """All accounts that are the person's, on the person's own clock."""
    zone = await desk.staff.ask_zone(who.person.user)
    period = _read_in(zone or ZoneInfo("UTC"), desk, who, words)
    accounts = [one for one in that_count(desk.directory().accounts.values()) if who.may_see(one.key)]
    found = await pull_these(_books(desk), accounts, period, desk.clock.now())

    def button(summary: Summary) -> ButtonElement:
        return account_button(who.text, summary.name, shown(summary.account, period))

    message = overview_message(_words(desk, who, period, found.made), found, button)
    if zone is None:
        return replace(message, blocks=[*message.blocks, context(who.text("summary.no_zone"))])
    return message


def _books(desk: Desk) -> Books:
    return Books(desk.histories, desk.outages, desk.policies, desk.releases)


def _words(desk: Desk, who: Caller, period: Period, made: datetime) -> Words:
    return Words(
        who.text,
        desk.policies.current,
        period,
        made,
        person=mention,
        typed=lambda typed: fitted(typed, _TYPED),
    )
