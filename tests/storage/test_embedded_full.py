"""The embedded server on a full disk: it ends rather than lose a write, is launched again, and has what was kept."""

import asyncio
import resource
from pathlib import Path

import pytest

from policy.commits import Committed, Replayed
from storage.embedded import EmbeddedServer
from storage.errors import StorageUnavailable
from tests.servers import short_dir
from tests.storage.stores import store_at, until


@pytest.mark.skipif(
    not hasattr(resource, "prlimit"), reason="Linux alone can make a disk full for one process"
)
async def test_a_full_disk_is_survived() -> None:
    with short_dir() as home:
        async with EmbeddedServer(Path(home)) as server:
            supervising = asyncio.create_task(server.supervise(every_s=0.05))
            try:
                async with store_at(server.url) as store:
                    await store.opened(operation="one")
                    assert server.pid is not None
                    _, most = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
                    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1, most))
                    first = server.pid

                    async def kept() -> bool:
                        try:
                            outcome = await store.open(operation="two")
                        except StorageUnavailable:
                            return False
                        assert outcome == Replayed("ACME-2") or isinstance(outcome, Committed)
                        return True

                    assert await until(kept)
                    assert server.pid != first, "the disk was not full"
                    found = await store.tickets.open_of("ACME")
                    assert [stored.ticket.number for stored in found] == [1, 2]
                    assert len(await store.tickets.timeline("ACME-2")) == 1
            finally:
                supervising.cancel()
                await asyncio.gather(supervising, return_exceptions=True)
