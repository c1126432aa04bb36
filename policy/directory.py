"""The directory: who the accounts are, which channel is whose, who belongs to staff. One revisioned snapshot.

Source: policy.md sections 2 and 4.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from policy.plans import Target
from policy.support_time import Coverage
from policy.words import Language


class Contact(msgspec.Struct, frozen=True, omit_defaults=True):
    """A designated technical contact: a Slack user, or an e-mail address until the person is first seen."""

    name: str
    user: str | None = None
    email: str | None = None
    trained: bool = False


class Account(msgspec.Struct, frozen=True, omit_defaults=True):
    """A customer. `key` is upper case and starts its ticket ids; `channel` is the channel it writes from. `edition` is
    the key of one of the policy's editions.

    What it may have otherwise than its plan, None or nothing meaning as the plan has it: `hours` names a pattern of
    hours that support is open in, `targets` goes by severity, `contact_limit` counts contacts. `hotline` is a
    number of its own (`none`: it has no hotline), `hotline_severities` those that it may call about; a number
    alone is for the plan's severities, or for all of them where the plan has no hotline.
    `refuse_non_contacts`: only a designated contact may open a ticket. `offer_form`: what its people write in the
    channel gets an offer of the form. `call` is the https address of the standing call in which staff and customer
    look at a problem together, for the card.
    """

    key: str
    name: str
    plan: str
    region: str
    channel: str
    language: Language = "en"
    tier: Literal[1, 2, 3] = 2
    edition: str = "hosted"
    team_ids: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    tam_service: bool = False
    tam: str | None = None
    escalation: str | None = None
    portal: str | None = None
    hotline: str | None = None
    practice: bool = False
    hours: str | None = None
    targets: Mapping[str, Target] = {}
    contact_limit: int | Literal["none"] | None = None
    hotline_severities: tuple[str, ...] | None = None
    refuse_non_contacts: bool = False
    offer_form: bool = True
    call: str | None = None

    def __repr__(self) -> str:
        """Its key alone: an account carries a phone number, which belongs in no log."""
        return f"Account({self.key})"

    def coverage(self, *, production: bool) -> Coverage:
        """The terms of a ticket that is opened now."""
        return Coverage(
            plan=self.plan, region=self.region, production=production, hours=self.hours, targets=self.targets
        )


class Directory(msgspec.Struct, frozen=True, omit_defaults=True):
    """A snapshot of the directory. Revision 0 is the empty one; each swap makes the next revision.

    `policies` holds the source of every policy version that a ticket may have been opened under.
    """

    revision: int = 0
    accounts: Mapping[str, Account] = {}
    channels: Mapping[str, str] = {}
    policies: Mapping[str, Mapping[str, Any]] = {}

    def account_at(self, channel: str) -> Account | None:
        """The account that writes from a channel; None when the channel is nobody's."""
        return self.accounts.get(self.channels.get(channel, ""))


def directory_of(accounts: Mapping[str, Account], policies: Mapping[str, Mapping[str, Any]]) -> Directory:
    """A directory with its channel index. Each channel belongs to one account: raises ValueError otherwise."""
    channels: dict[str, str] = {}
    for account in accounts.values():
        other = channels.setdefault(account.channel, account.key)
        if other != account.key:
            raise ValueError(f"the channel {account.channel} is given to both {other} and {account.key}")
    return Directory(accounts=accounts, channels=channels, policies=policies)
