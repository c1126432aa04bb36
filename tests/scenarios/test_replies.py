"""What is written, edited and deleted in a ticket's thread reaches staff; what nobody wrote does not."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from policy.commits import Operation
from policy.timeline import CustomerReplied, MessageDeleted, MessageEdited, UpdatePosted
from storage.tickets import Tickets
from tests.scenarios.desk import ACME, ACME_TEAM, ANN, BEN, ERIN, HOME, TRIAGE, Desk, Transport, desk
from tests.scenarios.forged import send
from tests.scenarios.test_customers import entries, opened
from tests.scenarios.test_story import shows


@pytest.fixture(params=["http", "socket"])
async def d(request: pytest.FixtureRequest, empty_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    transport: Transport = request.param
    async with desk(empty_url, tmp_path, transport) as found:
        yield found


async def redeliver_all(d: Desk) -> None:
    for dispatch in await d.people.dispatches("event"):
        await d.people.redeliver(dispatch.id)


async def settled(d: Desk, root: dict[str, Any]) -> list[str]:
    """What the incident room shows, once everything that was under way has been done."""
    room = await d.channel("inc-acme-1")
    await d.people.say(BEN, ACME, "marker", thread_ts=root["ts"])
    await d.people.wait_for(room, shows("marker"))
    return [str(one) for one in await d.people.messages(room)]


async def test_a_reply_with_files_appears_in_the_room_with_links(d: Desk) -> None:
    root = await opened(d)
    await d.people.say(ANN, ACME, "The trace:", thread_ts=root["ts"], files=["trace.log"])
    await d.people.say(BEN, ACME, "", thread_ts=root["ts"], files=["picture.png"])
    room = await d.channel("inc-acme-1")
    link = "https://t0acme.slack.com/files/"
    await d.people.wait_for(room, shows(f"<@{ANN}>", "The trace:", "📎 trace.log", link, "/trace.log"))
    await d.people.wait_for(room, shows(f"<@{BEN}>", "📎 picture.png", "/picture.png"))
    await redeliver_all(d)
    seen = await settled(d, root)
    assert sum("trace.log" in one for one in seen) == 1


async def test_an_edit_is_told_once_and_only_when_the_words_change(d: Desk) -> None:
    root = await opened(d)
    said = await d.people.say(ANN, ACME, "It is the API https://x.example/", thread_ts=root["ts"])
    room = await d.channel("inc-acme-1")
    await d.people.wait_for(room, shows("It is the API"))
    await d.people.unfurl(ACME, said)
    await d.people.edit(ANN, ACME, said, "It is the API https://x.example/")
    await d.people.edit(ANN, ACME, said, "It is the UI <!channel>")
    await d.people.wait_for(room, shows("edited", f"<@{ANN}>", "It is the UI &lt;!channel&gt;"))
    await redeliver_all(d)
    seen = await settled(d, root)
    assert sum("edited what they wrote" in one for one in seen) == 1
    (edited,) = await entries(d, "ACME-1", MessageEdited)
    assert edited.text == "It is the UI <!channel>"


async def test_a_reply_or_an_edit_ends_a_wait(d: Desk) -> None:
    root = await opened(d, severity="3")
    said = await d.people.say(ANN, ACME, "Slow", thread_ts=root["ts"])

    async def goes_on() -> bool:
        return (await d.ticket("ACME-1")).waiting is None

    async def heard() -> bool:
        return bool(await entries(d, "ACME-1", CustomerReplied))

    await d.people.wait_until(heard)
    await d.people.command(ERIN, TRIAGE, "/incident", "ack ACME-1")
    await d.people.command(ERIN, TRIAGE, "/incident", "wait ACME-1 we need the logs")
    assert not await goes_on()
    await d.people.edit(ANN, ACME, said, "Slow, and here are the logs")
    assert await d.people.wait_until(goes_on)
    await d.people.command(ERIN, TRIAGE, "/incident", "wait ACME-1 we need more of them")
    assert not await goes_on()
    await d.people.say(ANN, ACME, "Here they are", thread_ts=root["ts"])
    assert await d.people.wait_until(goes_on)


async def test_a_deletion_is_told_and_repeats_nothing(d: Desk) -> None:
    root = await opened(d)
    said = await d.people.say(ANN, ACME, "The password is hunter2", thread_ts=root["ts"])
    room = await d.channel("inc-acme-1")
    await d.people.wait_for(room, shows("hunter2"))
    await d.people.delete(ANN, ACME, said)
    told = await d.people.wait_for(room, shows(f"<@{ANN}>", "deleted what they wrote"))
    assert "hunter2" not in str(told)
    await redeliver_all(d)
    assert len(await entries(d, "ACME-1", MessageDeleted)) == 1


async def test_staff_who_edit_or_delete_their_own_words_are_on_record(d: Desk) -> None:
    root = await opened(d)
    await d.people.command(ERIN, TRIAGE, "/incident", "ack ACME-1")
    said = await d.people.say(ERIN, ACME, "We found teh cause.", thread_ts=root["ts"])

    async def counted() -> bool:
        return len(await entries(d, "ACME-1", UpdatePosted)) == 1

    assert await d.people.wait_until(counted)
    due = (await d.ticket("ACME-1")).clock.due
    d.pass_time(minutes=5)
    await d.people.edit(ERIN, ACME, said, "We found the cause.")
    room = await d.channel("inc-acme-1")
    await d.people.wait_for(room, shows(f"<@{ERIN}>", "edited what they wrote to Acme"))
    await d.people.delete(ERIN, ACME, said)
    await d.people.wait_for(room, shows(f"<@{ERIN}>", "deleted what they wrote to Acme", "counts as before"))
    ticket = await d.ticket("ACME-1")
    assert ticket.last_update.text == "We found the cause."
    assert ticket.clock.due == due
    kinds = [entry.staff for entry in await entries(d, "ACME-1", MessageEdited | MessageDeleted)]
    assert kinds == [True, True]


async def test_what_other_apps_write_is_nobody_s_word(d: Desk) -> None:
    root = await opened(d)
    other = await d.people.other_app_says(ACME, "Build 7 failed", thread_ts=root["ts"])
    assert other
    seen = await settled(d, root)
    assert not any("Build 7" in one for one in seen)
    replies = await entries(d, "ACME-1", CustomerReplied)
    assert [entry.text for entry in replies] == ["marker"]


@pytest.mark.parametrize("what", ["edited", "deleted"])
async def test_what_happens_to_a_message_may_come_before_the_message(
    empty_url: str, tmp_path: Path, what: str
) -> None:
    """Slack delivers an event again that failed; meanwhile the message was changed. Old words come up no more."""
    async with desk(empty_url, tmp_path) as d:
        root = await opened(d)
        sent = float(root["ts"]) + 60
        said = {
            "user": ANN,
            "user_team": ACME_TEAM,
            "ts": f"{sent:.6f}",
            "thread_ts": root["ts"],
            "text": "pw: hunter2",
        }
        about: dict[str, Any] = {"type": "message", "channel": ACME, "ts": f"{sent + 5:.6f}"}
        if what == "edited":
            edited = {**said, "text": "see my mail", "edited": {"user": ANN, "ts": about["ts"]}}
            about |= {"subtype": "message_changed", "message": edited, "previous_message": said}
        else:
            about |= {"subtype": "message_deleted", "deleted_ts": said["ts"], "previous_message": said}
        original = {"type": "message", "channel": ACME, **said}
        for name, event in (("EvB", about), ("EvA", original), ("EvB", about), ("EvA", original)):
            body = {"type": "event_callback", "team_id": HOME, "event_id": name, "event": event}
            assert (await send(d, json.dumps(body), "application/json")).status_code == 200
        seen = await settled(d, root)
        assert not any("hunter2" in one for one in seen)
        replies = [one.text for one in await entries(d, "ACME-1", CustomerReplied)]
        assert replies == (["see my mail", "marker"] if what == "edited" else ["marker"])
        assert await entries(d, "ACME-1", MessageEdited) == []
        assert len(await entries(d, "ACME-1", MessageDeleted)) == (what == "deleted")


async def test_an_edit_that_comes_together_with_its_message_is_not_lost(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack delivers both again at the same moment: while the edit is looked at, the message is heard in its old words.
    Then the edit is one."""
    async with desk(empty_url, tmp_path) as d:
        root = await opened(d)
        sent = float(root["ts"]) + 60
        said = {
            "user": ANN,
            "user_team": ACME_TEAM,
            "ts": f"{sent:.6f}",
            "thread_ts": root["ts"],
            "text": "it is down",
        }
        about: dict[str, Any] = {"type": "message", "channel": ACME, "ts": f"{sent + 5:.6f}"}
        edited = {**said, "text": "it is up", "edited": {"user": ANN, "ts": about["ts"]}}
        about |= {"subtype": "message_changed", "message": edited, "previous_message": said}

        async def deliver(name: str, event: dict[str, Any]) -> None:
            body = {"type": "event_callback", "team_id": HOME, "event_id": name, "event": event}
            assert (await send(d, json.dumps(body), "application/json")).status_code == 200

        real = Tickets.carried_out

        async def looked_at_too_early(tickets: Tickets, operation: Operation) -> Any:
            found = await real(tickets, operation)
            monkeypatch.setattr(Tickets, "carried_out", real)
            await deliver("EvA", {"type": "message", "channel": ACME, **said})
            return found

        monkeypatch.setattr(Tickets, "carried_out", looked_at_too_early)
        await deliver("EvB", about)
        await deliver("EvB", about)
        await settled(d, root)
        replies = [one.text for one in await entries(d, "ACME-1", CustomerReplied)]
        assert replies == ["it is down", "marker"]
        assert [one.text for one in await entries(d, "ACME-1", MessageEdited)] == ["it is up"]
