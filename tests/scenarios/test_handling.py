"""Staff handle a ticket, by command, form and button: what changes, what staff see, what the customer sees and does not
see; and what is refused."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from policy.tickets import State, Ticket
from policy.timeline import Assigned, NoteWritten, SeverityChanged
from tests.scenarios.desk import (
    ACME,
    ANN,
    BEN,
    BOT,
    ERIN,
    HANA,
    HINODE,
    OMAR,
    ON_CALL,
    START,
    TRIAGE,
    Desk,
    desk,
)
from tests.scenarios.test_story import shows
from tests.servers import run_single

SECRET = "their licence ran out"


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(empty_url, tmp_path) as running:
        yield running


async def say(d: Desk, words: str, user: str = ERIN, channel: str = TRIAGE) -> str:
    """What the person reads who types that after `/incident`; nothing where a form opens."""
    answer = await d.people.command(user, channel, "/incident", words)
    assert answer.ok, words
    return str(answer.body)


async def opened(d: Desk, severity: str = "1", user: str = BEN, channel: str = ACME) -> tuple[str, str]:
    """An announced ticket: the `ts` of its thread on the customer's side, and of its card."""
    before = {m["ts"] for m in await d.people.messages(channel)}
    await d.open_ticket(user, channel, title="API is down", severity=severity)
    root = await d.people.wait_for(channel, lambda m: m["ts"] not in before and "API is down" in str(m))
    name = next(
        word for word in str(root["text"]).replace("*", " ").replace("（", " ").split() if "-" in word
    )
    name = name.strip(",:")

    async def announced() -> Ticket | None:
        ticket = await d.ticket(name)
        return ticket if ticket.card and ticket.customer and ticket.call else None

    ticket = await d.people.wait_until(announced)
    return root["ts"], ticket.card.ts


async def form(d: Desk, user: str = ERIN) -> Any:
    (view,) = await d.people.views(user)
    return view


async def in_room(d: Desk, user: str = ERIN) -> str:
    """The incident channel, once the person is in it."""
    room = await d.channel("inc-acme-1")

    async def joined() -> bool:
        return any(one["id"] == room and user in one["members"] for one in await d.people.channels())

    await d.people.wait_until(joined)
    return room


# -- severity and production


async def test_severity_by_command(d: Desk) -> None:
    root, _ = await opened(d, "1")
    room = await d.channel("inc-acme-1")
    answer = await say(d, f"severity ACME-1 sev2 {SECRET}")
    assert "ACME-1 is Severity 2 (High) now" in answer
    assert (await d.ticket("ACME-1")).severity == "2"
    note = await d.people.wait_for(room, shows("Sev 1 → Sev 2", SECRET, "Deadline"))
    assert "Sev 1" in note["text"]
    await d.people.wait_for(ACME, lambda m: m["ts"] == root and "Severity 2" in str(m))
    assert SECRET not in str(await d.people.messages(ACME, thread_ts=root))
    seen = await say(d, "timeline ACME-1", BEN, ACME)
    assert "Sev 1 → Sev 2" in seen
    assert SECRET not in seen

    assert "has severity 2 already" in await say(d, "severity ACME-1 high the same")
    assert "“nine” is no severity. One of `1`, `2`, `3`, `4`" in await say(d, "severity ACME-1 nine x")
    assert "Which ticket?" in await say(d, "severity 2 x")
    assert "longer than 1000 characters" in await say(d, f"severity ACME-1 3 {'x' * 1001}")
    assert "There is no ticket ACME-9" in await say(d, "severity ACME-9 2 x")
    assert (await d.ticket("ACME-1")).severity == "2"


async def test_severity_and_production_by_the_form(d: Desk) -> None:
    _, card = await opened(d, "3")
    for words, severity, production in (
        ("severity ACME-1", "3", "yes"),
        ("severity ACME-1 p1", "1", "yes"),
        ("production ACME-1 no", "3", "no"),
    ):
        assert await say(d, words) in {"", "None"}
        shown = await form(d)
        chosen = {b["block_id"]: b["element"] for b in shown.view["blocks"] if b["type"] == "input"}
        assert chosen["severity"]["initial_option"]["value"] == severity
        assert chosen["production"]["initial_option"]["value"] == production
        await d.people.close_view(ERIN, shown.id)

    await d.people.click(ERIN, TRIAGE, card, "more", selected_option="severity ACME-1")
    shown = await form(d)
    same = await d.people.submit(ERIN, shown.id, {"reason": "nothing new"})
    assert "That is how it is already" in same.errors["severity"]
    blank = await d.people.submit(ERIN, shown.id, {"severity": "2", "reason": "   "})
    assert blank.errors["reason"] == "Please say why, in a few words."
    sent = await d.people.submit(ERIN, shown.id, {"severity": "2", "production": "no", "reason": SECRET})
    assert sent.ok
    assert await d.people.views(ERIN) == []
    ticket = await d.ticket("ACME-1")
    assert (ticket.severity, ticket.production) == ("2", False)
    entries = await d.bot.store.tickets.timeline("ACME-1")
    assert len([entry for entry in entries if isinstance(entry, SeverityChanged)]) == 1


