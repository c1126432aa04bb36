"""`supportbot accounts`: who the customers are."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from bot.cli_common import Json, fail, print_json, table, with_store
from bot.settings import read_settings

if TYPE_CHECKING:
    from bot.wiring import Store

accounts_app = typer.Typer(no_args_is_help=True, help="Accounts, their contacts and TAMs.")


@accounts_app.command("import")
def accounts_import(file: Annotated[Path, typer.Argument(help="TOML ([[account]]) or CSV.")]) -> None:
    """Add or replace the accounts of a file. A running bot takes them up at once."""
    from bot.accounts import BadAccounts, in_triage, read_accounts
    from policy.contacts import keep_bindings

    settings = read_settings()
    try:
        found = read_accounts(file, settings.policy)
    except BadAccounts as error:
        fail(*error.problems)
    if misplaced := in_triage(found.values(), settings.staff.triage_channel):
        fail(*(f"{file}: {line}" for line in misplaced))

    async def put(store: "Store") -> None:
        try:
            known = (await store.directories.refresh()).accounts
            bound = {key: keep_bindings(account, known.get(key)) for key, account in found.items()}
            directory = await store.directories.put(bound, {settings.policy.version: settings.policy.source})
        except ValueError as error:
            fail(f"{file}: {error}")
        print(f"{len(found)} accounts read; the directory is at revision {directory.revision}")

    with_store(settings, put)


@accounts_app.command("list")
def accounts_list(as_json: Json = False) -> None:
    """Every account."""

    async def show(store: "Store") -> None:
        accounts = list(store.directories.current.accounts.values())
        if as_json:
            print_json([_without_number(account) for account in accounts])
            return
        rows = [(a.key, a.name, a.plan, a.region, a.language, a.channel) for a in accounts]
        table(("KEY", "NAME", "PLAN", "REGION", "LANGUAGE", "CHANNEL"), rows)

    with_store(read_settings(), show)


@accounts_app.command("show")
def accounts_show(key: str, as_json: Json = False) -> None:
    """One account, with its contacts."""

    async def show(store: "Store") -> None:
        account = store.directories.current.accounts.get(key.upper())
        if account is None:
            fail(f"there is no account {key.upper()}; `supportbot accounts list` shows them")
        if as_json:
            print_json(_without_number(account))
            return
        for name, value in _without_number(account).items():
            if name != "contacts":
                print(f"{name:<12} {value}")
        for contact in account.contacts:
            trained = "trained" if contact.trained else "not trained"
            print(f"{'contact':<12} {contact.name} <{contact.user or contact.email}>, {trained}")

    with_store(read_settings(), show)


def _without_number(account: Any) -> dict[str, Any]:
    """An account without its hotline number, which is shown to those entitled to it and nowhere else."""
    fields: dict[str, Any] = msgspec.to_builtins(account)
    fields.pop("hotline", None)
    return fields
