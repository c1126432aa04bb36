"""A client for a Redis URL (`storage.address` draws the forms), and what to check of the server behind it.

Time-outs are never retried: the command may have been carried out, and doing it again could double it; a server
that lets one greeting pass in silence lets the next pass as well. A lost connection is, shortly: every script is
idempotent by its operation id. (The library's cluster *pipelines* retry time-outs whatever they are told; use
those for reads.)
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from redis import exceptions as wire
from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import Connection, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import ExponentialBackoff
from redis.connection import HiredisRespSerializer
from redis.maint_notifications import MaintNotificationsConfig

from storage.address import TLS_OPTIONS, Address, parse_url
from storage.cluster import Cluster
from storage.errors import translated
from storage.program import OLDEST

__all__ = ["Client", "Finding", "check_server", "connect", "connect_blocking", "subscribe"]

Client: TypeAlias = Redis | Cluster

_CLIENT_NAME: Final = "supportbot"
# Measured with hiredis on this library (8.1), p50: EVALSHA 45 us and a MGET of 1,000 records 0.71 ms, over
# RESP2 and RESP3 alike. RESP3 it is, then: typed replies, and what the library itself takes by default.
_PROTOCOL: Final = 3
_HEALTH_CHECK_S: Final = 30
_MOST_PRIMARIES: Final = 3
"""So often a connection is made anew because Sentinel has named another primary meanwhile."""


class _Packed:
    """Puts a command into bytes by hiredis, as the library does where it is not asynchronous: one that settles a
    reminder in 2 us instead of 15."""

    def pack_command(self, *words: Any) -> list[bytes]:
        packed: list[bytes] = HiredisRespSerializer().pack(*words)
        return packed


class _Tcp(_Packed, Connection):
    pass


class _Tls(_Packed, SSLConnection):
    pass


class _Unix(_Packed, UnixDomainSocketConnection):
    pass


class _SentinelPool(SentinelConnectionPool, BlockingConnectionPool):
    """Connections to the primary that Sentinel names; a burst waits for one instead of failing.

    A connection that was in use when Sentinel named another primary is not used again: the one that was replaced may
    still answer for a while, and whether its replicas confirm is asked of the primary that is named.
    """

    async def ensure_connection(self, connection: Any) -> None:
        for _ in range(_MOST_PRIMARIES):
            if connection.is_connected and not self._is_to_primary(connection):
                await connection.disconnect()
            await super().ensure_connection(connection)
            if self._is_to_primary(connection):
                return
        raise wire.ConnectionError("the Sentinels name one primary after the other")

    def _is_to_primary(self, connection: Any) -> bool:
        return bool(self.master_address == (connection.host, connection.port))


class _SentinelRedis(Redis):
    """A client that closes the Sentinels' connections with its own."""

    sentinels: Sentinel

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        await super().aclose(close_connection_pool)
        await self.sentinels.aclose()


def connect(url: str, *, timeout_s: float = 2.0, max_connections: int = 64) -> Client:
    """A client for commands. Opens nothing yet; end it with `aclose`.

    `timeout_s` bounds connecting, each answer, and the wait for one of `max_connections` connections (for a
    cluster: commands in flight). Raises BadRedisUrl.
    """
    return _client(parse_url(url), timeout_s, timeout_s, max_connections)


def connect_blocking(url: str, *, connect_timeout_s: float = 2.0) -> Client:
    """A client for pub/sub and blocking reads: it waits for an answer as long as that takes.

    Not for commands: one that is never answered hangs (but for a dead peer, which TCP keep-alive finds out).
    Raises BadRedisUrl.
    """
    return _client(parse_url(url), None, connect_timeout_s, 1_000)


async def subscribe(client: Client, *channels: str) -> PubSub:
    """Subscribe to these channels; end it with `aclose`. A lost connection subscribes anew by itself.

    Raises the client library's errors. What is published meanwhile is lost: a hint, never the only word.
    """
    if isinstance(client, Cluster):
        # The library's cluster subscriptions look for a node before anything has asked which there are.
        await client.initialize()
    pubsub: PubSub = client.pubsub()
    try:
        await pubsub.subscribe(*channels)
    except BaseException:
        await pubsub.aclose()  # type: ignore[no-untyped-call]
        raise
    return pubsub


