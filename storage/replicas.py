"""Whether what a primary is told to keep has to be confirmed by a replica before it counts as kept.

A primary that has replicas confirms by `WAIT 1`, on the connection that wrote. One that never had any has nobody to
wait for. One that has lost all of them is waited for in vain for a while, since it may be an old primary that was cut
off and replaced; then it goes on alone. (Whoever wants it to stop instead sets `min-replicas-to-write 1` there.)
"""

import logging
import time
from collections.abc import Callable
from typing import Any, Final

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 5.0
ALONE_AFTER_S: Final = 30.0


class Replicas:
    """Of one server, or of the one that Sentinel names: another address is another primary, asked anew."""

    def __init__(self, real_s: Callable[[], float] = time.monotonic) -> None:
        self._real_s = real_s
        self._address: object = None
        self._looked: float | None = None
        self._seen: float | None = None
        """When a replica was attached, as far as was looked; None: this primary never had one."""
        self._alone = False
        self._refused = False

    def known(self, address: object) -> bool:
        """Whether the primary at this address has been asked for its role."""
        return self._looked is not None and self._address == address

    @property
    def look(self) -> bool:
        """Whether it is time to ask for the role again."""
        return self._looked is None or self._real_s() - self._looked >= LOOK_EVERY_S

    @property
    def confirm(self) -> bool:
        """Whether to wait for a replica."""
        return self._seen is not None and not self._alone and not self._refused

    def heard(self, address: object, role: Any) -> None:
        """What the server at this address answers to ROLE; an error, where it does not let us ask."""
        now = self._real_s()
        if self._address != address:
            self._address, self._seen, self._alone = address, None, False
        self._looked = now
        if isinstance(role, Exception) or role[0] not in {b"master", "master"}:
            return
        if role[2]:
            self._seen, self._alone = now, False
        elif self._seen is not None and not self._alone and now - self._seen >= ALONE_AFTER_S:
            self._alone = True
            log.warning(
                "The primary%s has had no replica for %g s: what it keeps from now on is kept there alone. %s",
                f" {address}" if address else "",
                now - self._seen,
                "Bring a replica back.",
            )

    def refused(self, error: Exception) -> None:
        """WAIT is not for us: go on without."""
        self._refused = True
        log.warning(
            "Redis does not let us WAIT for its replicas (%s): allow WAIT and ROLE to our user.", error
        )
