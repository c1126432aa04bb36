"""The form by which staff say whether support covers a ticket."""

from collections.abc import Mapping
from typing import Any, Final

from slack_sdk.models.blocks import StaticSelectElement
from slack_sdk.models.views import View

from commands.text import Text
from commands.views.ticket_form import field, meta_of, modal, option, selected
from policy.schema import Policy
from policy.tickets import Ticket

CALLBACK: Final = "scope"
COVERED: Final = "/covered"
"""The choice that support covers it after all; no key of a policy looks like it."""


def build(text: Text, policy: Policy, ticket: Ticket, channel: str) -> View:
    """The policy's reasons to choose from; and to take it back where it is marked."""
    choices = [option(one.key, one.name[text.language]) for one in policy.scope_reasons.values()]
    if ticket.out_of_scope is not None:
        choices.append(option(COVERED, text("scope.covered")))
    element = StaticSelectElement(action_id="reason", options=choices)
    return modal(
        text,
        CALLBACK,
        ticket,
        channel,
        [field("reason", text("handling.reason"), element)],
        heading=text("scope.heading"),
        submit=text("handling.submit"),
        hint=text("scope.hint"),
    )


def parse(view: Mapping[str, Any]) -> tuple[str, str | None]:
    """The ticket's id, and a reason's key or `COVERED` (None: nothing was chosen)."""
    return meta_of(view).ticket, selected(view, "reason")
