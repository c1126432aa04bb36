"""What belongs to no ticket: the pinned button and the offered form, once each whatever happens."""

from collections.abc import AsyncIterator

import pytest

from policy.commits import Operation
from policy.effects import OfferForm, PinSupportButton
from tests.bot.worker_rig import ACME, ANN, ERIN, Killed, Rig, rig_at


@pytest.fixture
async def rig(empty_url: str) -> AsyncIterator[Rig]:
    async with rig_at(empty_url) as made:
        yield made


async def pin(rig: Rig, day: str = "monday") -> None:
    effect = PinSupportButton(account="ACME", channel=ACME)
    await rig.tickets.queue("ACME", [effect], operation=Operation(day, "ACME"), now=rig.clock.now())


async def test_the_button_is_posted_and_pinned_once(rig: Rig) -> None:
    for day in ("monday", "monday", "tuesday"):
        await pin(rig, day)
        await rig.work()
    (pinned,) = await rig.people.pins(ACME)
    assert [one["ts"] for one in await rig.people.messages(ACME)] == [pinned["ts"]]


async def test_a_worker_dies_between_the_button_and_its_pin(rig: Rig) -> None:
    await pin(rig)

    async def killed() -> None:
        rig.slack.after_post = None
        raise Killed

    rig.slack.after_post = killed
    with pytest.raises(Killed):
        await rig.work()
    assert await rig.people.pins(ACME) == []
    await rig.leases_run_out()
    await rig.work()
    (pinned,) = await rig.people.pins(ACME)
    assert [one["ts"] for one in await rig.people.messages(ACME)] == [pinned["ts"]]


async def test_a_pin_that_fails_is_tried_again(rig: Rig) -> None:
    await pin(rig)
    await rig.people.faults("pins.add", kind="lost")
    await rig.work()
    rig.pass_time(seconds=1)
    await rig.work()
    assert len(await rig.people.pins(ACME)) == 1
    assert len(await rig.people.messages(ACME)) == 1
    assert await rig.waiting() == {}


async def test_a_channel_that_takes_no_button(rig: Rig) -> None:
    await rig.people.archive(ACME)
    await pin(rig)
    await rig.work()
    (letter,) = await rig.dead_letters()
    assert (letter.queued.effect, letter.queued.ticket) == (PinSupportButton("ACME", ACME), None)
    assert await rig.waiting() == {}


async def test_the_form_is_offered_where_it_was_asked_for(rig: Rig) -> None:
    asked = await rig.people.say(ERIN, ACME, "help")
    offer = OfferForm(account="ACME", channel=ACME, thread=asked, user=ANN, title="help")
    await rig.people.faults("chat.postMessage", kind="lost")
    await rig.tickets.queue("ACME", [offer], operation=Operation("event", "ACME"), now=rig.clock.now())
    await rig.work()
    rig.pass_time(seconds=1)
    await rig.work()
    _, offered = await rig.texts(ACME, asked)
    assert f"<@{ANN}>" in offered
