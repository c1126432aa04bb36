"""A TAM is reminded of duties: one message a day at most, on the TAM's own clock, for all that falls due soon."""

import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from bot.readers import Readers
from bot.rounds import Look, Telling, member_of
from commands.ports import DutyHistories, Policies
from commands.views import duties as views
from commands.views.digests import instead
from commands.views.message import Message
from policy.commits import Conflict
from policy.directory import Account, Directory
from policy.duties import DutyHistory, DutyStanding, has_duties, standing, started, to_remind
from policy.tickets import Room
from policy.times_of_day import TimeOfDay

log = logging.getLogger(__name__)

DUTY: Final = "duty"
_DAY: Final = timedelta(days=1)
_MOST_EARLIER: Final = 31

Due = list[tuple[Account, DutyStanding, date]]


class DutyReminders:
    """A `Round`: who is a TAM's user id, the mark the last day whose reminders were told."""

    def __init__(
        self,
        histories: DutyHistories,
        policies: Policies,
        directory: Callable[[], Directory],
        readers: Readers,
    ) -> None:
        self._histories = histories
        self._policies = policies
        self._directory = directory
        self._readers = readers

    def members(self, directory: Directory) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for account in directory.accounts.values():
            if account.tam and has_duties(account):
                found |= member_of(DUTY, account.tam)
        return found

    async def look(self, who: str, told: date | None, now: datetime) -> Look | None:
        directory = self._directory()
        accounts = [one for one in directory.accounts.values() if one.tam == who and has_duties(one)]
        if not accounts:
            return None
        reader = await self._readers.tam(who, accounts)
        policy = self._policies.current
        clock = TimeOfDay(policy.duty_reminders.at, reader.zone.key)
        day, today = clock.newest_day(now), now.astimezone(reader.zone).date()
        told = day if told is None else told
        due: Due = []
        for account in accounts:
            due += self._due(account, await self._history(account, today, now), told, day, today)
        next_at = clock.on(max(day, told) + _DAY)
        if not due or day <= told:
            return Look(max(day, told), next_at)

        async def message() -> Message:
            return views.reminder(reader.text, policy, due, today)

        async def room() -> Room:
            return await self._readers.direct_message(who, directory)

        earlier = [told + number * _DAY for number in range(1, (day - told).days)]
        telling = Telling(
            slot=day,
            earlier=tuple(earlier[-_MOST_EARLIER:]),
            room=room,
            message=message,
            instead=lambda shown, error: instead(self._readers.staff, shown, f"<@{who}>", error),
        )
        return Look(told, next_at, telling)

    def _due(
        self, account: Account, history: DutyHistory, told: date, day: date, today: date
    ) -> list[tuple[Account, DutyStanding, date]]:
        policy = self._policies.current
        found = []
        for stands in standing(policy.duties, account, history, today):
            since = stands.last or started(account, history, today)
            duty = policy.duties[stands.duty]
            if turn := to_remind(policy.duty_reminders, duty, since, told, day):
                found.append((account, stands, turn))
        return found

    async def _history(self, account: Account, today: date, now: datetime) -> DutyHistory:
        """What was done for an account. That its service is known of is recorded where nothing says since when it
        has it: its duties are counted from then."""
        history = await self._histories.of(account.key)
        if account.tam_since is None and history.began is None:
            after = await self._histories.add(history, history.begin(today, now=now))
            history = history if isinstance(after, Conflict) else after
        return history
