"""`supportbot pause` and `resume`: all posting stands still, and goes on, without losing a thing."""

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_common import fail, iso, whoami, with_store
from bot.settings import read_settings

if TYPE_CHECKING:
    from bot.wiring import Store
    from storage.codec import Pause

_LOOK_EVERY_S = 0.2
_LONGEST = 200


def pause(
    reason: Annotated[str, typer.Option(help="Why; `/readyz` and `doctor` show it.")] = "",
    by: Annotated[str, typer.Option(help="Who; without it, the user and machine of this command.")] = "",
) -> None:
    """Stop all posting of all workers, webhooks too. Nothing is lost: people are answered, tickets are opened, and
    what falls due waits. Returns when nothing is on its way any more."""
    from storage.codec import Pause

    asked = Pause(since=datetime.now(UTC), by=(by or whoami())[:_LONGEST], reason=reason[:_LONGEST])

    async def act(store: "Store") -> None:
        on = await store.pauses.pause(asked)
        if on != asked:
            print(f"posting is paused already, {told(on)}")
        else:
            print("posting is paused; `supportbot resume` goes on")
        until = time.monotonic() + store.queue.lease_s
        # Nobody tells when a lease ends: ask.
        while (left := await store.pauses.in_hand()) and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_EVERY_S)
        if left:
            print(
                f"{left} items were in hand and said nothing since: they are looked for before they are posted"
            )

    with_store(read_settings(), act)


def resume() -> None:
    """Go on. What fell due meanwhile goes out now, in one message a ticket."""

    async def act(store: "Store") -> None:
        on = await store.pauses.current()
        if on and on.importing:
            fail(f"an import was begun {told(on)}, and not finished: run `supportbot import FILE` again")
        await store.pauses.resume()
        print(f"posting goes on; it was paused {told(on)}" if on else "posting was not paused")

    with_store(read_settings(), act)


def told(on: "Pause") -> str:
    """Since when, by whom and why posting is paused."""
    return f"since {iso(on.since)} by {on.by}" + (f": {on.reason}" if on.reason else "")
