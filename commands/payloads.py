"""The shapes of Slack's payloads, as far as they are read here. What has another shape is answered by nobody.

Ids are Slack's (`U0123`, `C0123`, `T0123`), a `ts` is seconds and a fraction.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

Id = Annotated[str, Meta(pattern="^[A-Z0-9]{1,40}$")]
Ts = Annotated[str, Meta(pattern=r"^\d{1,12}\.\d{1,9}$")]
Token = Annotated[str, Meta(pattern="^[!-~]{1,255}$")]


class Team(Struct):
    id: Id | None = None


class User(Struct):
    id: Id
    team_id: Id | None = None


class Place(Struct):
    id: Id


class File(Struct):
    name: str | None = None
    title: str | None = None
    permalink: str | None = None


class Message(Struct):
    ts: Ts | None = None
    thread_ts: Ts | None = None
    text: str | None = None
    user: Id | None = None
    user_team: Id | None = None
    team: Id | None = None
    subtype: str | None = None
    files: list[File] | None = None


class Option(Struct):
    value: str | None = None


class Field(Struct):
    """What a form's field holds, or what was pressed."""

    value: str | None = None
    selected_option: Option | None = None
    selected_options: list[Option] | None = None
    selected_user: Id | None = None
    selected_date: str | None = None
    selected_time: str | None = None
    selected_date_time: int | None = None


class Action(Field, kw_only=True):
    action_id: str


class State(Struct):
    values: dict[str, dict[str, Field]] = {}


class Block(Struct):
    type: str
    block_id: str | None = None


class View(Struct):
    id: Token
    type: str
    blocks: list[Block]
    callback_id: str = ""
    private_metadata: str = ""
    hash: str | None = None
    state: State | None = None


class Container(Struct):
    message_ts: Ts | None = None
    thread_ts: Ts | None = None


class Command(Struct):
    command: str
    user_id: Id
    channel_id: Id
    trigger_id: Token
    team_id: Id | None = None
    text: str | None = None


class Interaction(Struct, kw_only=True):
    user: User
    trigger_id: Token
    team: Team | None = None


class Actions(Interaction, kw_only=True):
    actions: Annotated[list[Action], Meta(min_length=1)]
    channel: Place | None = None
    message: Message | None = None
    container: Container | None = None
    view: View | None = None


class Submission(Interaction, kw_only=True):
    view: View


class Shortcut(Interaction, kw_only=True):
    callback_id: str
    channel: Place | None = None
    message: Message | None = None


class Authorization(Struct):
    user_id: Id | None = None


class Event(Struct):
    type: str


class Envelope(Struct):
    event: Event
    event_id: Token
    team_id: Id | None = None
    authorizations: list[Authorization] | None = None


class Said(Struct):
    """A message, its edit, its deletion, or a mention."""

    channel: Id
    ts: Ts
    thread_ts: Ts | None = None
    text: str | None = None
    user: Id | None = None
    user_team: Id | None = None
    subtype: str | None = None
    bot_id: str | None = None
    files: list[File] | None = None
    message: Message | None = None
    previous_message: Message | None = None
    deleted_ts: Ts | None = None


class Item(Struct):
    type: str
    channel: Id | None = None
    ts: Ts | None = None


class Reaction(Struct):
    user: Id
    reaction: str
    item: Item
    item_user: Id | None = None


class IdChanged(Struct):
    old_channel_id: Id
    new_channel_id: Id


class OfAChannel(Struct):
    channel: Id
    user: Id | None = None


EVENTS: Final[Mapping[str, type[Struct]]] = MappingProxyType(
    {
        "message": Said,
        "app_mention": Said,
        "reaction_added": Reaction,
        "channel_id_changed": IdChanged,
        "channel_shared": OfAChannel,
        "channel_unshared": OfAChannel,
        "channel_left": OfAChannel,
        "group_left": OfAChannel,
        "channel_archive": OfAChannel,
        "group_archive": OfAChannel,
        "member_joined_channel": OfAChannel,
    }
)


KINDS: Final[Mapping[str, type[Struct]]] = MappingProxyType(
    {
        "block_actions": Actions,
        "view_submission": Submission,
        "shortcut": Shortcut,
        "message_action": Shortcut,
        "event_callback": Envelope,
    }
)


def kind_of(body: Mapping[str, Any]) -> str:
    """`command`, or what Slack calls it; '' for what has no kind."""
    kind = "command" if "command" in body else body.get("type")
    return kind if isinstance(kind, str) else ""


def fits(body: Mapping[str, Any]) -> bool:
    """Whether a payload has the shape of its kind, and an event that of its own. A kind that is not named here has
    none."""
    kind = kind_of(body)
    if not kind:
        return False
    shape = Command if kind == "command" else KINDS.get(kind)
    if shape is None:
        return True
    if not _has(body, shape):
        return False
    if shape is not Envelope:
        return True
    event = body["event"]
    return _has(event, EVENTS.get(event["type"], Event))


def _has(body: Mapping[str, Any], shape: type[Struct]) -> bool:
    try:
        msgspec.convert(body, shape)
    except (msgspec.ValidationError, UnicodeEncodeError):
        return False
    return True
