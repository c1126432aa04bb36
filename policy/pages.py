"""What people are paged for, and what is done with such an alert: the words that a policy file and a ticket use."""

from enum import StrEnum


class PageKind(StrEnum):
    """Why somebody is paged: a ticket was opened and nobody has it, a promise ran out, or the customer says that it
    got worse and wishes for the severity that pages for it, which nobody has decided about."""

    OPENED = "opened"
    BREACH = "breach"
    WORSE = "worse"


class PageAction(StrEnum):
    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
