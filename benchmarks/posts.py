"""What every side of the reminder benchmark posts with: nothing at all, or `chat.postMessage` over HTTP. Each post
leaves a line in a file, which outlives a process that is killed."""

import os
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

CHANNEL: Final = "C0TRIAGE"
_LINE: Final = "{:17} {:17.6f} {:17.6f}\n"
_LINE_LENGTH: Final = len(_LINE.format("1790000000.000001", 0.0, 0.0))
METADATA: Final = "supportbot_message"


class Log:
    """`note` keeps the id of what was posted, and when, on the clocks that all processes of a machine share."""

    def __init__(self, path: str) -> None:
        self.directory = Path(path).parent
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(self, message: str) -> None:
        os.write(self._file, _LINE.format(message, time.monotonic(), time.time()).encode())


class Posted:
    """What all sides' processes have noted in a directory: how often each id, and when first."""

    def __init__(self, home: Path) -> None:
        self.times: Counter[str] = Counter()
        self.at: dict[str, float] = {}
        """Unix time of the first post of each."""
        self.last_at = 0.0
        """Of any post, on the monotonic clock."""
        for path in sorted(home.glob("*.posts")):
            for line in path.read_text().splitlines():
                message, monotonic, unix = line.split()
                self.times[message] += 1
                self.at[message] = min(self.at.get(message, float("inf")), float(unix))
                self.last_at = max(self.last_at, float(monotonic))

    @property
    def doubled(self) -> int:
        return sum(self.times.values()) - len(self.times)

    def lost(self, wanted: int) -> int:
        return max(0, wanted - len(self.times))


def was_posted(home: Path, message: str) -> bool:
    """Whether any process has noted it."""
    return any(message in path.read_text() for path in home.glob("*.posts"))


def lines_in(home: Path) -> int:
    """How much has been posted so far."""
    return sum(path.stat().st_size // _LINE_LENGTH for path in home.glob("*.posts"))


def reminder_like(message: str) -> dict[str, Any]:
    """What a side without messages of its own posts: as much as a reminder has, made beforehand."""
    words = "*CUST1-1 Sev 3*: first response due in 11 hr, <!date^1790000000^{date_short_pretty} {time}|15:00 JST>"
    buttons = [
        {
            "type": "button",
            "action_id": name,
            "value": message,
            "text": {"type": "plain_text", "text": name},
        }
        for name in ("acknowledge", "post_update", "why")
    ]
    return {
        "channel": CHANNEL,
        "thread_ts": message,
        "text": words,
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": words}},
            {"type": "actions", "elements": buttons},
        ],
        "metadata": {"event_type": METADATA, "event_payload": {"id": message}},
        "unfurl_links": False,
        "unfurl_media": False,
    }
