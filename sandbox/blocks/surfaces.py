"""Blocks in their places: messages, modals and the Home tab."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import msgspec

from sandbox.blocks.elements import IMAGE, IN_ACTIONS, IN_INPUT, IN_SECTION
from sandbox.blocks.rules import Problems, Rule, anything, array, boolean, by_type, shape, string, text
from sandbox.errors import SlackError
from sandbox.messages import Json

MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
BLOCK_ID = string(255)
VIEW_BYTES = 250_000
METADATA_BYTES = 16_384


def _either(problems: Problems, block: Json, at: str) -> None:
    if block.get("text") is None and not block.get("fields"):
        problems.add("must define either `text` or `fields`", f"{at}/type")


def _unique_actions(problems: Problems, block: Json, at: str) -> None:
    seen: set[str] = set()
    for index, element in enumerate(block["elements"]):
        action_id = element.get("action_id")
        if action_id is not None and action_id in seen:
            problems.add(f"`action_id` {action_id} already exists", f"{at}/elements/{index}/action_id")
        seen.add(action_id)


def _pictured(problems: Problems, block: Json, at: str) -> None:
    if (block.get("image_url") is None) == (block.get("slack_file") is None):
        problems.add("must define either `image_url` or `slack_file`", at)


_KIND: dict[str, Rule] = {"type": anything}
_ID: dict[str, Rule] = {"block_id": BLOCK_ID}
_EVERYWHERE: dict[str, Rule] = {
    "section": shape(
        _KIND,
        {
            **_ID,
            "text": text(3000),
            "fields": array(text(2000), 10),
            "accessory": by_type(IN_SECTION),
            "expand": boolean,
        },
        _either,
    ),
    "header": shape({**_KIND, "text": text(150, plain=True)}, _ID),
    "divider": shape(_KIND, _ID),
    "context": shape(
        {
            **_KIND,
            "elements": array(by_type({"image": IMAGE, "plain_text": text(3000), "mrkdwn": text(3000)}), 10),
        },
        _ID,
    ),
    "actions": shape({**_KIND, "elements": array(by_type(IN_ACTIONS), 25)}, _ID, _unique_actions),
    "image": shape(
        {**_KIND, "alt_text": string(2000)},
        {**_ID, "image_url": string(3000), "slack_file": anything, "title": text(2000, plain=True)},
        _pictured,
    ),
    "rich_text": shape(
        {
            **_KIND,
            "elements": array(
                shape(
                    _KIND,
                    {
                        "elements": anything,
                        "style": anything,
                        "indent": anything,
                        "offset": anything,
                        "border": anything,
                    },
                ),
                200,
                0,
            ),
        },
        _ID,
    ),
    "video": shape(
        {
            **_KIND,
            "alt_text": string(2000),
            "title": text(200, plain=True),
            "thumbnail_url": string(3000),
            "video_url": string(3000),
        },
        {
            **_ID,
            "author_name": string(50),
            "description": text(200, plain=True),
            "provider_icon_url": string(3000),
            "provider_name": string(50),
            "title_url": string(3000),
        },
    ),
}
_INPUT = shape(
    {**_KIND, "label": text(2000, plain=True), "element": by_type(IN_INPUT)},
    {**_ID, "hint": text(2000, plain=True), "optional": boolean, "dispatch_action": boolean},
)
_ALLOWED: dict[str, Rule] = {
    "message": by_type(
        {**_EVERYWHERE, "markdown": shape({**_KIND, "text": string(12_000)}, _ID)},
    ),
    "modal": by_type({**_EVERYWHERE, "input": _INPUT}),
    "home": by_type({**_EVERYWHERE, "input": _INPUT}),
}
_VIEW_COMMON: dict[str, Rule] = {
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
}
_MODAL = shape(
    {**_KIND, "title": text(24, plain=True), "blocks": anything},
    {
        **_VIEW_COMMON,
        "submit": text(24, plain=True),
        "close": text(24, plain=True),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
)
_HOME = shape({**_KIND, "blocks": anything}, _VIEW_COMMON)


def _check(problems: Problems, blocks: Any, at: str) -> None:
    surface = problems.surface
    array(_ALLOWED[surface], MOST_BLOCKS[surface], 0)(problems, blocks, at)
    if not isinstance(blocks, list):
        return
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id") if isinstance(block, dict) else None
        if not isinstance(block_id, str):
            continue
        if block_id in seen:
            problems.add(f"`block_id` {block_id} already exists", f"{at}/{index}/block_id")
        seen.add(block_id)


def check_blocks(blocks: Any) -> list[Json]:
    """The blocks of a message, completed as Slack stores them (ids, text defaults).

    Raises SlackError: ``invalid_blocks_format`` unless it is a list, ``invalid_blocks`` with the reasons.
    """
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    problems = Problems("message")
    _check(problems, blocks, "/blocks")
    if problems.items:
        raise SlackError("invalid_blocks", problems.items)
    return [_completed(block) for block in blocks]


def check_view(view: Any, kinds: tuple[str, ...] = ("modal",)) -> Json:
    """A view, completed as Slack stores it; its ``type`` must be among ``kinds``.

    Raises SlackError ``invalid_arguments`` with the reasons, ``view_too_large`` above 250 kB.
    """
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments", ["must provide an object [json-pointer:/view]"])
    kind = view.get("type")
    if kind not in kinds:
        raise SlackError("invalid_arguments", [f"unsupported type: {kind} [json-pointer:/view/type]"])
    problems = Problems(str(kind))
    (_HOME if kind == "home" else _MODAL)(problems, view, "/view")
    if view.get("blocks") is not None:
        _check(problems, view["blocks"], "/view/blocks")
    if kind == "modal" and view.get("submit") is None and isinstance(view.get("blocks"), list):
        for index, block in enumerate(view["blocks"]):
            if isinstance(block, dict) and block.get("type") == "input":
                message = "must define `submit` to use an `input` block in modals"
                problems.add(message, f"/view/blocks/{index}/input")
                break
    if problems.items:
        raise SlackError("invalid_arguments", problems.items)
    if len(msgspec.json.encode(view)) > VIEW_BYTES:
        raise SlackError("view_too_large")
    return {**view, "blocks": [_completed(block) for block in view["blocks"]]}


def check_metadata(metadata: Any) -> Json | None:
    """Message metadata; None for an empty object, which removes it.

    Raises SlackError ``invalid_metadata_format``, or ``metadata_too_large`` above 16 kB.
    """
    if metadata == {} or metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise SlackError("invalid_metadata_format")
    event_type, payload = metadata.get("event_type"), metadata.get("event_payload")
    if (
        not isinstance(event_type, str)
        or not event_type
        or len(event_type) > 255
        or not isinstance(payload, dict)
    ):
        raise SlackError("invalid_metadata_format")
    if set(metadata) - {"event_type", "event_payload", "entities"}:
        raise SlackError("invalid_metadata_format")
    if len(msgspec.json.encode(payload)) > METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return {"event_type": event_type, "event_payload": payload}


def _new_id() -> str:
    return secrets.token_urlsafe(4)[:5]


def _completed(block: Json) -> Json:
    """A copy with what Slack adds: ids where there were none, ``emoji`` and ``verbatim`` of texts."""
    done: Json = _filled(block)
    if not done.get("block_id"):
        done["block_id"] = _new_id()
    for element in interactive(done):
        if not element.get("action_id"):
            element["action_id"] = _new_id()
    if done["type"] == "input":
        done.setdefault("optional", False)
        done.setdefault("dispatch_action", False)
    return done


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        done = {name: _filled(one) for name, one in value.items() if one is not None}
        if isinstance(done.get("text"), str):
            if done.get("type") == "plain_text":
                done.setdefault("emoji", True)
            elif done.get("type") == "mrkdwn":
                done.setdefault("verbatim", False)
        return done
    if isinstance(value, list):
        return [_filled(one) for one in value]
    return value


def interactive(block: Json) -> Iterator[Json]:
    """The elements of a block that people can use."""
    if block["type"] == "actions":
        yield from block["elements"]
    elif block["type"] == "section" and block.get("accessory", {}).get("type", "image") != "image":
        yield block["accessory"]
    elif block["type"] == "input":
        yield block["element"]
