"""What the customer is told in ready words, what a solution is put down to, and how a resolved ticket is closed: data
of the policy. Source: policy.md section 3.
"""

from datetime import timedelta

import msgspec

from policy.durations import Duration
from policy.words import Words


class Cause(msgspec.Struct, frozen=True):
    """What a ticket came from in the end, for figures."""

    key: str
    name: Words


class Phrase(msgspec.Struct, frozen=True):
    """Ready words for an update: `name` is what staff choose, `text` what the customer reads."""

    key: str
    name: Words
    text: Words


class Closing(msgspec.Struct, frozen=True):
    """How a resolved ticket is closed. `confirm_after`: without an answer it is confirmed by itself (None: never);
    business days are the region's, another duration is counted as time goes by. `reopen_within`: so long after the
    confirmation, as time goes by, it may be reopened (None: always). `score`: the customer is asked for one."""

    confirm_after: Duration | None = None
    reopen_within: timedelta | None = None
    score: bool = False
