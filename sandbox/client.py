"""The control API, typed: act as a person, read what people see, set faults, wait for changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.admin import Admin
from sandbox.wire import Call, Dispatch, OpenView, Outcome

Json = dict[str, Any]
Values = dict[str, Any]


class Client(Admin):
    """Talks to a sandbox. Users and channels go by id or name. Raises Refused where Slack would not let one."""

    # People

    async def command(
        self, user: str, channel: str, command: str, text: str = "", *, thread_ts: str | None = None
    ) -> Outcome:
        """Type a slash command; what the app answers becomes a message that the person sees."""
        return await self._do(
            "command", Outcome, user=user, channel=channel, command=command, text=text, thread_ts=thread_ts
        )

    async def click(
        self,
        user: str,
        channel: str,
        ts: str,
        action_id: str,
        *,
        value: Any = None,
        selected_option: Any = None,
        block_id: str | None = None,
        from_ephemeral: bool = False,
    ) -> Outcome:
        """Use a button or menu of a message."""
        return await self._do(
            "click",
            Outcome,
            user=user,
            channel=channel,
            ts=ts,
            action_id=action_id,
            value=value,
            selected_option=selected_option,
            block_id=block_id,
            from_ephemeral=from_ephemeral,
        )

    async def click_view(
        self,
        user: str,
        view_id: str,
        action_id: str,
        *,
        value: Any = None,
        selected_option: Any = None,
        block_id: str | None = None,
        values: Values | None = None,
    ) -> Outcome:
        """Use a button or menu of an open modal or of the Home tab, after entering ``values``."""
        return await self._do(
            "click_view",
            Outcome,
            user=user,
            view_id=view_id,
            action_id=action_id,
            value=value,
            selected_option=selected_option,
            block_id=block_id,
            values=values,
        )

    async def submit(self, user: str, view_id: str, values: Values | None = None) -> Outcome:
        """Fill in a modal (by action id or block id) and submit it."""
        return await self._do("submit", Outcome, user=user, view_id=view_id, values=values)

    async def close_view(self, user: str, view_id: str, *, clear: bool = False) -> Outcome:
        """Cancel a modal; with ``clear`` all of them."""
        return await self._do("close", Outcome, user=user, view_id=view_id, clear=clear)

    async def say(
        self,
        user: str,
        channel: str,
        text: str,
        *,
        thread_ts: str | None = None,
        broadcast: bool = False,
        files: list[str] | None = None,
    ) -> str:
        """Post a message as a person, with files of these names; its ``ts``. ``@name`` and ``<@U…>`` mention."""
        return await self._do(
            "say",
            str,
            user=user,
            channel=channel,
            text=text,
            thread_ts=thread_ts,
            broadcast=broadcast,
            files=files,
        )

    async def other_app_says(self, channel: str, text: str, *, thread_ts: str | None = None) -> str:
        """Another app posts; the ``ts``."""
        return await self._do("other_app_says", str, channel=channel, text=text, thread_ts=thread_ts)

    async def unfurl(self, channel: str, ts: str) -> None:
        """Slack adds what a link in a message leads to."""
        await self._do("unfurl", None, channel=channel, ts=ts)

    async def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        """Change one's own message."""
        await self._do("edit", None, user=user, channel=channel, ts=ts, text=text)

    async def delete(self, user: str, channel: str, ts: str) -> None:
        """Delete one's own message."""
        await self._do("delete", None, user=user, channel=channel, ts=ts)

    async def dismiss(self, user: str, channel: str, ts: str) -> None:
        """Dismiss an ephemeral message."""
        await self._do("dismiss", None, user=user, channel=channel, ts=ts)

    async def react(self, user: str, channel: str, ts: str, name: str, *, remove: bool = False) -> None:
        """React to a message, or take that back."""
        await self._do("react", None, user=user, channel=channel, ts=ts, name=name, remove=remove)

    async def shortcut(self, user: str, callback_id: str) -> Outcome:
        """Use a global shortcut."""
        return await self._do("shortcut", Outcome, user=user, callback_id=callback_id)

    async def message_shortcut(self, user: str, channel: str, ts: str, callback_id: str) -> Outcome:
        """Use a shortcut on a message."""
        return await self._do(
            "message_shortcut", Outcome, user=user, channel=channel, ts=ts, callback_id=callback_id
        )

    async def open_home(self, user: str) -> Json | None:
        """Open the Home tab; what it shows at that moment."""
        return await self._do("open_home", Json | None, user=user)

    async def dm(self, user: str) -> str:
        """The id of the direct message between a person and the app."""
        return await self._do("dm", str, user=user)

    # What is seen

    async def messages(
        self, channel: str, *, viewer: str | None = None, thread_ts: str | None = None, since: str = ""
    ) -> list[Json]:
        """A channel or a thread, oldest first; with a viewer what that person sees, ephemeral ones too."""
        return await self._do(
            "messages", list[Json], channel=channel, viewer=viewer, thread_ts=thread_ts, since=since
        )

    async def views(self, user: str) -> list[OpenView]:
        """The open modals, bottom first."""
        return await self._do("views", list[OpenView], user=user)

    async def home(self, user: str) -> Json | None:
        """The Home tab as it is now."""
        return await self._do("home", Json | None, user=user)

    async def channels(self, viewer: str | None = None) -> list[Json]:
        """The channels, with their members."""
        return await self._do("channels", list[Json], viewer=viewer)

    async def users(self) -> list[Json]:
        """Everybody."""
        return await self._do("users", list[Json])

    async def app(self) -> Json:
        """What people know of the app, and all teams."""
        return await self._do("app", Json)

    async def pins(self, channel: str) -> list[Json]:
        """The pinned messages, oldest pin first."""
        return await self._do("pins", list[Json], channel=channel)

    async def calls(self, method: str | None = None, *, since: int = 0) -> list[Call]:
        """The Web API calls, oldest first."""
        return await self._do("calls", list[Call], method=method, since=since)

    async def dispatches(self, kind: str | None = None, type_: str | None = None) -> list[Dispatch]:
        """What was sent to the app, and its answers, oldest first."""
        return await self._do("dispatches", list[Dispatch], kind=kind, type_=type_)

    async def options(
        self,
        user: str,
        action_id: str,
        text: str,
        *,
        view_id: str | None = None,
        channel: str | None = None,
        ts: str | None = None,
        block_id: str | None = None,
    ) -> list[Json]:
        """Type into an external select of a view or message; the options that the app offers."""
        return await self._do(
            "options",
            list[Json],
            user=user,
            action_id=action_id,
            text=text,
            view_id=view_id,
            channel=channel,
            ts=ts,
            block_id=block_id,
        )

    async def wait_for(
        self,
        channel: str,
        predicate: Callable[[Json], object],
        *,
        viewer: str | None = None,
        thread_ts: str | None = None,
        within_s: float = 10.0,
    ) -> Json:
        """The first message that satisfies ``predicate``, waiting for it.

        Raises TimeoutError, with what the channel shows, after ``within_s`` seconds.
        """
        shown: list[Json] = []

        async def check() -> Json | None:
            shown[:] = await self.messages(channel, viewer=viewer, thread_ts=thread_ts)
            return next((message for message in shown if predicate(message)), None)

        try:
            found = await self.wait_until(check, within_s=within_s)
        except TimeoutError:
            lines = [f"  {one['ts']} {one.get('user')}: {one['text']!r}" for one in shown[-30:]]
            seen = "\n".join(lines) or "  nothing"
            raise TimeoutError(
                f"no such message in {channel} within {within_s} s; it shows\n{seen}"
            ) from None
        assert found is not None
        return found
