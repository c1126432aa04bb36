"""A real Bolt app over HTTP and over Socket Mode: the sandbox is Slack enough for it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

import sandbox

MODAL: dict[str, Any] = {
    "type": "modal",
    "callback_id": "report",
    "title": {"type": "plain_text", "text": "Report"},
    "submit": {"type": "plain_text", "text": "Send"},
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "title",
            "label": {"type": "plain_text", "text": "Title"},
            "element": {"type": "plain_text_input", "action_id": "text", "max_length": 20},
        },
        {
            "type": "input",
            "block_id": "level",
            "label": {"type": "plain_text", "text": "Level"},
            "element": {
                "type": "static_select",
                "action_id": "choice",
                "options": [
                    {"text": {"type": "plain_text", "text": name}, "value": value}
                    for name, value in (("High", "1"), ("Low", "2"))
                ],
            },
        },
    ],
}
DONE: dict[str, Any] = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Thank you"},
    "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Noted."}}],
}
BUTTON: dict[str, Any] = {
    "type": "actions",
    "elements": [
        {"type": "button", "action_id": "take", "text": {"type": "plain_text", "text": "Take"}, "value": "7"}
    ],
}


@dataclass
class Seen:
    """What reached the app's listeners."""

    commands: list[dict[str, Any]] = field(default_factory=list)
    submissions: list[dict[str, Any]] = field(default_factory=list)
    clicks: list[dict[str, Any]] = field(default_factory=list)
    closed: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    shortcuts: list[dict[str, Any]] = field(default_factory=list)
    fail_mentions: int = 0


