"""Processes of a benchmark: started here, spoken to in lines, ended by their own process ids."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
_LINE_LIMIT: Final = 256 * 1024 * 1024
_END_WITHIN_S: Final = 15.0


class ChildFailed(Exception):
    """A process of the benchmark ended, or said nothing in time; carries the end of what it wrote."""


class Child:
    """A running program. `hear` reads its next line, `ask` says a line first."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self._process = process
        self._log = log

    def say(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n".encode())

    async def hear(self, within_s: float) -> str:
        """The next line of its output. Raises ChildFailed."""
        assert self._process.stdout is not None
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), within_s)
        except TimeoutError:
            raise ChildFailed(f"{self.name} said nothing for {within_s:g} s\n{self._tail()}") from None
        if not line:
            raise ChildFailed(f"{self.name} ended\n{self._tail()}")
        return line.decode().rstrip("\n")

    async def hear_json(self, within_s: float) -> Any:
        return json.loads(await self.hear(within_s))

    async def ask(self, word: str, within_s: float) -> Any:
        self.say(word)
        return await self.hear_json(within_s)

    async def kill(self) -> None:
        """SIGKILL."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def end(self) -> None:
        """SIGTERM, and SIGKILL if it takes too long. Harmless when it has ended."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), _END_WITHIN_S)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()
                await self._process.wait()

    def _tail(self) -> str:
        return self._log.read_text(errors="replace")[-3_000:] if self._log.exists() else ""


@asynccontextmanager
async def program(
    name: str, words: Sequence[str], home: Path, env: Mapping[str, str] | None = None
) -> AsyncIterator[Child]:
    """A program of this interpreter (`-m ...`), running in `home`, where its errors are logged too. Of the
    environment it gets what a program needs to run, and `env`."""
    home.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - before anything is measured
    log = home / f"{name}.log"
    passed = {key: os.environ[key] for key in ("PATH", "LANG", "TZ", "TMPDIR") if key in os.environ}
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=home,
            env={**passed, "PYTHONPATH": str(ROOT), **(env or {})},
            limit=_LINE_LIMIT,
        )
    child = Child(name, process, log)
    try:
        yield child
    finally:
        await child.end()


def part(
    name: str, home: Path, *words: str, label: str | None = None
) -> contextlib.AbstractAsyncContextManager[Child]:
    """One of this package's own programs (see child.py)."""
    return program(label or name, ("-m", "benchmarks.child", name, *words), home)
