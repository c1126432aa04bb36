"""Which language a member of staff reads, from the person's profile in Slack."""

import asyncio
import logging
from typing import Final

from bot.slack import Slack, SlackFault
from policy.schema import LANGUAGES, Language

log = logging.getLogger(__name__)

_MOST_KNOWN: Final = 5_000


class Locales:
    """`language` never waits: a person it meets for the first time is asked about in the background, and reads
    the default until Slack has answered."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        self._known: dict[str, Language | None] = {}
        self._asking: set[asyncio.Task[None]] = set()

    def language(self, user: str) -> Language | None:
        """None: not known, or a language that the product does not speak."""
        if user in self._known:
            return self._known[user]
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[user] = None
        task = asyncio.get_running_loop().create_task(self.ask(user))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)
        return None

    async def ask(self, user: str) -> None:
        """Ask Slack about a person; a fault leaves it to the next time."""
        try:
            locale = await self._slack.locale_of(user)
        except SlackFault as fault:
            log.info("the language of %s is not known: %s", user, fault)
            self._known.pop(user, None)
            return
        spoken = (locale or "")[:2]
        self._known[user] = next((one for one in LANGUAGES if one == spoken), None)
