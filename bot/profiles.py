"""What a member of staff reads, where that person's clock stands, and under which name, from the profile in Slack."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Final
from zoneinfo import ZoneInfo

from bot.slack import Profile, Slack, SlackFault
from policy.schema import LANGUAGES, Language

log = logging.getLogger(__name__)

_MOST_KNOWN: Final = 5_000
FRESH_S: Final = 3_600.0
"""After so long a profile is asked for again: people travel, and set their clocks."""


class Profiles:
    """`language`, `zone` and `name` never wait: a person met for the first time is asked about in the background, and
    until Slack has answered nothing is known. `zones` are those that the operator has set; they go before the
    profile's."""

    def __init__(
        self,
        slack: Slack,
        zones: Mapping[str, str],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._slack = slack
        self._zones = zones
        self._monotonic = monotonic
        self._known: dict[str, tuple[Profile, float]] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}

    def language(self, user: str) -> Language | None:
        """None: not known, or a language that the product does not speak."""
        spoken = (self._look(user).locale or "")[:2]
        return next((one for one in LANGUAGES if one == spoken), None)

    def zone(self, user: str) -> ZoneInfo | None:
        """None: not known."""
        return self._zone(user, None if user in self._zones else self._look(user))

    def name(self, user: str) -> str | None:
        """None: not known."""
        return self._look(user).name

    async def ask(self, user: str) -> Profile:
        """The profile, from Slack unless that was asked lately; one known from before serves while Slack does not
        answer. Raises SlackFault."""
        known = self._known.get(user)
        if known is not None and self._is_fresh(known[1]):
            return known[0]
        try:
            profile = await self._slack.profile_of(user)
        except SlackFault as fault:
            if known is None:
                raise
            log.info("the profile of %s is as it was: %s", user, fault)
            return known[0]
        self._keep(user, profile)
        return profile

    async def ask_zone(self, user: str) -> ZoneInfo | None:
        """Where the person's clock stands; None where the profile says nothing that is known here. Raises
        SlackFault."""
        return self._zone(user, None if user in self._zones else await self.ask(user))

    def _zone(self, user: str, profile: Profile | None) -> ZoneInfo | None:
        name = self._zones.get(user) or (profile.zone if profile else None)
        try:
            return ZoneInfo(name) if name else None
        except (OSError, ValueError, KeyError):
            log.warning("the zone %r of %s is not known here", name, user)
            return None

    def _look(self, user: str) -> Profile:
        """What is known, asking in the background where that is nothing, or of long ago."""
        known = self._known.get(user)
        if (known is None or not self._is_fresh(known[1])) and user not in self._asking:
            task = asyncio.get_running_loop().create_task(self._ask_quietly(user))
            self._asking[user] = task
            task.add_done_callback(lambda _: self._asking.pop(user, None))
        return known[0] if known else Profile()

    async def _ask_quietly(self, user: str) -> None:
        """A fault leaves it to the next time."""
        try:
            await self.ask(user)
        except SlackFault as fault:
            log.info("the profile of %s is not known: %s", user, fault)

    def _keep(self, user: str, profile: Profile) -> None:
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[user] = (profile, self._monotonic())

    def _is_fresh(self, asked_at: float) -> bool:
        return self._monotonic() - asked_at < FRESH_S
