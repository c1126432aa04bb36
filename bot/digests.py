"""The weekly summary by itself: to each TAM one message for all of the TAM's accounts, and to the channel of an account
that wants it, in the form that is for customers."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from slack_sdk.models.blocks import ButtonElement

from bot.people import people_in
from bot.readers import Reader, Readers, business_hours
from bot.rounds import Look, Telling, member_of
from commands.ports import DutyHistories
from commands.summaries import Books, pull, pull_these
from commands.views import digests as views
from commands.views.duties import AccountDuties, overdue_and_soon
from commands.views.escape import escaped, fitted
from commands.views.message import Message, mention
from commands.views.summary import customer_pages, overview_message
from commands.views.summary_buttons import account_button, next_button, shown
from commands.views.summary_lines import Words
from policy.customer_summaries import for_customer
from policy.digests import DigestClock, DueDigest, due_digest, next_digest_at, week_of
from policy.directory import Account, Directory
from policy.duties import has_duties, standing
from policy.overviews import that_count
from policy.summaries import Summary
from policy.tickets import Room

DIGEST: Final = "digest"
_TAM: Final = "tam"
_ACCOUNT: Final = "account"
_WEEK: Final = timedelta(weeks=1)
_MOST_EARLIER: Final = 10
_TYPED: Final = 300


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
            if account.weekly_summary:
                found |= member_of(DIGEST, f"{_ACCOUNT}:{account.key}")
        return found

    async def look(self, who: str, told: date | None, now: datetime) -> Look | None:
        kind, _, whose = who.partition(":")
        if kind == _TAM:
            return await self._look_tam(whose, told, now)
        return await self._look_account(whose, told, now) if kind == _ACCOUNT else None

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

    async def _look_account(self, key: str, told: date | None, now: datetime) -> Look | None:
        account = self._directory().accounts.get(key)
        if account is None or account.practice or not account.weekly_summary:
            return None
        reader = self._readers.customer(account)
        found = self._due(reader, told, now)
        if not isinstance(found, _Due):
            return found

        async def message() -> Message:
            return await self._for_customer(account, reader, found, now)

        async def room() -> Room:
            return Room(account.channel)

        return _looked(
            found,
            room,
            message,
            lambda _, error: views.not_told(
                self._readers.staff, escaped(account.name), account.channel, error
            ),
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
        told = await pull_these(self._books, accounts, week, now)
        policy, text = self._policies.current, reader.text
        words = Words(text, policy, week, now, person=mention, typed=_typed)

        def button(summary: Summary) -> ButtonElement:
            return account_button(text, summary.name, shown(summary.account, week))

        today = now.astimezone(reader.zone).date()
        duties = [
            await self._duties_of(account, reader, today) for account in accounts if has_duties(account)
        ]
        lines = overdue_and_soon(text, policy, duties, today + _WEEK)
        said = views.DigestWords(text, found.clock.zone, found.due, now)
        return views.for_tam(said, overview_message(words, told, button), lines)

    async def _duties_of(self, account: Account, reader: Reader, today: date) -> AccountDuties:
        history = await self._histories.of(account.key)
        found = standing(self._policies.current.duties, account, history, today)
        return AccountDuties(account, reader.zone, today, found)

    async def _for_customer(self, account: Account, reader: Reader, found: _Due, now: datetime) -> Message:
        week = week_of(found.due.week, found.clock.zone)
        told = for_customer(await pull(self._books, account, week, now))
        # Nobody is called by what comes every week.
        names = await self._readers.names(people_in(told, None), account)
        policy, text = self._policies.current, reader.text
        words = Words(text, policy, week, now, person=lambda user: names.get(user, user), typed=_typed)

        def more(number: int) -> ButtonElement:
            return next_button(text, shown(account.key, week, page=number, customer=True))

        said = views.DigestWords(text, found.clock.zone, found.due, now)
        return views.for_customer(said, customer_pages(words, told, more)[0])


def _typed(typed: str) -> str:
    return fitted(typed, _TYPED)


def _looked(
    found: _Due,
    room: Callable[[], Awaitable[Room]],
    message: Callable[[], Awaitable[Message]],
    instead: Callable[[Message, str], Message],
) -> Look:
    earlier = found.due.missed[-_MOST_EARLIER:]
    return Look(found.told, found.next_at, Telling(found.due.week, earlier, room, message, instead))
