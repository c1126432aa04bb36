"""The embedded server: a Valkey (or Redis) process of our own, on a Unix socket in the data directory.

Two locks, on files that are never removed, settle who may do what. The kernel drops a lock with the last
process that holds it, so neither outlives a kill -9:

* `lock`: exclusive, held by the *server*, which inherits the descriptor. Held means that a server lives.
* `owner.lock`: shared, held by every process that *uses* the server; exclusive while the last one stops it.

So a bot that was killed leaves its server running and the next start adopts it, `web` and `worker` share one
server, and the last one out stops it. `server.json` tells people which process that is; nothing relies on it.
"""

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Final, Self
from urllib.parse import quote

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, RedisError

from storage.errors import EmbeddedServerError, EmbeddedServerFailed, EmbeddedServerUnavailable
from storage.program import Program, find_program
from storage.server_dir import SOCKET, ServerDir, peer_pid

__all__ = ["EmbeddedServer"]

log = logging.getLogger(__name__)

_SETTINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "port": "0",
        "unixsocketperm": "700",
        "appendonly": "yes",
        "appendfsync": "always",
        "aof-use-rdb-preamble": "no",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
)
# The server may outlive the bot: it gets what a program needs to run, not the bot's tokens.
_ENVIRONMENT: Final = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_NO_STATUS: Final = "no status"


