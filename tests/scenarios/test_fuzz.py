"""Payloads as Slack never sends them, and as people can make them: never an unhandled error, never another account's
ticket, never a mention of everybody."""

import copy
import json
import logging
import random
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from commands import routes
from commands.text import text
from commands.views import form
from commands.views.form import Meta, Prefill
from tests.scenarios.desk import ACME, ACME_TEAM, ANN, BOT, HANA, HINODE, HOME, Desk, desk
from tests.scenarios.forged import send

SEED: Final = 20261118
ROUNDS: Final = 6
FORM_ENCODED: Final = "application/x-www-form-urlencoded"

EVIL: Final = (
    "",
    " ",
    "<!channel> <!here> <!everyone> <@U0ERIN> <#C0HINODE>",
    "<https://evil.example|your bank>",
    "\u202egnp.exe\u2066\u200f",
    "a" * 10_000,
    "🙂" * 3_000,
    "\x00\x07\ud83d",
    "HINODE-1",
    "hinode-0000001",
    "ACME-99999999999999999999",
    "{id} {0} %s {{}}",
    "*bold* _it_ ~x~ `code` ```block```",
    "&amp;lt;!channel&amp;gt;",
    "-1",
    "null",
)
WRONG: Final = (None, 0, -1, 1.5, True, [], {}, [[]], {"id": {}}, "x" * 100)


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(empty_url, tmp_path) as running:
        await running.open_ticket(HANA, HINODE, title="SECRET-OF-HINODE")
        await running.open_ticket(ANN, ACME, title="API is down")
        yield running


def user() -> dict[str, Any]:
    return {"id": ANN, "team_id": ACME_TEAM, "name": "ann"}


def interaction(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "team": {"id": HOME, "domain": "vendor"},
        "user": user(),
        "api_app_id": "A0",
        "trigger_id": f"fuzz.{time.time_ns()}",
        **more,
    }


def button(name: str, value: str = "ACME-1") -> dict[str, Any]:
    return interaction(
        "block_actions",
        channel={"id": ACME, "name": "acme-support"},
        message={"ts": "1.1", "thread_ts": "1.0", "text": "x", "blocks": []},
        container={"type": "message", "channel_id": ACME, "message_ts": "1.1", "thread_ts": "1.0"},
        actions=[{"type": "button", "action_id": name, "block_id": "b", "value": value, "action_ts": "1"}],
    )


