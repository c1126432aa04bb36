"""Block Kit's limits, each at its edge, in Slack's words."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.blocks import check_blocks, check_metadata, check_view
from sandbox.errors import SlackError

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(**more: Any) -> Json:
    return {"type": "section", "text": mrkdwn("x"), **more}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain("Go"), "action_id": "go", **more}


def option(value: str = "v", text: str = "t", **more: Any) -> Json:
    return {"text": plain(text), "value": value, **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def field(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("Label"), "element": {"action_id": "a", **element}, **more}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("T"), "submit": plain("Go"), "blocks": list(blocks), **more}


def select(*options: Json, **more: Any) -> Json:
    return {"type": "static_select", "action_id": "s", "options": list(options), **more}


CONFIRM: Json = {"title": plain("t"), "text": mrkdwn("x"), "confirm": plain("y"), "deny": plain("n")}

RIGHT_BLOCKS: list[tuple[str, list[Json]]] = [
    ("longest section", [section(text=mrkdwn("x" * 3000))]),
    ("fifty blocks", [{"type": "divider"}] * 50),
    ("ten fields", [{"type": "section", "fields": [mrkdwn("x" * 2000)] * 10}]),
    ("header", [{"type": "header", "text": plain("x" * 150)}]),
    ("button", [actions(button(text=plain("x" * 75), value="v" * 2000, style="danger", confirm=CONFIRM))]),
    ("overflow", [section(accessory={"type": "overflow", "options": [option(str(n)) for n in range(5)]})]),
    ("hundred options", [actions(select(*(option(str(n)) for n in range(100))))]),
    ("same action in two blocks", [actions(button()), actions(button())]),
    (
        "radio with mrkdwn",
        [actions({"type": "radio_buttons", "options": [{"text": mrkdwn("*b*"), "value": "1"}]})],
    ),
    ("context", [{"type": "context", "elements": [mrkdwn("x"), plain("y")]}]),
    ("image", [{"type": "image", "image_url": "https://x.example/a.png", "alt_text": "a"}]),
    ("markdown", [{"type": "markdown", "text": "**x**"}]),
    ("null means absent", [section(accessory=None, block_id=None)]),
]

WRONG_BLOCKS: list[tuple[str, list[Json], str]] = [
    (
        "section too long",
        [section(text=mrkdwn("x" * 3001))],
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    (
        "empty text",
        [section(text=mrkdwn(""))],
        "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
    ),
    (
        "neither text nor fields",
        [{"type": "section"}],
        "must define either `text` or `fields` [json-pointer:/blocks/0/type]",
    ),
    ("51 blocks", [{"type": "divider"}] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    (
        "11 fields",
        [{"type": "section", "fields": [mrkdwn("x")] * 11}],
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    (
        "field too long",
        [{"type": "section", "fields": [mrkdwn("x" * 2001)]}],
        "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
    ),
    (
        "header too long",
        [{"type": "header", "text": plain("x" * 151)}],
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    (
        "header in mrkdwn",
        [{"type": "header", "text": mrkdwn("x")}],
        "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
    ),
    (
        "button too long",
        [actions(button(text=plain("x" * 76)))],
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    ),
    (
        "button in mrkdwn",
        [actions(button(text=mrkdwn("x")))],
        "unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/text/type]",
    ),
    (
        "value too long",
        [actions(button(value="x" * 2001))],
        "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ),
    (
        "action id too long",
        [actions(button(action_id="x" * 256))],
        "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
    ),
    (
        "unknown style",
        [actions(button(style="loud"))],
        "must be a valid enum value; expected one of primary, danger [json-pointer:/blocks/0/elements/0/style]",
    ),
    (
        "unknown field",
        [actions(button(disabled=True))],
        "invalid additional property: disabled [json-pointer:/blocks/0/elements/0]",
    ),
    (
        "26 elements",
        [actions(*(button(action_id=str(n)) for n in range(26)))],
        "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    ),
    ("no elements", [actions()], "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
    (
        "same action twice",
        [actions(button(), button())],
        "`action_id` go already exists [json-pointer:/blocks/0/elements/1/action_id]",
    ),
    (
        "same block id",
        [section(block_id="b"), section(block_id="b")],
        "`block_id` b already exists [json-pointer:/blocks/1/block_id]",
    ),
    (
        "101 options",
        [actions(select(*(option(str(n)) for n in range(101))))],
        "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    (
        "option too long",
        [actions(select(option(text="x" * 76)))],
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]",
    ),
    (
        "option value too long",
        [actions(select(option("x" * 151)))],
        "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]",
    ),
    (
        "foreign initial option",
        [actions(select(option("1"), initial_option=option("2")))],
        "must exactly match one of the provided options [json-pointer:/blocks/0/elements/0/initial_option]",
    ),
    (
        "six overflow options",
        [section(accessory={"type": "overflow", "options": [option(str(n)) for n in range(6)]})],
        "no more than 5 items allowed [json-pointer:/blocks/0/accessory/options]",
    ),
    (
        "eleven radio buttons",
        [actions({"type": "radio_buttons", "options": [option(str(n)) for n in range(11)]})],
        "no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    (
        "eleven context elements",
        [{"type": "context", "elements": [mrkdwn("x")] * 11}],
        "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
    ),
    (
        "confirm too long",
        [actions(button(confirm={**CONFIRM, "title": plain("x" * 101)}))],
        "must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]",
    ),
    ("unknown block", [{"type": "carpet"}], "unsupported type: carpet [json-pointer:/blocks/0/type]"),
    (
        "unknown element",
        [actions({"type": "lever"})],
        "unsupported type: lever [json-pointer:/blocks/0/elements/0/type]",
    ),
    (
        "input in a message",
        [field({"type": "plain_text_input"})],
        "unsupported type: input [json-pointer:/blocks/0/type]",
    ),
    (
        "no alt text",
        [{"type": "image", "image_url": "https://x.example"}],
        "missing required field: alt_text [json-pointer:/blocks/0]",
    ),
    (
        "emoji on mrkdwn",
        [section(text={**mrkdwn("x"), "emoji": True})],
        "invalid additional property: emoji [json-pointer:/blocks/0/text]",
    ),
]

TEXT: Json = {"type": "plain_text_input"}
WRONG_VIEWS: list[tuple[str, Json, str]] = [
    (
        "title too long",
        modal(title=plain("x" * 25)),
        "must be less than 25 characters [json-pointer:/view/title/text]",
    ),
    (
        "submit too long",
        modal(submit=plain("x" * 25)),
        "must be less than 25 characters [json-pointer:/view/submit/text]",
    ),
    (
        "close too long",
        modal(close=plain("x" * 25)),
        "must be less than 25 characters [json-pointer:/view/close/text]",
    ),
    ("no title", {"type": "modal", "blocks": []}, "missing required field: title [json-pointer:/view]"),
    (
        "no blocks",
        {"type": "modal", "title": plain("T")},
        "missing required field: blocks [json-pointer:/view]",
    ),
    (
        "101 blocks",
        modal(*[{"type": "divider"}] * 101),
        "no more than 100 items allowed [json-pointer:/view/blocks]",
    ),
    (
        "metadata too long",
        modal(private_metadata="x" * 3001),
        "must be less than 3001 characters [json-pointer:/view/private_metadata]",
    ),
    (
        "callback id too long",
        modal(callback_id="x" * 256),
        "must be less than 256 characters [json-pointer:/view/callback_id]",
    ),
    (
        "input without submit",
        {"type": "modal", "title": plain("T"), "blocks": [section(), field(TEXT)]},
        "must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/1/input]",
    ),
    (
        "label too long",
        modal(field(TEXT, label=plain("x" * 2001))),
        "must be less than 2001 characters [json-pointer:/view/blocks/0/label/text]",
    ),
    (
        "hint in mrkdwn",
        modal(field(TEXT, hint=mrkdwn("x"))),
        "unsupported type: mrkdwn [json-pointer:/view/blocks/0/hint/type]",
    ),
    (
        "placeholder too long",
        modal(field({**TEXT, "placeholder": plain("x" * 151)})),
        "must be less than 151 characters [json-pointer:/view/blocks/0/element/placeholder/text]",
    ),
    (
        "max length too high",
        modal(field({**TEXT, "max_length": 3001})),
        "must be less than 3001 [json-pointer:/view/blocks/0/element/max_length]",
    ),
    (
        "initial value too long",
        modal(field({**TEXT, "max_length": 3, "initial_value": "four"})),
        "must be less than 4 characters [json-pointer:/view/blocks/0/element/initial_value]",
    ),
    (
        "bounds crossed",
        modal(field({**TEXT, "min_length": 5, "max_length": 3})),
        "must be greater than or equal to min_length [json-pointer:/view/blocks/0/element/max_length]",
    ),
    (
        "button in an input",
        modal(field(button())),
        "unsupported type: button [json-pointer:/view/blocks/0/element/type]",
    ),
    (
        "unknown field of a view",
        modal(color="red"),
        "invalid additional property: color [json-pointer:/view]",
    ),
    (
        "markdown in a modal",
        modal({"type": "markdown", "text": "x"}),
        "unsupported type: markdown [json-pointer:/view/blocks/0/type]",
    ),
    (
        "home in place of a modal",
        {"type": "home", "blocks": []},
        "unsupported type: home [json-pointer:/view/type]",
    ),
]


SHAPES: list[tuple[str, list[Any], str]] = [
    ("not an object", ["x"], "must provide an object [json-pointer:/blocks/0]"),
    ("no type", [{}], "missing required field: type [json-pointer:/blocks/0]"),
    (
        "text not an object",
        [{"type": "section", "text": "x"}],
        "must provide an object [json-pointer:/blocks/0/text]",
    ),
    (
        "text without type",
        [{"type": "section", "text": {"text": "x"}}],
        "missing required field: type [json-pointer:/blocks/0/text/type]",
    ),
    (
        "text without text",
        [{"type": "section", "text": {"type": "mrkdwn"}}],
        "missing required field: text [json-pointer:/blocks/0/text]",
    ),
    (
        "text not a string",
        [section(text={"type": "mrkdwn", "text": 7})],
        "must be a string [json-pointer:/blocks/0/text/text]",
    ),
    (
        "flag not a boolean",
        [section(text={**plain("x"), "emoji": 1})],
        "must be a boolean [json-pointer:/blocks/0/text/emoji]",
    ),
    (
        "elements not a list",
        [{"type": "actions", "elements": {}}],
        "must be an array [json-pointer:/blocks/0/elements]",
    ),
    (
        "no options",
        [actions({"type": "static_select", "action_id": "s"})],
        "must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]",
    ),
    (
        "two addresses of a picture",
        [{"type": "image", "alt_text": "a"}],
        "must define either `image_url` or `slack_file` [json-pointer:/blocks/0]",
    ),
    (
        "empty action id",
        [actions(button(action_id=""))],
        "must be more than 0 characters [json-pointer:/blocks/0/elements/0/action_id]",
    ),
]


@pytest.mark.parametrize(("blocks", "problem"), [row[1:] for row in SHAPES], ids=[row[0] for row in SHAPES])
def test_wrong_shapes(blocks: list[Any], problem: str) -> None:
    with pytest.raises(SlackError) as raised:
        check_blocks(blocks)
    assert problem in raised.value.messages


def test_blocks_are_a_list() -> None:
    with pytest.raises(SlackError, match="invalid_blocks_format"):
        check_blocks({"type": "divider"})


def test_numbers_of_inputs() -> None:
    number = {"type": "number_input", "is_decimal_allowed": False, "initial_value": "1.5", "max_value": "x"}
    with pytest.raises(SlackError) as raised:
        check_view(
            modal(field(number), field({"type": "plain_text_input", "max_length": True}, block_id="b"))
        )
    assert raised.value.messages == [
        "must be an integer [json-pointer:/view/blocks/0/element/initial_value]",
        "must be a number [json-pointer:/view/blocks/0/element/max_value]",
        "must be an integer [json-pointer:/view/blocks/1/element/max_length]",
    ]


@pytest.mark.parametrize("blocks", [row[1] for row in RIGHT_BLOCKS], ids=[row[0] for row in RIGHT_BLOCKS])
def test_right_blocks(blocks: list[Json]) -> None:
    done = check_blocks(blocks)
    assert len(done) == len(blocks)
    assert len({block["block_id"] for block in done}) == len(blocks)


@pytest.mark.parametrize(
    ("blocks", "problem"), [row[1:] for row in WRONG_BLOCKS], ids=[row[0] for row in WRONG_BLOCKS]
)
def test_wrong_blocks(blocks: list[Json], problem: str) -> None:
    with pytest.raises(SlackError) as raised:
        check_blocks(blocks)
    assert raised.value.error == "invalid_blocks"
    assert f"[ERROR] {problem}" in raised.value.body()["response_metadata"]["messages"]


@pytest.mark.parametrize(
    ("view", "problem"), [row[1:] for row in WRONG_VIEWS], ids=[row[0] for row in WRONG_VIEWS]
)
def test_wrong_views(view: Json, problem: str) -> None:
    with pytest.raises(SlackError) as raised:
        check_view(view)
    assert raised.value.error == "invalid_arguments"
    assert f"[ERROR] {problem}" in raised.value.body()["response_metadata"]["messages"]


def test_text_reports_the_schema_first() -> None:
    with pytest.raises(SlackError) as raised:
        check_blocks([section(text=mrkdwn("x" * 3001))])
    assert raised.value.messages == [
        "failed to match all allowed schemas [json-pointer:/blocks/0/text]",
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ]


def test_every_input_type_is_known() -> None:
    kinds: list[Json] = [
        {"type": "plain_text_input", "multiline": True, "max_length": 3000},
        {"type": "number_input", "is_decimal_allowed": False, "min_value": "1"},
        {"type": "email_text_input"},
        {"type": "url_text_input"},
        {"type": "rich_text_input"},
        {"type": "static_select", "options": [option()], "initial_option": option()},
        {"type": "multi_static_select", "option_groups": [{"label": plain("g"), "options": [option()]}]},
        {"type": "external_select", "min_query_length": 0},
        {"type": "users_select", "initial_user": "U1"},
        {"type": "multi_users_select", "max_selected_items": 2},
        {"type": "conversations_select", "default_to_current_conversation": True},
        {"type": "channels_select"},
        {"type": "radio_buttons", "options": [option(description=plain("d"))]},
        {"type": "checkboxes", "options": [option()], "initial_options": [option()]},
        {"type": "datepicker", "initial_date": "2026-10-01"},
        {"type": "timepicker", "initial_time": "09:00"},
        {"type": "datetimepicker", "initial_date_time": 1_800_000_000},
        {"type": "file_input", "max_files": 1},
    ]
    done = check_view(modal(*(field({**kind, "action_id": kind["type"]}) for kind in kinds)))
    assert len(done["blocks"]) == len(kinds)


def test_a_view_has_a_size() -> None:
    options = [option(str(n) * 50, "t" * 75) for n in range(100)]
    with pytest.raises(SlackError, match="view_too_large"):
        check_view(modal(*(field(select(*options, action_id=str(n))) for n in range(99))))


@pytest.mark.parametrize(
    "metadata",
    [
        "x",
        [],
        {"event_type": "a"},
        {"event_type": "", "event_payload": {}},
        {"event_type": "a", "event_payload": "x"},
    ],
)
def test_wrong_metadata(metadata: Any) -> None:
    with pytest.raises(SlackError, match="invalid_metadata_format"):
        check_metadata(metadata)


def test_empty_metadata_removes() -> None:
    assert check_metadata({}) is None
