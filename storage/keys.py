"""Every key in Redis: its name, its type, its lifetime. Nothing else in the product spells a key.

Everything of an account lives under one hash tag, `{s00}` to `{s15}`, so that any script's keys share a slot
and the same code runs on one server and on a cluster.

key                                type     lifetime   holds
{sNN}:ticket:ID                    string   for good   the ticket's record (storage/codec.py)
{sNN}:timeline:ID                  stream   for good   field `e`: one encoded timeline entry each
{sNN}:count:ACCOUNT                string   for good   the number of the account's newest ticket
{sNN}:open:ACCOUNT                 zset     for good   ids of open tickets, by the instant of opening (ms)
{sNN}:ended:ACCOUNT:YYYY-Www       list     for good   ended clock intervals judged in that ISO week (UTC)
{sNN}:week:ACCOUNT:YYYY-Www        set      for good   numbers of the tickets open, or changed, in that ISO week (UTC)
{sNN}:weeks:ACCOUNT                string   for good   whether the sets of that account's weeks have all of its tickets
{sNN}:due                          zset     for good   `kind:id` -> the next instant (ms) at which it wants work
{sNN}:leases                       hash     for good   `kind:id` -> `token|until` (ms of Redis TIME)
{sNN}:work                         hash     for good   `kind:id` -> tries, pacing place and unfinished attempt
{sNN}:lane:ID:LANE                 list     for good   effects of one lane that wait, in order
{sNN}:dead                         list     for good   what could not be delivered
{sNN}:heard                        zset     for good   ids of tickets, by the newest message in their thread (its `ts`)
{sNN}:paused                       string   for good   who paused all posting, and when
{sNN}:op:OPERATION                 string   a day      the result of an operation, for when it is asked again
{sNN}:outages:ACCOUNT              hash     for good   operation -> what it added to the outages of that account
{sNN}:duties:ACCOUNT               hash     for good   operation -> what it added to the duties done for that account
{sNN}:told                         hash     for good   `kind:id` -> up to which day what comes by itself has been told
room:{CHANNEL[:TS]}                string   for good   which ticket a channel or thread belongs to
pace:{CHANNEL}                     string   minutes    when the channel takes the next message (ms of Redis TIME)
{dir}:snapshot                     string   for good   the directory
{all}:outages                      hash     for good   operation -> what it added to the outages of everybody
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from zlib import crc32

from policy.tickets import account_of

SHARDS: Final = 16
OPERATION_LIFE_MS: Final = 24 * 3_600_000
"""How long an operation is remembered. Slack sends an event for the last time some 6 minutes after the first."""

WAKE_CHANNEL: Final = "supportbot:wake"
"""Pub/sub: `SHARD:MS` says that something in a shard is due at that instant. A hint, never relied on."""

DIRECTORY_CHANNEL: Final = "supportbot:directory"
"""Pub/sub: the directory has a new revision. A hint too."""

DIRECTORY: Final = "{dir}:snapshot"

_OUTAGES_OF_ALL: Final = "{all}:outages"


def shard_of(account: str) -> int:
    """The shard in which everything of an account lives. Never changes for a key."""
    return crc32(account.encode()) % SHARDS


def tag(shard: int) -> str:
    return f"{{s{shard:02d}}}"


@lru_cache(maxsize=10_000)
def _account_tag(account: str) -> str:
    return tag(shard_of(account))


def ticket(ticket_id: str) -> str:
    return f"{_account_tag(account_of(ticket_id))}:ticket:{ticket_id}"


def timeline(ticket_id: str) -> str:
    return f"{_account_tag(account_of(ticket_id))}:timeline:{ticket_id}"


def heard(ticket_id: str) -> str:
    return heard_in(shard_of(account_of(ticket_id)))


def heard_in(shard: int) -> str:
    return f"{tag(shard)}:heard"


def count(account: str) -> str:
    return f"{_account_tag(account)}:count:{account}"


def open_tickets(account: str) -> str:
    return f"{_account_tag(account)}:open:{account}"


def ended(account: str, judged: datetime) -> str:
    return f"{_account_tag(account)}:ended:{account}:{_iso_week(judged)}"


def week(account: str, at: datetime) -> str:
    return f"{_account_tag(account)}:week:{account}:{_iso_week(at)}"


def weeks(account: str) -> str:
    return f"{_account_tag(account)}:weeks:{account}"


def _iso_week(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%G-W%V")


def operation(account: str, operation_id: str) -> str:
    return f"{_account_tag(account)}:op:{operation_id}"


def outages(account: str | None) -> str:
    """Those of an account, or (None) of everybody."""
    return _OUTAGES_OF_ALL if account is None else f"{_account_tag(account)}:outages:{account}"


def duties(account: str) -> str:
    return f"{_account_tag(account)}:duties:{account}"


def told(shard: int) -> str:
    return f"{tag(shard)}:told"


def due(shard: int) -> str:
    return f"{tag(shard)}:due"


def leases(shard: int) -> str:
    return f"{tag(shard)}:leases"


def work(shard: int) -> str:
    return f"{tag(shard)}:work"


def dead(shard: int) -> str:
    return f"{tag(shard)}:dead"


def paused(shard: int) -> str:
    return f"{tag(shard)}:paused"


def probe(shard: int) -> str:
    """A key that never exists: what is asked for under it tells whether the shard takes writes."""
    return f"{tag(shard)}:probe"


def lane(shard: int, lane_id: str) -> str:
    return f"{tag(shard)}:lane:{lane_id}"


def room(channel: str, thread: str | None) -> str:
    return f"room:{{{channel}:{thread}}}" if thread else f"room:{{{channel}}}"


def pace(channel: str) -> str:
    return f"pace:{{{channel}}}"
