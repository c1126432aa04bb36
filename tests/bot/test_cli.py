"""The command line as an operator uses it: real processes, exit codes, one clear line on stderr."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from bot.cli import app
from bot.cli_tickets import _read
from tests.bot.test_accounts import CSV, TOML


def supportbot(home: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in an empty folder, with nothing of this machine's settings."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=home,
        env=environ(home, **environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def environ(home: Path, **environment: str) -> dict[str, str]:
    root = Path(__file__).parents[2]
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "PYTHONPATH": str(root), "COLUMNS": "120", "HOME": str(home), **environment}


def test_without_tokens_it_says_in_one_line_each_what_is_missing(tmp_path: Path) -> None:
    done = supportbot(tmp_path, "run")
    assert done.returncode == 1
    assert done.stdout == ""
    assert [line.split(" ")[0] for line in done.stderr.splitlines()] == [
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "staff.triage_channel",
        "staff.engineers_group",
    ]


def test_bad_usage_exits_with_2(tmp_path: Path) -> None:
    assert supportbot(tmp_path, "fly").returncode == 2
    done = supportbot(
        tmp_path,
        "policy",
        "deadline",
        "--plan",
        "gold",
        "--severity",
        "1",
        "--region",
        "japan",
        "--opened",
        "x",
    )
    assert (done.returncode, done.stderr) == (2, "--plan: expected one of standard, premium, emergency\n")


@pytest.mark.parametrize("command", [[], ["run"], ["policy", "deadline"], ["accounts"], ["demo"]])
def test_every_command_has_help(tmp_path: Path, command: list[str]) -> None:
    done = supportbot(tmp_path, *command, "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout


def every_command(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from every_command(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(every_command(get_command(app)))
DATA = (
    "accounts list",
    "accounts show",
    "tickets list",
    "tickets show",
    "deadletter list",
    "doctor",
    "policy show",
)


def test_the_commands_are_those_that_are_promised() -> None:
    assert set(COMMANDS) >= {
        *DATA,
        *(
            "demo",
            "run",
            "web",
            "worker",
            "manifest",
            "pause",
            "resume",
            "export",
            "import",
            "deadletter retry",
        ),
        *("accounts import", "policy check", "policy deadline", "policy credit"),
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_says_what_it_does_and_refuses_what_it_does_not_know(name: str) -> None:
    done = CliRunner().invoke(app, [*name.split(), "--help"])
    assert done.exit_code == 0
    assert (COMMANDS[name].help or "").strip()
    assert CliRunner().invoke(app, [*name.split(), "--no-such-option"]).exit_code == 2


@pytest.mark.parametrize("name", DATA)
def test_what_prints_data_prints_json_too(name: str) -> None:
    assert "--json" in {option for one in COMMANDS[name].params for option in one.opts}


def test_accounts_are_imported_listed_and_shown(tmp_path: Path) -> None:
    (tmp_path / "accounts.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "accounts.csv").write_text(CSV, encoding="utf-8")
    done = supportbot(tmp_path, "accounts", "import", "accounts.toml")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 accounts read" in done.stdout
    listed = json.loads(supportbot(tmp_path, "accounts", "list", "--json").stdout)
    assert [one["key"] for one in listed] == ["ACME", "HINODE"]
    again = supportbot(tmp_path, "accounts", "import", "accounts.csv")
    assert "revision 1" in again.stdout  # nothing new
    shown = supportbot(tmp_path, "accounts", "show", "acme")
    assert "Bob <bob@example.com>, not trained" in shown.stdout
    missing = supportbot(tmp_path, "accounts", "show", "nope")
    assert missing.returncode == 1
    assert missing.stderr == "there is no account NOPE; `supportbot accounts list` shows them\n"


def test_a_bad_accounts_file_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "accounts.toml").write_text(TOML.replace("premium", "gold"), encoding="utf-8")
    done = supportbot(tmp_path, "accounts", "import", "accounts.toml")
    assert done.returncode == 1
    assert "account HINODE: plan: expected one of" in done.stderr
    assert json.loads(supportbot(tmp_path, "accounts", "list", "--json").stdout) == []


def test_the_channel_where_staff_are_called_is_no_account_s(tmp_path: Path) -> None:
    (tmp_path / "accounts.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "supportbot.toml").write_text("[staff]\ntriage_channel = 'C0ACME'\nengineers = ['U0ERIN']\n")
    done = supportbot(tmp_path, "accounts", "import", "accounts.toml")
    said = "account ACME: channel: expected the account's own, C0ACME is staff.triage_channel"
    assert (done.returncode, done.stderr) == (1, f"accounts.toml: {said}\n")
    (tmp_path / "supportbot.toml").unlink()
    assert supportbot(tmp_path, "accounts", "import", "accounts.toml").returncode == 0

    (tmp_path / "supportbot.toml").write_text("[staff]\ntriage_channel = 'C0ACME'\nengineers = ['U0ERIN']\n")
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s", "SUPPORTBOT_LOG": "error"}
    done = supportbot(tmp_path, "run", **tokens)
    assert (done.returncode, done.stderr.splitlines()[0]) == (1, said)
    assert done.stderr.splitlines()[1].startswith("Mend the settings, or import these accounts anew")
    assert len(done.stderr.splitlines()) == 2


def test_tickets_of_an_empty_store(tmp_path: Path) -> None:
    assert json.loads(supportbot(tmp_path, "tickets", "list", "--json").stdout) == []
    done = supportbot(tmp_path, "tickets", "show", "ACME-1")
    assert done.returncode == 1
    assert "there is no ticket ACME-1" in done.stderr
    done = supportbot(tmp_path, "tickets", "show", "acme")
    assert (done.returncode, done.stderr) == (2, "expected the id of a ticket, such as ACME-42, got 'acme'\n")


def test_a_deadline_is_explained_in_utc(tmp_path: Path) -> None:
    words = ["policy", "deadline", "--plan", "premium", "--severity", "sev1", "--region", "japan", "--json"]
    opened = ["--opened", "2026-11-20T15:00:00+09:00", "--responded", "2026-11-20T06:30:00Z"]
    assert json.loads(supportbot(tmp_path, *words, *opened).stdout) == {
        "response_due": "2026-11-20T08:00:00Z",
        "response_reminders": ["2026-11-20T07:00:00Z", "2026-11-20T07:36:00Z", "2026-11-20T08:00:00Z"],
        "update_due": "2026-11-20T07:30:00Z",
        "heads_up": "2026-11-20T07:15:00Z",
        "calendar": "24x7",
    }


def test_a_policy_file_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[policy.severity.1]\nrespond = '90m'\n")
    assert supportbot(tmp_path, "policy", "check", "mine.toml").returncode == 0
    path.write_text("[policy.severity.1]\nrespond = 'now'\n")
    done = supportbot(tmp_path, "policy", "check", "mine.toml")
    assert done.returncode == 1
    assert done.stderr.startswith("mine.toml: severity.1.respond: expected a duration")


def test_a_server_that_is_away_is_one_clear_line(tmp_path: Path) -> None:
    done = supportbot(tmp_path, "accounts", "list", REDIS_URL="unix:///nowhere.sock")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "Redis" in done.stderr


def test_the_demo_walks_one_incident_and_ends(tmp_path: Path) -> None:
    done = supportbot(tmp_path, "demo", "--script")
    assert (done.returncode, done.stderr) == (0, "")
    story = ["Get support", "is recorded", "Owner: none", "nobody has it", "has taken ACME-1", "15 min left"]
    places = [done.stdout.index(words) for words in [*story, "is resolved", "HINODE-1"]]
    assert places == sorted(places)
    assert list(tmp_path.iterdir()) == []  # nothing is left behind


def test_the_demo_runs_until_it_is_stopped(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo"],
        cwd=tmp_path,
        env=environ(tmp_path, PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if "サポートに連絡" in line:
            break
    assert "What to do next" in seen
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")


def test_what_is_kept_of_a_ticket_is_shown_as_people_read_it() -> None:
    kept = {"tier": 1, "practice": False, "clock": {"kind": "response", "due": None}, "links": ["a", "b"]}
    assert _read(kept) == "tier 1, practice no, clock (kind response, due -), links a, b"
