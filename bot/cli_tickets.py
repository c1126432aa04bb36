"""`supportbot tickets`: tickets as operators read them."""

import re
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from bot.cli_common import Json, fail, iso, print_json, table, usage, with_store
from bot.settings import read_settings

if TYPE_CHECKING:
    from bot.wiring import Store

tickets_app = typer.Typer(no_args_is_help=True, help="Tickets, as operators read them.")


@tickets_app.command("list")
def tickets_list(account: Annotated[str | None, typer.Argument()] = None, as_json: Json = False) -> None:
    """Open tickets, of one account or of all."""

    async def show(store: "Store") -> None:
        known = store.directories.current.accounts
        if account and account.upper() not in known:
            fail(f"there is no account {account.upper()}; `supportbot accounts list` shows them")
        keys = [account.upper()] if account else list(known)
        found = [stored.ticket for key in keys for stored in await store.tickets.open_of(key)]
        if as_json:
            print_json(found)
            return
        rows = [(t.id, t.severity, t.owner or "-", _due(t), t.title) for t in found]
        table(("ID", "SEVERITY", "OWNER", "NEXT DEADLINE (UTC)", "TITLE"), rows)

    with_store(read_settings(), show)


@tickets_app.command("show")
def tickets_show(ticket: str, as_json: Json = False) -> None:
    """One ticket with its timeline."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*-[1-9]\d*", ticket):
        usage(f"expected the id of a ticket, such as ACME-42, got {ticket!r}")

    async def show(store: "Store") -> None:
        stored = await store.tickets.get(ticket.upper())
        if stored is None:
            fail(f"there is no ticket {ticket.upper()}; `supportbot tickets list` shows the open ones")
        entries = await store.tickets.timeline(ticket.upper())
        if as_json:
            print_json({"ticket": stored.ticket, "timeline": entries})
            return
        for name, value in msgspec.to_builtins(stored.ticket).items():
            print(f"{name:<20} {_read(value)}")
        for entry in msgspec.to_builtins(entries):
            print(f"{entry.pop('at')}  {entry.pop('type'):<14} {_read(entry)}")

    with_store(read_settings(), show)


def _read(value: object) -> str:
    """A value as people read it: the parts of a record by name, `-` for what there is not."""
    if isinstance(value, dict):
        return ", ".join(
            f"{name} ({_read(part)})" if isinstance(part, dict) and part else f"{name} {_read(part)}"
            for name, part in value.items()
        )
    if isinstance(value, list):
        return ", ".join(_read(part) for part in value) or "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None or value == "" else str(value)


def _due(ticket: Any) -> str:
    return iso(ticket.clock.due) if ticket.clock else "-"
