"""Who belongs to support staff, and as what: the lists of the settings, the engineers' user group, the TAMs that the
accounts name."""

import logging
from collections.abc import Callable
from zoneinfo import ZoneInfo

from bot.profiles import Profiles
from bot.settings import StaffTable
from bot.slack import Slack, SlackFault
from commands.roles import Role
from policy.directory import Directory
from policy.schema import Language

log = logging.getLogger(__name__)


class StaffList:
    """`includes` and `roles` cost nothing; `refresh` asks Slack for the group's members. A group that cannot be read
    keeps the members it had; `known` says whether it was read at all (a group that is not set needs none)."""

    def __init__(self, slack: Slack, table: StaffTable, directory: Callable[[], Directory]) -> None:
        self._slack = slack
        self.profiles = Profiles(slack, table.zones)
        self._group = table.engineers_group
        self._engineers = frozenset(table.engineers)
        self._admins = frozenset(table.admins)
        self._tams = frozenset(table.tams)
        self._directory = directory
        self._designated: tuple[int, frozenset[str]] = (-1, frozenset())
        self._members: frozenset[str] = frozenset()
        self.known = self._group is None

    def includes(self, user: str) -> bool:
        lists = (self._engineers, self._members, self._admins, self._tams, self._tams_of_accounts())
        return any(user in one for one in lists)

    def roles(self, user: str) -> frozenset[Role]:
        engineer = user in self._engineers or user in self._members
        found = {Role.ENGINEER: engineer, Role.ADMIN: user in self._admins}
        return frozenset(role for role, held in found.items() if held)

    def language(self, user: str) -> Language | None:
        """What a member of staff reads; None: not known (yet)."""
        return self.profiles.language(user)

    def zone(self, user: str) -> ZoneInfo | None:
        """Where the clock of a member of staff stands: as the settings say, else as the profile does; None: not known
        (yet)."""
        return self.profiles.zone(user)

    async def ask_zone(self, user: str) -> ZoneInfo | None:
        """The same, asking Slack where it has to."""
        try:
            return await self.profiles.ask_zone(user)
        except SlackFault as fault:
            log.info("where the clock of %s stands is not known: %s", user, fault)
            return None

    async def refresh(self) -> None:
        if self._group is None:
            return
        try:
            self._members = frozenset(await self._slack.members_of_group(self._group))
            self.known = True
        except SlackFault as fault:
            log.warning("the members of user group %s cannot be read: %s", self._group, fault)

    def _tams_of_accounts(self) -> frozenset[str]:
        directory = self._directory()
        revision, users = self._designated
        if revision != directory.revision:
            users = frozenset(account.tam for account in directory.accounts.values() if account.tam)
            self._designated = (directory.revision, users)
        return users
