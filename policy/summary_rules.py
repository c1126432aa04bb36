"""What summaries point out: data of the policy. Source: policy.md section 7."""

from datetime import timedelta

import msgspec


class SummaryRules(msgspec.Struct, frozen=True):
    """`long_wait`: waiting for a customer for so long, as time goes by, wants a look (None: never)."""

    long_wait: timedelta | None = None
