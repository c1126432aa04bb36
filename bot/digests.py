"""The weekly summary by itself: to each TAM one message for all of the TAM's accounts, and to the channel of an account
that wants it, in the form that is for customers."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from bot.readers import Reader, Readers, business_hours
from bot.rounds import Look, Telling, member_of
from commands.ports import DutyHistories
from commands.summaries import Books, pull
from commands.views import digests as views
from commands.views.duties import AccountDuties, overdue_and_soon
from commands.views.escape import escaped
from commands.views.message import Message, mention
from commands.views.summary import overview_message
from commands.views.summary_lines import Words
from policy.digests import DigestClock, DueDigest, due_digest, next_digest_at, week_of
from policy.directory import Account, Directory
from policy.duties import has_duties, standing
from policy.overviews import overview, that_count
from policy.tickets import Room

DIGEST: Final = "digest"
_TAM: Final = "tam"
_WEEK: Final = timedelta(weeks=1)
_MOST_EARLIER: Final = 10


@dataclass(frozen=True, slots=True)
class _Due:
    """A digest that is due, on the reader's clock, and what its mark is now."""

    clock: DigestClock
    told: date
    due: DueDigest
    next_at: datetime


class Digests:
    """A `Round`: who is `tam:USER` or `account:KEY`, the mark the Monday of the last week that was told."""

    def __init__(
        self,
        books: Books,
        histories: DutyHistories,
        directory: Callable[[], Directory],
        readers: Readers,
    ) -> None:
        self._books = books
        self._histories = histories
        self._policies = books.policies
        self._directory = directory
        self._readers = readers

    def members(self, directory: Directory) -> Mapping[str, int]:
        found: dict[str, int] = {}
        if self._policies.current.digest is None:
            return found
        for account in that_count(directory.accounts.values()):
            if account.tam:
                found |= member_of(DIGEST, f"{_TAM}:{account.tam}")
        return found

    async def look(self, who: str, told: date | None, now: datetime) -> Look | None:
        kind, _, whose = who.partition(":")
        return await self._look_tam(whose, told, now) if kind == _TAM else None

    async def _look_tam(self, user: str, told: date | None, now: datetime) -> Look | None:
        directory = self._directory()
        accounts = [one for one in that_count(directory.accounts.values()) if one.tam == user]
        if not accounts:
            return None
        reader = await self._readers.tam(user, accounts)
        found = self._due(reader, told, now)
        if not isinstance(found, _Due):
            return found

        async def message() -> Message:
            return await self._for_tam(accounts, reader, found, now)

        async def room() -> Room:
            return await self._readers.direct_message(user, directory)

        return _looked(
            found,
            room,
            message,
            lambda shown, error: views.instead(self._readers.staff, shown, mention(user), error),
        )

    def _due(self, reader: Reader, told: date | None, now: datetime) -> _Due | Look | None:
        """What is due, or how it stands. None: the policy has no digests."""
        policy = self._policies.current
        if policy.digest is None:
            return None
        clock = DigestClock(policy.digest, reader.zone.key, business_hours(policy, reader.zone))
        if told is None:
            told = clock.newest(now)  # whatever was before is nobody's expectation
        next_at = next_digest_at(clock, told, now)
        due = due_digest(clock, told, now)
        return _Due(clock, told, due, next_at) if due else Look(told, next_at)

    async def _for_tam(
        self, accounts: Sequence[Account], reader: Reader, found: _Due, now: datetime
    ) -> Message:
        week = week_of(found.due.week, found.clock.zone)
        told = overview([await pull(self._books, one, week, now) for one in accounts], week, now)
        policy, text = self._policies.current, reader.text
        words = Words(text, policy, week, now, person=mention, typed=escaped)
        today = now.astimezone(reader.zone).date()
        duties = [
            await self._duties_of(account, reader, today) for account in accounts if has_duties(account)
        ]
        lines = overdue_and_soon(text, policy, duties, today + _WEEK)
        said = views.DigestWords(text, found.clock.zone, found.due, now)
        return views.for_tam(said, overview_message(words, told), lines)

    async def _duties_of(self, account: Account, reader: Reader, today: date) -> AccountDuties:
        history = await self._histories.of(account.key)
        found = standing(self._policies.current.duties, account, history, today)
        return AccountDuties(account, reader.zone, today, found)


def _looked(
    found: _Due,
    room: Callable[[], Awaitable[Room]],
    message: Callable[[], Awaitable[Message]],
    instead: Callable[[Message, str], Message],
) -> Look:
    earlier = found.due.missed[-_MOST_EARLIER:]
    return Look(found.told, found.next_at, Telling(found.due.week, earlier, room, message, instead))
