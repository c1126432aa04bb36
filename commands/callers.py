"""Who asks, from where: what every command, button and form has in common, read from Slack's payload."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from commands.ports import Desk
from commands.text import Text, text
from policy.directory import Account
from policy.tickets import Person


@dataclass(frozen=True, slots=True)
class Caller:
    """A person and where the person acts. `account` is whose channel it is (None: nobody's). `text` speaks the
    account's language to customers, and to members of staff their own. `is_of_account`: the person belongs to one
    of the account's workspaces or to the vendor's, or the account names none: others may write in the channel too."""

    person: Person
    channel: str
    account: Account | None
    is_staff: bool
    is_of_account: bool
    text: Text

    def may_see(self, account: str) -> bool:
        """Staff see every account's tickets; a customer only those of the account whose channel this is."""
        return self.is_staff or (self.account is not None and self.account.key == account)


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing asked for: by whom, with which words, and the id under which Slack may deliver it again.
    `trigger` opens a form, within 3 s."""

    who: Caller
    words: str
    operation: str
    trigger: str


def caller(desk: Desk, *, user: str, team: str, channel: str) -> Caller:
    account = desk.directory().account_at(channel)
    is_staff = desk.staff.includes(user)
    language = desk.staff.language(user) if is_staff else account and account.language
    return Caller(
        person=Person(user=user, team=team),
        channel=channel,
        account=account,
        is_staff=is_staff,
        is_of_account=account is not None
        and (not account.team_ids or team in {*account.team_ids, desk.home_team}),
        text=text(language or desk.language),
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
