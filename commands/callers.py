"""Who asks, from where: what every command, button and form has in common, read from Slack's payload."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from commands.ports import Desk
from commands.roles import Role
from commands.text import Text
from policy.contacts import contact_of
from policy.directory import Account, Directory
from policy.tickets import MessageRef, Person


@dataclass(frozen=True, slots=True)
class Caller:
    """A person and where the person acts. `account` is whose channel it is (None: nobody's). `text` speaks the
    account's language to customers, and to members of staff their own. `everywhere` are the roles that the person
    has on every account. `is_of_account`: the person belongs to one of the account's workspaces or to the
    vendor's, or the account names none: others may write in the channel too."""

    person: Person
    channel: str
    account: Account | None
    is_staff: bool
    everywhere: frozenset[Role]
    directory: Directory
    is_of_account: bool
    text: Text

    def roles_on(self, account: str) -> frozenset[Role]:
        """What the person is to an account, by its key; nothing to one that there is not. Staff are customers
        nowhere: a TAM is nothing to the accounts of others."""
        known = self.directory.accounts.get(account)
        if known is None:
            return frozenset()
        if self.is_staff:
            designated = known.tam == self.person.user
            return self.everywhere | {Role.TAM} if designated else self.everywhere
        if self.account is None or self.account.key != account:
            return frozenset()
        is_contact = contact_of(known, self.person) is not None
        return frozenset({Role.CUSTOMER, Role.CONTACT} if is_contact else {Role.CUSTOMER})

    def may_see(self, account: str) -> bool:
        """Whether the account's tickets exist for this person."""
        return bool(self.roles_on(account))


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing asked for: by whom, with which words, and the id under which Slack may deliver it again.
    `trigger` opens a form, within 3 s (empty: a mention, which can open none). `thread` is the thread it was asked
    in, `message` the one whose button was pressed or on which it was asked; `mentioned` are the ids of the users
    that the words mention."""

    who: Caller
    words: str
    operation: str
    trigger: str
    thread: str | None = None
    message: MessageRef | None = None
    mentioned: tuple[str, ...] = ()

    def saying(self, words: str) -> "Asked":
        """The same with other words."""
        return replace(self, words=words)


def caller(desk: Desk, *, user: str, team: str, channel: str) -> Caller:
    directory = desk.directory()
    channel = directory.now_of(channel)
    account = directory.account_at(channel)
    is_staff = desk.staff.includes(user)
    language = desk.staff.language(user) if is_staff else account and account.language
    return Caller(
        person=Person(user=user, team=team),
        channel=channel,
        account=account,
        is_staff=is_staff,
        everywhere=frozenset(desk.staff.roles(user)) if is_staff else frozenset(),
        directory=directory,
        is_of_account=account is not None
        and (not account.team_ids or team in {*account.team_ids, desk.home_team}),
        text=desk.texts(language or desk.language),
    )


def command_caller(desk: Desk, body: Mapping[str, Any]) -> Caller:
    """Of a slash command."""
    return caller(desk, user=body["user_id"], team=body.get("team_id") or "", channel=body["channel_id"])


def interactive_caller(desk: Desk, body: Mapping[str, Any], channel: str | None = None) -> Caller:
    """Of a button or a form."""
    person = person_of(body)
    place = channel or (body.get("channel") or {}).get("id") or ""
    return caller(desk, user=person.user, team=person.team, channel=place)


def person_of(body: Mapping[str, Any]) -> Person:
    """Who pressed or sent it. In a shared channel `team` is ours and `user.team_id` the person's own; without
    either the team is empty, which is nobody's."""
    user = body["user"]
    team = user.get("team_id") or (body.get("team") or {}).get("id") or ""
    return Person(user=user["id"], team=team)


def zone_at(desk: Desk, who: Caller) -> ZoneInfo:
    """The zone of the place: of its account's region; UTC where there is none."""
    region = desk.policies.current.regions.get(who.account.region) if who.account else None
    return region.tz if region else ZoneInfo("UTC")
