"""What an operator wants to know of the server: how full it is, whether it writes to its disk, what its clock says."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redis.asyncio.cluster import RedisCluster

from storage.connect import Client
from storage.errors import translated


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one server (each primary of a cluster). `max_bytes` 0: no limit is set. `skew_s`: how far its clock is ahead
    of this machine's. `failing`: what it could not write to its disk, by the server's own names."""

    name: str
    version: str
    used_bytes: int
    max_bytes: int
    replicas: int
    persistence: str
    failing: tuple[str, ...]
    skew_s: float


async def facts_of(client: Client) -> list[Facts]:
    """Raises StorageError."""
    with translated():
        if not isinstance(client, RedisCluster):
            return [await _facts("Redis", client)]
        await client.initialize()
        return [await _facts(f"Cluster node {node.name}", client, node) for node in client.get_primaries()]


async def _facts(name: str, client: Client, node: Any = None) -> Facts:
    target: dict[str, Any] = {"target_nodes": node} if node else {}
    asked = time.time()
    said: Any = await client.time(**target)
    here = (asked + time.time()) / 2
    seconds, micros = said
    info: Mapping[str, Any] = await client.info(**target)
    checks = ("aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status")
    return Facts(
        name=name,
        version=str(info.get("valkey_version") or info.get("redis_version", "unknown")),
        used_bytes=int(info.get("used_memory", 0)),
        max_bytes=int(info.get("maxmemory", 0)),
        replicas=int(info.get("connected_slaves", 0)),
        persistence="append-only file" if int(info.get("aof_enabled", 0)) else "no append-only file",
        failing=tuple(check for check in checks if info.get(check, "ok") != "ok"),
        skew_s=int(seconds) + int(micros) / 1e6 - here,
    )
