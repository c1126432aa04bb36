"""Modals: triggers, stacks, hashes, state, and what an app's answer does to them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

import sandbox

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def field(name: str, element: Json, **more: Any) -> Json:
    return {
        "type": "input",
        "block_id": name,
        "label": plain(name),
        "element": {"action_id": f"{name}_in", **element},
        **more,
    }


def modal(*blocks: Json, title: str = "T", **more: Any) -> Json:
    return {"type": "modal", "title": plain(title), "submit": plain("Go"), "blocks": list(blocks), **more}


TEXT = field("words", {"type": "plain_text_input", "min_length": 2, "max_length": 5})
OPTIONS = [{"text": plain(name), "value": name.lower()} for name in ("Red", "Green", "Blue")]


@contextlib.asynccontextmanager
async def app(box: sandbox.Box, answers: dict[str, Any]) -> AsyncIterator[list[Json]]:
    """An app that answers each interaction by its type; what it got."""
    got: list[Json] = []

    async def handle(request: web.Request) -> web.Response:
        form = await request.post()
        payload = msgspec.json.decode(str(form["payload"])) if "payload" in form else dict(form)
        got.append(payload)
        answer = answers.get(payload.get("type", "command"))
        if isinstance(answer, int):
            return web.Response(status=answer)
        return web.json_response(answer) if answer is not None else web.Response()

    application = web.Application()
    application.router.add_post("/slack/events", handle)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await box.client.set_request_url(f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        yield got
    finally:
        await runner.cleanup()


async def opened(box: sandbox.Box, slack: AsyncWebClient, view: Json, user: str = "ann") -> Json:
    """A modal, opened by a command."""
    done = await box.client.command(user, "town", "/incident")
    return dict((await slack.views_open(trigger_id=str(done.trigger_id), view=view))["view"])


async def refusal(call: Any) -> str:
    """The error string of a call that must fail."""
    with pytest.raises(SlackApiError) as raised:
        await call
    return str(raised.value.response["error"])


async def test_triggers(world: Json, box: sandbox.Box, slack: AsyncWebClient) -> None:
    view = modal(TEXT)
    assert await refusal(slack.views_open(trigger_id="1.2.x", view=view)) == "invalid_trigger_id"
    trigger = str((await box.client.command("ann", "town", "/incident")).trigger_id)
    wrong = {**view, "title": plain("x" * 25)}
    assert await refusal(slack.views_open(trigger_id=trigger, view=wrong)) == "invalid_arguments"
    await slack.views_open(trigger_id=trigger, view=view)
    assert await refusal(slack.views_open(trigger_id=trigger, view=view)) == "exchanged_trigger_id"
    world["trigger_s"] = 1e-9
    async with sandbox.serve(world) as quick:
        late = str((await quick.client.command("ann", "town", "/incident")).trigger_id)
        other = AsyncWebClient("xoxb-test", base_url=quick.api_url)
        assert await refusal(other.views_open(trigger_id=late, view=view)) == "expired_trigger_id"


async def test_update_by_either_id_and_hash(box: sandbox.Box, slack: AsyncWebClient) -> None:
    view = await opened(box, slack, modal(TEXT, external_id="one"))
    await slack.views_update(
        view_id=view["id"], hash=view["hash"], view=modal(TEXT, title="A", external_id="one")
    )
    conflict = slack.views_update(view_id=view["id"], hash=view["hash"], view=modal(TEXT))
    assert await refusal(conflict) == "hash_conflict"
    await slack.views_update(external_id="one", view=modal(TEXT, title="B", external_id="one"))
    (seen,) = await box.client.views("ann")
    assert seen.view["title"]["text"] == "B"
    assert await refusal(slack.views_update(view_id="V404", view=modal(TEXT))) == "not_found"
    trigger = str((await box.client.command("ben", "town", "/incident")).trigger_id)
    duplicate = slack.views_open(trigger_id=trigger, view=modal(TEXT, external_id="one"))
    assert await refusal(duplicate) == "duplicate_external_id"


async def test_three_views_are_the_limit(box: sandbox.Box, slack: AsyncWebClient) -> None:
    first = await opened(box, slack, modal(title="1"))
    for title in ("2", "3"):
        trigger = str((await box.client.command("ann", "town", "/incident")).trigger_id)
        pushed = await slack.views_push(trigger_id=trigger, view=modal(title=title))
        assert pushed["view"]["root_view_id"] == first["id"]
    trigger = str((await box.client.command("ann", "town", "/incident")).trigger_id)
    assert await refusal(slack.views_push(trigger_id=trigger, view=modal())) == "push_limit_reached"
    stack = await box.client.views("ann")
    assert [one.view["title"]["text"] for one in stack] == ["1", "2", "3"]
    with pytest.raises(sandbox.Refused, match="not on top"):
        await box.client.submit("ann", first["id"], {})
    await box.client.close_view("ann", stack[-1].id)
    assert len(await box.client.views("ann")) == 2
    await box.client.close_view("ann", stack[0].id, clear=True)
    assert await box.client.views("ann") == []


async def test_state_of_every_kind(box: sandbox.Box, slack: AsyncWebClient) -> None:
    kinds: dict[str, tuple[Json, Any, Json]] = {
        "text": ({"type": "plain_text_input"}, "a <b>", {"value": "a <b>"}),
        "number": ({"type": "number_input", "is_decimal_allowed": False}, 3, {"value": "3"}),
        "mail": ({"type": "email_text_input"}, "a@b.example", {"value": "a@b.example"}),
        "link": ({"type": "url_text_input"}, "https://x.example", {"value": "https://x.example"}),
        "pick": ({"type": "static_select", "options": OPTIONS}, "red", {"selected_option": "red"}),
        "radio": ({"type": "radio_buttons", "options": OPTIONS}, "Blue", {"selected_option": "blue"}),
        "boxes": (
            {"type": "checkboxes", "options": OPTIONS},
            ["red", "blue"],
            {"selected_options": ["red", "blue"]},
        ),
        "tick": ({"type": "checkboxes", "options": OPTIONS[:1]}, True, {"selected_options": ["red"]}),
        "many": (
            {"type": "multi_static_select", "options": OPTIONS},
            ["green"],
            {"selected_options": ["green"]},
        ),
        "who": ({"type": "users_select"}, "U1BEN", {"selected_user": "U1BEN"}),
        "all": ({"type": "multi_users_select"}, ["U1BEN"], {"selected_users": ["U1BEN"]}),
        "where": ({"type": "conversations_select"}, "C1GEN", {"selected_conversation": "C1GEN"}),
        "room": ({"type": "channels_select"}, "C1GEN", {"selected_channel": "C1GEN"}),
        "day": ({"type": "datepicker"}, "2026-10-01", {"selected_date": "2026-10-01"}),
        "time": ({"type": "timepicker"}, "09:30", {"selected_time": "09:30"}),
        "moment": ({"type": "datetimepicker"}, 1_800_000_000, {"selected_date_time": 1_800_000_000}),
    }
    async with app(box, {}) as got:
        view = await opened(box, slack, modal(*(field(name, kind[0]) for name, kind in kinds.items())))
        done = await box.client.submit("ann", view["id"], {name: kind[1] for name, kind in kinds.items()})
        assert done.action == "close"
        values = got[-1]["view"]["state"]["values"]
    for name, (element, _value, expected) in kinds.items():
        found = values[name][f"{name}_in"]
        assert found.pop("type") == element["type"]
        for key, one in found.items():
            if key == "selected_option":
                found[key] = one["value"]
            elif key == "selected_options":
                found[key] = [option["value"] for option in one]
        assert found == expected


async def test_untouched_fields_send_their_initial_values(box: sandbox.Box, slack: AsyncWebClient) -> None:
    view = modal(
        field("a", {"type": "plain_text_input", "initial_value": "before"}),
        field("b", {"type": "static_select", "options": OPTIONS, "initial_option": OPTIONS[1]}),
        field("c", {"type": "plain_text_input"}, optional=True),
    )
    async with app(box, {}) as got:
        shown = await opened(box, slack, view)
        await box.client.submit("ann", shown["id"])
        values = got[-1]["view"]["state"]["values"]
    assert values["a"]["a_in"]["value"] == "before"
    assert values["b"]["b_in"]["selected_option"]["value"] == "green"
    assert values["c"]["c_in"]["value"] is None


@pytest.mark.parametrize(
    ("element", "value", "message"),
    [
        ({"type": "plain_text_input"}, "", "complete this required field"),
        ({"type": "plain_text_input", "min_length": 3}, "ab", "at least 3"),
        ({"type": "plain_text_input", "max_length": 3}, "abcd", "no more than 3"),
        ({"type": "plain_text_input"}, "x" * 3001, "no more than 3000"),
        ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "whole number"),
        ({"type": "number_input", "is_decimal_allowed": True, "max_value": "5"}, "6", "at most 5"),
        ({"type": "email_text_input"}, "nobody", "valid email"),
        ({"type": "url_text_input"}, "x.example", "valid URL"),
        ({"type": "checkboxes", "options": OPTIONS}, [], "complete this required field"),
        ({"type": "multi_users_select", "max_selected_items": 1}, ["U1ANN", "U1BEN"], "no more than 1"),
    ],
)
async def test_what_the_client_keeps(
    box: sandbox.Box, slack: AsyncWebClient, element: Json, value: Any, message: str
) -> None:
    async with app(box, {}) as got:
        view = await opened(box, slack, modal(field("one", element)))
        done = await box.client.submit("ann", view["id"], {"one": value})
        assert [one for one in got if one.get("type") == "view_submission"] == []
    assert done.error == "invalid_form"
    assert message in done.errors["one"]
    (seen,) = await box.client.views("ann")
    assert seen.errors == done.errors


ANSWERS: list[tuple[str, Any, str | None, list[str]]] = [
    ("close", None, "close", ["1"]),
    ("clear", {"response_action": "clear"}, "clear", []),
    ("update", {"response_action": "update", "view": modal(title="New")}, "update", ["1", "New"]),
    ("push", {"response_action": "push", "view": modal(title="New")}, "push", ["1", "2", "New"]),
    ("errors", {"response_action": "errors", "errors": {"words": "No."}}, "errors", ["1", "2"]),
    ("errors elsewhere", {"response_action": "errors", "errors": {"other": "No."}}, None, ["1", "2"]),
    ("wrong view", {"response_action": "update", "view": {"type": "modal"}}, None, ["1", "2"]),
    ("unknown action", {"response_action": "dance"}, None, ["1", "2"]),
    ("failure", 500, None, ["1", "2"]),
]


@pytest.mark.parametrize(
    ("answer", "action", "titles"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS]
)
async def test_answers(
    box: sandbox.Box, slack: AsyncWebClient, answer: Any, action: str | None, titles: list[str]
) -> None:
    async with app(box, {"view_submission": answer}):
        await opened(box, slack, modal(title="1"))
        trigger = str((await box.client.command("ann", "town", "/incident")).trigger_id)
        view = (await slack.views_push(trigger_id=trigger, view=modal(TEXT, title="2")))["view"]
        done = await box.client.submit("ann", view["id"], {"words": "abc"})
    assert done.action == action
    stack = await box.client.views("ann")
    assert [one.view["title"]["text"] for one in stack] == titles
    if action is None:
        assert done.ok is False
        assert done.shown == stack[-1].trouble == "We had some trouble connecting. Try again?"
        assert stack[-1].view["state"]["values"]["words"]["words_in"]["value"] == "abc"


async def test_late_answer_leaves_the_form(world: Json) -> None:
    world["ack_s"] = 0.05

    async def never(reader: Any, writer: Any) -> None:
        await reader.read()
        writer.close()

    async with sandbox.serve(world) as box:
        slack = AsyncWebClient("xoxb-test", base_url=box.api_url)
        view = await opened(box, slack, modal(TEXT))
        deaf = await asyncio.start_server(never, "127.0.0.1", 0)
        await box.client.set_request_url(f"http://127.0.0.1:{deaf.sockets[0].getsockname()[1]}")
        done = await box.client.submit("ann", view["id"], {"words": "abc"})
        assert (done.ok, done.error) == (False, "operation_timeout")
        assert (await box.client.views("ann"))[0].trouble is not None
        command = await box.client.command("ann", "town", "/incident")
        assert command.shown == "/incident failed with the error “operation_timeout”"
        deaf.close()


async def test_typing_survives_an_update(box: sandbox.Box, slack: AsyncWebClient) -> None:
    switch = {
        "type": "actions",
        "block_id": "row",
        "elements": [{"type": "static_select", "action_id": "colour", "options": OPTIONS}],
    }
    async with app(box, {}) as got:
        view = await opened(box, slack, modal(TEXT, switch))
        await box.client.click_view(
            "ann", view["id"], "colour", selected_option="red", values={"words": "abc"}
        )
        assert got[-1]["view"]["state"]["values"]["words"]["words_in"]["value"] == "abc"
        assert got[-1]["view"]["state"]["values"]["row"]["colour"]["selected_option"]["value"] == "red"
        await slack.views_update(view_id=view["id"], view=modal(TEXT, title="after"))
        await box.client.submit("ann", view["id"])
        assert got[-1]["view"]["state"]["values"] == {
            "words": {"words_in": {"type": "plain_text_input", "value": "abc"}}
        }


async def test_external_options(box: sandbox.Box, slack: AsyncWebClient) -> None:
    async with app(box, {"block_suggestion": {"options": OPTIONS}}) as got:
        view = await opened(box, slack, modal(field("seek", {"type": "external_select"})))
        found = await box.client.options("ann", "seek_in", "r", view_id=view["id"])
        assert [one["value"] for one in found] == ["red", "green", "blue"]
        assert got[-1]["value"] == "r"
        await box.client.submit("ann", view["id"], {"seek": found[0]})
        assert got[-1]["view"]["state"]["values"]["seek"]["seek_in"]["selected_option"] == found[0]


async def test_fields_are_named_exactly(box: sandbox.Box, slack: AsyncWebClient) -> None:
    view = await opened(box, slack, modal(TEXT, field("pick", {"type": "static_select", "options": OPTIONS})))
    with pytest.raises(sandbox.Refused, match="no field 'other'"):
        await box.client.submit("ann", view["id"], {"other": "x"})
    with pytest.raises(sandbox.Refused, match="no option 'pink'"):
        await box.client.submit("ann", view["id"], {"pick": "pink"})
    with pytest.raises(sandbox.Refused, match="has no view"):
        await box.client.submit("ben", view["id"], {})


async def test_home_is_replaced_by_hash(slack: AsyncWebClient) -> None:
    home = {"type": "home", "blocks": []}
    first = (await slack.views_publish(user_id="U1ANN", view=home))["view"]
    second = (await slack.views_publish(user_id="U1ANN", view=home, hash=first["hash"]))["view"]
    assert second["id"] == first["id"]
    assert (
        await refusal(slack.views_publish(user_id="U1ANN", view=home, hash=first["hash"])) == "hash_conflict"
    )
    assert await refusal(slack.views_publish(user_id="U2CAT", view=home)) == "user_not_found"
