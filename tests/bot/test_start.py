"""Starting: accounts that were kept and the settings of today must fit, and what does not is said in a line each."""

import logging
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

import sandbox
from bot.accounts import BadAccounts, accounts_of
from bot.running import Fitness, running
from bot.settings import BadSettings, Environment, Settings, settings_of
from bot.web import listening_sockets
from bot.wiring import bot_of, store_of
from tests.bot.worker_rig import until
from tests.scenarios.desk import ERIN, TABLES, world

ROW: dict[str, Any] = {
    "key": "ACME",
    "name": "Acme",
    "plan": "standard",
    "region": "emea",
    "channel": "C0ACME",
}


def settings(url: str, home: Path, **staff: Any) -> Settings:
    environment = Environment.of(slack_bot_token="xoxb-1", redis_url=url, supportbot_data_dir=home)
    return settings_of(environment, {"staff": staff}, "supportbot.toml")


def test_heavy_libraries_slow_no_start() -> None:
    code = (
        "import sys, bot.cli, bot.running, bot.wiring;"
        "print(*{'dateparser', 'holidays', 'matplotlib', 'numpy'} & set(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert loaded.stdout.split() == []


async def keep(using: Settings, *rows: dict[str, Any], **changed: Any) -> None:
    """As an import under other settings left them."""
    async with store_of(using) as store:
        await store.directories.put(accounts_of(rows or [{**ROW, **changed}], using.policy, "f.toml"), {})


async def test_accounts_that_fit_are_served(empty_url: str, tmp_path: Path) -> None:
    using = settings(empty_url, tmp_path, triage_channel="C0TRIAGE")
    await keep(using)
    async with bot_of(using) as bot:
        assert bot.unfit_accounts() == []


async def test_an_account_that_the_policy_has_outgrown_bars_the_start(empty_url: str, tmp_path: Path) -> None:
    using = settings(empty_url, tmp_path)
    await keep(using)
    table = {"policy": {"replace": ["plan"], "plan": {"desk": _PLAN}}}
    edited = settings_of(using.environment, table, "supportbot.toml")
    with pytest.raises(BadAccounts) as caught:
        async with bot_of(edited):
            pass
    assert caught.value.problems == ("account ACME: plan: expected one of desk, got 'standard'",)


async def test_a_triage_channel_that_customers_read_bars_the_start(empty_url: str, tmp_path: Path) -> None:
    using = settings(empty_url, tmp_path, triage_channel="C0ACME")
    await keep(using)
    with pytest.raises(BadAccounts, match=r"account ACME: channel: .*C0ACME is staff\.triage_channel"):
        async with bot_of(using):
            pass


async def test_a_change_of_the_directory_that_does_not_fit_is_logged_once(
    empty_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    using = settings(empty_url, tmp_path, triage_channel="C0TRIAGE")
    await keep(using)
    async with bot_of(using) as bot:
        fitness = Fitness(bot)
        caplog.clear()
        fitness.judge()
        assert caplog.records == []
        await keep(using, channel="C0TRIAGE")
        await bot.store.directories.refresh()
        fitness.judge()
        fitness.judge()
        (logged,) = [record for record in caplog.records if record.levelno == logging.ERROR]
        assert logged.getMessage().startswith("account ACME: channel: ")


_PLAN = {"name": {"en": "Desk", "ja": "Desk"}, "support": [{"hours": "9x5"}]}


# -- the address


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            OSError, match=rf"SUPPORTBOT_PORT: cannot listen at 127\.0\.0\.1:{port}: .*in use"
        ):
            listening_sockets("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no.such.host.invalid", "a" * 70 + ".example", "203.0.113.1"])
def test_a_host_that_is_not_ours_is_named(host: str) -> None:
    with pytest.raises(OSError, match=f"SUPPORTBOT_HOST, SUPPORTBOT_PORT: cannot listen at {host}:0: .+"):
        listening_sockets(host, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_any_free_port(host: str) -> None:
    (one,) = listening_sockets(host, 0)
    with one:
        assert one.getsockname()[1] > 0


# -- against a workspace


@asynccontextmanager
async def workspace(url: str, home: Path, **changed: Any) -> AsyncIterator[tuple[sandbox.Box, Settings]]:
    async with sandbox.serve(world()) as box:
        given = {
            "slack_bot_token": "xoxb-sandbox",
            "slack_app_token": "xapp-sandbox",
            "slack_api_url": box.api_url,
            "redis_url": url,
            "supportbot_data_dir": home,
            "supportbot_port": 0,
            **changed,
        }
        yield box, settings_of(Environment.of(**given), TABLES, "supportbot.toml")


async def test_a_wrong_app_token_is_named(empty_url: str, tmp_path: Path) -> None:
    async with (
        workspace(empty_url, tmp_path, slack_app_token="xapp-wrong") as (_, using),
        bot_of(using) as bot,
    ):
        with pytest.raises(BadSettings, match=r"SLACK_APP_TOKEN: Slack refuses it \(\w+\)"):
            async with running(bot, worker=False):
                pass


async def test_a_taken_port_ends_the_start_and_not_the_program(empty_url: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with workspace(empty_url, tmp_path, supportbot_port=port) as (_, using), bot_of(using) as bot:
            with pytest.raises(OSError, match="SUPPORTBOT_PORT"):
                async with running(bot, worker=False):
                    pass


async def test_engineers_are_looked_for_until_they_are_known(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.running._STAFF_AGAIN_S", 0.01)
    async with (
        workspace(empty_url, tmp_path) as (box, using),
        bot_of(using) as bot,
        httpx.AsyncClient() as web,
    ):
        await box.client.faults("usergroups.users.list", kind="status", status=503, times=1000)
        async with running(bot, worker=False) as address:
            assert not bot.staff.includes(ERIN)
            ready = await web.get(f"{address}/readyz")
            assert ready.status_code == 503
            assert "staff: " in str(ready.json()["problems"])
            await box.client.clear_faults()

            async def known() -> bool:
                return bot.staff.known

            await until(known, "the members of the group")
            assert bot.staff.includes(ERIN)
            assert (await web.get(f"{address}/readyz")).status_code == 200

            await box.client.faults("usergroups.users.list", kind="status", status=503, times=1000)
            await bot.staff.refresh()
            assert bot.staff.includes(ERIN)
            assert (await web.get(f"{address}/readyz")).status_code == 200
