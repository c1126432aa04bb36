"""`/tam`: for staff alone; a TAM sees the accounts that are the TAM's."""

from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.desk import ACCOUNTS, ACME, BEN, ERIN, OMAR, TABLES, TRIAGE, Desk, desk

NAMES = {"incident": "/vendor-incident", "tam": "/vendor-tam"}


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> Any:
    acme, hinode = ACCOUNTS
    accounts = [{**acme, "tam": OMAR}, hinode]
    staff = {"engineers": [ERIN], "tams": [OMAR], "triage_channel": TRIAGE}
    tables = {**TABLES, "staff": staff, "commands": NAMES}
    commands = ["/vendor-incident", "/support", "/vendor-tam"]
    async with desk(empty_url, tmp_path, tables=tables, accounts=accounts, commands=commands) as running:
        yield running


async def test_a_tam_sees_the_accounts_that_are_the_tam_s(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    d.pass_time(hours=3)
    shown = str((await d.people.command(OMAR, TRIAGE, "/vendor-tam", "accounts")).body)
    assert "Your accounts: 1" in shown
    assert "*Acme* (ACME) · 1 open, 1 late" in shown
    assert "HINODE" not in shown

    # Engineers see every account that has a TAM, and whose.
    shown = str((await d.people.command(ERIN, TRIAGE, "/vendor-tam", "accounts")).body)
    assert f"TAM: <@{OMAR}>" in shown
    assert "HINODE" not in shown


async def test_customers_are_told_what_there_is_for_them(d: Desk) -> None:
    for words in ("accounts", "help", ""):
        shown = str((await d.people.command(BEN, ACME, "/vendor-tam", words)).body)
        assert "This is for support staff" in shown
        assert "ACME" not in shown


async def test_renamed_commands_are_told_by_their_names(d: Desk) -> None:
    shown = str((await d.people.command(BEN, ACME, "/vendor-incident", "help")).body)
    assert "`/vendor-incident list`" in shown
    assert "`/incident" not in shown
