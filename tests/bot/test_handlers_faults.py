"""What a worker does when Slack fails: nothing is lost, and nobody sees a message twice."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from policy.effects import PostThread
from policy.reminders import wake_at
from policy.timeline import Reminded, RoomOpened, Source, Undelivered
from policy.transitions import acknowledge, customer_replied, post_update, resolve
from storage import keys
from storage.codec import WorkNote
from storage.plan import Lease
from tests.bot.worker_rig import ACME, ERIN, GLOBEX, START, TRIAGE, Killed, Rig, rig_at

FAULTS_BEFORE_THE_WORK = [
    {"kind": "status", "status": 503},
    {"kind": "drop"},
    {"kind": "error", "error": "internal_error"},
    {"kind": "error", "error": "service_unavailable"},
]


@pytest.fixture
async def rig(empty_url: str) -> AsyncIterator[Rig]:
    async with rig_at(empty_url) as made:
        yield made


async def update(rig: Rig, ticket: str, words: str) -> None:
    await rig.change(ticket, lambda t, now: post_update(rig.policy, t, ERIN, words, Source.COMMAND, now))


async def test_a_rate_limit_holds_one_ticket_up_and_no_other(rig: Rig) -> None:
    await rig.people.faults("chat.postMessage", kind="ratelimited", channel=ACME, retry_after=7)
    await rig.open("3", "ACME")
    await rig.open("3", "GLOBEX")
    await rig.work()
    assert (len(await rig.posts(ACME)), len(await rig.posts(GLOBEX))) == (0, 1)
    rig.pass_time(seconds=6.9)
    assert await rig.work() == []
    rig.pass_time(seconds=0.1)
    assert await rig.work() == ["lane:ACME-1:customer"]
    assert len(await rig.posts(ACME)) == 1
    assert await rig.people.calls("conversations.history") == []  # it was not carried out, for certain


@pytest.mark.parametrize(
    "fault", FAULTS_BEFORE_THE_WORK, ids=lambda fault: "-".join(map(str, fault.values()))
)
async def test_what_failed_before_the_work_is_posted_later_and_once(
    rig: Rig, fault: dict[str, object]
) -> None:
    await rig.people.faults("chat.postMessage", channel=ACME, **fault)  # type: ignore[arg-type]
    await rig.open("3")
    await rig.work()
    assert await rig.posts(ACME) == []
    rig.pass_time(seconds=1)
    await rig.work()
    assert len(await rig.texts(ACME)) == 1
    assert await rig.nothing_doubled()


async def test_a_channel_s_message_whose_answer_was_lost_is_found(rig: Rig) -> None:
    await rig.people.faults("chat.postMessage", kind="lost", channel=ACME)
    ticket = await rig.open("3")
    await rig.work()
    assert (await rig.ticket(ticket)).customer is None
    rig.pass_time(seconds=1)
    await rig.work()
    (root,) = await rig.people.messages(ACME)
    (opened,) = [one for one in await rig.entries(ticket, RoomOpened) if one.side == "customer"]
    assert (opened.channel, opened.thread) == (ACME, root["ts"])
    assert await rig.queue.room(ACME, root["ts"]) == ticket


async def test_a_thread_s_message_whose_answer_was_lost_is_found(rig: Rig) -> None:
    ticket = await rig.open("3")
    await rig.work()
    await rig.people.faults("chat.postMessage", kind="lost", channel=ACME)
    await update(rig, ticket, "We are on it.")
    await update(rig, ticket, "Still on it.")
    await rig.work()
    rig.pass_time(seconds=1)
    await rig.work()
    thread = (await rig.ticket(ticket)).customer
    assert thread is not None
    _, first, second = await rig.texts(ACME, thread.thread)
    assert "We are on it." in first
    assert "Still on it." in second


async def test_a_reminder_whose_answer_was_lost_is_found(rig: Rig) -> None:
    ticket = await rig.open("1")
    await rig.work()
    room = await rig.room(ticket)
    rig.pass_time(minutes=10)
    await rig.people.faults("chat.postMessage", kind="lost", channel=room)
    await rig.work()
    assert await rig.entries(ticket, Reminded) == []
    rig.pass_time(minutes=1)
    await rig.work()
    (entry,) = await rig.entries(ticket, Reminded)
    assert len(await rig.texts(room)) == 2  # the card and the reminder
    assert entry.message.channel == room
    assert await rig.nothing_doubled()


@pytest.mark.parametrize("method", ["conversations.history", "conversations.replies"])
@pytest.mark.parametrize("fault", ["ratelimited", "drop", "status", "lost", "error"])
async def test_a_fault_of_the_look_up_does_not_make_it_forget(rig: Rig, method: str, fault: str) -> None:
    ticket = await rig.open("3")
    if method == "conversations.replies":
        await rig.work()
        await update(rig, ticket, "We are on it.")
    await rig.people.faults("chat.postMessage", kind="lost", channel=ACME)
    await rig.people.faults(method, kind=fault)  # type: ignore[arg-type]
    for _ in range(4):
        await rig.work()
        rig.pass_time(seconds=4)
    assert len(await rig.people.calls(method)) == 2
    assert len(await rig.posts(ACME)) == (1 if method == "conversations.replies" else 0)
    assert await rig.nothing_doubled()
    assert [one for one in await rig.waiting() if one.startswith("lane:")] == []


async def test_nobody_listens_at_slack_s_address_while_it_looks(rig: Rig) -> None:
    """The connection is refused: that call was not carried out, but the one before may have been."""
    await rig.people.faults("chat.postMessage", kind="lost", channel=ACME)
    await rig.open("3")
    await rig.work()
    rig.pass_time(seconds=1)
    real, rig.sent.base_url = rig.sent.base_url, "http://127.0.0.1:9/api/"
    await rig.work()
    rig.sent.base_url = real
    rig.pass_time(seconds=4)
    await rig.work()
    assert len(await rig.texts(ACME)) == 1
    assert await rig.nothing_doubled()


async def test_a_look_up_that_finds_nothing_is_followed_by_the_post(rig: Rig) -> None:
    await rig.people.faults("chat.postMessage", kind="drop", channel=ACME, times=2)
    await rig.open("3")
    for _ in range(3):
        await rig.work()
        rig.pass_time(seconds=4)
    assert len(await rig.people.calls("conversations.history")) == 2
    assert len(await rig.texts(ACME)) == 1


async def test_a_post_that_slack_carries_out_after_the_time_out(empty_url: str) -> None:
    """A worker that looked for it at once would not see it yet, and post it again."""
    async with rig_at(empty_url, slack_timeout_s=1) as rig:
        ticket = await rig.open("3")
        await rig.people.faults("chat.postMessage", kind="slow", delay_s=2.5, channel=ACME)
        await rig.work()
        rig.pass_time(seconds=29)
        await rig.work()
        assert await rig.people.calls("conversations.history") == []
        await rig.people.wait_for(ACME, lambda message: ticket in message["text"])
        rig.pass_time(seconds=1)
        await rig.work()
        assert (await rig.ticket(ticket)).customer is not None
        assert len(await rig.texts(ACME)) == 1


async def test_what_happens_to_the_ticket_does_not_hurry_a_reminder_that_waits(rig: Rig) -> None:
    ticket = await rig.open("1")
    await rig.work()
    rig.pass_time(minutes=10)
    room = await rig.room(ticket)
    await rig.people.faults("chat.postMessage", kind="ratelimited", channel=room, retry_after=60)
    await rig.work()
    await rig.change(ticket, lambda t, now: customer_replied(rig.policy, t, t.opener, "Hello?", now))
    assert await rig.work() == [f"lane:{ticket}:staff"]
    rig.pass_time(seconds=60)
    await rig.work()
    assert len(await rig.entries(ticket, Reminded)) == 1


async def test_each_failure_waits_longer(rig: Rig) -> None:
    await rig.people.faults("chat.postMessage", kind="status", channel=ACME, times=0)
    await rig.open("3")
    await rig.work()
    waits = []
    for _ in range(8):
        due = (await rig.waiting())["lane:ACME-1:customer"]
        waits.append(due / 1000 - rig.clock.now().timestamp())
        rig.pass_time(seconds=waits[-1] + 0.001)
        await rig.work()
    for wait, longest in zip(waits, [1, 2, 4, 8, 16, 32, 60, 60], strict=True):
        assert longest / 2 - 0.01 <= wait <= longest + 0.01


# -- what will not heal


async def test_an_archived_customer_channel(rig: Rig) -> None:
    await rig.people.archive(ACME)
    ticket = await rig.open("3")
    await update(rig, ticket, "We are on it.")
    await rig.work()
    letters = await rig.dead_letters()
    assert {letter.error for letter in letters} == {"is_archived"}
    assert letters[0].queued.effect == PostThread()
    undelivered = await rig.entries(ticket, Undelivered)
    assert [entry.what for entry in undelivered] == ["PostThread", "TellUpdate"]
    staff = (await rig.ticket(ticket)).staff
    assert staff is not None
    notes = [one for one in await rig.texts(TRIAGE, staff.thread) if "could not be delivered" in one]
    assert len(notes) == len(undelivered)
    assert all(f"<#{ACME}> is archived: unarchive it" in note for note in notes)
    # The lane goes on with the next thing, and works again when the channel does.
    await rig.people.unarchive(ACME)
    await update(rig, ticket, "It works again.")
    await rig.work()
    (only,) = await rig.texts(ACME)
    assert "It works again." in only


async def test_without_an_incident_channel_a_thread_in_triage_serves(rig: Rig) -> None:
    await rig.people.faults("conversations.create", kind="error", error="restricted_action")
    ticket = await rig.open("1")
    await rig.work()
    kept = await rig.ticket(ticket)
    assert kept.staff is not None
    assert kept.card is not None
    assert (kept.staff.channel, kept.staff.thread) == (TRIAGE, kept.card.ts)
    rig.pass_time(minutes=10)
    await rig.work()
    card, call, details, reminder = await rig.texts(TRIAGE, kept.card.ts)
    assert "API is down" in card
    assert "New:" in call
    assert "reported by" in details
    assert await rig.people.pins(TRIAGE) == []
    assert "nobody has it" in reminder
    assert len(await rig.entries(ticket, Reminded)) == 1


async def test_an_incident_channel_that_was_made_before_is_found(rig: Rig) -> None:
    await rig.people.faults("conversations.create", kind="lost")
    ticket = await rig.open("1")
    await rig.work()
    rig.pass_time(seconds=1)
    await rig.work()
    assert [call.error for call in await rig.people.calls("conversations.create")] == [None, "name_taken"]
    room = (await rig.ticket(ticket)).staff
    assert room is not None
    assert room.channel == await rig.room(ticket)
    assert len(await rig.entries(ticket, RoomOpened)) == 2


async def test_a_channel_of_somebody_else_with_that_name(rig: Rig) -> None:
    await rig.people.create_channel("inc-acme-1", creator="erin", private=True)
    ticket = await rig.open("1")
    await rig.work()
    (letter,) = await rig.dead_letters()
    assert letter.error == "name_taken"
    kept = await rig.ticket(ticket)
    assert kept.staff is not None
    assert kept.staff.channel == TRIAGE


async def test_reminders_of_an_archived_incident_channel_go_to_triage(rig: Rig) -> None:
    ticket = await rig.open("1")
    await rig.work()
    await rig.people.archive(await rig.room(ticket))
    before = len(await rig.texts(TRIAGE))
    rig.pass_time(minutes=10)
    await rig.work()
    assert len(await rig.texts(TRIAGE)) == before + 1
    (entry,) = await rig.entries(ticket, Reminded)
    assert entry.message.channel == TRIAGE


async def test_an_unfinished_reminder_whose_room_is_out_of_reach(rig: Rig) -> None:
    """Nobody can look whether it was posted: a promise is kept in triage rather than not at all."""
    ticket = await rig.open("1")
    await rig.work()
    room = await rig.room(ticket)
    rig.pass_time(minutes=10)
    await rig.people.faults("chat.postMessage", kind="drop", channel=room)
    await rig.work()
    await rig.people.remove_bot(room)
    rig.pass_time(minutes=1)
    await rig.work()
    (entry,) = await rig.entries(ticket, Reminded)
    assert entry.message.channel == TRIAGE


async def test_no_room_takes_the_reminder(empty_url: str) -> None:
    """Its slots are on record as not delivered; the later ones stand."""
    async with rig_at(empty_url, triage=None) as rig:
        ticket = await rig.open("1")
        await rig.work()
        await rig.people.archive(await rig.room(ticket))
        rig.pass_time(minutes=10)
        await rig.work()
        lost = [(entry.what, entry.error) for entry in await rig.entries(ticket, Undelivered)]
        assert lost == [
            ("CallOnCall", "no_triage_channel_is_set"),
            ("Reminder", "no_triage_channel_is_set"),
        ]
        (*_, reminder) = await rig.entries(ticket, Undelivered)
        assert [slot.at - START for slot in reminder.slots] == [timedelta(minutes=10)]
        assert reminder.count == 1
        await rig.people.unarchive(await rig.room(ticket))
        rig.pass_time(minutes=20)
        await rig.work()
        (reminded,) = await rig.entries(ticket, Reminded)
        assert reminded.count == 1


async def test_giving_a_reminder_up_leaves_a_newer_clock_alone(empty_url: str) -> None:
    async with rig_at(empty_url, triage=None) as rig:
        ticket = await rig.open("1")
        await rig.work()
        await rig.people.archive(await rig.room(ticket))
        rig.pass_time(hours=3)

        async def acknowledged() -> None:
            rig.slack.before_post = None
            rig.pass_time(seconds=1)
            await rig.change(ticket, lambda t, now: acknowledge(rig.policy, t, ERIN, now))

        rig.slack.before_post = acknowledged
        await rig.work_once(f"remind:{ticket}")
        kept = await rig.ticket(ticket)
        assert kept.clock is not None
        assert kept.clock.covered_until == kept.clock.started
        wake = wake_at(rig.policy, kept, kept.moved)
        assert wake == kept.clock.started + timedelta(minutes=45)


# -- workers that die


@pytest.mark.parametrize("side", ["customer", "staff"])
async def test_a_worker_dies_after_its_post(rig: Rig, side: str) -> None:
    ticket = await rig.open("3")
    await rig.work()
    await update(rig, ticket, "We are on it.")
    if side == "staff":
        await rig.work_once(f"lane:{ticket}:customer")

    async def killed() -> None:
        rig.slack.after_post = None
        raise Killed

    rig.slack.after_post = killed
    with pytest.raises(Killed):
        await rig.work()
    assert await rig.work_once(f"lane:{ticket}:{side}") == []  # its lease holds
    await rig.leases_run_out()
    await rig.work()
    assert await rig.nothing_doubled()
    assert len(await rig.ids()) == 6  # thread and card, call, details, the update and its note


async def test_a_worker_dies_after_its_reminder_and_the_ticket_is_resolved(rig: Rig) -> None:
    """The reminder that nobody recorded is found all the same: recorded, and shrunk."""
    ticket = await rig.open("1")
    await rig.work()
    rig.pass_time(minutes=10)

    async def killed() -> None:
        rig.slack.after_post = None
        raise Killed

    rig.slack.after_post = killed
    with pytest.raises(Killed):
        await rig.work()
    await rig.change(ticket, lambda t, now: resolve(t, ERIN, "Fixed.", now))
    await rig.leases_run_out()
    await rig.work()
    (entry,) = await rig.entries(ticket, Reminded)
    room = await rig.room(ticket)
    (text,) = [one["text"] for one in await rig.people.messages(room) if one["ts"] == entry.message.ts]
    assert "answered by" in text
    assert await rig.waiting() == await rig.to_be_confirmed(ticket)


async def test_an_answer_is_lost_and_the_ticket_is_resolved(rig: Rig) -> None:
    ticket = await rig.open("1")
    await rig.work()
    rig.pass_time(minutes=10)
    await rig.people.faults("chat.postMessage", kind="lost", channel=await rig.room(ticket))
    await rig.work()
    await rig.change(ticket, lambda t, now: resolve(t, ERIN, "Fixed.", now))
    for _ in range(3):
        await rig.work()
        rig.pass_time(seconds=2)
    assert len(await rig.entries(ticket, Reminded)) == 1
    assert await rig.waiting() == await rig.to_be_confirmed(ticket)


async def test_a_lease_that_is_lost_before_the_post(rig: Rig) -> None:
    await rig.open("3")
    attempt = rig.queue.attempt

    async def slow_attempt(lease: Lease, note: WorkNote) -> bool:
        await rig.taken_by_another(lease)
        return await attempt(lease, note)

    rig.queue.attempt = slow_attempt  # type: ignore[method-assign]
    await rig.work_once()
    assert await rig.people.calls("chat.postMessage") == []
    rig.queue.attempt = attempt  # type: ignore[method-assign]
    await rig.leases_run_out()
    await rig.work()
    assert len(await rig.texts(ACME)) == 1


async def test_a_lease_that_is_lost_after_the_post(rig: Rig) -> None:
    """The slow worker settles nothing; the other one finds the message."""
    ticket = await rig.open("3")

    async def taken() -> None:
        rig.slack.after_post = None
        shard = keys.shard_of("ACME")
        await rig.taken_by_another(Lease(shard, f"lane:{ticket}:customer", "mine"))

    rig.slack.after_post = taken
    await rig.work_once(f"lane:{ticket}:customer")
    assert (await rig.ticket(ticket)).customer is None
    await rig.leases_run_out()
    await rig.work()
    assert (await rig.ticket(ticket)).customer is not None
    assert len(await rig.texts(ACME)) == 1
