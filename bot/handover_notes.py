"""The note at the change of a shift, at each of the times that the settings name, once a day each."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from bot.profiles import Profiles
from bot.readers import Readers
from bot.rounds import Look, Telling, member_of
from bot.slack import Lasting, SlackFault
from commands.ports import Policies, Tickets
from commands.views.digests import instead
from commands.views.handovers import note
from commands.views.message import Message
from policy.directory import Directory
from policy.handovers import handover
from policy.overviews import that_count
from policy.tickets import Room
from policy.times_of_day import TimeOfDay

HANDOVER: Final = "handover"
_DAY: Final = timedelta(days=1)
_MOST_EARLIER: Final = 31


class HandoverNotes:
    """A `Round`: who is a time of day with its zone, the mark the last day on which its note was told. `room` is where:
    it raises Lasting where no channel is set, or customers would read along."""

    def __init__(
        self,
        tickets: Tickets,
        policies: Policies,
        directory: Callable[[], Directory],
        readers: Readers,
        profiles: Profiles,
        times: Sequence[TimeOfDay],
        room: Callable[[], Room],
    ) -> None:
        self._tickets = tickets
        self._policies = policies
        self._directory = directory
        self._readers = readers
        self._profiles = profiles
        self._times = {str(one): one for one in times}
        self._room = room

    def members(self, directory: Directory) -> Mapping[str, int]:
        del directory
        found: dict[str, int] = {}
        for one in self._times:
            found |= member_of(HANDOVER, one)
        return found

    async def look(self, who: str, told: date | None, now: datetime) -> Look | None:
        time = self._times.get(who)
        if time is None:
            return None
        day = time.newest_day(now)
        told = day if told is None else told
        next_at = time.on(max(day, told) + _DAY)
        if day <= told:
            return Look(told, next_at)

        async def message() -> Message:
            return await self._message(time, time.on(day), now)

        async def room() -> Room:
            return self._room()

        earlier = [told + number * _DAY for number in range(1, (day - told).days)]
        telling = Telling(
            slot=day,
            earlier=tuple(earlier[-_MOST_EARLIER:]),
            room=room,
            message=message,
            instead=lambda shown, error: instead(self._readers.staff, shown, None, error),
        )
        return Look(told, next_at, telling)

    async def _message(self, time: TimeOfDay, due: datetime, now: datetime) -> Message:
        accounts = that_count(self._directory().accounts.values())
        open_now = [
            stored.ticket for account in accounts for stored in await self._tickets.open_of(account.key)
        ]
        policy = self._policies.current
        handed = handover(open_now, self._policies.of, policy.handover_ahead, now)
        owners = {ticket.owner for ticket in open_now if ticket.owner}
        names = {owner: await self._name(owner) for owner in sorted(owners)}
        known = {account.key: account.name for account in accounts}
        return note(self._readers.staff, self._policies.of, handed, time, due, names=names, accounts=known)

    async def _name(self, user: str) -> str | None:
        """A person's name, so that nobody is called by a note that is for the next shift; None: Slack tells none."""
        try:
            return (await self._profiles.ask(user)).name
        except (Lasting, SlackFault):
            return None
