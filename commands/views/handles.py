"""What staff press on a message about a ticket. Action ids are the names of subcommands, and so are the first words of
the values in an overflow menu (`severity ACME-42`), whose own action id is `more`."""

from collections.abc import Sequence
from typing import Final

from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    InteractiveElement,
    Option,
    OverflowMenuElement,
    PlainTextObject,
)

from commands.text import Text
from policy.tickets import State, Ticket

MORE: Final = "more"
"""The action id of an overflow menu; Slack takes at most five options in one."""


def on_card(text: Text, ticket: Ticket) -> list[ActionsBlock]:
    """What fits how the ticket stands: three buttons at most, and the rest in the menu."""
    buttons, more = _fitting(ticket)
    return [_row(text, ticket, buttons, more)]


def on_details(text: Text, ticket: Ticket) -> list[ActionsBlock]:
    """What fits at any time, and has no room in the card's menu."""
    return [_row(text, ticket, ("timeline", "link", "scope"))]


def on_reminder(text: Text, ticket: Ticket) -> list[ActionsBlock]:
    """What answers it, and what silences it."""
    if not ticket.is_open:
        return []
    owned = ("post_update", "resolve", "snooze")
    return [_row(text, ticket, owned if ticket.acknowledged else ("acknowledge", "post_update", "why"))]


def on_call(text: Text, ticket: Ticket, *, joins: bool) -> list[ActionsBlock]:
    """To take the ticket, and to get into its channel, where it has one (`joins`)."""
    names = (*(("acknowledge",) if ticket.acknowledged is None else ()), *(("join",) if joins else ()))
    return [_row(text, ticket, names)] if ticket.is_open and names else []


def _fitting(ticket: Ticket) -> tuple[Sequence[str], Sequence[str]]:
    wait = "resume" if ticket.waiting else "wait"
    match ticket.state:
        case State.OPEN if ticket.acknowledged is None:
            return ("acknowledge", "post_update", "why"), ("severity", "assign", "note", wait, "resolve")
        case State.OPEN:
            return ("post_update", "resolve", wait), ("severity", "assign", "note", "snooze", "why")
        case State.RESOLVED:
            return ("reopen", "timeline"), ("note", "why")
        case State.CANCELLED | State.MERGED:
            return ("timeline",), ()


_PROMINENT: Final = frozenset({"acknowledge", "post_update"})


def _row(text: Text, ticket: Ticket, buttons: Sequence[str], more: Sequence[str] = ()) -> ActionsBlock:
    elements: list[InteractiveElement] = [
        ButtonElement(
            action_id=name,
            value=ticket.id,
            text=PlainTextObject(text=text(f"button.{name}")),
            style="primary" if name == buttons[0] and name in _PROMINENT else None,
        )
        for name in buttons
    ]
    if more:
        options = [
            Option(value=f"{name} {ticket.id}", text=PlainTextObject(text=text(f"button.{name}")))
            for name in more
        ]
        elements.append(OverflowMenuElement(action_id=MORE, options=options))
    return ActionsBlock(elements=elements)
