"""Acting as a person: typing, reacting, commands, shortcuts. Refuses what Slack would not let them do."""

from __future__ import annotations

import time

from sandbox.errors import Refused, SlackError
from sandbox.escaping import typed
from sandbox.messages import Json, Message
from sandbox.response_urls import ResponseUrls
from sandbox.views import Views
from sandbox.wire import Attempt, Dispatch, Outcome
from sandbox.workspace import Workspace
from sandbox.world import Channel, User, World

TROUBLE = "We had some trouble connecting. Try again?"


class People:
    """What people do with messages and from the message box. Users and channels go by id or by name."""

    def __init__(self, workspace: Workspace, views: Views, responses: ResponseUrls) -> None:
        self.workspace = workspace
        self.views = views
        self.responses = responses

    @property
    def world(self) -> World:
        """The state."""
        return self.workspace.world

    def user(self, name: str) -> User:
        """A person, by id or name. Raises Refused."""
        found = self.world.users.get(self.world.by_name.get(name, name))
        if found is None:
            raise Refused(f"no user {name!r}")
        return found

    def channel(self, name: str) -> Channel:
        """A channel, by id or name. Raises Refused."""
        found = self.world.channels.get(name)
        if found is None:
            plain = name.removeprefix("#")
            ids = (self.world.names.get((team, plain)) for team in self.world.teams)
            found = next((self.world.channels[one] for one in ids if one is not None), None)
        if found is None:
            raise Refused(f"no channel {name!r}")
        return found

    def present(self, user: User, channel: Channel, *, writing: bool = True) -> None:
        """Raises Refused unless the person is in the channel, and with ``writing`` it is not archived."""
        if user.id not in channel.members:
            raise Refused(f"{user.name} is not in #{channel.name or channel.id}")
        if writing and channel.archived:
            raise Refused(f"#{channel.name} is archived")

    def message(self, channel: Channel, ts: str, user: User) -> Message:
        """A message that the person sees. Raises Refused."""
        found = self.world.message(channel, ts, user.id)
        if found is None or found.tombstone:
            raise Refused(f"{user.name} sees no message {ts} in #{channel.name or channel.id}")
        return found

    def at_home(self, user: User, what: str) -> None:
        """Raises Refused for people of another team: they have not installed the app."""
        if self.world.is_foreign(user):
            raise Refused(
                f"{what}: not available to {user.name} of {user.team}, where the app is not installed"
            )

    def interaction(self, type_: str, user: User, **more: object) -> Json:
        """The part that all interactive payloads have."""
        app = self.world.app
        return {
            "type": type_,
            "user": self.world.user_payload(user),
            "api_app_id": app.app_id,
            "token": app.verification_token,
            "team": self.world.team_payload(),
            "enterprise": None,
            "is_enterprise_install": False,
            **more,
        }

    def outcome(self, record: Dispatch, attempt: Attempt) -> Outcome:
        """What the person gets to know of a dispatch."""
        done = Outcome(
            ok=attempt.error is None,
            status=attempt.status,
            body=attempt.body,
            dispatch_id=record.id,
            trigger_id=record.payload.get("trigger_id"),
        )
        if not done.ok:
            done.error = "operation_timeout" if attempt.error == "timeout" else "dispatch_failed"
            done.shown = TROUBLE
        return done

    async def command(
        self, user: str, channel: str, command: str, text: str = "", thread_ts: str | None = None
    ) -> Outcome:
        """Type a slash command in a channel; its answer becomes a message there."""
        who, where = self.user(user), self.channel(channel)
        app = self.world.app
        if thread_ts is not None:
            raise Refused(f"{command} is not supported in threads. Sorry!")
        self.present(who, where)
        self.at_home(who, command)
        if command not in app.commands:
            raise Refused(f"{command} is not a valid command. There are {', '.join(app.commands) or 'none'}")
        payload: Json = {
            "token": app.verification_token,
            "team_id": app.team,
            "team_domain": self.world.team_payload()["domain"],
            "channel_id": where.id,
            "channel_name": where.shown_name,
            "user_id": who.id,
            "user_name": who.name,
            "command": command,
            "text": typed(self.world, text.strip(), labels=True) if app.commands_escape else text.strip(),
            "api_app_id": app.app_id,
            "is_enterprise_install": "false",
            "response_url": self.responses.grant(where, who),
            "trigger_id": self.views.trigger(who),
        }
        record, attempt = await self.workspace.dispatcher.send("command", command, payload)
        done = self.outcome(record, attempt)
        if not done.ok:
            done.shown = f"{command} failed with the error “{done.error}”"
        elif attempt.body is not None:
            try:
                self.responses.reply(where, who, attempt.body)
            except SlackError as wrong:
                done.ok, done.error = False, "invalid_command_response"
                done.shown = f"{command} failed with the error “{done.error}” ({wrong})"
        if done.shown is not None:
            self.workspace.hub.note("command_failed", where.id, user=who.id)
        return done

    async def shortcut(self, user: str, callback_id: str) -> Outcome:
        """Use a global shortcut."""
        who = self.user(user)
        self._offered(who, callback_id, "global")
        payload = self.interaction(
            "shortcut",
            who,
            action_ts=f"{time.time():.6f}",
            callback_id=callback_id,
            trigger_id=self.views.trigger(who),
        )
        return self.outcome(*await self.workspace.dispatcher.send("interactive", "shortcut", payload))

    def _offered(self, who: User, callback_id: str, on: str) -> None:
        """Raises Refused unless the person finds this shortcut in the menu."""
        self.at_home(who, f"shortcut {callback_id}")
        known = self.world.app.shortcuts
        if known is not None and not any(one.callback_id == callback_id and one.on == on for one in known):
            names = ", ".join(one.callback_id for one in known if one.on == on)
            raise Refused(f"no {on} shortcut {callback_id!r}; there are {names or 'none'}")

    async def message_shortcut(self, user: str, channel: str, ts: str, callback_id: str) -> Outcome:
        """Use a shortcut on a message."""
        who, where = self.user(user), self.channel(channel)
        self.present(who, where, writing=False)
        self._offered(who, callback_id, "message")
        message = self.message(where, ts, who)
        payload = self.interaction(
            "message_action",
            who,
            action_ts=f"{time.time():.6f}",
            callback_id=callback_id,
            trigger_id=self.views.trigger(who),
            response_url=self.responses.grant(where, who, message),
            message_ts=ts,
            channel={"id": where.id, "name": where.shown_name},
            message=message.render(),
        )
        return self.outcome(*await self.workspace.dispatcher.send("interactive", "message_action", payload))

    def say(
        self,
        user: str,
        channel: str,
        text: str,
        thread_ts: str | None = None,
        broadcast: bool = False,
        files: list[str] | None = None,
    ) -> str:
        """Post what a person typed, with files of these names; the ``ts``. Raises Refused for a thread that is not
        there. Of a file of another team the app learns no more than its id, as in Slack."""
        who, where = self.user(user), self.channel(channel)
        self.present(who, where)
        if thread_ts is not None:
            self.message(where, thread_ts, who)
        if not text.strip() and not files:
            raise Refused("an empty message is not sent")
        escaped = typed(self.world, text, labels=False)
        shared = {"files": [self._file(who, name) for name in files]} if files else None
        return self.workspace.post(
            where,
            who,
            escaped,
            thread_ts=thread_ts,
            broadcast=broadcast,
            subtype="file_share" if files else None,
            extra=shared,
        ).ts

    def _file(self, who: User, name: str) -> Json:
        file_id = self.world.new_id("F", self.world.files.__contains__)
        link = f"https://{who.team.lower()}.slack.com/files/{who.id}/{file_id}/{name}"
        file = {"id": file_id, "name": name, "title": name, "mode": "hosted", "permalink": link}
        self.world.files[file_id] = file
        if self.world.is_foreign(who):
            return {"id": file_id, "mode": "file_access", "file_access": "check_file_info"}
        return file

    def other_app_says(self, channel: str, text: str, thread_ts: str | None = None) -> str:
        """Another app, which the channel has too, posts; the ``ts``."""
        where = self.channel(channel)
        mark = {"bot_id": "B0OTHER", "app_id": "A0OTHER", "subtype": "bot_message"}
        return self.workspace.post(where, self.workspace.bot, text, thread_ts=thread_ts, extra=mark).ts

    def unfurl(self, channel: str, ts: str) -> None:
        """Slack adds to a message what a link in it leads to: a change that nobody made."""
        where = self.channel(channel)
        message = self.world.message(where, ts)
        if message is None:
            raise Refused(f"no message {ts} in #{where.name}")
        self.workspace.unfurl(
            where, message, {"id": 1, "title": "Unfurled", "from_url": "https://x.example/"}
        )

    def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        """Change one's own message."""
        who, where = self.user(user), self.channel(channel)
        self.workspace.edit(where, self._own(who, where, ts), who, text=typed(self.world, text, labels=False))

    def delete(self, user: str, channel: str, ts: str) -> None:
        """Delete one's own message."""
        who, where = self.user(user), self.channel(channel)
        self.workspace.delete(where, self._own(who, where, ts), who)

    def dismiss(self, user: str, channel: str, ts: str) -> None:
        """Dismiss a message that only this person sees."""
        who, where = self.user(user), self.channel(channel)
        message = self.message(where, ts, who)
        if message.to is None:
            raise Refused("only ephemeral messages can be dismissed")
        self.workspace.delete(where, message, who)

    def _own(self, who: User, where: Channel, ts: str) -> Message:
        self.present(who, where)
        message = self.message(where, ts, who)
        if message.user != who.id:
            raise Refused(f"{who.name} did not write {ts}")
        return message

    def react(self, user: str, channel: str, ts: str, name: str, remove: bool = False) -> None:
        """React to a message, or take the reaction back."""
        who, where = self.user(user), self.channel(channel)
        self.present(who, where)
        message = self.message(where, ts, who)
        if message.to is not None:
            raise Refused("ephemeral messages take no reactions")
        change = self.workspace.unreact if remove else self.workspace.react
        if not change(where, message, who, name.strip(":")):
            raise Refused(f"{who.name} had {'not ' if remove else ''}reacted with :{name}:")

    def dm(self, user: str) -> str:
        """The id of the direct message between a person and the app."""
        who = self.user(user)
        return self.world.im_with(who)[0].id

    def open_home(self, user: str) -> Json | None:
        """Open the app's Home tab: what it shows at that moment, None before the app published one."""
        who = self.user(user)
        self.at_home(who, "Home")
        view = self.views.homes.get(who.id)
        shown = view.render(self.world) if view is not None else None
        event: Json = {"type": "app_home_opened", "user": who.id, "channel": self.dm(user), "tab": "home"}
        if shown is not None:
            event["view"] = shown
        self.workspace.events.emit("app_home_opened", event, actor=who)
        return shown
