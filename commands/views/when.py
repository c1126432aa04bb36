"""Why words are no instant to come, and how to write one."""

from typing import Final

from commands.days import BadWhen, Fault
from commands.text import Text
from commands.views.escape import fitted
from commands.views.message import Message, section

_WHY: Final = {
    Fault.UNREADABLE: "error.when.unreadable",
    Fault.AMBIGUOUS: "error.when.ambiguous",
    Fault.NO_SUCH_TIME: "error.span.no_such_time",
    Fault.TWICE: "error.span.twice",
    Fault.PAST: "error.when.past",
}


def why_unread(text: Text, bad: BadWhen, zone: str) -> str:
    """With examples; `zone` is whose clock was meant."""
    examples = text("error.when.examples")
    if not bad.what:
        return text("error.when.nothing", examples=examples)
    return text(_WHY[bad.fault], what=fitted(bad.what, 100), zone=zone, examples=examples)


def unread(text: Text, bad: BadWhen, zone: str) -> Message:
    """The same as a message."""
    words = f":warning: {why_unread(text, bad, zone)}"
    return Message(text=words, blocks=[section(words)])
