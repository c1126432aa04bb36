"""What somebody pressed or chose, and where: read from Slack's payload."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from commands.callers import Asked, Caller
from policy.tickets import MessageRef

MENU: Final = "more"
"""The action id of a menu whose options name a button: `snooze ACME-42`."""


class Place(msgspec.Struct, frozen=True):
    """What every form carries along unseen: the channel that it was opened in."""

    channel: str = ""


def asked_by(who: Caller, body: Mapping[str, Any]) -> Asked:
    message = body.get("message") or {}
    here = MessageRef(who.channel, str(message["ts"])) if who.channel and message.get("ts") else None
    trigger = body["trigger_id"]
    return Asked(who=who, words="", operation=trigger, trigger=trigger, thread=thread_of(body), message=here)


def thread_of(body: Mapping[str, Any]) -> str | None:
    """The thread that the message stands in whose button was pressed; None: the channel, where the root of a thread
    stands too. There an answer in the thread would be seen by nobody who has not opened it."""
    container, message = body.get("container") or {}, body.get("message") or {}
    thread = container.get("thread_ts") or message.get("thread_ts")
    return str(thread) if thread and thread != message.get("ts") else None


def pressed_in(pressed: Mapping[str, Any]) -> tuple[str, str]:
    """The name and the value of what was pressed or chosen."""
    chosen = pressed.get("selected_option") or {}
    value = str(pressed.get("value") or chosen.get("value") or "")
    name = str(pressed["action_id"]).partition(":")[0]
    if name == MENU:
        name, _, value = value.partition(" ")
    return name, value


def place_of(view: Mapping[str, Any]) -> Place:
    try:
        return msgspec.json.decode(view.get("private_metadata") or "{}", type=Place)
    except msgspec.DecodeError:
        return Place()
