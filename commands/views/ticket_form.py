"""What the forms about one ticket have in common: their frame, their fields, how these are read."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from slack_sdk.models.blocks import Block, InputBlock, Option, PlainTextInputElement, PlainTextObject
from slack_sdk.models.views import View

from commands.text import Text
from commands.views.escape import fitted, tidied
from commands.views.message import context, section
from policy.tickets import Ticket


class Meta(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the form carries along unseen: its ticket, and the channel that it was opened in."""

    ticket: str
    channel: str = ""


def modal(
    text: Text,
    name: str,
    ticket: Ticket,
    channel: str,
    fields: Sequence[Block],
    *,
    heading: str,
    submit: str,
    hint: str = "",
) -> View:
    """A form about a ticket, sent as `name`. `hint` says what comes of it."""
    under: list[Block] = [context(hint)] if hint else []
    return View(
        type="modal",
        callback_id=name,
        title=PlainTextObject(text=heading),
        submit=PlainTextObject(text=submit),
        close=PlainTextObject(text=text("form.close")),
        private_metadata=msgspec.json.encode(Meta(ticket.id, channel)).decode(),
        blocks=[section(f"*{ticket.id}* · {fitted(ticket.title, 400)}"), *fields, *under],
    )


def field(name: str, label: str, element: Any, *, hint: str = "", optional: bool = False) -> InputBlock:
    """A field; its block and its action have the same name."""
    return InputBlock(
        block_id=name,
        label=PlainTextObject(text=label),
        element=element,
        hint=PlainTextObject(text=hint) if hint else None,
        optional=optional,
    )


def words_field(name: str, label: str, limit: int, *, initial: str = "", hint: str = "") -> InputBlock:
    """A field for a text of at most `limit` characters."""
    element = PlainTextInputElement(
        action_id=name, multiline=True, max_length=limit, initial_value=initial[:limit] or None
    )
    return field(name, label, element, hint=hint)


def option(value: str, words: str) -> Option:
    """A choice; what does not fit into 75 characters is cut."""
    return Option(value=value, text=PlainTextObject(text=words if len(words) <= 75 else f"{words[:74]}…"))


def meta_of(view: Mapping[str, Any]) -> Meta:
    """Raises msgspec.DecodeError on metadata that is not ours."""
    return msgspec.json.decode(view["private_metadata"], type=Meta)


def typed(view: Mapping[str, Any], name: str) -> str:
    """What was typed, without blanks around it."""
    value = _state(view, name).get("value")
    return tidied(value) if isinstance(value, str) else ""


def selected(view: Mapping[str, Any], name: str) -> str | None:
    """The value of the option that was chosen, or the user; None: none was."""
    state = _state(view, name)
    chosen = state.get("selected_option")
    if isinstance(chosen, Mapping):
        return str(chosen.get("value"))
    user = state.get("selected_user")
    return str(user) if user else None


def _state(view: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = view["state"]["values"].get(name, {}).get(name, {})
    return found
