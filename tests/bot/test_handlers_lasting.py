"""What a worker does with what Slack will not take: a refused token holds everything up, a message that cannot be
edited any more is replaced or left, staff hear of what was given up."""

from collections.abc import AsyncIterator

import pytest

from bot.dead_letters import ALERT
from policy.timeline import Reminded, Source, Undelivered
from policy.transitions import acknowledge, customer_replied, post_update, snooze
from tests.bot.worker_rig import ACME, ERIN, GLOBEX, TRIAGE, Rig, rig_at


@pytest.fixture
async def rig(empty_url: str) -> AsyncIterator[Rig]:
    async with rig_at(empty_url) as made:
        yield made


async def update(rig: Rig, ticket: str, words: str) -> None:
    await rig.change(ticket, lambda t, now: post_update(rig.policy, t, ERIN, words, Source.COMMAND, now))


async def lanes_wait(rig: Rig) -> list[str]:
    return [member for member in await rig.waiting() if member.startswith("lane:")]


# -- a token that Slack refuses


async def test_a_revoked_token_loses_nothing_and_kills_nothing(rig: Rig) -> None:
    await rig.people.revoke_token()
    one, other = await rig.open("1"), await rig.open("3", "GLOBEX")
    await rig.work()
    rig.pass_time(minutes=30)
    for _ in range(5):
        await rig.work()
        rig.pass_time(seconds=15)
    assert rig.slack.health.refused == "token_revoked"
    assert await rig.dead_letters() == []
    assert await rig.entries(one, Undelivered) == await rig.entries(other, Undelivered) == []
    assert await rig.posts() == []

    await rig.people.restore_token()
    await rig.slack.identify()
    assert rig.slack.health.refused is None
    await rig.work()
    assert await lanes_wait(rig) == []
    assert "API is down" in " ".join(await rig.texts(ACME))
    assert "API is down" in " ".join(await rig.texts(GLOBEX))
    (reminded,) = await rig.entries(one, Reminded)
    assert reminded.count == 2  # after 10 and after 30 minutes, in one message
    assert await rig.nothing_doubled()


async def test_while_the_token_is_refused_slack_is_not_asked_for_each_item(rig: Rig) -> None:
    await rig.people.revoke_token()
    for _ in range(10):
        await rig.open("3")
    await rig.work()
    before = len(await rig.people.calls())
    rig.pass_time(seconds=15)
    await rig.work()
    rig.pass_time(seconds=15)
    await rig.work()
    assert len(await rig.people.calls()) == before


async def test_a_token_that_is_refused_during_a_post_leaves_nothing_to_look_for(rig: Rig) -> None:
    await rig.people.faults("chat.postMessage", kind="error", error="invalid_auth", channel=ACME)
    await rig.open("3")
    await rig.work()
    await rig.people.clear_faults()
    await rig.slack.identify()
    rig.pass_time(seconds=15)
    await rig.work()
    assert len(await rig.texts(ACME)) == 1
    assert await rig.people.calls("conversations.history") == []


# -- edits


