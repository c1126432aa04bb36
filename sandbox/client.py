"""The control API, typed: act as a person, read what people see, set faults, wait for changes."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp
import msgspec

from sandbox.errors import Refused
from sandbox.faults import FaultKind
from sandbox.wire import Call, Changes, Dispatch, OpenView, Outcome

Json = dict[str, Any]
T = TypeVar("T")
Values = dict[str, Any]


class Client:
    """Talks to a sandbox. Users and channels go by id or name. Raises Refused where Slack would not let one."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        return self._session

    async def _do(self, operation: str, kind: type[T] | Any, /, **arguments: Any) -> T:
        body = msgspec.json.encode({name: one for name, one in arguments.items() if one is not None})
        async with self._http().post(f"{self.url}/sandbox/{operation}", data=body) as answer:
            raw = await answer.read()
        if answer.status == 409:
            raise Refused(msgspec.json.decode(raw)["refused"])
        if answer.status != 200:
            raise RuntimeError(f"sandbox {operation}: {answer.status} {raw.decode('utf-8', 'replace')}")
        result: T = msgspec.json.decode(raw, type=kind)
        return result

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
        self, user: str, channel: str, text: str, *, thread_ts: str | None = None, broadcast: bool = False
    ) -> str:
        """Post a message as a person; its ``ts``. ``@name`` and ``<@U…>`` mention."""
        return await self._do(
            "say", str, user=user, channel=channel, text=text, thread_ts=thread_ts, broadcast=broadcast
        )

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

    async def pins(self, channel: str) -> list[Json]:
        """The pinned messages, oldest pin first."""
        return await self._do("pins", list[Json], channel=channel)

    async def calls(self, method: str | None = None, *, since: int = 0) -> list[Call]:
        """The Web API calls, oldest first."""
        return await self._do("calls", list[Call], method=method, since=since)

    async def dispatches(self, kind: str | None = None, type_: str | None = None) -> list[Dispatch]:
        """What was sent to the app, and its answers, oldest first."""
        return await self._do("dispatches", list[Dispatch], kind=kind, type_=type_)

    async def changes(self, since: int = 0, timeout_s: float = 10.0) -> Changes:
        """The changes after number ``since``, waiting for the first one up to ``timeout_s`` (at most 30)."""
        query = {"since": str(since), "timeout_s": str(timeout_s)}
        async with self._http().get(f"{self.url}/sandbox/changes", params=query) as answer:
            return msgspec.json.decode(await answer.read(), type=Changes)

    async def wait_until(
        self, check: Callable[[], Awaitable[T]], *, within_s: float = 10.0, what: str = "the condition"
    ) -> T:
        """Try ``check`` at once and after each change until it returns something true; return that.

        Raises TimeoutError after ``within_s`` seconds.
        """
        deadline = time.monotonic() + within_s
        seq = 0
        while True:
            seq = (await self.changes(2**62, 0.0)).seq
            found = await check()
            if found:
                return found
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError(f"{what} did not come true within {within_s} s")
            await self.changes(seq, min(remaining, 1.0))

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

    # Channels, people, the app's connection

    async def create_channel(
        self,
        name: str,
        *,
        creator: str | None = None,
        private: bool = False,
        members: list[str] | None = None,
        channel_id: str | None = None,
    ) -> Json:
        """Make a channel as a person (the app without a creator)."""
        return await self._do(
            "create_channel",
            Json,
            name=name,
            creator=creator,
            private=private,
            members=members,
            channel_id=channel_id,
        )

    async def join(self, user: str, channel: str, *, inviter: str | None = None) -> None:
        """A person, or the app's bot user, joins a channel."""
        await self._do("join", None, user=user, channel=channel, inviter=inviter)

    async def leave(self, user: str, channel: str) -> None:
        """A person leaves a channel."""
        await self._do("leave", None, user=user, channel=channel)

    async def remove_bot(self, channel: str) -> None:
        """Remove the app from a channel."""
        await self._do("remove_bot", None, channel=channel)

    async def archive(self, channel: str, *, user: str | None = None) -> None:
        """Archive a channel as a person."""
        await self._do("archive", None, channel=channel, user=user)

    async def unarchive(self, channel: str, *, user: str | None = None) -> None:
        """Take a channel out of the archive as a person."""
        await self._do("unarchive", None, channel=channel, user=user)

    async def rename(self, channel: str, name: str, *, user: str | None = None) -> None:
        """Rename a channel as a person."""
        await self._do("rename", None, channel=channel, name=name, user=user)

    async def share(self, channel: str, team: str) -> None:
        """Share a channel with another team."""
        await self._do("share", None, channel=channel, team=team)

    async def unshare(self, channel: str, team: str) -> None:
        """End the sharing; the people of that team leave."""
        await self._do("unshare", None, channel=channel, team=team)

    async def change_id(self, channel: str, new_id: str) -> None:
        """Give a channel another id."""
        await self._do("change_id", None, channel=channel, new_id=new_id)

    async def add_user(self, user: Json) -> None:
        """A new person, as in the world definition."""
        await self._do("add_user", None, user=user)

    async def set_usergroup(self, usergroup: str, members: list[str]) -> None:
        """Give a user group other members."""
        await self._do("set_usergroup", None, usergroup=usergroup, members=members)

    async def revoke_token(self) -> None:
        """The bot token stops working."""
        await self._do("revoke_token", None)

    async def restore_token(self) -> None:
        """The bot token works again."""
        await self._do("restore_token", None)

    async def set_request_url(self, url: str | None) -> None:
        """Where HTTP dispatches go from now on (None: nowhere)."""
        await self._do("set_request_url", None, url=url)

    async def set_post_limit(self, posts_per_s: float | None) -> None:
        """Limit the app's posting in each channel (None: no limit)."""
        await self._do("set_post_limit", None, posts_per_s=posts_per_s)

    async def redeliver(self, dispatch_id: str) -> Outcome:
        """Send a dispatch again, as it was; the answer changes nothing that people see."""
        return await self._do("redeliver", Outcome, dispatch_id=dispatch_id)

    async def retry_now(self) -> int:
        """Send each event that waits for its retry at once; how many."""
        return await self._do("retry_now", int)

    async def drop_sockets(self) -> int:
        """Close the app's websockets without notice; how many."""
        return await self._do("drop_sockets", int)

    async def refresh_sockets(self) -> int:
        """Ask the app to reconnect its websockets; how many."""
        return await self._do("refresh_sockets", int)

    async def sockets(self) -> int:
        """How many websockets the app has open."""
        return await self._do("sockets", int)

    async def faults(
        self,
        method: str,
        *,
        kind: FaultKind,
        channel: str | None = None,
        times: int = 1,
        retry_after: int = 1,
        status: int = 503,
        delay_s: float = 0.0,
        error: str = "internal_error",
    ) -> None:
        """Set a fault for calls of a Web API method (see ``sandbox.faults.Fault``)."""
        await self._do(
            "faults",
            None,
            method=method,
            kind=kind,
            channel=channel,
            times=times,
            retry_after=retry_after,
            status=status,
            delay_s=delay_s,
            error=error,
        )

    async def clear_faults(self) -> int:
        """Remove all faults; how many there were."""
        return await self._do("clear_faults", int)
