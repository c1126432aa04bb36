"""The floor of reminders: claim, read, post, settle, one item after the other; the least that is safe, and no more.

With a batch above 1 it claims as many at a time and still reads and settles each on its own."""

import asyncio
import time
from typing import Any, Final

import aiohttp
from redis.asyncio import Redis
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.child import tell, told
from benchmarks.posts import Log, reminder_like

SHARDS: Final = 16
LATER_MS: Final = 3_600_000
_LOOK_EVERY_S: Final = 0.5

_CLAIM: Final = """
local time = redis.call('TIME')
local real = time[1] * 1000 + math.floor(time[2] / 1000)
local claimed = {}
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2] + 128)) do
  if #claimed == tonumber(ARGV[2]) then break end
  local held = redis.call('HGET', KEYS[2], member)
  if not held or tonumber(string.match(held, '|(.*)$')) <= real then
    redis.call('HSET', KEYS[2], member, ARGV[3] .. '|' .. string.format('%.0f', real + ARGV[4]))
    claimed[#claimed + 1] = member
  end
end
return claimed
"""
_SETTLE: Final = """
local held = redis.call('HGET', KEYS[2], ARGV[1])
if not held or string.match(held, '^[^|]*') ~= ARGV[2] then return 0 end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
return 1
"""


def names(shard: int) -> tuple[str, str]:
    return f"{{s{shard:02d}}}:due", f"{{s{shard:02d}}}:leases"


def record(message: str) -> str:
    return f"record:{message}"


def main(url: str, log: str, slack_url: str, token: str, lease_ms: str, batch: str) -> None:
    asyncio.run(_work(url, Log(log), slack_url, token, int(lease_ms), int(batch)))


async def _work(url: str, log: Log, slack_url: str, token: str, lease_ms: int, batch: int) -> None:
    redis: Any = Redis.from_url(url, protocol=3)
    claim, settle = await redis.script_load(_CLAIM), await redis.script_load(_SETTLE)

    async def round_of_all(slack: AsyncWebClient | None) -> int:
        done = 0
        for shard in range(SHARDS):
            keys, now_ms = names(shard), int(time.time() * 1000)
            for member in await redis.evalsha(claim, 2, *keys, now_ms, batch, token, lease_ms):
                message = member.decode()
                await redis.get(record(message))
                if slack is None:
                    log.note(message)
                else:
                    await slack.chat_postMessage(**reminder_like(message))
                done += await redis.evalsha(settle, 2, *keys, member, token, now_ms + LATER_MS)
        return done

    async with aiohttp.ClientSession() as session:
        slack = None
        if slack_url:
            slack = AsyncWebClient(token="xoxb-bench", base_url=slack_url, session=session, retry_handlers=[])
        lines = await told()
        tell({"ready": True})
        await lines.readline()
        stopping = asyncio.create_task(lines.readline())
        while not stopping.done():
            if not await round_of_all(slack):
                await asyncio.wait({stopping}, timeout=_LOOK_EVERY_S)
    tell({"ended": False})
    await redis.aclose()
