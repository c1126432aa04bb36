"""Servers that tests of several folders share: one for each xdist worker, empty before each test."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.servers import Cluster, Server, flush, run_cluster, run_single

# No test is about how fast this machine is just now.
settings.register_profile("supportbot", deadline=None)
settings.load_profile("supportbot")


@pytest.fixture(scope="session")
def single_server_running() -> Iterator[Server]:
    with run_single() as server:
        yield server


@pytest.fixture(scope="session")
def cluster_running() -> Iterator[Cluster]:
    with run_cluster(3) as cluster:
        yield cluster


@pytest.fixture
def empty_url(single_server_running: Server) -> str:
    """`unix://` of a plain server with nothing in it."""
    flush(single_server_running)
    return single_server_running.url
