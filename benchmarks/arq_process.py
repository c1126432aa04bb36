"""arq: deferred jobs that post, or do nothing."""

import asyncio
import logging
from typing import Any, Final

import aiohttp
from arq.connections import RedisSettings
from arq.worker import Worker, func
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.child import tell, told
from benchmarks.posts import Log, reminder_like

JOB_TIMEOUT_S: Final = 5
"""Ten seconds longer, and a job of a worker that is gone is another's."""


async def remind(ctx: dict[str, Any], message: str) -> None:
    """What a job does."""
    if ctx["slack"] is None:
        ctx["log"].note(message)
    else:
        await ctx["slack"].chat_postMessage(**reminder_like(message))


def main(socket: str, log: str, slack_url: str, hands: str) -> None:
    asyncio.run(_work(socket, log, slack_url, int(hands)))


async def _work(socket: str, log: str, slack_url: str, hands: int) -> None:
    logging.basicConfig(level=logging.ERROR)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=max(hands, 64))) as session:
        slack = None
        if slack_url:
            slack = AsyncWebClient(token="xoxb-bench", base_url=slack_url, session=session, retry_handlers=[])
        worker = Worker(
            # Nobody asks for the results of reminders.
            [func(remind, name="remind", keep_result=0, timeout=JOB_TIMEOUT_S)],
            redis_settings=RedisSettings(unix_socket_path=socket),
            handle_signals=False,
            max_jobs=hands or 10,
            job_timeout=JOB_TIMEOUT_S,
            ctx={"log": Log(log), "slack": slack},
            log_results=False,
        )
        lines = await told()
        tell({"ready": True})
        await lines.readline()
        working = asyncio.create_task(worker.main())
        await lines.readline()
        tell({"ended": working.done()})
        # It may take as long as its jobs to close; whoever asked ends it.
        await lines.readline()
