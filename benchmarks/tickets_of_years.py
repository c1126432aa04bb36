"""A store as it looks after years: very many tickets, written past the bot, fast.

Some lives are lived by the real rules, in one week. Every other week has the same ones, later, and so have all accounts
of a region. What is shifted are their encoded records, byte by byte: instants are whole seconds, ids and numbers have
one length.
"""

import random
import struct
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from msgspec.structs import replace

from policy.directory import Account
from policy.histories import History
from policy.schema import Policy
from policy.tickets import MessageRef, Person, Room, ticket_id
from policy.timeline import Entry, Source
from policy.transitions import (
    Change,
    Request,
    acknowledge,
    customer_replied,
    open_ticket,
    post_update,
    resolve,
    write_note,
)
from policy.waiting import wait_for_customer
from storage import codec, keys
from storage.connect import Client
from storage.plan import WHOLE

FIRST: Final = datetime(2024, 9, 30, tzinfo=UTC)
"""A Monday."""
WEEKS: Final = 104
A_WEEK: Final = 48
"""Tickets of an account."""
AN_ACCOUNT: Final = WEEKS * A_WEEK
STILL_OPEN: Final = 4
"""Of the last week's, for each account."""
_KEY: Final = "C9999"
_NUMBER: Final = 12_345
_FROM: Final = 10_000
_TOGETHER: Final = 25

_INSTANT: Final = b"\xd6\xff"
_REGIONS: Final = ("us-east", "us-west", "emea", "japan")
_WEEK: Final = timedelta(weeks=1)

_WRITE: Final = """
-- KEYS: a ticket and its timeline for each account; ARGV: the accounts' keys, then the record and the entries of one
-- ticket, in which the account's key is put in place of the one that it was made with
local accounts = #KEYS / 2
for i = 1, accounts do
  local key = ARGV[1 + i]
  redis.call('SET', KEYS[2 * i - 1], (string.gsub(ARGV[accounts + 2], ARGV[1], key)))
  for n = accounts + 3, #ARGV do
    redis.call('XADD', KEYS[2 * i], '*', 'e', (string.gsub(ARGV[n], ARGV[1], key)))
  end
end
"""


@dataclass(frozen=True, slots=True)
class _Life:
    """An encoded ticket with its timeline. `weeks` are those that it belongs to, counted from the first."""

    record: bytes
    entries: tuple[bytes, ...]
    weeks: tuple[int, ...]
    opened_ms: int
    is_open: bool

    def moved(self, number: int, seconds: int) -> tuple[bytes, list[bytes]]:
        """With another number, so much later."""

        def shifted(blob: bytes) -> bytes:
            first, *rest = blob.split(_INSTANT)
            later = (
                _INSTANT + struct.pack(">I", struct.unpack(">I", part[:4])[0] + seconds) + part[4:]
                for part in rest
            )
            return b"".join((first, *later))

        record = shifted(self.record)
        record = record.replace(b"-%d" % _NUMBER, b"-%d" % number)
        record = record.replace(
            b"number\xcd" + struct.pack(">H", _NUMBER), b"number\xcd" + struct.pack(">H", number)
        )
        return record, [shifted(entry) for entry in self.entries]


def accounts_of(policy: Policy, tickets: int) -> dict[str, Account]:
    """As many accounts as have so many tickets, at least one in each region."""
    count = max(len(_REGIONS), round(tickets / AN_ACCOUNT))
    rows = (account(f"C{number:04d}", number) for number in range(count))
    del policy
    return {one.key: one for one in rows}


def account(key: str, number: int) -> Account:
    return Account(
        key=key,
        name=f"Customer {key}",
        plan="emergency" if number % 2 else "premium",
        region=_REGIONS[number % len(_REGIONS)],
        channel=f"C0{key}",
    )


async def seed(
    client: Client, policy: Policy, accounts: dict[str, Account], progress: Callable[[int], None]
) -> int:
    """Write all of it; how many tickets there are."""
    sha = await client.script_load(_WRITE)
    written = 0
    for region in range(len(_REGIONS)):
        some = [key for place, key in enumerate(accounts) if place % len(_REGIONS) == region]
        weeks: dict[int, list[int]] = defaultdict(list)
        opened: dict[int, int] = {}
        for number, life, week in _all(*_lives(policy, account(_KEY, region))):
            seconds = week * 7 * 86_400
            record, entries = life.moved(number, seconds)
            for first in range(0, len(some), _TOGETHER):
                part = some[first : first + _TOGETHER]
                ids = [ticket_id(key, number) for key in part]
                names = [name for one in ids for name in (keys.ticket(one), keys.timeline(one))]
                await client.evalsha(sha, len(names), *names, _KEY, *part, record, *entries)
            for one in life.weeks:
                weeks[week + one].append(number)
            if life.is_open:
                opened[number] = life.opened_ms + seconds * 1_000
            written += len(some)
            progress(written)
        for key in some:
            for week, numbers in weeks.items():
                await client.sadd(keys.week(key, FIRST + week * _WEEK), *numbers)
            left = {ticket_id(key, number): at for number, at in opened.items()}
            await client.zadd(keys.open_tickets(key), left)
            await client.set(keys.count(key), _FROM + AN_ACCOUNT + STILL_OPEN)
            await client.set(keys.weeks(key), WHOLE)
    return written


