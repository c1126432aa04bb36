"""The customers of a benchmark: made up, and spread over every shard."""

from typing import Any, Final

from bot.accounts import accounts_of
from policy.directory import Account
from policy.schema import Policy
from storage.keys import SHARDS, shard_of

TEAM, TRIAGE, CALLER = "T0HOME", "C0TRIAGE", "U0CALLER"
_REGIONS: Final = ("us-east", "us-west", "emea", "japan")


def made_up(policy: Policy, count: int) -> dict[str, Account]:
    """`count` accounts, as many in one shard as in another as far as `count` allows."""
    rows: list[dict[str, Any]] = []
    number = 0
    while len(rows) < count:
        number += 1
        key = f"CUST{number}"
        if shard_of(key) == len(rows) % SHARDS:
            rows.append(
                {
                    "key": key,
                    "name": f"Customer {number}",
                    "plan": "emergency",
                    "region": _REGIONS[len(rows) % len(_REGIONS)],
                    "language": "ja" if len(rows) % 4 == 3 else "en",
                    "channel": f"C0CUST{number}",
                }
            )
    return accounts_of(rows, policy, "the benchmark's accounts")
