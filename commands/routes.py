"""The list of routes: every command, button, form and event, and who answers it.

Bolt walks its listeners one by one, so there are few: each looks its answer up in a table here. Each is
acknowledged once what it asked for is kept (`process_before_response`), so Slack's own error, or its next
delivery, tells the truth about anything that failed.
"""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from slack_bolt.async_app import AsyncApp
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from commands import acknowledge, outage, resolve, show, snooze, support, thread, update, why
from commands import open as opening
from commands.callers import Asked, Caller, command_caller, interactive_caller
from commands.handling import TooManyConflicts
from commands.open import Ack
from commands.ports import Desk
from commands.telling import Telling
from commands.views import desk as desk_views
from commands.views import form, words_form
from commands.views.escape import plain
from commands.views.lists import problem
from commands.views.message import Message

log = logging.getLogger(__name__)

ByCommand = Callable[[Desk, Asked], Awaitable[Message]]
ByButton = Callable[[Desk, Asked, str], Awaitable[Message | View | None]]


@dataclass(frozen=True, slots=True)
class Subcommand:
    """`staff`: only staff can use it. `words`: the pattern of what may follow it, if anything does. What a customer
    types that does not fit is a title which only begins like a subcommand."""

    answer: ByCommand
    staff: bool = False
    words: str = ""

    def is_meant(self, rest: str) -> bool:
        """Whether a customer means it with these words behind."""
        return not rest or bool(re.fullmatch(self.words, rest, re.IGNORECASE))


_TICKET: Final = r"\S+-\d+"

SUBCOMMANDS: Final[Mapping[str, Subcommand]] = {
    "list": Subcommand(show.list_by_command, words=r"mine|all|[a-z][a-z0-9]{1,11}"),
    "show": Subcommand(show.show_by_command, words=_TICKET),
    "why": Subcommand(why.by_command, words=_TICKET),
    "help": Subcommand(show.help_by_command, words=""),
    "ack": Subcommand(acknowledge.by_command, staff=True),
    "update": Subcommand(update.TELLING.by_command, staff=True),
    "resolve": Subcommand(resolve.TELLING.by_command, staff=True),
    "snooze": Subcommand(snooze.by_command, staff=True),
    "outage": Subcommand(outage.by_command, staff=True),
}

BUTTONS: Final[Mapping[str, ByButton]] = {
    "acknowledge": acknowledge.by_button,
    "post_update": update.TELLING.by_button,
    "resolve": resolve.TELLING.by_button,
    "why": why.by_button,
}

TEXT_FORMS: Final[Mapping[str, Telling]] = {
    update.TELLING.purpose: update.TELLING,
    resolve.TELLING.purpose: resolve.TELLING,
}

EVENTS: Final = {"message": thread.written, "app_mention": thread.mentioned}


COMMANDS: Final = ("/incident", "/support")


def register(app: AsyncApp, desk: Desk) -> None:
    """Put every route on the app."""

    async def command(ack: Ack, body: Mapping[str, Any], client: AsyncWebClient) -> None:
        try:
            await (_support if body["command"] == "/support" else _incident)(desk, ack, body, client)
        except Exception:
            log.exception("a command failed")
            await ack(problem(command_caller(desk, body).text, "error.unexpected").payload())

    async def button(ack: Ack, body: Mapping[str, Any], client: AsyncWebClient) -> None:
        try:
            await _button(desk, ack, body, client)
        except Exception:
            log.exception("a button failed")
            who = interactive_caller(desk, body)
            await opening.whisper(who, problem(who.text, "error.unexpected"), client)
            await ack()

    async def submission(ack: Ack, body: Mapping[str, Any], client: AsyncWebClient) -> None:
        try:
            await _submission(desk, ack, body, client)
        except Exception:
            log.exception("a form failed")
            await ack(response_action="errors", errors=_on_first_field(desk, body))

    async def event(ack: Ack, body: Mapping[str, Any], client: AsyncWebClient) -> None:
        await EVENTS[body["event"]["type"]](desk, ack, body, client)

    for name in COMMANDS:
        app.command(name)(command)
    app.action(re.compile(""))(button)
    app.view(re.compile(""))(submission)
    for name in EVENTS:
        app.event(name)(event)


