"""The accounts of a technical account manager, a line each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from slack_sdk.models.blocks import Block

from commands.text import Text
from commands.views.card import Scene
from commands.views.escape import fitted
from commands.views.message import Message, context, mention, section
from policy.directory import Account
from policy.schema import Policy

MOST_LISTED: Final = 40


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account and its open tickets."""

    account: Account
    open: Sequence[Scene]


def accounts_shown(text: Text, policy: Policy, lines: Sequence[AccountLine], *, own: bool) -> Message:
    """The accounts in the order given. `own`: they are the reader's; else each names its TAM."""
    if not lines:
        words = text("tam.accounts.none")
        return Message(text=words, blocks=[section(words)])
    head = text("tam.accounts.mine" if own else "tam.accounts.all", count=len(lines))
    shown: list[Block] = [section(head)]
    shown += [section(_line(text, policy, line, own=own)) for line in lines[:MOST_LISTED]]
    if len(lines) > MOST_LISTED:
        shown.append(context(text("list.more", count=len(lines) - MOST_LISTED)))
    return Message(text=head, blocks=shown)


def _line(text: Text, policy: Policy, line: AccountLine, *, own: bool) -> str:
    account = line.account
    facts = [policy.plans[account.plan].name[text.language], account.region, f"<#{account.channel}>"]
    if account.practice:
        facts.append(text("tam.accounts.practice"))
    if not own and account.tam:
        facts.append(text("tam.accounts.tam", tam=mention(account.tam)))
    late = sum(scene.ticket.clock is not None and scene.ticket.clock.due < scene.now for scene in line.open)
    key = "tam.accounts.late" if late else "tam.accounts.open" if line.open else "tam.accounts.quiet"
    standing = text(key, open=len(line.open), late=late)
    return f"*{fitted(account.name, 100)}* ({account.key}) · {standing}\n{' · '.join(facts)}"
