"""Designated technical contacts: who is one, who may open a ticket, who may be told what.

Source: policy.md sections 2 and 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from policy.directory import Account, Contact
from policy.schema import Policy
from policy.tickets import Person


@dataclass(frozen=True, slots=True)
class Designated:
    """The person is one of the account's technical contacts."""

    contact: Contact


@dataclass(frozen=True, slots=True)
class NotDesignated:
    """The person is none of them, and may open a ticket all the same: it is marked, and the contacts in `tell` are
    told in Slack. `unknown_in_slack` are those who cannot be: only their e-mail address is known."""

    tell: tuple[Contact, ...]
    unknown_in_slack: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class ContactsOnly:
    """Refused, since the account lets only its contacts open tickets. The refusal names them."""

    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class ForACaller:
    """Somebody of staff opens it for a caller: no mark, nothing to refuse."""


Standing = Designated | NotDesignated | ContactsOnly | ForACaller


def standing(account: Account, person: Person, *, staff: bool = False, email_known: bool = False) -> Standing:
    """How a person stands who opens a ticket for the account. Bind e-mail contacts first (`bind_contact`).

    `email_known`: the person's e-mail address was known when that was done. Where it was not, somebody who may be
    one of the contacts that are known by e-mail only is not refused: an incident is never lost.
    """
    if staff:
        return ForACaller()
    contact = contact_of(account, person)
    if contact is not None:
        return Designated(contact)
    reached = tuple(contact for contact in account.contacts if contact.user)
    unknown = tuple(contact for contact in account.contacts if not contact.user)
    may_be_one = bool(unknown) and not email_known
    if account.refuse_non_contacts and account.contacts and not may_be_one:
        return ContactsOnly(account.contacts)
    return NotDesignated(reached, unknown)


def contact_of(account: Account, person: Person) -> Contact | None:
    """The contact that a person is; by the id of the user alone."""
    return next((contact for contact in account.contacts if contact.user == person.user), None)


def bind_contact(
    account: Account, person: Person, email: str | None, *, home_team: str | None = None
) -> Account | None:
    """The account with the contact of that e-mail address bound to the person, when first seen. None: nothing to
    bind. An address counts only from one of the account's own workspaces or from the vendor's (`home_team`), when
    the account names its workspaces: anybody may write any address into the profile of a workspace of theirs."""
    trusted = not account.team_ids or person.team in {*account.team_ids, home_team}
    if not email or not trusted or contact_of(account, person):
        return None
    for place, contact in enumerate(account.contacts):
        if contact.user is None and _same_address(contact.email, email):
            bound = replace(contact, user=person.user)
            return replace(
                account, contacts=(*account.contacts[:place], bound, *account.contacts[place + 1 :])
            )
    return None


def keep_bindings(new: Account, old: Account | None) -> Account:
    """An account as a file has it now, with the users that were bound to its e-mail contacts before."""
    if old is None:
        return new
    users = {
        contact.email.casefold(): contact.user for contact in old.contacts if contact.email and contact.user
    }
    taken = {contact.user for contact in new.contacts if contact.user}
    contacts = []
    for contact in new.contacts:
        user = users.get(contact.email.casefold()) if contact.email and not contact.user else None
        contacts.append(replace(contact, user=user) if user and user not in taken else contact)
    return replace(new, contacts=tuple(contacts))


def contact_limit(policy: Policy, account: Account) -> int | None:
    """How many contacts the account may designate; None: any number."""
    if account.contact_limit is None:
        return policy.plans[account.plan].contacts
    return account.contact_limit if isinstance(account.contact_limit, int) else None


class Listener(StrEnum):
    """In what quality somebody asks about an account. Whoever is none of these is told nothing of it."""

    CONTACT = "contact"
    MEMBER = "member"
    """Anybody else who writes from the account's channel."""
    STAFF = "staff"


class Matter(StrEnum):
    """What can be told."""

    TICKETS = "tickets"
    """The customer's side of the account's tickets: what was reported, said in public, promised and kept."""
    TERMS = "terms"
    """Plan, hours, targets, definitions, versions, uptime."""
    CONTACTS = "contacts"
    """Who the contacts are."""
    ADDRESSES = "addresses"
    """The contacts' e-mail addresses."""
    HOTLINE = "hotline"
    """The number, to an account that has a hotline; only where nobody else sees it."""
    STAFF_SIDE = "staff_side"
    """Notes, reclassification and its reasons, who is on call, other accounts."""


_OF_THE_ACCOUNT: Final = frozenset({Matter.TICKETS, Matter.TERMS, Matter.CONTACTS, Matter.HOTLINE})

MAY_BE_TOLD: Final[Mapping[Listener, frozenset[Matter]]] = MappingProxyType(
    {
        Listener.CONTACT: _OF_THE_ACCOUNT | {Matter.ADDRESSES},
        Listener.MEMBER: _OF_THE_ACCOUNT,
        Listener.STAFF: frozenset(Matter) - {Matter.HOTLINE},
    }
)


def listener(account: Account, person: Person, channel: str, *, staff: bool) -> Listener | None:
    """In what quality a person in a channel asks about an account; None: as a stranger, who is told nothing. Outside
    the account's channel (a direct message, Home) only its contacts are known to be of the account."""
    if staff:
        return Listener.STAFF
    if contact_of(account, person):
        return Listener.CONTACT
    return Listener.MEMBER if channel == account.channel else None


def may_be_told(asks: Listener | None, matter: Matter) -> bool:
    return asks is not None and matter in MAY_BE_TOLD[asks]


def _same_address(one: str | None, other: str) -> bool:
    return one is not None and one.strip().casefold() == other.strip().casefold()
