"""The `supportbot` command. Exit 0 when done, 1 on failure with one clear line on stderr, 2 on bad usage."""

from typing import Annotated

import typer

from bot.cli_accounts import accounts_app
from bot.cli_backup import export_file, import_file
from bot.cli_common import fail, logs, run_async, usage
from bot.cli_deadletter import deadletter_app
from bot.cli_doctor import doctor
from bot.cli_pause import pause, resume
from bot.cli_policy import policy_app
from bot.cli_summary import summary
from bot.cli_tickets import tickets_app
from bot.settings import BadSettings, Environment, read_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(accounts_app, name="accounts")
app.add_typer(tickets_app, name="tickets")
app.add_typer(policy_app, name="policy")
app.add_typer(deadletter_app, name="deadletter")
app.command()(doctor)
app.command("export")(export_file)
app.command("import")(import_file)
app.command()(summary)
app.command()(pause)
app.command()(resume)


def main() -> None:
    """The entry point of the console script."""
    try:
        app()
    except BadSettings as error:
        fail(*error.problems)


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
    speed: Annotated[
        float | None,
        typer.Option(
            min=1,
            max=1000,
            help="How many minutes of the demo's clock pass in a minute: 30, and with --script 240, if not said.",
        ),
    ] = None,
) -> None:
    """Everything on this machine, no account anywhere: embedded Redis, a stand-in for Slack, bot and worker."""
    from bot.demo import run_demo

    logs(Environment.of(), at_least="warning")
    run_async(run_demo(script=script, speed=speed))


@app.command()
def manifest(
    url: Annotated[str | None, typer.Option(help="https://HOST, for HTTP; without it Socket Mode.")] = None,
) -> None:
    """The app manifest, to paste where Slack asks for it."""
    from bot.manifest import manifest_text

    try:
        print(manifest_text(url, read_settings().commands), end="")
    except ValueError as error:
        usage(f"--url: {error}")


def _serve(*, web: bool, worker: bool) -> None:
    from bot.heap import settle_heap
    from bot.running import running, until_stopped
    from bot.wiring import bot_of

    settings = read_settings()
    environment = settings.environment
    missing = [*environment.missing_for_slack(), *settings.staff.missing(environment.supportbot_config)]
    if missing:
        fail(*missing)
    logs(environment)

    async def serve() -> None:
        async with bot_of(settings) as bot, running(bot, web=web, worker=worker) as address:
            settle_heap()
            halves = " and ".join(name for name, on in (("web", web), ("worker", worker)) if on)
            print(f"supportbot: {halves} running, {address}/readyz tells how it is", flush=True)
            await until_stopped()
            print("supportbot: finishing what is in hand", flush=True)

    run_async(serve())