async def test_when_it_got_worse_the_severity_that_the_customer_wishes_for_is_chosen(d: Desk) -> None:
    root, card = await opened(d, "3")
    await d.people.click(BEN, ACME, root, "got_worse")
    *_, worse = await d.people.views(BEN)
    assert (await d.people.submit(BEN, worse.id, {"text": "all are hit", "wished": "1"})).ok
    note = await d.people.wait_for(TRIAGE, shows("all are hit", "'severity'"), thread_ts=card)
    await d.people.click(ERIN, TRIAGE, note["ts"], "severity")
    shown = await form(d)
    chosen = next(block["element"] for block in shown.view["blocks"] if block.get("block_id") == "severity")
    assert chosen["initial_option"]["value"] == "1"


async def test_with_redis_away_what_was_typed_stays(tmp_path: Path) -> None:
    home = tmp_path / "redis"
    home.mkdir()
    with run_single(home, appendonly="yes", appendfsync="always") as server:
        async with desk(server.url, tmp_path) as d:
            await opened(d, "3")
            await say(d, "wait ACME-1")
            waiting = await form(d)
            server.process.kill()
            server.process.wait()
            sent = await d.people.submit(ERIN, waiting.id, {"text": "logs"})
            assert sent.action == "errors"
            assert "does not answer" in sent.errors["text"]
            for words in (
                "severity ACME-1 2 x",
                f"assign ACME-1 <@{OMAR}>",
                "note ACME-1 x",
                "timeline ACME-1",
            ):
                assert "does not answer" in await say(d, words), words


async def test_production_by_command(d: Desk) -> None:
    await opened(d, "1", HANA, HINODE)
    due = (await d.ticket("HINODE-1")).clock.due
    answer = await say(d, "production HINODE-1 no only staging")
    assert "HINODE-1 is not about production now. First response by" in answer
    ticket = await d.ticket("HINODE-1")
    assert ticket.production is False
    assert (
        ticket.clock.due >= due
    )  # a severity 1 that is not in production waits for Premium's extended hours
    assert "is not about production already" in await say(d, "production HINODE-1 no x")
    assert "“maybe” is no answer" in await say(d, "production HINODE-1 maybe x")
    assert "is about production now" in await say(d, "production HINODE-1 はい 本番でした")


async def test_a_deadline_that_stays_is_not_told_as_one_that_moved(d: Desk) -> None:
    await opened(d)
    due = (await d.ticket("ACME-1")).clock.due
    await say(d, "production ACME-1 no only staging")
    assert (await d.ticket("ACME-1")).clock.due == due
    room = (await d.ticket("ACME-1")).staff.channel
    note = await d.people.wait_for(room, shows("only staging"))
    assert "Deadline: " in str(note)
    assert ", as before" in str(note)
    assert "→" not in await say(d, "timeline ACME-1")
    why = await say(d, "why ACME-1")
    assert "Production became affected, or is no longer; it stays Severity 1 (Critical)." in why
    assert "Severity 1 (Critical) became" not in why


async def test_a_severity_3_that_becomes_a_1_gets_a_channel_and_keeps_it(d: Desk) -> None:
    root, card = await opened(d, "3")
    await say(d, "ack ACME-1")
    await say(d, "severity ACME-1 1 all are hit")
    note = await d.people.wait_for(TRIAGE, shows("Sev 3 → Sev 1"), thread_ts=card)
    assert "The work goes on in a channel of its own" in str(note)
    room = await d.channel("inc-acme-1")
    await d.people.wait_for(room, shows("ACME-1 · Sev 1"))
    await d.people.wait_for(TRIAGE, lambda m: m["ts"] == card and "is worked on in" in str(m))

    await say(d, "severity ACME-1 3 a workaround holds")
    note = await d.people.wait_for(room, shows("Sev 1 → Sev 3"))
    assert "The work stays in this channel." in str(note)
    # Everything goes on there: notes, replies, updates, reminders, commands without an ID.
    await say(d, "note looks stable", channel=room)
    await d.people.wait_for(room, shows("looks stable", "for staff alone"))
    await d.people.say(BEN, ACME, "thank you", thread_ts=root)
    await d.people.wait_for(room, shows("thank you"))
    d.pass_time(hours=5)
    await d.people.wait_for(room, shows("update due", f"<@{ERIN}>"))
    assert "ACME-1 is Severity 1" in await say(d, "severity 1 again", channel=room)
    assert [one["name"] for one in await d.people.channels() if one["name"].startswith("inc-")] == [
        "inc-acme-1"
    ]


