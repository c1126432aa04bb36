"""What can go wrong, and whom it is told.

Exception
├── SlackError        an answer of the Web API: ``ok: false`` and Slack's own error string
├── RateLimited       the Web API answers 429 with ``Retry-After``
├── Refused           the control API says why a person cannot do this (HTTP 409)
└── DefinitionError   the world definition is not usable
"""

from __future__ import annotations

from typing import Any


class SlackError(Exception):
    """A Web API call fails with Slack's error string.

    ``messages`` become ``response_metadata.messages`` (each with the ``[ERROR]`` mark) and ``errors``;
    ``extra`` is merged into the answer.
    """

    def __init__(self, error: str, messages: list[str] | None = None, **extra: Any) -> None:
        super().__init__(error if not messages else f"{error}: {'; '.join(messages)}")
        self.error = error
        self.messages = messages or []
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """The JSON that Slack answers with."""
        answer: dict[str, Any] = {"ok": False, "error": self.error, **self.extra}
        if self.messages:
            answer.setdefault("errors", self.messages)
            answer["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return answer


class RateLimited(Exception):
    """The call exceeds a limit; ``retry_after_s`` is a whole number of seconds, at least 1."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"rate limited for {retry_after_s} s")
        self.retry_after_s = retry_after_s


class Refused(Exception):
    """A person cannot do this in Slack; the text says why."""


class DefinitionError(ValueError):
    """The world definition is wrong; the text names the place and what was expected."""
