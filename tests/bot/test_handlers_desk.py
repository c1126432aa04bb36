"""What belongs to no ticket: the pinned button and the offered form, once each whatever happens."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from bot.dead_letters import ALERT, GATHER_S
from commands.views.desk import PINNED
from policy.commits import Operation
from policy.effects import NoteChannel, OfferForm, PinSupportButton
from tests.bot.worker_rig import ACME, ANN, ERIN, TRIAGE, Killed, Rig, rig_at


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
    assert set(await rig.waiting()) == {ALERT}
    rig.pass_time(seconds=GATHER_S)
    await rig.work()
    (told,) = await rig.texts(TRIAGE)
    assert "is_archived" in told
    assert await rig.waiting() == {}


async def test_the_form_is_offered_where_it_was_asked_for(rig: Rig) -> None:
    asked = await rig.people.say(ERIN, ACME, "help")
    offer = OfferForm(account="ACME", channel=ACME, thread=asked, user=ANN, title="help", message=asked)
    await rig.people.faults("chat.postMessage", kind="lost")
    await rig.tickets.queue("ACME", [offer], operation=Operation("event", "ACME"), now=rig.clock.now())
    await rig.work()
    rig.pass_time(seconds=1)
    await rig.work()
    _, offered = await rig.texts(ACME, asked)
    assert f"<@{ANN}>" in offered


async def offer_by_reaction(rig: Rig, message: str, event: str) -> None:
    effect = OfferForm(account="ACME", channel=ACME, thread=message, user=ANN, title="", message=message)
    await rig.tickets.queue("ACME", [effect], operation=Operation(event, "ACME"), now=rig.clock.now())
    await rig.work()


async def test_a_pinned_message_of_an_older_version_is_edited_where_it_stands(rig: Rig) -> None:
    button = {
        "type": "button",
        "action_id": "open_form",
        "text": {"type": "plain_text", "text": "Get support"},
    }
    posted = await rig.sent.chat_postMessage(
        channel=ACME, text="Get support", blocks=[{"type": "actions", "elements": [button]}]
    )
    old = posted["ts"]
    await rig.sent.pins_add(channel=ACME, timestamp=old)
    await pin(rig)
    await rig.work()
    (pinned,) = await rig.people.pins(ACME)
    assert pinned["ts"] == old
    assert [one["action_id"] for one in pinned["blocks"][-1]["elements"]] == list(PINNED)
    assert len(await rig.people.messages(ACME)) == 1


async def test_a_message_is_offered_once_even_when_its_operation_is_forgotten(rig: Rig) -> None:
    said = await rig.people.say(ANN, ACME, "API is down\nsince noon")
    for event in ("one", "two", "three"):
        await offer_by_reaction(rig, said, event)
    _, offered = await rig.people.messages(ACME, thread_ts=said)
    (button,) = offered["blocks"][-1]["elements"]
    assert msgspec.json.decode(button["value"]) == {
        "title": "API is down",
        "description": "API is down\nsince noon",
        "offered": said,
    }
    reply = await rig.people.say(ANN, ACME, "and the UI", thread_ts=said)
    for event in ("four", "five"):
        await offer_by_reaction(rig, reply, event)
    assert len(await rig.people.messages(ACME, thread_ts=said)) == 4


async def test_nothing_is_offered_for_a_message_that_is_gone_or_a_bot_s(rig: Rig) -> None:
    gone = await rig.people.say(ANN, ACME, "never mind")
    await rig.people.delete(ANN, ACME, gone)
    await offer_by_reaction(rig, gone, "one")
    own = await rig.sent.chat_postMessage(channel=ACME, text="hello")
    await offer_by_reaction(rig, own["ts"], "two")
    assert len(await rig.people.messages(ACME)) == 1
    assert await rig.waiting() == {}


async def test_staff_are_told_in_triage_what_becomes_of_a_channel(rig: Rig) -> None:
    effect = NoteChannel(account="ACME", channel=ACME, what="shared", team="T0OTHER")
    await rig.tickets.queue("ACME", [effect], operation=Operation("event", "ACME"), now=rig.clock.now())
    await rig.work()
    (told,) = await rig.texts(TRIAGE)
    assert f"<#{ACME}>" in told
    assert "T0OTHER" in told