class EmbeddedServer:
    """One process's share in the embedded server of a data directory.

    `start` launches the server, or joins or adopts the one that runs; `stop` leaves it, and ends it when
    nobody else uses it.

    `patience_s` bounds each wait for an answer; while the server loads its data it counts from the last sign
    of progress, which `on_loading` hears as a fraction. `stop_s` bounds a clean stop. `settings` are further
    server settings, which override the usual ones.
    """

    def __init__(
        self,
        data_dir: Path | str,
        *,
        patience_s: float = 20.0,
        stop_s: float = 10.0,
        on_loading: Callable[[float], None] | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._dir = ServerDir(Path(data_dir).expanduser().absolute())
        self._patience_s = patience_s
        self._stop_s = stop_s
        self._on_loading = on_loading
        self._settings = {**_SETTINGS, **(settings or {})}
        self._turn = asyncio.Lock()
        self._user_lock: int | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None
        self._adopted = False

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """`unix://` and the socket's path, short enough to connect to. Good until `stop`."""
        return f"unix://{quote(str(self._dir.socket()))}"

    @property
    def pid(self) -> int | None:
        """The server's process id, as the kernel told it at the last start; None before that."""
        return self._pid

    @property
    def adopted(self) -> bool:
        """Whether the server ran already: another process uses it, or a bot that was killed left it."""
        return self._adopted

    @property
    def running(self) -> bool:
        """Whether a server lives (or is being launched, by anybody) on this data directory."""
        if self._child is not None:
            # Reaps it, if it has ended.
            self._child.poll()
        return self._dir.has_server

    async def start(self) -> str:
        """Have a server that answers; return its URL. Harmless when started.

        Raises EmbeddedServerUnavailable (no program to run) or EmbeddedServerFailed (it ended, with the last
        lines of its log; or it does not answer in time).
        """
        async with self._turn:
            if self._user_lock is not None:
                return self.url
            self._make_data_dir()
            self._user_lock = await self._lock_as_user()
            try:
                await self._have_server()
            except BaseException:
                await self._leave()
                raise
            return self.url

    async def ensure_running(self) -> str:
        """Launch the server again, on the same data, if it has ended; return its URL once it answers.

        Raises what `start` raises, and EmbeddedServerFailed when not started.
        """
        async with self._turn:
            if self._user_lock is None:
                raise EmbeddedServerFailed(f"The embedded server in {self._dir} is not started.")
            await self._have_server()
            return self.url

    async def supervise(self, *, every_s: float = 0.5, at_most_every_s: float = 30.0) -> None:
        """Launch the server again whenever it ends, until `stop` or until cancelled.

        Looks every `every_s`; while it can't be launched, ever more rarely, down to `at_most_every_s`.
        """
        pause_s = every_s
        while self._user_lock is not None:
            await asyncio.sleep(pause_s)
            if self._user_lock is None or self.running:
                pause_s = every_s
                continue
            log.error("The embedded server ended; launching it again on %s.", self._dir)
            try:
                await self.ensure_running()
            except EmbeddedServerError as error:
                pause_s = min(pause_s * 2, at_most_every_s)
                log.error("%s Next attempt in %g s.", error, pause_s)

    async def stop(self) -> None:
        """Leave the server; end it (SIGTERM, all data on disk) if no one else uses it. Harmless if stopped."""
        async with self._turn:
            if self._user_lock is not None:
                await self._leave()

    # -- users

    def _make_data_dir(self) -> None:
        try:
            self._dir.make()
        except OSError as error:
            raise EmbeddedServerFailed(f"The data directory {self._dir} can't be made: {error}.") from error

    async def _lock_as_user(self) -> int:
        """Hold `owner.lock`, shared. Waits while the last user of a former server stops it."""
        until = time.monotonic() + self._stop_s + self._patience_s
        while True:
            try:
                held = self._dir.lock_as_user()
            except OSError as error:
                raise EmbeddedServerFailed(
                    f"The data directory {self._dir} can't be written: {error}."
                ) from error
            if held is not None:
                return held
            if time.monotonic() > until:
                raise EmbeddedServerFailed(
                    f"Another process is stopping the server of {self._dir} and does not come to an end."
                )
            await asyncio.sleep(0.02)

    async def _leave(self) -> None:
        """Give up `owner.lock`; if nobody else holds it, end the server before letting newcomers in."""
        held, self._user_lock = self._user_lock, None
        if held is None:
            return
        try:
            # Drops the shared lock first, so of several that leave at once the last one gets through.
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.info("Left the embedded server in %s to its other users.", self._dir)
        else:
            await self._end_server()
        finally:
            os.close(held)
            self._dir.drop_alias()

    # -- the server

    async def _have_server(self) -> None:
        """Launch a server, or wait until the one that holds the lock answers."""
        while True:
            lock = self._dir.lock_as_server()
            if lock is not None:
                await self._launch(lock)
                return
            if await self._answers():
                pid = peer_pid(self._dir.socket())
                if pid != self._pid:
                    self._adopted, self._pid = True, pid
                    log.info("Joined the server that runs in %s (process %s).", self._dir, pid)
                return
            # It ended before it answered, and with it went the lock: our turn.

    async def _launch(self, lock: int) -> None:
        """Start a server that inherits `lock`, and wait until it answers."""
        try:
            program = await asyncio.to_thread(find_program)
            since = self._dir.trim_log()
            self._child = self._spawn(program, lock)
        finally:
            # From here on the server alone holds it.
            os.close(lock)
        self._pid, self._adopted = self._child.pid, False
        self._dir.write_note(
            {"pid": self._pid, "program": str(program.path), "version": ".".join(map(str, program.version))}
        )
        if not await self._answers():
            code = await asyncio.to_thread(self._child.wait)
            how = f"exit code {code}" if code >= 0 else f"killed by signal {-code}"
            raise EmbeddedServerFailed(
                f"The embedded server in {self._dir} ended while starting ({how}):\n{self._dir.log_tail(since)}"
            )
        log.info("Launched %s on %s (process %d).", program.path.name, self._dir, self._pid)

    def _spawn(self, program: Program, lock: int) -> subprocess.Popen[bytes]:
        # The socket's path is relative to the directory: short enough, however deep that lies.
        settings = {**self._settings, "dir": str(self._dir), "unixsocket": SOCKET}
        words = [word for name, value in settings.items() for word in (f"--{name}", value)]
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        try:
            with self._dir.log.open("ab") as out:
                return subprocess.Popen(  # noqa: S603 - our own words only
                    [program.path, *words],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    cwd=self._dir.path,
                    env=environment,
                    umask=0o077,
                    pass_fds=(lock,),
                    # Its own session: Ctrl-C and a closed terminal are the bot's business.
                    start_new_session=True,
                )
        except OSError as error:
            raise EmbeddedServerUnavailable(f"{program.path} can't be run: {error}.") from error

    async def _answers(self) -> bool:
        """Wait until the server answers; False if it ended. Raises EmbeddedServerFailed, out of patience."""
        until = time.monotonic() + self._patience_s
        pause_s, loaded = 0.002, _NO_STATUS
        client = Redis.from_url(
            self.url, protocol=2, socket_timeout=1.0, socket_connect_timeout=1.0, retry=Retry(NoBackoff(), 0)
        )
        async with client:
            while True:
                try:
                    await client.ping()
                except BusyLoadingError:
                    now_loaded = await self._loading(client)
                    if now_loaded not in (loaded, _NO_STATUS):
                        loaded, until = now_loaded, time.monotonic() + self._patience_s
                except RedisError:
                    # Not there yet, or gone: the lock tells.
                    pass
                else:
                    return True
                if not self.running:
                    return False
                if time.monotonic() > until:
                    pid = peer_pid(self._dir.socket()) or "unknown"
                    raise EmbeddedServerFailed(
                        f"The server in {self._dir} (process {pid}) lives but has not answered for "
                        f"{self._patience_s:g} s; see {self._dir.log}."
                    )
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 1.5, 0.1)

    async def _loading(self, client: Redis) -> str:
        """How far it has read its data, in a form that changes with progress; tells `on_loading`."""
        try:
            info = await client.info("persistence")
        except RedisError:
            return _NO_STATUS
        if "loading_loaded_bytes" not in info:
            # Done in between.
            return _NO_STATUS
        if self._on_loading is not None:
            self._on_loading(min(1.0, float(info["loading_loaded_perc"]) / 100))
        return str(info["loading_loaded_bytes"])

    async def _end_server(self) -> None:
        """SIGTERM and wait; SIGKILL, with a word in the log, only after `stop_s`."""
        pid = await self._find_server()
        if pid is not None:
            _signal(pid, signal.SIGTERM)
            if not await self._ended(self._stop_s):
                log.warning(
                    "The server in %s (process %d) ignored SIGTERM for %g s; killing it. "
                    "Every confirmed write is on disk.",
                    self._dir,
                    pid,
                    self._stop_s,
                )
                _signal(pid, signal.SIGKILL)
                await self._ended(self._stop_s)
        if self._child is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._child.wait, 5)
            self._child = None
        self._dir.remove_note()

    async def _find_server(self) -> int | None:
        """The process that holds the server's lock; None once nobody does (or it keeps out of sight)."""
        until = time.monotonic() + self._stop_s
        while self.running:
            # The kernel's word, not a file's: a process id on disk may be somebody else's by now.
            pid = peer_pid(self._dir.socket())
            if pid is None and self._child is not None and self._child.returncode is None:
                pid = self._child.pid
            if pid is not None:
                return pid
            if time.monotonic() > until:
                log.warning("The server in %s can't be found to stop it; it keeps running.", self._dir)
                return None
            # A start that was cut short: between fork and exec, a process of ours still holds our descriptors.
            await asyncio.sleep(0.01)
        return None

    async def _ended(self, within_s: float) -> bool:
        until = time.monotonic() + within_s
        while self.running:
            if time.monotonic() > until:
                return False
            await asyncio.sleep(0.01)
        return True


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
