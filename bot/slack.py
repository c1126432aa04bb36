"""Slack as the worker uses it: each call once, and every fault as a type that says what to do about it.

Faults:
    SlackFault
      RateLimited    not carried out; may be tried again after `retry_after_s`
      Passing        may heal by itself; `carried_out` says whether the call may have taken effect, `under_way`
                     whether it may yet
      TokenRefused   Slack takes nothing at all from this token until somebody mends it; not carried out
      Lasting        will not heal by itself; trying again is useless until somebody mends it
"""

import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError, SlackObjectFormationError
from slack_sdk.web.async_client import AsyncWebClient

from commands.views.message import Message
from policy.tickets import MessageRef

log = logging.getLogger(__name__)

METADATA_EVENT: Final = "supportbot_message"
_PAGES_LOOKED_THROUGH: Final = 10
_LOOK_BACK_S: Final = 120
"""How far before an attempt a look-up starts: more than the clocks of two machines may differ."""

_PASSING: Final = frozenset({"service_unavailable", "request_timeout", "team_added_to_org"})
_TOKEN: Final = frozenset(
    {"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked", "ekm_access_denied"}
)
_HALF_DONE: Final = frozenset({"internal_error", "fatal_error", "timeout"})
"""Passing, and by Slack's own word some of the work may have been done before."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A person's locale such as `ja-JP`, zone such as `Asia/Tokyo`, and name as people see it; None: it is not
    told."""

    locale: str | None = None
    zone: str | None = None
    name: str | None = None


class SlackFault(Exception):
    """A call to Slack did not do what it should have."""


class RateLimited(SlackFault):
    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"rate limited for {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


class Passing(SlackFault):
    def __init__(self, error: str, *, carried_out: bool, under_way: bool = False) -> None:
        super().__init__(error)
        self.carried_out = carried_out
        self.under_way = under_way


class TokenRefused(SlackFault):
    """`error` is Slack's own word for it, such as `token_revoked`."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class Lasting(SlackFault):
    """`error` is Slack's own word for it, such as `is_archived`."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class SlackHealth:
    """How this process gets on with Slack. `refused` is why Slack takes nothing from the token (None: it does);
    `failing_since` is when calls began to fail, none having worked since (`time.monotonic`; None: they work)."""

    def __init__(self) -> None:
        self.refused: str | None = None
        self.failing_since: float | None = None

    def failing_s(self) -> float:
        """For how long calls have failed."""
        return 0.0 if self.failing_since is None else time.monotonic() - self.failing_since

    def note(self, fault: SlackFault | None) -> None:
        """How a call went (None: well)."""
        if fault is None or isinstance(fault, Lasting):  # Slack has answered
            if self.refused is not None:
                log.warning("Slack takes the bot token again: what waited goes out")
            self.refused, self.failing_since = None, None
            return
        if isinstance(fault, TokenRefused) and self.refused is None:
            log.error("Slack refuses the bot token (%s): everything waits until it works again", fault.error)
        if isinstance(fault, TokenRefused):
            self.refused = fault.error
        if not isinstance(fault, RateLimited) and self.failing_since is None:
            self.failing_since = time.monotonic()


