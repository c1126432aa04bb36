"""conversations.*, users.* and usergroups.*, through Slack's own client."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

import sandbox


async def failed(call: Any) -> dict[str, Any]:
    """The answer of a call that must fail."""
    with pytest.raises(SlackApiError) as raised:
        await call
    return dict(raised.value.response.data)


async def refusal(call: Any) -> str:
    """The error string of a call that must fail."""
    return str((await failed(call))["error"])


async def test_create_invite_members(box: sandbox.Box, slack: AsyncWebClient) -> None:
    made = (await slack.conversations_create(name="inc-acme-1", is_private=True))["channel"]
    assert made["is_private"]
    await slack.conversations_invite(channel=made["id"], users=["U1ANN", "U1BEN"])
    assert (await slack.conversations_members(channel=made["id"]))["members"] == ["U1BOT", "U1ANN", "U1BEN"]
    assert await refusal(slack.conversations_create(name="inc-acme-1")) == "name_taken"
    assert "inc-acme-1" in [one["name"] for one in await box.client.channels("ben")]
    assert "inc-acme-1" not in [one["name"] for one in await box.client.channels("cat")]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "invalid_name_required"),
        ("x" * 81, "invalid_name_maxlength"),
        ("Upper", "invalid_name_specials"),
        ("with space", "invalid_name_specials"),
        ("dot.dot", "invalid_name_specials"),
        ("---", "invalid_name_punctuation"),
        ("town", "name_taken"),
    ],
)
async def test_channel_names(slack: AsyncWebClient, name: str, error: str) -> None:
    assert await refusal(slack.conversations_create(name=name)) == error


@pytest.mark.parametrize(
    ("users", "error"),
    [
        ("U1ANN", "already_in_channel"),
        ("U1BOT", "cant_invite_self"),
        ("U404", "user_not_found"),
        ("U2CAT", "user_team_not_in_channel"),
        ("", "no_user"),
    ],
)
async def test_invitations_refused(slack: AsyncWebClient, users: str, error: str) -> None:
    assert await refusal(slack.conversations_invite(channel="C1GEN", users=users)) == error


async def test_one_bad_invitation_stops_all_unless_forced(box: sandbox.Box, slack: AsyncWebClient) -> None:
    body = await failed(slack.conversations_invite(channel="C1GEN", users="U1GUEST,U404"))
    assert body["errors"] == [{"user": "U404", "ok": False, "error": "user_not_found"}]
    assert "U1GUEST" not in (await slack.conversations_members(channel="C1GEN"))["members"]
    await slack.conversations_invite(channel="C1GEN", users="U1GUEST,U404", force=True)
    assert "U1GUEST" in (await slack.conversations_members(channel="C1GEN"))["members"]


async def test_archive_is_final_for_a_bot(box: sandbox.Box, slack: AsyncWebClient) -> None:
    await slack.conversations_archive(channel="C1GEN")
    assert await refusal(slack.conversations_archive(channel="C1GEN")) == "already_archived"
    assert await refusal(slack.conversations_unarchive(channel="C1GEN")) == "not_in_channel"
    assert await refusal(slack.chat_postMessage(channel="C1GEN", text="x")) == "is_archived"
    with pytest.raises(sandbox.Refused, match="archived"):
        await box.client.say("ann", "town", "x")
    listed = await slack.conversations_list(exclude_archived=True)
    assert "C1GEN" not in [one["id"] for one in listed["channels"]]
    await box.client.unarchive("town")
    assert await refusal(slack.conversations_unarchive(channel="C1GEN")) == "not_archived"


async def test_list_by_type_and_page(slack: AsyncWebClient) -> None:
    everything = await slack.conversations_list(types="public_channel,private_channel")
    assert {one["id"] for one in everything["channels"]} == {"C1GEN", "C1OUT", "C1PRIV", "C2SHARED"}
    found: list[str] = []
    async for page in await slack.conversations_list(limit=1):
        found += [one["id"] for one in page["channels"]]
    assert found == ["C1GEN", "C1OUT", "C2SHARED"]
    assert await refusal(slack.conversations_list(types="rooms")) == "invalid_types"
    assert await refusal(slack.conversations_list(cursor="!!")) == "invalid_cursor"
    assert await refusal(slack.conversations_list(limit=5000)) == "invalid_limit"


async def test_info_topic_purpose_join_rename(box: sandbox.Box, slack: AsyncWebClient) -> None:
    assert await refusal(slack.conversations_setTopic(channel="C1OUT", topic="x")) == "not_in_channel"
    await slack.conversations_join(channel="C1OUT")
    assert (await slack.conversations_join(channel="C1OUT"))["warning"] == "already_in_channel"
    await slack.conversations_setTopic(channel="C1OUT", topic="now")
    await slack.conversations_setPurpose(channel="C1OUT", purpose="why")
    info = (await slack.conversations_info(channel="C1OUT"))["channel"]
    assert (info["topic"]["value"], info["purpose"]["value"], info["is_member"]) == ("now", "why", True)
    assert await refusal(slack.conversations_setTopic(channel="C1OUT", topic="x" * 251)) == "too_long"
    assert await refusal(slack.conversations_rename(channel="C1OUT", name="other")) == "not_authorized"
    shared = (await slack.conversations_info(channel="C2SHARED"))["channel"]
    assert shared["is_ext_shared"]
    assert shared["connected_team_ids"] == ["T2ACME"]


async def test_history_pages_and_bounds(slack: AsyncWebClient) -> None:
    stamps = [(await slack.chat_postMessage(channel="C1GEN", text=str(n)))["ts"] for n in range(7)]
    found: list[str] = []
    async for page in await slack.conversations_history(channel="C1GEN", limit=3):
        found += [one["ts"] for one in page["messages"]]
    assert found == stamps[::-1]
    between = await slack.conversations_history(channel="C1GEN", oldest=stamps[1], latest=stamps[4])
    assert [one["ts"] for one in between["messages"]] == [stamps[3], stamps[2]]
    inclusive = await slack.conversations_history(
        channel="C1GEN", oldest=stamps[1], latest=stamps[4], inclusive=True
    )
    assert len(inclusive["messages"]) == 4
    assert await refusal(slack.conversations_history(channel="C1OUT")) == "not_in_channel"
    assert await refusal(slack.conversations_history(channel="C1HID")) == "channel_not_found"
    assert await refusal(slack.conversations_history(channel="C1GEN", oldest="soon")) == "invalid_ts_oldest"


async def test_metadata_comes_only_on_request(slack: AsyncWebClient) -> None:
    metadata = {"event_type": "card", "event_payload": {"id": "x1"}}
    root = (await slack.chat_postMessage(channel="C1GEN", text="a", metadata=metadata))["ts"]
    await slack.chat_postMessage(channel="C1GEN", text="b", thread_ts=root, metadata=metadata)
    for read, extra in ((slack.conversations_history, {}), (slack.conversations_replies, {"ts": root})):
        bare = await read(channel="C1GEN", **extra)  # type: ignore[operator]
        assert not any("metadata" in one for one in bare["messages"])
        full = await read(channel="C1GEN", include_all_metadata=True, **extra)  # type: ignore[operator]
        assert all(one["metadata"] == metadata for one in full["messages"])


async def test_replies_pages(slack: AsyncWebClient) -> None:
    root = (await slack.chat_postMessage(channel="C1GEN", text="root"))["ts"]
    stamps = [root] + [
        (await slack.chat_postMessage(channel="C1GEN", text=str(n), thread_ts=root))["ts"] for n in range(5)
    ]
    found: list[str] = []
    async for page in await slack.conversations_replies(channel="C1GEN", ts=root, limit=2):
        found += [one["ts"] for one in page["messages"]]
    assert found == stamps
    single = await slack.conversations_replies(channel="C1GEN", ts=stamps[2])
    assert [one["ts"] for one in single["messages"]] == [stamps[2]]
    assert await refusal(slack.conversations_replies(channel="C1GEN", ts="1.000001")) == "thread_not_found"


async def test_people(slack: AsyncWebClient) -> None:
    ben = (await slack.users_info(user="U1BEN", include_locale=True))["user"]
    assert (ben["locale"], ben["tz"], ben["tz_offset"]) == ("ja-JP", "Asia/Tokyo", 32400)
    cat = (await slack.users_info(user="U2CAT", include_locale=True))["user"]
    assert cat["is_stranger"]
    assert "locale" not in cat
    assert "email" not in cat["profile"]
    assert (await slack.users_info(user="U1GUEST"))["user"]["is_restricted"]
    assert await refusal(slack.users_info(user="U404")) == "user_not_found"
    assert (await slack.users_lookupByEmail(email="ANN@vendor.example"))["user"]["id"] == "U1ANN"
    assert await refusal(slack.users_lookupByEmail(email="cat@acme.example")) == "users_not_found"
    found: list[str] = []
    async for page in await slack.users_list(limit=2):
        found += [one["id"] for one in page["members"]]
    assert set(found) == {"U1BOT", "U1ANN", "U1BEN", "U1GUEST"}


async def test_usergroups_and_bots(box: sandbox.Box, slack: AsyncWebClient) -> None:
    assert (await slack.usergroups_users_list(usergroup="S1ENG"))["users"] == ["U1ANN", "U1BEN"]
    await box.client.set_usergroup("S1ENG", ["ben"])
    assert (await slack.usergroups_list(include_users=True))["usergroups"][0]["users"] == ["U1BEN"]
    assert await refusal(slack.usergroups_users_list(usergroup="S404")) == "no_such_subteam"
    assert (await slack.bots_info(bot="B1BOT"))["bot"]["user_id"] == "U1BOT"
    assert await refusal(slack.bots_info(bot="B404")) == "bot_not_found"


async def test_kick_leave_rename_open(box: sandbox.Box, slack: AsyncWebClient) -> None:
    await slack.conversations_kick(channel="C1GEN", user="U1BEN")
    assert await refusal(slack.conversations_kick(channel="C1GEN", user="U1BEN")) == "not_in_channel"
    assert await refusal(slack.conversations_kick(channel="C1GEN", user="U1BOT")) == "cant_kick_self"
    made = (await slack.conversations_create(name="mine"))["channel"]["id"]
    assert (await slack.conversations_rename(channel=made, name="yours"))["channel"]["name"] == "yours"
    assert await refusal(slack.conversations_rename(channel=made, name="town")) == "name_taken"
    await slack.conversations_leave(channel=made)
    assert (await slack.conversations_leave(channel=made))["not_in_channel"] is True
    direct = (await slack.conversations_open(users="U1ANN", return_im=True))["channel"]
    assert direct["is_im"]
    assert (await slack.conversations_open(channel=direct["id"]))["already_open"] is True
    assert (await slack.conversations_info(channel=direct["id"]))["channel"]["user"] == "U1ANN"
    assert await refusal(slack.conversations_open(users="U1BOT")) == "cannot_dm_bot"
    assert await refusal(slack.conversations_open(users="U404")) == "user_not_found"
    assert (
        await refusal(slack.conversations_join(channel="C1PRIV")) == "method_not_supported_for_channel_type"
    )
    await slack.conversations_archive(channel="C1PRIV")
    assert await refusal(slack.conversations_invite(channel="C1PRIV", users="U1BEN")) == "is_archived"
    assert await refusal(slack.conversations_invite(channel=made, users="U1BEN")) == "not_in_channel"


async def test_changed_id_and_removed_bot(box: sandbox.Box, slack: AsyncWebClient) -> None:
    await box.client.change_id("C1GEN", "C9NEW")
    assert await refusal(slack.chat_postMessage(channel="C1GEN", text="x")) == "channel_not_found"
    await slack.chat_postMessage(channel="C9NEW", text="x")
    await box.client.remove_bot("staff")
    assert await refusal(slack.chat_postMessage(channel="C1PRIV", text="x")) == "channel_not_found"
    await box.client.unshare("acme", "T2ACME")
    assert "U2CAT" not in (await slack.conversations_members(channel="C2SHARED"))["members"]
