"""Instants: aware datetimes in UTC, exact to the microsecond. Nothing in the product uses naive time."""

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)


def to_ms(instant: datetime) -> int:
    """Whole milliseconds since 1970-01-01 UTC, rounded up: a wake-up is never before its instant."""
    return -((EPOCH - instant) // _MS)


def from_ms(milliseconds: int) -> datetime:
    """The instant that many milliseconds after 1970-01-01 UTC."""
    return EPOCH + milliseconds * _MS
