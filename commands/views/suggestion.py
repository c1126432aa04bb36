"""What was probably meant, and a button that does it."""

from typing import Final

from slack_sdk.models.blocks import ButtonElement, PlainTextObject

from commands.text import Text
from commands.views.escape import fitted
from commands.views.form import OPEN_FORM, Prefill
from commands.views.message import Message, actions, section

RUN: Final = "run"
"""The id of a button that says again what its value holds: a command's name, and words."""
_VALUE_LIMIT: Final = 2_000


def suggestion(text: Text, command: str, meant: str, title: str | None) -> Message:
    """Asks whether `meant` was; or, where there is a `title`, whether a ticket of that title is to be opened."""
    # A button that holds less than was said would do something else.
    fits = len(f"{command} {meant}") <= _VALUE_LIMIT
    buttons = [_run(text("button.suggested"), command, meant)] if fits else []
    if title is not None:
        value = Prefill.of(title).in_button()
        buttons.append(
            ButtonElement(
                action_id=OPEN_FORM, value=value, text=PlainTextObject(text=text("button.open_form"))
            )
        )
    words = text("suggestion", words=fitted(f"{command} {meant}", 300))
    return Message(text=words, blocks=[section(words), *([actions(*buttons)] if buttons else [])])


def press_to_open(text: Text, command: str, words: str) -> Message:
    """A form opens by a button only."""
    shown = text("suggestion.form")
    button = _run(text("button.form"), command, words)
    return Message(text=shown, blocks=[section(shown), actions(button)])


def _run(label: str, command: str, words: str) -> ButtonElement:
    value = f"{command} {words}"[:_VALUE_LIMIT]
    return ButtonElement(action_id=RUN, value=value, text=PlainTextObject(text=label), style="primary")