def submission(callback: str, values: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    return interaction(
        "view_submission",
        view={
            "id": f"V{time.time_ns()}",
            "type": "modal",
            "callback_id": callback,
            "private_metadata": json.dumps(metadata),
            "hash": "1.a",
            "app_installed_team_id": HOME,
            "blocks": [{"type": "input", "block_id": name} for name in values],
            "state": {"values": values},
        },
    )


def typed(words: str) -> dict[str, Any]:
    return {"type": "plain_text_input", "value": words}


def forms(d: Desk) -> Iterator[dict[str, Any]]:
    """Each form as it is sent: the one that opens an incident as it is, the others with fields of any name."""
    opening = form.build(
        text("en"),
        d.bot.desk.policies.current,
        d.bot.store.directories.current.accounts["ACME"],
        Meta("ACME", ACME),
        Prefill(),
    ).to_dict()
    values = {
        block["block_id"]: {block["element"]["action_id"]: typed("API is down")}
        for block in opening["blocks"]
        if block["type"] == "input"
    }
    yield submission(form.CALLBACK, values, {"account": "ACME", "channel": ACME})
    for callback in routes.FORMS:
        fields = {name: {name: typed("words")} for name in ("text", "reason", "what", "severity", "ticket")}
        yield submission(callback, fields, {"ticket": "ACME-1", "channel": ACME, "account": "ACME"})


def events() -> Iterator[dict[str, Any]]:
    common = {"channel": ACME, "user": ANN, "ts": "2.2", "event_ts": "2.2", "channel_type": "channel"}
    said = {**common, "type": "message", "text": "it is worse", "user_team": ACME_TEAM}
    yield said
    yield {**said, "thread_ts": "1.0", "files": [{"name": "trace.log", "permalink": "https://x.example/1"}]}
    yield {**said, "type": "app_mention", "text": f"<@{BOT}> list"}
    yield {**said, "type": "app_mention", "text": f"<@{BOT}> API is down"}
    yield {
        **common,
        "type": "message",
        "subtype": "message_changed",
        "message": {**said, "thread_ts": "1.0", "text": "new"},
        "previous_message": {**said, "thread_ts": "1.0"},
    }
    yield {
        **common,
        "type": "message",
        "subtype": "message_deleted",
        "deleted_ts": "2.1",
        "previous_message": {**said, "thread_ts": "1.0"},
    }
    yield {
        "type": "reaction_added",
        "user": ANN,
        "reaction": "ticket",
        "item_user": ANN,
        "item": {"type": "message", "channel": ACME, "ts": "2.2"},
        "event_ts": "2.3",
    }
    yield {
        "type": "channel_id_changed",
        "old_channel_id": "C9OLD",
        "new_channel_id": "C9NEW",
        "event_ts": "2.4",
    }
    for kind in ("channel_left", "group_left", "channel_archive", "group_archive", "member_joined_channel"):
        yield {"type": kind, "user": ANN, "channel": "C9OTHER", "event_ts": "2.7"}
    yield {"type": "channel_shared", "connected_team_id": "T9", "channel": "C9OTHER", "event_ts": "2.5"}
    yield {
        "type": "channel_unshared",
        "previously_connected_team_id": "T9",
        "channel": "C9",
        "event_ts": "2.6",
    }


def shortcuts() -> Iterator[dict[str, Any]]:
    for callback in (*routes.SHORTCUTS, "unknown"):
        yield interaction("shortcut", callback_id=callback, action_ts="1")
        yield interaction(
            "message_action",
            callback_id=callback,
            channel={"id": ACME, "name": "acme-support"},
            message={"ts": "2.2", "text": "API is down", "user": ANN, "type": "message"},
            message_ts="2.2",
            response_url="http://127.0.0.1:1/",
        )


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a payload."""
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in children:
        yield (*path, key)
        yield from paths(child, (*path, key))


def mutated(payload: dict[str, Any], random: random.Random) -> dict[str, Any]:
    """The payload with one to three places missing, of another type, huge or evil."""
    changed: dict[str, Any] = copy.deepcopy(payload)
    for _ in range(random.randint(1, 3)):
        where = random.choice([path for path in paths(changed) if path != ("type",)])
        inner: Any = changed
        for key in where[:-1]:
            inner = inner[key]
        old = inner[where[-1]]
        match random.randrange(4):
            case 0 if isinstance(inner, dict):
                del inner[where[-1]]
            case 1:
                inner[where[-1]] = random.choice(WRONG)
            case _:
                evil = random.choice(EVIL)
                inner[where[-1]] = f"{old} {evil}" if random.random() < 0.3 else evil
    return changed


async def sent(d: Desk, kind: str, payload: dict[str, Any]) -> None:
    match kind:
        case "event":
            envelope = {
                "type": "event_callback",
                "team_id": ACME_TEAM,
                "event_id": f"Ev{time.time_ns()}",
                "authorizations": [{"user_id": BOT, "team_id": HOME, "is_bot": True}],
                "event": payload,
            }
            answer = await send(d, json.dumps(envelope), "application/json")
        case "command":
            fields = {key: str(value) for key, value in payload.items()}
            answer = await send(d, urlencode(fields, errors="replace"), FORM_ENCODED)
        case _:
            answer = await send(d, urlencode({"payload": json.dumps(payload)}), FORM_ENCODED)
    # 400: Bolt cannot read it. 404: it says of itself to be nothing that anybody answers.
    assert answer.status_code in {200, 400, 404}, (kind, payload, answer.text)
    assert "SECRET-OF-HINODE" not in answer.text


async def payloads(d: Desk, kind: str) -> list[dict[str, Any]]:
    match kind:
        case "command":
            base = {
                "user_id": ANN,
                "team_id": ACME_TEAM,
                "channel_id": ACME,
                "trigger_id": "fuzz",
                "token": "t",
                "api_app_id": "A0",
            }
            words = [f"{name} ACME-1 words" for name in routes.INCIDENT]
            found = [{**base, "command": "/incident", "text": said} for said in words]
            return found + [{**base, "command": "/support", "text": name} for name in routes.SUPPORT]
        case "button":
            return [button(name) for name in routes.BUTTONS]
        case "form":
            return list(forms(d))
        case "shortcut":
            return list(shortcuts())
        case _:
            return list(events())


@pytest.mark.parametrize("kind", ["command", "button", "form", "shortcut", "event"])
async def test_no_payload_is_too_strange(d: Desk, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(f"{SEED} {kind}")
    caplog.set_level(logging.WARNING)
    for payload in await payloads(d, kind):
        for _ in range(ROUNDS):
            strange = mutated(payload, chance)
            if kind in {"button", "form", "shortcut"}:
                strange["type"] = payload["type"]
            await sent(d, kind, strange)
    await d.bot.dispatch.finish()
    bugs = [record for record in caplog.records if record.exc_info and record.name.startswith("commands")]
    assert not bugs, bugs[0].getMessage()
    # Nobody was called together, and nothing of another account came out.
    for channel in (ACME, HINODE):
        assert "<!channel>" not in str(await d.people.messages(channel))
    assert "SECRET-OF-HINODE" not in str(await d.people.messages(ACME, viewer=ANN))
    assert "SECRET-OF-HINODE" not in str(await d.people.views(ANN))
    ticket = await d.ticket("HINODE-1")
    assert (ticket.title, ticket.is_open, ticket.owner) == ("SECRET-OF-HINODE", True, None)


async def test_what_people_write_is_shown_as_they_wrote_it(d: Desk) -> None:
    """The evil texts themselves, whole, in every field that takes a text."""
    for number, evil in enumerate(EVIL, start=2):
        if not evil.strip() or "\ud83d" in evil:
            continue
        await d.open_ticket(ANN, ACME, title=f"T{number} {evil}"[:150], description=evil[:3000])
    everything = str(await d.people.messages(ACME))
    assert "<!channel>" not in everything
    assert "\u202e" not in everything
