"""Starting: accounts that were kept and the settings of today must fit, and what does not is said in a line each."""

import logging
from pathlib import Path
from typing import Any

import pytest

from bot.accounts import BadAccounts, accounts_of
from bot.running import Fitness
from bot.settings import Environment, Settings, settings_of
from bot.wiring import bot_of, store_of

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