async def test_what_a_change_of_severity_does_to_the_deadline(d: Desk) -> None:
    root, _ = await opened(d, "4")
    await say(d, "ack ACME-1")
    assert (await d.ticket("ACME-1")).clock is None
    # No update clock ran: change + cadence.
    assert "Next update by" in await say(d, "severity ACME-1 3 more than a question")
    assert (await d.ticket("ACME-1")).clock.due == START + timedelta(hours=6)
    # An upgrade to 2 ends a wait, and is due at the earlier of the old deadline and change + cadence.
    await say(d, "wait ACME-1 logs")
    d.pass_time(hours=1)
    await say(d, "severity ACME-1 2 many are hit")
    ticket = await d.ticket("ACME-1")
    assert (ticket.waiting, ticket.clock.due) == (None, START + timedelta(hours=3))
    # A downgrade counts from the last public update, here the acknowledgement, without the hour that was waited.
    await say(d, "severity ACME-1 3 a workaround")
    assert (await d.ticket("ACME-1")).clock.due == START + timedelta(hours=7)
    why = await say(d, "why ACME-1")
    assert "Severity 3 (Normal) became Severity 2 (High). The old deadline was" in why
    assert "would make" in why
    await d.people.wait_for(ACME, lambda m: m["ts"] == root and "Severity 3" in str(m))
    # A downgrade to 4 cancels the update clock.
    assert "No deadline runs on it." in await say(d, "severity ACME-1 4 a question after all")
    assert (await d.ticket("ACME-1")).clock is None
    assert "update clock cancelled" in await say(d, "timeline ACME-1")


# -- assigning


async def test_to_hand_over_tells_the_new_owner_what_it_is_about(d: Desk) -> None:
    root, _ = await opened(d, "1")
    room = await d.channel("inc-acme-1")
    await say(d, "ack ACME-1")
    await say(d, "update ACME-1 We are rolling back.")
    due = (await d.ticket("ACME-1")).clock.due
    answer = await say(d, f"assign ACME-1 <@{OMAR}>")
    assert f"ACME-1 is handed over to <@{OMAR}>" in answer
    note = await d.people.wait_for(room, shows(f"<@{OMAR}>", "is yours now, handed over by", f"<@{ERIN}>"))
    for words in (
        "Until now:",
        "Acme",
        "API is down",
        "Severity 1 (Critical)",
        "Next update by",
        "rolling back",
    ):
        assert words in str(note), words
    assert note["text"].startswith(f"<@{OMAR}>")
    await d.people.wait_for(room, shows(f"Owner: <@{OMAR}>"))
    members = next(one["members"] for one in await d.people.channels() if one["id"] == room)
    assert OMAR in members
    await d.people.wait_for(ACME, lambda m: m["ts"] == root and f"<@{OMAR}> is on it" in str(m))
    ticket = await d.ticket("ACME-1")
    assert (ticket.owner, ticket.clock.due) == (OMAR, due)
    # Reminders call the new owner.
    d.pass_time(minutes=45)
    await d.people.wait_for(room, shows(f"<@{OMAR}>", "update due"))
    assert f"ACME-1 is <@{OMAR}>'s already" in await say(d, f"assign ACME-1 <@{OMAR}>")


async def test_to_be_assigned_is_not_to_acknowledge(d: Desk) -> None:
    root, _ = await opened(d, "1")
    room = await d.channel("inc-acme-1")
    answer = await say(d, f"assign ACME-1 <@{OMAR}>")
    assert "No clock is met by that" in answer
    ticket = await d.ticket("ACME-1")
    assert (ticket.owner, ticket.acknowledged, ticket.clock.kind) == (OMAR, None, "response")
    await d.people.wait_for(room, shows("Nobody has acknowledged it yet", f"<@{OMAR}>"))
    d.pass_time(hours=1)
    reminder = await d.people.wait_for(room, shows("Response due", f"<@{OMAR}>"))
    assert ON_CALL not in reminder["text"]
    # The customer learns who is on it when somebody answers.
    assert OMAR not in str(await d.people.messages(ACME, thread_ts=root))
    assert OMAR not in await say(d, "list", BEN, ACME)
    assert "not acknowledged yet" in await say(d, "list")
    assert "`/incident ack ACME-1`" in await say(d, f"assign ACME-1 <@{OMAR}>")
    assert "is yours" in await say(d, "ack ACME-1")
    ticket = await d.ticket("ACME-1")
    assert (ticket.owner, ticket.clock.kind) == (ERIN, "update")
    await d.people.wait_for(ACME, shows(f"<@{ERIN}> has taken ACME-1"), thread_ts=root)


