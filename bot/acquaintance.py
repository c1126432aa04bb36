"""Getting to know people: a contact who is designated by e-mail address is bound to a Slack user when first seen."""

import asyncio
import logging

from bot.slack import Slack, SlackFault
from policy.contacts import bind_contact, contact_of
from policy.directory import Account
from policy.tickets import Person
from storage.directories import Directories
from storage.errors import StorageError

log = logging.getLogger(__name__)


class Acquaintance:
    """`meet` never waits: Slack is asked in the background, usually before the person has filled in the form."""

    def __init__(self, slack: Slack, directories: Directories, home_team: str | None) -> None:
        self._slack = slack
        self._directories = directories
        self._home_team = home_team
        self._known: set[tuple[str, str]] = set()
        self._asking: dict[tuple[str, str], asyncio.Task[None]] = {}

    def meet(self, account: Account, person: Person) -> None:
        """Somebody acts in an account's channel. Asks about people who may be a contact known by e-mail only."""
        who = (account.key, person.user)
        may_be_one = any(contact.user is None for contact in account.contacts)
        if not may_be_one or contact_of(account, person) or who in self._known or who in self._asking:
            return
        task = asyncio.get_running_loop().create_task(self._ask(account.key, person))
        self._asking[who] = task
        task.add_done_callback(lambda _: self._asking.pop(who, None))

    def knows(self, account: Account, person: Person) -> bool:
        """Whether the person's address has been looked at, so that who is no contact now is none."""
        return (account.key, person.user) in self._known

    async def _ask(self, key: str, person: Person) -> None:
        try:
            email = await self._slack.email_of(person.user)
            account = (await self._directories.refresh()).accounts.get(key)
            bound = account and bind_contact(account, person, email, home_team=self._home_team)
            if bound:
                await self._directories.put({key: bound}, {})
        except (SlackFault, StorageError) as fault:
            log.info("whether %s is a contact of %s is not known: %s", person.user, key, fault)
            return
        if email:
            self._known.add((key, person.user))
