"""The directory: who the accounts are, which channel is whose, who belongs to staff. One revisioned snapshot.

Source: policy.md sections 2 and 4.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from policy.plans import Target
from policy.support_time import Coverage
from policy.tickets import MessageRef, Room, Ticket
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
    look at a problem together, for the card. `tam_since` is when its TAM service began (None: when it was first known
    of), `weekly_summary`: its channel gets the weekly summary, in the form that is for customers.
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
    tam_since: date | None = None
    weekly_summary: bool = False

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

    `policies` holds the source of every policy version that a ticket may have been opened under. `moved` has the
    id that a channel has now by every id that it had before, the oldest first: Slack may give it another one.
    """

    revision: int = 0
    accounts: Mapping[str, Account] = {}
    channels: Mapping[str, str] = {}
    policies: Mapping[str, Mapping[str, Any]] = {}
    moved: Mapping[str, str] = {}

    def account_at(self, channel: str) -> Account | None:
        """The account that writes from a channel; None when the channel is nobody's."""
        return self.accounts.get(self.channels.get(self.now_of(channel), ""))

    def now_of(self, channel: str) -> str:
        """The id that a channel has now."""
        return self.moved.get(channel, channel)

    def ids_of(self, channel: str) -> tuple[str, ...]:
        """All ids of a channel, the oldest first; the one it has now is the last."""
        now = self.now_of(channel)
        return (*(old for old, new in self.moved.items() if new == now), now)

    def first_of(self, channel: str) -> str:
        """The id that a channel had first: the same one for good."""
        return self.ids_of(channel)[0]

    def follow(self, ticket: Ticket) -> Ticket:
        """The ticket with the ids that its channels have now."""
        if not self.moved:
            return ticket
        found: dict[str, Any] = {"channel": self.now_of(ticket.channel)}
        for name in ticket.__struct_fields__:
            place = getattr(ticket, name)
            if isinstance(place, Room | MessageRef) and place.channel in self.moved:
                found[name] = replace(place, channel=self.moved[place.channel])
        return replace(ticket, **found)


def moves(known: Mapping[str, str], old: str, new: str) -> dict[str, str]:
    """What has moved, with one move more: each id still leads to the last one. Back to an id that a channel had,
    that one leads nowhere any more."""
    following = {one: new if now == old else now for one, now in known.items() if one != new}
    return following if old == new else {**following, old: new}


def directory_of(
    accounts: Mapping[str, Account],
    policies: Mapping[str, Mapping[str, Any]],
    moved: Mapping[str, str] = MappingProxyType({}),
) -> Directory:
    """A directory with its channel index; an account that names an id that its channel had gets the one it has now.
    Each channel belongs to one account: raises ValueError otherwise."""
    accounts = {
        key: replace(account, channel=moved[account.channel]) if account.channel in moved else account
        for key, account in accounts.items()
    }
    channels: dict[str, str] = {}
    for account in accounts.values():
        other = channels.setdefault(account.channel, account.key)
        if other != account.key:
            raise ValueError(f"the channel {account.channel} is given to both {other} and {account.key}")
    return Directory(accounts=accounts, channels=channels, policies=policies, moved=dict(moved))
