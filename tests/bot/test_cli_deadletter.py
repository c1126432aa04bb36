"""`supportbot deadletter`, as an operator uses it."""

import json
from pathlib import Path
from typing import Any

import pytest

from policy.reminders import due_reminder, reminder_lost
from tests.bot.test_cli import supportbot
from tests.policy.samples import MINUTE, MONDAY, account, default_policy
from tests.storage.stores import store_at
from tests.storage.test_contract_dead_letters import bury


@pytest.fixture
async def letters(empty_url: str) -> list[str]:
    """The ids of two dead letters of ACME-1, which has lost a reminder as well."""
    policy = default_policy()
    async with store_at(empty_url) as store:
        await store.directories.put({"ACME": account()}, {policy.version: policy.source})
        base = await store.opened()
        ids = await bury(store, 2)
        now = MONDAY + 70 * MINUTE
        reminder = due_reminder(policy, base.ticket, now)
        assert reminder is not None
        await store.changed(base, reminder_lost(base.ticket, reminder, "is_archived", now), now=now)
        return ids


def listed(home: Path, url: str) -> dict[str, Any]:
    done = supportbot(home, "deadletter", "list", "--json", REDIS_URL=url)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_list_says_when_what_why_and_how_to_mend_it(
    tmp_path: Path, empty_url: str, letters: list[str]
) -> None:
    found = listed(tmp_path, empty_url)
    first = found["letters"][0]
    assert [one["id"] for one in found["letters"]] == letters
    assert (first["at"], first["ticket"], first["side"], first["what"], first["error"]) == (
        "2026-10-05T09:00:00Z",
        "ACME-1",
        "staff",
        "open room",
        "is_archived",
    )
    assert first["mend"].startswith("unarchive the channel")
    (reminder,) = found["reminders"]
    assert (reminder["ticket"], reminder["slots"][-1]) == ("ACME-1", "2026-10-05T10:00:00Z")
    table = supportbot(tmp_path, "deadletter", "list", REDIS_URL=empty_url, COLUMNS="200").stdout
    assert letters[0][:8] in table
    assert "They are not tried again" in table
    assert "2026-10-05T10:00:00Z" in table


def test_one_is_put_back_then_all_of_them_and_twice_does_no_harm(
    tmp_path: Path, empty_url: str, letters: list[str]
) -> None:
    retry = ("deadletter", "retry")
    done = supportbot(tmp_path, *retry, letters[1][:8], REDIS_URL=empty_url)
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        0,
        "1 put back; the worker delivers them in their old order",
    )
    assert [one["id"] for one in listed(tmp_path, empty_url)["letters"]] == letters[:1]
    again = supportbot(tmp_path, *retry, letters[1][:8], REDIS_URL=empty_url)
    assert again.returncode == 1
    assert again.stderr.splitlines()[-1].startswith(f"there is no dead letter {letters[1][:8]} (any more)")
    supportbot(tmp_path, "pause", REDIS_URL=empty_url)
    done = supportbot(tmp_path, *retry, "all", REDIS_URL=empty_url)
    assert done.stdout.startswith("1 put back")
    assert "1 reminders are not tried again" in done.stdout
    assert "posting is paused" in done.stdout
    assert supportbot(tmp_path, *retry, REDIS_URL=empty_url).stdout.startswith(
        "there was nothing to put back"
    )
    assert listed(tmp_path, empty_url)["letters"] == []


def test_nothing_to_show_and_bad_usage(tmp_path: Path, empty_url: str) -> None:
    done = supportbot(tmp_path, "deadletter", "list", REDIS_URL=empty_url)
    assert (done.returncode, done.stdout) == (0, "nothing: everything was delivered, or waits for its turn\n")
    assert supportbot(tmp_path, "deadletter", "bury", REDIS_URL=empty_url).returncode == 2
    away = supportbot(tmp_path, "deadletter", "list", REDIS_URL="unix:///nowhere.sock")
    assert (away.returncode, len(away.stderr.splitlines())) == (1, 1)