class Slack:
    """Every method raises a SlackFault. No call is ever repeated here: the worker decides about that. `now_of` tells
    the id that a channel has now by one that it had: what is on record may name either."""

    def __init__(self, client: AsyncWebClient, now_of: Callable[[str], str] = str) -> None:
        self._client = client
        self._now_of = now_of
        self._own_id: str | None = None
        self.health = SlackHealth()

    async def post(self, channel: str, thread: str | None, message: Message, opaque_id: str) -> MessageRef:
        """Post a message that `find` finds again by its id."""
        metadata = {"event_type": METADATA_EVENT, "event_payload": {"id": opaque_id}}
        payload = _payload(message)
        async with self._call():
            answer = await self._client.chat_postMessage(
                channel=self._now_of(channel), thread_ts=thread, metadata=metadata, **payload
            )
        return MessageRef(channel=answer["channel"], ts=answer["ts"])

    async def find(
        self, channel: str, thread: str | None, opaque_id: str, since_s: float
    ) -> MessageRef | None:
        """The message with that id posted since about `since_s` (a Unix time); None when there is none.
        Costs at most 10 calls."""
        cursor = None
        query: dict[str, Any] = {
            "channel": self._now_of(channel),
            "oldest": f"{max(0.0, since_s - _LOOK_BACK_S):.6f}",
            "include_all_metadata": True,
            "limit": 100,
        }
        for _ in range(_PAGES_LOOKED_THROUGH):
            async with self._call():
                if thread:
                    page = await self._client.conversations_replies(ts=thread, cursor=cursor, **query)
                else:
                    page = await self._client.conversations_history(cursor=cursor, **query)
            for found in page["messages"]:
                payload = (found.get("metadata") or {}).get("event_payload") or {}
                if payload.get("id") == opaque_id:
                    return MessageRef(channel=query["channel"], ts=found["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
        raise Passing("the message was not among those looked through", carried_out=True)

    async def thread(self, channel: str, ts: str) -> list[Mapping[str, Any]]:
        """A message and, where it is the root of a thread, the replies to it, the first 1000 of them; nothing where
        it is gone."""
        try:
            async with self._call():
                found = await self._client.conversations_replies(
                    channel=self._now_of(channel), ts=ts, limit=1000
                )
        except Lasting as fault:
            if fault.error in {"thread_not_found", "message_not_found"}:
                return []
            raise
        messages: list[Mapping[str, Any]] = found["messages"]
        return messages

    async def file(self, file: str) -> tuple[str, str | None]:
        """The name of a file, and its address for people (None: it has none)."""
        async with self._call():
            answer = await self._client.files_info(file=file)
        found = answer["file"]
        return str(found.get("name") or found.get("title") or file), found.get("permalink")

    async def upload(
        self,
        channel: str,
        thread: str | None,
        *,
        name: str,
        content: bytes,
        title: str,
        told: str | None,
        comment: str,
    ) -> None:
        """Share a file in a channel, with a comment in mrkdwn. `told`: what a picture shows. Slack finds no file by an
        id of ours: one whose answer was lost may come twice."""
        async with self._call():
            await self._client.files_upload_v2(
                channel=self._now_of(channel),
                thread_ts=thread,
                filename=name,
                content=content,
                title=title,
                alt_txt=told,
                initial_comment=comment,
            )

    async def edit(self, message: MessageRef, shown: Message) -> None:
        payload = _payload(shown)
        async with self._call():
            await self._client.chat_update(channel=self._now_of(message.channel), ts=message.ts, **payload)

    async def direct_message(self, user: str) -> str:
        """The id of the bot's direct message with a user: opened now, or found when it was opened before."""
        async with self._call():
            answer = await self._client.conversations_open(users=user)
        return str(answer["channel"]["id"])

    async def permalink(self, message: MessageRef) -> str:
        """The address of a message, for people."""
        async with self._call():
            answer = await self._client.chat_getPermalink(
                channel=self._now_of(message.channel), message_ts=message.ts
            )
        return str(answer["permalink"])

    async def create_private_channel(self, name: str) -> str:
        """The id of the private channel of that name: made now, or found when this bot made it before. One that
        somebody else made may have anybody in it: raises Lasting, `name_taken`."""
        try:
            async with self._call():
                made = await self._client.conversations_create(name=name, is_private=True)
            return str(made["channel"]["id"])
        except Lasting as fault:
            if fault.error != "name_taken":
                raise
        if self._own_id is None:
            self._own_id = (await self.identify()).get("user_id")
        cursor = None
        while True:
            async with self._call():
                page = await self._client.conversations_list(
                    types="private_channel", exclude_archived=True, limit=1000, cursor=cursor
                )
            for channel in page["channels"]:
                if channel["name"] == name and channel.get("creator") == self._own_id:
                    return str(channel["id"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                raise Lasting("name_taken")

    async def is_archived(self, channel: str) -> bool:
        """Whether a channel of the bot's is out of use: archived, which takes the bot out of it, or not there."""
        try:
            async with _faults():
                answer = await self._client.conversations_info(channel=self._now_of(channel))
        except Lasting as fault:
            if fault.error in {"channel_not_found", "not_in_channel"}:
                return True
            raise
        return bool(answer["channel"].get("is_archived"))

    async def is_shared(self, channel: str) -> bool:
        """Whether people of another company read a channel, or are about to."""
        async with self._call():
            answer = await self._client.conversations_info(channel=self._now_of(channel))
        found = answer["channel"]
        return bool(found.get("is_ext_shared") or found.get("is_pending_ext_shared"))

    async def is_outsider(self, user: str) -> bool:
        """Whether a user is a guest, or belongs to another company."""
        async with self._call():
            answer = await self._client.users_info(user=user)
        found = answer["user"]
        return any(found.get(mark) for mark in ("is_stranger", "is_restricted", "is_ultra_restricted"))

    async def invite(self, channel: str, users: Sequence[str]) -> None:
        """Invite users; those who are in already are left alone. One who cannot be invited keeps nobody else out:
        the fault is raised after all have been asked."""
        refused: Lasting | None = None
        for user in users:
            try:
                async with self._call():
                    await self._client.conversations_invite(channel=self._now_of(channel), users=user)
            except Lasting as fault:
                if fault.error not in {"already_in_channel", "cant_invite_self"}:
                    refused = fault
        if refused is not None:
            raise refused

    async def members_of_group(self, group: str) -> list[str]:
        """The users of a user group."""
        async with self._call():
            answer = await self._client.usergroups_users_list(usergroup=group)
        return [str(user) for user in answer["users"]]

    async def pinned(self, channel: str) -> list[Mapping[str, Any]]:
        """The messages pinned in a channel."""
        async with self._call():
            answer = await self._client.pins_list(channel=self._now_of(channel))
        return [item["message"] for item in answer["items"] if "message" in item]

    async def pin(self, message: MessageRef) -> None:
        try:
            async with self._call():
                await self._client.pins_add(channel=self._now_of(message.channel), timestamp=message.ts)
        except Lasting as fault:
            if fault.error != "already_pinned":
                raise

    async def profile_of(self, user: str) -> Profile:
        """What a person's profile says; of people of another company it says less."""
        async with self._call():
            answer = await self._client.users_info(user=user, include_locale=True)
        found: Mapping[str, Any] = answer["user"]
        own: Mapping[str, Any] = found.get("profile") or {}
        name = own.get("display_name") or own.get("real_name") or found.get("real_name") or found.get("name")
        return Profile(found.get("locale"), found.get("tz"), name)

    async def name_of(self, user: str) -> str:
        """The name that a person is shown by; the id where the profile has none."""
        async with self._call():
            answer = await self._client.users_info(user=user)
        found = answer["user"]
        profile = found.get("profile") or {}
        return str(profile.get("display_name") or profile.get("real_name") or found.get("real_name") or user)

    async def email_of(self, user: str) -> str | None:
        """A person's e-mail address; None where the profile shows none."""
        async with self._call():
            answer = await self._client.users_info(user=user)
        email: str | None = (answer["user"].get("profile") or {}).get("email")
        return email

    async def ask_for_socket(self, app_token: str) -> None:
        """Have Slack give an address for Socket Mode, which it does for a good app-level token."""
        async with _faults():
            await self._client.apps_connections_open(app_token=app_token)

    async def identify(self) -> Mapping[str, Any]:
        """Who the token is: `auth.test`."""
        async with self._call():
            answer = await self._client.auth_test()
        found: Mapping[str, Any] = answer.data if isinstance(answer.data, Mapping) else {}
        return found

    async def replies(self, channel: str, thread: str, since: str) -> tuple[list[Mapping[str, Any]], bool]:
        """The first 200 messages of a thread that are newer than the `ts` given, the oldest first, and whether there
        are more."""
        async with self._call():
            page = await self._client.conversations_replies(
                channel=self._now_of(channel), ts=thread, oldest=since, limit=200
            )
        found = [one for one in page["messages"] if float(one["ts"]) > float(since) and one["ts"] != thread]
        return sorted(found, key=lambda one: float(one["ts"])), bool(page.get("has_more"))

    @asynccontextmanager
    async def _call(self) -> AsyncIterator[None]:
        try:
            async with _faults():
                yield
        except SlackFault as fault:
            self.health.note(fault)
            raise
        self.health.note(None)


def _payload(message: Message) -> dict[str, Any]:
    """What Slack is sent. A message that Slack would never take is not tried again and again: raises Lasting."""
    try:
        return message.payload()
    except SlackObjectFormationError as error:
        raise Lasting(f"the message is not one that Slack takes: {error}") from error


@asynccontextmanager
async def _faults() -> AsyncIterator[None]:
    try:
        yield
    except SlackApiError as error:
        raise _read(error) from error
    except (aiohttp.ClientConnectorError, ConnectionRefusedError) as error:
        raise Passing(str(error) or type(error).__name__, carried_out=False) from error
    except TimeoutError as error:
        raise Passing("no answer in time", carried_out=True, under_way=True) from error
    except (aiohttp.ClientError, SlackClientError, OSError) as error:
        raise Passing(str(error) or type(error).__name__, carried_out=True) from error


def _read(error: SlackApiError) -> SlackFault:
    answer = error.response
    status = getattr(answer, "status_code", 0)
    headers = {name.lower(): value for name, value in (getattr(answer, "headers", None) or {}).items()}
    data = answer.data if isinstance(getattr(answer, "data", None), dict) else {}
    word = str(data.get("error") or f"http_{status}")
    if status == 429 or word in {"ratelimited", "rate_limited"}:
        try:
            return RateLimited(max(0.0, float(headers.get("retry-after", 1))))
        except ValueError:
            return RateLimited(1.0)
    if status >= 500 or word in _HALF_DONE or not data:
        return Passing(word, carried_out=True, under_way=status == 504)
    if word in _TOKEN:
        return TokenRefused(word)
    if word in _PASSING:
        return Passing(word, carried_out=False)
    return Lasting(word)
