"""`supportbot doctor`: what is wrong with an installation, and how to mend it."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from bot.cli_common import Json, logs, print_json, run_async
from bot.settings import BadSettings, Settings, read_settings

if TYPE_CHECKING:
    from bot.doctor import Finding
    from policy.directory import Account

_SIGNS = {
    "ok": ("ok", "green"),
    "note": ("note", "blue"),
    "warning": ("WARN", "yellow"),
    "error": ("ERROR", "red"),
}


def doctor(as_json: Json = False) -> None:
    """Look at settings, tokens and scopes, Redis, the manifest, the channels, and say how to mend what is wrong.
    Changes nothing. Exit 1 when something is wrong."""
    from bot.doctor import Finding, Level, summary, worst

    findings: list[Finding] = []
    try:
        settings = read_settings()
    except BadSettings as error:
        mend = "Set what is expected there; `supportbot policy check FILE` reads the file again."
        findings = [Finding(Level.ERROR, "settings", problem, mend) for problem in error.problems]
    else:
        logs(settings.environment, at_least="error")
        run_async(examine(settings, findings))
    if as_json:
        print_json({"findings": [asdict(one) for one in findings], "summary": summary(findings)})
    else:
        _show(findings)
    if worst(findings) is Level.ERROR:
        raise SystemExit(1)


async def examine(settings: Settings, findings: list["Finding"]) -> None:
    """Look at everything; what is found is added to `findings` as it is."""
    from bot.doctor import Finding, Level, check_manifest, check_settings, check_store
    from bot.doctor_slack import check_slack
    from bot.wiring import store_of
    from storage.errors import StorageError

    findings += check_settings(settings)
    findings += check_manifest()
    accounts: dict[str, Account] = {}
    try:
        async with store_of(settings) as store:
            accounts |= store.directories.current.accounts
            findings += [finding async for finding in check_store(store, settings)]
    except (StorageError, OSError) as error:
        mend = "Look whether the server runs, and at REDIS_URL."
        findings.append(Finding(Level.ERROR, "redis", str(error).splitlines()[0], mend))
    if settings.environment.slack_bot_token:
        findings += [finding async for finding in check_slack(settings, accounts)]


def _show(findings: list["Finding"]) -> None:
    from rich.console import Console
    from rich.text import Text

    from bot.doctor import summary

    console = Console()
    for one in findings:
        sign, style = _SIGNS[one.level]
        console.print(Text(f"{sign:<6}", style=style), Text(f"{one.what}: {one.text}"), soft_wrap=True)
        if one.mend:
            console.print(Text(f"       {one.mend}"), soft_wrap=True)
    counts = summary(findings)
    console.print(f"{counts['error']} errors, {counts['warning']} warnings")
