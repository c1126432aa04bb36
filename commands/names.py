"""The names of the slash commands, which an operator may change."""

import re
from dataclasses import dataclass
from typing import Final

_TOLD: Final = re.compile(r"(?<=`)/(incident|support|tam)\b")
"""In the texts a command stands between backticks, by the name it has here."""


@dataclass(frozen=True, slots=True)
class CommandNames:
    """What people type. Each begins with a slash, and no two are the same."""

    incident: str = "/incident"
    support: str = "/support"
    tam: str = "/tam"

    def told(self, words: str) -> str:
        """A text with the commands by these names."""
        return _TOLD.sub(lambda found: str(getattr(self, found[1])), words)


DEFAULT_NAMES: Final = CommandNames()
