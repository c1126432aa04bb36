"""All that happened to a ticket, in order, for one reader."""

from collections.abc import Sequence
from typing import Final

from slack_sdk.models.blocks import Block

from commands.views.card import Scene
from commands.views.lists import told_events
from commands.views.message import Message, context, section
from policy import timeline as log

MOST_SHOWN: Final = 100
_SECTION: Final = 2_900
_MOST_SECTIONS: Final = 12


def timeline(scene: Scene, entries: Sequence[log.Entry]) -> Message:
    """`entries` are those that the reader may see, the oldest first. Of a long one the newest are kept, and a line
    says how many are left out."""
    text, lines = scene.text, told_events(scene, entries)
    kept = _newest(lines)
    head = text("timeline.head", id=scene.ticket.id, count=len(lines))
    blocks: list[Block] = [section(head)]
    if left := len(lines) - sum(len(part) for part in kept):
        blocks.append(context(text("timeline.cut", left=left, shown=len(lines) - left)))
    return Message(text=head, blocks=[*blocks, *(section("\n".join(part)) for part in kept)])


def _newest(lines: Sequence[str]) -> list[list[str]]:
    """The newest lines, in order, in as many sections as are shown."""
    parts: list[list[str]] = [[]]
    room = _SECTION
    for line in reversed(lines[-MOST_SHOWN:]):
        if len(line) + 1 > room:
            if len(parts) == _MOST_SECTIONS:
                break
            parts.append([])
            room = _SECTION
        parts[-1].append(line)
        room -= len(line) + 1
    return [part[::-1] for part in reversed(parts) if part]
