"""`/tam calendar [ACCOUNT]` and `/tam done DUTY ACCOUNT [DAY|undo]`: the duties of technical account managers.

Whoever may see an account may look; that something was done is said by the account's TAM alone.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from commands import days
from commands.bad_periods import BadPeriod, Fault
from commands.callers import Asked, Caller
from commands.handling import MOST_CONFLICTS, TooManyConflicts
from commands.periods import read_period
from commands.ports import Desk
from commands.roles import Act, Role, may
from commands.text import Text
from commands.views.duties import AccountDuties, calendar_shown, recorded
from commands.views.escape import fitted
from commands.views.lists import problem
from commands.views.message import Message, mention
from commands.wall import tidied
from policy.commits import Conflict
from policy.directory import Account
from policy.duties import (
    DoneAlready,
    DutyDone,
    DutyEntry,
    DutyHistory,
    DutyUndone,
    NothingDone,
    has_duties,
    standing,
)
from policy.duty_rules import Duty
from policy.periods import Unit
from policy.schema import LANGUAGES, Policy

__all__ = ["calendar", "done", "done_by_button", "read_duty", "zone_of_tam"]

FARTHEST: Final = timedelta(days=366)
"""What was done longer ago is a slip of the pen."""

_ZONE_WITHIN_S: Final = 1.0
"""So long Slack may take to tell a TAM's zone, of the 3 s that an answer has."""
_UNDO: Final = frozenset({"undo", "取り消し", "取消", "取消し"})
_NO_NAME: Final = " ・:、,"

Decide = Callable[[DutyHistory, datetime], DutyDone | DutyUndone | DoneAlready | NothingDone]


@dataclass(frozen=True, slots=True)
class _Kept:
    """The history as it is now, and what this operation has added to it, now or before."""

    history: DutyHistory
    entry: DutyEntry


async def calendar(desk: Desk, asked: Asked) -> Message:
    """`calendar [ACCOUNT]`: what is next and what is overdue, of the person's own accounts; engineers and admins see
    those of all."""
    who, text = asked.who, asked.who.text
    if not who.is_staff:
        return problem(text, "error.tam_only")
    word = asked.words.strip().upper()
    shown = [one for one in who.directory.accounts.values() if may(who.roles_on(one.key), Act.CALENDAR)]
    own = [one for one in shown if Role.TAM in who.roles_on(one.key)]
    named = [one for one in shown if one.key == word]
    if word and not named:
        return problem(text, "error.duty.account", account=fitted(word, 20), examples=_examples(text, desk))
    if named and not has_duties(named[0]):
        return problem(text, "error.duty.no_service", account=named[0].key)
    chosen = [one for one in (named or own or shown) if has_duties(one)]
    lines = [await _duties_of(desk, account) for account in chosen]
    mine = bool(own) and not named
    return calendar_shown(
        text, desk.policies.current, lines, mine=mine, may_record=lambda key: _may_record(who, key)
    )


async def done(desk: Desk, asked: Asked) -> Message:
    """`done DUTY ACCOUNT`: done today; with a day behind, then; with `undo`, what was recorded last is taken back."""
    who, text = asked.who, asked.who.text
    if not who.is_staff:
        return problem(text, "error.tam_only")
    policy = desk.policies.current
    account, rest = _account_in(who, tidied(asked.words))
    duty, rest = read_duty(policy, rest)
    if duty is None:
        return problem(text, "error.duty.which", examples=_examples(text, desk))
    if account is None:
        word = rest.partition(" ")[0]
        return problem(text, "error.duty.account", account=fitted(word, 20), examples=_examples(text, desk))
    if not _may_record(who, account.key):
        tam = mention(account.tam) if account.tam else text("duties.no_tam")
        return problem(text, "error.duty.not_tam", account=account.key, tam=tam)
    if not has_duties(account):
        return problem(text, "error.duty.no_service", account=account.key)
    if rest.lower() in _UNDO:
        return await _undo(desk, asked, account, duty)
    zone = await zone_of_tam(desk, account)
    try:
        day = await _read_day(desk, asked, rest, zone)
    except BadPeriod as bad:
        if bad.fault is Fault.FUTURE:
            return problem(text, "error.duty.future", day=fitted(rest, 100))
        return problem(text, "error.duty.day", what=fitted(rest, 100), examples=_examples(text, desk))
    today = desk.clock.now().astimezone(zone).date()
    if day > today or day < today - FARTHEST:
        return problem(text, "error.duty.future" if day > today else "error.duty.far", day=text.full_day(day))
    return await _record(desk, asked, account, duty, day)


async def done_by_button(desk: Desk, asked: Asked, value: str) -> Message:
    """*Done today*, beside a duty of the calendar: `value` is what stands behind `done`."""
    return await done(desk, asked.saying(value))


async def zone_of_tam(desk: Desk, account: Account) -> ZoneInfo:
    """The zone that an account's duties go by: its TAM's, or where that cannot be known in time, its region's."""
    known = None
    if account.tam is not None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_ZONE_WITHIN_S):
                known = await desk.staff.ask_zone(account.tam)
    return known or desk.policies.current.regions[account.region].tz


