"""A message in a window of its own, for a person who is in no channel."""

from slack_sdk.models.blocks import PlainTextObject
from slack_sdk.models.views import View

from commands.text import Text
from commands.views.message import Message


def notice(text: Text, message: Message) -> View:
    """The message, and a way to close it."""
    return View(
        type="modal",
        title=PlainTextObject(text=text("notice.heading")),
        close=PlainTextObject(text=text("confirm.close")),
        blocks=list(message.blocks),
    )
