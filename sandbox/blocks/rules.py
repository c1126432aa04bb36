"""The vocabulary in which the shapes of blocks are written: a rule takes a value and notes what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class Problems:
    """What is wrong, in Slack's words, each with the JSON pointer of the place."""

    __slots__ = ("items", "surface")

    def __init__(self, surface: str) -> None:
        self.items: list[str] = []
        self.surface = surface

    def add(self, message: str, at: str) -> None:
        """Note one problem."""
        self.items.append(f"{message} [json-pointer:{at}]")


Rule = Callable[[Problems, Any, str], None]
After = Callable[[Problems, dict[str, Any], str], None]


def string(longest: int, shortest: int = 1) -> Rule:
    """A string with so many characters, both bounds included."""

    def rule(problems: Problems, value: Any, at: str) -> None:
        if not isinstance(value, str):
            problems.add("must be a string", at)
        elif len(value) > longest:
            problems.add(f"must be less than {longest + 1} characters", at)
        elif len(value) < shortest:
            problems.add(f"must be more than {shortest - 1} characters", at)

    return rule


def boolean(problems: Problems, value: Any, at: str) -> None:
    """True or false, nothing that looks like it."""
    if not isinstance(value, bool):
        problems.add("must be a boolean", at)


def integer(least: int, most: int) -> Rule:
    """A whole number within both bounds."""

    def rule(problems: Problems, value: Any, at: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            problems.add("must be an integer", at)
        elif value > most:
            problems.add(f"must be less than {most + 1}", at)
        elif value < least:
            problems.add(f"must be more than {least - 1}", at)

    return rule


def choice(*allowed: str) -> Rule:
    """One of some strings."""

    def rule(problems: Problems, value: Any, at: str) -> None:
        if value not in allowed:
            problems.add(f"must be a valid enum value; expected one of {', '.join(allowed)}", at)

    return rule


def anything(_problems: Problems, _value: Any, _at: str) -> None:
    """Not looked into."""


def array(item: Rule, most: int, least: int = 1) -> Rule:
    """A list of so many items."""

    def rule(problems: Problems, value: Any, at: str) -> None:
        if not isinstance(value, list):
            problems.add("must be an array", at)
            return
        if len(value) > most:
            problems.add(f"no more than {most} items allowed", at)
        elif len(value) < least:
            problems.add(f"no fewer than {least} items allowed", at)
        for index, one in enumerate(value):
            item(problems, one, f"{at}/{index}")

    return rule


def shape(required: Mapping[str, Rule], optional: Mapping[str, Rule], after: After | None = None) -> Rule:
    """An object with these fields and no others; ``after`` looks at it as a whole if its fields are right."""
    fields = {**required, **optional}

    def rule(problems: Problems, value: Any, at: str) -> None:
        if not isinstance(value, dict):
            problems.add("must provide an object", at)
            return
        before = len(problems.items)
        for name in required:
            if value.get(name) is None:
                problems.add(f"missing required field: {name}", at)
        for name, one in value.items():
            field = fields.get(name)
            if field is None:
                problems.add(f"invalid additional property: {name}", at)
            elif one is not None:
                field(problems, one, f"{at}/{name}")
        if after is not None and len(problems.items) == before:
            after(problems, value, at)

    return rule


def by_type(kinds: Mapping[str, Rule]) -> Rule:
    """An object whose ``type`` says which rule holds for it."""

    def rule(problems: Problems, value: Any, at: str) -> None:
        if not isinstance(value, dict):
            problems.add("must provide an object", at)
            return
        kind = value.get("type")
        found = kinds.get(kind) if isinstance(kind, str) else None
        if kind is None:
            problems.add("missing required field: type", at)
        elif found is None:
            problems.add(f"unsupported type: {kind}", f"{at}/type")
        else:
            found(problems, value, at)

    return rule


def text(longest: int, *, plain: bool = False, shortest: int = 1) -> Rule:
    """A text object; ``plain`` allows ``plain_text`` only.

    A wrong one is reported as Slack does: first that no schema fits, then why.
    """
    body = string(longest, shortest)
    allowed = ("plain_text",) if plain else ("plain_text", "mrkdwn")

    def rule(problems: Problems, value: Any, at: str) -> None:
        if not isinstance(value, dict):
            problems.add("must provide an object", at)
            return
        found = Problems(problems.surface)
        kind = value.get("type")
        if kind not in allowed:
            found.add(f"unsupported type: {kind}" if kind else "missing required field: type", f"{at}/type")
        if value.get("text") is None:
            found.add("missing required field: text", at)
        else:
            body(found, value["text"], f"{at}/text")
        for name, one in value.items():
            if name in ("type", "text"):
                continue
            if (name == "emoji" and kind == "plain_text") or (name == "verbatim" and kind == "mrkdwn"):
                boolean(found, one, f"{at}/{name}")
            else:
                found.add(f"invalid additional property: {name}", at)
        if found.items and not plain:
            problems.add("failed to match all allowed schemas", at)
        problems.items.extend(found.items)

    return rule
