"""Starts the demo's parts together: the stand-in for Slack, an embedded Redis, the bot, its worker."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sandbox
from bot.accounts import accounts_of
from bot.clock import SystemClock
from bot.demo.screen import Screen
from bot.demo.script import play
from bot.demo.world import (
    ACCOUNTS,
    ACME_CHANNEL,
    ANN,
    APP_TOKEN,
    BOT_TOKEN,
    ERIN,
    HANA,
    HINODE_CHANNEL,
    SCRIPT_SPEED,
    SPEED,
    TARA,
    TRIAGE,
    tables,
    world,
)
from bot.running import running, until_stopped
from bot.settings import Environment, settings_of
from bot.wiring import bot_of


async def run_demo(*, script: bool, speed: float | None = None) -> None:
    """With `script`, walk one incident through its life and end; else run until stopped. `speed` is how many
    minutes of the demo pass in a minute (None: what suits either). Nothing of it is kept: the data directory is a
    temporary one."""
    speed = speed or (SCRIPT_SPEED if script else SPEED)
    home = Path(tempfile.mkdtemp(prefix="supportbot-demo-"))
    try:
        async with sandbox.serve(world(speed)) as box:
            environment = Environment.of(
                slack_bot_token=BOT_TOKEN,
                slack_app_token=APP_TOKEN,
                slack_api_url=box.api_url,
                supportbot_data_dir=home,
                supportbot_port=0,
            )
            settings = settings_of(environment, tables(datetime.now(UTC).date()), "the demo's settings")
            async with bot_of(settings, clock=SystemClock(speed)) as bot:
                accounts = accounts_of(ACCOUNTS, settings.policy, "the demo's accounts")
                await bot.store.directories.put(accounts, {})
                async with running(bot) as address:
                    screen = Screen(box.client)
                    screen.say(
                        f"A workspace at {box.url}, the bot at {address}; in a minute here "
                        f"{_passes(speed)} of the demo's clock pass."
                    )
                    playing = _walk(box.client, screen) if script else _stay(screen, box.url, home)
                    await _first_done(playing, screen.follow())
    finally:
        shutil.rmtree(home, ignore_errors=True)


async def _walk(people: sandbox.Client, screen: Screen) -> None:
    await play(people, screen)
    await screen.refresh()
    screen.say(
        "That was one incident. `supportbot demo` keeps everything running and tells how to act in it; "
        "README.md says how to install the bot in a real workspace."
    )


async def _stay(screen: Screen, url: str, home: Path) -> None:
    screen.say("What to do next. Open one of these in a browser; on its left you may become anybody else:")
    for who, user, channel, what in (
        ("a customer", ANN, ACME_CHANNEL, "Ann of Acme: press Get support (docs/customers.md)"),
        ("another one", HANA, HINODE_CHANNEL, "Hana of 日の出運輸, in Japanese (docs/customers.ja.md)"),
        ("an engineer", ERIN, TRIAGE, "Erin: press Acknowledge on what they report (docs/engineers.md)"),
        ("a TAM", TARA, ACME_CHANNEL, "Tara: type /tam accounts (docs/tams.md)"),
    ):
        screen.line(f"  {who:<12} {url}/#{user}/{channel}  {what}")
    screen.line(
        f"  an operator  SUPPORTBOT_DATA_DIR={home} .venv/bin/supportbot tickets list  (docs/operators.md)"
    )
    screen.say(
        "What every channel shows appears here too. `supportbot demo --speed 1` goes at the pace of the day, "
        "`supportbot demo --script` walks one incident through its life by itself. Ctrl-C ends the demo, and "
        "nothing of it is kept.",
        style="",
    )
    await until_stopped()


def _passes(speed: float) -> str:
    """How much of the demo's clock passes in a minute."""
    return f"{speed / 60:g} hours" if speed >= 120 else f"{speed:g} minutes"


async def _first_done(*works: Coroutine[Any, Any, None]) -> None:
    """Run these together until one ends, or fails."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
