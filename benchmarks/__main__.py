"""`python -m benchmarks`: measure, show, and where asked write down what was found."""

import argparse
import asyncio
import json
import platform
import shutil
import sys
import tempfile
from collections.abc import Awaitable
from importlib.metadata import version
from pathlib import Path
from typing import Final

from rich.console import Console

from benchmarks import opening, reminding
from benchmarks.figures import Report
from storage.program import find_program

_SHOWN_VERSIONS: Final = ("redis", "hiredis", "slack-bolt", "uvicorn", "httptools", "msgspec", "apscheduler")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("which", nargs="*", help="open, remind; without a word: all")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each side (5)")
    parser.add_argument("--requests", type=int, default=2_000, help="open: requests of a round (2000)")
    parser.add_argument("--concurrency", type=int, default=16, help="open: connections (16)")
    parser.add_argument(
        "--tickets", type=int, default=10_000, help="remind: due reminders of a round (10000)"
    )
    parser.add_argument("--json", type=Path, help="write every round of every figure to this file")
    chosen = parser.parse_args()
    names = chosen.which or ["open", "remind"]
    if unknown := set(names) - {"open", "remind"}:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are open and remind")
    if min(chosen.rounds, chosen.requests, chosen.concurrency, chosen.tickets) < 1:
        parser.error("numbers start at 1")
    console = Console()
    for line in machine():
        console.print(line, highlight=False)
    reports = []
    for name in names:
        report = asyncio.run(_run(name, chosen, console))
        report.show(console)
        reports.append(report)
    if chosen.json:
        found = {"machine": machine(), "reports": [report.as_json() for report in reports]}
        chosen.json.write_text(json.dumps(found, indent=1, ensure_ascii=False))
    return 0


async def _run(name: str, chosen: argparse.Namespace, console: Console) -> Report:
    # The path of a Unix socket is short on every system, so the directory is the machine's own for such.
    home = Path(tempfile.mkdtemp(prefix="supportbot-bench-"))
    try:
        with console.status(name) as status:

            def progress(step: str) -> None:
                status.update(f"{name}: {step}")
                if not console.is_terminal:
                    console.print(f"{name}: {step}", highlight=False)

            measuring: Awaitable[Report]
            if name == "open":
                measuring = opening.measure(
                    home,
                    rounds=chosen.rounds,
                    requests=chosen.requests,
                    concurrency=chosen.concurrency,
                    progress=progress,
                )
            else:
                measuring = reminding.measure(
                    home, rounds=chosen.rounds, tickets=chosen.tickets, progress=progress
                )
            return await measuring
    finally:
        shutil.rmtree(home, ignore_errors=True)


def machine() -> list[str]:
    """What these figures were measured on."""
    import os

    server = find_program()
    versions = ", ".join(f"{name} {version(name)}" for name in _SHOWN_VERSIONS)
    return [
        f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} cores",
        f"Python {platform.python_version()}, {server.path.name} {'.'.join(map(str, server.version))}, {versions}",
    ]


if __name__ == "__main__":
    sys.exit(main())
