"""What Slack says of the tokens and the channels of an installation. Reads only."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.doctor import HISTORY, Finding, Level, check_scopes
from bot.settings import Settings
from policy.directory import Account

_PATIENCE_S: Final = 90.0
"""So long altogether the doctor waits where Slack limits it; what is left then is not judged."""
_INVITE: Final = "Invite the bot there: /invite @support."


class _Refused(Exception):
    """Slack's word for why not."""


async def check_slack(settings: Settings, accounts: Mapping[str, Account]) -> AsyncIterator[Finding]:
    """Tokens, scopes, the user group, the triage channel, the channel of every account."""
    environment = settings.environment
    client = AsyncWebClient(
        token=environment.slack_bot_token,
        base_url=environment.api_url,
        timeout=max(1, round(settings.worker.slack_timeout_s)),
        retry_handlers=[],
    )
    slack = _Asking(client)
    try:
        said = await slack.ask(client.auth_test)
    except _Refused as refused:
        text = f"Slack refuses SLACK_BOT_TOKEN: {refused}"
        mend = "Copy the Bot User OAuth Token (xoxb-...) anew: the app's page, OAuth & Permissions."
        yield Finding(Level.ERROR, "token", text, mend)
        return
    except OSError as error:
        text = f"Slack is out of reach at {environment.api_url}: {error}"
        yield Finding(
            Level.ERROR, "slack", text, "Look at the network, a proxy, SLACK_API_URL; status.slack.com."
        )
        return
    yield Finding(
        Level.OK, "token", f"works as {said.get('user')} in {said.get('team')} ({said.get('team_id')})"
    )
    if settings.vendor.home_team not in {None, said.get("team_id")}:
        text = f"vendor.home_team is {settings.vendor.home_team}, the token is of {said.get('team_id')}"
        yield Finding(Level.ERROR, "settings", text, f"Set vendor.home_team to {said.get('team_id')}.")
    for finding in check_scopes(_granted(said.headers)):
        yield finding
    yield HISTORY
    for look in (slack.app_token(settings), slack.group(settings), slack.channels(settings, accounts)):
        try:
            async for finding in look:
                yield finding
        except OSError as error:
            yield Finding(Level.ERROR, "slack", f"Slack is out of reach: {error}", "Look at the network.")
            return


def _granted(headers: Mapping[str, str]) -> frozenset[str] | None:
    said = {name.lower(): value for name, value in headers.items()}.get("x-oauth-scopes")
    return None if said is None else frozenset(one.strip() for one in said.split(",") if one.strip())


