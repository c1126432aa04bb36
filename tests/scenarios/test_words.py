"""What is typed behind a command's name: a subcommand, a title that begins like one, a slip of the pen; and the same
words said to the bot in a mention."""

from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.desk import ACME, ANN, BEN, BOT, ERIN, TRIAGE, Desk, desk
from tests.scenarios.test_story import shows


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> Any:
    async with desk(empty_url, tmp_path) as running:
        yield running


async def form_title(d: Desk, user: str) -> str:
    """What the form that a person has open is filled in with."""
    (view,) = await d.people.views(user)
    title = next(block for block in view.view["blocks"] if block.get("block_id") == "title")
    return str(title["element"].get("initial_value"))


@pytest.mark.parametrize(
    "words",
    [
        "update fails on prod",
        "show stopper in billing",
        "snooze button does nothing",
        "list of instances is empty",
    ],
)
async def test_what_only_begins_like_a_subcommand_is_a_customer_s_title(d: Desk, words: str) -> None:
    await d.people.command(BEN, ACME, "/incident", words)
    assert await form_title(d, BEN) == words


async def test_a_slip_of_the_pen_is_asked_about(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    answer = await d.people.command(BEN, ACME, "/incident", "shwo ACME-1")
    assert "Did you mean `/incident show ACME-1`?" in str(answer.body)
    run, other = answer.body["blocks"][1]["elements"]
    assert (run["action_id"], run["value"]) == ("run", "/incident show ACME-1")
    assert "shwo ACME-1" in other["value"]

    # Staff mean a subcommand whenever it looks like one; where no form can open there is no other button.
    answer = await d.people.command(ERIN, TRIAGE, "/incident", "resolv ACME-1 rolled back")
    (run,) = answer.body["blocks"][1]["elements"]
    assert run["value"] == "/incident resolve ACME-1 rolled back"
    assert (await d.ticket("ACME-1")).is_open


async def test_a_suggestion_that_would_leave_words_out_has_no_button(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    answer = await d.people.command(ERIN, TRIAGE, "/incident", "updte ACME-1 " + "word " * 450)
    assert "Did you mean `/incident update ACME-1 word" in str(answer.body)
    assert len(answer.body["blocks"]) == 1


async def test_the_button_of_a_suggestion_does_what_it_says(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    root = await d.people.wait_for(ACME, shows("ACME-1", "API is down"))
    said = await d.people.say(ERIN, ACME, f"<@{BOT}> resolv ACME-1 rolled back", thread_ts=root["ts"])
    asked = await d.people.wait_for(ACME, shows("Did you mean"), viewer=ERIN, thread_ts=root["ts"])
    await d.people.click(ERIN, ACME, asked["ts"], "run")
    assert (await d.ticket("ACME-1")).resolution == "rolled back"
    # What is said to the bot is nothing that the customer was told.
    assert said
    posted = [entry for entry in await d.bot.store.tickets.timeline("ACME-1") if "UpdatePosted" in str(entry)]
    assert not posted


async def test_a_mention_in_the_customer_s_thread_is_a_command_to_people_of_another_company(d: Desk) -> None:
    await d.open_ticket(ANN, ACME, title="API is down")
    room = await d.channel("inc-acme-1")
    root = await d.people.wait_for(ACME, shows("ACME-1", "API is down"))
    await d.people.say(ANN, ACME, f"<@{BOT}> why", thread_ts=root["ts"])
    await d.people.wait_for(ACME, shows("ACME-1"), viewer=ANN, thread_ts=root["ts"])
    shown = await d.people.wait_for(ACME, shows("2 hr"), viewer=ANN, thread_ts=root["ts"])
    assert shown["user"] == BOT
    # Nobody else sees the answer, and what was asked of the bot is no reply to staff.
    assert not any(
        m["ts"] == shown["ts"] for m in await d.people.messages(ACME, viewer=BEN, thread_ts=root["ts"])
    )
    await d.people.say(ANN, ACME, f"<@{BOT}> it is worse now", thread_ts=root["ts"])
    await d.people.wait_for(room, shows("it is worse now"))
    assert not [m for m in await d.people.messages(room) if "why" in m["text"]]


async def test_staff_speak_the_same_words_in_their_own_rooms(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    room = await d.channel("inc-acme-1")
    await d.people.wait_for(room, shows("ACME-1"))
    await d.people.join(ERIN, room)
    await d.people.say(ERIN, room, f"<@{BOT}> ack")
    await d.people.wait_for(room, shows(f"<@{ERIN}>"))
    await d.people.wait_for(room, shows("ACME-1"), viewer=ERIN)
    assert (await d.ticket("ACME-1")).owner == ERIN
    await d.people.say(ERIN, TRIAGE, f"<@{BOT}> what can you do")
    await d.people.wait_for(TRIAGE, shows("/incident resolve"), viewer=ERIN)


async def test_what_a_japanese_keyboard_types_is_understood(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    await d.open_ticket(BEN, ACME, title="API is slow")
    room = await d.channel("inc-acme-1")
    await d.people.wait_for(room, shows("acknowledge"))
    for user, words in (
        (BEN, "ｓｈｏｗ　ＡＣＭＥ－１"),
        (ERIN, "show ＡＣＭＥ－１"),
        (ERIN, "ｌｉｓｔ　ＡＣＭＥ"),
    ):
        assert "API is down" in str((await d.people.command(user, ACME, "/incident", words)).body), words
    # Above all an id is an id: said in another ticket's room, its text is no update of that one.
    await d.people.join(ERIN, room)
    await d.people.command(ERIN, room, "/incident", "update　ＡＣＭＥ－２　We are on it")
    first, second = await d.ticket("ACME-1"), await d.ticket("ACME-2")
    assert first.last_update is None
    assert second.last_update.text == "We are on it"
    answer = await d.people.command(ERIN, room, "/incident", "severity　ａｃｍｅ－２　３　once a day")
    assert "Severity 3" in str(answer.body)
    await d.people.command(ERIN, room, "/incident", "merge　ＡＣＭＥ－２")
    assert (await d.ticket("ACME-1")).merged_into == "ACME-2"


async def test_a_mention_of_many_words_loses_none(d: Desk) -> None:
    said = await d.people.say(ANN, ACME, f"<@{BOT}> " + "API is down. " * 30)
    offered = await d.people.wait_for(ACME, shows("open_form"), thread_ts=said)
    await d.people.click(ANN, ACME, offered["ts"], "open_form")
    (form,) = await d.people.views(ANN)
    assert ("API is down. " * 30).strip() in str(form.view)
