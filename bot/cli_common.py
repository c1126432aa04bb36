"""What the commands share: how they print, fail, and reach the store."""

import asyncio
import getpass
import json
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import msgspec
import typer

from bot.settings import Environment, Settings

if TYPE_CHECKING:
    from bot.wiring import Store

_PIPED_WIDTH = 1000

Json = Annotated[bool, typer.Option("--json", help="Print data as JSON.")]


def run_async(work: Coroutine[Any, Any, None]) -> None:
    """Run it, and say what keeps it from being done: exit 1, a clear line on stderr."""
    from bot.accounts import BadAccounts
    from bot.slack import SlackFault
    from storage.errors import StorageError

    try:
        asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except BadAccounts as error:
        fail(
            *error.problems,
            "Mend the settings, or import these accounts anew: supportbot accounts import FILE",
        )
    except SlackFault as error:
        fail(f"Slack: {error}. Check SLACK_BOT_TOKEN and the network.")
    except (StorageError, OSError) as error:
        fail(str(error).splitlines()[0] if str(error) else type(error).__name__)


def with_store(settings: Settings, act: Callable[["Store"], Awaitable[None]]) -> None:
    """Do something with the store alone; no Slack is needed."""
    from bot.wiring import store_of

    logs(settings.environment, at_least="warning")

    async def work() -> None:
        async with store_of(settings) as store:
            await act(store)

    run_async(work())


def logs(environment: Environment, at_least: str | None = None) -> None:
    """Send logs where they belong; `at_least` is the level in place of `info`."""
    from bot.logs import configure

    level = environment.supportbot_log
    configure(at_least if at_least and level == "info" else level)


def iso(instant: datetime) -> str:
    """An instant in UTC, as people and programs read it."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    # Into a file or another program a row is one line, however long.
    console = Console() if sys.stdout.isatty() else Console(width=_PIPED_WIDTH)
    table = Table(box=None, pad_edge=False)
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    console.print(table)


def print_json(data: Any) -> None:
    sys.stdout.write(json.dumps(msgspec.to_builtins(data), ensure_ascii=False, indent=2) + "\n")


def fail(*lines: str) -> NoReturn:
    """Say what went wrong; exit 1."""
    for line in lines:
        print(line, file=sys.stderr)
    raise SystemExit(1)


def usage(line: str) -> NoReturn:
    """Say what was expected; exit 2."""
    print(line, file=sys.stderr)
    raise SystemExit(2)


def whoami() -> str:
    """Who runs this command, and where."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = "somebody"
    return f"{user}@{socket.gethostname()}"
