"""chat.*, pins, reactions and files, through Slack's own client."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

import sandbox


async def refusal(call: Any) -> str:
    """The error string of a call that must fail."""
    with pytest.raises(SlackApiError) as raised:
        await call
    return str(raised.value.response["error"])


async def test_post_returns_the_message_as_stored(box: sandbox.Box, slack: AsyncWebClient) -> None:
    metadata = {"event_type": "card", "event_payload": {"id": "x1"}}
    answer = await slack.chat_postMessage(
        channel="C1GEN", text="hello", metadata=metadata, unfurl_links=False
    )
    message = answer["message"]
    assert (message["user"], message["bot_id"], message["app_id"]) == ("U1BOT", "B1BOT", "A1APP")
    assert message["metadata"] == metadata
    (seen,) = await box.client.messages("town", viewer="ben")
    assert seen["ts"] == answer["ts"]
    assert len(answer["ts"].split(".")[1]) == 6


async def test_timestamps_only_grow(slack: AsyncWebClient) -> None:
    stamps = [(await slack.chat_postMessage(channel="C1GEN", text=str(n)))["ts"] for n in range(20)]
    assert stamps == sorted(set(stamps))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C404", "text": "x"}, "channel_not_found"),
        ({"channel": "C1HID", "text": "x"}, "channel_not_found"),
        ({"channel": "C1OUT", "text": "x"}, "not_in_channel"),
        ({"channel": "C1GEN"}, "no_text"),
        ({"channel": "C1GEN", "text": ""}, "no_text"),
        ({"channel": "C1GEN", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "C1GEN", "text": "x", "blocks": "{"}, "invalid_blocks_format"),
        ({"channel": "C1GEN", "text": "x", "blocks": [{"type": "magic"}]}, "invalid_blocks"),
        ({"channel": "C1GEN", "text": "x", "metadata": {"event_type": "a"}}, "invalid_metadata_format"),
        (
            {
                "channel": "C1GEN",
                "text": "x",
                "metadata": {"event_type": "a", "event_payload": {"big": "y" * 17_000}},
            },
            "metadata_too_large",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
async def test_post_is_refused(slack: AsyncWebClient, arguments: dict[str, Any], error: str) -> None:
    assert await refusal(slack.chat_postMessage(**arguments)) == error


async def test_post_by_channel_name_and_to_a_person(box: sandbox.Box, slack: AsyncWebClient) -> None:
    assert (await slack.chat_postMessage(channel="#town", text="a"))["channel"] == "C1GEN"
    direct = await slack.chat_postMessage(channel="U1ANN", text="b")
    assert direct["channel"] == await box.client.dm("ann")
    assert (await slack.conversations_open(users="U1ANN"))["channel"]["id"] == direct["channel"]


async def test_threads(box: sandbox.Box, slack: AsyncWebClient) -> None:
    root = (await slack.chat_postMessage(channel="C1GEN", text="root"))["ts"]
    reply = await slack.chat_postMessage(channel="C1GEN", text="reply", thread_ts=root)
    below = await slack.chat_postMessage(channel="C1GEN", text="below", thread_ts=reply["ts"])
    assert below["message"]["thread_ts"] == root
    await slack.chat_postMessage(channel="C1GEN", text="loud", thread_ts=root, reply_broadcast=True)
    top = await box.client.messages("town")
    assert [one["text"] for one in top] == ["root", "loud"]
    assert top[0]["reply_count"] == 3
    thread = await box.client.messages("town", thread_ts=root)
    assert [one["text"] for one in thread] == ["root", "reply", "below", "loud"]


async def test_reply_to_what_is_gone_goes_to_the_channel(slack: AsyncWebClient) -> None:
    root = (await slack.chat_postMessage(channel="C1GEN", text="root"))["ts"]
    await slack.chat_delete(channel="C1GEN", ts=root)
    reply = await slack.chat_postMessage(channel="C1GEN", text="reply", thread_ts=root)
    assert "thread_ts" not in reply["message"]


async def test_deleted_root_with_replies_leaves_a_tombstone(box: sandbox.Box, slack: AsyncWebClient) -> None:
    root = (await slack.chat_postMessage(channel="C1GEN", text="root"))["ts"]
    reply = (await slack.chat_postMessage(channel="C1GEN", text="reply", thread_ts=root))["ts"]
    await slack.chat_delete(channel="C1GEN", ts=root)
    assert (await box.client.messages("town"))[0]["subtype"] == "tombstone"
    assert await refusal(slack.chat_update(channel="C1GEN", ts=root, text="x")) == "message_not_found"
    await slack.chat_delete(channel="C1GEN", ts=reply)
    assert await box.client.messages("town") == []


async def test_update_keeps_what_is_not_given(slack: AsyncWebClient) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "body"}}]
    metadata = {"event_type": "card", "event_payload": {"id": "x1"}}
    ts = (await slack.chat_postMessage(channel="C1GEN", text="a", blocks=blocks, metadata=metadata))["ts"]
    kept = (await slack.chat_update(channel="C1GEN", ts=ts, text="b"))["message"]
    assert kept["blocks"][0]["text"]["text"] == "body"
    assert kept["metadata"] == metadata
    assert kept["edited"]["user"] == "U1BOT"
    bare = (await slack.chat_update(channel="C1GEN", ts=ts, text="b", blocks=[], metadata={}))["message"]
    assert "blocks" not in bare
    assert "metadata" not in bare


async def test_update_and_delete_are_refused(box: sandbox.Box, slack: AsyncWebClient) -> None:
    ts = await box.client.say("ann", "town", "mine")
    assert await refusal(slack.chat_update(channel="C1GEN", ts=ts, text="x")) == "cant_update_message"
    assert await refusal(slack.chat_delete(channel="C1GEN", ts=ts)) == "cant_delete_message"
    assert await refusal(slack.chat_update(channel="C1GEN", ts="1.000001", text="x")) == "message_not_found"
    own = (await slack.chat_postMessage(channel="C1GEN", text="own"))["ts"]
    assert await refusal(slack.chat_update(channel="C1GEN", ts=own, text="x" * 4001)) == "msg_too_long"


async def test_ephemeral_is_for_one_person(box: sandbox.Box, slack: AsyncWebClient) -> None:
    await slack.chat_postEphemeral(channel="C1GEN", user="U1ANN", text="psst")
    (seen,) = await box.client.messages("town", viewer="ann")
    assert seen["is_ephemeral"] is True
    assert await box.client.messages("town", viewer="ben") == []
    assert await box.client.messages("town") == []
    assert (await slack.conversations_history(channel="C1GEN"))["messages"] == []
    error = await refusal(slack.chat_postEphemeral(channel="C1GEN", user="U2CAT", text="x"))
    assert error == "user_not_in_channel"
    await box.client.dismiss("ann", "town", seen["ts"])
    assert await box.client.messages("town", viewer="ann") == []


async def test_permalink(slack: AsyncWebClient) -> None:
    ts = (await slack.chat_postMessage(channel="C1GEN", text="a"))["ts"]
    link = (await slack.chat_getPermalink(channel="C1GEN", message_ts=ts))["permalink"]
    assert link == f"https://vendor.slack.com/archives/C1GEN/p{ts.replace('.', '')}"
    assert (
        await refusal(slack.chat_getPermalink(channel="C1GEN", message_ts="1.000001")) == "message_not_found"
    )


async def test_pins_and_reactions(box: sandbox.Box, slack: AsyncWebClient) -> None:
    ts = (await slack.chat_postMessage(channel="C1GEN", text="a"))["ts"]
    await slack.pins_add(channel="C1GEN", timestamp=ts)
    assert await refusal(slack.pins_add(channel="C1GEN", timestamp=ts)) == "already_pinned"
    assert [one["message"]["ts"] for one in (await slack.pins_list(channel="C1GEN"))["items"]] == [ts]
    assert [one["ts"] for one in await box.client.pins("town")] == [ts]
    await slack.pins_remove(channel="C1GEN", timestamp=ts)
    assert await refusal(slack.pins_remove(channel="C1GEN", timestamp=ts)) == "no_pin"
    await slack.reactions_add(channel="C1GEN", timestamp=ts, name="ticket")
    assert (
        await refusal(slack.reactions_add(channel="C1GEN", timestamp=ts, name="ticket")) == "already_reacted"
    )
    (seen,) = await box.client.messages("town")
    assert seen["reactions"] == [{"name": "ticket", "users": ["U1BOT"], "count": 1}]


async def test_files(box: sandbox.Box, slack: AsyncWebClient) -> None:
    await slack.files_upload_v2(
        channel="C1GEN", content="a,b\n1,2\n", filename="figures.csv", title="Figures"
    )
    (shared,) = await box.client.messages("town")
    assert shared["files"][0]["title"] == "Figures"
    async with aiohttp.ClientSession() as http, http.get(shared["files"][0]["url_private"]) as answer:
        assert await answer.text() == "a,b\n1,2\n"


async def test_tokens(box: sandbox.Box, slack: AsyncWebClient) -> None:
    assert (await slack.auth_test())["bot_id"] == "B1BOT"
    assert await refusal(AsyncWebClient(base_url=box.api_url).auth_test()) == "not_authed"
    assert await refusal(AsyncWebClient("xoxb-other", base_url=box.api_url).auth_test()) == "invalid_auth"
    assert await refusal(slack.apps_connections_open(app_token="xoxb-test")) == "not_allowed_token_type"
    assert await refusal(slack.api_call("no.such")) == "unknown_method"
    await box.client.revoke_token()
    assert await refusal(slack.auth_test()) == "token_revoked"
    await box.client.restore_token()
    assert (await slack.auth_test())["ok"]


async def test_scopes(world: dict[str, Any]) -> None:
    world["app"]["scopes"] = ["chat:write", "users:read"]
    async with sandbox.serve(world) as box:
        slack = AsyncWebClient("xoxb-test", base_url=box.api_url)
        answer = await slack.auth_test()
        assert answer.headers["X-OAuth-Scopes"] == "chat:write,users:read"
        with pytest.raises(SlackApiError) as raised:
            await slack.pins_add(channel="C1GEN", timestamp="1.000001")
        assert raised.value.response["error"] == "missing_scope"
        assert raised.value.response["needed"] == "pins:write"


async def test_any_body_and_any_place_for_the_token(box: sandbox.Box) -> None:
    bodies: list[dict[str, Any]] = [
        {"json": {"token": "xoxb-test", "channel": "C1GEN", "text": "a"}},
        {"data": {"token": "xoxb-test", "channel": "C1GEN", "text": "a"}},
        {"params": {"token": "xoxb-test", "channel": "C1GEN", "text": "a"}},
        {
            "headers": {"Authorization": "Bearer xoxb-test"},
            "data": {"channel": "C1GEN", "blocks": '[{"type":"divider"}]'},
        },
    ]
    async with aiohttp.ClientSession() as http:
        for body in bodies:
            async with http.post(f"{box.api_url}chat.postMessage", **body) as answer:
                assert (await answer.json())["ok"] is True
        async with http.post(
            f"{box.api_url}auth.test", data=b"{", headers={"Content-Type": "application/json"}
        ) as answer:
            assert (await answer.json())["error"] == "invalid_json"
