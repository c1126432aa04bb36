"""What can go wrong with the store, in the store's own words.

* StorageError
  + StorageUnavailable: it can't serve now; the same call may succeed later. `reason` says why
    - StorageTimeout: no answer in time; the command may or may not have been carried out
      * StorageUnconfirmed: carried out, and no replica has confirmed it in time
    - codec.NewerRecord: a newer version of this program wrote it
  + StorageRefused: it serves, but not us: credentials or permissions
  + BadRedisUrl: the address is not one
  + EmbeddedServerError
    - EmbeddedServerUnavailable: there is no server program to start
    - EmbeddedServerFailed: it would not start, answer or make room

Only this package imports redis; whatever calls it catches these.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType, TracebackType
from typing import Final

from redis import exceptions as wire
from redis.asyncio.sentinel import MasterNotFoundError

__all__ = [
    "BadRedisUrl",
    "EmbeddedServerError",
    "EmbeddedServerFailed",
    "EmbeddedServerUnavailable",
    "Reason",
    "StorageError",
    "StorageRefused",
    "StorageTimeout",
    "StorageUnavailable",
    "StorageUnconfirmed",
    "translate",
    "translated",
]


class StorageError(Exception):
    """The store did not do what was asked. Its cause, if any, is the client library's own error."""


class Reason(StrEnum):
    """Why the store can't serve now."""

    OUT_OF_REACH = "out_of_reach"
    TIMEOUT = "timeout"
    UNCONFIRMED = "unconfirmed"
    LOADING = "loading"
    READ_ONLY = "read_only"
    DISK = "disk"
    OUT_OF_MEMORY = "out_of_memory"
    NO_REPLICAS = "no_replicas"
    BUSY = "busy"
    MASTER_DOWN = "master_down"
    CLUSTER_DOWN = "cluster_down"
    MOVING = "moving"
    NEWER_RECORD = "newer_record"


class StorageUnavailable(StorageError):
    """The store can't serve now: out of reach, loading, read-only, full, or without a quorum. The text says it
    all, with the mend; `mend` is what an operator has to do (empty: nothing, it ends by itself)."""

    def __init__(self, text: str, *, reason: Reason = Reason.OUT_OF_REACH, mend: str = "") -> None:
        super().__init__(f"{text.rstrip('.')}. {mend}" if mend else text)
        self.reason = reason
        self.mend = mend


class StorageTimeout(StorageUnavailable):
    """No answer in time. The command may or may not have been carried out."""

    def __init__(self, text: str, *, reason: Reason = Reason.TIMEOUT, mend: str = "") -> None:
        super().__init__(text, reason=reason, mend=mend)


class StorageUnconfirmed(StorageTimeout):
    """The primary keeps it, and no replica has confirmed it in time: a fail-over now may lose it. To ask again for
    the same operation does no harm: it is confirmed then, or done if it was lost."""

    def __init__(self) -> None:
        super().__init__(
            "No replica has confirmed what Redis was told to keep",
            reason=Reason.UNCONFIRMED,
            mend="Look after the replicas and their connection to the primary.",
        )


class StorageRefused(StorageError):
    """The store turned us away: wrong credentials, or a user that lacks a permission."""


class BadRedisUrl(StorageError, ValueError):
    """An address that is not one; the text says what was expected, and never shows a password."""


class EmbeddedServerError(StorageError):
    """The embedded server is not to be had."""


class EmbeddedServerUnavailable(EmbeddedServerError):
    """No usable server program on this machine; the text says how to mend it."""


class EmbeddedServerFailed(EmbeddedServerError):
    """The embedded server would not start, answer or stop; the text ends with its own last words."""


_SPACE: Final = (
    "Make room on the disk of Redis, or find out in its log why it can't write; it goes on by itself."
)
_MEMORY: Final = (
    "Give Redis more memory (maxmemory), and keep maxmemory-policy noeviction; it goes on by itself."
)
_PRIMARY: Final = "REDIS_URL should name the primary (or redis+sentinel://, redis+cluster://, which find it)."
_NODES: Final = "Bring the missing Redis nodes back, or let their replicas take over."

