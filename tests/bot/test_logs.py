"""Logs at a terminal and elsewhere: what went wrong and where, and nothing of what the variables held."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from bot.logs import configure
from bot.settings import Environment

NUMBER = "+81 3 5550 0199"


class Screen(io.StringIO):
    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def fail() -> None:
    hotline = "+81 3 " + "5550 0199"
    raise ValueError(f"a number of {len(hotline)} characters")


@pytest.mark.parametrize("terminal", [True, False])
def test_a_traceback_shows_no_variables(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(terminal=terminal)
    monkeypatch.setattr("sys.stderr", screen)
    configure("info")
    token = Environment.of(slack_bot_token="xoxb-" + "secret")
    try:
        fail()
    except ValueError:
        logging.getLogger("bot.somewhere").exception("it did not work: %s", token)
    said = screen.getvalue()
    assert "it did not work" in said
    assert "a number of 15 characters" in said
    assert "in fail" in (said if terminal else json.loads(said)["exception"])
    assert NUMBER not in said
    assert "xoxb-secret" not in said


def test_secrets_are_no_part_of_how_the_environment_is_shown() -> None:
    shown = repr(
        Environment.of(
            slack_bot_token="xoxb-1",
            slack_app_token="xapp-1",
            slack_signing_secret="s1",
            redis_url="redis://:pw@h",
        )
    )
    assert not [secret for secret in ("xoxb-1", "xapp-1", "s1", "pw") if secret in shown]
