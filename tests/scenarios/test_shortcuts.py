"""Shortcuts, and staff who open an incident for somebody who told them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import sandbox
from tests.scenarios.desk import (
    ACCOUNTS,
    ACME,
    ANN,
    BEN,
    BOT,
    ERIN,
    HINODE,
    START,
    TRIAGE,
    Desk,
    Transport,
    desk,
)
from tests.scenarios.test_customers import opened
from tests.scenarios.test_refusals import whispered
from tests.scenarios.test_story import shows


@pytest.fixture(params=["http", "socket"])
async def d(request: pytest.FixtureRequest, empty_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    transport: Transport = request.param
    async with desk(empty_url, tmp_path, transport) as found:
        yield found


async def form_of(d: Desk, user: str) -> sandbox.OpenView:
    (form,) = await d.people.views(user)
    return form


def value(form: sandbox.OpenView, block: str) -> Any:
    """What a field is filled in with; a block's id may be followed by a count of how often it was drawn."""
    fields = [one for one in form.view["blocks"] if one.get("block_id", "").partition(":")[0] == block]
    return fields[0]["element"].get("initial_value")


async def test_staff_open_for_a_caller_and_the_clock_starts_when_it_was_reported(d: Desk) -> None:
    await d.people.command(ERIN, "C0RANDOM", "/incident", "for hinode sev1 API is down")
    form = await form_of(d, ERIN)
    assert value(form, "title") == "API is down"
    reported = START - timedelta(minutes=30)
    sent = await d.people.submit(
        ERIN, form.id, {"caller": "花子 <3", "reported": int(reported.timestamp()), "production": "yes"}
    )
    assert "HINODE-1" in str(sent.view)
    ticket = await d.ticket("HINODE-1")
    assert (ticket.caller, ticket.reported, ticket.severity) == ("花子 <3", reported, "1")
    assert ticket.clock.started == reported
    assert ticket.clock.due == reported + timedelta(hours=2)
    assert not ticket.not_contact
    assert not ticket.stranger
    root = await d.people.wait_for(HINODE, shows("HINODE-1", "花子 &lt;3"))
    assert root
    await d.people.redeliver(sent.dispatch_id)
    assert await d.bot.store.tickets.get("HINODE-2") is None


async def test_a_report_that_is_still_to_come_is_none(d: Desk) -> None:
    await d.people.command(ERIN, TRIAGE, "/incident", "for ACME API is down")
    form = await form_of(d, ERIN)
    later = int((START + timedelta(hours=1)).timestamp())
    sent = await d.people.submit(ERIN, form.id, {"severity": "2", "reported": later})
    assert "still to come" in sent.errors["reported"]


async def test_for_whom(d: Desk) -> None:
    wrong = await d.people.command(ERIN, TRIAGE, "/incident", "for ACNE API is down")
    assert "no account ACNE" in str(wrong.body)
    assert "ACME, HINODE" in str(wrong.body)
    await d.people.command(ERIN, TRIAGE, "/incident", "for")
    form = await form_of(d, ERIN)
    sent = await d.people.submit(ERIN, form.id, {"account": "ACME", "title": "API is down", "severity": "3"})
    assert "ACME-1" in str(sent.view)
    await d.people.close_view(ERIN, (await form_of(d, ERIN)).id)
    await d.people.command(BEN, ACME, "/incident", "for HINODE it is slow")
    title = value(await form_of(d, BEN), "title")
    assert title == "for HINODE it is slow"


async def test_a_mention_of_staff_opens_it_by_a_button(d: Desk) -> None:
    await d.people.say(ERIN, TRIAGE, f"<@{BOT}> for ACME API is down")
    told = await whispered(d, ERIN, TRIAGE, "run")
    await d.people.click(ERIN, TRIAGE, told["ts"], "run", from_ephemeral=True)
    assert value(await form_of(d, ERIN), "title") == "API is down"


