"""The leak guard, walked: every text that a ticket, an effect or the timeline can hold is tried in everything that a
customer can read. What shows up there must be named here as public; a new field is not, until somebody names it."""

import ast
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace

from bot.delivery import Delivery, Places
from bot.posting import Item
from commands.text import text
from commands.views import lists, why
from commands.views.card import Scene
from commands.views.message import Message
from policy import effects as do
from policy import timeline as log
from policy.directory import Directory
from policy.explain import explain
from policy.schema import LANGUAGES, Policy
from policy.tickets import MessageRef, Room, State, Ticket, Waiting
from storage.codec import Queued
from storage.plan import Lease
from tests.policy.samples import MESSAGE, MONDAY, acknowledged, default_policy, opened, updated

CANARY: Final = "CANARY"
ROOT: Final = Path(__file__).parents[2]
KEYS: Final = {
    **dict.fromkeys(("severity", "wished", "old", "new", "chosen", "suggested"), "2"),
    "component": "api",
    "target": "2h",
    "calendar": next(iter(default_policy().calendars)),
}
"""What names something of the policy: no text fits there."""
POLICY: Final = default_policy()
ZONE: Final = ZoneInfo("Europe/London")

PUBLIC_OF_A_TICKET: Final = {
    "id",
    "account",
    "title",
    "description",
    "product_version",
    "opener.user",
    "owner",
    "merged_into",
    "resolution",
    "link",
    "opener.team",
    "caller",
    "confirmed.by.user",
}
"""What the customer wrote, what staff wrote for the customer to read, and by whom and under which id."""

PUBLIC_OF_EFFECTS: Final = {
    "TellContacts.users",
    "TellAcknowledged.by",
    "TellUpdate.by",
    "TellUpdate.text",
    "TellAgreed.by.user",
    "TellAsked.by.user",
    "TellWorse.by.user",
    "TellWorse.text",
    "TellResolved.by",
    "TellResolved.text",
    "TellMerged.into",
    "TellOutOfScope.text",
    "RefreshResolved.by",
    "RefreshResolved.text",
}

PUBLIC_OF_THE_TIMELINE: Final = {
    "Opened.by",
    "Acknowledged.by",
    "UpdatePosted.by",
    "UpdatePosted.text",
    "UpdateAgreed.by.user",
    "UpdateAsked.by.user",
    "CustomerReplied.by.user",
    "CustomerReplied.text",
    "Resolved.by",
    "Resolved.text",
    "Merged.into",
    "TookOver.merged",
    "Confirmed.by.user",
    "Scored.by.user",
    "Scored.comment",
    "ScopeJudged.reason",
    "OutageNoted.id",
    "ReportedWorse.by.user",
    "ReportedWorse.text",
    "MessageEdited.by.user",
    "MessageEdited.text",
    "MessageDeleted.by.user",
}


def tickets() -> dict[str, Ticket]:
    """A ticket in each of its states."""
    new = replace(opened("2").ticket, description="502 everywhere", product_version="5.12", impact="part")
    taken = acknowledged(new, MONDAY + timedelta(minutes=5)).ticket
    told = updated(taken, MONDAY + timedelta(minutes=20)).ticket
    waits = replace(told, waiting=Waiting(since=MONDAY, by="U-STAFF", reason="they do not answer"))
    ended = {"clock": None, "waiting": None}
    return {
        "new": new,
        "taken": taken,
        "told": told,
        "waiting": waits,
        "resolved": replace(told, state=State.RESOLVED, resolved=MONDAY, resolution="Rolled back", **ended),
        "cancelled": replace(told, state=State.CANCELLED, closed=MONDAY, **ended),
        "merged": replace(told, state=State.MERGED, closed=MONDAY, merged_into="ACME-2", **ended),
    }


def example(kind: Any, name: str) -> Any:
    """A value of a type whose texts are all canaries that say where they stand."""
    origin = get_origin(kind)
    if origin in {Union, UnionType}:
        return example(next(one for one in get_args(kind) if one is not type(None)), name)
    if origin is Literal:
        return get_args(kind)[0]
    if origin is tuple:
        return (example(get_args(kind)[0], name),)
    if origin in {dict, list} or getattr(origin, "__name__", "") == "Mapping":
        return origin() if origin in {dict, list} else {}
    field = name.rpartition(".")[2]
    plain: dict[Any, Any] = {
        str: KEYS.get(field, f"{CANARY} {name} "),
        datetime: MONDAY + timedelta(minutes=7 if field == "end" else 0),
        date: MONDAY.date(),
        timedelta: timedelta(minutes=7),
        bool: True,
        int: 3,
    }
    if kind in plain:
        return plain[kind]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    assert issubclass(kind, msgspec.Struct), f"no example of {kind}"
    hints = get_type_hints(kind)
    return kind(**{field: example(hints[field], f"{name}.{field}") for field in kind.__struct_fields__})


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all texts in a record."""
    if isinstance(value, str) and not isinstance(value, Enum):
        yield path
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from leaves(getattr(value, field), f"{path}.{field}".strip("."))


def planted(record: Any, path: str, whole: str = "") -> Any:
    """The record with a canary at that path."""
    field, _, rest = path.partition(".")
    whole = whole or path
    inner = planted(getattr(record, field), rest, whole) if rest else f"{CANARY} {whole} "
    return replace(record, **{field: inner})


class Channel:
    """Stands where Slack does, and the queue: what is posted and edited there is all that customers get to read."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    async def post(self, item: object, room: Room, message: Message, opaque_id: str) -> MessageRef:
        self.shown.append(str(message.payload()))
        return MessageRef(room.channel, "1.1")

    async def edit(self, message: MessageRef, shown: Message) -> None:
        self.shown.append(str(shown.payload()))

    async def put_room(self, channel: str, thread: str | None, ticket: str) -> None:
        """Which ticket a thread belongs to is no text."""


