"""The short form of the chaos; `make chaos` is the long one."""

import pytest

from tests.chaos.run import play_round, short_shape

SEED = 20261122


async def test_whatever_breaks_nothing_is_lost_doubled_or_leaked(capsys: pytest.CaptureFixture[str]) -> None:
    result = await play_round(SEED, short_shape)
    with capsys.disabled():
        print(f"\nseed {SEED}: {result}")
    assert result.found.problems == [], result.found.problems[:40]
    assert set(result.faults) == {"ratelimited", "lost", "drop", "status", "error", "slow"}
    assert result.blows.keys() >= {"web killed", "worker killed", "worker stopped for longer than its lease"}