def _all(week_lives: Sequence[_Life], open_lives: Sequence[_Life]) -> Iterator[tuple[int, _Life, int]]:
    number = _FROM
    for week in range(WEEKS):
        for life in week_lives:
            number += 1
            yield number, life, week
    for life in open_lives:
        number += 1
        yield number, life, WEEKS - 1


def _lives(policy: Policy, of: Account) -> tuple[list[_Life], list[_Life]]:
    draw = random.Random(of.region)
    ended = [_encoded(_lived(policy, of, draw, ends=True)) for _ in range(A_WEEK)]
    left = [_encoded(_lived(policy, of, draw, ends=False)) for _ in range(STILL_OPEN)]
    return ended, left


def _lived(policy: Policy, of: Account, draw: random.Random, *, ends: bool) -> History:
    """One ticket: opened, taken, told about, now and then waited for, resolved within some days."""
    now = FIRST + timedelta(seconds=draw.randrange(0, 6 * 86_400))
    severity = draw.choices(["1", "2", "3", "4"], [1, 2, 5, 2])[0]
    opener, engineer = Person("U0CALLER", "T0HOME"), draw.choice(["U0ERIN", "U0OMAR", "U0KENJI"])
    request = Request(
        title=draw.choice(["The API answers with 502", "Servers do not scale", "A question on billing"]),
        severity=severity,
        opener=opener,
        channel=of.channel,
        description="Every call that lists instances fails, from two networks, since this morning.",
        component=draw.choice(["api", "ui", "scaling", None]),
    )
    change = open_ticket(policy, of, request, _NUMBER, now)
    ticket = replace(
        change.ticket,
        customer=Room(of.channel, "1790000000.000100"),
        staff=Room("C0TRIAGE", "1790000000.000200"),
        card=MessageRef("C0TRIAGE", "1790000000.000200"),
    )
    entries: list[Entry] = list(change.entries)

    def do(found: Any, at: datetime) -> None:
        nonlocal ticket
        del at
        if isinstance(found, Change):
            ticket = found.ticket
            entries.extend(found.entries)

    now += timedelta(seconds=draw.randrange(120, 9_000))
    do(acknowledge(policy, ticket, engineer, now), now)
    for _ in range(draw.randrange(1, 4)):
        now += timedelta(seconds=draw.randrange(600, 20_000))
        do(
            post_update(policy, ticket, engineer, "We have found it and roll it back.", Source.COMMAND, now),
            now,
        )
        now += timedelta(seconds=draw.randrange(60, 4_000))
        do(customer_replied(policy, ticket, opener, "Thank you; it is still slow here.", now), now)
    if draw.random() < 0.2:
        now += timedelta(seconds=draw.randrange(60, 4_000))
        do(write_note(ticket, engineer, "The pool of the second region is full.", now), now)
    if severity in "34" and draw.random() < 0.3:
        do(wait_for_customer(policy, ticket, engineer, "which network?", now), now)
        now += timedelta(seconds=draw.randrange(3_600, 86_400))
        do(customer_replied(policy, ticket, opener, "The one in Tokyo.", now), now)
    if ends:
        now += timedelta(seconds=draw.randrange(600, 40_000))
        do(resolve(ticket, engineer, "The change was rolled back.", now, cause="defect"), now)
    return History(ticket, entries)


def _encoded(history: History) -> _Life:
    ticket = history.ticket
    life = _Life(
        record=codec.encode_ticket(ticket, version=1),
        entries=tuple(codec.encode(entry) for entry in history.entries),
        weeks=tuple((at - FIRST) // _WEEK for at in history.weeks()),
        opened_ms=int(ticket.opened.timestamp() * 1_000),
        is_open=ticket.is_open,
    )
    record, entries = life.moved(23_456, 7 * 86_400)
    later = codec.decode_ticket(record).ticket
    assert (later.id, later.number, later.opened) == (f"{_KEY}-23456", 23_456, ticket.opened + _WEEK)
    assert codec.decode_entry(entries[-1]).at == history.entries[-1].at + _WEEK
    return life
