"""Why a text is no period."""

from enum import Enum


class Fault(Enum):
    """What is wrong with it."""

    UNREADABLE = "not written in any of the ways"
    AMBIGUOUS = "can be read in two ways"
    NO_SUCH_TIME = "no calendar or no local clock has that time"
    REVERSED = "it ends before it starts, or when it starts"
    FUTURE = "it has not begun"
    TOO_LONG = "it is longer than three years"


class BadPeriod(ValueError):
    """A text that is no period; `what` is the part of it that is wrong."""

    def __init__(self, fault: Fault, what: str) -> None:
        super().__init__(f"{what!r}: {fault.value}")
        self.fault = fault
        self.what = what
