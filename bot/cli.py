"""The `supportbot` command. Exit 0 when done, 1 on failure with one clear line on stderr, 2 on bad usage."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer

from bot.cli_credit import policy_credit
from bot.settings import BadSettings, Environment, Settings, read_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
accounts_app = typer.Typer(no_args_is_help=True, help="Accounts, their contacts and TAMs.")
tickets_app = typer.Typer(no_args_is_help=True, help="Tickets, as operators read them.")
policy_app = typer.Typer(no_args_is_help=True, help="The support policy.")
app.add_typer(accounts_app, name="accounts")
app.add_typer(tickets_app, name="tickets")
app.add_typer(policy_app, name="policy")
policy_app.command("credit")(policy_credit)

Json = Annotated[bool, typer.Option("--json", help="Print data as JSON.")]


def main() -> None:
    """The entry point of the console script."""
    try:
        app()
    except BadSettings as error:
        _fail(*error.problems)


@app.command()
def run() -> None:
    """Web or Socket Mode plus worker in one process, against a real workspace."""
    _serve(web=True, worker=True)


@app.command()
def web() -> None:
    """The web half: what people do in Slack. Run as many as you like."""
    _serve(web=True, worker=False)


@app.command()
def worker() -> None:
    """The worker half: messages and reminders. Run as many as you like."""
    _serve(web=False, worker=True)


@app.command()
def demo(
    script: Annotated[
        bool, typer.Option("--script", help="Walk one incident through its life and print each channel.")
    ] = False,
) -> None:
    """Everything on this machine, no account anywhere: embedded Redis, a stand-in for Slack, bot and worker."""
    from bot.demo import run_demo

    _logs(Environment.of(), at_least="warning")
    _run(run_demo(script=script))


@accounts_app.command("import")
def accounts_import(file: Annotated[Path, typer.Argument(help="TOML ([[account]]) or CSV.")]) -> None:
    """Add or replace the accounts of a file. A running bot takes them up at once."""
    from bot.accounts import BadAccounts, in_triage, read_accounts
    from policy.contacts import keep_bindings

    settings = read_settings()
    try:
        found = read_accounts(file, settings.policy)
    except BadAccounts as error:
        _fail(*error.problems)
    if misplaced := in_triage(found.values(), settings.staff.triage_channel):
        _fail(*(f"{file}: {line}" for line in misplaced))

    async def put(store: Any) -> None:
        try:
            known = (await store.directories.refresh()).accounts
            bound = {key: keep_bindings(account, known.get(key)) for key, account in found.items()}
            directory = await store.directories.put(bound, {settings.policy.version: settings.policy.source})
        except ValueError as error:
            _fail(f"{file}: {error}")
        print(f"{len(found)} accounts read; the directory is at revision {directory.revision}")

    _with_store(settings, put)


@accounts_app.command("list")
def accounts_list(as_json: Json = False) -> None:
    """Every account."""

    async def show(store: Any) -> None:
        accounts = list(store.directories.current.accounts.values())
        if as_json:
            _print_json([_without_number(account) for account in accounts])
            return
        rows = [(a.key, a.name, a.plan, a.region, a.language, a.channel) for a in accounts]
        _table(("KEY", "NAME", "PLAN", "REGION", "LANGUAGE", "CHANNEL"), rows)

    _with_store(read_settings(), show)


@accounts_app.command("show")
def accounts_show(key: str, as_json: Json = False) -> None:
    """One account, with its contacts."""

    async def show(store: Any) -> None:
        account = store.directories.current.accounts.get(key.upper())
        if account is None:
            _fail(f"there is no account {key.upper()}; `supportbot accounts list` shows them")
        if as_json:
            _print_json(_without_number(account))
            return
        for name, value in _without_number(account).items():
            if name != "contacts":
                print(f"{name:<12} {value}")
        for contact in account.contacts:
            trained = "trained" if contact.trained else "not trained"
            print(f"{'contact':<12} {contact.name} <{contact.user or contact.email}>, {trained}")

    _with_store(read_settings(), show)


@tickets_app.command("list")
def tickets_list(account: Annotated[str | None, typer.Argument()] = None, as_json: Json = False) -> None:
    """Open tickets, of one account or of all."""

    async def show(store: Any) -> None:
        known = store.directories.current.accounts
        if account and account.upper() not in known:
            _fail(f"there is no account {account.upper()}; `supportbot accounts list` shows them")
        keys = [account.upper()] if account else list(known)
        found = [stored.ticket for key in keys for stored in await store.tickets.open_of(key)]
        if as_json:
            _print_json(found)
            return
        rows = [(t.id, t.severity, t.owner or "-", _due(t), t.title) for t in found]
        _table(("ID", "SEVERITY", "OWNER", "NEXT DEADLINE (UTC)", "TITLE"), rows)

    _with_store(read_settings(), show)


@tickets_app.command("show")
def tickets_show(ticket: str, as_json: Json = False) -> None:
    """One ticket with its timeline."""

    async def show(store: Any) -> None:
        stored = await store.tickets.get(ticket.upper())
        if stored is None:
            _fail(f"there is no ticket {ticket.upper()}; `supportbot tickets list` shows the open ones")
        entries = await store.tickets.timeline(ticket.upper())
        if as_json:
            _print_json({"ticket": stored.ticket, "timeline": entries})
            return
        for name, value in msgspec.to_builtins(stored.ticket).items():
            print(f"{name:<20} {value}")
        for entry in msgspec.to_builtins(entries):
            print(f"{entry.pop('at')}  {entry.pop('type'):<14} {entry}")

    _with_store(read_settings(), show)


@policy_app.command("show")
def policy_show(as_json: Json = False) -> None:
    """The policy in force: the default with your overrides over it."""
    policy = read_settings().policy
    if as_json:
        _print_json({"version": policy.version, **policy.source})
        return
    from policy.durations import format_duration

    print(f"version {policy.version}")
    rows = [
        (
            s.key,
            s.name.en,
            format_duration(s.respond),
            format_duration(s.update_every) if s.update_every else "on request",
            s.room,
        )
        for s in policy.severities.values()
    ]
    _table(("SEVERITY", "NAME", "RESPOND", "UPDATE EVERY", "ROOM"), rows)


@policy_app.command("check")
def policy_check(file: Path) -> None:
    """Read a supportbot.toml as the bot would, and say what is wrong with it."""
    from policy.calendars import WeeklyCalendar
    from policy.ranges import CalendarError

    settings = read_settings({"supportbot_config": file})
    for calendar in settings.policy.calendars.values():
        try:
            if isinstance(calendar, WeeklyCalendar):
                calendar.check()
        except CalendarError as error:
            _fail(f"{file}: {error}")
    print(f"{file}: good, policy version {settings.policy.version}")


@policy_app.command("deadline")
def policy_deadline(
    plan: Annotated[str, typer.Option()],
    severity: Annotated[str, typer.Option()],
    region: Annotated[str, typer.Option()],
    opened: Annotated[str, typer.Option(help="ISO 8601, with an offset or Z.")],
    responded: Annotated[str | None, typer.Option(help="When the first response was given.")] = None,
    production: bool = True,
    as_json: Json = False,
) -> None:
    """The deadlines and reminders of a ticket opened at an instant, exact to the second."""
    from policy.clocks import SlotKind, slots_until_due, start_response, start_update
    from policy.support_time import Coverage, promise

    policy = read_settings().policy
    found = policy.find_severity(severity)
    for name, is_known, known in (
        ("plan", plan in policy.plans, policy.plans),
        ("severity", found is not None, policy.severities),
        ("region", region in policy.regions, policy.regions),
    ):
        if not is_known:
            _usage(f"--{name}: expected one of {', '.join(known)}")
    assert found is not None
    promised = promise(policy, Coverage(plan=plan, region=region, production=production), found)
    response = start_response(policy, promised, _instant(opened, "--opened"))
    update = start_update(policy, promised, _instant(responded, "--responded")) if responded else None
    answer = {
        "response_due": _iso(response.due),
        "response_reminders": [
            _iso(slot.at) for slot in slots_until_due(policy, response) if slot.kind is not SlotKind.UNOWNED
        ],
        "update_due": _iso(update.due) if update else None,
        "heads_up": _iso(slots_until_due(policy, update)[0].at) if update else None,
        "calendar": response.calendar,
    }
    if as_json:
        _print_json(answer)
        return
    for name, value in answer.items():
        print(f"{name:<20} {', '.join(value) if isinstance(value, list) else value or '-'}")


@app.command()
def manifest(
    url: Annotated[str | None, typer.Option(help="https://HOST, for HTTP; without it Socket Mode.")] = None,
) -> None:
    """The app manifest, to paste where Slack asks for it."""
    from bot.manifest import manifest_text

    try:
        print(manifest_text(url), end="")
    except ValueError as error:
        _usage(f"--url: {error}")


def _serve(*, web: bool, worker: bool) -> None:
    from bot.heap import settle_heap
    from bot.running import running, until_stopped
    from bot.wiring import bot_of

    settings = read_settings()
    environment = settings.environment
    missing = [*environment.missing_for_slack(), *settings.staff.missing(environment.supportbot_config)]
    if missing:
        _fail(*missing)
    _logs(environment)

    async def serve() -> None:
        async with bot_of(settings) as bot, running(bot, web=web, worker=worker) as address:
            settle_heap()
            halves = " and ".join(name for name, on in (("web", web), ("worker", worker)) if on)
            print(f"supportbot: {halves} running, {address}/readyz tells how it is", flush=True)
            await until_stopped()
            print("supportbot: finishing what is in hand", flush=True)

    _run(serve())


def _run(work: Coroutine[Any, Any, None]) -> None:
    from bot.accounts import BadAccounts
    from bot.slack import SlackFault
    from storage.errors import StorageError

    try:
        asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except BadAccounts as error:
        _fail(
            *error.problems,
            "Mend the settings, or import these accounts anew: supportbot accounts import FILE",
        )
    except SlackFault as error:
        _fail(f"Slack: {error}. Check SLACK_BOT_TOKEN and the network.")
    except (StorageError, OSError) as error:
        _fail(str(error).splitlines()[0] if str(error) else type(error).__name__)


def _with_store(settings: Settings, act: Callable[[Any], Awaitable[None]]) -> None:
    from bot.wiring import store_of

    _logs(settings.environment, at_least="warning")

    async def work() -> None:
        async with store_of(settings) as store:
            await act(store)

    _run(work())


def _logs(environment: Environment, at_least: str | None = None) -> None:
    from bot.logs import configure

    level = environment.supportbot_log
    configure(at_least if at_least and level == "info" else level)


def _without_number(account: Any) -> dict[str, Any]:
    """An account without its hotline number, which is shown to those entitled to it and nowhere else."""
    fields: dict[str, Any] = msgspec.to_builtins(account)
    fields.pop("hotline", None)
    return fields


def _due(ticket: Any) -> str:
    return _iso(ticket.clock.due) if ticket.clock else "-"


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _instant(text: str, option: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        _usage(f"{option}: expected an ISO 8601 instant such as 2026-11-20T15:00:00+09:00, got {text!r}")
    if instant.tzinfo is None or abs(instant.utcoffset() or timedelta()) >= timedelta(days=1):
        _usage(f"{option}: expected an offset or Z at the end of {text!r}")
    return instant.astimezone(UTC)


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    Console().print(table)


def _print_json(data: Any) -> None:
    sys.stdout.write(json.dumps(msgspec.to_builtins(data), ensure_ascii=False, indent=2) + "\n")


def _fail(*lines: str) -> NoReturn:
    for line in lines:
        print(line, file=sys.stderr)
    raise SystemExit(1)


def _usage(line: str) -> NoReturn:
    print(line, file=sys.stderr)
    raise SystemExit(2)
