"""Acting as a person: what they may do, what the app is told, what each of them sees."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

import sandbox

BUTTONS: list[dict[str, Any]] = [
    {
        "type": "actions",
        "block_id": f"row{row}",
        "elements": [
            {
                "type": "button",
                "action_id": "ack",
                "text": {"type": "plain_text", "text": "Ack"},
                "value": str(row),
            },
            {
                "type": "overflow",
                "action_id": "more",
                "options": [{"text": {"type": "plain_text", "text": "Why"}, "value": "why"}],
            },
            {
                "type": "static_select",
                "action_id": "level",
                "options": [
                    {"text": {"type": "plain_text", "text": name}, "value": value}
                    for name, value in (("High", "1"), ("Low", "2"))
                ],
            },
        ],
    }
    for row in (1, 2)
]


async def events(client: sandbox.Client, kind: str) -> list[dict[str, Any]]:
    """The payloads of all events of one type."""
    return [one.payload for one in await client.dispatches("event", kind)]


async def test_mention_is_a_message_and_a_mention(box: sandbox.Box) -> None:
    ts = await box.client.say(
        "ann", "town", "@helper & <b> @ben @here #town https://x.example/?a=1&b=2 a@b.example"
    )
    (mention,) = await events(box.client, "app_mention")
    (message,) = await events(box.client, "message")
    text = (
        "<@U1BOT> &amp; &lt;b&gt; <@U1BEN> <!here> <#C1GEN|town> "
        "<https://x.example/?a=1&amp;b=2> <mailto:a@b.example|a@b.example>"
    )
    for body in (mention, message):
        assert body["event"]["text"] == text
        assert body["event"]["ts"] == body["event"]["event_ts"] == ts
        assert body["team_id"] == "T1HOME"
        assert body["authorizations"][0]["user_id"] == "U1BOT"
        assert body["is_ext_shared_channel"] is False
    assert mention["event_id"] != message["event_id"]
    assert message["event"]["channel_type"] == "channel"


async def test_no_events_where_the_app_is_not(box: sandbox.Box) -> None:
    await box.client.say("ann", "outside", "<@U1BOT>")
    await box.client.say("ann", "hidden", "x")
    assert await box.client.dispatches("event") == []


async def test_private_channel_and_own_messages(box: sandbox.Box, slack: AsyncWebClient) -> None:
    await slack.chat_postMessage(channel="C1PRIV", text="from the app")
    (message,) = await events(box.client, "message")
    assert message["event"]["channel_type"] == "group"
    assert message["event"]["bot_id"] == "B1BOT"


async def test_edit_delete_react(box: sandbox.Box) -> None:
    client = box.client
    ts = await client.say("ann", "town", "one")
    reply = await client.say("ben", "town", "reply", thread_ts=ts)
    await client.edit("ann", "town", ts, "two")
    await client.react("ben", "town", ts, ":ticket:")
    await client.delete("ben", "town", reply)
    found = [one["event"] for one in await events(client, "message")]
    assert [one.get("subtype") for one in found] == [None, None, "message_changed", "message_deleted"]
    assert found[1]["thread_ts"] == ts
    assert (found[2]["previous_message"]["text"], found[2]["message"]["text"]) == ("one", "two")
    assert found[3]["deleted_ts"] == reply
    assert found[3]["previous_message"]["thread_ts"] == ts
    (reaction,) = await events(client, "reaction_added")
    assert reaction["event"]["item"] == {"type": "message", "channel": "C1GEN", "ts": ts}
    assert reaction["event"]["item_user"] == "U1ANN"
    with pytest.raises(sandbox.Refused, match="did not write"):
        await client.edit("ben", "town", ts, "x")
    with pytest.raises(sandbox.Refused, match="had reacted"):
        await client.react("ben", "town", ts, "ticket")


async def test_people_of_another_company(box: sandbox.Box, slack: AsyncWebClient) -> None:
    client = box.client
    for act in (
        client.command("cat", "acme", "/incident"),
        client.shortcut("cat", "begin"),
        client.open_home("cat"),
    ):
        with pytest.raises(sandbox.Refused, match="not installed"):
            await act
    ts = await client.say("cat", "acme", "<@U1BOT> help")
    with pytest.raises(sandbox.Refused, match="not installed"):
        await client.message_shortcut("cat", "acme", ts, "open")
    (mention,) = await events(client, "app_mention")
    assert mention["is_ext_shared_channel"] is True
    assert (mention["team_id"], mention["context_team_id"]) == ("T2ACME", "T1HOME")
    assert mention["authorizations"][0]["team_id"] == "T1HOME"
    event = mention["event"]
    assert (event["team"], event["user_team"], event["source_team"]) == ("T2ACME", "T2ACME", "T2ACME")

    card = (await slack.chat_postMessage(channel="C2SHARED", text="card", blocks=BUTTONS))["ts"]
    await client.click("cat", "acme", card, "ack", value="1")
    (click,) = await client.dispatches("interactive")
    assert click.payload["team"] == {"id": "T1HOME", "domain": "vendor"}
    assert click.payload["user"]["team_id"] == "T2ACME"
    view = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}
    opened = await slack.views_open(trigger_id=click.payload["trigger_id"], view=view)
    assert opened["view"]["app_installed_team_id"] == "T1HOME"
    assert opened["view"]["team_id"] == "T2ACME"
    (seen,) = await client.views("cat")
    assert seen.id == opened["view"]["id"]


async def test_places_one_is_not_in(box: sandbox.Box) -> None:
    for act in (
        box.client.say("ben", "staff", "x"),
        box.client.messages("staff", viewer="ben"),
        box.client.command("ben", "staff", "/incident"),
        box.client.say("cat", "town", "x"),
    ):
        with pytest.raises(sandbox.Refused, match="is not in"):
            await act
    with pytest.raises(sandbox.Refused, match="no user"):
        await box.client.say("zoe", "town", "x")
    with pytest.raises(sandbox.Refused, match="no channel"):
        await box.client.say("ann", "nowhere", "x")


async def test_commands_have_their_place(box: sandbox.Box) -> None:
    ts = await box.client.say("ann", "town", "root")
    with pytest.raises(sandbox.Refused, match="not supported in threads"):
        await box.client.command("ann", "town", "/incident", thread_ts=ts)
    with pytest.raises(sandbox.Refused, match="not a valid command"):
        await box.client.command("ann", "town", "/nothing")
    failed = await box.client.command("ann", "staff", "/incident", "for @ben in #town")
    assert (failed.ok, failed.error) == (False, "dispatch_failed")
    assert "dispatch_failed" in (failed.shown or "")
    (sent,) = await box.client.dispatches("command")
    assert sent.payload["text"] == "for <@U1BEN|ben> in <#C1GEN|town>"
    assert sent.payload["channel_name"] == "privategroup"


async def test_click_finds_what_is_on_the_screen(box: sandbox.Box, slack: AsyncWebClient) -> None:
    client = box.client
    ts = (await slack.chat_postMessage(channel="C1GEN", text="card", blocks=BUTTONS))["ts"]
    with pytest.raises(sandbox.Refused, match="more than once"):
        await client.click("ann", "town", ts, "ack")
    with pytest.raises(sandbox.Refused, match="is not there"):
        await client.click("ann", "town", ts, "other")
    with pytest.raises(sandbox.Refused, match="no option 'how'"):
        await client.click("ann", "town", ts, "more", selected_option="how", block_id="row1")
    await client.click("ann", "town", ts, "ack", block_id="row2")
    await client.click("ann", "town", ts, "more", selected_option="why", block_id="row1")
    await client.click("ann", "town", ts, "level", selected_option="Low", block_id="row1")
    actions = [one.payload["actions"][0] for one in await client.dispatches("interactive")]
    assert actions[0]["value"] == "2"
    assert actions[1]["selected_option"]["value"] == "why"
    assert actions[2]["selected_option"]["value"] == "2"
    last = (await client.dispatches("interactive"))[-1].payload
    assert last["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": "C1GEN",
        "is_ephemeral": False,
    }
    assert last["state"]["values"]["row1"]["level"]["selected_option"]["value"] == "2"
    assert last["message"]["ts"] == ts


async def test_ephemeral_buttons_are_for_one_person(box: sandbox.Box, slack: AsyncWebClient) -> None:
    await slack.chat_postEphemeral(channel="C1GEN", user="U1ANN", text="card", blocks=BUTTONS[:1])
    (seen,) = await box.client.messages("town", viewer="ann")
    with pytest.raises(sandbox.Refused, match="sees no message"):
        await box.client.click("ben", "town", seen["ts"], "ack")
    await box.client.click("ann", "town", seen["ts"], "ack", from_ephemeral=True)
    (click,) = await box.client.dispatches("interactive")
    assert click.payload["container"]["is_ephemeral"] is True
    assert "message" not in click.payload


async def test_home(box: sandbox.Box, slack: AsyncWebClient) -> None:
    assert await box.client.open_home("ann") is None
    (opened,) = await events(box.client, "app_home_opened")
    assert opened["event"]["tab"] == "home"
    assert "view" not in opened["event"]
    home = {"type": "home", "blocks": BUTTONS[:1]}
    published = await slack.views_publish(user_id="U1ANN", view=home)
    shown = await box.client.open_home("ann")
    assert shown is not None
    assert shown["id"] == published["view"]["id"]
    await box.client.click_view("ann", shown["id"], "ack")
    (click,) = await box.client.dispatches("interactive")
    assert click.payload["view"]["type"] == "home"
    assert click.payload["container"] == {"type": "view", "view_id": shown["id"]}


async def test_channel_life_is_told(box: sandbox.Box) -> None:
    client = box.client
    await client.join("gil", "town")
    await client.rename("town", "city")
    await client.archive("city", user="ann")
    await client.change_id("city", "C9NEW")
    (joined,) = await events(client, "member_joined_channel")
    assert (joined["event"]["user"], joined["event"]["channel"]) == ("U1GUEST", "C1GEN")
    (renamed,) = await events(client, "channel_rename")
    assert renamed["event"]["channel"]["name"] == "city"
    (archived,) = await events(client, "channel_archive")
    assert archived["event"]["user"] == "U1ANN"
    (moved,) = await events(client, "channel_id_changed")
    assert (moved["event"]["old_channel_id"], moved["event"]["new_channel_id"]) == ("C1GEN", "C9NEW")
    assert [one["id"] for one in await client.channels() if one["name"] == "city"] == ["C9NEW"]


async def test_only_subscribed_events(world: dict[str, Any]) -> None:
    world["app"]["events"] = ["app_mention"]
    async with sandbox.serve(world) as box:
        await box.client.say("ann", "town", "<@U1BOT>")
        assert [one.type for one in await box.client.dispatches()] == ["app_mention"]


async def test_message_shortcut(box: sandbox.Box) -> None:
    root = await box.client.say("ann", "town", "root")
    ts = await box.client.say("ben", "town", "it broke", thread_ts=root)
    await box.client.message_shortcut("ann", "town", ts, "open_from")
    (sent,) = await box.client.dispatches("interactive", "message_action")
    assert sent.payload["callback_id"] == "open_from"
    assert sent.payload["channel"] == {"id": "C1GEN", "name": "town"}
    assert sent.payload["message_ts"] == sent.payload["message"]["ts"] == ts
    assert sent.payload["message"]["thread_ts"] == root
    assert sent.payload["user"]["id"] == "U1ANN"
    assert sent.payload["trigger_id"]
    assert sent.payload["response_url"].startswith(box.url)


async def test_direct_messages(world: dict[str, Any]) -> None:
    world["app"]["events"] = ["message.im", "reaction_removed", "member_left_channel", "group_left"]
    async with sandbox.serve(world) as box:
        direct = await box.client.dm("cat")
        await box.client.say("cat", direct, "hello")
        (message,) = await events(box.client, "message")
        assert message["event"]["channel_type"] == "im"
        ts = await box.client.say("ann", "town", "x")
        await box.client.react("ann", "town", ts, "eyes")
        await box.client.react("ann", "town", ts, "eyes", remove=True)
        await box.client.leave("ben", "town")
        await box.client.remove_bot("staff")
        kinds = [one.type for one in await box.client.dispatches()]
        assert kinds == ["message", "reaction_removed", "member_left_channel", "group_left"]
        assert "reactions" not in (await box.client.messages("town"))[0]


async def test_what_cannot_be(box: sandbox.Box) -> None:
    client = box.client
    for act in (
        client.join("ann", "town"),
        client.join("cat", "town"),
        client.leave("gil", "town"),
        client.unarchive("town"),
        client.rename("town", "Town Hall"),
        client.rename("town", "outside"),
        client.share("acme", "T2ACME"),
        client.share("town", "T404"),
        client.change_id("C1GEN", "C1OUT"),
        client.create_channel("Town Hall"),
        client.create_channel("fresh", channel_id="C1GEN"),
        client.add_user({"id": "U1ANN", "team": "T1HOME", "name": "ann"}),
        client.add_user({"id": "U9"}),
        client.set_usergroup("S404", []),
        client.set_post_limit(-1),
        client.say("ann", "town", "  "),
        client.say("ann", "town", "x", thread_ts="1.000001"),
        client.messages("town", thread_ts="1.000001"),
        client.dismiss("ann", "town", "1.000001"),
        client.close_view("ann", "V404"),
        client.options("ann", "a", "x", channel="town", ts="1.000001"),
    ):
        with pytest.raises(sandbox.Refused):
            await act


async def test_only_shortcuts_in_the_menu(world: dict[str, Any]) -> None:
    world["app"]["shortcuts"] = [{"name": "Open", "callback_id": "open", "on": "global"}]
    async with sandbox.serve(world) as box:
        assert (await box.client.shortcut("ann", "open")).error == "dispatch_failed"
        with pytest.raises(sandbox.Refused, match="there are open"):
            await box.client.shortcut("ann", "other")
        ts = await box.client.say("ann", "town", "x")
        with pytest.raises(sandbox.Refused, match="no message shortcut"):
            await box.client.message_shortcut("ann", "town", ts, "open")


async def test_new_people_and_channels(box: sandbox.Box) -> None:
    await box.client.add_user({"id": "U1DOT", "team": "T1HOME", "name": "dot"})
    made = await box.client.create_channel("fresh", creator="dot", members=["ann"])
    assert made["members"] == ["U1DOT", "U1ANN"]
    await box.client.say("dot", "fresh", "hi")
    assert "dot" in [one["name"] for one in await box.client.users()]
    with pytest.raises(sandbox.Refused, match="name_taken"):
        await box.client.create_channel("fresh", creator="dot")


async def test_waiting_says_what_is_there(box: sandbox.Box) -> None:
    await box.client.say("ann", "town", "something else")
    with pytest.raises(TimeoutError, match="something else"):
        await box.client.wait_for("town", lambda one: one["text"] == "never", within_s=0.05)


async def test_files_of_the_own_team_are_described_and_those_of_another_are_not(box: sandbox.Box) -> None:
    await box.client.say("ann", "town", "see", files=["trace.log"])
    (message,) = await events(box.client, "message")
    event = message["event"]
    assert event["subtype"] == "file_share"
    (file,) = event["files"]
    assert file["name"] == "trace.log"
    assert file["permalink"].endswith("/trace.log")
    await box.client.say("cat", "acme", "see", files=["secret.log"])
    *_, foreign = await events(box.client, "message")
    (unknown,) = foreign["event"]["files"]
    assert unknown == {"id": unknown["id"], "mode": "file_access", "file_access": "check_file_info"}
    slack = AsyncWebClient(token="xoxb-test", base_url=box.api_url)
    asked = await slack.files_info(file=unknown["id"])
    assert asked["file"]["name"] == "secret.log"


async def test_an_unfurl_changes_a_message_without_anybody_s_edit(box: sandbox.Box) -> None:
    ts = await box.client.say("ann", "town", "https://x.example/")
    await box.client.unfurl("town", ts)
    _, changed = await events(box.client, "message")
    event = changed["event"]
    assert (event["subtype"], event["message"]["ts"]) == ("message_changed", ts)
    assert event["message"]["text"] == event["previous_message"]["text"]
    assert "edited" not in event["message"]
    assert event["message"]["attachments"]


async def test_another_app_s_message_is_marked_as_one(box: sandbox.Box) -> None:
    await box.client.other_app_says("town", "build failed")
    (message,) = await events(box.client, "message")
    event = message["event"]
    assert (event["subtype"], event["bot_id"]) == ("bot_message", "B0OTHER")
