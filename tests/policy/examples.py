"""The policies of `examples/`."""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from policy.load import load_policy
from policy.schema import Policy

FOLLOW_THE_SUN = Path(__file__).parents[2] / "examples" / "follow-the-sun.toml"


@cache
def follow_the_sun() -> Policy:
    """Three severities under other names, 12x7 desks in three regions that hand over, no hotline, no guarantee."""
    tables: dict[str, Any] = msgspec.toml.decode(FOLLOW_THE_SUN.read_text(encoding="utf-8"))
    return load_policy({**tables["policy"], "regions": tables["regions"]}, file=str(FOLLOW_THE_SUN))
