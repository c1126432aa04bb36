"""How long to wait before something that failed is tried again."""

import random
from typing import Final

_FIRST_S: Final = 1.0
_LONGEST_S: Final = 60.0


def backoff_s(tries: int) -> float:
    """Real seconds after the given number of failed tries (from 1): doubling from 1 to 60, of which the
    second half is chance, so that what failed together does not come back together."""
    longest = min(_LONGEST_S, _FIRST_S * 2.0 ** min(tries - 1, 10))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
