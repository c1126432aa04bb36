"""Acting as a person on what the app shows: buttons and menus in messages, modals and Home tabs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox import forms
from sandbox.blocks import check_view
from sandbox.blocks.elements import all_options
from sandbox.blocks.surfaces import interactive
from sandbox.errors import Refused, SlackError
from sandbox.messages import Json
from sandbox.people import TROUBLE, People
from sandbox.views import View
from sandbox.wire import Outcome
from sandbox.world import User


class Interactions:
    """Clicks and forms. Raises Refused for what is not on the person's screen."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._workspace = people.workspace
        self._views = people.views
        self._world = people.world

    async def click(
        self,
        user: str,
        channel: str,
        ts: str,
        action_id: str,
        value: Any = None,
        selected_option: Any = None,
        block_id: str | None = None,
        from_ephemeral: bool = False,
    ) -> Outcome:
        """Use an element of a message. ``value`` picks one of several buttons, or is what is chosen.

        ``selected_option`` is an option's value or text. ``from_ephemeral`` insists on an ephemeral message.
        """
        people = self._people
        who, where = people.user(user), people.channel(channel)
        people.present(who, where, writing=False)
        message = people.message(where, ts, who)
        if from_ephemeral and message.to is None:
            raise Refused(f"message {ts} is not ephemeral")
        blocks = list(message.blocks or [])
        for attachment in message.attachments or []:
            blocks.extend(attachment.get("blocks") or [])
        block, element = _find(blocks, action_id, block_id, value)
        chosen = selected_option if selected_option is not None else value
        state = forms.carried_over(blocks, {})
        action = _action(block, element, chosen, state)
        container: Json = {
            "type": "message",
            "message_ts": ts,
            "channel_id": where.id,
            "is_ephemeral": message.to is not None,
        }
        if message.thread_ts is not None:
            container["thread_ts"] = message.thread_ts
        payload = people.interaction(
            "block_actions",
            who,
            container=container,
            trigger_id=people.views.trigger(who),
            channel={"id": where.id, "name": where.shown_name},
            state={"values": state},
            response_url=people.responses.grant(where, who, message),
            actions=[action],
        )
        if message.to is None:
            payload["message"] = message.render()
        return people.outcome(*await self._workspace.dispatcher.send("interactive", "block_actions", payload))

    async def click_view(
        self,
        user: str,
        view_id: str,
        action_id: str,
        value: Any = None,
        selected_option: Any = None,
        block_id: str | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> Outcome:
        """Use an element of an open modal or of the Home tab, after entering ``values``."""
        who = self._people.user(user)
        view = self._visible(who, view_id)
        blocks = view.body["blocks"]
        forms.fill(blocks, view.state, values or {})
        block, element = _find(blocks, action_id, block_id, value)
        if block["type"] == "input" and not block.get("dispatch_action"):
            raise Refused(f"{action_id} sends nothing until the form is submitted (no dispatch_action)")
        chosen = selected_option if selected_option is not None else value
        action = _action(block, element, chosen, view.state)
        shown = view.render(self._world)
        payload = self._people.interaction(
            "block_actions",
            who,
            container={"type": "view", "view_id": view.id},
            trigger_id=self._views.trigger(who),
            view=shown,
            state=shown["state"],
            actions=[action],
        )
        done = self._people.outcome(
            *await self._workspace.dispatcher.send("interactive", "block_actions", payload)
        )
        return self._top(done, who)

    async def submit(self, user: str, view_id: str, values: Mapping[str, Any] | None = None) -> Outcome:
        """Fill in a modal and submit it; the app's answer is applied.

        What Slack's client would not send (a required field left empty, a text too long) is not sent: the
        outcome then has ``error`` ``invalid_form`` and ``errors`` by block id.
        """
        who = self._people.user(user)
        view = self._visible(who, view_id)
        if view.kind != "modal" or self._views.stack(who.id)[-1] is not view:
            raise Refused(f"view {view_id} is not on top of what {who.name} sees")
        if not view.body.get("submit"):
            raise Refused(f"view {view_id} has no submit button")
        forms.fill(view.body["blocks"], view.state, values or {})
        objections = forms.objections(view.body["blocks"], view.state)
        view.errors, view.trouble = objections, None
        if objections:
            self._workspace.hub.note("view_errors", user=who.id)
            return self._top(Outcome(ok=False, error="invalid_form", action="errors", errors=objections), who)
        payload = self._people.interaction(
            "view_submission",
            who,
            trigger_id=self._views.trigger(who),
            view=view.render(self._world),
            response_urls=[],
        )
        done = self._people.outcome(
            *await self._workspace.dispatcher.send("interactive", "view_submission", payload)
        )
        if view.id not in self._views.by_id:
            return self._top(done, who)
        if done.ok:
            try:
                done.action = self._apply(who, view, done.body)
                done.errors = view.errors
            except SlackError as wrong:
                done.ok, done.error, done.shown = False, str(wrong), TROUBLE
        if not done.ok:
            view.trouble = TROUBLE
        self._workspace.hub.note("view_submitted", user=who.id)
        return self._top(done, who)

    def _apply(self, who: User, view: View, answer: Any) -> str:
        """What the app's answer does to the modal. Raises SlackError when Slack would not accept it."""
        if answer in (None, "", {}):
            self._views.close(view)
            return "close"
        action = answer.get("response_action") if isinstance(answer, dict) else None
        if action == "clear":
            self._views.clear(who.id)
        elif action == "errors":
            errors = answer.get("errors")
            known = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
            if not isinstance(errors, dict) or not errors or not set(errors) <= known:
                raise SlackError(
                    "invalid_errors", [f"{errors!r} names blocks that are not inputs of the view"]
                )
            view.errors = {block: str(text) for block, text in errors.items()}
        elif action == "update":
            self._views.replace(view, check_view(answer.get("view")))
        elif action == "push":
            self._views.push(who, check_view(answer.get("view")))
        else:
            raise SlackError("invalid_response_action", [repr(answer)])
        return str(action)

    async def close(self, user: str, view_id: str, clear: bool = False) -> Outcome:
        """Cancel a modal, with ``clear`` all of them (the cross); views that asked for it send ``view_closed``."""
        who = self._people.user(user)
        view = self._visible(who, view_id)
        if view.kind != "modal":
            raise Refused("the Home tab does not close")
        stack = self._views.stack(who.id)
        clear = clear or bool(view.body.get("clear_on_close"))
        gone = list(stack) if clear else stack[stack.index(view) :]
        last = Outcome(ok=True, action="close")
        rendered = [(one, one.render(self._world)) for one in reversed(gone)]
        self._views.close(gone[0])
        self._workspace.hub.note("view_closed", user=who.id)
        for one, shown in rendered:
            if not one.body.get("notify_on_close"):
                continue
            payload = self._people.interaction("view_closed", who, view=shown, is_cleared=clear)
            last = self._people.outcome(
                *await self._workspace.dispatcher.send("interactive", "view_closed", payload)
            )
            last.action = "close"
        return self._top(last, who)

    async def options(
        self,
        user: str,
        action_id: str,
        text: str,
        view_id: str | None = None,
        channel: str | None = None,
        ts: str | None = None,
        block_id: str | None = None,
    ) -> list[Json]:
        """Type into an external select of a view, or of a message: the options that the app offers.

        Raises Refused when the app's answer is none.
        """
        people = self._people
        who = people.user(user)
        more: Json = {}
        if view_id is not None:
            view = self._visible(who, view_id)
            blocks = view.body["blocks"]
            more["container"] = {"type": "view", "view_id": view.id}
            more["view"] = view.render(self._world)
        else:
            where = people.channel(channel or "")
            people.present(who, where, writing=False)
            message = people.message(where, ts or "", who)
            blocks = message.blocks or []
            more["container"] = {"type": "message", "message_ts": ts, "channel_id": where.id}
            more["channel"] = {"id": where.id, "name": where.shown_name}
            more["message"] = message.render()
        block, element = _find(blocks, action_id, block_id, None)
        if element["type"] not in ("external_select", "multi_external_select"):
            raise Refused(f"{action_id} is no external select")
        payload = people.interaction(
            "block_suggestion", who, action_id=action_id, block_id=block["block_id"], value=text, **more
        )
        done = people.outcome(
            *await self._workspace.dispatcher.send("interactive", "block_suggestion", payload)
        )
        answer = done.body if done.ok and isinstance(done.body, dict) else {}
        if not isinstance(answer.get("options") or answer.get("option_groups"), list):
            raise Refused(f"no options: the app answered {done.status} {done.body!r}")
        return all_options(answer)

    def _visible(self, who: User, view_id: str) -> View:
        view = self._views.by_id.get(view_id)
        if view is None or view.user != who.id:
            raise Refused(f"{who.name} has no view {view_id} open")
        return view

    def _top(self, done: Outcome, who: User) -> Outcome:
        stack = self._views.stack(who.id)
        done.view = stack[-1].render(self._world) if stack else None
        return done


def _find(blocks: Iterable[Json], action_id: str, block_id: str | None, value: Any) -> tuple[Json, Json]:
    """The one element that is meant. Raises Refused when there is none, or more than one."""
    blocks = list(blocks)
    found = [
        (block, element)
        for block in blocks
        for element in interactive(block)
        if element["action_id"] == action_id and block_id in (None, block["block_id"])
    ]
    if value is not None:
        found = [(b, e) for b, e in found if e["type"] != "button" or e.get("value") == value]
    if len(found) == 1:
        return found[0]
    known = [f"{b['block_id']}/{e['action_id']}={e.get('value', '')}" for b in blocks for e in interactive(b)]
    problem = "is not there" if not found else "is there more than once: say block_id or value"
    raise Refused(f"element {action_id!r} {problem}; there are {', '.join(known) or 'none'}")


def _action(block: Json, element: Json, chosen: Any, state: forms.State) -> Json:
    """The entry of ``actions``; what is chosen goes into the state as well."""
    kind = element["type"]
    action: Json = {
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "type": kind,
        "action_ts": f"{time.time():.6f}",
    }
    if kind == "button":
        action["text"] = element["text"]
        action |= {name: element[name] for name in ("value", "style", "confirm") if name in element}
    elif kind == "overflow":
        action["selected_option"] = forms.option(element, chosen)
    else:
        if chosen is None:
            raise Refused(f"{element['action_id']}: say what is chosen")
        value = forms.filled(element, chosen)
        state[block["block_id"]][element["action_id"]] = value
        action |= value
        action |= {name: element[name] for name in ("placeholder", "initial_option") if name in element}
    return action
