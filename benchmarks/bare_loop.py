"""The floor of reminders: claim a batch, do nothing, settle item by item. The least that is safe, and no more."""

import asyncio
import time
from typing import Any, Final

from redis.asyncio import Redis

from benchmarks.child import tell, told

SHARDS: Final = 16
BATCH: Final = 32
_LATER_MS: Final = 3_600_000

_CLAIM: Final = """
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
local claimed = {}
for _, member in ipairs(found) do
  if redis.call('HSETNX', KEYS[2], member, ARGV[3]) == 1 then claimed[#claimed + 1] = member end
end
return claimed
"""
_SETTLE: Final = """
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
return 1
"""


def names(shard: int) -> tuple[str, str]:
    return f"{{s{shard:02d}}}:due", f"{{s{shard:02d}}}:leases"


def main(url: str, count: str) -> None:
    asyncio.run(_work(url, int(count)))


async def _work(url: str, count: int) -> None:
    redis: Any = Redis.from_url(url, protocol=3)
    claim, settle = await redis.script_load(_CLAIM), await redis.script_load(_SETTLE)
    now = int(time.time() * 1000)
    async with redis.pipeline(transaction=False) as pipe:
        for number in range(count):
            pipe.zadd(names(number % SHARDS)[0], {f"remind:CUST-{number}": now - 1_000})
        await pipe.execute()
    lines = await told()
    tell({"ready": True})
    await lines.readline()
    done: list[str] = []
    while True:
        before = len(done)
        for shard in range(SHARDS):
            keys = names(shard)
            for member in await redis.evalsha(claim, 2, *keys, now, BATCH, "token"):
                if await redis.evalsha(settle, 2, *keys, member, "token", now + _LATER_MS):
                    done.append(member.decode())
        if len(done) == before:
            break
    tell({"done": done, "last_at": time.monotonic()})
    await redis.aclose()
