"""Interactive elements and what they are made of: buttons, menus, inputs, options, confirmations."""

from __future__ import annotations

from typing import Any

from sandbox.blocks.rules import (
    Problems,
    Rule,
    anything,
    array,
    boolean,
    choice,
    integer,
    shape,
    string,
    text,
)

ACTION_ID = string(255)
PLACEHOLDER = text(150, plain=True)
DATE = string(10, 10)
FILTER = shape(
    {},
    {
        "include": array(choice("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
CONFIRM = shape(
    {
        "title": text(100, plain=True),
        "text": text(300),
        "confirm": text(30, plain=True),
        "deny": text(30, plain=True),
    },
    {"style": choice("primary", "danger")},
)


def _option(*, rich: bool, url: bool = False) -> Rule:
    more: dict[str, Rule] = {"description": text(75, plain=not rich)}
    if url:
        more["url"] = string(3000)
    return shape({"text": text(75, plain=not rich), "value": string(150)}, more)


OPTION = _option(rich=False)
RICH_OPTION = _option(rich=True)
GROUP = shape({"label": text(75, plain=True), "options": array(OPTION, 100)}, {})
DISPATCH_CONFIG = shape(
    {}, {"trigger_actions_on": array(choice("on_enter_pressed", "on_character_entered"), 2)}
)


def all_options(element: dict[str, Any]) -> list[dict[str, Any]]:
    """The options of an element, those of its groups too."""
    found = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        found.extend(group["options"])
    return found


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return (one["value"], one["text"]["text"]) == (other["value"], other["text"]["text"])


def _options(problems: Problems, element: dict[str, Any], at: str) -> None:
    """Values differ from each other; what is chosen at first is among the options."""
    options = all_options(element)
    if not options and element["type"] in ("static_select", "multi_static_select"):
        problems.add("must define either `options` or `option_groups`", at)
    if element.get("options") is not None and element.get("option_groups") is not None:
        problems.add("must define either `options` or `option_groups`, not both", at)
    chosen = [("initial_option", element["initial_option"])] if element.get("initial_option") else []
    for index, one in enumerate(element.get("initial_options") or []):
        chosen.append((f"initial_options/{index}", one))
    for name, one in chosen:
        if not any(_same(one, option) for option in options):
            problems.add("must exactly match one of the provided options", f"{at}/{name}")


def _lengths(problems: Problems, element: dict[str, Any], at: str) -> None:
    """Bounds agree with each other and with the initial value."""
    least, most = element.get("min_length") or 0, element.get("max_length") or 3000
    if least > most:
        problems.add("must be greater than or equal to min_length", f"{at}/max_length")
    value = element.get("initial_value")
    if value is not None and len(value) > most:
        problems.add(f"must be less than {most + 1} characters", f"{at}/initial_value")
    elif value and len(value) < least:
        problems.add(f"must be more than {least - 1} characters", f"{at}/initial_value")


def _number(problems: Problems, element: dict[str, Any], at: str) -> None:
    for name in ("initial_value", "min_value", "max_value"):
        value = element.get(name)
        if value is None:
            continue
        try:
            number = float(value)
        except ValueError:
            problems.add("must be a number", f"{at}/{name}")
            continue
        if not element["is_decimal_allowed"] and number != int(number):
            problems.add("must be an integer", f"{at}/{name}")


def _named(problems: Problems, element: dict[str, Any], at: str) -> None:
    if element.get("url") is None and element.get("action_id") == "":
        problems.add("must be more than 0 characters", f"{at}/action_id")


KIND: dict[str, Rule] = {"type": anything}
COMMON: dict[str, Rule] = {"action_id": ACTION_ID, "confirm": CONFIRM}
FOCUS: dict[str, Rule] = {"focus_on_load": boolean}
MENU: dict[str, Rule] = {**COMMON, **FOCUS, "placeholder": PLACEHOLDER}
MULTI: dict[str, Rule] = {**MENU, "max_selected_items": integer(1, 2**31)}
CHOICES: dict[str, Rule] = {"options": array(OPTION, 100), "option_groups": array(GROUP, 100)}
ID = string(30)
TYPED: dict[str, Rule] = {
    "action_id": ACTION_ID,
    "placeholder": PLACEHOLDER,
    "dispatch_action_config": DISPATCH_CONFIG,
    **FOCUS,
}
RESPONSE_URL: dict[str, Rule] = {"response_url_enabled": boolean}

BUTTON = shape(
    {**KIND, "text": text(75, plain=True)},
    {
        **COMMON,
        "url": string(3000),
        "value": string(2000, 0),
        "style": choice("primary", "danger"),
        "accessibility_label": string(75),
    },
    _named,
)
IMAGE = shape(
    {**KIND, "alt_text": string(2000)},
    {"image_url": string(3000), "slack_file": shape({}, {"id": ID, "url": string(3000)})},
)

MENUS: dict[str, Rule] = {
    "static_select": shape(KIND, {**MENU, **CHOICES, "initial_option": OPTION}, _options),
    "multi_static_select": shape(KIND, {**MULTI, **CHOICES, "initial_options": array(OPTION, 100)}, _options),
    "external_select": shape(KIND, {**MENU, "initial_option": OPTION, "min_query_length": integer(0, 2**31)}),
    "multi_external_select": shape(
        KIND, {**MULTI, "initial_options": array(OPTION, 100), "min_query_length": integer(0, 2**31)}
    ),
    "users_select": shape(KIND, {**MENU, "initial_user": ID}),
    "multi_users_select": shape(KIND, {**MULTI, "initial_users": array(ID, 100)}),
    "channels_select": shape(KIND, {**MENU, **RESPONSE_URL, "initial_channel": ID}),
    "multi_channels_select": shape(KIND, {**MULTI, "initial_channels": array(ID, 100)}),
    "conversations_select": shape(
        KIND,
        {
            **MENU,
            **RESPONSE_URL,
            "initial_conversation": ID,
            "default_to_current_conversation": boolean,
            "filter": FILTER,
        },
    ),
    "multi_conversations_select": shape(
        KIND,
        {
            **MULTI,
            "initial_conversations": array(ID, 100),
            "default_to_current_conversation": boolean,
            "filter": FILTER,
        },
    ),
    "radio_buttons": shape(
        {**KIND, "options": array(RICH_OPTION, 10)},
        {**COMMON, **FOCUS, "initial_option": RICH_OPTION},
        _options,
    ),
    "checkboxes": shape(
        {**KIND, "options": array(RICH_OPTION, 10)},
        {**COMMON, **FOCUS, "initial_options": array(RICH_OPTION, 10)},
        _options,
    ),
    "datepicker": shape(KIND, {**MENU, "initial_date": DATE}),
    "timepicker": shape(KIND, {**MENU, "initial_time": string(5, 5), "timezone": string(100)}),
    "datetimepicker": shape(
        KIND, {**COMMON, **FOCUS, "initial_date_time": integer(1_000_000_000, 9_999_999_999)}
    ),
}

TYPED_INPUTS: dict[str, Rule] = {
    "plain_text_input": shape(
        KIND,
        {
            **TYPED,
            "initial_value": string(3000, 0),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
        _lengths,
    ),
    "number_input": shape(
        {**KIND, "is_decimal_allowed": boolean},
        {**TYPED, "initial_value": string(100), "min_value": string(100), "max_value": string(100)},
        _number,
    ),
    "email_text_input": shape(KIND, {**TYPED, "initial_value": string(3000, 0)}),
    "url_text_input": shape(KIND, {**TYPED, "initial_value": string(3000, 0)}),
    "rich_text_input": shape(KIND, {**TYPED, "initial_value": anything}),
    "file_input": shape(
        KIND, {"action_id": ACTION_ID, "filetypes": array(string(20), 100), "max_files": integer(1, 10)}
    ),
}

OVERFLOW = shape({**KIND, "options": array(_option(rich=False, url=True), 5)}, dict(COMMON), _options)

IN_INPUT: dict[str, Rule] = {**MENUS, **TYPED_INPUTS}
IN_ACTIONS: dict[str, Rule] = {"button": BUTTON, "overflow": OVERFLOW, **MENUS}
IN_SECTION: dict[str, Rule] = {**IN_ACTIONS, "image": IMAGE}
