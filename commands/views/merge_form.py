"""The form by which staff merge a ticket into another one of its account."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from slack_sdk.models.blocks import StaticSelectElement
from slack_sdk.models.views import View

from commands.text import Text
from commands.views.ticket_form import field, meta_of, modal, option, selected, typed, words_field
from policy.tickets import Ticket

CALLBACK: Final = "merge"
_LIMIT: Final = 1_000
_MOST: Final = 100
"""Options that Slack takes."""


def build(text: Text, ticket: Ticket, others: Sequence[Ticket], channel: str) -> View:
    """The account's other open tickets to choose from, the newest first; at least one."""
    newest = sorted(others, key=lambda one: -one.number)[:_MOST]
    choices = [option(one.id, f"{one.id} · {one.title}") for one in newest]
    return modal(
        text,
        CALLBACK,
        ticket,
        channel,
        [
            field("into", text("merge.into"), StaticSelectElement(action_id="into", options=choices)),
            words_field("reason", text("handling.reason"), _LIMIT),
        ],
        heading=text("merge.heading"),
        submit=text("merge.submit"),
        hint=text("merge.hint"),
    )


def parse(view: Mapping[str, Any]) -> tuple[str, str | None, str]:
    """The ticket's id, the other one's (None: none was chosen), and why."""
    return meta_of(view).ticket, selected(view, "into"), typed(view, "reason")