async def _incident(desk: Desk, ack: Ack, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    who = command_caller(desk, body)
    words = plain(body.get("text") or "")
    first, _, rest = words.partition(" ")
    chosen = SUBCOMMANDS.get(first.lower())
    if chosen is None or not (who.is_staff or _is_meant(desk, who, chosen, rest.strip())):
        await opening.form_by_command(desk, ack, body, client)
        return
    await _answer(desk, ack, body, who, chosen.answer, rest)


async def _support(desk: Desk, ack: Ack, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    del client
    first, _, rest = plain(body.get("text") or "").partition(" ")
    answer_to = support.SUBCOMMANDS.get(first.lower(), support.help_by_command)
    await _answer(desk, ack, body, command_caller(desk, body), answer_to, rest)


async def _answer(
    desk: Desk, ack: Ack, body: Mapping[str, Any], who: Caller, answer_to: ByCommand, words: str
) -> None:
    asked = Asked(who=who, words=words.strip(), operation=body["trigger_id"], trigger=body["trigger_id"])
    try:
        answer = await answer_to(desk, asked)
    except (desk.unavailable, TooManyConflicts):
        answer = problem(who.text, "error.unavailable")
    await ack(answer.payload())


async def _button(desk: Desk, ack: Ack, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    pressed = body["actions"][0]
    if pressed["action_id"] == desk_views.OPEN_FORM:
        await opening.form_by_button(desk, ack, body, client)
        return
    answer_to = BUTTONS.get(pressed["action_id"])
    if answer_to is None:
        await ack()  # a button that only opens a link, or that an older version has posted
        return
    who = interactive_caller(desk, body)
    asked = Asked(who=who, words="", operation=body["trigger_id"], trigger=body["trigger_id"])
    try:
        answer = await answer_to(desk, asked, str(pressed.get("value") or ""))
    except (desk.unavailable, TooManyConflicts):
        answer = problem(who.text, "error.unavailable")
    if isinstance(answer, View):
        await client.views_open(trigger_id=asked.trigger, view=answer.to_dict())
    elif answer is not None:
        await opening.whisper(who, answer, client)
    await ack()


async def _submission(desk: Desk, ack: Ack, body: Mapping[str, Any], client: AsyncWebClient) -> None:
    view = body["view"]
    if view["callback_id"] == form.CALLBACK:
        await opening.submitted(desk, ack, body, client)
        return
    telling = TEXT_FORMS[view["callback_id"]]
    ticket, words = words_form.parse(view)
    who = interactive_caller(desk, body)
    if not words:
        await ack(response_action="errors", errors={"text": who.text("error.form.text")})
        return
    asked = Asked(who=who, words=words, operation=view["id"], trigger=body["trigger_id"])
    try:
        refused = await telling.submitted(desk, asked, ticket)
    except (desk.unavailable, TooManyConflicts):
        refused = problem(who.text, "error.unavailable")
    if refused is None:
        await ack()
    else:
        await ack(response_action="errors", errors={"text": refused.text})


def _on_first_field(desk: Desk, body: Mapping[str, Any]) -> dict[str, str]:
    words = interactive_caller(desk, body).text("error.unexpected")
    fields = (block for block in body["view"]["blocks"] if block.get("type") == "input")
    return {field["block_id"]: words for field in list(fields)[:1]}


def _is_meant(desk: Desk, who: Caller, chosen: Subcommand, rest: str) -> bool:
    """Whether a customer means a subcommand. One for staff is meant where it names a ticket of theirs, and is then
    refused; else it is a title."""
    if not chosen.staff:
        return chosen.is_meant(rest)
    account, dash, number = rest.partition(" ")[0].upper().rpartition("-")
    known = account in desk.directory().accounts and who.may_see(account)
    return bool(dash) and number.isdecimal() and known
