"""A channel gets another id, another company, is archived, loses the bot: nothing is lost, and staff are told."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from policy.timeline import CustomerReplied
from tests.scenarios.desk import ACME, ANN, BEN, BOT, ERIN, HOME, TRIAGE, Desk, Transport, desk, world
from tests.scenarios.test_customers import entries, opened
from tests.scenarios.test_refusals import whispered
from tests.scenarios.test_story import shows

NEW, NEW_TRIAGE = "C0ACMENEW", "C0TRIAGENEW"


@pytest.fixture(params=["http", "socket"])
async def d(request: pytest.FixtureRequest, empty_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    transport: Transport = request.param
    async with desk(empty_url, tmp_path, transport) as found:
        yield found


async def test_everything_goes_on_in_a_channel_that_has_another_id(d: Desk) -> None:
    root = await opened(d)
    room = await d.channel("inc-acme-1")
    await d.people.wait_for(room, shows("acknowledge"))
    await d.people.say(ANN, ACME, "before", thread_ts=root["ts"])
    await d.people.wait_for(room, shows("before"))
    await d.people.change_id(ACME, NEW)
    await d.people.wait_for(TRIAGE, shows("another id", f"<#{NEW}>"))
    for dispatch in await d.people.dispatches("event"):
        await d.people.redeliver(dispatch.id)

    # The open ticket's thread, both ways.
    await d.people.say(ANN, NEW, "after", thread_ts=root["ts"])
    await d.people.wait_for(room, shows("after"))
    await d.people.command(ERIN, TRIAGE, "/incident", "update ACME-1 We are on it")
    await d.people.wait_for(NEW, shows("We are on it"), thread_ts=root["ts"])
    await d.people.click(ANN, NEW, root["ts"], "ask_update")
    await d.people.wait_for(NEW, shows("reached us"), thread_ts=root["ts"])
    await d.people.say(ANN, NEW, f"<@{BOT}> show", thread_ts=root["ts"])
    await whispered(d, ANN, NEW, "ACME-1", thread=root["ts"])
    replies = [entry.text for entry in await entries(d, "ACME-1", CustomerReplied)]
    assert replies == ["before", "after"]

    # A new one, by the button that is pinned already.
    sent = await d.open_ticket(ANN, NEW, title="Second")
    assert "ACME-2" in str(sent.view)
    await d.people.wait_for(NEW, shows("ACME-2", "Second"))
    assert len(await d.people.pins(NEW)) == 1

    # The accounts file with the old id changes nothing.
    known = d.bot.store.directories.current.accounts["ACME"]
    assert known.channel == NEW


async def test_what_was_written_before_the_new_id_was_known_is_not_lost(
    empty_url: str, tmp_path: Path
) -> None:
    async with desk(empty_url, tmp_path) as d:
        root = await opened(d, severity="3")
        # What Slack tells of the id gets lost; then somebody writes in a channel that is nobody's.
        await d.people.set_request_url(None)
        await d.people.change_id(ACME, NEW)

        async def given_up() -> Any:
            found = [one for one in await d.people.dispatches("event") if "channel_id_changed" in str(one)]
            return found[0] if found and len(found[0].attempts) == len(world()["event_retry_s"]) else None

        changed = await d.people.wait_until(given_up)
        await d.people.set_request_url(d.address)
        await d.people.say(ANN, NEW, "and the UI", thread_ts=root["ts"])

        async def dealt_with() -> bool:
            found = [one for one in await d.people.dispatches("event") if "and the UI" in str(one)]
            return bool(found and found[0].attempts and found[0].attempts[-1].status == 200)

        assert await d.people.wait_until(dealt_with)
        assert await entries(d, "ACME-1", CustomerReplied) == []

        await d.people.redeliver(changed.id)

        async def read() -> list[str]:
            return [entry.text for entry in await entries(d, "ACME-1", CustomerReplied)]

        assert await d.people.wait_until(read) == ["and the UI"]


async def test_a_form_that_was_open_meanwhile_is_kept(d: Desk) -> None:
    (pinned,) = await d.people.wait_until(lambda: d.people.pins(ACME))
    await d.people.click(ANN, ACME, pinned["ts"], "open_form")
    (form,) = await d.people.views(ANN)
    await d.people.change_id(ACME, NEW)
    await d.people.wait_for(TRIAGE, shows("another id"))
    sent = await d.people.submit(ANN, form.id, {"title": "API is down", "severity": "3"})
    assert "ACME-1" in str(sent.view)
    await d.people.wait_for(NEW, shows("API is down"))


async def test_triage_and_the_rooms_of_staff_go_on_too(d: Desk) -> None:
    await opened(d, severity="3")
    card = await d.people.wait_for(TRIAGE, shows("ACME-1 · Sev 3"))
    await d.people.change_id(TRIAGE, NEW_TRIAGE)
    await d.people.command(ERIN, NEW_TRIAGE, "/incident", "ack ACME-1")
    await d.people.wait_for(NEW_TRIAGE, shows(f"<@{ERIN}>"), thread_ts=card["ts"])
    await d.open_ticket(ANN, ACME, title="Second", severity="3")
    await d.people.wait_for(NEW_TRIAGE, shows("ACME-2", "Second"))
    await d.people.say(ERIN, NEW_TRIAGE, f"<@{BOT}> show", thread_ts=card["ts"])
    await whispered(d, ERIN, NEW_TRIAGE, "ACME-1", thread=card["ts"])


async def test_staff_hear_who_shares_the_channel(d: Desk) -> None:
    await d.people.share(ACME, "T0HINODE")
    await d.people.wait_for(TRIAGE, shows(f"<#{ACME}> of Acme", "now shared", "T0HINODE"))
    await d.people.unshare(ACME, "T0HINODE")
    await d.people.wait_for(TRIAGE, shows("no longer shared with T0HINODE"))
    await d.people.share("C0RANDOM", "T0HINODE")
    for dispatch in await d.people.dispatches("event"):
        await d.people.redeliver(dispatch.id)
    await d.people.archive(ACME)
    await d.people.wait_for(TRIAGE, shows("was archived"))
    told = [one["text"] for one in await d.people.messages(TRIAGE) if "T0HINODE" in str(one)]
    assert len(told) == 2


async def test_the_bot_is_put_out_and_comes_back(d: Desk) -> None:
    await opened(d)
    await d.people.remove_bot(ACME)
    await d.people.wait_for(TRIAGE, shows("was removed from", f"<#{ACME}>"))
    await d.people.command(ERIN, TRIAGE, "/incident", "update ACME-1 Hello")
    room = await d.channel("inc-acme-1")
    await d.people.wait_for(room, shows("the bot is not in", "invite it back"))
    (pinned,) = await d.people.pins(ACME)
    await d.people.join(BOT, ACME, inviter=ERIN)
    sent = await d.open_ticket(ANN, ACME, title="Second")
    assert "ACME-2" in str(sent.view)
    assert [one["ts"] for one in await d.people.pins(ACME)] == [pinned["ts"]]


async def test_an_outsider_in_an_incident_channel_is_told_of(d: Desk) -> None:
    await opened(d)
    room = await d.channel("inc-acme-1")
    await d.people.wait_for(room, shows("acknowledge"))
    await d.people.add_user({"id": "U0DEV", "team": HOME, "name": "dev"})
    for user in (ERIN, "U0DEV", BEN):
        await d.people.join(user, room)
    told = await d.people.wait_for(TRIAGE, shows("has come into"))
    for dispatch in await d.people.dispatches("event"):
        await d.people.redeliver(dispatch.id)
    assert f"<@{BEN}>" in told["text"]
    assert f"<#{room}>" in told["text"]
    # Staff of the vendor's who are no support staff are nobody to warn of, and of one it is told once.
    await d.people.share(ACME, "T0HINODE")
    await d.people.wait_for(TRIAGE, shows("now shared with another company"))
    assert sum("has come into" in one["text"] for one in await d.people.messages(TRIAGE)) == 1
