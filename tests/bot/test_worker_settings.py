"""How long a worker keeps what it has in hand, and how long Slack may take: one must outlast the other."""

import pytest

from bot.settings import BadSettings, Environment, WorkerTable, settings_of
from policy.durations import EXPECTED


def _read(**worker: str) -> WorkerTable:
    return settings_of(Environment.of(), {"worker": worker}, "supportbot.toml").worker


def test_without_settings() -> None:
    worker = _read()
    assert (worker.lease_ms, worker.slack_timeout_s, worker.channel_interval_ms) == (30_000, 10.0, 1_000)


def test_a_short_lease_with_a_short_timeout() -> None:
    worker = _read(lease="4s", slack_timeout="1.5s", channel_interval="5s")
    assert (worker.lease_ms, worker.slack_timeout_s, worker.channel_interval_ms) == (4_000, 1.5, 5_000)


@pytest.mark.parametrize(
    ("worker", "problem"),
    [
        (
            {"lease": "19s"},
            "supportbot.toml: worker: lease: expected at least twice slack_timeout (10s), got 19s",
        ),
        (
            {"slack_timeout": "16s"},
            "supportbot.toml: worker: lease: expected at least twice slack_timeout (16s), got 30s",
        ),
        (
            {"lease": "soon"},
            f"supportbot.toml: worker.lease: expected {EXPECTED}, got 'soon'",
        ),
    ],
)
def test_a_lease_that_a_call_could_outlast_is_refused(worker: dict[str, str], problem: str) -> None:
    with pytest.raises(BadSettings) as refused:
        _read(**worker)
    assert refused.value.problems == (problem,)
