"""By which words the messages are known that follow from a timeline. A part of the coverage checker."""

from collections.abc import Sequence

from policy.schema import Policy
from policy.timeline import (
    Acknowledged,
    CustomerReplied,
    Entry,
    MessageEdited,
    NoteWritten,
    Resolved,
    SeverityChanged,
    Snoozed,
    Source,
    UpdatePosted,
)


def until_it_moved(policy: Policy, entries: Sequence[Entry]) -> int:
    """How many notes stand in the thread that staff worked in before a severity gave the ticket a channel: those up to
    the one that tells of it."""
    count = 0
    for entry in entries:
        count += told_by(entry, noted=True) is not None
        if isinstance(entry, SeverityChanged) and policy.severity(entry.new).room == "channel":
            break
    return count


def told_by(entry: Entry, *, noted: bool = False) -> str | None:
    """Words by which the message of a lane that follows from an entry is known: of the customer's, or when
    `noted` of the staff's."""
    match entry:
        case Acknowledged(by=by):
            return f"<@{by}>"
        case UpdatePosted(source=Source.THREAD) if not noted:
            return None  # it stands there as staff wrote it
        case UpdatePosted(text=words) | Resolved(text=words):
            return words
        case _:
            return _noted(entry) if noted else None


def _noted(entry: Entry) -> str | None:
    """The same of what the customer's side is not told."""
    match entry:
        case Snoozed(by=by):
            return f"<@{by}>"
        case NoteWritten(text=words) | CustomerReplied(text=words) | MessageEdited(text=words):
            return words
        case SeverityChanged(old=old, new=new, reason=words) if old != new:
            return words
        case _:
            return None
