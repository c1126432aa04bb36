"""What the app gets over the wire: signatures, content types, retries, response URLs, sockets in turn."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import msgspec
import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

import sandbox
from sandbox.dispatch import sign

Json = dict[str, Any]


class App:
    """An app that keeps what it gets; ``answers`` are played first to last, then 200."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[web.Response] = []

    async def handle(self, request: web.Request) -> web.Response:
        self.got.append(
            ({name.lower(): value for name, value in request.headers.items()}, await request.read())
        )
        return self.answers.pop(0) if self.answers else web.Response()

    @contextlib.asynccontextmanager
    async def serving(self, box: sandbox.Box, path: str = "/slack/events") -> AsyncIterator[str]:
        application = web.Application()
        application.router.add_post(path, self.handle)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        await box.client.set_request_url(base if path == "/slack/events" else base + path)
        try:
            yield base
        finally:
            await runner.cleanup()


async def settled(box: sandbox.Box) -> bool:
    """Whether each event was taken, or will not be tried again."""
    return not any(one.pending for one in await box.client.dispatches("event"))


def test_signature_is_the_documented_one() -> None:
    body, key = b"payload=x", b"s3cret"
    expected = "v0=" + hmac.new(key, b"v0:1531420618:payload=x", hashlib.sha256).hexdigest()
    assert sign("s3cret", "1531420618", body) == expected


async def test_every_kind_is_signed_and_typed(box: sandbox.Box, slack: AsyncWebClient) -> None:
    app = App()
    async with app.serving(box):
        await box.client.command("ann", "town", "/incident", "a b")
        await box.client.shortcut("ann", "begin")
        await box.client.say("ann", "town", "hello")
        await box.client.wait_until(lambda: settled(box))
    verifier = SignatureVerifier("secret-of-the-test")
    assert all(verifier.is_valid_request(body, headers) for headers, body in app.got)
    kinds = [headers["content-type"] for headers, _body in app.got]
    assert kinds == ["application/x-www-form-urlencoded"] * 2 + ["application/json"]
    command = {name: value[0] for name, value in parse_qs(app.got[0][1].decode()).items()}
    assert (command["command"], command["text"], command["user_name"]) == ("/incident", "a b", "ann")
    assert command["response_url"].startswith(box.url)
    shortcut = msgspec.json.decode(parse_qs(app.got[1][1].decode())["payload"][0])
    assert (shortcut["type"], shortcut["callback_id"]) == ("shortcut", "begin")
    event = msgspec.json.decode(app.got[2][1])
    assert (event["type"], event["event"]["text"]) == ("event_callback", "hello")


async def test_request_url_with_a_path_is_taken_as_it_is(box: sandbox.Box) -> None:
    app = App()
    async with app.serving(box, "/hook"):
        assert (await box.client.command("ann", "town", "/incident")).ok
    with pytest.raises(sandbox.Refused, match="http address"):
        await box.client.set_request_url("nowhere")


async def test_event_retries_carry_their_number_and_reason(world: Json) -> None:
    world["event_retry_s"] = [0, 0, 0]
    app = App()
    async with sandbox.serve(world) as box, app.serving(box):
        app.answers = [web.Response(status=500) for _ in range(9)]
        await box.client.say("ann", "town", "hello")
        await box.client.wait_until(lambda: settled(box))
        (event,) = await box.client.dispatches("event")
        assert [one.error for one in event.attempts] == ["http_error"] * 4
        assert await box.client.retry_now() == 0
    numbers = [headers.get("x-slack-retry-num") for headers, _body in app.got]
    assert numbers == [None, "1", "2", "3"]
    assert app.got[1][0]["x-slack-retry-reason"] == "http_error"
    assert len({body for _headers, body in app.got}) == 1


async def test_app_may_ask_for_no_retry(box: sandbox.Box) -> None:
    app = App()
    app.answers = [web.Response(status=500, headers={"X-Slack-No-Retry": "1"})]
    async with app.serving(box):
        await box.client.say("ann", "town", "hello")
        await box.client.wait_until(lambda: settled(box))
    assert len(app.got) == 1


async def test_commands_are_not_retried(box: sandbox.Box) -> None:
    app = App()
    app.answers = [web.Response(status=500)]
    async with app.serving(box):
        done = await box.client.command("ann", "town", "/incident")
        assert (done.ok, done.status, done.error) == (False, 500, "dispatch_failed")
        again = await box.client.redeliver(done.dispatch_id)
        assert again.ok
    assert app.got[0][1] == app.got[1][1]


async def test_wrong_answer_to_a_command(box: sandbox.Box) -> None:
    app = App()
    app.answers = [web.json_response({"text": "x", "blocks": [{"type": "carpet"}]})]
    async with app.serving(box):
        done = await box.client.command("ann", "town", "/incident")
    assert done.error == "invalid_command_response"
    assert await box.client.messages("town", viewer="ann") == []


async def post(url: str, body: Json) -> tuple[int, str]:
    """An app's post to a response URL."""
    async with aiohttp.ClientSession() as http, http.post(url, json=body) as answer:
        return answer.status, await answer.text()


