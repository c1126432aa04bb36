"""The clock of deadlines. Only it is ever sped up: durations and calendars stay as they are."""

import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's clock, running `speed` times as fast since this object was made (1: as it is).

    Back-off and Slack's Retry-After are real time: `after_s` says when, on this clock, that many real
    seconds will have passed.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._origin = datetime.now(UTC)
        self._started = time.monotonic()

    def now(self) -> datetime:
        if self.speed == 1.0:
            return datetime.now(UTC)
        return self._origin + timedelta(seconds=(time.monotonic() - self._started) * self.speed)

    def after_s(self, real_seconds: float) -> datetime:
        return self.now() + timedelta(seconds=real_seconds * self.speed)

    def real_s_until(self, instant: datetime) -> float:
        """How many real seconds until this clock shows an instant; 0 when it has."""
        return max(0.0, (instant - self.now()).total_seconds() / self.speed)
