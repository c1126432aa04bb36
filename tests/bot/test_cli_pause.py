"""`supportbot pause` and `resume`, as an operator uses them."""

from pathlib import Path

from tests.bot.test_cli import supportbot


def test_pause_says_who_and_why_and_resume_says_since_when(tmp_path: Path, empty_url: str) -> None:
    at = {"REDIS_URL": empty_url}
    done = supportbot(tmp_path, "pause", "--by", "erin", "--reason", "Slack is down", **at)
    assert (done.returncode, done.stdout) == (0, "posting is paused; `supportbot resume` goes on\n")
    again = supportbot(tmp_path, "pause", "--by", "omar", **at)
    assert again.returncode == 0
    assert again.stdout.startswith("posting is paused already, since 20")
    assert again.stdout.endswith("Z by erin: Slack is down\n")
    done = supportbot(tmp_path, "resume", **at)
    assert done.returncode == 0
    assert done.stdout.startswith("posting goes on; it was paused since 20")
    assert supportbot(tmp_path, "resume", **at).stdout == "posting was not paused\n"


def test_without_a_name_the_user_and_the_machine_are_told(tmp_path: Path, empty_url: str) -> None:
    supportbot(tmp_path, "pause", REDIS_URL=empty_url, LOGNAME="nora")
    assert " by nora@" in supportbot(tmp_path, "resume", REDIS_URL=empty_url).stdout


def test_bad_usage_and_a_server_that_is_away(tmp_path: Path) -> None:
    assert supportbot(tmp_path, "pause", "now").returncode == 2
    for command in ("pause", "resume"):
        done = supportbot(tmp_path, command, REDIS_URL="unix:///nowhere.sock")
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
        assert done.stdout == ""
