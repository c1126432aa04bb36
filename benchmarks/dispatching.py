"""A command in one process, without HTTP: whether the size of the table of subcommands costs anything, and what the bot
adds to Bolt."""

import itertools
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

import sandbox
from benchmarks import payloads, sides
from benchmarks.accounts import TRIAGE, made_up
from benchmarks.figures import Report
from benchmarks.sides import BOT_TOKEN, ENGINEER, SECRET
from bot.settings import Environment, settings_of
from bot.wiring import Bot, app_of, bot_of
from commands import routes
from commands.callers import Asked
from commands.dispatch import Dispatch
from commands.ports import Desk
from commands.text import text
from commands.views.lists import said
from commands.views.message import Message
from commands.words import Subcommand, Words
from storage.embedded import EmbeddedServer

_SUBCOMMANDS: Final = 50
_WARM_UP: Final = 200
_WORD: Final = "last"

Progress = Callable[[str], None]


async def measure(home: Path, report: Report, *, rounds: int, requests: int, progress: Progress) -> None:
    """`app.async_dispatch` of the same signed command, by apps with tables of different size, taking turns."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(sandbox.serve(sides.world()))
        store = await stack.enter_async_context(EmbeddedServer(home / "dispatch"))
        environment = Environment.of(
            slack_bot_token=BOT_TOKEN,
            slack_signing_secret=SECRET,
            slack_api_url=slack.api_url,
            redis_url=store.url,
        )
        tables = {"staff": {"triage_channel": TRIAGE, "engineers": [ENGINEER]}}
        bot = await stack.enter_async_context(bot_of(settings_of(environment, tables, "the benchmark")))
        accounts = made_up(bot.settings.policy, 1)
        await bot.store.directories.put(accounts, {})
        (account,) = accounts.values()
        many, one = f"{_SUBCOMMANDS} subcommands", "1 subcommand"
        apps = {
            many: _with_subcommands(bot, _SUBCOMMANDS),
            one: _with_subcommands(bot, 1),
            "bare Bolt": _bare(slack.api_url),
        }
        for app in apps.values():
            await _rate(app, account.channel, _WARM_UP, report)
        turns = list(itertools.permutations(apps))
        for number in range(rounds):
            progress(f"in one process: round {number + 1} of {rounds}")
            rate = {
                name: await _rate(apps[name], account.channel, requests, report)
                for name in turns[number % len(turns)]
            }
            for name in apps:
                report.add(f"in one process, {name}", 1_000_000 / rate[name], "us a command")
            report.add(f"in one process, {many} / {one}", rate[many] / rate[one], "ratio of commands/s")
            report.add(
                f"in one process, {many} / bare Bolt", rate[many] / rate["bare Bolt"], "ratio of commands/s"
            )


def _with_subcommands(bot: Bot, count: int) -> AsyncApp:
    """The real app, with a table of made-up subcommands; the last one is asked for."""
    subcommands = {f"made-up-{number}": Subcommand(_answer) for number in range(count - 1)}
    table = Words({**subcommands, _WORD: Subcommand(_answer)}, otherwise=_otherwise)
    whole = routes.routes()
    dispatch = Dispatch(
        {"/incident": table}, whole.buttons, whole.inputs, whole.forms, whole.shortcuts, whole.events
    )
    return app_of(bot.settings, bot.app.client, dispatch, bot.desk)


def _bare(api_url: str) -> AsyncApp:
    app = AsyncApp(
        client=AsyncWebClient(token=BOT_TOKEN, base_url=api_url),
        signing_secret=SECRET,
        process_before_response=True,
    )
    answer = said(text("en"), "help.staff").payload()

    async def asked(ack: Callable[..., Awaitable[Any]]) -> None:
        await ack(answer)

    app.command("/incident")(asked)
    return app


async def _answer(desk: Desk, asked: Asked) -> Message:
    del desk
    return said(asked.who.text, "help.staff")


async def _otherwise(desk: Desk, asked: Asked) -> Message:
    raise AssertionError("the subcommand was not found")


async def _rate(app: AsyncApp, channel: str, count: int, report: Report) -> float:
    """Commands a second."""
    verifier = SignatureVerifier(SECRET)
    at = str(int(time.time()))
    sent = []
    for number in range(count):
        body = urlencode(payloads.command(_WORD, user=ENGINEER, channel=channel, trigger=f"{number}.{at}"))
        signature = verifier.generate_signature(timestamp=at, body=body) or ""
        headers: dict[str, str | list[str]] = {
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": at,
            "x-slack-signature": signature,
        }
        sent.append((body, headers))
    answers = []
    started = time.perf_counter()
    for body, headers in sent:
        answers.append(await app.async_dispatch(AsyncBoltRequest(body=body, headers=dict(headers))))
    seconds = time.perf_counter() - started
    wrong = sum(answer.status != 200 or not payloads.is_help(answer.body) for answer in answers)
    report.count("wrong answers, in one process", wrong)
    return count / seconds
