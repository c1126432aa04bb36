"""`supportbot export` and `import`: everything that is kept, as a file."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli_common import fail, whoami, with_store
from bot.settings import read_settings

if TYPE_CHECKING:
    from bot.wiring import Store

_CONNECTIONS = 8
_TIMEOUT_S = 30.0


def export_file(file: Annotated[Path, typer.Argument(help="Where to; JSON Lines.")]) -> None:
    """Write everything that is kept into a file, while the bot runs. It holds hotline numbers: keep it well."""
    if file.is_dir():
        fail(f"{file}: expected a file, this is a directory")
    part = file.with_name(file.name + ".part")

    async def act(store: "Store") -> None:
        from storage.backup_export import export

        if (on := await store.pauses.current()) and on.importing:
            fail(
                "an import was begun and not finished: run `supportbot import FILE` again; there is nothing whole here"
            )
        lines = tickets = 0
        async with _client(store) as client:
            with _private(part) as out, _progress("exporting", "tickets") as progress:
                async for line in export(client, progress):
                    out.write(line)
                    lines += 1
                    tickets += line.startswith(b'{"type":"ticket"')
                out.flush()
                os.fsync(out.fileno())
        part.replace(file)
        print(f"{file}: {tickets} tickets, {lines} lines; it holds hotline numbers, keep it well")

    try:
        with_store(read_settings(), act)
    finally:
        part.unlink(missing_ok=True)


def import_file(
    file: Annotated[Path, typer.Argument(help="What `supportbot export` has written.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Throw away what the store holds. There is no way back.")
    ] = False,
) -> None:
    """Put a backup in place in an empty store. Stop the bot first; when it starts again it goes on where the
    backup was made."""
    from storage.backup import BadBackup
    from storage.backup_import import NotEmpty, check, put_in_place

    try:
        with _progress("checking", "bytes") as progress:
            checked = check(file, progress)
    except BadBackup as error:
        fail(f"{error}. Nothing was changed.")
    except OSError as error:
        fail(f"{file}: {error.strerror or error}")

    async def act(store: "Store") -> None:
        async with _client(store) as client:
            with _progress("importing", "bytes") as progress:
                try:
                    await put_in_place(
                        client,
                        checked,
                        replace=replace,
                        by=whoami(),
                        now=datetime.now(UTC),
                        progress=progress,
                    )
                except NotEmpty as held:
                    fail(
                        f"the store is not empty ({held}): import into an empty one, or give --replace to throw all of "
                        "that away"
                    )
        print(f"{checked.types.get('ticket', 0)} tickets, {checked.lines} lines are in place; start the bot")
        if "paused" in checked.types:
            print("posting was paused when the backup was made, and is: `supportbot resume` goes on")

    with_store(read_settings(), act)


@contextmanager
def _private(path: Path) -> Iterator[Any]:
    """A file that nobody else may read."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file


@contextmanager
def _progress(doing: str, what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TextColumn(what), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


@asynccontextmanager
async def _client(store: "Store") -> AsyncIterator[Any]:
    """A client of its own, which waits longer for larger answers."""
    from storage.connect import connect

    client = connect(store.url, timeout_s=_TIMEOUT_S, max_connections=_CONNECTIONS)
    try:
        yield client
    finally:
        await client.aclose()