@pytest.mark.parametrize("words", [f"<@{BEN}>", f"<@{ANN}|ann>", f"<@{BOT}>", f"<@{HANA}>"])
async def test_only_staff_can_own_a_ticket(d: Desk, words: str) -> None:
    await opened(d, "1")
    answer = await say(d, f"assign ACME-1 {words}")
    assert "is not of support staff for this account and cannot own ACME-1" in answer
    assert (await d.ticket("ACME-1")).owner is None


async def test_assigning_by_the_form_and_by_other_words(d: Desk) -> None:
    _, card = await opened(d, "3")
    for words in ("assign ACME-1 somebody", f"assign ACME-1 <@{ERIN}> <@{OMAR}>"):
        assert "Name one person with an @" in await say(d, words)
    await d.people.click(ERIN, TRIAGE, card, "more", selected_option="assign ACME-1")
    shown = await form(d)
    wrong = await d.people.submit(ERIN, shown.id, {"who": BEN})
    assert "nobody else can own it" in wrong.errors["who"]
    assert (await d.people.submit(ERIN, shown.id, {"who": OMAR})).ok
    assert (await d.ticket("ACME-1")).owner == OMAR
    await d.people.wait_for(TRIAGE, shows(f"<@{OMAR}>", "is yours now"), thread_ts=card)
    assert "assigned to" in await say(d, "assign ACME-1 me")
    assert (await d.ticket("ACME-1")).owner == ERIN
    await say(d, "assign ACME-1")
    again = await d.people.submit(ERIN, (await form(d)).id, {"who": ERIN})
    assert f"<@{ERIN}>" in str(again.view)  # in place of the form: it is Erin's already
    entries = [e for e in await d.bot.store.tickets.timeline("ACME-1") if isinstance(e, Assigned)]
    assert [(e.to, e.before) for e in entries] == [(OMAR, None), (ERIN, OMAR)]
    assert (await d.people.redeliver(again.dispatch_id)).ok
    await say(d, "resolve ACME-1 done")
    assert "is resolved" in await say(d, f"assign ACME-1 <@{OMAR}>")


async def test_a_mention_assigns_in_the_room(d: Desk) -> None:
    await opened(d, "1")
    room = await d.channel("inc-acme-1")
    await d.people.join(ERIN, room)
    await d.people.say(ERIN, room, f"<@{BOT}> assign <@{OMAR}>")
    await d.people.wait_for(room, shows(f"<@{OMAR}>", "is yours now"))


# -- waiting


async def test_waiting_for_the_customer_and_going_on(d: Desk) -> None:
    root, card = await opened(d, "3")
    await say(d, "ack ACME-1")
    due = (await d.ticket("ACME-1")).clock.due
    answer = await say(d, f"wait ACME-1 {SECRET}")
    assert "ACME-1 waits for the customer. The clock stands still, with 6 hr of support time left." in answer
    await d.people.wait_for(TRIAGE, shows("waits for the customer", SECRET), thread_ts=card)
    await d.people.wait_for(ACME, lambda m: m["ts"] == root and "needs your answer" in str(m))
    assert SECRET not in str(await d.people.messages(ACME, thread_ts=root))
    assert "waits for the customer already, since" in await say(d, "wait ACME-1 once more")
    assert "waits for the customer already" in await say(d, "wait ACME-1")
    assert await d.people.views(ERIN) == []
    d.pass_time(hours=2)
    assert "Next update by" in await say(d, "resume ACME-1")
    assert (await d.ticket("ACME-1")).clock.due == due + timedelta(hours=2)
    assert "does not wait for the customer" in await say(d, "resume ACME-1")
    # Any message of the customer ends it too.
    await say(d, "wait ACME-1 logs")
    await d.people.say(BEN, ACME, "here they are", thread_ts=root)
    await d.people.wait_for(TRIAGE, shows("here they are"), thread_ts=card)
    assert (await d.ticket("ACME-1")).waiting is None


