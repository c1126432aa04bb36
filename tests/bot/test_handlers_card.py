"""The card in Slack: pinned, with its details in its thread, and edited once for all that waits."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from policy.endings import reopen
from policy.tickets import Person, Ticket
from policy.timeline import Source
from policy.transitions import acknowledge, customer_replied, post_update, resolve, snooze
from tests.bot.worker_rig import ANN, ERIN, HOME, TRIAGE, Rig, rig_at


@pytest.fixture
async def rig(empty_url: str) -> AsyncIterator[Rig]:
    async with rig_at(empty_url) as made:
        yield made


async def edits_of_card(rig: Rig, ticket: str) -> int:
    card = (await rig.ticket(ticket)).card
    assert card is not None
    calls = await rig.people.calls("chat.update")
    return sum((one.args["channel"], one.args["ts"]) == (card.channel, card.ts) for one in calls)


async def much_happens(rig: Rig, ticket: str) -> None:
    """Acknowledged, told twice, silenced; each edits the card, and what each tells stands between."""
    await rig.change(ticket, lambda t, now: acknowledge(rig.policy, t, ERIN, now))
    for words in ("first", "second"):

        def told(t: Ticket, now: datetime, words: str = words) -> object:
            return post_update(rig.policy, t, ERIN, words, Source.COMMAND, now)

        await rig.change(ticket, told)
    await rig.change(
        ticket, lambda t, now: snooze(rig.policy, t, ERIN, t.clock.due, now) if t.clock else None
    )


async def test_the_card_is_pinned_in_the_incident_channel_and_once(rig: Rig) -> None:
    await rig.people.faults("pins.add", kind="lost")  # carried out, and the answer lost
    ticket = await rig.open("1")
    for _ in range(4):
        await rig.work()
        rig.pass_time(seconds=5)
    card = (await rig.ticket(ticket)).card
    assert card is not None
    assert [one["ts"] for one in await rig.people.pins(await rig.room(ticket))] == [card.ts]
    assert [one.error for one in await rig.people.calls("pins.add")] == [None, "already_pinned"]
    assert await rig.dead_letters() == []


async def test_a_card_in_triage_is_not_pinned(rig: Rig) -> None:
    await rig.open("3")
    await rig.work()
    assert await rig.people.pins(TRIAGE) == []


@pytest.mark.parametrize("severity", ["1", "3"])
async def test_the_details_stand_in_the_card_s_thread_after_the_call(rig: Rig, severity: str) -> None:
    ticket = await rig.open(severity)
    await rig.work()
    card = (await rig.ticket(ticket)).card
    assert card is not None
    thread = await rig.texts(card.channel, card.ts)
    assert "reported by" in thread[-1]
    assert "Support hours: any hour of any day" in thread[-1]
    posts = [one.args["text"] for one in await rig.posts()]
    (called,) = [at for at, words in enumerate(posts) if "Nobody has it yet" in words]
    (detailed,) = [at for at, words in enumerate(posts) if "what was reported" in words]
    assert called < detailed


async def test_details_are_not_told_twice_when_the_answer_is_lost(rig: Rig) -> None:
    ticket = await rig.open("1")
    for _ in range(4):
        await rig.work_once(f"lane:{ticket}:staff")
    await rig.work_once(f"lane:{ticket}:staff")  # the pin
    await rig.people.faults("chat.postMessage", kind="lost")
    for _ in range(3):
        await rig.work_once(f"lane:{ticket}:staff")
        rig.pass_time(seconds=5)
    card = (await rig.ticket(ticket)).card
    assert card is not None
    assert len(await rig.texts(card.channel, card.ts)) == 2
    assert await rig.nothing_doubled()


async def test_the_edits_that_wait_are_one(rig: Rig) -> None:
    ticket = await rig.open("1")
    await rig.work()
    await much_happens(rig, ticket)
    await rig.work()
    assert await edits_of_card(rig, ticket) == 1
    card, *_ = await rig.texts(await rig.room(ticket))
    assert f"Owner: <@{ERIN}>" in card
    assert "second" in card
    assert "Reminders silenced" in card
    # What was told in between was told all the same, in order.
    notes = [one["text"] for one in await rig.people.messages(await rig.room(ticket))]
    said = [
        next((word for word in ("acknowledged", "first", "second") if word in one), None) for one in notes
    ]
    assert [word for word in said if word] == ["acknowledged", "first", "second"]


async def test_the_edits_of_the_thread_that_wait_are_one(rig: Rig) -> None:
    ticket = await rig.open("1")
    await rig.work()
    await much_happens(rig, ticket)
    await rig.work()
    root = (await rig.ticket(ticket)).customer
    assert root is not None
    calls = [one for one in await rig.people.calls("chat.update") if one.args["ts"] == root.thread]
    assert len(calls) == 1


async def test_an_edit_that_fails_is_made_later_and_shows_what_came_meanwhile(rig: Rig) -> None:
    ticket = await rig.open("1")
    await rig.work()
    await rig.people.faults("chat.update", kind="ratelimited", retry_after=1)
    await rig.change(ticket, lambda t, now: acknowledge(rig.policy, t, ERIN, now))
    await rig.work_once(f"lane:{ticket}:staff")
    await rig.change(ticket, lambda t, now: resolve(t, ERIN, "Rolled back", now))
    for _ in range(3):
        rig.pass_time(seconds=2)
        await rig.work()
    calls = await rig.people.calls("chat.update")
    card = (await rig.ticket(ticket)).card
    assert card is not None
    assert [one.status for one in calls if one.args["ts"] == card.ts] == [429, 200]
    shown, *_ = await rig.texts(await rig.room(ticket))
    assert "Resolved" in shown


async def test_a_card_that_is_gone_stands_anew_with_all_that_belongs_to_it(rig: Rig) -> None:
    ticket = await rig.open("1")
    await rig.work()
    old = (await rig.ticket(ticket)).card
    assert old is not None
    await rig.sent.chat_delete(channel=old.channel, ts=old.ts)
    await rig.change(ticket, lambda t, now: acknowledge(rig.policy, t, ERIN, now))
    await rig.work()
    card = (await rig.ticket(ticket)).card
    assert card is not None
    assert card != old
    assert card.ts in [one["ts"] for one in await rig.people.pins(card.channel)]
    shown, below = await rig.texts(card.channel, card.ts)
    assert f"Owner: <@{ERIN}>" in shown
    assert "reported by" in below


async def test_another_channel_in_place_of_an_archived_one_has_card_pin_and_details(rig: Rig) -> None:
    ticket = await rig.open("1")
    await rig.work()
    await rig.change(ticket, lambda t, now: acknowledge(rig.policy, t, ERIN, now))
    await rig.change(ticket, lambda t, now: resolve(t, ERIN, "Rolled back", now))
    await rig.work()
    await rig.people.archive(await rig.room(ticket))
    await rig.change(ticket, lambda t, now: reopen(rig.policy, t, ERIN, "again", now))
    await rig.work()
    kept = await rig.ticket(ticket)
    assert kept.card is not None
    assert kept.staff is not None
    assert kept.card.channel == kept.staff.channel != await rig.room(ticket)
    assert [one["ts"] for one in await rig.people.pins(kept.staff.channel)] == [kept.card.ts]
    assert len(await rig.texts(kept.card.channel, kept.card.ts)) == 2


async def test_the_card_tells_that_the_customer_wrote_after_the_resolution(rig: Rig) -> None:
    ticket = await rig.open("3")
    await rig.change(ticket, lambda t, now: acknowledge(rig.policy, t, ERIN, now))
    await rig.change(ticket, lambda t, now: resolve(t, ERIN, "Rolled back", now))
    await rig.work()
    await rig.change(ticket, lambda t, now: customer_replied(rig.policy, t, Person(ANN, HOME), "Hm", now))
    await rig.work()
    card = (await rig.ticket(ticket)).card
    assert card is not None
    shown, *_ = await rig.texts(card.channel, card.ts)
    assert "The customer wrote after that" in shown


async def test_a_change_after_the_edit_is_shown_by_an_edit_of_its_own(rig: Rig) -> None:
    ticket = await rig.open("1")
    await rig.work()
    await rig.change(ticket, lambda t, now: acknowledge(rig.policy, t, ERIN, now))
    await rig.work()
    await rig.change(ticket, lambda t, now: resolve(t, ERIN, "Rolled back", now))
    await rig.work()
    assert await edits_of_card(rig, ticket) == 2
    shown, *_ = await rig.texts(await rig.room(ticket))
    assert "Resolved" in shown


async def test_messages_that_say_the_same_are_all_posted(rig: Rig) -> None:
    """Only what shows the ticket as it stands is made one."""
    ticket = await rig.open("3")
    await rig.work()
    for _ in range(3):
        await rig.change(ticket, lambda t, now: customer_replied(rig.policy, t, Person(ANN, HOME), "+1", now))
    await rig.work()
    card = (await rig.ticket(ticket)).card
    assert card is not None
    assert sum("+1" in one for one in await rig.texts(card.channel, card.ts)) == 3
