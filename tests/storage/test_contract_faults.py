"""A server that forgets its scripts, is away for a while, or has several nodes to choose from."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from policy.commits import Committed, Replayed
from storage import keys
from storage.codec import WorkNote
from storage.errors import StorageTimeout, StorageUnavailable
from tests.policy.samples import MINUTE, MONDAY, account, acknowledged
from tests.servers import Server, run_single
from tests.storage.stores import Store, store_at


def forget_scripts(servers: list[Server]) -> None:
    for server in servers:
        with server.client() as client:
            client.script_flush()


async def test_every_script_survives_that_the_server_forgets_it(
    store: Store, store_servers: list[Server]
) -> None:
    shard = keys.shard_of("ACME")
    forget_scripts(store_servers)
    base = await store.opened()
    forget_scripts(store_servers)
    lease = await store.lease(shard, "lane:ACME-1:staff")
    forget_scripts(store_servers)
    assert await store.queue.attempt(lease, WorkNote(tries=1))
    forget_scripts(store_servers)
    assert await store.queue.put_back(lease, MONDAY, WorkNote(tries=2))
    forget_scripts(store_servers)
    assert (await store.queue.pace("C-ACME", interval_ms=1000, place_ms=None))[0] == 0
    forget_scripts(store_servers)
    assert (await store.directories.put({"ACME": account()}, {})).revision == 1
    forget_scripts(store_servers)
    await store.changed(base, acknowledged(base.ticket, MONDAY + MINUTE))


async def test_scripts_forgotten_in_the_middle_of_a_burst(store: Store, store_servers: list[Server]) -> None:
    async def forget() -> None:
        for _ in range(20):
            await asyncio.to_thread(forget_scripts, store_servers)

    forgetting = asyncio.create_task(forget())
    opened = 0
    while not forgetting.done():
        outcomes = await asyncio.gather(*(store.open(operation=f"op-{opened + n}") for n in range(20)))
        assert all(isinstance(outcome, Committed) for outcome in outcomes)
        opened += 20
    await forgetting
    found = await store.tickets.open_of("ACME")
    assert sorted(stored.ticket.number for stored in found) == list(range(1, opened + 1))


async def test_the_first_commands_of_a_client_go_to_the_right_node(
    store_url: str, store_servers: list[Server]
) -> None:
    """A node that is asked for another one's keys says MOVED; after some of those the client library closes
    every connection, with what is under way on them."""
    for server in store_servers:
        with server.client() as client:
            client.config_resetstat()
    async with store_at(store_url) as fresh:
        await asyncio.gather(*(fresh.tickets.get(f"ACCOUNT{n}-1") for n in range(40)))
    for server in store_servers:
        with server.client() as client:
            assert "errorstat_MOVED" not in client.info("errorstats")


# -- away for a while


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that a test may maltreat."""
    with run_single() as server:
        yield server


def take_away(server: Server, socket: Path, away: Path) -> None:
    """Nobody can connect any more, and nobody stays connected."""
    with server.client() as killer:
        killer.ping()
        socket.rename(away)
        killer.client_kill_filter(_type="normal", skipme=True)


async def test_a_server_out_of_reach_says_so_and_the_next_call_after_it_is_back_works(
    own_server: Server,
) -> None:
    socket = Path(own_server.url.removeprefix("unix://"))
    away = socket.with_suffix(".away")
    async with store_at(own_server.url) as store:
        first = await store.opened(operation="one")
        take_away(own_server, socket, away)
        asked = [store.open(operation="two"), store.open("GLOBEX", "three"), store.tickets.get("ACME-1")]
        failures = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(failure) for failure in failures] == [StorageUnavailable] * 3
        assert all("\n" not in str(failure) for failure in failures)
        await asyncio.to_thread(away.rename, socket)
        assert await store.tickets.get("ACME-1") == first
        assert (await store.opened(operation="two")).ticket.number == 2
        assert (await store.opened("GLOBEX", "three")).ticket.number == 1


async def test_a_server_that_does_not_answer_and_an_operation_that_is_asked_again(own_server: Server) -> None:
    """It may have been carried out or not: asked again after that, it has been carried out once."""
    async with store_at(own_server.url, timeout_s=0.1) as store:
        await store.opened(operation="one")
        os.kill(own_server.process.pid, signal.SIGSTOP)
        try:
            with pytest.raises(StorageTimeout):
                await store.open(operation="two")
        finally:
            os.kill(own_server.process.pid, signal.SIGCONT)
    async with store_at(own_server.url) as again:
        outcome = await again.open(operation="two")
        assert outcome == Replayed("ACME-2") or isinstance(outcome, Committed)
        assert [stored.ticket.id for stored in await again.tickets.open_of("ACME")] == ["ACME-1", "ACME-2"]
        assert len(await again.tickets.timeline("ACME-2")) == 1
