"""The small forms of staff that ask for one text: post an update, resolve."""

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from slack_sdk.models.blocks import InputBlock, PlainTextInputElement, PlainTextObject
from slack_sdk.models.views import View

from commands.text import Text
from commands.views.escape import fitted, tidied
from commands.views.message import context, section
from policy.tickets import Ticket

Purpose = Literal["post_update", "resolve"]
TEXT_LIMIT: Final = 2_500


class Meta(msgspec.Struct, frozen=True):
    ticket: str


def build(text: Text, purpose: Purpose, ticket: Ticket, account: str) -> View:
    """One field, and a line that says who will read it."""
    return View(
        type="modal",
        callback_id=purpose,
        title=PlainTextObject(text=text(f"{purpose}.heading")),
        submit=PlainTextObject(text=text(f"{purpose}.submit")),
        close=PlainTextObject(text=text("form.close")),
        private_metadata=msgspec.json.encode(Meta(ticket.id)).decode(),
        blocks=[
            section(f"*{ticket.id}* · {fitted(ticket.title, 400)}"),
            InputBlock(
                block_id="text",
                label=PlainTextObject(text=text(f"{purpose}.text")),
                element=PlainTextInputElement(action_id="text", multiline=True, max_length=TEXT_LIMIT),
            ),
            context(text("words_form.readers", account=fitted(account, 200))),
        ],
    )


def parse(view: Mapping[str, Any]) -> tuple[str, str]:
    """The ticket's id and the text, which is empty when only blanks were typed."""
    meta = msgspec.json.decode(view["private_metadata"], type=Meta)
    typed = view["state"]["values"].get("text", {}).get("text", {}).get("value") or ""
    return meta.ticket, tidied(typed)
