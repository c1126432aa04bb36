"""A server that takes connections and answers nothing: every request ends soon, and none waits for the others."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest

from policy.commits import Committed, Operation, Replayed
from policy.transitions import Change
from storage.connect import connect
from storage.errors import StorageTimeout, StorageUnavailable
from storage.scripts import Scripts
from storage.tickets import Tickets
from tests.policy.samples import MONDAY, account, opened
from tests.servers import Server, run_cluster, run_single, wait_until
from tests.storage.stores import wake_of

WITHIN_S = 0.3
GUARD_S = 20 * WITHIN_S
"""Far more than one request needs, far less than the requests below need one after another."""


@pytest.fixture
def own_server() -> Iterator[Server]:
    with run_single() as server:
        yield server


@asynccontextmanager
async def scripts_at(url: str) -> AsyncIterator[Scripts]:
    client = connect(url, timeout_s=WITHIN_S)
    try:
        yield Scripts(client, within_s=WITHIN_S)
    finally:
        await client.aclose()


@contextmanager
def stopped(*servers: Server) -> Iterator[None]:
    for server in servers:
        os.kill(server.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for server in servers:
            os.kill(server.process.pid, signal.SIGCONT)


async def open_one(tickets: Tickets, operation: str) -> Committed | Replayed:
    def decide(number: int) -> Change:
        return opened("1", of=account("ACME"), number=number, now=MONDAY)

    return await tickets.open(
        "ACME", decide, operation=Operation(operation, "ACME"), wake=wake_of, now=MONDAY
    )


async def test_requests_at_once_for_one_account_end_together(own_server: Server) -> None:
    async with scripts_at(own_server.url) as scripts:
        tickets = Tickets(scripts)
        await open_one(tickets, "before")
        with stopped(own_server):
            async with asyncio.timeout(GUARD_S):
                asked = [open_one(tickets, f"hanging {n}") for n in range(40)]
                asked += [tickets.get(f"ACME-{n}") for n in range(40)]  # type: ignore[misc]
                answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(answer) for answer in answers] == [StorageTimeout] * 80
        await open_one(tickets, "after")
        kept = [stored.ticket.id for stored in await tickets.open_of("ACME")]
        # The one that was on its way may have arrived; those that waited behind it were given up.
        assert kept in (["ACME-1", "ACME-2"], ["ACME-1", "ACME-2", "ACME-3"])


async def test_requests_one_after_another_each_end_by_themselves(own_server: Server) -> None:
    async with scripts_at(own_server.url) as scripts:
        await scripts.command("SET", "n", 0)
        with stopped(own_server):
            for _ in range(5):
                with pytest.raises(StorageTimeout):
                    await scripts.command("INCR", "n")
        await scripts.command("INCR", "m")
        assert int(await scripts.command("GET", "n")) <= 5
        assert await scripts.command("INCR", "m") == 2


async def test_a_greeting_without_an_answer_is_not_tried_again(own_server: Server) -> None:
    """Each attempt would be a connection of its own, and the server counts those."""
    async with scripts_at(own_server.url) as scripts:
        with own_server.client() as direct:
            before = direct.info("stats")["total_connections_received"]
            with stopped(own_server):
                client = connect(own_server.url, timeout_s=WITHIN_S)
                with pytest.raises(Exception, match="Timeout") as caught:
                    await client.get("n")
                await client.aclose()
            assert "TimeoutError" in type(caught.value).__name__
            wait_until(
                lambda: direct.info("stats")["total_connections_received"] > before,
                "the greeting that was sent",
            )
            assert direct.info("stats")["total_connections_received"] == before + 1
        assert await scripts.command("GET", "n") is None


async def test_a_cluster_that_hangs() -> None:
    with run_cluster(3) as cluster:
        async with scripts_at(cluster.url) as scripts:
            tickets = Tickets(scripts)
            await tickets.get("ACME-1")
            with stopped(*cluster.primaries):
                async with asyncio.timeout(GUARD_S):
                    answers = await asyncio.gather(
                        *(tickets.get(f"ACME-{n}") for n in range(40)), return_exceptions=True
                    )
            assert [type(answer) for answer in answers] == [StorageTimeout] * 40
            async with asyncio.timeout(10 * GUARD_S):
                while True:
                    try:
                        assert await tickets.get("ACME-1") is None
                        break
                    except StorageUnavailable:
                        await asyncio.sleep(0.05)
