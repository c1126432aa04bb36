"""What a slash command, or a mention of the bot, understands: its subcommands, and whether one of them is meant."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from commands.answers import ByCommand
from commands.callers import Caller
from commands.roles import CUSTOMERS, MAY, Act
from commands.wall import first_word, tidied

TICKET: Final = r"[a-z][a-z0-9]*-\d+"
"""A ticket's id, in either case."""

_ALIKE: Final = 0.75
_NO_SLIPS: Final = frozenset({"what", "that", "when", "who", "how"})
"""Words of people who ask or tell something; `what` is as near to `wait` as a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Subcommand:
    """`act` is what it does to a ticket (None: it does nothing to any). `words`: the pattern of what may follow it,
    if anything does. What a customer types that does not fit is a title which only begins like a subcommand."""

    answer: ByCommand
    act: Act | None = None
    words: str = ""

    @property
    def is_for_staff(self) -> bool:
        return self.act is not None and MAY[self.act].isdisjoint(CUSTOMERS)

    def fits(self, rest: str) -> bool:
        """Whether a customer can mean it with these words behind."""
        return not rest or bool(re.fullmatch(self.words, rest, re.IGNORECASE | re.DOTALL))


@dataclass(frozen=True, slots=True)
class Words:
    """The subcommands of a command; `otherwise` answers everything else."""

    subcommands: Mapping[str, Subcommand]
    otherwise: ByCommand

    def meant(self, who: Caller, words: str) -> tuple[Subcommand, str] | None:
        """The subcommand that a person means, and the words behind it; None: these words mean none. Staff mean one
        whenever they write it, customers when the rest fits; one for staff when it names a ticket of theirs, and it
        is then refused."""
        name, rest = first_word(words)
        found = self.subcommands.get(name.lower())
        if found is None:
            return None
        if who.is_staff or (_names_a_ticket(who, rest) if found.is_for_staff else found.fits(tidied(rest))):
            return found, rest
        return None

    def alike(self, who: Caller, words: str) -> str | None:
        """The words with the subcommand that was probably meant in front; None: they look like no slip of the
        pen. `shwo ACME-1` does, `lost all data` from a customer is a title."""
        name, rest = first_word(words)
        if not who.is_staff and rest and not re.fullmatch(TICKET, tidied(rest), re.IGNORECASE):
            return None
        if name.lower() in _NO_SLIPS:
            return None
        close = difflib.get_close_matches(name.lower(), self.subcommands, n=1, cutoff=_ALIKE)
        corrected = f"{close[0]} {rest}".strip() if close else ""
        return corrected if corrected and self.meant(who, corrected) else None


def _names_a_ticket(who: Caller, rest: str) -> bool:
    """Whether the words begin with the id of a ticket of an account that exists for the person."""
    first, _ = first_word(rest)
    is_id = re.fullmatch(TICKET, first, re.IGNORECASE)
    return bool(is_id) and who.may_see(first.upper().rpartition("-")[0])
