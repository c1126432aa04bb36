"""The form is offered where no command can be typed: by a reaction, a mention, a message of a customer's own."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from commands.reading import is_by_a_person
from tests.scenarios.desk import ACCOUNTS, ACME, ANN, BEN, BOT, ERIN, OMAR, TRIAGE, Desk, Transport, desk
from tests.scenarios.test_story import shows


@pytest.fixture(params=["http", "socket"])
async def d(request: pytest.FixtureRequest, empty_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    transport: Transport = request.param
    async with desk(empty_url, tmp_path, transport) as found:
        yield found


@pytest.fixture
async def quiet(empty_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """Acme wants no offers below what its people write."""
    accounts = [{**ACCOUNTS[0], "offer_form": False}, ACCOUNTS[1]]
    async with desk(empty_url, tmp_path, accounts=accounts) as found:
        yield found


async def offer(d: Desk, message: str) -> dict[str, Any]:
    found: dict[str, Any] = await d.people.wait_for(ACME, shows("open_form"), thread_ts=message)
    return found


def filled_in(offered: dict[str, Any]) -> dict[str, str]:
    """What the button of an offer fills in."""
    (button,) = offered["blocks"][-1]["elements"]
    values: dict[str, str] = msgspec.json.decode(button["value"])
    del values["offered"]
    return values


async def redeliver_all(d: Desk) -> None:
    for dispatch in await d.people.dispatches("event"):
        await d.people.redeliver(dispatch.id)


async def nothing_more(d: Desk, message: str, count: int) -> None:
    """The thread holds so many messages, once everything that was under way has been done."""
    marker = await d.people.say(ANN, ACME, f"<@{BOT}> marker")
    await offer(d, marker)
    thread = await d.people.messages(ACME, thread_ts=message)
    assert len(thread) == count, [one["text"] for one in thread]


async def test_what_a_customer_writes_gets_an_offer_that_is_filled_in(d: Desk) -> None:
    said = await d.people.say(ANN, ACME, "API is down\nSince noon, everything.")
    offered = await offer(d, said)
    assert f"<@{ANN}>" in offered["text"]
    await redeliver_all(d)
    await d.people.react(BEN, ACME, said, "ticket")
    await d.people.react(ERIN, ACME, said, "ticket")
    await nothing_more(d, said, 2)

    await d.people.click(BEN, ACME, offered["ts"], "open_form")
    (form,) = await d.people.views(BEN)
    sent = await d.people.submit(BEN, form.id, {"severity": "3"})
    assert "ACME-1" in str(sent.view)
    ticket = await d.ticket("ACME-1")
    assert (ticket.title, ticket.description) == ("API is down", "API is down\nSince noon, everything.")

    # The offer says what came of it, and stays the only one.
    closed = await d.people.wait_for(ACME, shows("has become ACME-1"), thread_ts=said)
    assert closed["ts"] == offered["ts"]
    assert "open_form" not in str(closed)
    await d.people.redeliver(sent.dispatch_id)
    await d.people.react(ANN, ACME, said, "ticket")
    await nothing_more(d, said, 2)


async def test_one_ticket_comes_of_an_offer_unless_somebody_says_otherwise(d: Desk) -> None:
    said = await d.people.say(ANN, ACME, "API is down")
    offered = await offer(d, said)
    for user in (ANN, BEN):
        await d.people.click(user, ACME, offered["ts"], "open_form")
    (hers,), (his,) = await d.people.views(ANN), await d.people.views(BEN)
    first = await d.people.submit(ANN, hers.id, {"severity": "1"})
    assert "ACME-1" in str(first.view)
    filled = {"severity": "2", "production": "no", "version": "5.1", "description": "Only in Osaka"}
    second = await d.people.submit(BEN, his.id, filled)
    assert "has become *ACME-1* meanwhile" in str(second.view)
    for sent in (first, second):
        await d.people.redeliver(sent.dispatch_id)
    assert len(await d.bot.store.tickets.open_of("ACME")) == 1

    # What was filled in is there still, and sent once more it is a ticket of its own.
    (again,) = await d.people.views(BEN)
    third = await d.people.submit(BEN, again.id)
    assert "ACME-2" in str(third.view)
    await d.people.redeliver(third.dispatch_id)
    assert len(await d.bot.store.tickets.open_of("ACME")) == 2
    other = await d.ticket("ACME-2")
    kept = (other.severity, other.production, other.product_version, other.description)
    assert kept == ("2", False, "5.1", "Only in Osaka")
    closed = await d.people.wait_for(ACME, shows("has become ACME-1"), thread_ts=said)
    assert closed["ts"] == offered["ts"]


async def test_staff_and_threads_and_other_channels_get_no_offer(d: Desk) -> None:
    said = await d.people.say(ERIN, ACME, "Maintenance tonight")
    await d.people.say(ANN, ACME, "Thanks", thread_ts=said)
    elsewhere = await d.people.say(OMAR, TRIAGE, "lunch?")
    await nothing_more(d, said, 2)
    assert len(await d.people.messages(TRIAGE, thread_ts=elsewhere)) == 1


async def test_an_account_may_want_none_below_messages(quiet: Desk) -> None:
    d = quiet
    said = await d.people.say(ANN, ACME, "API is down")
    await nothing_more(d, said, 1)
    await d.people.react(ANN, ACME, said, "eyes")
    await nothing_more(d, said, 1)
    await d.people.react(ANN, ACME, said, "ticket")
    offered = await offer(d, said)
    await d.people.react(ANN, ACME, said, "ticket", remove=True)
    await d.people.react(ANN, ACME, said, "ticket")
    await d.people.react(ERIN, ACME, said, "ticket")
    await redeliver_all(d)
    await nothing_more(d, said, 2)
    assert filled_in(offered) == {"title": "API is down"}


async def test_a_reaction_of_staff_addresses_who_wrote_it(quiet: Desk) -> None:
    d = quiet
    said = await d.people.say(ANN, ACME, "API is down")
    reply = await d.people.say(BEN, ACME, "and so is the UI", thread_ts=said)
    await d.people.react(ERIN, ACME, reply, "ticket")
    offered = await offer(d, said)
    assert f"<@{BEN}>" in offered["text"]
    assert filled_in(offered) == {"title": "and so is the UI"}


async def test_a_reaction_to_the_bot_s_own_message_offers_nothing(d: Desk) -> None:
    (pinned,) = await d.people.wait_until(lambda: d.people.pins(ACME))
    await d.people.react(ANN, ACME, pinned["ts"], "ticket")
    await nothing_more(d, pinned["ts"], 1)


async def test_a_mention_offers_once_beside_the_message_that_it_is(d: Desk) -> None:
    said = await d.people.say(ANN, ACME, f"<@{BOT}> API is down")
    offered = await offer(d, said)
    assert filled_in(offered) == {"title": "API is down"}
    await redeliver_all(d)
    await nothing_more(d, said, 2)
    quick = await d.people.say(ANN, ACME, f"<@{BOT}> sev1 API is down")
    assert filled_in(await offer(d, quick)) == {"title": "API is down", "severity": "1"}
    bare = await d.people.say(ANN, ACME, f"<@{BOT}>")
    assert filled_in(await offer(d, bare)) == {}


@pytest.mark.parametrize(
    ("message", "person"),
    [
        ({"user": "U1", "text": "x"}, True),
        ({"user": "U1", "text": "x", "subtype": "file_share"}, True),
        ({"user": "U1", "text": "x", "bot_id": "B1"}, False),
        ({"user": "U1", "text": "x", "app_id": "A1"}, False),
        ({"subtype": "bot_message", "text": "x", "bot_id": "B1"}, False),
        ({"user": "USLACKBOT", "text": "x"}, False),
        ({"user": "U1", "text": "joined", "subtype": "channel_join"}, False),
        ({"text": "x"}, False),
    ],
)
def test_who_is_a_person(message: dict[str, Any], person: bool) -> None:
    assert is_by_a_person(message) is person
