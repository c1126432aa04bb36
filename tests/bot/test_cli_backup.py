"""`supportbot export` and `import`, as an operator uses them: real processes, two embedded servers."""

import asyncio
import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.settings import Environment, settings_of
from bot.wiring import store_of
from storage.codec import Pause
from tests.bot.test_accounts import TOML
from tests.bot.test_cli import supportbot


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """A backup of a store with two accounts."""
    (tmp_path / "accounts.toml").write_text(TOML, encoding="utf-8")
    assert supportbot(tmp_path, "accounts", "import", "accounts.toml").returncode == 0
    done = supportbot(tmp_path, "export", "backup.jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "backup.jsonl: 0 tickets, 3 lines; it holds hotline numbers, keep it well\n"
    return tmp_path / "backup.jsonl"


def test_there_and_back_to_an_empty_server(exported: Path, tmp_path: Path) -> None:
    elsewhere = {"SUPPORTBOT_DATA_DIR": str(tmp_path / "elsewhere")}
    done = supportbot(tmp_path, "import", "backup.jsonl", **elsewhere)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "0 tickets, 3 lines are in place; start the bot\n"
    listed = json.loads(supportbot(tmp_path, "accounts", "list", "--json", **elsewhere).stdout)
    assert [one["key"] for one in listed] == ["ACME", "HINODE"]
    assert supportbot(tmp_path, "export", "again.jsonl", **elsewhere).returncode == 0
    assert (tmp_path / "again.jsonl").read_bytes() == exported.read_bytes()


def test_nobody_else_may_read_it_and_an_older_one_is_replaced_whole(exported: Path, tmp_path: Path) -> None:
    exported.write_text("older")
    exported.chmod(0o644)
    assert supportbot(tmp_path, "export", "backup.jsonl").returncode == 0
    assert stat.S_IMODE(exported.stat().st_mode) == 0o600
    assert exported.read_bytes().startswith(b'{"type":"header"')
    assert not (tmp_path / "backup.jsonl.part").exists()


def test_a_store_that_holds_something_is_replaced_only_when_told(exported: Path, tmp_path: Path) -> None:
    done = supportbot(tmp_path, "import", "backup.jsonl")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        "the store is not empty (0 tickets, 1 keys in all): import into an empty one, or "
    )
    assert supportbot(tmp_path, "import", "--replace", "backup.jsonl").returncode == 0


def test_a_broken_file_is_one_clear_line_with_its_number(exported: Path, tmp_path: Path) -> None:
    lines = exported.read_bytes().splitlines(keepends=True)
    exported.write_bytes(b"".join([lines[0], b"nonsense\n", *lines[1:]]))
    done = supportbot(tmp_path, "import", "backup.jsonl")
    assert done.returncode == 1
    assert done.stderr.startswith("backup.jsonl: line 2: not a line of a backup: ")
    assert done.stderr.endswith(" Nothing was changed.\n")
    assert len(done.stderr.splitlines()) == 1


def test_bad_usage_and_what_is_not_there(tmp_path: Path) -> None:
    assert supportbot(tmp_path, "export").returncode == 2
    assert supportbot(tmp_path, "import").returncode == 2
    for words in (("import", "none.jsonl"), ("export", "no/such/folder.jsonl"), ("export", ".")):
        done = supportbot(tmp_path, *words)
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1, done.stderr
    done = supportbot(tmp_path, "export", "file", REDIS_URL="unix:///nowhere.sock")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert not (tmp_path / "file").exists()


def test_on_what_is_half_there_the_bot_does_not_start(tmp_path: Path, exported: Path) -> None:
    async def begin() -> None:
        settings = settings_of(
            Environment.of(supportbot_data_dir=tmp_path / ".supportbot"), {}, "test settings"
        )
        async with store_of(settings) as store:
            await store.pauses.put(Pause(since=datetime.now(UTC), by="erin", importing=True))

    asyncio.run(begin())
    (tmp_path / "supportbot.toml").write_text(
        "[staff]\ntriage_channel = 'C0TRIAGE'\nengineers = ['U0ERIN']\n"
    )
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s", "SUPPORTBOT_LOG": "error"}
    done = supportbot(tmp_path, "run", **tokens)
    assert done.returncode == 1
    assert "an import was begun" in done.stderr
    assert "run `supportbot import FILE` again" in done.stderr
    for command in (["resume"], ["export", "x.jsonl"]):
        assert "an import was begun" in supportbot(tmp_path, *command).stderr
    assert supportbot(tmp_path, "import", "backup.jsonl").returncode == 0
    assert supportbot(tmp_path, "resume").stdout == "posting was not paused\n"
