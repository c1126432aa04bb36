"""How somebody who is told something by the bot reads it: on which clock, in which language."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.people import names_of
from bot.profiles import Profiles
from bot.slack import Lasting, Slack
from commands.ports import Policies
from commands.text import Text, Texts
from commands.views.escape import escaped
from policy.calendars import Calendar
from policy.directory import Account, Directory
from policy.schema import Language, Policy
from policy.support_time import calendar_of
from policy.tickets import Room

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reader:
    zone: ZoneInfo
    text: Text


class Readers:
    """`language` is the staff's, for whoever's profile says none."""

    def __init__(
        self, slack: Slack, profiles: Profiles, policies: Policies, texts: Texts, language: Language
    ) -> None:
        self._slack = slack
        self._profiles = profiles
        self._policies = policies
        self._texts = texts
        self._language: Language = language

    async def tam(self, user: str, accounts: Sequence[Account]) -> Reader:
        """The TAM of accounts, of which there is one at least. Where neither the settings nor the profile has a zone it
        is the first account's region's. Raises SlackFault but Lasting."""
        try:
            zone = await self._profiles.ask_zone(user)
            await self._profiles.ask(user)
        except Lasting as fault:
            log.warning("the profile of the TAM %s cannot be read: %s", user, fault.error)
            zone = None
        language = self._profiles.language(user) or self._language
        return Reader(zone or self.region(accounts[0]), self._texts(language))

    def region(self, account: Account) -> ZoneInfo:
        return self._policies.current.regions[account.region].tz

    def customer(self, account: Account) -> Reader:
        """The people of an account."""
        return Reader(self.region(account), self._texts(account.language))

    async def names(self, users: Iterable[str], account: Account) -> Mapping[str, str]:
        """Names of people, safe for Slack's markup; who has none there goes by the id."""
        found = await names_of(users, account, self._slack)
        return {user: escaped(name) for user, name in found.items()}

    @property
    def staff(self) -> Text:
        """What staff read in triage."""
        return self._texts(self._language)

    async def direct_message(self, user: str, directory: Directory) -> Room:
        """Where a member of staff reads alone. Raises SlackFault; Lasting for a person on a customer's side: what is
        said there is for staff."""
        contacts = (one.user for account in directory.accounts.values() for one in account.contacts)
        if user in contacts:
            raise Lasting("is_on_a_customers_side")
        return Room(await self._slack.direct_message(user))


def business_hours(policy: Policy, zone: ZoneInfo) -> Calendar | None:
    """The business hours of the region whose clock that is; None: there is no such region."""
    region = next((one.key for one in policy.regions.values() if one.zone == zone.key), None)
    return policy.calendar(calendar_of(policy, policy.business_hours, region)) if region else None