async def test_waiting_by_button_and_form(d: Desk) -> None:
    _, card = await opened(d, "1")
    await say(d, "ack ACME-1")
    room = await in_room(d)
    await d.people.wait_for(room, lambda m: m["ts"] == card and "'wait'" in str(m))
    await d.people.click(ERIN, room, card, "wait")
    shown = await form(d)
    assert (await d.people.submit(ERIN, shown.id, {"text": "   "})).errors
    assert (await d.people.submit(ERIN, shown.id, {"text": SECRET})).ok
    ticket = await d.ticket("ACME-1")
    assert (ticket.waiting.reason, ticket.clock.pause) == (SECRET, None)  # a severity 1 promises on
    await d.people.wait_for(room, lambda m: m["ts"] == card and "'resume'" in str(m))
    await d.people.click(ERIN, room, card, "resume")
    await d.people.wait_for(room, shows("waits for the customer no longer"))
    assert (await d.ticket("ACME-1")).waiting is None


async def test_two_who_send_the_same_form(d: Desk) -> None:
    await opened(d, "3")
    await say(d, "wait ACME-1")
    await say(d, "wait ACME-1", OMAR)
    first = await d.people.submit(ERIN, (await form(d)).id, {"text": "logs"})
    second = await d.people.submit(OMAR, (await form(d, OMAR)).id, {"text": "logs too"})
    assert (first.ok, first.errors) == (True, {})
    assert "waits for the customer already" in str(second.view)
    assert (await d.ticket("ACME-1")).waiting.by == ERIN
    # Slack delivers the first once more: it is the same one thing.
    assert (await d.people.redeliver(first.dispatch_id)).ok
    assert len([e for e in await d.bot.store.tickets.timeline("ACME-1") if "WaitStarted" in repr(e)]) == 1


# -- notes


async def test_a_note_is_for_staff_alone_and_meets_no_clock(d: Desk) -> None:
    root, card = await opened(d, "1")
    assert "You are invited" in await say(d, "join ACME-1")
    room = await in_room(d)
    assert "Written down on ACME-1, for staff alone" in await say(d, f"note ACME-1 {SECRET}")
    await d.people.wait_for(room, shows("for staff alone", SECRET))
    await d.people.click(ERIN, room, card, "more", selected_option="note ACME-1")
    assert (await d.people.submit(ERIN, (await form(d)).id, {"text": f"by form: {SECRET}"})).ok
    await d.people.wait_for(room, shows("by form"))
    ticket = await d.ticket("ACME-1")
    assert (ticket.acknowledged, ticket.clock.kind) == (None, "response")
    await say(d, "update ACME-1 We look into it.")
    await d.people.wait_for(ACME, shows("We look into it."), thread_ts=root)
    await say(d, "resolve ACME-1 done")
    assert "Written down" in await say(d, "note ACME-1 afterwards too")
    for words in ("timeline ACME-1", "show ACME-1", "why ACME-1"):
        assert SECRET not in await say(d, words, BEN, ACME)
    assert SECRET not in str(await d.people.messages(ACME, thread_ts=root))
    assert SECRET not in str(await d.people.messages(ACME, viewer=BEN))
    assert SECRET in await say(d, "timeline ACME-1")
    assert "longer than 2500" in await say(d, f"note ACME-1 {'x' * 2501}")
    found = [e for e in await d.bot.store.tickets.timeline("ACME-1") if isinstance(e, NoteWritten)]
    assert len(found) == 3


async def test_customers_handle_nothing(d: Desk) -> None:
    await opened(d, "1")
    before = await d.ticket("ACME-1")
    for words in (
        "severity ACME-1 4 x",
        "production ACME-1 no x",
        f"assign ACME-1 <@{ERIN}>",
        "wait ACME-1 x",
        "resume ACME-1",
        "note ACME-1 x",
        "snooze ACME-1 30m",
        "scope ACME-1 cloud",
        "merge ACME-1 ACME-2",
        "cancel ACME-1 x",
        "link ACME-1 https://x.example",
        "join ACME-1",
        "outage ACME-1 api 10:00-",
    ):
        assert "Only support staff can do that" in await say(d, words, BEN, ACME), words
    (confirmation,) = await d.people.views(BEN)
    assert "Incident recorded" in str(confirmation.view)
    after = await d.ticket("ACME-1")
    assert (after.state, after.severity, after.owner, after.clock) == (
        State.OPEN,
        before.severity,
        None,
        before.clock,
    )
    # What only begins like a subcommand is a title.
    await say(d, "scope of the export is wrong", BEN, ACME)
    *_, shown = await d.people.views(BEN)
    assert "scope of the export is wrong" in str(shown.view)
