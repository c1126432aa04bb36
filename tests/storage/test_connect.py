"""URLs, clients and the check of the server, against real servers."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis import exceptions as wire
from redis.asyncio import RedisCluster
from redis.asyncio.connection import SSLConnection

from storage.address import Address, parse_url
from storage.connect import Client, check_server, connect, connect_blocking, subscribe
from storage.errors import (
    BadRedisUrl,
    StorageError,
    StorageRefused,
    StorageTimeout,
    StorageUnavailable,
    translate,
    translated,
)
from tests.servers import (
    Cluster,
    SentinelSet,
    Server,
    run_cluster,
    run_sentinel,
    run_single,
    run_tcp,
    wait_until,
)


@asynccontextmanager
async def client_of(url: str, **options: Any) -> AsyncIterator[Client]:
    client = connect(url, **options)
    try:
        yield client
    finally:
        await client.aclose()


@pytest.fixture(scope="module")
def sentinel_set() -> Iterator[SentinelSet]:
    with run_sentinel() as made:
        yield made


@pytest.fixture(params=["single", "cluster", "sentinel"])
def any_url(request: pytest.FixtureRequest) -> str:
    """Each kind of server; what a test writes under names of its own may stay."""
    if request.param == "sentinel":
        made: SentinelSet = request.getfixturevalue("sentinel_set")
        return made.url
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


# -- URLs


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://db", ("single", False, (("db", 6379),), "", "", 0, None, None)),
        ("redis://db:7000/3", ("single", False, (("db", 7000),), "", "", 3, None, None)),
        ("redis://db?db=3", ("single", False, (("db", 6379),), "", "", 3, None, None)),
        ("redis://:s%40cret@db", ("single", False, (("db", 6379),), "", "", 0, None, "s@cret")),
        ("rediss://me:pw@db:1", ("single", True, (("db", 1),), "", "", 0, "me", "pw")),
        ("redis://[::1]:7000", ("single", False, (("::1", 7000),), "", "", 0, None, None)),
        ("unix:///run/my%20redis.sock?db=2", ("unix", False, (), "/run/my redis.sock", "", 2, None, None)),
        ("unix:///run/r?password=pw", ("unix", False, (), "/run/r", "", 0, None, "pw")),
        (
            "redis+sentinel://u:p@h1:1,h2,[::1]:3/support/4",
            ("sentinel", False, (("h1", 1), ("h2", 26379), ("::1", 3)), "", "support", 4, "u", "p"),
        ),
        (
            "rediss+sentinel://h1/support",
            ("sentinel", True, (("h1", 26379),), "", "support", 0, None, None),
        ),
        (
            "redis+cluster://:p@h1:7000,h2",
            ("cluster", False, (("h1", 7000), ("h2", 6379)), "", "", 0, None, "p"),
        ),
        ("REDIS+cluster://h1/", ("cluster", False, (("h1", 6379),), "", "", 0, None, None)),
    ],
)
def test_sound_urls(url: str, expected: tuple[object, ...]) -> None:
    kind, tls, hosts, path, service, db, username, password = expected
    assert parse_url(url) == Address(
        kind=kind,  # type: ignore[arg-type]
        tls=tls,  # type: ignore[arg-type]
        hosts=hosts,  # type: ignore[arg-type]
        path=path,  # type: ignore[arg-type]
        service=service,  # type: ignore[arg-type]
        db=db,  # type: ignore[arg-type]
        username=username,  # type: ignore[arg-type]
        password=password,  # type: ignore[arg-type]
        options={},
    )


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "starts with redis://"),
        ("localhost:6379", "starts with redis://"),
        ("http://:hunter2@db", "not http://"),
        ("redis://", "needs a host"),
        ("redis:///0", "needs a host"),
        ("redis://:hunter2@", "needs a host"),
        ("redis://db:", "from 1 to 65535"),
        ("redis://db:0", "from 1 to 65535"),
        ("redis://db:99999", "from 1 to 65535"),
        ("redis://db:port", "from 1 to 65535"),
        ("redis://h1,h2", "redis+sentinel:// or redis+cluster://"),
        ("redis://db/first", "is a number, not 'first'"),
        ("redis://db/-1", "is a number, not '-1'"),
        ("redis://hunter2@db", "user:password@"),
        ("redis://me:@db", "user:password@"),
        ("redis://db?ssl_cert_reqs=none", "knows no option 'ssl_cert_reqs'"),
        ("redis://db?retry_on_timeout=true", "knows no option 'retry_on_timeout'"),
        ("unix://run/redis.sock", "by its full path"),
        ("unix://", "by its full path"),
        ("redis+sentinel://h1,h2", "names the service"),
        ("redis+sentinel://h1,,h2/support", "needs a host"),
        ("redis+sentinel://h1/support/x", "is a number, not 'x'"),
        ("redis+cluster://h1/3", "database 0 only"),
        ("redis+cluster://h1?db=3", "knows no option 'db'"),
    ],
)
def test_bad_urls_say_what_was_expected_in_one_line_and_no_password(url: str, says: str) -> None:
    with pytest.raises(BadRedisUrl) as caught:
        connect(url)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_an_address_shows_no_password() -> None:
    address = parse_url("redis+sentinel://me:hunter2@h1,h2/support?sentinel_password=hunter2")
    assert str(address) == "sentinel h1:26379,h2:26379 (support)"
    assert "hunter2" not in repr(address)


# -- clients


async def test_commands_scripts_and_bursts(any_url: str) -> None:
    async with client_of(any_url, max_connections=8) as client:
        sha = await client.script_load("return {redis.call('INCR', KEYS[1]), ARGV[1]}")
        await client.delete("{burst}n")
        replies = await asyncio.gather(*(client.evalsha(sha, 1, "{burst}n", "x") for _ in range(200)))
        assert sorted(reply[0] for reply in replies) == list(range(1, 201))
        assert replies[0][1] == b"x"


async def test_connections_bear_our_name(single_server_running: Server) -> None:
    async with client_of(single_server_running.url) as client:
        assert await client.client_getname() in ("supportbot", b"supportbot")


@pytest.mark.parametrize("url", ["rediss://h/1", "rediss+sentinel://h/support", "rediss+cluster://h"])
async def test_tls_checks_the_certificate_unless_told_otherwise(url: str) -> None:
    for query, expected in (("", None), ("?ssl_cert_reqs=none", "none")):
        client = connect(url + query)
        pool = client if isinstance(client, RedisCluster) else client.connection_pool
        options = pool.connection_kwargs
        assert issubclass(options.get("connection_class") or pool.connection_class, SSLConnection)  # type: ignore[union-attr]
        assert options.get("ssl_cert_reqs") in (expected, expected or "required")
        await client.aclose()


async def test_blocking_reads_know_no_time_out(any_url: str) -> None:
    blocking = connect_blocking(any_url)
    pool = blocking if isinstance(blocking, RedisCluster) else blocking.connection_pool
    assert pool.connection_kwargs["socket_timeout"] is None
    async with client_of(any_url) as client:
        await client.delete("{wait}q")
        waiting: asyncio.Future[Any] = asyncio.ensure_future(blocking.blpop(["{wait}q"], 0))
        await client.rpush("{wait}q", "now")
        assert await waiting == [b"{wait}q", b"now"]
    await blocking.aclose()


async def test_subscriptions(any_url: str) -> None:
    blocking = connect_blocking(any_url)
    pubsub = await subscribe(blocking, "wake")
    async with client_of(any_url) as client:
        heard = []
        while b"now" not in heard:
            await client.publish("wake", "now")
            message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=1.0)
            if message:
                heard.append(message["data"])
    await pubsub.aclose()  # type: ignore[no-untyped-call]
    await blocking.aclose()


async def test_a_lost_connection_is_opened_anew(any_url: str) -> None:
    async with client_of(any_url) as client, client_of(any_url) as other:
        await client.set("{lost}n", 1)
        await other.execute_command(
            *("CLIENT", "KILL", "TYPE", "NORMAL", "SKIPME", "YES"), **await _everywhere(other)
        )
        assert await client.get("{lost}n") == b"1"


async def _everywhere(client: Client) -> dict[str, Any]:
    if not isinstance(client, RedisCluster):
        return {}
    # Named one by one: a flag for all of them asks the library for the command's keys, and it has none.
    await client.initialize()
    return {"target_nodes": client.get_primaries()}


async def test_a_time_out_is_not_tried_again() -> None:
    with run_single() as server:
        await _time_out_once(server.url, server)


async def test_a_time_out_is_not_tried_again_in_a_cluster() -> None:
    with run_cluster() as cluster:
        async with client_of(cluster.url) as client:
            assert isinstance(client, RedisCluster)
            await client.initialize()
            owner = client.get_node_from_key("n")
        assert owner is not None
        (server,) = (one for one in cluster.primaries if one.port == owner.port)
        await _time_out_once(cluster.url, server)


async def _time_out_once(url: str, server: Server) -> None:
    """The command is carried out once the server goes on: a second attempt would count twice."""
    async with client_of(url, timeout_s=0.3) as client:
        await client.set("n", 0)
        os.kill(server.process.pid, signal.SIGSTOP)
        try:
            with pytest.raises(StorageTimeout), translated():
                await client.incr("n")
        finally:
            os.kill(server.process.pid, signal.SIGCONT)
        with server.client() as direct:
            wait_until(lambda: direct.get("n") == b"1", "the one increment")
        assert await client.incr("n") == 2


async def test_sentinel_names_another_primary() -> None:
    with run_sentinel() as made:
        async with client_of(made.url) as client:
            await client.set("n", 1)
            assert await client.wait(1, 5_000) == 1
            made.primary.process.kill()
            while True:
                try:
                    with translated():
                        assert await client.incr("n") == 2
                    break
                except StorageUnavailable:
                    await asyncio.sleep(0.05)


# -- the check of the server


async def _findings(url: str) -> list[tuple[str, str]]:
    async with client_of(url) as client:
        return [(found.level, found.text) for found in await check_server(client)]


async def test_a_durable_server_without_eviction_is_fine() -> None:
    with run_single(appendonly="yes") as server:
        assert await _findings(server.url) == []
    with run_single(save="3600 1") as server:
        assert await _findings(server.url) == []


async def test_eviction_bars_the_start_and_no_persistence_is_warned_of() -> None:
    with run_single(maxmemory_policy="allkeys-lru") as server:
        (policy, persistence) = await _findings(server.url)
    assert policy == (
        "error",
        "Redis may throw away data when memory is short (maxmemory-policy allkeys-lru).",
    )
    assert persistence == ("warning", "Redis keeps nothing on disk: a restart loses every ticket.")


async def test_where_config_is_forbidden_info_tells() -> None:
    with run_tcp(maxmemory_policy="volatile-ttl") as server:
        with server.client() as direct:
            words = ["ACL", "SETUSER", "app", "on", ">pw", "~*", "&*", "+@all", "-config"]
            call: Any = direct.execute_command
            call(*words)
        found = await _findings(f"redis://app:pw@127.0.0.1:{server.port}")
    assert [level for level, _ in found] == ["error", "warning"]
    assert "volatile-ttl" in found[0][1]
    assert "hides whether it keeps snapshots" in found[1][1]


async def test_every_primary_of_a_cluster_is_checked() -> None:
    with run_cluster(appendonly="yes") as cluster:
        assert await _findings(cluster.url) == []
        bad = cluster.primaries[2]
        with bad.client() as direct:
            direct.config_set("maxmemory-policy", "allkeys-lfu")
        ((level, text),) = await _findings(cluster.url)
    assert level == "error"
    assert f"127.0.0.1:{bad.port}" in text


async def test_a_replica_is_no_place_to_write(sentinel_set: SentinelSet) -> None:
    found = await _findings(sentinel_set.replica.url)
    assert ("error", "Redis is a replica and takes no writes.") in found


async def test_an_old_server_is_refused(single_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with client_of(single_url) as client:
        told = {**await client.info(), "redis_version": "6.2.14"}

        async def info(*_: object, **__: object) -> dict[str, Any]:
            return told

        monkeypatch.setattr(client, "info", info)
        found = await check_server(client)
    assert ("error", "Redis is version 6.2.14.") in [(one.level, one.text) for one in found]
    assert "7.0" in found[0].mend


# -- errors


async def test_nobody_there() -> None:
    with run_tcp() as server:
        port = server.port
    for url in (
        "unix:///nowhere/redis.sock",
        f"redis://127.0.0.1:{port}",
        f"redis+sentinel://127.0.0.1:{port}/support",
        f"redis+cluster://127.0.0.1:{port}",
    ):
        async with client_of(url) as client:
            with pytest.raises(StorageUnavailable) as caught, translated():
                await client.ping()
            assert len(str(caught.value)) < 250
            with pytest.raises(StorageUnavailable):
                await check_server(client)


async def test_turned_away() -> None:
    with run_tcp() as server:
        with server.client() as direct:
            direct.config_set("requirepass", "right")
        for credentials in ("", ":wrong@", "nobody:right@"):
            async with client_of(f"redis://{credentials}127.0.0.1:{server.port}") as client:
                with pytest.raises(StorageRefused), translated():
                    await client.get("n")
        async with client_of(f"redis://:right@127.0.0.1:{server.port}") as client:
            await client.acl_setuser("app", enabled=True, passwords=["+pw"], commands=["+ping"])
        async with client_of(f"redis://app:pw@127.0.0.1:{server.port}") as client:
            with pytest.raises(StorageRefused), translated():
                await client.get("n")


async def test_read_only_and_full(sentinel_set: SentinelSet) -> None:
    async with client_of(sentinel_set.replica.url) as client:
        with pytest.raises(StorageUnavailable), translated():
            await client.set("n", 1)
        with pytest.raises(StorageUnavailable), translated():
            await client.eval("return redis.call('SET', KEYS[1], 1)", 1, "n")
    with run_single(maxmemory="1") as server:
        async with client_of(server.url) as client:
            with pytest.raises(StorageUnavailable), translated():
                await client.set("n", 1)
            with pytest.raises(StorageUnavailable), translated():
                await client.eval("return redis.call('SET', KEYS[1], 1)", 1, "n")


async def test_a_cluster_that_lost_a_part() -> None:
    with run_cluster(cluster_node_timeout="500") as cluster:
        async with client_of(cluster.url) as client:
            await client.mset_nonatomic({f"{{{n}}}": n for n in range(50)})  # type: ignore[union-attr]
            cluster.primaries[1].process.kill()
            with pytest.raises(StorageUnavailable), translated():
                await _read_on_and_on(client)


async def _read_on_and_on(client: Client) -> None:
    while True:
        for n in range(50):
            await client.get(f"{{{n}}}")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (wire.ConnectionError("refused"), StorageUnavailable),
        (wire.TimeoutError("slow"), StorageTimeout),
        (TimeoutError(), StorageTimeout),
        (ConnectionResetError(), StorageUnavailable),
        (wire.BusyLoadingError("loading"), StorageUnavailable),
        (wire.MaxConnectionsError("too many"), StorageUnavailable),
        (wire.ReadOnlyError("replica"), StorageUnavailable),
        (wire.OutOfMemoryError("full"), StorageUnavailable),
        (wire.ClusterDownError("down"), StorageUnavailable),
        (wire.MasterDownError("down"), StorageUnavailable),
        (wire.ClusterError("TTL exhausted."), StorageUnavailable),
        (wire.TryAgainError("moving"), StorageUnavailable),
        (wire.SlotNotCoveredError("slot"), StorageUnavailable),
        (wire.ResponseError("MISCONF Errors writing to the AOF file: No space left"), StorageUnavailable),
        (wire.ResponseError("NOREPLICAS Not enough good replicas to write."), StorageUnavailable),
        (wire.ResponseError("BUSY Redis is busy running a script."), StorageUnavailable),
        (wire.AuthenticationError("wrong"), StorageRefused),
        (wire.NoPermissionError("no"), StorageRefused),
        (wire.NoScriptError("none"), StorageError),
        (wire.ResponseError("ERR wrong number of arguments"), StorageError),
        (wire.ResponseError("ERR BUSYNESS is not a word of theirs"), StorageError),
        (wire.DataError("not a number"), StorageError),
        (wire.RedisClusterException("a mistake of ours"), StorageError),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
def test_what_each_error_means(error: Exception, expected: type[StorageError]) -> None:
    assert type(translate(error)) is expected
    with pytest.raises(expected) as caught, translated():
        raise error
    assert caught.value.__cause__ is error


def test_other_errors_pass() -> None:
    with pytest.raises(KeyError), translated():
        raise KeyError("n")
    unavailable = StorageUnavailable("already ours")
    with pytest.raises(StorageUnavailable) as caught, translated():
        raise unavailable
    assert caught.value is unavailable


def test_the_shared_cluster_covers_every_slot(cluster_running: Cluster) -> None:
    for server in cluster_running.servers:
        with server.client() as direct:
            assert direct.info("cluster")["cluster_enabled"] == 1
    assert len({server.port for server in cluster_running.servers}) == 6
