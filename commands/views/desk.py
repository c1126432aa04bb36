"""What stands in an account's channel so that anybody there can open an incident: no command is needed."""

import msgspec
from slack_sdk.models.blocks import ButtonElement, PlainTextObject

from commands.text import Text
from commands.views.escape import escaped
from commands.views.form import OPEN_FORM, Prefill
from commands.views.message import Message, actions, mention, section


def support_button(text: Text, vendor: str) -> Message:
    """The pinned message of an account's channel."""
    words = text("desk.pinned", vendor=escaped(vendor))
    return Message(text=words, blocks=[section(words), actions(_button(text, Prefill()))])


def offer(text: Text, user: str, title: str) -> Message:
    """The answer to a mention: a button that opens the form with what was said filled in."""
    words = text("desk.offer", user=mention(user))
    return Message(text=words, blocks=[section(words), actions(_button(text, Prefill(title=title)))])


def _button(text: Text, prefill: Prefill) -> ButtonElement:
    return ButtonElement(
        action_id=OPEN_FORM,
        value=msgspec.json.encode(prefill).decode(),
        text=PlainTextObject(text=text("button.open_form")),
        style="primary",
    )
