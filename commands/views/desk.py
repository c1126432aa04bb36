"""What stands in an account's channel so that people of another company can do all that customers do: buttons, and
no command is needed. And what staff read of such a channel."""

from typing import Final

from msgspec.structs import replace
from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    Option,
    PlainTextObject,
    StaticSelectElement,
)

from commands.text import Text
from commands.views.escape import escaped, fitted
from commands.views.form import OPEN_FORM, Prefill
from commands.views.message import Message, actions, mention, section
from policy.effects import NoteOutsider

OUR_TICKETS: Final = "our_tickets"
OUR_PLAN: Final = "our_plan"
OUR_TERMS: Final = "our_terms"
"""The menu below an answer about the terms; the chosen option's value is a word of `/support`."""

PINNED: Final = (OPEN_FORM, OUR_TICKETS, OUR_PLAN)
TERMS: Final = ("plan", "policy", "severity", "hours", "contacts", "versions")


def support_button(text: Text, vendor: str) -> Message:
    """The pinned message of an account's channel."""
    words = text("desk.pinned", vendor=escaped(vendor))
    buttons = (_open_form(text, Prefill()), _button(text, OUR_TICKETS), _button(text, OUR_PLAN))
    return Message(text=words, blocks=[section(words), actions(*buttons)])


def offer(text: Text, user: str, prefill: Prefill, message: str) -> Message:
    """The answer to a message: a button that opens the form with what was said filled in. `message` is its `ts`."""
    words = text("desk.offer", user=mention(user))
    buttons = ActionsBlock(
        block_id=offer_of(message), elements=[_open_form(text, replace(prefill, offered=message))]
    )
    return Message(text=words, blocks=[section(words), buttons])


def closed_offer(text: Text, ticket: str, message: str) -> Message:
    """What an offer says once a ticket has come of it; it stays the one offer for its message."""
    words = text("desk.offer.closed", id=ticket)
    block = section(words)
    block.block_id = offer_of(message)
    return Message(text=words, blocks=[block])


def offer_of(message: str) -> str:
    """The id of the block with the button of an offer, by which it is known for which message it was made."""
    return f"offer:{message}"


def with_terms(text: Text, answer: Message, *, uptime: bool) -> Message:
    """An answer about the terms, with a menu of all that can be told of them. `uptime`: the plan guarantees one."""
    names = (*TERMS, "uptime") if uptime else TERMS
    options = [Option(value=name, text=text(f"terms.menu.{name}")) for name in names]
    menu = StaticSelectElement(action_id=OUR_TERMS, options=options, placeholder=text("terms.menu"))
    return Message(text=answer.text, blocks=[*answer.blocks, ActionsBlock(elements=[menu])])


def channel_note(text: Text, what: str, account: str, channel: str, team: str | None) -> Message:
    """What became of an account's channel, for staff. `what` is one of `NoteChannel`."""
    words = text(
        f"desk.channel.{what}",
        account=fitted(account, 200),
        channel=f"<#{channel}>",
        team=escaped(team or ""),
    )
    return Message(text=words, blocks=[section(words)])


def outsider_note(text: Text, came: NoteOutsider) -> Message:
    """Who has come into an incident channel, for staff."""
    words = text(
        "desk.outsider", user=mention(came.user), channel=f"<#{came.channel}>", id=escaped(came.ticket)
    )
    return Message(text=words, blocks=[section(words)])


def _open_form(text: Text, prefill: Prefill) -> ButtonElement:
    return ButtonElement(
        action_id=OPEN_FORM,
        value=prefill.in_button(),
        text=PlainTextObject(text=text("button.open_form")),
        style="primary",
    )


def _button(text: Text, action: str) -> ButtonElement:
    return ButtonElement(action_id=action, text=PlainTextObject(text=text(f"button.{action}")))
