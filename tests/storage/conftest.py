"""One server, one Sentinel set and one cluster with replicas for each xdist worker, started when first asked for;
empty before each test."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.servers import Cluster, SentinelSet, Server, flush, run_cluster, run_sentinel, run_single
from tests.storage import key_leaks
from tests.storage.stores import Store, store_at


@pytest.fixture(scope="session")
def single_server_running() -> Iterator[Server]:
    with run_single() as server:
        yield server


@pytest.fixture(scope="session")
def cluster_running() -> Iterator[Cluster]:
    with run_cluster(3, replicas=1) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def sentinel_running() -> Iterator[SentinelSet]:
    with run_sentinel() as made:
        yield made


@pytest.fixture(scope="session")
def single_url(single_server_running: Server) -> str:
    """`unix://` of the shared plain server. Not emptied: `store_url` is."""
    return single_server_running.url


@pytest.fixture(scope="session")
def cluster_url(cluster_running: Cluster) -> str:
    """`redis+cluster://` of the shared cluster. Not emptied: `store_url` is."""
    return cluster_running.url


@pytest.fixture(scope="session")
def sentinel_url(sentinel_running: SentinelSet) -> str:
    """`redis+sentinel://` of the shared primary and replica. Not emptied: `store_url` is."""
    return sentinel_running.url


@pytest.fixture(params=["single", "sentinel", "cluster"])
def store_kind(request: pytest.FixtureRequest) -> str:
    """Each kind of server in turn."""
    kind: str = request.param
    return kind


@pytest.fixture
def store_servers(request: pytest.FixtureRequest, store_kind: str) -> list[Server]:
    """The servers that hold the store, empty now. After a test of the storage contract they hold no key that
    `storage/keys.py` does not declare."""
    if store_kind == "single":
        server: Server = request.getfixturevalue("single_server_running")
        flush(server)
        return [server]
    if store_kind == "sentinel":
        watched: SentinelSet = request.getfixturevalue("sentinel_running")
        flush(watched.primary)
        return [watched.primary]
    cluster: Cluster = request.getfixturevalue("cluster_running")
    flush(*cluster.primaries)
    return cluster.primaries


@pytest.fixture
def store_url(request: pytest.FixtureRequest, store_kind: str, store_servers: list[Server]) -> str:
    """An empty store, on each kind of server in turn."""
    url: str = request.getfixturevalue(f"{store_kind}_url")
    return url


@pytest.fixture(autouse=True)
def _no_undeclared_keys(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test of the storage contract leaves only keys that are declared."""
    servers: list[Server] = []
    if request.path.name.startswith("test_contract_") and "store_servers" in request.fixturenames:
        servers = request.getfixturevalue("store_servers")
    yield
    assert not (faults := key_leaks.undeclared(servers)), "\n".join(faults)


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """An empty store."""
    async with store_at(store_url) as made:
        yield made


@pytest.fixture
async def other(store_url: str) -> AsyncIterator[Store]:
    """The same store as another process sees it."""
    async with store_at(store_url) as made:
        yield made
