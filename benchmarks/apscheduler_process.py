"""APScheduler 3 with its Redis job store: one-shot jobs that are due and do nothing."""

import asyncio
import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import Final

from apscheduler.jobstores.redis import RedisJobStore  # type: ignore[import-untyped]
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]

from benchmarks.child import tell, told

RUN: Final[list[str]] = []
"""The jobs that ran in this process."""


def nothing(job: str) -> None:
    """What a job does."""
    RUN.append(job)


def main(socket: str, count: str) -> None:
    asyncio.run(_work(socket, int(count)))


async def _work(socket: str, count: int) -> None:
    logging.basicConfig(level=logging.ERROR)
    store = RedisJobStore(unix_socket_path=socket)
    # However late, each job runs once: its default drops what is more than a second late.
    scheduler = BackgroundScheduler(jobstores={"default": store}, job_defaults={"misfire_grace_time": None})
    scheduler.start(paused=True)
    past = datetime.now(UTC) - timedelta(hours=1)
    for number in range(count):
        name = f"job-{number}"
        scheduler.add_job(nothing, "date", run_date=past, args=[name], id=name)
    lines = await told()
    tell({"ready": True})
    await lines.readline()
    scheduler.resume()
    await lines.readline()
    # Its loop ends for good when a job that it has run was removed by somebody else meanwhile.
    ended = not any(thread.name == "APScheduler" and thread.is_alive() for thread in threading.enumerate())
    scheduler.shutdown(wait=True)
    tell({"run": RUN, "ended": ended})
