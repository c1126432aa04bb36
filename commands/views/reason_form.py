"""The small forms that ask staff for one text which staff alone will read: why to wait, why to cancel, a note,
why a promise was missed."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from slack_sdk.models.views import View

from commands.text import Text
from commands.views.ticket_form import meta_of, modal, typed, words_field
from policy.tickets import Ticket

Purpose = Literal["wait", "cancel", "note", "late"]
LIMITS: Final[Mapping[Purpose, int]] = {"wait": 1_000, "cancel": 1_000, "note": 2_500, "late": 1_000}


def build(text: Text, purpose: Purpose, ticket: Ticket, channel: str) -> View:
    """One field, and a line that says what comes of it."""
    return modal(
        text,
        purpose,
        ticket,
        channel,
        [words_field("text", text(f"{purpose}.text"), LIMITS[purpose])],
        heading=text(f"{purpose}.heading"),
        submit=text(f"{purpose}.submit"),
        hint=text(f"{purpose}.hint"),
    )


def parse(view: Mapping[str, Any]) -> tuple[str, str]:
    """The ticket's id and the text, which is empty when only blanks were typed."""
    return meta_of(view).ticket, typed(view, "text")
