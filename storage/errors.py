"""What can go wrong with the store, in the store's own words.

* StorageError
  + StorageUnavailable: it can't serve now; the same call may succeed later
    - StorageTimeout: no answer in time; the command may or may not have been carried out
  + StorageRefused: it serves, but not us: credentials or permissions
  + BadRedisUrl: the address is not one
  + EmbeddedServerError
    - EmbeddedServerUnavailable: there is no server program to start
    - EmbeddedServerFailed: it would not start, answer or make room

Only this package imports redis; whatever calls it catches these.
"""

from types import TracebackType
from typing import Final

from redis import exceptions as wire
from redis.asyncio.sentinel import MasterNotFoundError

__all__ = [
    "BadRedisUrl",
    "EmbeddedServerError",
    "EmbeddedServerFailed",
    "EmbeddedServerUnavailable",
    "StorageError",
    "StorageRefused",
    "StorageTimeout",
    "StorageUnavailable",
    "translate",
    "translated",
]


class StorageError(Exception):
    """The store did not do what was asked. Its cause, if any, is the client library's own error."""


class StorageUnavailable(StorageError):
    """The store can't serve now: out of reach, loading, read-only, full, or without a quorum."""


class StorageTimeout(StorageUnavailable):
    """No answer in time. The command may or may not have been carried out."""


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


# Replies that mean "not now", by their first word, which the client library leaves as plain ResponseErrors.
# A reply from within a script or a transaction keeps that word, though not always in front.
_NOT_NOW: Final = (
    "MISCONF ",
    "NOREPLICAS ",
    "BUSY ",
    "MASTERDOWN ",
    "CLUSTERDOWN ",
    "LOADING ",
    "UNKILLABLE ",
)
_UNAVAILABLE: Final = (
    wire.ConnectionError,
    wire.ReadOnlyError,
    wire.OutOfMemoryError,
    wire.ClusterError,
    wire.TryAgainError,
    wire.SlotNotCoveredError,
)
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
    if isinstance(error, (*_UNAVAILABLE, OSError)):
        return StorageUnavailable(f"Redis can't serve now: {text}")
    if isinstance(error, wire.ResponseError) and any(word in f"{text} " for word in _NOT_NOW):
        return StorageUnavailable(f"Redis can't serve now: {text}")
    if isinstance(error, wire.RedisClusterException) and _is_lost_cluster(text):
        return StorageUnavailable(f"Redis can't serve now: {text}")
    return StorageError(f"Redis answered with an error: {text}")


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
