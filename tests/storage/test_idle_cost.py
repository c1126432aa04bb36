"""What a worker that has nothing to do asks of the server: little, and no more when more tickets wait."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

import pytest

from bot.handlers import Handlers
from bot.worker import LOOK_EVERY_S, Worker
from policy.instants import to_ms
from storage import keys
from storage.queue import Queue
from tests.bot.worker_rig import START, MovedClock
from tests.servers import Server, run_single
from tests.storage.stores import store_at, until

LOOKS = 10
LATER_MS = to_ms(START) + 86_400_000


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    with run_single() as server:
        yield server


def fill(server: Server, waiting: int) -> None:
    """So many tickets wait for their reminders, in all shards."""
    with server.client() as client, client.pipeline(transaction=False) as pipe:
        asked: Any = pipe
        asked.flushall()
        for shard in range(keys.SHARDS):
            members = {f"remind:K{shard}-{n}": LATER_MS + n for n in range(waiting // keys.SHARDS)}
            asked.zadd(keys.due(shard), members)
        asked.execute()


async def no_wakes() -> AsyncIterator[tuple[int, int]]:
    await asyncio.Event().wait()
    yield 0, 0


class Counted(Queue):
    """Counts the looks of a worker."""

    looks = 0

    async def claim(self, shard: int, **given: Any) -> Any:
        self.looks += shard == keys.SHARDS - 1
        return await super().claim(shard, **given)


async def idle_commands(server: Server) -> tuple[int, dict[str, int]]:
    """How often an idle worker looked, and how often each command was called meanwhile, by its scripts too."""
    async with store_at(server.url) as store:
        queue = Counted(store.scripts)
        worker = Worker(queue, cast("Handlers", None), MovedClock(), no_wakes)
        working = asyncio.create_task(worker.run())
        try:
            await looked(worker, queue, 1)  # the first one connects, and brings the script
            with server.client() as client:
                client.config_resetstat()
            before = queue.looks
            await looked(worker, queue, before + LOOKS)
        finally:
            worker.stop()
            await working
    with server.client() as client:
        stats = client.info("commandstats")
    ours = {name.removeprefix("cmdstat_"): int(counted["calls"]) for name, counted in stats.items()}
    of_the_test = ("config|resetstat", "info", "hello", "client|setinfo", "client|setname")
    return queue.looks - before, {name: calls for name, calls in ours.items() if name not in of_the_test}


async def looked(worker: Worker, queue: Counted, times: int) -> None:
    while queue.looks < times:
        before = worker.last_look
        worker.look_again()

        async def again(before: float = before) -> bool:
            return worker.last_look > before

        await until(again)


async def test_an_idle_look_at_all_shards_is_one_command_however_many_wait(own_server: Server) -> None:
    for waiting in (1_000, 100_000):
        fill(own_server, waiting)
        looks, commands = await idle_commands(own_server)
        assert looks >= LOOKS
        assert commands == {"evalsha": looks, "zrange": looks * keys.SHARDS}
    # So a worker asks one command a second, and looks at the head of each shard's index in it.
    assert 1 / LOOK_EVERY_S <= 1
