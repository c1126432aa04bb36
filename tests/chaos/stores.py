"""Redis in the three ways in which it is run, each with what can befall it there."""

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any, Final, Protocol

import redis.exceptions

from tests.scenarios.processes import RedisPart, RedisProgram
from tests.servers import Server, run_cluster, run_sentinel, start_again, wait_until

_PATIENCE_S: Final = 90.0


class Breakable(RedisPart, Protocol):
    """Redis that can be struck."""

    async def strike(self, rng: Random) -> str:
        """Have something befall it and be mended; answers with the name of what it was."""


class Lone(RedisProgram):
    """One server, which keeps what it has on disk."""

    async def strike(self, rng: Random) -> str:
        if rng.random() < 0.7:
            await self.end()
            await asyncio.sleep(rng.uniform(0, 1.5))
            await self.start()
            return "Redis killed and restarted"
        self.program.freeze()
        await asyncio.sleep(rng.uniform(0.5, 2.5))
        self.program.thaw()
        return "Redis stood still"


class _Replicated:
    """Servers of which each primary has a replica. `struck` turns a primary's replica into the primary."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.url = ""
        self.servers: list[Server] = []
        self._stack = ExitStack()

    async def end(self) -> None:
        await asyncio.to_thread(self._stack.close)

    async def strike(self, rng: Random) -> str:
        return await asyncio.to_thread(self._strike, rng)

    def _strike(self, rng: Random) -> str:
        """A primary is killed, or stands still until another is in charge; it comes back as that one's replica."""
        primaries = [one for one in self.servers if role(one) == "master"]
        struck = rng.choice(primaries)
        heir = self.servers[self._heir(struck)]
        cut_off = rng.random() < 0.3
        if cut_off:
            os.kill(struck.process.pid, signal.SIGSTOP)
        else:
            struck.process.kill()
            struck.process.wait()
        try:
            wait_until(lambda: role(heir) == "master", "the replica is promoted", patience_s=_PATIENCE_S)
        finally:
            if cut_off:
                os.kill(struck.process.pid, signal.SIGCONT)
        if not cut_off:
            place = self.servers.index(struck)
            struck = self.servers[place] = start_again(self._stack, struck, **self._as_replica(heir))
        wait_until(lambda: follows(struck), "the old primary is a replica", patience_s=_PATIENCE_S)
        return "fail-over, primary cut off" if cut_off else "fail-over, primary killed"

    def _heir(self, struck: Server) -> int:
        """Where the replica of a primary is found: the port that the primary names."""
        with struck.client() as client:
            port = int(client.info("replication")["slave0"]["port"])
        return next(place for place, one in enumerate(self.servers) if one.port == port)

    def _as_replica(self, heir: Server) -> dict[str, str]:
        del heir
        return {}


class Sentinels(_Replicated):
    """A primary and a replica under a Sentinel."""

    async def start(self) -> None:
        made = await asyncio.to_thread(self._stack.enter_context, run_sentinel(self.home / "sentinel"))
        self.servers, self.url = [made.primary, made.replica], made.url

    def _as_replica(self, heir: Server) -> dict[str, str]:
        return {"replicaof": f"127.0.0.1 {heir.port}"}


class Clustered(_Replicated):
    """A cluster of three primaries, each with a replica."""

    async def start(self) -> None:
        running = run_cluster(3, replicas=1, home=self.home / "cluster", cluster_node_timeout="1000")
        made = await asyncio.to_thread(self._stack.enter_context, running)
        self.servers, self.url = made.servers, made.url


KINDS: Final[dict[str, Any]] = {"single": Lone, "sentinel": Sentinels, "cluster": Clustered}


def store_named(kind: str, home: Path) -> Any:
    """Redis of a kind of `KINDS`, not started."""
    return KINDS[kind](home)


def role(server: Server) -> str:
    """`master` or `slave`; empty while it does not answer."""
    try:
        with server.client() as client:
            return str(client.info("replication")["role"])
    except redis.exceptions.RedisError:
        return ""


def follows(server: Server) -> bool:
    """Whether it is a replica that has its copy."""
    try:
        with server.client() as client:
            said: Any = client.info("replication")
    except redis.exceptions.RedisError:
        return False
    return bool(said["role"] == "slave" and said["master_link_status"] == "up")


def primaries(servers: Sequence[Server]) -> list[Server]:
    return [one for one in servers if role(one) == "master"]
