"""`python -m benchmarks.child NAME ...`: a part of a benchmark that runs in a process of its own."""

import asyncio
import importlib
import json
import sys
from typing import Any, Final

PARTS: Final = (
    "load",
    "bare_app",
    "floor_process",
    "worker_process",
    "apscheduler_process",
    "arq_process",
    "slack_process",
)


def tell(value: Any) -> None:
    """One line of JSON for the process that started this one."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


async def told() -> asyncio.StreamReader:
    """What the process that started this one says, line by line; ends with it."""
    reader = asyncio.StreamReader(limit=256 * 1024 * 1024)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


if __name__ == "__main__":
    chosen = sys.argv[1]
    if chosen not in PARTS:
        sys.exit(f"expected one of {', '.join(PARTS)}, got {chosen!r}")
    importlib.import_module(f"benchmarks.{chosen}").main(*sys.argv[2:])