async def test_response_url_serves_five_times(box: sandbox.Box, slack: AsyncWebClient) -> None:
    await box.client.command("ann", "outside", "/incident")
    url = (await box.client.dispatches("command"))[0].payload["response_url"]
    assert (await post(url, {"text": ""}))[0] == 400
    assert await post(url, {"text": "only you"}) == (200, "ok")
    assert await post(url, {"text": "all", "response_type": "in_channel"}) == (200, "ok")
    assert (await post(url, {"text": "x", "blocks": [{"type": "carpet"}]}))[0] == 400
    assert await post(url, {"text": "again"}) == (200, "ok")
    status, text = await post(url, {"text": "sixth"})
    assert status == 404
    assert "used_url" in text
    seen = await box.client.messages("outside", viewer="ann")
    assert [one["text"] for one in seen] == ["only you", "all", "again"]
    assert [one["text"] for one in await box.client.messages("outside")] == ["all"]
    assert (await post(f"{box.url}/response/nothing", {"text": "x"}))[0] == 404


async def test_response_url_replaces_and_deletes(box: sandbox.Box, slack: AsyncWebClient) -> None:
    button = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "A"}}
    blocks = [{"type": "actions", "elements": [button]}]
    ts = (await slack.chat_postMessage(channel="C1GEN", text="card", blocks=blocks))["ts"]
    await box.client.click("ann", "town", ts, "a")
    url = (await box.client.dispatches("interactive"))[0].payload["response_url"]
    await post(url, {"replace_original": True, "text": "changed"})
    (seen,) = await box.client.messages("town")
    assert (seen["ts"], seen["text"]) == (ts, "changed")
    await post(url, {"delete_original": True})
    assert await box.client.messages("town") == []


async def test_expired_response_url(world: Json) -> None:
    world["response_url_s"] = 1e-9
    async with sandbox.serve(world) as box:
        await box.client.command("ann", "town", "/incident")
        url = (await box.client.dispatches("command"))[0].payload["response_url"]
        status, text = await post(url, {"text": "late"})
        assert status == 404
        assert "expired_url" in text


async def test_sockets_share_the_load_and_come_first(box: sandbox.Box) -> None:
    got: list[list[SocketModeRequest]] = [[], []]
    clients: list[SocketModeClient] = []
    app = App()
    async with app.serving(box):
        for index in range(2):
            client = SocketModeClient("xapp-test", web_client=AsyncWebClient(base_url=box.api_url))

            async def take(
                source: AsyncBaseSocketModeClient, request: SocketModeRequest, index: int = index
            ) -> None:
                got[index].append(request)
                answer = {"text": "hello"} if request.type == "slash_commands" else None
                await source.send_socket_mode_response(SocketModeResponse(request.envelope_id, answer))

            client.socket_mode_request_listeners.append(take)  # type: ignore[arg-type]
            await client.connect()
            clients.append(client)

        async def both() -> bool:
            return await box.client.sockets() == 2

        await box.client.wait_until(both)
        for _ in range(4):
            done = await box.client.command("ann", "town", "/incident", "x")
            assert (done.ok, done.body) == (True, {"text": "hello"})
        await box.client.say("ann", "town", "hi")
        await box.client.wait_until(lambda: settled(box))
        for client in clients:
            await client.close()
    assert app.got == []
    assert [len([one for one in some if one.type == "slash_commands"]) for some in got] == [2, 2]
    (event,) = [one for some in got for one in some if one.type == "events_api"]
    assert event.payload["event"]["text"] == "hi"
    assert event.retry_attempt == 0


async def test_unacknowledged_socket_event_comes_again(world: Json) -> None:
    world["ack_s"] = 0.05
    got: list[SocketModeRequest] = []
    async with sandbox.serve(world) as box:
        client = SocketModeClient("xapp-test", web_client=AsyncWebClient(base_url=box.api_url))

        async def deaf(source: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
            got.append(request)
            if len(got) > 1:
                await source.send_socket_mode_response(SocketModeResponse(request.envelope_id))

        client.socket_mode_request_listeners.append(deaf)  # type: ignore[arg-type]
        await client.connect()
        await box.client.wait_until(box.client.sockets)
        await box.client.say("ann", "town", "hi")
        await box.client.wait_until(lambda: asyncio.sleep(0, len(got) > 1))
        await client.close()
    first, second = got[:2]
    assert first.payload["event_id"] == second.payload["event_id"]
    assert first.envelope_id != second.envelope_id
    assert (first.retry_attempt, second.retry_attempt) == (0, 1)


async def test_a_ticket_opens_one_socket(box: sandbox.Box) -> None:
    slack = AsyncWebClient(base_url=box.api_url)
    url = (await slack.apps_connections_open(app_token="xapp-test"))["url"]
    async with aiohttp.ClientSession() as http:
        async with http.ws_connect(url) as first:
            hello = await first.receive_json()
            assert (hello["type"], hello["num_connections"]) == ("hello", 1)
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await http.ws_connect(url)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(f"{box.url.replace('http', 'ws')}/link/?ticket=forged")
