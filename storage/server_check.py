"""Whether the server takes writes, and is still what it was at the start: what `/readyz` tells of the store."""

import asyncio
import logging
from typing import Final

from storage import keys
from storage.connect import Client, check_server
from storage.errors import StorageError
from storage.scripts import Scripts

log = logging.getLogger(__name__)

EVERY_S: Final = 60.0


class ServerCheck:
    """`problems` asks the server now; its settings are looked at by `run`, again and again."""

    def __init__(self, client: Client, scripts: Scripts) -> None:
        self._client = client
        self._scripts = scripts
        self._unfit: list[str] = []

    async def problems(self) -> list[str]:
        """Why the store can't take what people do, and what is wrong with its settings, each with its mend."""
        # Reading goes on where the disk or the memory is full, or on a replica. This asks to write, and writes nothing:
        # the key never exists.
        asked = [self._scripts.command("SET", keys.probe(shard), "", "XX") for shard in range(keys.SHARDS)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        faults = [str(answer) for answer in answers if isinstance(answer, StorageError)]
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, StorageError):
                raise answer
        return [*dict.fromkeys(faults), *self._unfit]

    async def look(self) -> None:
        """Check the server's settings again: somebody may have changed them, or another server may have taken over.
        Raises StorageError."""
        found = [
            f"{finding.text} {finding.mend}"
            for finding in await check_server(self._client)
            if finding.level == "error"
        ]
        for text in found:
            if text not in self._unfit:
                log.error("%s", text)
        self._unfit = found

    async def run(self, *, every_s: float = EVERY_S) -> None:
        """Look every so often, until cancelled."""
        while True:
            await asyncio.sleep(every_s)
            try:
                await self.look()
            except StorageError as error:
                log.warning("the settings of the store can't be looked at: %s", error)
