"""The duties of technical account managers as they read them: the calendar, what was recorded, the reminder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from slack_sdk.models.blocks import (
    Block,
    ButtonElement,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from commands.text import Text
from commands.views.escape import fitted, joined
from commands.views.message import Message, context, mention, section
from policy.directory import Account
from policy.duties import DutyStanding
from policy.duty_rules import Duty
from policy.schema import Policy

DUTY_DONE: Final = "duty_done"
_WITH_BUTTONS: Final = 8
"""So many accounts have a button beside each duty; of more there is a line each."""
_MOST_LISTED: Final = 40
_MOST_LINES: Final = 40


@dataclass(frozen=True, slots=True)
class AccountDuties:
    """How the duties for an account stand on a day in a zone, what is overdue first."""

    account: Account
    zone: ZoneInfo
    today: date
    duties: Sequence[DutyStanding]


def calendar_shown(
    text: Text,
    policy: Policy,
    accounts: Sequence[AccountDuties],
    *,
    mine: bool,
    may_record: Callable[[str], bool],
) -> Message:
    """What is next and what is overdue, account by account, the worst first. `mine`: they are the reader's own; else
    each names its TAM. `may_record`: whether the reader may say of an account, by its key, that something was
    done."""
    if not accounts:
        words = text("duties.none")
        return Message(text=words, blocks=[section(words)])
    late = sum(one.overdue_since is not None for each in accounts for one in each.duties)
    zones = text.listed(sorted({each.zone.key for each in accounts}))
    key = "duties.head.one" if len(accounts) == 1 else "duties.head"
    head = text(key, accounts=len(accounts), overdue=late, zone=zones)
    ordered = sorted(accounts, key=lambda each: each.duties[0].place if each.duties else ())
    blocks: list[Block] = [section(head)]
    for each in ordered[:_MOST_LISTED]:
        named = _account(text, each, mine=mine)
        lines = [_line(text, policy, one, each.today) for one in each.duties]
        if len(accounts) > _WITH_BUTTONS or not may_record(each.account.key):
            blocks.append(section("\n".join([named, *lines])))
            continue
        blocks.append(section(named))
        blocks += [
            SectionBlock(
                text=MarkdownTextObject(text=line),
                accessory=ButtonElement(
                    action_id=f"{DUTY_DONE}:{one.duty}",
                    value=f"{one.duty} {one.account}",
                    text=PlainTextObject(text=text("button.duty_done")),
                ),
            )
            for one, line in zip(each.duties, lines, strict=True)
        ]
    if len(ordered) > _MOST_LISTED:
        blocks.append(context(text("list.more", count=len(ordered) - _MOST_LISTED)))
    blocks.append(context(text("duties.hint")))
    return Message(text=head, blocks=blocks)


def recorded(
    text: Text, account: Account, duty: Duty, day: date, stands: DutyStanding, *, undone: bool
) -> Message:
    """What is kept now, when the next turn is due, and how a slip is taken back."""
    words = text(
        "duties.undone" if undone else "duties.recorded",
        duty=duty.name[text.language],
        account=_name(account),
        day=text.full_day(day),
        next=text.full_day(stands.due),
        overdue=_overdue(text, stands),
    )
    blocks: list[Block] = [section(words)]
    if not undone:
        blocks.append(context(text("duties.undo", key=duty.key, account=account.key)))
    return Message(text=words, blocks=blocks)


def reminder(
    text: Text, policy: Policy, due: Sequence[tuple[Account, DutyStanding, date]], today: date
) -> Message:
    """What falls due soon, for the TAM: each with its account and the day of the turn."""
    ordered = sorted(due, key=lambda one: (one[2], one[0].key, one[1].duty))
    head = text("duties.remind.one" if len(ordered) == 1 else "duties.remind", count=len(ordered))
    lines = [
        "• "
        + text(
            "duties.remind.line",
            duty=_duty(text, policy, stands.duty),
            account=_name(account),
            day=_when(text, day, today),
            overdue=_overdue(text, stands),
        )
        for account, stands, day in ordered
    ]
    shown = lines[:_MOST_LINES]
    blocks: list[Block] = [section(head), *(section(one) for one in joined(shown))]
    if len(lines) > _MOST_LINES:
        blocks.append(context(text("list.more", count=len(lines) - _MOST_LINES)))
    blocks.append(context(text("duties.hint")))
    lock = f"{head} {lines[0].removeprefix('• ')}"
    # A lock screen knows no bold letters.
    return Message(text=lock.replace("*", ""), blocks=blocks)


def overdue_and_soon(text: Text, policy: Policy, accounts: Sequence[AccountDuties], until: date) -> list[str]:
    """The duties that are overdue, or fall due up to a day, a line each: for the weekly summary."""
    found = [(one, each) for each in accounts for one in each.duties if one.overdue_since or one.due <= until]
    found.sort(key=lambda pair: pair[0].place)
    return [
        text(
            "duties.remind.line",
            duty=_duty(text, policy, one.duty),
            account=_name(each.account),
            day=_when(text, one.due, each.today),
            overdue=_overdue(text, one),
        )
        for one, each in found
    ]


def _account(text: Text, each: AccountDuties, *, mine: bool) -> str:
    name = f"*{_name(each.account)}*"
    if mine:
        return name
    tam = mention(each.account.tam) if each.account.tam else text("duties.no_tam")
    return f"{name} · {text('tam.accounts.tam', tam=tam)}"


def _line(text: Text, policy: Policy, one: DutyStanding, today: date) -> str:
    last = text("duties.last", day=text.full_day(one.last)) if one.last else text("duties.never")
    return text(
        "duties.line",
        duty=_duty(text, policy, one.duty),
        day=_when(text, one.due, today),
        last=last,
        overdue=_overdue(text, one),
    )


def _overdue(text: Text, one: DutyStanding) -> str:
    """What is said behind the next turn: since when it is overdue, and how many turns were missed; or nothing."""
    if one.overdue_since is None:
        return ""
    since = text.full_day(one.overdue_since)
    return text("duties.missed" if one.passed > 1 else "duties.overdue", since=since, missed=one.passed)


def _when(text: Text, day: date, today: date) -> str:
    days = (day - today).days
    if days in {0, 1}:
        return text("duties.today" if days == 0 else "duties.tomorrow", day=text.full_day(day))
    return text.full_day(day)


def _duty(text: Text, policy: Policy, key: str) -> str:
    """Its name; its key where the policy has no such duty any more."""
    known = policy.duties.get(key)
    return known.name[text.language] if known else key


def _name(account: Account) -> str:
    return f"{fitted(account.name, 100)} ({account.key})"
