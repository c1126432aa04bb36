"""`python -m benchmarks`: measure, show, and where asked write down what was found."""

import argparse
import asyncio
import json
import platform
import shutil
import sys
import tempfile
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from rich.console import Console

from benchmarks import answering, opening, reminding, summaries
from benchmarks.figures import Report
from storage.program import find_program

_SHOWN_VERSIONS: Final = (
    "redis",
    "hiredis",
    "slack-bolt",
    "uvicorn",
    "httptools",
    "msgspec",
    "apscheduler",
    "arq",
)
_NAMES: Final = ("open", "remind", "answer", "summary")
_LONG: Final = (5, 2_000)
"""Rounds, and requests of each: for what is told in absolute figures."""
_SHORT: Final = (21, 200)
"""For ratios: what else the machine does changes little within so short a round, and evens out over so many."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("which", nargs="*", help=f"{', '.join(_NAMES)}; without a word: all")
    parser.add_argument("--rounds", type=int, help="rounds of each side (open: 5; remind: 3; answer: 21)")
    parser.add_argument("--requests", type=int, help="requests of a round (open: 2000; answer: 200)")
    parser.add_argument("--concurrency", type=int, default=16, help="open, answer: connections (16)")
    parser.add_argument(
        "--tickets",
        type=int,
        help="remind: due reminders of a round (10000); summary: tickets in the store (100000)",
    )
    parser.add_argument("--short", action="store_true", help="remind: few items, one round")
    parser.add_argument("--json", type=Path, help="write every round of every figure to this file")
    chosen = parser.parse_args()
    names = chosen.which or list(_NAMES)
    if unknown := set(names) - set(_NAMES):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(_NAMES)}")
    numbers = (chosen.rounds, chosen.requests, chosen.concurrency, chosen.tickets)
    if any(number is not None and number < 1 for number in numbers):
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

            if name == "remind":
                amounts = reminding.SHORT if chosen.short else reminding.Amounts()
                if chosen.tickets:
                    amounts = replace(amounts, due=chosen.tickets)
                rounds = chosen.rounds or (1 if chosen.short else 3)
                return await reminding.measure(home, rounds=rounds, amounts=amounts, progress=progress)
            if name == "summary":
                return await summaries.measure(
                    home, rounds=chosen.rounds or 5, tickets=chosen.tickets or 100_000, progress=progress
                )
            rounds, requests = _SHORT if name == "answer" else _LONG
            rounds, requests = chosen.rounds or rounds, chosen.requests or requests
            over_http = opening.measure if name == "open" else answering.measure
            return await over_http(
                home, rounds=rounds, requests=requests, concurrency=chosen.concurrency, progress=progress
            )
    finally:
        shutil.rmtree(home, ignore_errors=True)


def machine() -> list[str]:
    """What these figures were measured on."""
    import os

    server = find_program()
    versions = ", ".join(filter(None, map(_version, _SHOWN_VERSIONS)))
    return [
        f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} cores",
        f"Python {platform.python_version()}, {server.path.name} {'.'.join(map(str, server.version))}, {versions}",
    ]


def _version(name: str) -> str:
    """'' for what is not installed: `answer` and `open` need no rival."""
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
