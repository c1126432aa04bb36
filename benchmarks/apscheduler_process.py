"""APScheduler 3 with its Redis job store: one-shot jobs that post, or do nothing."""

import asyncio
import logging
import threading
from typing import Final

from apscheduler.executors.pool import ThreadPoolExecutor  # type: ignore[import-untyped]
from apscheduler.jobstores.redis import RedisJobStore  # type: ignore[import-untyped]
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]
from slack_sdk import WebClient

from benchmarks.child import tell, told
from benchmarks.posts import Log, reminder_like

_TOOLS: Final[dict[str, object]] = {}
"""What jobs post with: they are named in the store, and get nothing but their arguments."""


def remind(message: str) -> None:
    """What a job does."""
    slack = _TOOLS.get("slack")
    if isinstance(slack, WebClient):
        slack.chat_postMessage(**reminder_like(message))
    else:
        log = _TOOLS["log"]
        assert isinstance(log, Log)
        log.note(message)


def main(socket: str, log: str, slack_url: str, hands: str) -> None:
    asyncio.run(_work(socket, log, slack_url, int(hands)))


async def _work(socket: str, log: str, slack_url: str, hands: int) -> None:
    logging.basicConfig(level=logging.ERROR)
    _TOOLS["log"] = Log(log)
    if slack_url:
        _TOOLS["slack"] = WebClient(token="xoxb-bench", base_url=slack_url, retry_handlers=[])
    scheduler = BackgroundScheduler(
        jobstores={"default": RedisJobStore(unix_socket_path=socket)},
        executors={"default": ThreadPoolExecutor(hands or 10)},
        # However late, each job runs once: its default drops what is more than a second late.
        job_defaults={"misfire_grace_time": None},
    )
    scheduler.start(paused=True)
    lines = await told()
    tell({"ready": True})
    await lines.readline()
    scheduler.resume()
    await lines.readline()
    # Its loop ends for good when a job that it has run was removed by somebody else meanwhile.
    ended = not any(thread.name == "APScheduler" and thread.is_alive() for thread in threading.enumerate())
    scheduler.shutdown(wait=True)
    tell({"ended": ended})
