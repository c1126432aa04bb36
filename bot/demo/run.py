"""Starts the demo's parts together: the stand-in for Slack, an embedded Redis, the bot, its worker."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import sandbox
from bot.accounts import accounts_of
from bot.clock import SystemClock
from bot.demo.screen import Screen
from bot.demo.script import play
from bot.demo.world import ACCOUNTS, ACME_CHANNEL, ANN, APP_TOKEN, BOT_TOKEN, SPEED, TABLES, world
from bot.running import running, until_stopped
from bot.settings import Environment, settings_of
from bot.wiring import bot_of


async def run_demo(*, script: bool) -> None:
    """With `script`, walk one incident through its life and end; else run until stopped. Nothing of it is
    kept: the data directory is a temporary one."""
    home = Path(tempfile.mkdtemp(prefix="supportbot-demo-"))
    try:
        async with sandbox.serve(world(SPEED)) as box:
            environment = Environment.of(
                slack_bot_token=BOT_TOKEN,
                slack_app_token=APP_TOKEN,
                slack_api_url=box.api_url,
                supportbot_data_dir=home,
                supportbot_port=0,
            )
            settings = settings_of(environment, TABLES, "the demo's settings")
            async with bot_of(settings, clock=SystemClock(SPEED)) as bot:
                accounts = accounts_of(ACCOUNTS, settings.policy, "the demo's accounts")
                await bot.store.directories.put(accounts, {})
                async with running(bot) as address:
                    screen = Screen(box.client)
                    screen.say(
                        f"A workspace at {box.url}, the bot at {address}; a minute here is "
                        f"{SPEED / 60:g} hours of the demo's clock."
                    )
                    playing = _walk(box.client, screen) if script else _stay(screen, box.url)
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


async def _stay(screen: Screen, url: str) -> None:
    screen.say(
        f"What to do next. Open {url}/#{ANN}/{ACME_CHANNEL} in a browser: you are Ann of Acme; press Get support. "
        "Choose Erin on the left to be the engineer. Everything that a channel shows appears here too."
    )
    screen.say(
        "`supportbot demo --script` walks one incident through its life by itself. Ctrl-C ends the demo.",
        style="",
    )
    await until_stopped()


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
