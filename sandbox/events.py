"""The Events API: which events the app gets, and in what envelope."""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.dispatch import Dispatcher
from sandbox.messages import Json, Message
from sandbox.world import Channel, User, World

MESSAGE_SUBSCRIPTIONS = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}


class Events:
    """Builds events and hands them to the dispatcher, if the app subscribed to them."""

    def __init__(self, world: World, dispatcher: Dispatcher) -> None:
        self._world = world
        self._dispatcher = dispatcher
        self._subscribed = frozenset(world.app.events)
        app = world.app
        self._authorizations = [
            {
                "enterprise_id": None,
                "team_id": app.team,
                "user_id": app.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ]

    def wants(self, subscription: str) -> bool:
        """Whether the app subscribed to it."""
        return subscription in self._subscribed

    def emit(
        self, subscription: str, event: Json, *, channel: Channel | None = None, actor: User | None = None
    ) -> None:
        """Send an event about ``channel``, caused by ``actor``; nothing when the app did not subscribe.

        In a channel shared by Slack Connect the envelope's ``team_id`` is the actor's team; the app's own
        is in ``authorizations`` and ``context_team_id``.
        """
        if not self.wants(subscription):
            return
        world, app = self._world, self._world.app
        shared = channel is not None and world.is_ext_shared(channel)
        stamp = world.clock.now()
        event.setdefault("event_ts", f"{stamp:.6f}")
        envelope: Json = {
            "token": app.verification_token,
            "team_id": actor.team if shared and actor is not None else app.team,
            "context_team_id": app.team,
            "context_enterprise_id": None,
            "api_app_id": app.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": "Ev0" + secrets.token_hex(5).upper(),
            "event_time": int(stamp),
            "authorizations": self._authorizations,
            "is_ext_shared_channel": shared,
            "event_context": "4-" + secrets.token_hex(16),
        }
        self._dispatcher.event(envelope)

    def message(self, channel: Channel, message: Message, actor: User) -> None:
        """Somebody or the app posted; a mention of the app by a person is told as well."""
        if not self._world.bot_is_in(channel):
            return
        body = message.render(metadata=True)
        for key in ("reply_count", "reply_users_count", "reply_users", "latest_reply", "is_locked"):
            body.pop(key, None)
        if message.extra is not None:
            body.update(message.extra)
        common: Json = {"channel": channel.id, "event_ts": message.ts, **self._teams(channel, actor)}
        self.emit(
            MESSAGE_SUBSCRIPTIONS[channel.kind],
            {**body, **common, "channel_type": channel.kind},
            channel=channel,
            actor=actor,
        )
        app = self._world.app
        if message.bot is None and channel.kind != "im" and f"<@{app.bot_user_id}>" in message.text:
            mention = {key: value for key, value in body.items() if key != "subtype"}
            self.emit(
                "app_mention", {**mention, **common, "type": "app_mention"}, channel=channel, actor=actor
            )

    def changed(self, channel: Channel, message: Message, before: Json, actor: User) -> None:
        """A message was edited."""
        self._about(
            channel,
            actor,
            "message_changed",
            {"message": message.render(metadata=True), "previous_message": before},
        )

    def deleted(self, channel: Channel, ts: str, before: Json, actor: User) -> None:
        """A message was deleted."""
        self._about(channel, actor, "message_deleted", {"deleted_ts": ts, "previous_message": before})

    def _about(self, channel: Channel, actor: User, subtype: str, more: dict[str, Any]) -> None:
        if not self._world.bot_is_in(channel):
            return
        ts = self._world.next_ts()
        event: Json = {
            "type": "message",
            "subtype": subtype,
            "hidden": True,
            "channel": channel.id,
            "ts": ts,
            "event_ts": ts,
            "channel_type": channel.kind,
            **self._teams(channel, actor),
            **more,
        }
        self.emit(MESSAGE_SUBSCRIPTIONS[channel.kind], event, channel=channel, actor=actor)

    def _teams(self, channel: Channel, actor: User) -> Json:
        if not self._world.is_ext_shared(channel):
            return {}
        return {"user_team": actor.team, "source_team": actor.team}

    def reaction(self, kind: str, channel: Channel, message: Message, actor: User, name: str) -> None:
        """``kind`` is ``reaction_added`` or ``reaction_removed``."""
        if not self._world.bot_is_in(channel):
            return
        event: Json = {
            "type": kind,
            "user": actor.id,
            "reaction": name,
            "item": {"type": "message", "channel": channel.id, "ts": message.ts},
            "item_user": message.user,
            **self._teams(channel, actor),
        }
        self.emit(kind, event, channel=channel, actor=actor)

    def joined(self, channel: Channel, user: User, inviter: User | None) -> None:
        """Somebody, or the app itself, became a member."""
        if not self._world.bot_is_in(channel):
            return
        event: Json = {
            "type": "member_joined_channel",
            "user": user.id,
            "channel": channel.id,
            "channel_type": "G" if channel.private else "C",
            "team": channel.team,
        }
        if inviter is not None:
            event["inviter"] = inviter.id
        self.emit("member_joined_channel", event, channel=channel, actor=user)

    def left(self, channel: Channel, user: User) -> None:
        """A member left; the app, when removed, is told by ``channel_left`` or ``group_left``."""
        if user.id == self._world.app.bot_user_id:
            kind = "group_left" if channel.private else "channel_left"
            self.emit(kind, {"type": kind, "channel": channel.id}, channel=channel)
            return
        event: Json = {
            "type": "member_left_channel",
            "user": user.id,
            "channel": channel.id,
            "channel_type": "G" if channel.private else "C",
            "team": channel.team,
        }
        self.emit("member_left_channel", event, channel=channel, actor=user)

    def channel_event(self, name: str, channel: Channel, actor: User | None, body: Json) -> None:
        """``channel_archive`` and the like: a private channel's event begins with ``group_``.

        An app that subscribed to the channel form only does not hear of private ones, as in Slack;
        ``channel_id_changed`` and ``channel_shared`` have one form.
        """
        kind = name
        if channel.private and name not in ("channel_id_changed", "channel_shared", "channel_unshared"):
            kind = name.replace("channel_", "group_", 1)
        if self._world.bot_is_in(channel) or not channel.private:
            self.emit(kind, {"type": kind, **body}, channel=channel, actor=actor)
