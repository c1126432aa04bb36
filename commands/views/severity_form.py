"""The form by which staff reclassify: severity, whether it is production, why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from slack_sdk.models.blocks import RadioButtonsElement, StaticSelectElement
from slack_sdk.models.views import View

from commands.text import Text
from commands.views.message import severity_label
from commands.views.ticket_form import field, meta_of, modal, option, selected, typed, words_field
from policy.schema import Policy
from policy.tickets import Ticket

CALLBACK: Final = "severity"
_LIMIT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Reclassified:
    """What was sent. `severity` is None where nothing was chosen."""

    ticket: str
    severity: str | None
    production: bool
    reason: str


def build(
    text: Text,
    policy: Policy,
    ticket: Ticket,
    channel: str,
    *,
    severity: str | None = None,
    production: bool | None = None,
    reason: str = "",
) -> View:
    """Filled in with how it stands, or what the person has said already."""
    choices = [option(key, severity_label(text, policy, key)) for key in policy.severities]
    now = next((one for one in choices if one.value == (severity or ticket.severity)), None)
    answers = [option(value, text(f"form.production.{value}")) for value in ("yes", "no")]
    is_production = ticket.production if production is None else production
    return modal(
        text,
        CALLBACK,
        ticket,
        channel,
        [
            field(
                "severity",
                text("form.severity"),
                StaticSelectElement(action_id="severity", options=choices, initial_option=now),
            ),
            field(
                "production",
                text("form.production"),
                RadioButtonsElement(
                    action_id="production",
                    options=answers,
                    initial_option=answers[0 if is_production else 1],
                ),
            ),
            words_field("reason", text("handling.reason"), _LIMIT, initial=reason),
        ],
        heading=text("severity.heading"),
        submit=text("handling.submit"),
        hint=text("severity.hint"),
    )


def parse(view: Mapping[str, Any]) -> Reclassified:
    production = selected(view, "production") != "no"
    return Reclassified(meta_of(view).ticket, selected(view, "severity"), production, typed(view, "reason"))
