"""From Slack's payload to whoever answers it, and back.

Bolt verifies, authorizes and parses; who answers is looked up in a table. Each payload is acknowledged once what it
asked for is kept, so Slack's own error, or its next delivery, tells the truth about anything that failed.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import msgspec
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from commands.answers import Answer, ByButton, ByForm, ByInput, ByShortcut, Errors, Later
from commands.callers import Asked, Caller, command_caller, interactive_caller
from commands.doorway import Ack, Doorway, Listener, failing
from commands.handling import TooManyConflicts
from commands.ports import Desk
from commands.pressed import asked_by, place_of, pressed_in, thread_of
from commands.showing import opened, told
from commands.telling import is_soon, made, told_in_time, told_once_made
from commands.views.escape import plain
from commands.views.lists import problem
from commands.views.message import Message
from commands.views.notice import notice
from commands.views.suggestion import RUN, press_to_open, suggestion
from commands.words import Words

log = logging.getLogger(__name__)

Press = Callable[[Desk, Mapping[str, Any], AsyncWebClient], Awaitable[None]]
OnEvent = Callable[["Dispatch", Desk, Mapping[str, Any], AsyncWebClient], Awaitable[None]]
"""Gets the whole envelope. What it raises makes Slack deliver the event again."""

MENTIONED: Final = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")
"""A mention of a user, by the id."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The tables of `commands.routes`, and what is done with them."""

    commands: Mapping[str, Words]
    buttons: Mapping[str, ByButton]
    inputs: Mapping[str, ByInput]
    forms: Mapping[str, ByForm]
    shortcuts: Mapping[str, ByShortcut]
    events: Mapping[str, OnEvent]
    telling: set[asyncio.Task[None]] = field(default_factory=set)
    """What is being told to people. Slack's answer must not wait for it."""

    def tell(
        self,
        who: Caller,
        message: Message,
        body: Mapping[str, Any],
        client: AsyncWebClient,
        *,
        thread: str | None = None,
    ) -> None:
        """Tell one person something where they are, thread and all; without a channel by a notice in front. What was
        asked for has been decided by then: what cannot be shown is logged and changes nothing."""
        self._besides(told(who, message, body, client, thread))

    def _besides(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.telling.add(task)
        task.add_done_callback(self.telling.discard)

    async def finish(self) -> None:
        """Wait until everybody has been told."""
        await asyncio.gather(*self.telling)

    def register(self, app: AsyncApp, desk: Desk) -> None:
        """Have the app answer by these tables."""
        app.use(Doorway(self._by_kind(desk)))
        app.error(failing)

    def _by_kind(self, desk: Desk) -> Mapping[str, Listener]:
        """Who answers a payload, by its kind."""
        shortcut = partial(self._on_press, desk, self._shortcut)
        return {
            "command": partial(self._on_command, desk),
            "block_actions": partial(self._on_press, desk, self._button),
            "view_submission": partial(self._on_submission, desk),
            "shortcut": shortcut,
            "message_action": shortcut,
            "event_callback": partial(self._on_event, desk),
        }

    async def _on_command(
        self, desk: Desk, ack: Ack, body: Mapping[str, Any], client: AsyncWebClient
    ) -> None:
        try:
            answer = await self._command(desk, body, client)
        except Exception:
            log.exception("a command failed")
            answer = problem(command_caller(desk, body).text, "error.unexpected")
        await ack(answer.payload() if answer else "")

    async def _on_press(
        self, desk: Desk, press: Press, ack: Ack, body: Mapping[str, Any], client: AsyncWebClient
    ) -> None:
        try:
            await press(desk, body, client)
        except Exception:
            log.exception("a button or a shortcut failed")
            who = interactive_caller(desk, body)
            self.tell(who, problem(who.text, "error.unexpected"), body, client)
        await ack()

    async def _on_submission(
        self, desk: Desk, ack: Ack, body: Mapping[str, Any], client: AsyncWebClient
    ) -> None:
        del client
        try:
            answer = await self._submission(desk, body)
        except Exception:
            log.exception("a form failed")
            answer = _failed(interactive_caller(desk, body), body["view"], "error.unexpected")
        match answer:
            case None:
                await ack()
            case Errors(fields):
                await ack(response_action="errors", errors=dict(fields))
            case View() as view:
                await ack(response_action="update", view=view.to_dict())

    async def _on_event(self, desk: Desk, ack: Ack, body: Mapping[str, Any], client: AsyncWebClient) -> None:
        """What fails here is not acknowledged: Slack delivers it again."""
        if on_event := self.events.get(body["event"]["type"]):
            await on_event(self, desk, body, client)
        await ack()

    async def say(self, desk: Desk, asked: Asked, name: str) -> Answer:
        """The answer to words behind a command's name. Whoever probably slipped is asked what was meant."""
        known = self.commands.get(name)
        if known is None:
            log.warning("a command that nobody answers: %s", name[:50])
            return problem(asked.who.text, "error.unexpected")
        found = known.meant(asked.who, asked.words)
        try:
            if found is not None:
                subcommand, rest = found
                return await subcommand.answer(desk, asked.saying(rest))
            if meant := known.alike(asked.who, asked.words):
                may_open = known.otherwise if asked.who.account else None
                return suggestion(asked.who.text, name, meant, asked.words if may_open else None)
            return await known.otherwise(desk, asked)
        except (desk.unavailable, TooManyConflicts):
            return problem(asked.who.text, "error.unavailable")

    def is_command(self, who: Caller, words: str) -> bool:
        """Whether words to the bot are a subcommand, or a slip of the pen for one."""
        known = self.commands[self._spoken]
        return known.meant(who, words) is not None or known.alike(who, words) is not None

    async def answer_mention(
        self, desk: Desk, asked: Asked, body: Mapping[str, Any], client: AsyncWebClient
    ) -> None:
        """Answer words to the bot as those of the first command; only the person sees the answer. Without a trigger
        no form can be opened, so there is a button that opens it."""
        name = self._spoken
        answer = await self.say(desk, asked, name)
        if isinstance(answer, View):
            answer = press_to_open(asked.who.text, name, asked.words)
        self._tell_in_time(desk, asked.who, answer, body, client, asked.thread)

    def _tell_in_time(
        self,
        desk: Desk,
        who: Caller,
        answer: Message | Later | None,
        body: Mapping[str, Any],
        client: AsyncWebClient,
        thread: str | None,
    ) -> None:
        """Tell one person what is there, or will be: Slack's answer waits for neither."""
        if isinstance(answer, Later):
            self._besides(told_in_time(desk, who, answer, body, client, thread))
        elif answer is not None:
            self.tell(who, answer, body, client, thread=thread)

    @property
    def _spoken(self) -> str:
        return next(iter(self.commands))

    async def _command(self, desk: Desk, body: Mapping[str, Any], client: AsyncWebClient) -> Message | None:
        marked_up = body.get("text") or ""
        asked = Asked(
            who=command_caller(desk, body),
            words=plain(marked_up),
            operation=body["trigger_id"],
            trigger=body["trigger_id"],
            mentioned=tuple(MENTIONED.findall(marked_up)),
        )
        answer = await self.say(desk, asked, body["command"])
        if isinstance(answer, View):
            return await opened(asked.who, asked.trigger, answer, client)
        if not isinstance(answer, Later):
            return answer
        work = asyncio.create_task(made(desk, asked.who, answer))
        if await is_soon(work):
            return work.result()
        self._besides(told_once_made(asked.who, work, body, client))
        return answer.meanwhile

    async def _button(self, desk: Desk, body: Mapping[str, Any], client: AsyncWebClient) -> None:
        pressed = body["actions"][0]
        name, value = pressed_in(pressed)
        if "view" in body and "message" not in body:
            await self._input(desk, body, pressed, client)
            return
        who = interactive_caller(desk, body)
        asked = asked_by(who, body)
        try:
            if name == RUN:
                command, _, words = value.partition(" ")
                answer = (
                    await self.say(desk, asked.saying(words), command) if command in self.commands else None
                )
            elif answer_to := self.buttons.get(name):
                answer = await answer_to(desk, asked, value)
            else:
                answer = None  # a button that only opens a link, or that an older version has posted
        except (desk.unavailable, TooManyConflicts):
            answer = problem(who.text, "error.unavailable")
        await self._give(desk, who, answer, body, client)

    async def _input(
        self, desk: Desk, body: Mapping[str, Any], pressed: Mapping[str, Any], client: AsyncWebClient
    ) -> None:
        """Something in a form was chosen or pressed: the form may look otherwise now."""
        view = body["view"]
        answer_to = self.inputs.get(str(pressed["action_id"]).partition(":")[0])
        if answer_to is None:
            return
        who = interactive_caller(desk, body, channel=place_of(view).channel)
        try:
            shown = await answer_to(desk, asked_by(who, body), view, pressed)
        except (desk.unavailable, TooManyConflicts):
            return  # the form stays as it is, and says so when it is sent
        if shown is not None:
            try:
                await client.views_update(view_id=view["id"], hash=view.get("hash"), view=shown.to_dict())
            except SlackApiError as error:
                log.info("a form was not redrawn: %s", error.response.get("error"))

    async def _shortcut(self, desk: Desk, body: Mapping[str, Any], client: AsyncWebClient) -> None:
        answer_to = self.shortcuts.get(body["callback_id"])
        if answer_to is None:
            return
        who = interactive_caller(desk, body)
        try:
            answer = await answer_to(desk, asked_by(who, body), body)
        except (desk.unavailable, TooManyConflicts):
            answer = problem(who.text, "error.unavailable")
        await self._give(desk, who, answer, body, client)

    async def _give(
        self, desk: Desk, who: Caller, answer: Answer, body: Mapping[str, Any], client: AsyncWebClient
    ) -> None:
        """Hand an answer to whoever pressed something."""
        if isinstance(answer, View):
            answer = await opened(who, body["trigger_id"], answer, client)
        self._tell_in_time(desk, who, answer, body, client, thread_of(body))

    async def _submission(self, desk: Desk, body: Mapping[str, Any]) -> Errors | View | None:
        view = body["view"]
        who = interactive_caller(desk, body, channel=place_of(view).channel)
        asked = Asked(who=who, words="", operation=view["id"], trigger=body["trigger_id"])
        form = self.forms.get(view["callback_id"])
        if form is None:
            return _failed(who, view, "error.form.old")
        try:
            return await form(desk, asked, view)
        except msgspec.DecodeError:
            return _failed(who, view, "error.form.old")
        except (desk.unavailable, TooManyConflicts):
            return _failed(who, view, "error.unavailable")


def _failed(who: Caller, view: Mapping[str, Any], key: str) -> Errors | View:
    """That nothing was recorded: under the form's first field, or where it has none in its place."""
    fields = [block["block_id"] for block in view["blocks"] if block.get("type") == "input"]
    if fields:
        return Errors({fields[0]: who.text(key)})
    return notice(who.text, problem(who.text, key))