@pytest.mark.parametrize("error", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_a_card_that_cannot_be_edited_is_posted_anew(rig: Rig, error: str) -> None:
    ticket = await rig.open("1")
    await rig.work()
    old = (await rig.ticket(ticket)).card
    assert old is not None
    await rig.people.faults("chat.update", kind="error", error=error, channel=old.channel)
    await rig.change(ticket, lambda t, now: acknowledge(rig.policy, t, ERIN, now))
    await rig.work()
    new = (await rig.ticket(ticket)).card
    assert new is not None
    assert (new.channel, new.ts > old.ts) == (old.channel, True)
    assert await rig.dead_letters() == []
    await update(rig, ticket, "Found it.")
    await rig.work()
    edited = [call.args for call in await rig.people.calls("chat.update") if call.error is None]
    assert [one["ts"] for one in edited if one["channel"] == new.channel] == [new.ts]


@pytest.mark.parametrize("error", ["message_not_found", "edit_window_closed", "is_archived"])
async def test_other_edits_are_left_out(rig: Rig, error: str) -> None:
    ticket = await rig.open("3")
    await rig.work()
    before = len(await rig.posts(ACME))
    await rig.people.faults("chat.update", kind="error", error=error, channel=ACME)
    await rig.change(ticket, lambda t, now: acknowledge(rig.policy, t, ERIN, now))
    await rig.work()
    assert len(await rig.posts(ACME)) == before + 1  # who has it, and no second root
    assert await rig.dead_letters() == []
    assert await rig.entries(ticket, Undelivered) == []


async def test_a_deleted_card_comes_back(rig: Rig) -> None:
    ticket = await rig.open("1")
    await rig.work()
    card = (await rig.ticket(ticket)).card
    assert card is not None
    await rig.sent.chat_delete(channel=card.channel, ts=card.ts)
    await rig.change(ticket, lambda t, now: acknowledge(rig.policy, t, ERIN, now))
    await rig.work()
    shown = await rig.texts(card.channel)
    assert any("Owner" in one and "API is down" in one for one in shown)
    assert await rig.dead_letters() == []


# -- rooms


@pytest.mark.parametrize("how", ["archived", "removed"])
async def test_what_the_customer_writes_reaches_staff_without_their_room(rig: Rig, how: str) -> None:
    ticket = await rig.open("1")
    await rig.work()
    room = await rig.room(ticket)
    await (rig.people.archive(room) if how == "archived" else rig.people.remove_bot(room))
    await rig.change(ticket, lambda t, now: customer_replied(rig.policy, t, t.opener, "Still down!", now))
    await rig.work()
    (told,) = [text for text in await rig.texts(TRIAGE) if "Still down!" in text]
    assert "Here instead" in told
    assert ticket in told
    assert f"<#{room}>" in told
    assert ("is archived: unarchive it" if how == "archived" else "invite it") in told
    assert await rig.dead_letters() == []


async def test_removed_from_the_customer_s_channel_staff_read_what_to_do(rig: Rig) -> None:
    ticket = await rig.open("1")
    await rig.work()
    await rig.people.remove_bot(ACME)
    await update(rig, ticket, "Found it.")
    await rig.work()
    (note,) = [one for one in await rig.texts(await rig.room(ticket)) if "could not be delivered" in one]
    assert f"<#{ACME}>" in note
    assert "invite it back" in note


async def test_a_renamed_channel_changes_nothing(rig: Rig) -> None:
    ticket = await rig.open("1")
    await rig.work()
    room = await rig.room(ticket)
    await rig.people.rename(room, "the-big-one")
    await rig.people.rename(ACME, "acme-renamed")
    await update(rig, ticket, "Found it.")
    rig.pass_time(hours=1)
    await rig.work()
    assert any("Found it." in one for one in await rig.texts(room))
    assert await rig.entries(ticket, Reminded)
    assert await rig.dead_letters() == []


# -- the alert


async def test_a_burst_of_dead_letters_is_one_alert(rig: Rig) -> None:
    await rig.people.archive(ACME)
    await rig.people.archive(GLOBEX)
    for _ in range(3):
        await rig.open("3")
    await rig.open("3", "GLOBEX")
    await rig.work()
    assert len(await rig.dead_letters()) == 4
    rig.pass_time(seconds=30)
    await rig.work()
    (alert,) = [one for one in await rig.texts(TRIAGE) if "deadletter list" in one]
    assert "could not be delivered: 4" in alert
    assert "is_archived: 4" in alert
    assert "ACME-1, ACME-2, ACME-3, GLOBEX-1" in alert
    assert ALERT not in await rig.waiting()
    # The next burst is another one.
    rig.pass_time(minutes=5)
    await rig.open("3", "GLOBEX")
    await rig.work()
    rig.pass_time(seconds=30)
    await rig.work()
    *_, second = [one for one in await rig.texts(TRIAGE) if "deadletter list" in one]
    assert "could not be delivered: 1" in second


async def test_an_alert_whose_answer_was_lost_is_not_posted_twice(rig: Rig) -> None:
    await rig.people.archive(ACME)
    await rig.open("3")
    await rig.work()
    await rig.people.faults("chat.postMessage", kind="lost", channel=TRIAGE)
    rig.pass_time(seconds=30)
    await rig.work()
    rig.pass_time(seconds=2)
    await rig.work()
    assert len([one for one in await rig.texts(TRIAGE) if "deadletter list" in one]) == 1
    assert ALERT not in await rig.waiting()


async def test_an_alert_that_nobody_can_read_is_given_up(empty_url: str) -> None:
    async with rig_at(empty_url, triage=None) as rig:
        await rig.people.archive(ACME)
        await rig.open("1")
        await rig.work()
        rig.pass_time(seconds=30)
        await rig.work()
        assert ALERT not in await rig.waiting()


# -- a backlog


async def test_of_a_backlog_the_most_urgent_goes_first_then_what_is_latest(rig: Rig) -> None:
    low = await rig.open("4")
    rig.pass_time(minutes=1)
    older = await rig.open("2", "GLOBEX")
    rig.pass_time(minutes=1)
    newer = await rig.open("2")
    rig.pass_time(minutes=1)
    top = await rig.open("1", "GLOBEX")
    await rig.work()
    rig.pass_time(days=3)
    claimed = []
    for shard in range(16):
        _, found = await rig.queue.claim(shard, now=rig.clock.now(), most=50, token="test")
        claimed += [(shard, one) for one in found]
    order = [one.member for _, one, _ in await rig.handlers.most_urgent_first(claimed)]
    assert order == [f"remind:{ticket}" for ticket in (top, older, newer, low)]


async def test_a_snoozed_ticket_is_read_with_the_others(rig: Rig) -> None:
    """What the order is decided on is what the reminder is decided on: a snooze in between counts."""
    ticket, other = await rig.open("3"), await rig.open("3", "GLOBEX")
    await rig.work()
    rig.pass_time(hours=13)
    claimed = []
    for shard in range(16):
        _, found = await rig.queue.claim(shard, now=rig.clock.now(), most=50, token="test")
        claimed += [(shard, one) for one in found]
    order = await rig.handlers.most_urgent_first(claimed)
    until = rig.clock.now().replace(hour=23)
    await rig.change(ticket, lambda t, now: snooze(rig.policy, t, ERIN, until, now))
    for shard, one, base in order:
        await rig.handlers.handle(shard, one, "test", base)
    # The message was decided on before the snooze was kept: it is recorded, and the snooze stands.
    assert (await rig.ticket(ticket)).snoozed_until == until
    assert len(await rig.entries(other, Reminded)) == 1


async def test_what_this_version_does_not_know_waits_for_one_that_does(rig: Rig) -> None:
    shard, member = 3, "foretell:ACME-1"
    await rig.queue.want(shard, [member], rig.clock.now())
    await rig.work()
    assert member in await rig.waiting()
    assert await rig.held() == []
    rig.pass_time(seconds=29)
    assert await rig.work() == []
    rig.pass_time(seconds=1)
    assert await rig.work() == [member]
