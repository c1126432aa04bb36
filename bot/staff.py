"""Who belongs to support staff: the lists of the settings, and the members of the engineers' user group."""

import logging
from collections.abc import Iterable

from bot.locales import Locales
from bot.slack import Slack, SlackFault
from policy.schema import Language

log = logging.getLogger(__name__)


class StaffList:
    """`includes` costs nothing; `refresh` asks Slack for the group's members. A group that cannot be read
    keeps the members it had; `known` says whether it was read at all (a group that is not set needs none)."""

    def __init__(self, slack: Slack, users: Iterable[str], group: str | None) -> None:
        self._slack = slack
        self._locales = Locales(slack)
        self._named = frozenset(users)
        self._group = group
        self._members: frozenset[str] = frozenset()
        self.known = group is None

    def includes(self, user: str) -> bool:
        return user in self._named or user in self._members

    def language(self, user: str) -> Language | None:
        """What a member of staff reads; None: not known (yet)."""
        return self._locales.language(user)

    async def refresh(self) -> None:
        if self._group is None:
            return
        try:
            self._members = frozenset(await self._slack.members_of_group(self._group))
            self.known = True
        except SlackFault as fault:
            log.warning("the members of user group %s cannot be read: %s", self._group, fault)
