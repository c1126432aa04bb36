"""The embedded server's data directory: its locks, its socket, its log and the note on who runs in it."""

import fcntl
import json
import os
import shutil
import socket
import struct
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

__all__ = ["SOCKET", "ServerDir", "peer_pid", "take_lock"]

SOCKET: Final = "valkey.sock"
"""The socket's name within the directory."""

# A socket's path holds 108 bytes on Linux, 104 on macOS, the closing zero included.
_LONGEST_PATH: Final = 100
_LOG_KEPT_BYTES: Final = 1_000_000


class ServerDir:
    """The files of a data directory, as one process sees them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._alias: Path | None = None

    def __str__(self) -> str:
        return str(self.path)

    @property
    def log(self) -> Path:
        """What the server said, this start's words last."""
        return self.path / "server.log"

    def make(self) -> None:
        """Make the directory, for this user alone, if it is not there. Raises OSError."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def lock_as_server(self) -> int | None:
        """The lock that a server must hold, for one to inherit; None if a server lives. Raises OSError."""
        return take_lock(self.path / "lock", fcntl.LOCK_EX)

    def lock_as_user(self) -> int | None:
        """A share in the lock of those who use the server; None while the last one stops it. Raises OSError."""
        return take_lock(self.path / "owner.lock", fcntl.LOCK_SH)

    @property
    def has_server(self) -> bool:
        """Whether a server lives here, or is being launched, by anybody."""
        try:
            probe = take_lock(self.path / "lock", fcntl.LOCK_SH)
        except FileNotFoundError:
            return False
        if probe is None:
            return True
        os.close(probe)
        return False

    def socket(self) -> Path:
        """The socket's path; through a link in a short private directory where the real one is too long."""
        direct = self.path / SOCKET
        if len(os.fsencode(direct)) <= _LONGEST_PATH:
            return direct
        if self._alias is None:
            root = tempfile.gettempdir()
            self._alias = Path(tempfile.mkdtemp(prefix="sb-", dir=root if len(root) < 60 else "/tmp"))  # noqa: S108
        link = self._alias / "d"
        if not link.is_symlink():
            # New, or a cleaner of temporary files went by.
            self._alias.mkdir(mode=0o700, exist_ok=True)
            link.symlink_to(self.path, target_is_directory=True)
        return link / SOCKET

    def drop_alias(self) -> None:
        """Remove the link that `socket` made, if it made one."""
        if self._alias is not None:
            shutil.rmtree(self._alias, ignore_errors=True)
            self._alias = None

    def write_note(self, facts: Mapping[str, str | int]) -> None:
        """Tell people who looks after the directory: `server.json`."""
        note = {
            **facts,
            "socket": str(self.path / SOCKET),
            "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        fresh = self.path / "server.json.new"
        fresh.write_text(json.dumps(note) + "\n")
        fresh.replace(self.path / "server.json")

    def remove_note(self) -> None:
        """Nobody does any more."""
        (self.path / "server.json").unlink(missing_ok=True)

    def trim_log(self) -> int:
        """Set a long log aside; return where the next start's lines begin."""
        path = self.log
        size = path.stat().st_size if path.exists() else 0
        if size <= _LOG_KEPT_BYTES:
            return size
        path.replace(path.with_suffix(".log.1"))
        return 0

    def log_tail(self, since: int, lines: int = 12) -> str:
        """The last lines of what it said from `since` (bytes) on."""
        with self.log.open("rb") as said:
            said.seek(since)
            return (
                "\n".join(said.read().decode(errors="replace").splitlines()[-lines:]) or "(it said nothing)"
            )


def take_lock(path: Path, kind: int) -> int | None:
    """A descriptor that holds a `kind` of lock on the file, made if need be; None if others bar it.

    Raises FileNotFoundError when the directory does not exist.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def peer_pid(path: Path) -> int | None:
    """The process that listens on a Unix socket, by the kernel's word; None if none does, or out of sight."""
    with socket.socket(socket.AF_UNIX) as peer:
        # Connecting is instant; only a full queue at a server that hangs would keep us.
        peer.settimeout(0.5)
        try:
            peer.connect(str(path))
        except OSError:
            return None
        if sys.platform == "darwin":
            # SOL_LOCAL and LOCAL_PEERPID, which the standard library does not name.
            pid = int(peer.getsockopt(0, 2))
        else:
            pid, _, _ = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return pid if pid > 0 else None
