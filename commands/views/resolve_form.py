"""The form that resolves a ticket: what solved it, which the customer reads, and the cause, for the figures."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from slack_sdk.models.blocks import (
    InputBlock,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from commands.views.card import Scene
from commands.views.escape import fitted, tidied
from commands.views.message import context, section
from commands.views.update_form import TEXT_LIMIT

CALLBACK: Final = "resolve"
TEXT: Final = "text"
CAUSE: Final = "cause"


class Meta(msgspec.Struct, frozen=True):
    """`channel` is where the person acts."""

    ticket: str
    channel: str = ""


class Solution(msgspec.Struct, frozen=True):
    """What was sent. `cause` is a key of the policy's (None: there is none to choose from)."""

    ticket: str
    text: str
    cause: str | None


def build(scene: Scene, channel: str, cause: str | None = None) -> View:
    """`cause`: one that was said already."""
    text, ticket = scene.text, scene.ticket
    causes = [Option(value=key, text=known.name[text.language]) for key, known in scene.policy.causes.items()]
    chosen = next((option for option in causes if option.value == cause), None)
    ask = InputBlock(
        block_id=CAUSE,
        label=PlainTextObject(text=text("resolve.cause")),
        hint=PlainTextObject(text=text("resolve.cause.hint")),
        element=StaticSelectElement(
            action_id=CAUSE,
            options=causes,
            initial_option=chosen,
            placeholder=PlainTextObject(text=text("form.choose")),
        ),
    )
    language = text(f"update_form.language.{ticket.language}")
    readers = text("update_form.readers", account=fitted(scene.account, 200), language=language)
    return View(
        type="modal",
        callback_id=CALLBACK,
        title=PlainTextObject(text=text("resolve.heading")),
        submit=PlainTextObject(text=text("resolve.submit")),
        close=PlainTextObject(text=text("form.close")),
        private_metadata=msgspec.json.encode(Meta(ticket.id, channel)).decode(),
        blocks=[
            section(f"*{ticket.id}* · {fitted(ticket.title, 400)}"),
            context(readers),
            InputBlock(
                block_id=TEXT,
                label=PlainTextObject(text=text("resolve.text")),
                element=PlainTextInputElement(action_id=TEXT, multiline=True, max_length=TEXT_LIMIT),
            ),
            *([ask] if causes else []),
        ],
    )


def parse(view: Mapping[str, Any]) -> Solution:
    """The text is empty when only blanks were typed."""
    meta = msgspec.json.decode(view["private_metadata"], type=Meta)
    values = view["state"]["values"]
    option = values.get(CAUSE, {}).get(CAUSE, {}).get("selected_option") or {}
    typed = values.get(TEXT, {}).get(TEXT, {}).get("value") or ""
    return Solution(meta.ticket, tidied(typed), option.get("value"))