class Now:
    def now(self) -> datetime:
        return MONDAY + timedelta(hours=1)


class Policies:
    current = POLICY

    def of(self, version: str) -> Policy:
        return POLICY


async def delivered(effect: Any, ticket: Ticket) -> str:
    """What the customer's side shows after an effect was delivered there."""
    channel: Any = Channel()
    where = Delivery(
        channel, channel, channel, Policies(), Directory, Now(), Places("C-TRIAGE", "en", "Vendor")
    )
    item = Item(Lease(0, "lane:x", "token"))
    here = replace(
        ticket,
        customer=Room("C-ACME", "1.0"),
        **{name: MESSAGE for name in ("closing",) if name in ticket.__struct_fields__},
    )
    await where.customer(item, Queued(id="effect", effect=effect, ticket=ticket.id), here)
    return " ".join(channel.shown)


async def read_by_customers(ticket: Ticket, entries: list[log.Entry]) -> dict[str, str]:
    """Everything that is rendered of a ticket for customers, by where it stands."""
    found = looked_up(ticket, entries)
    for language in LANGUAGES:
        for effect in told_effects():
            name = f"{type(effect).__name__} {language}"
            found[name] = await delivered(effect, replace(ticket, language=language))
    return found


def looked_up(ticket: Ticket, entries: list[log.Entry]) -> dict[str, str]:
    """What customers read who ask for a ticket."""
    found = {}
    for language in LANGUAGES:
        seen = Scene(text(language), POLICY, ticket, "Acme", ZONE, Now().now(), for_staff=False)
        found[f"list {language}"] = str(lists.ticket_list(seen.text, [seen]).payload())
        found[f"show {language}"] = str(lists.ticket_shown(seen, lists.public(entries)).payload())
        found[f"why {language}"] = str(
            why.explanation(seen, explain(ticket, entries), customer=True).payload()
        )
    return found


def told_effects() -> list[Any]:
    """One of each effect of the customer's lane."""
    return [example(kind, kind.__name__) for kind in get_args(do.CustomerEffect)]


def timeline() -> list[log.Entry]:
    return [example(kind, kind.__name__) for kind in get_args(log.Entry)]


@pytest.mark.parametrize("state", tickets())
async def test_of_a_ticket_only_public_fields_reach_the_customer(state: str) -> None:
    ticket, hints = tickets()[state], get_type_hints(Ticket)
    tried = {path: planted(ticket, path) for path in leaves(ticket)}
    empty = [field for field in ticket.__struct_fields__ if getattr(ticket, field) is None]
    tried |= {field: replace(ticket, **{field: example(hints[field], field)}) for field in empty}
    for field, with_canary in tried.items():
        try:
            shown = await read_by_customers(with_canary, [])
        except (KeyError, ValueError):
            continue  # a key of the policy: no text fits there, and none would be kept
        for place, words in shown.items():
            read = set(re.findall(rf"{CANARY} ([a-z_.]+) ", words))
            assert read <= PUBLIC_OF_A_TICKET, f"with {field} customers read {place}"


async def test_of_effects_only_public_fields_reach_the_customer() -> None:
    read = set[str]()
    for ticket in tickets().values():
        for place, words in (await read_by_customers(ticket, [])).items():
            found = set(re.findall(rf"{CANARY} ([\w.]+) ", words))
            assert found <= PUBLIC_OF_EFFECTS, place
            read |= found
    assert read == PUBLIC_OF_EFFECTS


def test_of_the_timeline_only_public_entries_reach_the_customer() -> None:
    read = set[str]()
    for state, ticket in tickets().items():
        for entry in timeline():
            # One at a time: a long timeline is cut.
            for place, words in looked_up(ticket, [entry]).items():
                found = set(re.findall(rf"{CANARY} ([\w.]+) ", words))
                assert found <= PUBLIC_OF_THE_TIMELINE, (state, place)
                read |= found
    assert read == PUBLIC_OF_THE_TIMELINE


async def test_a_staff_effect_is_refused_on_the_customer_s_side() -> None:
    ticket = tickets()["told"]
    for kind in (*get_args(do.StaffEffect), *get_args(do.DeskEffect)):
        with pytest.raises(TypeError, match="not for the customer's side"):
            await delivered(example(kind, kind.__name__), ticket)


def test_slack_is_written_to_in_these_places_only() -> None:
    """Every call that puts words in front of somebody, and where it stands: posts and edits go through the lanes, a
    window or an ephemeral message goes to the person who asked."""
    writes = {
        "chat_postMessage",
        "chat_update",
        "chat_postEphemeral",
        "chat_scheduleMessage",
        "files_upload_v2",
    }
    opens = {"views_open", "views_update", "views_push", "views_publish"}
    sends_back = {"AsyncWebhookClient", "WebhookClient", "AsyncRespond"}
    found = set()
    for folder in ("bot", "commands"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Attribute) and node.attr in writes | opens:
                    found.add((f"{folder}/{path.name}", node.attr))
                if isinstance(node, ast.Name) and node.id in sends_back:
                    found.add((f"{folder}/{path.name}", node.id))
    assert found == {
        ("bot/slack.py", "chat_postMessage"),
        ("bot/slack.py", "chat_update"),
        ("bot/slack.py", "files_upload_v2"),
        ("commands/showing.py", "chat_postEphemeral"),
        ("commands/showing.py", "views_open"),
        ("commands/dispatch.py", "views_update"),
        ("commands/showing.py", "AsyncWebhookClient"),
    }
