"""Arguments of a Web API call, whichever way they came: query, form or JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from sandbox.errors import SlackError

TRUE = frozenset({"1", "true", "True", "TRUE", "yes"})


class Args:
    """The arguments of one call. A missing one that is needed raises SlackError ``invalid_arguments``."""

    __slots__ = ("values",)

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def text(self, name: str) -> str | None:
        """A string, None when absent or empty."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        return value if isinstance(value, str) else str(value)

    def need(self, name: str) -> str:
        """A string that must be there."""
        value = self.text(name)
        if value is None:
            raise SlackError("invalid_arguments", [f"missing required field: {name} [json-pointer:/{name}]"])
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean in any of its spellings."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        return value if isinstance(value, bool) else str(value) in TRUE

    def limit(self, default: int, most: int) -> int:
        """``limit``, at most ``most``. Raises SlackError ``invalid_limit``."""
        value = self.values.get("limit")
        if value is None or value == "":
            return default
        try:
            number = int(value)
        except (TypeError, ValueError):
            raise SlackError("invalid_limit") from None
        if number < 0 or number > 1000:
            raise SlackError("invalid_limit")
        return min(number or default, most)

    def names(self, name: str) -> list[str]:
        """A list given as such or joined by commas."""
        value = self.values.get(name)
        if isinstance(value, list):
            return [str(one) for one in value]
        return [one.strip() for one in str(value or "").split(",") if one.strip()]

    def values_of(self, name: str, error: str) -> Any:
        """A structured argument, which forms carry as JSON text; None when absent. Raises SlackError ``error``."""
        value = self.values.get(name)
        if isinstance(value, str):
            if not value:
                return None
            try:
                return msgspec.json.decode(value)
            except msgspec.DecodeError:
                raise SlackError(error) from None
        return value