async def test_the_global_shortcut_lets_staff_choose(d: Desk) -> None:
    await d.people.shortcut(ERIN, "open_incident")
    form = await form_of(d, ERIN)
    sent = await d.people.submit(ERIN, form.id, {"account": "HINODE", "title": "遅い", "severity": "3"})
    assert "HINODE-1" in str(sent.view)
    assert await d.people.wait_for(HINODE, shows("HINODE-1", "遅い"))


async def test_the_global_shortcut_tells_a_guest_where_to_go(d: Desk) -> None:
    await d.people.shortcut(BEN, "open_incident")
    told = await form_of(d, BEN)
    assert "in your support channel" in str(told.view)
    with pytest.raises(sandbox.Refused):
        await d.people.shortcut(ANN, "open_incident")


async def test_the_global_shortcut_knows_the_account_of_a_contact(empty_url: str, tmp_path: Path) -> None:
    accounts = [{**ACCOUNTS[0], "contacts": [{"name": "Ben", "user": BEN}]}, ACCOUNTS[1]]
    async with desk(empty_url, tmp_path, accounts=accounts) as d:
        await d.people.shortcut(BEN, "open_incident")
        form = await form_of(d, BEN)
        sent = await d.people.submit(BEN, form.id, {"title": "API is down", "severity": "3"})
        assert "ACME-1" in str(sent.view)
        ticket = await d.ticket("ACME-1")
        assert (ticket.channel, ticket.not_contact, ticket.caller) == (ACME, False, "")


async def test_from_a_message(d: Desk) -> None:
    said = await d.people.say(ANN, ACME, f"<@{BOT}> API is down\nsince <noon>")
    await d.people.message_shortcut(BEN, ACME, said, "open_from_message")
    form = await form_of(d, BEN)
    assert value(form, "title") == "API is down"
    assert value(form, "description") == "API is down\nsince <noon>"
    await d.people.submit(BEN, form.id, {"severity": "3"})
    assert (await d.ticket("ACME-1")).opener.user == BEN
    heard = await d.people.say(ERIN, "C0RANDOM", "Hinode just called: slow")
    await d.people.message_shortcut(ERIN, "C0RANDOM", heard, "open_from_message")
    form = await form_of(d, ERIN)
    assert value(form, "description") == "Hinode just called: slow"
    sent = await d.people.submit(ERIN, form.id, {"account": "HINODE", "severity": "3"})
    assert "HINODE-1" in str(sent.view)


async def test_what_was_written_in_the_room_is_looked_at_before_it_crosses(d: Desk) -> None:
    root = await opened(d)
    room = await d.channel("inc-acme-1")
    await d.people.wait_for(room, shows("acknowledge"))
    await d.people.join(ERIN, room)
    said = await d.people.say(ERIN, room, "We roll back <now>")
    await d.people.message_shortcut(ERIN, room, said, "send_as_update")
    form = await form_of(d, ERIN)
    assert value(form, "text") == "We roll back <now>"
    before = await d.people.messages(ACME, thread_ts=root["ts"])
    assert "roll back" not in str(before)
    await d.people.submit(ERIN, form.id, {"text": "We roll back now."})
    await d.people.wait_for(ACME, shows("We roll back now."), thread_ts=root["ts"])


async def test_what_cannot_be_sent_as_an_update(d: Desk) -> None:
    root = await opened(d)
    said = await d.people.say(ERIN, "C0RANDOM", "lunch?")
    await d.people.message_shortcut(ERIN, "C0RANDOM", said, "send_as_update")
    await whispered(d, ERIN, "C0RANDOM", "in the room where a ticket is worked on")
    await d.people.message_shortcut(ERIN, ACME, root["ts"], "send_as_update")
    await whispered(d, ERIN, ACME, "reads this already")
    await d.people.message_shortcut(BEN, ACME, root["ts"], "send_as_update")
    assert await d.people.views(BEN) == []