def _client(
    address: Address, timeout_s: float | None, connect_timeout_s: float, max_connections: int
) -> Client:
    shared: dict[str, Any] = {
        "username": address.username,
        "password": address.password,
        "socket_timeout": timeout_s,
        "socket_connect_timeout": connect_timeout_s,
        "decode_responses": False,
        "protocol": _PROTOCOL,
        "health_check_interval": _HEALTH_CHECK_S,
        "client_name": _CLIENT_NAME,
        "retry": _retry(),
        # A question that only Redis Enterprise understands, asked on every connection.
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
    }
    tls: dict[str, Any] = {name: value for name, value in address.options.items() if name in TLS_OPTIONS}
    if address.kind == "cluster":
        return Cluster(
            startup_nodes=[ClusterNode(host, port) for host, port in address.hosts],
            # Whether the rest may be served while some slots have no owner is the server's setting.
            require_full_coverage=False,
            in_flight=max_connections,
            patience_s=timeout_s,
            # For each node; pipelines and subscriptions come on top of the commands in flight.
            max_connections=max_connections * 2,
            ssl=address.tls,
            **tls,
            **shared,
        )
    shared["db"] = address.db
    if address.kind == "sentinel":
        shared |= {**tls, "max_connections": max_connections, "timeout": timeout_s}
        return _sentinel_client(address, shared, connect_timeout_s)
    if address.kind == "unix":
        shared |= {"connection_class": _Unix, "path": address.path}
    else:
        ((host, port),) = address.hosts
        shared |= {
            "connection_class": _Tls if address.tls else _Tcp,
            "host": host,
            "port": port,
        }
    pool: ConnectionPool
    if timeout_s is None:
        pool = ConnectionPool(max_connections=max_connections, **tls, **shared)
    else:
        # Costs 8 us a command, and a burst waits instead of failing or opening hundreds of connections.
        pool = BlockingConnectionPool(max_connections=max_connections, timeout=timeout_s, **tls, **shared)
    return Redis.from_pool(pool)


def _sentinel_client(address: Address, shared: dict[str, Any], connect_timeout_s: float) -> Redis:
    own: dict[str, Any] = {
        "username": address.options.get("sentinel_username"),
        "password": address.options.get("sentinel_password"),
        "socket_timeout": connect_timeout_s,
        "socket_connect_timeout": connect_timeout_s,
        "protocol": _PROTOCOL,
        "client_name": _CLIENT_NAME,
        # The next Sentinel is a better bet than the same one again.
        "retry": Retry(ExponentialBackoff(), 0, (wire.ConnectionError,)),
        "ssl": address.tls,
        **{name: value for name, value in shared.items() if name in TLS_OPTIONS},
    }
    new_manager: Any = Sentinel
    manager: Sentinel = new_manager(list(address.hosts), sentinel_kwargs=own)
    client = manager.master_for(
        address.service,
        redis_class=_SentinelRedis,
        connection_pool_class=_SentinelPool,
        ssl=address.tls,
        **shared,
    )
    assert isinstance(client, _SentinelRedis)
    client.sentinels = manager
    return client


class _Retry(Retry):
    """Retries that take a greeting without an answer for the time-out it is. The library says ConnectionError."""

    async def call_with_retry(
        self,
        do: Callable[[], Awaitable[Any]],
        fail: Callable[..., Any],
        is_retryable: Callable[[Exception], bool] | None = None,
        with_failure_count: bool = False,
    ) -> Any:
        async def once() -> Any:
            try:
                return await do()
            except wire.ConnectionError as error:
                if isinstance(error.__cause__, wire.TimeoutError):
                    raise wire.TimeoutError(str(error)) from error
                raise

        return await super().call_with_retry(once, fail, is_retryable, with_failure_count)


def _retry() -> Retry:
    """Two more attempts after a lost or refused connection, 40 and 80 ms later."""
    return _Retry(ExponentialBackoff(cap=0.1, base=0.02), 2, (wire.ConnectionError,))


# -- what the server must be


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the server that an operator should mend; an `error` bars the bot from starting."""

    level: Literal["error", "warning"]
    text: str
    mend: str


async def check_server(client: Client) -> list[Finding]:
    """What is wrong with the server, each primary of a cluster on its own. Raises StorageError."""
    with translated():
        if not isinstance(client, Cluster):
            return _judge("Redis", await client.info(), await _config(client))
        await client.initialize()
        found = []
        for node in client.get_primaries():
            info = await client.info(target_nodes=node)
            found += _judge(f"Cluster node {node.name}", info, await _config(client, target_nodes=node))
        return found


async def _config(client: Client, **target: Any) -> Mapping[str, str] | None:
    """The settings that matter; None where the server does not let us see them (most managed ones)."""
    try:
        said = await client.config_get("maxmemory-policy", "save", **target)
    except wire.ResponseError:
        return None
    return {_text(name): _text(value) for name, value in said.items()}


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _judge(name: str, info: Mapping[str, Any], config: Mapping[str, str] | None) -> list[Finding]:
    found = []
    version = str(info.get("redis_version", "0"))
    if _version(version) < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        found.append(
            Finding("error", f"{name} is version {version}.", f"Use Redis {wanted} or newer, or Valkey.")
        )
    if info.get("role") == "slave":
        found.append(
            Finding("error", f"{name} is a replica and takes no writes.", "Give the primary's address.")
        )
    policy = (config or {}).get("maxmemory-policy") or str(info.get("maxmemory_policy", "unknown"))
    if policy != "noeviction":
        found.append(
            Finding(
                "error",
                f"{name} may throw away data when memory is short (maxmemory-policy {policy}).",
                "CONFIG SET maxmemory-policy noeviction, and the same in its configuration.",
            )
        )
    if not int(info.get("aof_enabled", 0)):
        mend = "CONFIG SET appendonly yes, and the same in its configuration."
        if config is None:
            text = f"{name} keeps no append-only file, and hides whether it keeps snapshots."
            found.append(Finding("warning", text, "Turn persistence on in your provider's settings."))
        elif not config.get("save"):
            text = f"{name} keeps nothing on disk: a restart loses every ticket."
            found.append(Finding("warning", text, mend))
    return found


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() else 0 for part in text.split(".")[:2])