def build(slack: AsyncWebClient, seen: Seen) -> AsyncApp:
    app = AsyncApp(
        client=slack,
        signing_secret="secret-of-the-test",
        process_before_response=True,
        raise_error_for_unhandled_request=False,
    )

    @app.command("/incident")
    async def incident(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        seen.commands.append(body)
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)
        await ack()

    @app.command("/support")
    async def support(ack: Any, body: dict[str, Any], respond: Any) -> None:
        seen.commands.append(body)
        if body["text"] == "later":
            await ack()
            await respond("Here it is.")
        elif body["text"] == "open":
            await ack(response_type="in_channel", text="For all.")
        else:
            await ack(f"You said {body['text']}")

    @app.view("report")
    async def report(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        seen.submissions.append(body)
        title = body["view"]["state"]["values"]["title"]["text"]["value"]
        if title == "no":
            await ack(response_action="errors", errors={"title": "Say more."})
            return
        await client.chat_postMessage(
            channel="C1GEN",
            text=title,
            blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": title}}, BUTTON],
        )
        await ack(response_action="update", view=DONE)

    @app.view_closed("report")
    async def closed(ack: Any, body: dict[str, Any]) -> None:
        seen.closed.append(body)
        await ack()

    @app.action("take")
    async def take(ack: Any, body: dict[str, Any], respond: Any) -> None:
        seen.clicks.append(body)
        await ack()
        await respond(replace_original=True, text="Taken.")

    @app.event("app_mention")
    async def mention(body: dict[str, Any], request: AsyncBoltRequest, say: Any) -> None:
        seen.events.append({**body, "retry": request.headers.get("x-slack-retry-num")})
        if seen.fail_mentions:
            seen.fail_mentions -= 1
            raise RuntimeError("not now")
        await say("Hello.", thread_ts=body["event"]["ts"])

    @app.event("message")
    async def message(body: dict[str, Any]) -> None:
        seen.events.append(body)

    @app.shortcut("begin")
    async def begin(ack: Any, body: dict[str, Any]) -> None:
        seen.shortcuts.append(body)
        await ack()

    return app


@contextlib.asynccontextmanager
async def over_http(app: AsyncApp, box: sandbox.Box) -> AsyncIterator[None]:
    server = web.AppRunner(app.web_app(path="/slack/events", port=0))
    await server.setup()
    site = web.TCPSite(server, "127.0.0.1", 0)
    await site.start()
    port = server.addresses[0][1]
    await box.client.set_request_url(f"http://127.0.0.1:{port}")
    try:
        yield
    finally:
        await server.cleanup()


@contextlib.asynccontextmanager
async def over_socket(app: AsyncApp, box: sandbox.Box) -> AsyncIterator[None]:
    handler = AsyncSocketModeHandler(app, "xapp-test")
    await handler.connect_async()
    await box.client.wait_until(box.client.sockets)
    try:
        yield
    finally:
        await handler.close_async()


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture(params=["http", "socket"])
async def app(
    request: pytest.FixtureRequest, box: sandbox.Box, slack: AsyncWebClient, seen: Seen
) -> AsyncIterator[AsyncApp]:
    bolt = build(slack, seen)
    running = over_http if request.param == "http" else over_socket
    async with running(bolt, box):
        yield bolt


@pytest.mark.usefixtures("app")
async def test_command_modal_submit_update_button(box: sandbox.Box, seen: Seen) -> None:
    client = box.client
    assert (await client.command("ann", "town", "/incident", "API <down> @ben")).ok
    assert seen.commands[0]["text"] == "API &lt;down&gt; <@U1BEN|ben>"
    (view,) = await client.views("ann")

    kept = await client.submit("ann", view.id, {"text": ""})
    assert kept.error == "invalid_form"
    assert set(kept.errors) == {"title", "level"}
    assert not seen.submissions

    wrong = await client.submit("ann", view.id, {"text": "no", "choice": "2"})
    assert wrong.action == "errors"
    assert (await client.views("ann"))[0].errors == {"title": "Say more."}

    done = await client.submit("ann", view.id, {"text": "API is down"})
    assert done.action == "update"
    assert done.view is not None
    assert done.view["title"]["text"] == "Thank you"
    assert (
        seen.submissions[1]["view"]["state"]["values"]["level"]["choice"]["selected_option"]["value"] == "2"
    )

    posted = await client.wait_for("town", lambda one: one["text"] == "API is down")
    assert posted["bot_id"] == "B1BOT"
    clicked = await client.click("ben", "town", posted["ts"], "take")
    assert clicked.ok
    assert seen.clicks[0]["actions"][0]["value"] == "7"
    taken = await client.wait_for("town", lambda one: one["text"] == "Taken.")
    assert taken["ts"] == posted["ts"]


@pytest.mark.usefixtures("app")
async def test_answers_to_a_command(box: sandbox.Box, seen: Seen) -> None:
    client = box.client
    await client.command("ann", "town", "/support", "me")
    await client.wait_for("town", lambda one: one["text"] == "You said me", viewer="ann")
    assert not [one for one in await client.messages("town", viewer="ben") if one["text"] == "You said me"]
    await client.command("ann", "town", "/support", "open")
    assert [one["text"] for one in await client.messages("town", viewer="ben")] == ["For all."]
    await client.command("ann", "town", "/support", "later")
    late = await client.wait_for("town", lambda one: one["text"] == "Here it is.", viewer="ann")
    assert late["is_ephemeral"] is True


async def test_event_is_retried_until_taken(box: sandbox.Box, slack: AsyncWebClient, seen: Seen) -> None:
    seen.fail_mentions = 2
    async with over_http(build(slack, seen), box):
        ts = await box.client.say("ann", "town", "<@U1BOT> are you there?")
        await box.client.wait_until(box.client.retry_now)
        reply = await box.client.wait_for("town", lambda one: one["text"] == "Hello.", thread_ts=ts)
    assert reply["thread_ts"] == ts
    mentions = [one for one in seen.events if one["event"]["type"] == "app_mention"]
    assert len(mentions) == 3
    assert len({one["event_id"] for one in mentions}) == 1
    (sent,) = await box.client.dispatches("event", "app_mention")
    assert [one.retry_num for one in sent.attempts] == [0, 1, 2]
    assert [one.error is None for one in sent.attempts] == [False, False, True]


async def test_event_without_ack_comes_again_over_the_socket(world: dict[str, Any], seen: Seen) -> None:
    world["ack_s"] = 0.2
    seen.fail_mentions = 1
    async with sandbox.serve(world) as box:
        slack = AsyncWebClient("xoxb-test", base_url=box.api_url)
        async with over_socket(build(slack, seen), box):
            ts = await box.client.say("ann", "town", "<@U1BOT> are you there?")
            await box.client.wait_for("town", lambda one: one["text"] == "Hello.", thread_ts=ts)
    mentions = [one for one in seen.events if one["event"]["type"] == "app_mention"]
    assert len(mentions) >= 2
    assert len({one["event_id"] for one in mentions}) == 1


@pytest.mark.usefixtures("app")
async def test_redelivery_is_identical(box: sandbox.Box, seen: Seen) -> None:
    await box.client.command("ann", "town", "/incident")
    (view,) = await box.client.views("ann")
    done = await box.client.submit("ann", view.id, {"text": "twice", "choice": "1"})
    again = await box.client.redeliver(done.dispatch_id)
    assert again.ok
    assert seen.submissions[0] == seen.submissions[1]


@pytest.mark.usefixtures("app")
async def test_closing_and_shortcut(box: sandbox.Box, seen: Seen) -> None:
    await box.client.command("ann", "town", "/incident")
    (view,) = await box.client.views("ann")
    await box.client.close_view("ann", view.id)
    assert await box.client.views("ann") == []
    assert seen.closed[0]["view"]["id"] == view.id
    assert (await box.client.shortcut("ann", "begin")).ok
    assert seen.shortcuts[0]["user"]["id"] == "U1ANN"


async def test_event_of_a_time_without_connection(
    box: sandbox.Box, slack: AsyncWebClient, seen: Seen
) -> None:
    await box.client.say("ann", "town", "<@U1BOT> are you there?")
    await box.client.wait_until(box.client.retry_now)
    (missed,) = await box.client.dispatches("event", "app_mention")
    assert missed.attempts[0].error == "no_app"
    async with over_socket(build(slack, seen), box):
        await box.client.wait_until(box.client.retry_now)
        await box.client.wait_until(lambda: _delivered(box, "app_mention"))
    (mention,) = [one for one in seen.events if one["event"]["type"] == "app_mention"]
    assert mention["event_id"] == missed.payload["event_id"]


async def test_dropped_socket_comes_back(box: sandbox.Box, slack: AsyncWebClient, seen: Seen) -> None:
    async with over_socket(build(slack, seen), box):
        assert await box.client.drop_sockets() == 1
        await box.client.wait_until(box.client.sockets)
        assert (await box.client.command("ann", "town", "/support", "hi")).body == {"text": "You said hi"}
        assert await box.client.refresh_sockets() == 1
        await box.client.wait_until(lambda: _reopened(box, 3))
        assert (await box.client.command("ann", "town", "/support", "hi")).ok


async def _reopened(box: sandbox.Box, times: int) -> bool:
    opened = [one for one in (await box.client.changes(0)).changes if one.kind == "socket_open"]
    return len(opened) == times and await box.client.sockets() == 1


async def _delivered(box: sandbox.Box, type_: str) -> bool:
    return all(one.delivered for one in await box.client.dispatches("event", type_))
