"""What staff put on record and how tickets end otherwise than resolved: scope, links, merging, cancelling, joining,
timelines, silence, outages."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from policy.tickets import State
from policy.timeline import NoteWritten, OutageNoted, ScopeJudged, TookOver
from tests.scenarios.desk import ACME, BEN, BOT, ERIN, HANA, HINODE, OMAR, START, TRIAGE, Desk, desk
from tests.scenarios.test_handling import form, in_room, opened, say
from tests.scenarios.test_story import shows

SECRET = "their licence ran out"
URL = "https://support.example/t/42"


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(empty_url, tmp_path) as running:
        yield running


# -- scope


async def test_out_of_scope_is_told_to_the_customer_in_their_language(d: Desk) -> None:
    root, card = await opened(d, "3", HANA, HINODE)
    clock = (await d.ticket("HINODE-1")).clock
    answer = await say(d, "scope HINODE-1 third-party")
    assert "HINODE-1 is marked as out of scope (Third-party software)" in answer
    told = await d.people.wait_for(HINODE, shows("サポートの対象外となります"), thread_ts=root)
    assert "そのソフトウェアの提供元へお問い合わせください" in str(told)
    assert ERIN not in str(told)
    await d.people.wait_for(
        HINODE, lambda m: m["ts"] == root and "サポート対象外：他社製ソフトウェア" in str(m)
    )
    await d.people.wait_for(TRIAGE, lambda m: m["ts"] == card and "Third-party software" in str(m))
    await d.people.wait_for(TRIAGE, shows("marked HINODE-1 as out of scope"), thread_ts=card)
    ticket = await d.ticket("HINODE-1")
    assert (ticket.clock, ticket.out_of_scope.reason) == (clock, "third-party")

    assert "for that reason already" in await say(d, "scope HINODE-1 他社製ソフトウェア")
    known = "`third-party`, `altered`, `not-available`, `platform`, `cloud`"
    assert known in await say(d, "scope HINODE-1 they never pay")
    assert "within scope again" in await say(d, "scope HINODE-1 back")
    await d.people.wait_for(HINODE, shows("引き続き対応いたします"), thread_ts=root)
    await d.people.wait_for(HINODE, lambda m: m["ts"] == root and "サポート対象外" not in str(m))
    assert "nothing to take back" in await say(d, "scope HINODE-1 back")


async def test_scope_by_the_form(d: Desk) -> None:
    root, _ = await opened(d, "3")
    await say(d, "scope ACME-1")
    shown = await form(d)
    assert "Support covers it after all" not in str(shown.view)
    sent = await d.people.submit(ERIN, shown.id, {"reason": "cloud"})
    assert (sent.ok, sent.errors) == (True, {})
    await d.people.wait_for(
        ACME, shows("the services themselves are supported by their providers"), thread_ts=root
    )
    assert (await d.people.redeliver(sent.dispatch_id)).ok
    await say(d, "scope ACME-1")
    assert (await d.people.submit(ERIN, (await form(d)).id, {"reason": "/covered"})).ok
    await d.people.wait_for(ACME, shows("within the scope of our support after all"), thread_ts=root)
    entries = await d.bot.store.tickets.timeline("ACME-1")
    assert [e.reason for e in entries if isinstance(e, ScopeJudged)] == ["cloud", None]
    await say(d, "cancel ACME-1 x")
    assert "ACME-1 is cancelled" in await say(d, "scope ACME-1 cloud")


# -- links


async def test_a_link_to_the_portal(d: Desk) -> None:
    root, card = await opened(d, "3")
    assert "The card and the customer's thread show it" in await say(d, f"link ACME-1 {URL}")
    link = f"<{URL}|In the support portal>"
    await d.people.wait_for(ACME, lambda m: m["ts"] == root and link in str(m))
    await d.people.wait_for(TRIAGE, lambda m: m["ts"] == card and link in str(m))
    assert "has that link already" in await say(d, f"link ACME-1 {URL}")
    for words in ("javascript:alert(1)", "support.example/42", "<!channel>", f"{URL} and more"):
        answer = await say(d, f"link ACME-1 {words}")
        assert "is not an address that can be linked" in answer, words
        assert "<!" not in answer
    assert (await d.ticket("ACME-1")).link == URL

    await say(d, "link ACME-1")
    shown = await form(d)
    assert URL in str(shown.view)
    assert (
        "begins with https://" in (await d.people.submit(ERIN, shown.id, {"line": "nowhere"})).errors["line"]
    )
    assert (await d.people.submit(ERIN, shown.id, {"line": "https://support.example/a|b>"})).ok
    await d.people.wait_for(ACME, lambda m: m["ts"] == root and "a%7Cb%3E|In" in str(m))
    assert "has no link any more" in await say(d, "link ACME-1 remove")
    await d.people.wait_for(ACME, lambda m: m["ts"] == root and "support portal" not in str(m))
    assert "nothing to remove" in await say(d, "link ACME-1 remove")


# -- merging and cancelling


async def test_a_ticket_goes_on_as_another(d: Desk) -> None:
    root, _ = await opened(d, "1")
    await opened(d, "3")
    room = await d.channel("inc-acme-1")
    answer = await say(d, f"merge ACME-1 ACME-2 {SECRET}")
    assert "ACME-1 goes on as ACME-2. The customer is told." in answer
    ticket = await d.ticket("ACME-1")
    assert (ticket.state, ticket.merged_into, ticket.clock) == (State.MERGED, "ACME-2", None)
    await d.people.wait_for(ACME, shows("ACME-1 goes on as ACME-2"), thread_ts=root)
    assert SECRET not in str(await d.people.messages(ACME, thread_ts=root))
    await d.people.wait_for(room, shows("merged ACME-1 into ACME-2", SECRET))
    other = (await d.ticket("ACME-2")).card
    await d.people.wait_for(other.channel, shows("ACME-1 goes on as ACME-2"), thread_ts=other.ts)
    for words in ("ack ACME-1", "severity ACME-1 2 x", "wait ACME-1", "cancel ACME-1 x"):
        assert "ACME-1 goes on as ACME-2: please do it there" in await say(d, words), words
    # Asked for once more it is no error, and nothing happens twice.
    assert "goes on as" in await say(d, "merge ACME-1 ACME-2")
    taken = [e for e in await d.bot.store.tickets.timeline("ACME-2") if isinstance(e, TookOver)]
    assert [e.merged for e in taken] == ["ACME-1"]


async def test_what_cannot_be_merged(d: Desk) -> None:
    await opened(d, "3")
    assert "no other open ticket" in await say(d, "merge ACME-1")
    await opened(d, "3", HANA, HINODE)
    assert "cannot be merged into itself" in await say(d, "merge ACME-1 ACME-1")
    assert "another account's" in await say(d, "merge ACME-1 HINODE-1")
    assert "There is no ticket ACME-9" in await say(d, "merge ACME-1 ACME-9")
    assert "Into which ticket?" in await say(d, "merge ACME-1 the other one")
    assert "Which ticket?" in await say(d, "merge")
    await opened(d, "3")
    await say(d, "resolve ACME-2 done")
    assert "ACME-2 is not open" in await say(d, "merge ACME-1 ACME-2")
    assert (await d.ticket("ACME-1")).is_open


async def test_merging_in_the_ticket_s_own_room_and_by_the_form(d: Desk) -> None:
    await opened(d, "1")
    await opened(d, "3")
    await opened(d, "3")
    await say(d, "join ACME-1")
    room = await in_room(d)
    assert "ACME-1 goes on as ACME-3" in await say(d, "merge acme-3", channel=room)
    assert (await d.ticket("ACME-1")).merged_into == "ACME-3"
    await say(d, "merge ACME-2")
    sent = await d.people.submit(ERIN, (await form(d)).id, {"into": "ACME-3", "reason": "the same"})
    assert (sent.ok, sent.errors) == (True, {})
    assert (await d.people.redeliver(sent.dispatch_id)).ok
    taken = [e for e in await d.bot.store.tickets.timeline("ACME-3") if isinstance(e, TookOver)]
    assert [e.merged for e in taken] == ["ACME-1", "ACME-2"]


async def test_cancelling(d: Desk) -> None:
    root, _ = await opened(d, "1")
    room = await d.channel("inc-acme-1")
    await say(d, "cancel ACME-1")
    shown = await form(d)
    assert (await d.people.submit(ERIN, shown.id, {"text": " "})).errors
    assert (await d.people.submit(ERIN, shown.id, {"text": SECRET})).ok
    ticket = await d.ticket("ACME-1")
    assert (ticket.state, ticket.clock) == (State.CANCELLED, None)
    await d.people.wait_for(ACME, shows("is cancelled"), thread_ts=root)
    await d.people.wait_for(room, shows("cancelled ACME-1", SECRET))
    assert SECRET not in str(await d.people.messages(ACME, thread_ts=root))
    assert SECRET not in await say(d, "timeline ACME-1", BEN, ACME)
    for words in ("cancel ACME-1 again", "assign ACME-1 me", "wait ACME-1 x", "snooze ACME-1 1h"):
        assert "ACME-1 is cancelled: nothing is done on it any further" in await say(d, words), words
    assert "is cancelled" in await say(d, "severity ACME-1 3 x")
    d.pass_time(hours=3)
    assert not [m for m in await d.people.messages(room) if "Response was due" in m["text"]]


# -- joining


async def test_joining_a_channel_or_a_thread(d: Desk) -> None:
    _, called = await opened(d, "1")
    room = await d.channel("inc-acme-1")
    assert f"worked on in <#{room}>. You are invited." in await say(d, "join ACME-1")
    await in_room(d)
    assert "You are invited" in await say(d, "join ACME-1")  # whoever is in is left alone
    call = await d.people.wait_for(TRIAGE, shows("ACME-1", "'join'"))
    await d.people.click(OMAR, TRIAGE, call["ts"], "join")
    await in_room(d, OMAR)

    _, card = await opened(d, "3")
    assert f"in a thread of <#{TRIAGE}>. You are mentioned there" in await say(d, "join ACME-2")
    await d.people.wait_for(TRIAGE, shows(f"<@{ERIN}> joins in on ACME-2"), thread_ts=card)
    assert called
    assert not [e for e in await d.bot.store.tickets.timeline("ACME-2") if isinstance(e, NoteWritten)]


# -- timelines


async def test_a_timeline_for_staff_and_for_customers(d: Desk) -> None:
    _, card = await opened(d, "1")
    await say(d, "ack ACME-1")
    room = await in_room(d)
    for words in (
        f"note ACME-1 {SECRET}",
        "update ACME-1 Rolling back",
        f"assign ACME-1 <@{OMAR}>",
        f"severity ACME-1 2 {SECRET}",
        "scope ACME-1 cloud",
        f"link ACME-1 {URL}",
        f"wait ACME-1 {SECRET}",
        "resume ACME-1",
    ):
        assert ":warning:" not in await say(d, words), words
    seen = await say(d, "timeline", channel=room)
    theirs = await say(d, "timeline ACME-1", BEN, ACME)
    for words in ("opened by", "Rolling back", "Sev 1 → Sev 2", "Unsupported cloud service"):
        assert words in seen, words
        assert words in theirs, words
    for words in (SECRET, f"<@{OMAR}>", URL, "next update"):
        assert (words in seen) is (words != "next update"), words
        assert words not in theirs, words
    assert "There is no ticket HINODE-1" in await say(d, "timeline HINODE-1", BEN, ACME)
    button = await d.people.wait_for(room, shows("'timeline'"), thread_ts=card)
    await d.people.click(ERIN, room, button["ts"], "timeline")
    await d.people.wait_for(room, shows("what happened", SECRET), viewer=ERIN, thread_ts=card)


# -- silence


@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("30m", START + timedelta(minutes=30)),
        ("8 hours", START + timedelta(hours=8)),
        ("until tomorrow 9am", START.replace(hour=14, minute=0)),  # it is Tuesday evening in New York
        ("明日9時まで", START.replace(hour=14, minute=0)),
        ("friday 17:00", START.replace(day=20, hour=22, minute=0)),
        ("1 business day", START.replace(day=18, hour=23, minute=0)),  # 9:00 to 18:00
    ],
)
async def test_silence_for_a_while_or_until_an_instant(d: Desk, words: str, until: object) -> None:
    await opened(d, "3")
    await say(d, "ack ACME-1")
    due = (await d.ticket("ACME-1")).clock.due
    answer = await say(d, f"snooze ACME-1 {words}")
    ticket = await d.ticket("ACME-1")
    assert (ticket.snoozed_until, ticket.clock.due) == (until, due)
    assert "EST" in answer  # printed back with the zone
    assert "No deadline moves" in answer


async def test_silence_that_is_not_understood(d: Desk) -> None:
    _, card = await opened(d, "1")
    await say(d, "ack ACME-1")
    room = await in_room(d)
    for words, said in (
        ("friday", "is not a time that can be read for sure. For example `30m`"),
        ("until 2h", "can be read in two ways"),
        ("next friday 17:00", "can be read in two ways"),
        ("today 9:00", "has passed"),
        ("2026-02-30 9:00", "There is no"),
        ("2027-01-01 9:00", "more than 7 days away"),
    ):
        assert said in await say(d, f"snooze ACME-1 {words}"), words
    assert (await d.ticket("ACME-1")).snoozed_until is None
    await d.people.wait_for(room, lambda m: m["ts"] == card and "snooze ACME-1" in str(m))
    await d.people.click(ERIN, room, card, "more", selected_option="snooze ACME-1")
    shown = await form(d)
    wrong = await d.people.submit(ERIN, shown.id, {"line": "12"})
    assert "For example `30m`" in wrong.errors["line"]
    assert (await d.people.submit(ERIN, shown.id, {"line": "3 hours"})).ok
    ticket = await d.ticket("ACME-1")
    assert ticket.snoozed_until == ticket.clock.due  # a severity 1 is silent until its deadline at the latest
    assert "its deadline: this severity is silenced no longer" in await say(d, "snooze ACME-1 3h")


# -- outages


async def test_an_outage_on_a_ticket_is_on_its_timeline(d: Desk) -> None:
    await opened(d, "1")
    for words in (
        "outage ACME-1 api 2026-11-18T01:00Z/",
        "outage ACME-1 api until 2026-11-18T02:00Z",
        "outage withdraw ACME-O1 not ours",
    ):
        assert "ACME-O1" in await say(d, words), words
    noted = [e for e in await d.bot.store.tickets.timeline("ACME-1") if isinstance(e, OutageNoted)]
    assert [(e.what, e.id) for e in noted] == [
        ("recorded", "ACME-O1"),
        ("closed", "ACME-O1"),
        ("withdrawn", "ACME-O1"),
    ]
    seen, theirs = await say(d, "timeline ACME-1"), await say(d, "timeline ACME-1", BEN, ACME)
    assert f"<@{ERIN}> recorded ACME-O1" in seen
    assert "recorded as ACME-O1" in theirs
    assert ERIN not in theirs.partition("recorded as ACME-O1")[2]
    # One that concerns everybody is on no ticket's.
    await say(d, "outage ui 2026-11-18T01:00Z/2026-11-18T01:10Z")
    assert len([e for e in await d.bot.store.tickets.timeline("ACME-1") if isinstance(e, OutageNoted)]) == 3


async def test_an_outage_whose_record_did_not_reach_the_timeline_gets_there_when_asked_again(d: Desk) -> None:
    await opened(d, "1")
    words = "outage ACME-1 api 2026-11-18T01:00Z/2026-11-18T01:10Z"
    answer = await d.people.command(ERIN, TRIAGE, "/incident", words)
    assert (await d.people.redeliver(answer.dispatch_id)).ok
    assert "recorded already" in await say(d, words)
    noted = [e for e in await d.bot.store.tickets.timeline("ACME-1") if isinstance(e, OutageNoted)]
    assert len(noted) == 1


async def test_the_same_words_in_a_mention(d: Desk) -> None:
    await opened(d, "1")
    await say(d, "join ACME-1")
    room = await in_room(d)
    await d.people.say(ERIN, room, f"<@{BOT}> note seen it before")
    await d.people.wait_for(room, shows("for staff alone", "seen it before"))
    # A form opens by a button only.
    await d.people.say(ERIN, room, f"<@{BOT}> wait")
    offered = await d.people.wait_for(room, shows("'run'"), viewer=ERIN)
    await d.people.click(ERIN, room, offered["ts"], "run", from_ephemeral=True)
    assert "Waiting for customer" in str((await form(d)).view)
