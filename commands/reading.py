"""Messages as Slack delivers them: whether a person wrote one, and what it says."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from commands.views.escape import plain
from policy.tickets import Person

_SAID_BY_PEOPLE: Final = frozenset({None, "file_share", "thread_broadcast", "me_message"})
_CALLS: Final = re.compile(r"^(?:\s*<@[UW][A-Z0-9]+(?:\|[^<>]*)?>[\s:,、]*)+")
_SLACKBOT: Final = "USLACKBOT"


def is_by_a_person(message: Mapping[str, Any]) -> bool:
    """A message that a person wrote: no bot's and no other app's, no edit, no deletion, no notice of Slack's."""
    user = message.get("user")
    written_by_app = any(message.get(mark) for mark in ("bot_id", "app_id", "bot_profile"))
    return (
        message.get("subtype") in _SAID_BY_PEOPLE and not written_by_app and bool(user) and user != _SLACKBOT
    )


def what_is_said(message: Mapping[str, Any]) -> str:
    """What a message says: its words, and its files by name, with links to them."""
    files = [_file(file) for file in message.get("files") or ()]
    return "\n".join([*filter(None, [plain(message.get("text") or "")]), *files])


def as_a_title(message: Mapping[str, Any]) -> str:
    """What a message says, without whom it calls at its beginning."""
    text = _CALLS.sub("", message.get("text") or "", count=1)
    return what_is_said({**message, "text": text})


def writer_of(message: Mapping[str, Any], body: Mapping[str, Any]) -> Person:
    """Who wrote it. In a shared channel the message itself says of which company the person is."""
    team = message.get("user_team") or message.get("team") or body.get("team_id") or ""
    return Person(user=message["user"], team=team)


def sent_at(ts: str) -> datetime:
    """When the message with that `ts` was sent. Raises ValueError."""
    return datetime.fromtimestamp(float(ts), UTC)


def own_user(body: Mapping[str, Any]) -> str | None:
    """The bot's user id, as the envelope of an event tells it; None where it does not."""
    known = body.get("authorizations") or ()
    return next((one.get("user_id") for one in known if one.get("is_bot")), None)


def files_without_name(message: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids of files of which a message tells nothing else: those of another company must be asked about."""
    return tuple(file["id"] for file in message.get("files") or () if file.get("id") and not _name(file))


def a_file(name: str, link: str | None) -> str:
    """A file as a line of what is said."""
    return f"📎 {name} {link}" if link else f"📎 {name}"


def _file(file: Mapping[str, Any]) -> str:
    return a_file(_name(file) or file.get("id") or "?", file.get("permalink"))


def _name(file: Mapping[str, Any]) -> str | None:
    return file.get("name") or file.get("title")
