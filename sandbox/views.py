"""Modals and Home tabs: what each person has open, and the triggers that open more."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field

from sandbox import forms
from sandbox.errors import SlackError
from sandbox.messages import Json
from sandbox.wire import OpenView
from sandbox.world import User, World

DEEPEST = 3
REMEMBERED_S = 60.0
"""How long an expired trigger is told from an invalid one, at least."""
PRUNED_AT = 10_000


@dataclass(slots=True)
class View:
    """A view of one person. ``state`` maps block id and action id to what is filled in now."""

    id: str
    user: str
    team: str
    body: Json
    hash: str
    root: str
    previous: str | None = None
    state: dict[str, dict[str, Json]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    trouble: str | None = None

    @property
    def kind(self) -> str:
        """``modal`` or ``home``."""
        return str(self.body["type"])

    def shown(self, world: World) -> OpenView:
        """The view as its person sees it."""
        return OpenView(id=self.id, view=self.render(world), errors=self.errors, trouble=self.trouble)

    def render(self, world: World) -> Json:
        """Slack's view object."""
        body, app = self.body, world.app
        shown: Json = {
            "id": self.id,
            "team_id": self.team,
            "type": self.kind,
            "blocks": body["blocks"],
            "private_metadata": body.get("private_metadata", ""),
            "callback_id": body.get("callback_id", ""),
            "state": {"values": {block: dict(actions) for block, actions in self.state.items()}},
            "hash": self.hash,
            "title": body.get("title", {"type": "plain_text", "text": "View Title", "emoji": True}),
            "clear_on_close": body.get("clear_on_close", False),
            "notify_on_close": body.get("notify_on_close", False),
            "close": body.get("close"),
            "submit": body.get("submit"),
            "previous_view_id": self.previous,
            "root_view_id": self.root,
            "app_id": app.app_id,
            "external_id": body.get("external_id", ""),
            "app_installed_team_id": app.team,
            "bot_id": app.bot_id,
        }
        if "submit_disabled" in body:
            shown["submit_disabled"] = body["submit_disabled"]
        return shown


@dataclass(slots=True)
class Trigger:
    """Leave to open one modal for a person, for a short time."""

    user: str
    until: float
    used: bool = False


def fresh_hash() -> str:
    """A view's state stamp, different each time."""
    return f"{int(time.time())}.{secrets.token_urlsafe(6)}"


class Views:
    """All open views. A person's modals form a stack of at most three; the last is on top."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._triggers: dict[str, Trigger] = {}
        self._prune_at = PRUNED_AT
        self._external: dict[str, str] = {}
        self.by_id: dict[str, View] = {}
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}

    def trigger(self, user: User) -> str:
        """A fresh trigger id for this person."""
        if len(self._triggers) >= self._prune_at:
            recent = time.monotonic() - REMEMBERED_S
            self._triggers = {one: kept for one, kept in self._triggers.items() if kept.until > recent}
            self._prune_at = max(PRUNED_AT, 2 * len(self._triggers))
        one = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**13)}.{secrets.token_hex(16)}"
        self._triggers[one] = Trigger(user.id, time.monotonic() + self._world.definition.trigger_s)
        return one

    def exchange(self, trigger_id: str) -> User:
        """Use up a trigger; the person it was for. Raises SlackError for a bad, late or used one."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() > trigger.until:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return self._world.users[trigger.user]

    def peek(self, trigger_id: str) -> str | None:
        """The person a trigger is for, without using it."""
        trigger = self._triggers.get(trigger_id)
        return trigger.user if trigger is not None else None

    def stack(self, user: str) -> list[View]:
        """The modals that a person has open, bottom first."""
        return self.stacks.setdefault(user, [])

    def open(self, user: User, body: Json) -> View:
        """A first modal; modals of the person that were open are gone."""
        self._claim(body, None)
        self.clear(user.id)
        view = self._new(user, body, None)
        self.stack(user.id).append(view)
        return view

    def push(self, user: User, body: Json) -> View:
        """A modal on top of the others. Raises SlackError ``push_limit_reached`` above three."""
        stack = self.stack(user.id)
        if len(stack) >= DEEPEST:
            raise SlackError("push_limit_reached")
        self._claim(body, None)
        view = self._new(user, body, stack[-1] if stack else None)
        stack.append(view)
        return view

    def publish(self, user: User, body: Json, expected_hash: str | None) -> View:
        """The Home tab of a person, replaced. Raises SlackError ``hash_conflict``."""
        known = self.homes.get(user.id)
        if known is None:
            self._claim(body, None)
            self.homes[user.id] = self._new(user, body, None)
            return self.homes[user.id]
        self.replace(known, body, expected_hash)
        return known

    def replace(self, view: View, body: Json, expected_hash: str | None = None) -> None:
        """New content for a view; what is filled in stays where the element stays.

        Raises SlackError ``hash_conflict`` when the view changed since ``expected_hash``.
        """
        if expected_hash is not None and expected_hash != view.hash:
            raise SlackError("hash_conflict")
        self._claim(body, view.id)
        self._external.pop(view.body.get("external_id", ""), None)
        view.body, view.hash = body, fresh_hash()
        view.errors, view.trouble = {}, None
        view.state = forms.carried_over(body["blocks"], view.state)
        self._register(view)

    def find(self, view_id: str | None, external_id: str | None) -> View:
        """An open view by either id. Raises SlackError ``not_found``."""
        view = self.by_id.get(view_id or self._external.get(external_id or "", ""))
        if view is None:
            raise SlackError("not_found")
        return view

    def close(self, view: View) -> None:
        """One modal goes, and those above it."""
        stack = self.stack(view.user)
        while stack:
            top = stack.pop()
            self._forget(top)
            if top is view:
                break

    def clear(self, user: str) -> list[View]:
        """All modals of a person go; those that went."""
        gone = self.stacks.pop(user, [])
        for view in gone:
            self._forget(view)
        return gone

    def _new(self, user: User, body: Json, previous: View | None) -> View:
        view_id = self._world.new_id("V", self.by_id.__contains__)
        root = previous.root if previous is not None else view_id
        view = View(view_id, user.id, user.team, body, fresh_hash(), root, previous.id if previous else None)
        view.state = forms.carried_over(body["blocks"], {})
        self.by_id[view.id] = view
        self._register(view)
        return view

    def _claim(self, body: Json, owner: str | None) -> None:
        external_id = body.get("external_id")
        if external_id and self._external.get(external_id, owner) != owner:
            raise SlackError("duplicate_external_id")

    def _register(self, view: View) -> None:
        if view.body.get("external_id"):
            self._external[view.body["external_id"]] = view.id

    def _forget(self, view: View) -> None:
        self.by_id.pop(view.id, None)
        self._external.pop(view.body.get("external_id", ""), None)
