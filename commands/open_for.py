"""Open an incident for somebody who told staff: `/incident for ACME [sev1] TITLE`, in any channel."""

from collections.abc import Sequence

from slack_sdk.models.views import View

from commands.answers import Answer
from commands.callers import Asked, Caller
from commands.open import form_of, read_words
from commands.ports import Desk
from commands.roles import Act, may
from commands.views import form
from commands.views.escape import fitted
from commands.views.form import Meta, Prefill
from commands.views.lists import problem
from commands.wall import first_word
from policy.directory import Account


async def by_command(desk: Desk, asked: Asked) -> Answer:
    """The account's form, with the rest filled in. Without words the account is chosen in the form."""
    who = asked.who
    key, rest = first_word(asked.words)
    if not key:
        return choice(desk, who, Prefill())
    account = who.directory.accounts.get(key.upper())
    if account is None or not may(who.roles_on(account.key), Act.OPEN_FOR):
        known = ", ".join(one.key for one in _accounts(who)[:20])
        return problem(who.text, "error.for_whom", wanted=fitted(key, 20), known=known or "-")
    return form_of(desk, who, account, read_words(desk.policies.current, rest))


def choice(desk: Desk, who: Caller, prefill: Prefill) -> Answer:
    """The form with a choice of the accounts that the person may open for; or that there is none."""
    accounts = _accounts(who)
    if not accounts:
        return problem(who.text, "error.no_accounts")
    return _choose(desk, who, accounts, prefill)


def _choose(desk: Desk, who: Caller, accounts: Sequence[Account], prefill: Prefill) -> View:
    meta = Meta(account="", channel=who.channel)
    return form.build(
        who.text, desk.policies.current, None, meta, prefill, accounts=accounts, for_caller=True
    )


def _accounts(who: Caller) -> list[Account]:
    """Those that the person may open for, by key."""
    known = who.directory.accounts
    return [known[key] for key in sorted(known) if may(who.roles_on(key), Act.OPEN_FOR)]