def read_duty(policy: Policy, words: str) -> tuple[Duty | None, str]:
    """The duty that words begin with, by its key or its name in either language, and the words after it. The longest
    name wins."""
    found, length = None, 0
    for duty in policy.duties.values():
        for name in (duty.key, *(duty.name[language] for language in LANGUAGES)):
            said = tidied(name)
            fits = words[: len(said)].casefold() == said.casefold()
            if fits and not words[len(said) : len(said) + 1].strip(_NO_NAME) and len(said) > length:
                found, length = duty, len(said)
    return found, words[length:].strip(_NO_NAME)


def _account_in(who: Caller, words: str) -> tuple[Account | None, str]:
    """The account that one of the words names, and the others. One that is hidden from the person is a word like any
    other."""
    parts = words.split()
    for number, word in enumerate(parts):
        if word.upper() in who.directory.accounts and may(who.roles_on(word.upper()), Act.CALENDAR):
            return who.directory.accounts[word.upper()], " ".join(parts[:number] + parts[number + 1 :])
    return None, words


def _may_record(who: Caller, account: str) -> bool:
    return may(who.roles_on(account), Act.DUTY_DONE)


async def _read_day(desk: Desk, asked: Asked, words: str, zone: ZoneInfo) -> date:
    """The day that words name; today where there are none. Raises BadPeriod."""
    now = desk.clock.now()
    if not words:
        return now.astimezone(zone).date()
    if not days.is_warm():
        # Only somebody who is quicker than the start waits for this, and nobody else does.
        await asyncio.to_thread(days.warm)
    period = read_period(words, zone=zone, now=now, language=asked.who.text.language)
    if period.unit is not Unit.DAY or period.count != 1:
        raise BadPeriod(Fault.AMBIGUOUS, words)
    return period.first_day


async def _record(desk: Desk, asked: Asked, account: Account, duty: Duty, day: date) -> Message:
    text, by = asked.who.text, asked.who.person.user

    def decide(history: DutyHistory, now: datetime) -> DutyDone | DoneAlready:
        return history.record(duty.key, day, by=by, operation=asked.operation, now=now)

    outcome = await _change(desk, account, asked.operation, decide)
    if isinstance(outcome, DoneAlready):
        before = outcome.before
        name, shown = duty.name[text.language], text.full_day(before.day)
        return problem(
            text, "error.duty.already", duty=name, account=account.key, day=shown, by=mention(before.by)
        )
    return await _told(desk, asked, account, duty, outcome)


async def _undo(desk: Desk, asked: Asked, account: Account, duty: Duty) -> Message:
    text, by = asked.who.text, asked.who.person.user

    def decide(history: DutyHistory, now: datetime) -> DutyUndone | NothingDone:
        return history.undo(duty.key, by=by, operation=asked.operation, now=now)

    outcome = await _change(desk, account, asked.operation, decide)
    if isinstance(outcome, NothingDone):
        return problem(text, "error.duty.nothing", duty=duty.name[text.language], account=account.key)
    return await _told(desk, asked, account, duty, outcome)


async def _change(
    desk: Desk, account: Account, operation: str, decide: Decide
) -> "_Kept | DoneAlready | NothingDone":
    """Decide on the history as it is kept, and add what follows; while others were quicker, decide again. Raises
    TooManyConflicts, and the store's errors."""
    for _ in range(MOST_CONFLICTS):
        base = await desk.duties.of(account.key)
        if before := base.carried_out(operation):
            return _Kept(base, before)
        decided = decide(base, desk.clock.now())
        if isinstance(decided, DoneAlready | NothingDone):
            return decided
        after = await desk.duties.add(base, decided)
        if not isinstance(after, Conflict):
            return _Kept(after, decided)
    raise TooManyConflicts("duties")


async def _told(
    desk: Desk, asked: Asked, account: Account, duty: Duty, kept: "_Kept | DoneAlready | NothingDone"
) -> Message:
    assert isinstance(kept, _Kept)
    assert isinstance(kept.entry, DutyDone | DutyUndone)
    today = desk.clock.now().astimezone(await zone_of_tam(desk, account)).date()
    (stands,) = standing({duty.key: duty}, account, kept.history, today)
    undone = isinstance(kept.entry, DutyUndone)
    return recorded(asked.who.text, account, duty, kept.entry.day, stands, undone=undone)


async def _duties_of(desk: Desk, account: Account) -> AccountDuties:
    zone = await zone_of_tam(desk, account)
    today = desk.clock.now().astimezone(zone).date()
    history = await desk.duties.of(account.key)
    found = standing(desk.policies.current.duties, account, history, today)
    return AccountDuties(account, zone, today, tuple(sorted(found, key=lambda one: one.place)))


def _examples(text: Text, desk: Desk) -> str:
    names = [f"`{duty.key}` ({duty.name[text.language]})" for duty in desk.policies.current.duties.values()]
    first = next(iter(desk.policies.current.duties), "")
    return text("error.duty.examples", duties=text.listed(names), first=first)
