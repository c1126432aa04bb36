"""What staff read of messages that Slack did not take. Nothing of this is for the customer."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from commands.text import Text
from commands.views.card import Scene
from commands.views.escape import fitted
from commands.views.message import Message, context, section

_FAULTS: Final = frozenset({"is_archived", "not_in_channel", "channel_not_found", "restricted_action"})
_NAMED: Final = 10


def fault(text: Text, error: str, channel: str) -> str:
    """Why Slack did not take a message in a channel, and what to do about it; `error` is Slack's own word."""
    if error in _FAULTS:
        return text(f"fault.{error}", channel=f"<#{channel}>")
    return text("fault.other", error=fitted(error, 100))


def instead(scene: Scene, noted: Message, channel: str, error: str) -> Message:
    """A note, in triage, since the channel where it belongs is out of reach."""
    why = scene.text("note.instead", ticket=scene.name, why=fault(scene.text, error, channel))
    return Message(text=noted.text, blocks=[*noted.blocks, context(why)])


def letters(text: Text, dead: Sequence[tuple[str | None, str]]) -> Message:
    """What became dead letters: of each the ticket (None: it belongs to none) and Slack's word for why."""
    line = text("alert.dead", count=len(dead))
    whys = Counter(error for _, error in dead).most_common(_NAMED)
    tickets = list(dict.fromkeys(ticket for ticket, _ in dead if ticket))
    shown = [f"• {fitted(error, 200)}: {count}" for error, count in whys]
    if tickets:
        more = f" +{len(tickets) - _NAMED}" if len(tickets) > _NAMED else ""
        shown.append(text("alert.dead.tickets", tickets=", ".join(tickets[:_NAMED]) + more))
    return Message(
        text=line, blocks=[section("\n".join([f"*{line}*", *shown])), context(text("alert.dead.mend"))]
    )
