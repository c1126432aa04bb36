"""Faults on demand, the posting limit, and the log that shows what came of each call."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

import sandbox


async def texts(box: sandbox.Box) -> list[str]:
    """What the channel shows."""
    return [one["text"] for one in await box.client.messages("town")]


async def test_ratelimited(box: sandbox.Box, slack: AsyncWebClient) -> None:
    await box.client.faults("chat.postMessage", kind="ratelimited", retry_after=7)
    with pytest.raises(SlackApiError) as raised:
        await slack.chat_postMessage(channel="C1GEN", text="a")
    assert raised.value.response.status_code == 429
    assert raised.value.response.headers["Retry-After"] == "7"
    assert raised.value.response["error"] == "ratelimited"
    await slack.chat_postMessage(channel="C1GEN", text="b")
    assert await texts(box) == ["b"]


async def test_slack_sdk_waits_and_tries_again(box: sandbox.Box) -> None:
    await box.client.faults("chat.postMessage", kind="ratelimited", retry_after=0)
    slack = AsyncWebClient(
        "xoxb-test", base_url=box.api_url, retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=1)]
    )
    await slack.chat_postMessage(channel="C1GEN", text="a")
    assert [one.status for one in await box.client.calls("chat.postMessage")] == [429, 200]


async def test_status(box: sandbox.Box) -> None:
    await box.client.faults("chat.postMessage", kind="status", status=503)
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{box.api_url}chat.postMessage", json={"channel": "C1GEN", "text": "a"}) as answer,
    ):
        assert answer.status == 503
    assert await texts(box) == []


@pytest.mark.parametrize(("kind", "shown"), [("drop", []), ("lost", ["a"])])
async def test_closed_connection(
    box: sandbox.Box, slack: AsyncWebClient, kind: Any, shown: list[str]
) -> None:
    await box.client.faults("chat.postMessage", kind=kind)
    with pytest.raises(aiohttp.ClientError):
        await slack.chat_postMessage(channel="C1GEN", text="a")
    assert await texts(box) == shown
    await slack.chat_postMessage(channel="C1GEN", text="b")
    (first, second) = await box.client.calls("chat.postMessage")
    assert (first.fault, second.fault) == (kind, None)


async def test_error_by_channel_and_until_cleared(box: sandbox.Box, slack: AsyncWebClient) -> None:
    await box.client.faults("*", kind="error", error="fatal_error", channel="staff", times=0)
    for _ in range(3):
        with pytest.raises(SlackApiError, match="fatal_error"):
            await slack.chat_postMessage(channel="C1PRIV", text="a")
    await slack.chat_postMessage(channel="C1GEN", text="a")
    assert await box.client.clear_faults() == 1
    await slack.chat_postMessage(channel="C1PRIV", text="a")


async def test_faults_come_in_turn(box: sandbox.Box, slack: AsyncWebClient) -> None:
    await box.client.faults("auth.test", kind="error", error="internal_error", times=2)
    await box.client.faults("auth.test", kind="error", error="fatal_error")
    await box.client.faults("auth.test", kind="slow", delay_s=0.01)
    for error in ("internal_error", "internal_error", "fatal_error"):
        with pytest.raises(SlackApiError, match=error):
            await slack.auth_test()
    await slack.auth_test()
    found = [(one.error, one.fault) for one in await box.client.calls("auth.test")]
    assert found == [
        ("internal_error", "error"),
        ("internal_error", "error"),
        ("fatal_error", "error"),
        (None, "slow"),
    ]


async def test_senseless_faults_are_refused(box: sandbox.Box) -> None:
    with pytest.raises(sandbox.Refused):
        await box.client.faults("auth.test", kind="status", status=200)
    with pytest.raises(sandbox.Refused):
        await box.client.faults("auth.test", kind="flood")  # type: ignore[arg-type]


async def test_posting_limit_is_per_channel(box: sandbox.Box, slack: AsyncWebClient) -> None:
    await box.client.set_post_limit(0.001)
    await slack.chat_postMessage(channel="C1GEN", text="a")
    await slack.chat_postMessage(channel="C1PRIV", text="a")
    with pytest.raises(SlackApiError) as raised:
        await slack.chat_postMessage(channel="C1GEN", text="b")
    assert raised.value.response.status_code == 429
    assert 1 <= int(raised.value.response.headers["Retry-After"]) <= 1000
    await box.client.set_post_limit(None)
    await slack.chat_postMessage(channel="C1GEN", text="c")
    assert await texts(box) == ["a", "c"]


async def test_calls_are_logged_without_secrets(box: sandbox.Box, slack: AsyncWebClient) -> None:
    posted = await slack.chat_postMessage(channel="C1GEN", text="x" * 1000, blocks=[{"type": "divider"}])
    with pytest.raises(SlackApiError):
        await slack.chat_postMessage(channel="C404", text="a")
    first, second = await box.client.calls("chat.postMessage")
    assert first.args["channel"] == "C1GEN"
    assert len(first.args["text"]) < 400
    assert "xoxb" not in str(first.args)
    assert first.result == {"channel": "C1GEN", "ts": posted["ts"]}
    assert second.error == "channel_not_found"
    assert await box.client.calls(since=second.seq) == []


async def test_logs_are_bounded(world: dict[str, Any]) -> None:
    world["log_limit"] = 5
    async with sandbox.serve(world) as box:
        for n in range(9):
            await box.client.say("ann", "town", str(n))
        assert len(await box.client.dispatches()) == 5
        changes = await box.client.changes(0)
        assert (changes.lost, len(changes.changes)) == (True, 5)
        assert (await box.client.changes(changes.seq, 0.0)).changes == []
        with pytest.raises(sandbox.Refused, match="no dispatch D1"):
            await box.client.redeliver("D1")
