"""An engineer on a phone works a ticket from its card alone: buttons, the menu, what stands in the card's thread."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from policy.tickets import State
from tests.scenarios.desk import BEN, ERIN, HANA, HINODE, OMAR, TRIAGE, Desk, desk

Shown = Callable[[dict[str, Any]], bool]


def shows(*words: str) -> Shown:
    return lambda message: all(word in str(message) for word in words)


def card_of(ticket: str, *words: str) -> Shown:
    """The card itself: in a channel it is one message among others that name the ticket."""
    return lambda message: message["text"].startswith(f"{ticket} · ") and shows(*words)(message)


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(empty_url, tmp_path) as made:
        yield made


def offered(message: dict[str, Any]) -> set[str]:
    """The names of all that can be pressed or chosen."""
    elements = [one for block in message["blocks"] if block["type"] == "actions" for one in block["elements"]]
    menu = [option["value"].partition(" ")[0] for one in elements for option in one.get("options", ())]
    return {*(one["action_id"] for one in elements if one["type"] == "button"), *menu}


async def test_an_incident_from_its_card_alone(d: Desk) -> None:
    people = d.people
    await people.command(BEN, "C0ACME", "/incident", "sev1 API is down")
    (form,) = await people.views(BEN)
    await people.submit(BEN, form.id, {"description": "502 everywhere", "impact": "down"})
    room = await d.channel("inc-acme-1")
    card = await people.wait_for(room, card_of("ACME-1", "Owner: none", "The whole product is down"))
    assert "502 everywhere" not in str(card)
    below = await people.wait_for(room, shows("502 everywhere", "reported by"), thread_ts=card["ts"])
    (pinned,) = await people.wait_until(lambda: people.pins(room))
    assert pinned["ts"] == card["ts"]

    # Omar is let in from triage, and takes it.
    called = await people.wait_for(TRIAGE, shows("ACME-1", "Join the channel"))
    await people.click(ERIN, TRIAGE, called["ts"], "join")

    async def members() -> bool:
        return any(one["id"] == room and ERIN in one["members"] for one in await people.channels())

    await people.wait_until(members)
    await people.click(ERIN, room, card["ts"], "acknowledge")
    card = await people.wait_for(room, card_of("ACME-1", f"Owner: <@{ERIN}>"))

    # The menu: why, and another severity by its form.
    await people.click(ERIN, room, card["ts"], "more", selected_option="why ACME-1")
    await people.wait_for(room, shows("why this deadline"), viewer=ERIN)
    await people.click(ERIN, room, card["ts"], "more", selected_option="severity ACME-1")
    (asked,) = await people.views(ERIN)
    await people.submit(ERIN, asked.id, {"severity": "2", "reason": "one of three gateways answers"})
    card = await people.wait_for(room, card_of("ACME-1 · Sev 2", "Opened as Severity 1 (Critical)"))

    # Waiting, and going on.
    await people.click(ERIN, room, card["ts"], "wait")
    (asked,) = await people.views(ERIN)
    await people.submit(ERIN, asked.id, {"text": "needs their access log"})
    card = await people.wait_for(room, card_of("ACME-1", "Waiting for the customer", "access log"))
    assert "resume" in offered(card)
    assert "wait" not in offered(card)
    await people.click(ERIN, room, card["ts"], "resume")
    card = await people.wait_for(room, lambda m: card_of("ACME-1")(m) and "wait" in offered(m))

    # Below the card: what happened so far.
    await people.click(ERIN, room, below["ts"], "timeline")
    await people.wait_for(room, shows("acknowledged"), viewer=ERIN, thread_ts=card["ts"])

    # Resolved, and open again.
    await people.click(ERIN, room, card["ts"], "resolve")
    (asked,) = await people.views(ERIN)
    await people.submit(ERIN, asked.id, {"text": "Rolled back", "cause": "defect"})
    card = await people.wait_for(
        room, card_of("ACME-1", "Resolved", "Cause: Defect in the product · Not confirmed")
    )
    assert offered(card) == {"reopen", "timeline", "note", "why"}
    await people.click(ERIN, room, card["ts"], "reopen")
    (asked,) = await people.views(ERIN)
    await people.submit(ERIN, asked.id, {"reason": "again"})
    await people.wait_for(room, card_of("ACME-1", f"Owner: <@{ERIN}>", "post_update"))
    assert (await d.ticket("ACME-1")).state is State.OPEN


async def test_a_ticket_in_triage_has_the_same_card_as_the_root_of_its_thread(d: Desk) -> None:
    people = d.people
    await d.open_ticket(HANA, HINODE, title="遅い", severity="3", description="一覧が表示されない")
    card = await people.wait_for(TRIAGE, card_of("HINODE-1", "Owner: none", "acknowledge"))
    called = await people.wait_for(
        TRIAGE, shows("HINODE-1", "Work on it in this thread"), thread_ts=card["ts"]
    )
    below = await people.wait_for(TRIAGE, shows("一覧が表示されない"), thread_ts=card["ts"])
    assert float(card["ts"]) < float(called["ts"]) < float(below["ts"])
    assert "join" not in offered(called)
    await people.click(OMAR, TRIAGE, card["ts"], "more", selected_option="assign HINODE-1")
    (asked,) = await people.views(OMAR)
    await people.submit(OMAR, asked.id, {"who": ERIN})
    card = await people.wait_for(TRIAGE, card_of("HINODE-1", f"Owner: <@{ERIN}>, only assigned"))
    assert "acknowledge" in offered(card)
