"""`supportbot doctor` against the stand-in for Slack and a real server: each thing that can be wrong, and its mend."""

import asyncio
import json
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import sandbox
from bot.accounts import accounts_of
from bot.cli_doctor import examine
from bot.doctor import Finding, Level, judged, worst
from bot.manifest import SCOPES
from bot.settings import Environment, settings_of
from storage.codec import Pause
from storage.server_facts import Facts
from tests.bot.test_cli import supportbot
from tests.scenarios.desk import ACCOUNTS, ACME, ENGINEERS, HOME, TRIAGE, world
from tests.servers import run_single
from tests.storage.stores import store_at
from tests.storage.test_contract_dead_letters import bury

TOKENS = {
    "SLACK_BOT_TOKEN": "xoxb-sandbox",
    "SLACK_APP_TOKEN": "xapp-sandbox",
    "SLACK_SIGNING_SECRET": "a-signing-secret",
}
TABLES = f"""
[vendor]
home_team = "{HOME}"
hotline = "+1 555 0100"
[staff]
engineers_group = "{ENGINEERS}"
triage_channel = "{TRIAGE}"
"""


@dataclass(frozen=True)
class Office:
    """An installation: its folder, its workspace, its server."""

    home: Path
    box: sandbox.Box
    url: str

    async def doctor(self, *words: str, **environment: str) -> tuple[int, str, str]:
        given = {"SLACK_API_URL": self.box.api_url, "REDIS_URL": self.url, **TOKENS, **environment}
        done = await asyncio.to_thread(supportbot, self.home, "doctor", *words, **given)
        return done.returncode, done.stdout, done.stderr

    async def findings(self, **environment: str) -> tuple[int, list[dict[str, Any]]]:
        """What it finds, in this process: its exit code, and what `--json` prints."""
        given = {"SLACK_API_URL": self.box.api_url, "REDIS_URL": self.url, **TOKENS, **environment}
        tables = tomllib.loads((self.home / "supportbot.toml").read_text())
        settings = settings_of(
            Environment.of(**{name.lower(): value for name, value in given.items()}), tables, "test"
        )
        found: list[Finding] = []
        await examine(settings, found)
        return int(worst(found) is Level.ERROR), [asdict(one) for one in found]


@asynccontextmanager
async def office_at(home: Path, url: str, scopes: list[str] | None = None) -> AsyncIterator[Office]:
    (home / "supportbot.toml").write_text(TABLES)
    described = world()
    if scopes is not None:
        described["app"]["scopes"] = scopes
    async with store_at(url) as store:
        settings = settings_of(Environment.of(), {}, "test settings")
        known = accounts_of(ACCOUNTS, settings.policy, "test accounts")
        await store.directories.put(known, {settings.policy.version: settings.policy.source})
    async with sandbox.serve(described) as box:
        yield Office(home, box, url)


@pytest.fixture
async def office(tmp_path: Path, empty_url: str) -> AsyncIterator[Office]:
    async with office_at(tmp_path, empty_url, [*SCOPES]) as made:
        yield made


def errors(findings: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["what"], one["text"]) for one in findings if one["level"] == "error"]


async def test_where_all_is_well_it_says_so_and_shows_no_secret(office: Office) -> None:
    code, out, err = await office.doctor()
    assert (code, err) == (0, "")
    assert "0 errors, 1 warnings" in out  # the test's server keeps nothing on disk
    assert "works as support in Vendor" in out
    assert "the token has every scope that the manifest asks for" in out
    assert "the bot is in the channels of 2 of 2 accounts" in out
    assert f"{TRIAGE} is private" in out
    for secret in (*TOKENS.values(), "555 0100"):
        assert secret not in out
    code, out, _ = await office.doctor("--json")
    said = json.loads(out)
    assert said["summary"]["error"] == 0
    assert {one["what"] for one in said["findings"]} >= {
        "settings",
        "manifest",
        "redis",
        "clock",
        "pause",
        "dead letters",
        "token",
        "scopes",
        "history",
        "staff",
        "triage",
        "channels",
    }
    assert all(one["mend"] for one in said["findings"] if one["level"] in {"warning", "error"})


async def test_a_scope_that_is_missing_is_named_with_what_it_is_for(tmp_path: Path, empty_url: str) -> None:
    async with office_at(tmp_path, empty_url, [one for one in SCOPES if one != "pins:write"]) as office:
        code, found = await office.findings()
        assert code == 1
        assert errors(found) == [("scopes", "the token lacks pins:write: pinning it")]


@pytest.mark.parametrize(
    ("spoil", "what", "says"),
    [
        (lambda people: people.revoke_token(), "token", "Slack refuses SLACK_BOT_TOKEN: token_revoked"),
        (
            lambda people: people.remove_bot(TRIAGE),
            "channels",
            f"staff.triage_channel {TRIAGE} is not to be seen",
        ),
        (
            lambda people: people.remove_bot(ACME),
            "channels",
            f"the bot is not in the channel of ACME, {ACME}",
        ),
        (lambda people: people.archive(TRIAGE), "channels", f"staff.triage_channel {TRIAGE} is"),
        (
            lambda people: people.set_usergroup(ENGINEERS, []),
            "staff",
            f"user group {ENGINEERS} has no members",
        ),
        (
            lambda people: people.faults("auth.test", kind="drop", times=0),
            "slack",
            "Slack is out of reach at http://",
        ),
    ],
)
async def test_what_is_wrong_in_slack(
    office: Office, spoil: Callable[[sandbox.Client], Awaitable[None]], what: str, says: str
) -> None:
    await spoil(office.box.client)
    code, found = await office.findings()
    assert code == 1
    ((where, text),) = errors(found)
    assert where == what
    assert text.startswith(says)


