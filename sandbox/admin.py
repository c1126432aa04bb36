"""The control API for what no person does: channels, the app's connection, faults."""

from __future__ import annotations

from typing import Any

from sandbox.faults import FaultKind
from sandbox.transport import Transport
from sandbox.wire import Outcome

Json = dict[str, Any]


class Admin(Transport):
    """Changes the world and breaks things. Raises Refused for what does not exist or makes no sense."""

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
