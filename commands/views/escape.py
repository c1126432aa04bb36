"""What people typed, made safe for Slack's markup, and what Slack marked up, made plain again.

Stored texts are plain: what a person reads. They are escaped when a message is rendered, so that no
`<!channel>`, no forged mention and no link gets through.
"""

import html
import re
from typing import Final

_TOKEN: Final = re.compile(r"<([^<>]*)>")


def escaped(text: str) -> str:
    """Plain text for a mrkdwn field."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(marked_up: str) -> str:
    """The plain text of a message or command as Slack delivers it."""
    return html.unescape(_TOKEN.sub(_reading, marked_up)).strip()


def quoted(text: str, limit: int = 2_500) -> str:
    """Plain text as a mrkdwn quotation, cut with an ellipsis where it is longer than `limit` characters."""
    cut = shortened(text, limit)
    return "\n".join(f">{escaped(line)}" for line in cut.splitlines() or [""])


def shortened(text: str, limit: int) -> str:
    """A text of at most `limit` characters; what was cut shows as an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _reading(token: re.Match[str]) -> str:
    target, _, label = token[1].partition("|")
    if target.startswith("@"):
        return f"@{label or target[1:]}"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    return target if not label or label == target else f"{label} ({target})"