# Replies that mean "not now", by their first word. A reply from within a script or a transaction keeps that word,
# though not always in front.
_NOT_NOW: Final[Mapping[str, tuple[Reason, str, str]]] = MappingProxyType(
    {
        "MISCONF": (Reason.DISK, "it can't write to its disk", _SPACE),
        "OOM": (Reason.OUT_OF_MEMORY, "its memory is full", _MEMORY),
        "READONLY": (Reason.READ_ONLY, "it is a replica and takes no writes", _PRIMARY),
        "LOADING": (Reason.LOADING, "it is loading its data", ""),
        "MASTERDOWN": (Reason.MASTER_DOWN, "it is a replica that has lost its primary", _PRIMARY),
        "CLUSTERDOWN": (Reason.CLUSTER_DOWN, "the cluster does not cover these keys", _NODES),
        "NOREPLICAS": (
            Reason.NO_REPLICAS,
            "it has fewer replicas than min-replicas-to-write asks for",
            "Bring its replicas back.",
        ),
        "TRYAGAIN": (Reason.MOVING, "it is moving these keys to another node", ""),
        "BUSY": (Reason.BUSY, "a script keeps it busy", "SCRIPT KILL, if that script is not one of ours."),
        "UNKILLABLE": (
            Reason.BUSY,
            "a script keeps it busy",
            "Wait for it, or SHUTDOWN NOSAVE as a last resort.",
        ),
    }
)
# The client library takes these words off the replies they stand on.
_BY_TYPE: Final[tuple[tuple[type[Exception], str], ...]] = (
    (wire.OutOfMemoryError, "OOM"),
    (wire.ReadOnlyError, "READONLY"),
    (wire.BusyLoadingError, "LOADING"),
    (wire.MasterDownError, "MASTERDOWN"),
    (wire.ClusterDownError, "CLUSTERDOWN"),
    (wire.SlotNotCoveredError, "CLUSTERDOWN"),
    (wire.TryAgainError, "TRYAGAIN"),
)
_UNAVAILABLE: Final = (wire.ConnectionError, wire.ClusterError, wire.AskError)
_REFUSED: Final = (
    wire.AuthenticationError,
    wire.AuthorizationError,
    wire.AuthenticationWrongNumberOfArgsError,
    wire.NoPermissionError,
    wire.ExternalAuthProviderError,
)
_ALL: Final = (wire.RedisError, wire.RedisClusterException, OSError)


def translate(error: BaseException) -> StorageError:
    """The store's word for an error of the client library (or of a socket)."""
    # The library gives some errors no text at all.
    text = str(error) or type(error).__name__
    if isinstance(error, MasterNotFoundError):
        # Goes on with every Sentinel client's whole configuration.
        text = text.partition(" : ")[0]
    if isinstance(error, _REFUSED):
        return StorageRefused(f"Redis refuses us: {text}")
    if isinstance(error, (wire.TimeoutError, TimeoutError)):
        return StorageTimeout(f"Redis did not answer in time: {text}")
    word = _not_now(error, text)
    if word:
        reason, why, mend = _NOT_NOW[word]
        return StorageUnavailable(f"Redis can't serve now: {why} ({word}: {text})", reason=reason, mend=mend)
    if isinstance(error, (*_UNAVAILABLE, OSError)):
        return StorageUnavailable(f"Redis can't serve now: {text}")
    if isinstance(error, wire.RedisClusterException) and _is_lost_cluster(text):
        return StorageUnavailable(f"Redis can't serve now: {text}")
    return StorageError(f"Redis answered with an error: {text}")


def _not_now(error: BaseException, text: str) -> str:
    """The word of the reply that says "not now"; empty when it is none."""
    for kind, word in _BY_TYPE:
        if isinstance(error, kind):
            return word
    if isinstance(error, wire.ResponseError):
        return next((word for word in _NOT_NOW if f"{word} " in f"{text} "), "")
    return ""


def _is_lost_cluster(text: str) -> bool:
    """Whether this is the library's way to say that no node answers, or that slots have no owner."""
    # It has one class for these and for mistakes of the caller; only the text tells them apart.
    return "cannot be connected" in text or "slots are not covered" in text or "could not agree" in text


class translated:  # noqa: N801 - reads as a clause: `with translated(): ...`
    """`with translated():` raises a StorageError in place of any error of the client library.

    A plain class, not a generator: it stands around every call to Redis.
    """

    __slots__ = ()

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and isinstance(error, _ALL) and not isinstance(error, StorageError):
            raise translate(error) from error
