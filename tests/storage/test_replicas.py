"""When a commit has to be confirmed by a replica: by what the primary says of itself, and since when."""

import pytest
from redis.exceptions import NoPermissionError

from storage.replicas import ALONE_AFTER_S, LOOK_EVERY_S, Replicas

ONE, OTHER = ("10.0.0.1", 6379), ("10.0.0.2", 6379)
WITH_ONE = [b"master", 42, [[b"10.0.0.2", b"6379", b"42"]]]
ALONE = [b"master", 42, []]


class Seconds:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def replicas(seconds: Seconds) -> Replicas:
    return Replicas(seconds)


def test_a_primary_is_asked_before_its_first_commit_and_then_now_and_again(
    replicas: Replicas, seconds: Seconds
) -> None:
    assert not replicas.known(ONE)
    replicas.heard(ONE, WITH_ONE)
    assert replicas.known(ONE)
    assert not replicas.look
    seconds.now += LOOK_EVERY_S
    assert replicas.look
    assert not replicas.known(OTHER)  # another one is in charge: asked anew


def test_only_a_primary_with_replicas_has_them_confirm(replicas: Replicas) -> None:
    replicas.heard(ONE, ALONE)
    assert not replicas.confirm
    replicas.heard(ONE, WITH_ONE)
    assert replicas.confirm


def test_one_that_lost_its_replicas_is_waited_for_and_then_goes_on_alone(
    replicas: Replicas, seconds: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    replicas.heard(ONE, WITH_ONE)
    seconds.now += ALONE_AFTER_S - 1
    replicas.heard(ONE, ALONE)
    assert replicas.confirm
    seconds.now += 1
    replicas.heard(ONE, ALONE)
    assert not replicas.confirm
    assert "has had no replica for 30 s" in caplog.text
    replicas.heard(ONE, WITH_ONE)
    assert replicas.confirm


def test_one_that_has_just_taken_over_owes_nothing_to_its_predecessor(replicas: Replicas) -> None:
    replicas.heard(ONE, WITH_ONE)
    replicas.heard(OTHER, ALONE)
    assert not replicas.confirm


@pytest.mark.parametrize("role", [NoPermissionError("no"), [b"slave", b"h", 1, b"connected", 7]])
def test_what_is_no_word_of_a_primary_changes_nothing(replicas: Replicas, role: object) -> None:
    replicas.heard(ONE, WITH_ONE)
    replicas.heard(ONE, role)
    assert replicas.confirm


def test_where_wait_is_forbidden_nobody_waits_and_the_log_says_what_to_allow(
    replicas: Replicas, caplog: pytest.LogCaptureFixture
) -> None:
    replicas.heard(ONE, WITH_ONE)
    replicas.refused(NoPermissionError("no permissions to run the 'wait' command"))
    replicas.heard(ONE, WITH_ONE)
    assert not replicas.confirm
    assert "allow WAIT and ROLE" in caplog.text
