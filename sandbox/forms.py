"""What people fill in: from a plain value to the state that Slack sends, and what its client refuses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sandbox.blocks.elements import all_options
from sandbox.blocks.surfaces import interactive
from sandbox.errors import Refused
from sandbox.messages import Json

State = dict[str, dict[str, Json]]

STATELESS = frozenset({"button", "overflow", "image"})
REQUIRED = "Please complete this required field."
TYPED = {
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "rich_text_input": "rich_text_value",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
}
LISTED = {
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "file_input": ("files", ""),
}
INITIAL = {
    "users_select": "initial_user",
    "channels_select": "initial_channel",
    "conversations_select": "initial_conversation",
    "datepicker": "initial_date",
    "timepicker": "initial_time",
    "datetimepicker": "initial_date_time",
}
ONE_OPTION = frozenset({"static_select", "external_select", "radio_buttons"})
MANY_OPTIONS = frozenset({"multi_static_select", "multi_external_select", "checkboxes"})


def fields(blocks: Iterable[Json]) -> Iterator[tuple[Json, Json]]:
    """Each block with an element that holds a value."""
    for block in blocks:
        for element in interactive(block):
            if element["type"] not in STATELESS:
                yield block, element


def initial(element: Json) -> Json:
    """The state of an element that nobody touched."""
    kind = element["type"]
    if kind in ONE_OPTION:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in MANY_OPTIONS:
        return {"type": kind, "selected_options": list(element.get("initial_options") or [])}
    if kind in LISTED:
        name, first = LISTED[kind]
        return {"type": kind, name: list(element.get(first) or [])}
    value = element.get(INITIAL.get(kind, "initial_value"))
    return {"type": kind, TYPED[kind]: None if value == "" else value}


def carried_over(blocks: Iterable[Json], before: State) -> State:
    """The state for new blocks: what was filled in stays where block, action and type are the same."""
    state: State = {}
    for block, element in fields(blocks):
        kept = before.get(block["block_id"], {}).get(element["action_id"])
        if kept is None or kept["type"] != element["type"]:
            kept = initial(element)
        state.setdefault(block["block_id"], {})[element["action_id"]] = kept
    return state


def option(element: Json, value: Any) -> Json:
    """The option with this value, or with this text. Raises Refused when the person is not offered it."""
    if isinstance(value, dict) and element["type"] in ("external_select", "multi_external_select"):
        return value
    offered = all_options(element)
    for one in offered:
        if one.get("value") == value or one["text"]["text"] == value:
            return one
    names = ", ".join(repr(one.get("value")) for one in offered)
    raise Refused(f"{element['action_id']}: no option {value!r}; there are {names or 'none'}")


def filled(element: Json, value: Any) -> Json:
    """The state of an element after a person entered a plain value (None or "" empties it).

    One option is its value, several are a list of values; True and False tick all checkboxes or none.
    """
    kind = element["type"]
    empty = value in (None, "", [])
    if kind in ONE_OPTION:
        return {"type": kind, "selected_option": None if empty else option(element, value)}
    if kind in MANY_OPTIONS:
        if isinstance(value, bool):
            value = [one["value"] for one in all_options(element)] if value else []
        values = [] if empty else value if isinstance(value, list) else [value]
        return {"type": kind, "selected_options": [option(element, one) for one in values]}
    if kind in LISTED:
        return {"type": kind, LISTED[kind][0]: [] if empty else value if isinstance(value, list) else [value]}
    if kind == "datetimepicker" and not empty and not isinstance(value, int):
        raise Refused(f"{element['action_id']}: a date and time is a whole number of unix seconds")
    if kind.endswith("_input") and kind != "rich_text_input" and not empty:
        value = str(value)
    return {"type": kind, TYPED[kind]: None if empty else value}


def fill(blocks: list[Json], state: State, values: Mapping[str, Any]) -> None:
    """Enter values, named by action id or block id. Raises Refused for one that the view does not have."""
    for name, value in values.items():
        found = [
            (block, element)
            for block, element in fields(blocks)
            if name in (element["action_id"], block["block_id"])
        ]
        if len(found) != 1:
            known = ", ".join(f"{b['block_id']}/{e['action_id']}" for b, e in fields(blocks))
            problem = "no field" if not found else "more than one field"
            raise Refused(f"{problem} {name!r} in the view; there are {known or 'none'}")
        block, element = found[0]
        state[block["block_id"]][element["action_id"]] = filled(element, value)


def _is_empty(value: Json) -> bool:
    return all(one in (None, "", []) for name, one in value.items() if name != "type")


def _number(element: Json, value: str) -> str | None:
    try:
        number = float(value)
    except ValueError:
        return "Please enter a number."
    if not element["is_decimal_allowed"] and number != int(number):
        return "Please enter a whole number."
    if element.get("min_value") is not None and number < float(element["min_value"]):
        return f"Please enter a number of at least {element['min_value']}."
    if element.get("max_value") is not None and number > float(element["max_value"]):
        return f"Please enter a number of at most {element['max_value']}."
    return None


def _objection(element: Json, value: Json) -> str | None:
    kind = element["type"]
    if kind == "plain_text_input":
        least, most = element.get("min_length") or 0, element.get("max_length") or 3000
        if len(value["value"]) < least:
            return f"Please enter at least {least} characters."
        if len(value["value"]) > most:
            return f"Please enter no more than {most} characters."
    if kind == "number_input":
        return _number(element, value["value"])
    if kind == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value["value"]):
        return "Please enter a valid email address."
    if kind == "url_text_input" and not re.match(r"https?://\S+$", value["value"]):
        return "Please enter a valid URL."
    many = next((one for name, one in value.items() if name != "type" and isinstance(one, list)), [])
    if element.get("max_selected_items") and len(many) > element["max_selected_items"]:
        return f"Please select no more than {element['max_selected_items']} items."
    return None


def objections(blocks: Iterable[Json], state: State) -> dict[str, str]:
    """What Slack's client says instead of submitting: block id to message; empty when all is well."""
    found: dict[str, str] = {}
    for block, element in fields(blocks):
        if block["type"] != "input":
            continue
        value = state[block["block_id"]][element["action_id"]]
        if _is_empty(value):
            if not block.get("optional"):
                found[block["block_id"]] = REQUIRED
        else:
            objection = _objection(element, value)
            if objection is not None:
                found[block["block_id"]] = objection
    return found
