"""`supportbot summary`: what happened for one account, or for all, in a period."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.cli_common import Json, fail, print_json, usage, with_store
from bot.settings import Settings, read_settings

if TYPE_CHECKING:
    from bot.wiring import Store
    from policy.directory import Account
    from policy.schema import Language


def summary(
    who: Annotated[str, typer.Argument(metavar="KEY|all", help="An account's key, or all.")],
    period: Annotated[
        list[str] | None,
        typer.Argument(
            help="Such as last week (the default), this month, since Monday, past 7 days, Q3, 2026-W14, "
            "1 May to 7 May, 先週, 10月."
        ),
    ] = None,
    customer: Annotated[
        bool,
        typer.Option(
            "--customer",
            "--for-customer",
            help="The form that the customer may read; with --json, --csv, --chart or --html.",
        ),
    ] = False,
    zone: Annotated[
        str, typer.Option(help="Whose days and weeks are meant: the account's own, or for all UTC.")
    ] = "",
    language: Annotated[str, typer.Option(help="en or ja: of the words, and of 5/7.")] = "",
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the rows, for a spreadsheet.")
    ] = None,
    chart: Annotated[Path | None, typer.Option(metavar="FILE.png", help="Draw the chart.")] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="Write the report of one account, to print or to send."),
    ] = None,
    as_json: Json = False,
) -> None:
    """What happened in a period: every figure, and the change against the period before. Files speak the account's
    language unless --language says otherwise."""
    settings = read_settings()
    spoken = _language(language, settings)
    words = " ".join(period or ["last week"])
    if customer and (who.lower() == "all" or not (as_json or csv or chart or html)):
        usage("--customer: expected one account, and --json, --csv, --chart or --html")
    if html is not None and who.lower() == "all":
        usage("--html: expected one account: a report is of one")
    if chart is not None and chart.suffix.lower() != ".png":
        usage(f"--chart: expected a file whose name ends in .png, got {chart}")

    async def show(store: "Store") -> None:
        from bot.clock import SystemClock
        from bot.policies import PolicyBook
        from bot.summary_json import plain
        from commands.periods import BadPeriod, read_period
        from commands.summaries import Books, pull, pull_all
        from commands.text import text
        from commands.views.period import why_no_period
        from policy.customer_summaries import for_customer

        directory = store.directories.current
        account = None if who.lower() == "all" else directory.accounts.get(who.upper())
        if account is None and who.lower() != "all":
            fail(f"there is no account {who.upper()}; `supportbot accounts list` shows them")
        if account is not None and account.practice:
            fail(f"{account.key} is a practice account: it counts in no figures")
        now = SystemClock().now()
        place = _place(zone, settings, account)
        try:
            meant = read_period(words, zone=place, now=now, language=spoken)
        except BadPeriod as bad:
            usage(why_no_period(text(spoken), bad))
        policies = PolicyBook(settings.policy, lambda: directory)
        books = Books(store.summaries, store.outages, policies, settings.releases)
        if account is None:
            found: Any = await pull_all(books, directory, meant, now)
        else:
            found = await pull(books, account, meant, now)
        if customer:
            found = for_customer(found)
        if csv or chart or html:
            from bot.summary_files import Files, Making, write_files

            reads = spoken if language or account is None else account.language
            making = Making(settings, books, store.duties, directory, now, reads)
            told = await write_files(Files(csv, chart, html), found, making)
            if not as_json:
                print(*told, sep="\n")
                return
        if as_json:
            print_json(plain(found))
            return
        for line in _lines(found, settings, spoken):
            print(line)

    with_store(settings, show)


def _lines(found: Any, settings: Settings, language: "Language") -> list[str]:
    from commands.text import text
    from commands.views.overview_lines import attention_lines, overview_head, rest_lines
    from commands.views.summary_lines import Words, account_head, account_parts
    from policy.overviews import Overview

    words = Words(text(language), settings.policy, found.period, found.made, person=str, typed=_one_line)
    if isinstance(found, Overview):
        worst = [line for _, line in attention_lines(words, found)]
        return [overview_head(words, found), *worst, *rest_lines(words, found)]
    lines = [account_head(words, found)]
    for part in account_parts(words, found):
        lines += ["", part.heading, *(f"  {line}" for line in part.lines)]
    return lines


def _one_line(typed: str) -> str:
    """What people typed, without what a terminal would take for a command of its own."""
    return " ".join("".join(character if character.isprintable() else " " for character in typed).split())


def _language(given: str, settings: Settings) -> "Language":
    if given not in {"", "en", "ja"}:
        usage(f"--language: expected en or ja, got {given!r}")
    return "ja" if given == "ja" else "en" if given else settings.staff.language


def _place(given: str, settings: Settings, account: "Account | None") -> ZoneInfo:
    if not given:
        return settings.policy.regions[account.region].tz if account else ZoneInfo("UTC")
    try:
        return ZoneInfo(given)
    except (OSError, ValueError, KeyError):
        usage(f"--zone: expected the name of a zone such as Asia/Tokyo, got {given!r}")
