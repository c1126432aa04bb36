"""What people are paged for, and what is done with such an alert: the words that a policy file and a ticket use."""

from enum import StrEnum


class PageKind(StrEnum):
    """Why somebody is paged: a ticket was opened and nobody has it, or a promise ran out."""

    OPENED = "opened"
    BREACH = "breach"


class PageAction(StrEnum):
    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
