"""The small forms that ask staff for one line: until when to silence reminders, the ticket's address in the portal."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from slack_sdk.models.blocks import PlainTextInputElement
from slack_sdk.models.views import View

from commands.text import Text
from commands.views.ticket_form import field, meta_of, modal, typed
from policy.records import LONGEST_LINK
from policy.tickets import Ticket

Purpose = Literal["snooze", "link"]
LIMITS: Final[Mapping[Purpose, int]] = {"snooze": 100, "link": LONGEST_LINK}


def build(text: Text, purpose: Purpose, ticket: Ticket, channel: str, *, initial: str = "") -> View:
    """One field; the link that there is may be taken away by emptying it."""
    element = PlainTextInputElement(
        action_id="line", max_length=LIMITS[purpose], initial_value=initial or None
    )
    return modal(
        text,
        purpose,
        ticket,
        channel,
        [field("line", text(f"{purpose}.line"), element, optional=purpose == "link")],
        heading=text(f"{purpose}.heading"),
        submit=text("handling.submit"),
        hint=text(f"{purpose}.hint"),
    )


def parse(view: Mapping[str, Any]) -> tuple[str, str]:
    """The ticket's id and the line, which may be empty."""
    return meta_of(view).ticket, typed(view, "line")
