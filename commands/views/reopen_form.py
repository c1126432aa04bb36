"""The form that asks why a resolved ticket is reopened. Support staff read the answer."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from slack_sdk.models.blocks import InputBlock, PlainTextInputElement, PlainTextObject
from slack_sdk.models.views import View

from commands.text import Text
from commands.views.escape import fitted, tidied
from commands.views.message import context, section
from policy.tickets import Ticket

CALLBACK: Final = "reopen"
REASON: Final = "reason"
REASON_LIMIT: Final = 2_000


class Meta(msgspec.Struct, frozen=True):
    """`channel` is where the person acts."""

    ticket: str
    channel: str = ""


def build(text: Text, ticket: Ticket, channel: str) -> View:
    return View(
        type="modal",
        callback_id=CALLBACK,
        title=PlainTextObject(text=text("reopen.heading")),
        submit=PlainTextObject(text=text("reopen.submit")),
        close=PlainTextObject(text=text("form.close")),
        private_metadata=msgspec.json.encode(Meta(ticket.id, channel)).decode(),
        blocks=[
            section(f"*{ticket.id}* · {fitted(ticket.title, 400)}"),
            InputBlock(
                block_id=REASON,
                label=PlainTextObject(text=text("reopen.reason")),
                element=PlainTextInputElement(action_id=REASON, multiline=True, max_length=REASON_LIMIT),
            ),
            context(text("reopen.readers")),
        ],
    )


def parse(view: Mapping[str, Any]) -> tuple[str, str]:
    """The ticket's id and the reason, which is empty when only blanks were typed."""
    meta = msgspec.json.decode(view["private_metadata"], type=Meta)
    typed = view["state"]["values"].get(REASON, {}).get(REASON, {}).get("value") or ""
    return meta.ticket, tidied(typed)
