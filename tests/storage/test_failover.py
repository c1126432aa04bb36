"""Fail-over in mid-flight: what was confirmed survives, callers are told the truth, and go on by themselves."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from policy.commits import Replayed
from storage import keys
from storage.codec import Pause
from storage.connect import connect, connect_blocking
from storage.errors import Reason, StorageUnavailable, StorageUnconfirmed
from storage.pauses import Pauses
from storage.wakes import Wakes
from tests.servers import Cluster, SentinelSet, Server, run_cluster, run_sentinel, run_single
from tests.storage.stores import Store, store_at, until

ACCOUNTS = ("ACME", "A28", "GLOBEX", "HOOLI", "INITECH", "UMBRELLA")


@contextmanager
def stopped(server: Server) -> Iterator[None]:
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.process.pid, signal.SIGCONT)


class Clients:
    """Each opens tickets one after another, asks again for what was not confirmed, and notes what was."""

    def __init__(self, store: Store, *, pause_s: float = 0.0) -> None:
        self._store = store
        self._pause_s = pause_s
        self._going = True
        self.confirmed: dict[str, str] = {}
        self.told: list[StorageUnavailable] = []
        self._tasks = [asyncio.create_task(self._one(key)) for key in ACCOUNTS]

    async def _one(self, key: str) -> None:
        number = 0
        while self._going:
            number += 1
            operation = f"{key}-op-{number}"
            while True:
                try:
                    outcome = await self._store.open(key, operation)
                except StorageUnavailable as error:
                    self.told.append(error)
                    await asyncio.sleep(0.05)
                    continue
                break
            known = outcome.ticket if isinstance(outcome, Replayed) else outcome.stored.ticket.id
            self.confirmed[operation] = known
            await asyncio.sleep(self._pause_s)

    async def more(self, count: int) -> None:
        """Until each of them has had so many more confirmed."""
        before = {key: self._of(key) for key in ACCOUNTS}

        async def all_have() -> bool:
            return all(self._of(key) >= before[key] + count for key in ACCOUNTS)

        await until(all_have, patience_s=40)

    def _of(self, key: str) -> int:
        return sum(operation.startswith(f"{key}-op-") for operation in self.confirmed)

    async def end(self) -> None:
        self._going = False
        await asyncio.gather(*self._tasks)


async def assert_kept(store: Store, clients: Clients) -> None:
    """Every operation that was confirmed has its ticket, each its own, and numbers have no gaps."""
    assert len(set(clients.confirmed.values())) == len(clients.confirmed)
    for key in ACCOUNTS:
        kept = [stored.ticket for stored in await store.tickets.open_of(key)]
        assert sorted(ticket.number for ticket in kept) == list(range(1, len(kept) + 1))
        confirmed = {ticket for op, ticket in clients.confirmed.items() if op.startswith(f"{key}-op-")}
        assert confirmed == {ticket.id for ticket in kept}
        for ticket in kept:
            assert len(await store.tickets.timeline(ticket.id)) == 1


def waits(servers: list[Server]) -> int:
    """How often a server was asked to WAIT."""
    asked = 0
    for server in servers:
        with server.client() as client:
            asked += int(client.info("commandstats").get("cmdstat_wait", {}).get("calls", 0))
    return asked


# -- Sentinel


@pytest.fixture
def sentinel_set() -> Iterator[SentinelSet]:
    with run_sentinel() as made:
        yield made


async def test_sentinel_fails_over_in_mid_flight(sentinel_set: SentinelSet) -> None:
    async with store_at(sentinel_set.url) as store:
        clients = Clients(store)
        await clients.more(5)
        sentinel_set.primary.process.kill()
        await clients.more(5)
        await clients.end()
        await assert_kept(store, clients)
        assert clients.told, "the primary was away for a second at least"
    with sentinel_set.replica.client() as direct:
        assert direct.info("replication")["role"] == "master"


async def test_a_commit_that_no_replica_confirms_stands_and_is_not_called_done(
    sentinel_set: SentinelSet,
) -> None:
    async with store_at(sentinel_set.url) as store:
        await store.opened(operation="one")
        with stopped(sentinel_set.replica):
            with pytest.raises(StorageUnconfirmed) as caught:
                await store.open(operation="two")
            assert caught.value.reason is Reason.UNCONFIRMED
            with pytest.raises(StorageUnconfirmed):  # it is there, and still not safe
                await store.open(operation="two")
            assert await store.tickets.get("ACME-2") is not None
        assert await store.open(operation="two") == Replayed("ACME-2")
        assert len(await store.tickets.open_of("ACME")) == 2


async def test_a_pause_and_its_end_are_not_called_done_before_a_replica_has_them(
    sentinel_set: SentinelSet,
) -> None:
    """A resume that a fail-over takes back would leave all posting paused for good."""
    pause = Pause(since=datetime(2026, 11, 18, tzinfo=UTC), by="erin")
    async with store_at(sentinel_set.url) as store:
        await store.opened(operation="one")
        pauses = Pauses(store.scripts)
        assert await pauses.pause(pause) == pause
        with stopped(sentinel_set.replica), pytest.raises(StorageUnconfirmed):
            await pauses.resume()
        await pauses.resume()
        assert await pauses.current() is None
        with stopped(sentinel_set.replica), pytest.raises(StorageUnconfirmed):
            await pauses.pause(pause)


async def test_one_wait_for_all_that_travels_together(sentinel_set: SentinelSet) -> None:
    async with store_at(sentinel_set.url) as store:
        await store.opened(operation="one")
        before = waits([sentinel_set.primary])
        lease = await store.lease(keys.shard_of("ACME"), "lane:ACME-1:staff")
        rooms = [store.queue.put_room(f"C{n}", None, "ACME-1") for n in range(100)]
        await asyncio.gather(*rooms)
        assert await store.queue.put_back(lease, None, None)
        assert waits([sentinel_set.primary]) - before <= 4


async def test_where_there_is_no_replica_nobody_waits() -> None:
    with run_single() as server:
        async with store_at(server.url) as store:
            await store.opened(operation="one")
            await store.opened(operation="two")
        assert waits([server]) == 0


# -- Cluster


@pytest.fixture(scope="module")
def cluster_of_six() -> Iterator[Cluster]:
    with run_cluster(3, replicas=1, cluster_node_timeout="1000") as made:
        yield made


async def test_a_cluster_fails_over_in_mid_flight(cluster_of_six: Cluster) -> None:
    async with store_at(cluster_of_six.url) as store, store_at(cluster_of_six.url) as other:
        clients = Clients(store)
        await clients.more(5)
        assert waits(cluster_of_six.primaries) > 0
        cluster_of_six.primaries[1].process.kill()
        await clients.more(5)
        await clients.end()
        await assert_kept(store, clients)
        await assert_kept(other, clients)
        assert {error.reason for error in clients.told} <= {
            Reason.OUT_OF_REACH,
            Reason.CLUSTER_DOWN,
            Reason.UNCONFIRMED,
            Reason.TIMEOUT,
        }


# -- a reshard in mid-flight


def call(server: Server, *words: Any) -> Any:
    with server.client() as client:
        send: Any = client.execute_command
        return send(*words)


def slots_of(cluster: Cluster) -> list[int]:
    with cluster.primaries[0].client() as client:
        ask: Any = client.execute_command
        return sorted({ask("CLUSTER", "KEYSLOT", keys.tag(shard)) for shard in range(keys.SHARDS)})


def move_slot(slot: int, old: Server, new: Server, cluster: Cluster) -> None:
    """Move a slot while it is in use, key by key, as redis-cli does."""
    call(new, "CLUSTER", "SETSLOT", slot, "IMPORTING", call(old, "CLUSTER", "MYID"))
    call(old, "CLUSTER", "SETSLOT", slot, "MIGRATING", call(new, "CLUSTER", "MYID"))
    while found := call(old, "CLUSTER", "GETKEYSINSLOT", slot, 100):
        call(old, "MIGRATE", "127.0.0.1", new.port, "", 0, 5000, "KEYS", *found)
    owner = call(new, "CLUSTER", "MYID")
    for server in (new, old, *(one for one in cluster.primaries if one not in {new, old})):
        call(server, "CLUSTER", "SETSLOT", slot, "NODE", owner)


async def test_a_reshard_in_mid_flight_closes_no_connection_and_loses_nothing() -> None:
    """The library would close every connection at each fifth slot that has moved, with what is under way there."""
    with run_cluster(3) as cluster:
        async with store_at(cluster.url) as store:
            clients = Clients(store, pause_s=0.02)
            await clients.more(3)
            connections = {server.port: connected(server) for server in cluster.primaries}
            for slot in slots_of(cluster)[::2]:
                place = next(n for n in range(3) if slot < 16384 * (n + 1) // 3)
                old, new = cluster.primaries[place], cluster.primaries[(place + 1) % 3]
                await asyncio.to_thread(move_slot, slot, old, new, cluster)
            await clients.more(3)
            await clients.end()
            await assert_kept(store, clients)
            assert {error.reason for error in clients.told} <= {Reason.MOVING, Reason.TIMEOUT}
            for server in cluster.primaries:
                assert connections[server.port] <= connected(server)


def connected(server: Server) -> set[str]:
    """The ids of our connections that are open."""
    with server.client() as client:
        listed: Any = client.client_list()
        return {one["id"] for one in listed if one["name"] == "supportbot"}


# -- wake-ups


async def test_who_listens_hears_again_after_the_connection_was_lost() -> None:
    with run_single() as server:
        blocking = connect_blocking(server.url)
        heard: list[tuple[int, int]] = []

        async def listen() -> None:
            async for shard, at_ms in Wakes(blocking).shards():
                heard.append((shard, at_ms))

        listening = asyncio.create_task(listen())
        try:
            for _ in range(2):
                heard.clear()

                async def announced() -> bool:
                    call(server, "PUBLISH", keys.WAKE_CHANNEL, "3:77")
                    return bool(heard)

                await until(announced)
                call(server, "CLIENT", "KILL", "TYPE", "pubsub")
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            await blocking.aclose()


async def test_a_connection_to_a_primary_that_was_replaced_is_not_used_again(
    sentinel_set: SentinelSet,
) -> None:
    """It was in use when Sentinel named another one: the library would keep it, and the old primary may still
    answer."""
    client: Any = connect(sentinel_set.url)
    try:
        pool = client.connection_pool
        held = await pool.get_connection()
        first = await client_id(held)
        pool.master_address = (
            "127.0.0.1",
            sentinel_set.replica.port,
        )  # as another connection has just learned
        await pool.release(held)
        again = await pool.get_connection()
        assert again is held
        assert await client_id(again) != first
        await pool.release(again)
    finally:
        await client.aclose()


async def client_id(connection: Any) -> int:
    await connection.send_command("CLIENT", "ID")
    return int(await connection.read_response())


async def test_what_was_written_while_another_primary_was_named_is_not_called_confirmed(
    sentinel_set: SentinelSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with store_at(sentinel_set.url) as store:
        await store.opened(operation="one")
        server: Any = store.scripts._carriage._one._server
        send = type(server).send

        async def named_meanwhile(one: Any, commands: Any) -> Any:
            replies = await send(one, commands)
            one._pool.master_address = ("127.0.0.1", sentinel_set.replica.port)
            return replies

        monkeypatch.setattr(type(server), "send", named_meanwhile)
        with pytest.raises(StorageUnconfirmed):
            await store.open(operation="two")
        monkeypatch.undo()
        assert await store.open(operation="two") == Replayed("ACME-2")
