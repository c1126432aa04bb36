"""``python -m sandbox --world FILE.json --port N``: a sandbox of its own."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from sandbox.errors import DefinitionError
from sandbox.server import serve


async def _run(world: Path, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(one, stop.set)
    async with serve(world, port) as box:
        sys.stdout.write(f"listening on {box.url}\n")
        sys.stdout.flush()
        await stop.wait()


def main(
    world: Annotated[Path, typer.Option(help="The world definition, a JSON file.")],
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0 takes a free one.")
    ] = 0,
) -> None:
    """Run a stand-in for Slack. The first line on stdout says where it listens."""
    try:
        asyncio.run(_run(world, port))
    except (DefinitionError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(1) from error


if __name__ == "__main__":
    typer.run(main)
