"""The form by which staff hand a ticket over."""

from collections.abc import Mapping
from typing import Any, Final

from slack_sdk.models.blocks import UserSelectElement
from slack_sdk.models.views import View

from commands.text import Text
from commands.views.ticket_form import field, meta_of, modal, selected
from policy.tickets import Ticket

CALLBACK: Final = "assign"


def build(text: Text, ticket: Ticket, channel: str) -> View:
    """Whom, with who has it now chosen."""
    people = UserSelectElement(action_id="who", initial_user=ticket.owner)
    hint = "assign.hint" if ticket.acknowledged else "assign.hint.unacknowledged"
    return modal(
        text,
        CALLBACK,
        ticket,
        channel,
        [field("who", text("assign.who"), people)],
        heading=text("assign.heading"),
        submit=text("assign.submit"),
        hint=text(hint),
    )


def parse(view: Mapping[str, Any]) -> tuple[str, str | None]:
    """The ticket's id, and the user (None: nobody was chosen)."""
    return meta_of(view).ticket, selected(view, "who")
