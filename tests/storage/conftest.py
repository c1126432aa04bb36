"""One server and one cluster for each xdist worker, started when first asked for; empty before each test."""

from collections.abc import Iterator

import pytest

from tests.servers import Cluster, Server, flush, run_cluster, run_single


@pytest.fixture(scope="session")
def single_server_running() -> Iterator[Server]:
    with run_single() as server:
        yield server


@pytest.fixture(scope="session")
def cluster_running() -> Iterator[Cluster]:
    with run_cluster(3) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def single_url(single_server_running: Server) -> str:
    """`unix://` of the shared plain server. Not emptied: `store_url` is."""
    return single_server_running.url


@pytest.fixture(scope="session")
def cluster_url(cluster_running: Cluster) -> str:
    """`redis+cluster://` of the shared cluster. Not emptied: `store_url` is."""
    return cluster_running.url


@pytest.fixture(params=["single", "cluster"])
def store_url(request: pytest.FixtureRequest) -> str:
    """An empty store, once on a plain server and once on a cluster."""
    if request.param == "single":
        server: Server = request.getfixturevalue("single_server_running")
        flush(server)
        return server.url
    cluster: Cluster = request.getfixturevalue("cluster_running")
    flush(*cluster.primaries)
    return cluster.url
