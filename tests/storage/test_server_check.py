"""A server that reads and can't write: named with its reason and mend, nothing half done, and over by itself."""

import itertools
import resource
import subprocess
from typing import Any

import pytest

from policy.commits import Committed
from storage.errors import Reason, StorageUnavailable, translate, translated
from storage.server_check import ServerCheck
from tests.policy.samples import account
from tests.servers import Cluster, Server, run_single, run_tcp, wait_until
from tests.storage.key_leaks import contents
from tests.storage.stores import Store, store_at, until


def check_of(store: Store) -> ServerCheck:
    return ServerCheck(store.client, store.scripts)


def configure(server: Server, **settings: str) -> None:
    with server.client() as client:
        for name, value in settings.items():
            client.config_set(name.replace("_", "-"), value)


async def refused(store: Store, server: Server, reason: Reason, says: str) -> None:
    """What people do is refused with that reason, whole; `/readyz` says the same."""
    before = contents([server])
    with pytest.raises(StorageUnavailable, match=says) as caught:
        await store.open(operation="refused")
    assert caught.value.reason is reason
    assert "\n" not in str(caught.value)
    assert contents([server]) == before
    (problem,) = await check_of(store).problems()
    assert says in problem
    assert caught.value.mend in problem


async def goes_on(store: Store, number: int) -> None:
    async def taken() -> bool:
        try:
            outcome = await store.open(operation="refused")
        except StorageUnavailable:
            return False
        assert isinstance(outcome, Committed)
        assert outcome.stored.ticket.number == number
        return True

    assert await until(taken)
    assert await check_of(store).problems() == []


async def test_a_full_memory() -> None:
    with run_single() as server:
        async with store_at(server.url) as store:
            await store.opened(operation="one")
            assert await check_of(store).problems() == []
            configure(server, maxmemory="1")
            await refused(store, server, Reason.OUT_OF_MEMORY, "its memory is full")
            assert await store.tickets.get("ACME-1") is not None
            configure(server, maxmemory="0")
            await goes_on(store, 2)


async def test_a_primary_that_became_a_replica() -> None:
    with run_tcp() as server:
        async with store_at(server.url) as store:
            await store.opened(operation="one")
            configure(server, replica_serve_stale_data="yes")
            replicate(server, "127.0.0.1", "1")
            await refused(store, server, Reason.READ_ONLY, "it is a replica")
            configure(server, replica_serve_stale_data="no")
            with pytest.raises(StorageUnavailable) as caught:
                await store.tickets.get("ACME-1")
            assert caught.value.reason is Reason.MASTER_DOWN
            replicate(server, "NO", "ONE")
            await goes_on(store, 2)


def replicate(server: Server, *words: str) -> None:
    with server.client() as client:
        send: Any = client.execute_command
        send("REPLICAOF", *words)


async def test_too_few_replicas() -> None:
    with run_single() as server:
        async with store_at(server.url) as store:
            await store.opened(operation="one")
            configure(server, min_replicas_to_write="1")
            await refused(store, server, Reason.NO_REPLICAS, "fewer replicas")
            configure(server, min_replicas_to_write="0")
            await goes_on(store, 2)


@pytest.mark.skipif(
    not hasattr(resource, "prlimit"), reason="Linux alone can make a disk full for one process"
)
async def test_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    start = subprocess.Popen.__init__

    def keeping_signals(self: Any, *args: Any, **options: Any) -> None:
        start(self, *args, **{**options, "restore_signals": False})

    with monkeypatch.context() as patched:
        patched.setattr(subprocess.Popen, "__init__", keeping_signals)
        running = run_single(appendonly="yes", appendfsync="everysec")
        server = running.__enter__()
    try:
        async with store_at(server.url) as store:
            await store.opened(operation="one")
            pid = server.process.pid
            _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, most))

            async def full() -> bool:
                return bool(await check_of(store).problems())

            async def full_to_writers() -> bool:
                try:
                    await store.open("GLOBEX", operation="fills")
                    await store.directories.put({"GLOBEX": account("GLOBEX", tier=next(tiers))}, {})
                except StorageUnavailable as error:
                    return error.reason is Reason.DISK
                return False

            # It finds out when it writes: what comes after that is refused.
            tiers = itertools.cycle((1, 2, 3))
            assert await until(full_to_writers)
            assert await until(full)
            await refused(store, server, Reason.DISK, "can't write to its disk")
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))
            await goes_on(store, 2)
    finally:
        running.__exit__(None, None, None)


async def test_a_cluster_that_lost_slots(cluster_running: Cluster) -> None:
    server = cluster_running.primaries[0]

    def slot(verb: str) -> None:
        with server.client() as client:
            send: Any = client.execute_command
            send("CLUSTER", verb, 0)

    async with store_at(cluster_running.url) as store:
        await store.tickets.get("ACME-1")
        slot("DELSLOTS")
        try:
            with pytest.raises(StorageUnavailable) as caught:
                await until(lambda: asks(store), patience_s=10)
            assert caught.value.reason is Reason.CLUSTER_DOWN
        finally:
            slot("ADDSLOTS")
            for one in cluster_running.primaries:
                wait_until(lambda one=one: is_ok(one), "the cluster covers every slot again")  # type: ignore[misc]

        async def well() -> bool:
            return await check_of(store).problems() == []

        assert await until(well)


async def asks(store: Store) -> bool:
    await store.tickets.many([f"{key}-1" for key in ("ACME", "GLOBEX", "HOOLI")])
    return False


def is_ok(server: Server) -> bool:
    with server.client() as client:
        send: Any = client.execute_command
        return b"cluster_state:ok" in bytes(send("CLUSTER", "INFO"))


async def test_loading_is_named() -> None:
    from redis.exceptions import BusyLoadingError

    found = translate(BusyLoadingError("Redis is loading the dataset in memory"))
    assert isinstance(found, StorageUnavailable)
    assert found.reason is Reason.LOADING
    with pytest.raises(StorageUnavailable), translated():
        raise BusyLoadingError("Redis is loading the dataset in memory")


async def test_settings_that_are_changed_later_are_found() -> None:
    with run_single(appendonly="yes") as server:
        async with store_at(server.url) as store:
            check = check_of(store)
            await check.look()
            assert await check.problems() == []
            configure(server, maxmemory_policy="allkeys-lru")
            await check.look()
            (problem,) = await check.problems()
            assert "maxmemory-policy allkeys-lru" in problem
            assert "CONFIG SET maxmemory-policy noeviction" in problem
            configure(server, maxmemory_policy="noeviction")
            await check.look()
            assert await check.problems() == []