async def test_a_triage_channel_that_everybody_reads(office: Office) -> None:
    (office.home / "supportbot.toml").write_text(TABLES.replace(TRIAGE, "C0RANDOM"))
    code, found = await office.findings()
    assert code == 1
    assert errors(found) == [
        (
            "triage",
            "staff.triage_channel C0RANDOM is not private: anybody in the workspace can read it",
        )
    ]


async def test_a_channel_for_handovers_that_everybody_reads_or_that_is_not_there(office: Office) -> None:
    tables = (office.home / "supportbot.toml").read_text()
    for channel, says in (("C0RANDOM", "is not private"), ("C0NOWHERE", "is not to be seen")):
        named = tables.replace("triage_channel", f'digest_channel = "{channel}"\ntriage_channel', 1)
        (office.home / "supportbot.toml").write_text(named)
        code, found = await office.findings()
        (wrong,) = errors(found)
        assert code == 1
        assert f"staff.digest_channel {channel} {says}" in wrong[1]


async def test_slack_that_limits_is_waited_for(office: Office) -> None:
    await office.box.client.faults("conversations.history", kind="ratelimited", retry_after=0, times=2)
    code, found = await office.findings()
    assert (code, errors(found)) == (0, [])


async def test_an_app_level_token_that_is_refused(office: Office) -> None:
    code, found = await office.findings(SLACK_APP_TOKEN="xapp-wrong")
    assert code == 1
    assert errors(found) == [("token", "Slack refuses SLACK_APP_TOKEN: invalid_auth")]


async def test_a_pause_and_dead_letters_are_told_and_are_no_errors(office: Office) -> None:
    async with store_at(office.url) as store:
        await store.opened()
        await bury(store, 2)
        await store.pauses.pause(Pause(since=datetime(2026, 11, 1, tzinfo=UTC), by="erin", reason="calm"))
    code, found = await office.findings()
    assert code == 0
    warned = {one["what"]: one["text"] for one in found if one["level"] == "warning"}
    assert warned["pause"] == "posting is paused since 2026-11-01T00:00:00Z by erin: calm"
    assert warned["dead letters"].startswith(
        "2 messages could not be delivered, the first at 2026-10-05 09:00"
    )
    async with store_at(office.url) as store:
        await store.pauses.put(Pause(since=datetime(2026, 11, 1, tzinfo=UTC), by="erin", importing=True))
    code, found = await office.findings()
    assert code == 1
    assert errors(found)[0][0] == "import"


async def test_a_server_that_is_away_and_one_that_throws_data_away(office: Office) -> None:
    code, found = await office.findings(REDIS_URL="unix:///nowhere.sock")
    assert code == 1
    assert [what for what, _ in errors(found)] == ["redis"]
    with run_single(maxmemory_policy="allkeys-lru") as server:
        code, found = await office.findings(REDIS_URL=server.url)
        assert code == 1
        assert "may throw away data" in errors(found)[0][1]


async def test_settings_that_are_missing_or_wrong(office: Office) -> None:
    (office.home / "supportbot.toml").write_text("")
    code, found = await office.findings(SLACK_BOT_TOKEN="", SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET="")
    assert code == 1
    assert [text.split(" ")[0] for _, text in errors(found)] == [
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "staff.triage_channel",
        "staff.engineers_group",
    ]
    tokens = next(one for one in found if one["text"].startswith("SLACK_APP_TOKEN"))
    assert tokens["text"].endswith("is not set")
    assert tokens["mend"] == "Set one of them."
    (office.home / "supportbot.toml").write_text("[staff]\ntriage_channel = 'triage'\n")
    code, out, err = await office.doctor()
    assert (code, err) == (1, "")
    assert "staff.triage_channel: expected the id of a channel" in out
    assert (await office.doctor("--fast"))[0] == 2


@pytest.mark.parametrize(
    ("changes", "level", "says"),
    [
        ({}, Level.OK, "within 2 s"),
        ({"skew_s": 7.0}, Level.WARNING, "the clock of Redis is 7.0 s ahead of this machine's"),
        ({"skew_s": -3.25}, Level.WARNING, "the clock of Redis is 3.2 s behind this machine's"),
        ({"max_bytes": 100, "used_bytes": 90}, Level.WARNING, "Redis is 90 % full"),
        (
            {"failing": ("aof_last_write_status",)},
            Level.ERROR,
            "Redis could not write to its disk (aof_",
        ),
    ],
)
def test_what_is_made_of_the_facts_of_a_server(changes: dict[str, Any], level: Level, says: str) -> None:
    given = {
        "name": "Redis",
        "version": "9.0",
        "used_bytes": 1,
        "max_bytes": 0,
        "replicas": 1,
        "persistence": "append-only file",
        "failing": (),
        "skew_s": 0.0,
    }
    found = list(judged(Facts(**{**given, **changes})))
    assert any(one.level is level and one.text.startswith(says) for one in found), found
