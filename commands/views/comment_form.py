"""The form that asks for a comment on the score. Support staff read it."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from slack_sdk.models.blocks import InputBlock, PlainTextInputElement, PlainTextObject
from slack_sdk.models.views import View

from commands.text import Text
from commands.views.escape import fitted, tidied
from commands.views.message import context, section
from policy.tickets import Ticket

CALLBACK: Final = "score_comment"
WORDS: Final = "words"
WORDS_LIMIT: Final = 2_000


class Meta(msgspec.Struct, frozen=True):
    """`channel` is where the person acts."""

    ticket: str
    channel: str = ""


def build(text: Text, ticket: Ticket, channel: str) -> View:
    """One field, which holds what was said before."""
    said = ticket.score.comment if ticket.score else ""
    return View(
        type="modal",
        callback_id=CALLBACK,
        title=PlainTextObject(text=text("comment.heading")),
        submit=PlainTextObject(text=text("comment.submit")),
        close=PlainTextObject(text=text("form.close")),
        private_metadata=msgspec.json.encode(Meta(ticket.id, channel)).decode(),
        blocks=[
            section(f"*{ticket.id}* · {fitted(ticket.title, 400)}"),
            InputBlock(
                block_id=WORDS,
                label=PlainTextObject(text=text("comment.words")),
                element=PlainTextInputElement(
                    action_id=WORDS,
                    multiline=True,
                    max_length=WORDS_LIMIT,
                    initial_value=said[:WORDS_LIMIT] or None,
                ),
            ),
            context(text("comment.readers")),
        ],
    )


def parse(view: Mapping[str, Any]) -> tuple[str, str]:
    """The ticket's id and the comment, which is empty when only blanks were typed."""
    meta = msgspec.json.decode(view["private_metadata"], type=Meta)
    typed = view["state"]["values"].get(WORDS, {}).get(WORDS, {}).get("value") or ""
    return meta.ticket, tidied(typed)
