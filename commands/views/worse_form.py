"""The form *It got worse*, and what it turns into. Only the person sees either."""

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

from commands.text import Text
from commands.views.card import Scene
from commands.views.escape import fitted, tidied
from commands.views.message import Message, context, section, severity_label
from policy.schema import Policy
from policy.tickets import Ticket

CALLBACK: Final = "got_worse"
TEXT_LIMIT: Final = 2_500


class Meta(msgspec.Struct, frozen=True):
    ticket: str
    channel: str


def build(text: Text, policy: Policy, ticket: Ticket, channel: str) -> View:
    """What got worse, and the severity that it should have. `channel` is the one that the person writes from."""
    severities = [Option(value=key, text=severity_label(text, policy, key)) for key in policy.severities]
    now = severity_label(text, policy, ticket.severity)
    return View(
        type="modal",
        callback_id=CALLBACK,
        title=PlainTextObject(text=text("worse.heading")),
        submit=PlainTextObject(text=text("worse.submit")),
        close=PlainTextObject(text=text("form.close")),
        private_metadata=msgspec.json.encode(Meta(ticket.id, channel)).decode(),
        blocks=[
            section(f"*{ticket.id}* · {fitted(ticket.title, 400)}"),
            InputBlock(
                block_id="text",
                label=PlainTextObject(text=text("worse.text")),
                element=PlainTextInputElement(action_id="text", multiline=True, max_length=TEXT_LIMIT),
            ),
            InputBlock(
                block_id="wished",
                optional=True,
                label=PlainTextObject(text=text("worse.wished")),
                element=StaticSelectElement(
                    action_id="wished",
                    options=severities,
                    placeholder=PlainTextObject(text=text("form.severity.placeholder")),
                ),
            ),
            context(text("worse.hint", severity=now)),
        ],
    )


def parse(view: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """The ticket's id, the text (empty when only blanks were typed), the severity wished for (None: none)."""
    meta = msgspec.json.decode(view["private_metadata"], type=Meta)
    values = view["state"]["values"]
    typed = values.get("text", {}).get("text", {}).get("value") or ""
    chosen = values.get("wished", {}).get("wished", {}).get("selected_option") or {}
    return meta.ticket, tidied(typed), chosen.get("value")


def known(scene: Scene, hotline: str | None) -> Message:
    """That staff know; with the number to call for whoever may (None: nobody)."""
    text = scene.text
    severity = severity_label(text, scene.policy, scene.ticket.severity)
    lines = [text("worse.done", id=scene.ticket.id, severity=severity)]
    if hotline is not None:
        lines.append(text("confirm.hotline", number=fitted(hotline, 100), id=scene.ticket.id))
    return Message(text=lines[0], blocks=[section(line) for line in lines])
