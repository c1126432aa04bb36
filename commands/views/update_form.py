"""The form of an update: one text, a select of ready phrases, and on request a template whose answers make one text.

Slack keeps what a person typed wherever block and action keep their ids, so the text gets another block when words of
ours are put into it, and keeps its block in every other redrawing.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
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
from commands.views.message import context, section

CALLBACK: Final = "post_update"
PHRASE: Final = "update_phrase"
TEMPLATE: Final = "update_template"
NEXT_AT: Final = "next_at"
PARTS: Final = ("impact", "changed", "next")
"""The questions of the template, in the order of the text that they make."""
TEXT_LIMIT: Final = 2_500
"""Characters that a person may write at once."""
_PART_LIMIT: Final = 500
_TEXT: Final = "text"


class Draft(msgspec.Struct, frozen=True, omit_defaults=True):
    """What stands in the form. `turn` counts the texts that the form was drawn with."""

    ticket: str
    channel: str
    text: str = ""
    impact: str = ""
    changed: str = ""
    next: str = ""
    next_at: str = ""
    unfolded: bool = False
    turn: int = 0

    @property
    def text_block(self) -> str:
        """The id of the block of the text."""
        return f"{_TEXT}:{self.turn}" if self.turn else _TEXT

    @property
    def is_answered(self) -> bool:
        """Whether a question of the template is answered."""
        return any((self.impact, self.changed, self.next, self.next_at))

    def folded_otherwise(self) -> "Draft":
        return replace(self, unfolded=not self.unfolded)

    def extended(self, words: str) -> "Draft":
        """With words behind the text, unless they stand there or make it too long."""
        longer = f"{self.text}\n{words}" if self.text else words
        known = words in self.text or len(longer) > TEXT_LIMIT
        return replace(self, text=self.text if known else longer, turn=self.turn + 1)


class _Meta(msgspec.Struct, frozen=True, omit_defaults=True):
    """`channel` is where the person acts."""

    ticket: str
    channel: str = ""
    unfolded: bool = False
    turn: int = 0


def build(scene: Scene, draft: Draft, due: datetime | None) -> View:
    """`due`: by when the next update is promised if the form says nothing else (None: it is not)."""
    text, ticket = scene.text, scene.ticket
    account = fitted(scene.account, 200)
    language = text(f"update_form.language.{ticket.language}")
    tells = [text("update_form.readers", account=account, language=language)]
    if due is not None:
        tells.append(text("update_form.due", time=scene.time(due)))
    meta = _Meta(draft.ticket, draft.channel, draft.unfolded, draft.turn)
    blocks: list[Block] = [
        section(f"*{ticket.id}* · {fitted(ticket.title, 400)}"),
        context(" · ".join(tells)),
        _tools(scene, draft),
        InputBlock(
            block_id=draft.text_block,
            label=PlainTextObject(text=text("update_form.text")),
            element=PlainTextInputElement(
                action_id=_TEXT,
                multiline=True,
                max_length=TEXT_LIMIT,
                initial_value=draft.text or None,
            ),
        ),
    ]
    if draft.unfolded:
        blocks += [_part(text, name) for name in PARTS]
        blocks.append(_next_at(scene))
    return View(
        type="modal",
        callback_id=CALLBACK,
        title=PlainTextObject(text=text("update_form.heading")),
        submit=PlainTextObject(text=text("update_form.submit")),
        close=PlainTextObject(text=text("form.close")),
        private_metadata=msgspec.json.encode(meta).decode(),
        blocks=blocks,
    )


def parse(view: Mapping[str, Any]) -> Draft:
    """What stands in the form now; the answers of a template that is folded away do not count."""
    meta = msgspec.json.decode(view["private_metadata"], type=_Meta)
    values = view["state"]["values"]
    draft = Draft(meta.ticket, meta.channel, unfolded=meta.unfolded, turn=meta.turn)
    typed = {name: _typed(values, name, name) for name in (*PARTS, NEXT_AT)}
    return replace(draft, text=_typed(values, draft.text_block, _TEXT), **typed)


def composed(text: Text, draft: Draft) -> str:
    """The answers as one text, in the language of `text`: the customer's."""
    parts = {name: getattr(draft, name) for name in PARTS}
    told = [text(f"update_text.{name}", words=words) for name, words in parts.items() if words]
    return "\n\n".join([draft.text, *(["\n".join(told)] if told else [])])


def _tools(scene: Scene, draft: Draft) -> ActionsBlock:
    """Drawn anew with each text, so that the same phrase can be chosen again."""
    text = scene.text
    phrases = [
        Option(value=key, text=phrase.name[text.language]) for key, phrase in scene.policy.phrases.items()
    ]
    select = StaticSelectElement(
        action_id=PHRASE, options=phrases, placeholder=PlainTextObject(text=text("update_form.phrase"))
    )
    key = "update_form.fold" if draft.unfolded else "update_form.unfold"
    button = ButtonElement(action_id=TEMPLATE, text=PlainTextObject(text=text(key)), value=draft.ticket)
    return ActionsBlock(block_id=f"tools:{draft.turn}", elements=[*([select] if phrases else []), button])


def _part(text: Text, name: str) -> InputBlock:
    return InputBlock(
        block_id=name,
        optional=True,
        label=PlainTextObject(text=text(f"update_form.{name}")),
        element=PlainTextInputElement(action_id=name, multiline=True, max_length=_PART_LIMIT),
    )


def _next_at(scene: Scene) -> InputBlock:
    text, severity = scene.text, scene.policy.severity(scene.ticket.severity)
    hint = "update_form.next_at.agreed" if severity.agreed_update else "update_form.next_at.earlier"
    zone = scene.now.astimezone(scene.zone).tzname()
    return InputBlock(
        block_id=NEXT_AT,
        optional=True,
        label=PlainTextObject(text=text("update_form.next_at", zone=zone)),
        hint=PlainTextObject(text=text(hint)),
        element=PlainTextInputElement(
            action_id=NEXT_AT,
            max_length=100,
            placeholder=PlainTextObject(text=text("update_form.next_at.examples")),
        ),
    )


def _typed(values: Mapping[str, Any], block: str, action: str) -> str:
    return tidied(values.get(block, {}).get(action, {}).get("value") or "")
