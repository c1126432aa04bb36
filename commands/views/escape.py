"""What people typed, made safe for Slack's markup, and what Slack marked up, made plain again.

Stored texts are plain: what a person reads. They are escaped when a message is rendered, so that no
`<!channel>`, no forged mention and no link gets through.
"""

import re
from collections.abc import Sequence
from typing import Final

_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SPECIAL: Final = re.compile("[&<>]")
_TOKEN: Final = re.compile(r"<([^<>]*)>")
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_BLANK: Final = re.compile("[\\s\u034f\u115f\u1160\u200c\u200d\u2800\u3164\ufe00-\ufe0f\uffa0]*")
"""Parts of words and of emoji that by themselves are nothing to see."""
ELLIPSIS: Final = "…"


def escaped(text: str) -> str:
    """Plain text for a mrkdwn field."""
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text)


def fitted(text: str, limit: int) -> str:
    """`escaped(text)` in at most `limit` characters; what was cut shows as an ellipsis."""
    whole = escaped(text)
    if len(whole) <= limit:
        return whole
    kept, room = [], limit - len(ELLIPSIS)
    for character in text:
        piece = _ESCAPES.get(character, character)
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept).rstrip() + ELLIPSIS


def quoted(text: str, limit: int = 2_000) -> str:
    """Plain text as a quotation in mrkdwn of at most `limit` characters, quotation marks and all."""
    room = limit
    while len(shown := "\n".join(f">{line}" for line in fitted(text, room).splitlines() or [""])) > limit:
        room -= max(1, (len(shown) - limit) // 2)
    return shown


def pieces(text: str, limit: int = 2_900, mark: str = "") -> list[str]:
    """All of a plain text in mrkdwn, in pieces of at most `limit` characters, split at line ends where there are
    any; none of blanks alone. `mark` goes in front of each line: `>` quotes."""
    found, piece = [], ""
    for line in text.splitlines() or [""]:
        rest = line
        while True:
            start = mark if not piece else f"\n{mark}"
            room = limit - len(piece) - len(start)
            fits = _head(rest, room)
            if piece and (room < 0 or len(fits) < len(rest)):
                found.append(piece)
                piece = ""
                continue
            piece += start + escaped(fits)
            rest = rest[len(fits) :]
            if not rest:
                break
            found.append(piece)
            piece = ""
    return [piece for piece in (*found, piece) if piece.strip()]


def joined(lines: Sequence[str], limit: int = 2_900) -> list[str]:
    """The lines in as few texts as hold them, each of at most `limit` characters where its lines are: each block
    costs whoever renders it, and on a phone it costs a gap."""
    found = list(lines[:1])
    for line in lines[1:]:
        if len(found[-1]) + 1 + len(line) <= limit:
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found


def _head(text: str, room: int) -> str:
    """As much of the beginning of a text as fits, once escaped."""
    for count, character in enumerate(text):
        room -= len(_ESCAPES.get(character, character))
        if room < 0:
            return text[:count]
    return text


def plain(marked_up: str) -> str:
    """The plain text of a message or command as Slack delivers it."""
    read = _TOKEN.sub(_reading, marked_up)
    return tidied(read.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def tidied(typed: str) -> str:
    """What a person typed without blanks around it, and without characters that nobody sees: control characters, and
    those that turn the direction of everything after them. Empty where nothing is left to see."""
    seen = visible(typed).strip()
    return "" if _BLANK.fullmatch(seen) else seen


def visible(text: str) -> str:
    """A text without those characters."""
    return _UNSEEN.sub("", text)


def _reading(token: re.Match[str]) -> str:
    target, _, label = token[1].partition("|")
    if target.startswith("@"):
        return f"@{label or target[1:]}"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    return target if not label or label == target else f"{label} ({target})"