class _Asking:
    """`ask` calls once more where Slack limits it, as long as there is patience left. Raises _Refused, and OSError
    where Slack is out of reach."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._left_s = _PATIENCE_S

    async def ask(self, method: Callable[..., Awaitable[Any]], **given: Any) -> Any:
        while True:
            try:
                return await method(**given)
            except SlackApiError as error:
                wait_s = _retry_after(error)
                if wait_s is None or wait_s > self._left_s:
                    raise _Refused(str(error.response.get("error") or error.response.status_code)) from None
                self._left_s -= wait_s
                await asyncio.sleep(wait_s)
            except (aiohttp.ClientError, SlackClientError, TimeoutError) as error:
                raise OSError(str(error) or type(error).__name__) from None

    async def app_token(self, settings: Settings) -> AsyncIterator[Finding]:
        if not settings.environment.socket_mode:
            return
        try:
            await self.ask(self._client.apps_connections_open, app_token=settings.environment.slack_app_token)
        except _Refused as refused:
            text = f"Slack refuses SLACK_APP_TOKEN: {refused}"
            mend = "Basic Information, App-Level Tokens: one with the scope connections:write (xapp-...)."
            yield Finding(Level.ERROR, "token", text, mend)
            return
        yield Finding(Level.OK, "token", "the app-level token opens a socket")

    async def group(self, settings: Settings) -> AsyncIterator[Finding]:
        group = settings.staff.engineers_group
        if group is None:
            return
        try:
            said = await self.ask(self._client.usergroups_users_list, usergroup=group)
        except _Refused as refused:
            text = f"the members of staff.engineers_group {group} cannot be read: {refused}"
            yield Finding(
                Level.ERROR, "staff", text, "Set staff.engineers_group to a user group that there is."
            )
            return
        if said["users"]:
            yield Finding(Level.OK, "staff", f"user group {group} has {len(said['users'])} members")
        else:
            text = f"user group {group} has no members: nobody can answer a ticket"
            yield Finding(Level.ERROR, "staff", text, "Add the engineers to it in Slack.")

    async def channels(self, settings: Settings, accounts: Mapping[str, Account]) -> AsyncIterator[Finding]:
        """The triage channel and every account's: there, not archived, the bot in it; triage private."""
        try:
            private = await self._private()
        except _Refused as refused:
            text = f"the private channels cannot be listed: {refused}"
            yield Finding(
                Level.ERROR, "channels", text, "Give the token the scope groups:read (reinstall the app)."
            )
            return
        triage = settings.staff.triage_channel
        if triage:
            wrong = await self._wrong(triage, private, "staff.triage_channel")
            if wrong is None and triage not in private:
                text = f"staff.triage_channel {triage} is not private: anybody in the workspace can read it"
                wrong = Finding(Level.ERROR, "triage", text, "Make it private in Slack, or name another one.")
            yield wrong or Finding(Level.OK, "triage", f"{triage} is private, and the bot is in it")
        handover = settings.staff.digest_channel
        if handover and handover != triage:
            if wrong := await self._wrong(handover, private, "staff.digest_channel"):
                yield wrong
            elif handover not in private:
                text = f"staff.digest_channel {handover} is not private: anybody in the workspace can read it"
                yield Finding(Level.ERROR, "handover", text, "Make it private in Slack, or name another one.")
        good = 0
        for account in accounts.values():
            wrong = await self._wrong(account.channel, private, f"the channel of {account.key},")
            good += wrong is None
            if wrong:
                yield wrong
        if accounts:
            yield Finding(
                Level.OK, "channels", f"the bot is in the channels of {good} of {len(accounts)} accounts"
            )

    async def _private(self) -> dict[str, bool]:
        """The private channels that the bot is in, and whether each is archived."""
        found: dict[str, bool] = {}
        cursor = None
        while True:
            page = await self.ask(
                self._client.conversations_list, types="private_channel", limit=999, cursor=cursor
            )
            found |= {one["id"]: bool(one.get("is_archived")) for one in page["channels"]}
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return found

    async def _wrong(self, channel: str, private: Mapping[str, bool], what: str) -> Finding | None:
        """What is wrong with a channel; None: nothing. A public one is looked into, a message deep."""
        archived = Finding(
            Level.ERROR,
            "channels",
            f"{what} {channel} is archived",
            "Unarchive it in Slack, or name another one.",
        )
        if channel in private:
            return archived if private[channel] else None
        try:
            await self.ask(self._client.conversations_history, channel=channel, limit=1)
        except _Refused as refused:
            match str(refused):
                case "ratelimited":
                    text = f"{what} {channel} was not looked at: Slack limits how often"
                    return Finding(Level.NOTE, "channels", text, "Run `supportbot doctor` again later.")
                case "is_archived":
                    return archived
                case "not_in_channel":
                    return Finding(Level.ERROR, "channels", f"the bot is not in {what} {channel}", _INVITE)
                case "channel_not_found":
                    text = (
                        f"{what} {channel} is not to be seen: it is not there, or private and without the bot"
                    )
                    return Finding(Level.ERROR, "channels", text, f"{_INVITE} Or name the right channel.")
                case other:
                    text = f"{what} {channel} cannot be read: {other}"
                    return Finding(Level.ERROR, "channels", text, "See what Slack says of this error.")
        return None


def _retry_after(error: SlackApiError) -> float | None:
    """How long Slack asks to wait; None: it does not limit the call."""
    if error.response.status_code != 429:
        return None
    headers = {name.lower(): value for name, value in error.response.headers.items()}
    try:
        return max(0.0, float(headers.get("retry-after", 1)))
    except ValueError:
        return 1.0
