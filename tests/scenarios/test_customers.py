"""What people of another company do, who have no commands: all of it by buttons, forms and words."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from policy.timeline import ReportedWorse, UpdateAsked
from tests.scenarios.desk import (
    ACCOUNTS,
    ACME,
    ANN,
    BEN,
    BOT,
    ERIN,
    HANA,
    HINODE,
    ON_CALL,
    TABLES,
    TRIAGE,
    Desk,
    Transport,
    desk,
)
from tests.scenarios.test_refusals import whispered
from tests.scenarios.test_story import shows

HOTLINE = "+1 555 0100"


@pytest.fixture(params=["http", "socket"])
async def d(request: pytest.FixtureRequest, empty_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    transport: Transport = request.param
    tables = {**TABLES, "vendor": {**TABLES["vendor"], "hotline": HOTLINE}}
    async with desk(empty_url, tmp_path, transport, tables=tables) as found:
        yield found


async def pinned(d: Desk, channel: str) -> dict[str, Any]:
    (found,) = await d.people.wait_until(lambda: d.people.pins(channel))
    message: dict[str, Any] = found
    return message


async def opened(d: Desk, user: str = ANN, channel: str = ACME, **values: Any) -> dict[str, Any]:
    """A ticket's root on the customer's side."""
    await d.open_ticket(user, channel, title="API is down", **values)
    root: dict[str, Any] = await d.people.wait_for(channel, shows("API is down", "ask_update"))
    return root


async def entries(d: Desk, ticket: str, kind: type) -> list[Any]:
    return [entry for entry in await d.bot.store.tickets.timeline(ticket) if isinstance(entry, kind)]


async def test_our_tickets_and_our_plan_are_told_to_whoever_asks(d: Desk) -> None:
    await opened(d)
    button = await pinned(d, ACME)
    await d.people.click(ANN, ACME, button["ts"], "our_tickets")
    await whispered(d, ANN, ACME, "Open tickets: 1", "ACME-1")
    same = await d.people.command(BEN, ACME, "/support", "tickets")
    assert "Open tickets: 1" in str(same.body)
    await d.people.click(ANN, ACME, button["ts"], "our_plan")
    told = await whispered(d, ANN, ACME, "Your plan: Emergency", HOTLINE)
    for name, words in {
        "policy": "2 hr",
        "severity": "P1",
        "hours": "any hour of any day",
        "contacts": "technical contacts",
        "versions": "versions",
        "uptime": "99.9",
    }.items():
        await d.people.click(ANN, ACME, told["ts"], "our_terms", selected_option=name, from_ephemeral=True)
        told = await whispered(d, ANN, ACME, words, "our_terms")
    seen = str(await d.people.messages(ACME))
    assert HOTLINE not in seen
    assert "Your plan" not in seen


async def test_a_japanese_customer_reads_japanese(d: Desk) -> None:
    button = await pinned(d, HINODE)
    await d.people.click(HANA, HINODE, button["ts"], "our_plan")
    await whispered(d, HANA, HINODE, "ご契約プラン")
    await d.people.click(HANA, HINODE, button["ts"], "our_tickets")
    await whispered(d, HANA, HINODE, "チケットはありません")


async def test_somebody_of_a_third_company_may_open_and_is_told_no_terms(d: Desk) -> None:
    await d.people.share(ACME, "T0HINODE")
    await d.people.join(HANA, ACME)
    button = await pinned(d, ACME)
    await d.people.click(HANA, ACME, button["ts"], "our_plan")
    await whispered(d, HANA, ACME, "told to its own people only")
    sent = await d.open_ticket(HANA, ACME, title="API is down", severity="1")
    assert HOTLINE not in str(sent.view)
    assert (await d.ticket("ACME-1")).stranger
    room = await d.channel("inc-acme-1")
    await d.people.wait_for(room, shows("ACME-1", "neither to Acme nor to us"))
    root = await d.people.wait_for(ACME, shows("API is down", "got_worse"))
    await d.people.click(HANA, ACME, root["ts"], "got_worse")
    (form,) = await d.people.views(HANA)
    done = await d.people.submit(HANA, form.id, {"text": "All of it", "wished": "1"})
    assert HOTLINE not in str(done.view)


async def test_asking_for_an_update_reaches_the_owner_once(d: Desk) -> None:
    root = await opened(d)
    room = await d.channel("inc-acme-1")
    await d.people.command(ERIN, TRIAGE, "/incident", "ack ACME-1")
    pressed = await d.people.click(ANN, ACME, root["ts"], "ask_update")
    await d.people.wait_for(ACME, shows("ACME-1", "reached us"), thread_ts=root["ts"])
    await d.people.wait_for(room, shows(f"<@{ERIN}>", "asks"))
    await d.people.redeliver(pressed.dispatch_id)
    d.pass_time(minutes=3)
    await d.people.click(BEN, ACME, root["ts"], "ask_update")
    await whispered(d, BEN, ACME, "reached us a moment ago", "promised by")
    assert len(await entries(d, "ACME-1", UpdateAsked)) == 1
    d.pass_time(minutes=8)
    await d.people.click(BEN, ACME, root["ts"], "ask_update")

    async def twice() -> bool:
        return len(await entries(d, "ACME-1", UpdateAsked)) == 2

    assert await d.people.wait_until(twice)


async def test_asking_by_command_and_by_mention(d: Desk) -> None:
    root = await opened(d)
    answer = await d.people.command(BEN, ACME, "/incident", "ask ACME-1")
    assert "passed on" in str(answer.body)
    await d.people.say(ANN, ACME, f"<@{BOT}> ask", thread_ts=root["ts"])
    await whispered(d, ANN, ACME, "reached us a moment ago", thread=root["ts"])
    assert len(await entries(d, "ACME-1", UpdateAsked)) == 1
    other = await d.people.command(BEN, ACME, "/incident", "ask HINODE-1")
    assert "no ticket HINODE-1" in str(other.body)
    staff = await d.people.command(ERIN, TRIAGE, "/incident", "ask ACME-1")
    assert "Only people of the customer" in str(staff.body)


async def test_it_got_worse_is_told_at_once_and_decided_by_staff(d: Desk) -> None:
    root = await opened(d, severity="3")
    (card,) = [await d.people.wait_for(TRIAGE, shows("ACME-1 · Sev 3"))]
    await d.people.click(ANN, ACME, root["ts"], "got_worse")
    (form,) = await d.people.views(ANN)
    done = await d.people.submit(ANN, form.id, {"text": "Nothing works <!channel>", "wished": "1"})
    assert HOTLINE in str(done.view)
    await d.people.redeliver(done.dispatch_id)
    note = await d.people.wait_for(
        TRIAGE,
        shows(f"<!subteam^{ON_CALL}>", "has got worse", "They ask for Severity 1"),
        thread_ts=card["ts"],
    )
    assert "&lt;!channel&gt;" in str(note)
    buttons = [one["action_id"] for one in note["blocks"][-1]["elements"]]
    assert buttons == ["acknowledge", "severity"]
    await d.people.wait_for(ACME, shows("has got worse", "stays Severity 3"), thread_ts=root["ts"])
    assert (await d.ticket("ACME-1")).severity == "3"
    assert len(await entries(d, "ACME-1", ReportedWorse)) == 1


async def test_it_got_worse_by_words(d: Desk) -> None:
    root = await opened(d, severity="1")
    room = await d.channel("inc-acme-1")
    told = await d.people.command(BEN, ACME, "/incident", "worse ACME-1 now all regions <!channel>")
    assert "the engineers are told" in str(told.body)
    assert HOTLINE in str(told.body)
    note = await d.people.wait_for(room, shows("has got worse", "now all regions"))
    assert "<!channel>" not in str(note)
    await d.people.say(ANN, ACME, f"<@{BOT}> worse and the UI is gone", thread_ts=root["ts"])
    await whispered(d, ANN, ACME, "the engineers are told", thread=root["ts"])
    said = [entry.text for entry in await entries(d, "ACME-1", ReportedWorse)]
    assert said == ["now all regions <!channel>", "and the UI is gone"]

    # Without words: the form. What names no ticket is a title, and for staff to say it is not.
    await d.people.command(BEN, ACME, "/incident", "worse ACME-1")
    (form,) = await d.people.views(BEN)
    assert "It got worse" in str(form.view)
    await d.people.close_view(BEN, form.id)
    await d.people.command(BEN, ACME, "/incident", "worse latency since noon")
    (form,) = await d.people.views(BEN)
    assert "worse latency since noon" in str(form.view)
    refused = await d.people.command(ERIN, ACME, "/incident", "worse ACME-1 indeed")
    assert "Only people of the customer" in str(refused.body)
    long = await d.people.command(BEN, ACME, "/incident", "worse ACME-1 " + "x" * 2_501)
    assert "2500" in str(long.body)


async def test_a_wish_is_on_the_card_until_staff_have_decided(d: Desk) -> None:
    root = await opened(d, severity="3")
    card = await d.people.wait_for(TRIAGE, shows("ACME-1 · Sev 3"))
    await d.people.command(ERIN, TRIAGE, "/incident", "ack ACME-1")
    await d.people.click(ANN, ACME, root["ts"], "got_worse")
    (form,) = await d.people.views(ANN)
    await d.people.submit(ANN, form.id, {"text": "All of it", "wished": "1"})
    note = await d.people.wait_for(TRIAGE, shows(f"<@{ERIN}>", "has got worse"), thread_ts=card["ts"])
    await d.people.wait_for(TRIAGE, shows("asks for Severity 1 (Critical): please decide"))
    await d.people.click(ERIN, TRIAGE, note["ts"], "severity")
    (decide,) = await d.people.views(ERIN)
    assert "Severity 1 (Critical)" in str(
        [one["element"].get("initial_option") for one in decide.view["blocks"] if one["type"] == "input"]
    )
    await d.people.command(ERIN, TRIAGE, "/incident", "severity ACME-1 3 a workaround holds")

    async def decided() -> bool:
        shown = next(one for one in await d.people.messages(TRIAGE) if one["ts"] == card["ts"])
        return "please decide" not in str(shown)

    assert await d.people.wait_until(decided)


async def test_severity_4_gets_a_promise_once_somebody_asks(d: Desk) -> None:
    root = await opened(d, severity="4")
    await d.people.command(ERIN, TRIAGE, "/incident", "ack ACME-1")
    assert (await d.ticket("ACME-1")).clock is None
    await d.people.click(ANN, ACME, root["ts"], "ask_update")
    await d.people.wait_for(ACME, shows("reached us", "Next update by"), thread_ts=root["ts"])
    clock = (await d.ticket("ACME-1")).clock
    assert (clock.kind, clock.target) == ("update", "1 business day")


async def test_the_form_of_worse_needs_words_and_an_open_ticket(d: Desk) -> None:
    root = await opened(d)
    await d.people.click(ANN, ACME, root["ts"], "got_worse")
    (form,) = await d.people.views(ANN)
    blank = await d.people.submit(ANN, form.id, {"text": "  \n "})
    assert "text" in blank.errors
    await d.people.command(ERIN, TRIAGE, "/incident", "resolve ACME-1 done")
    over = await d.people.submit(ANN, form.id, {"text": "Worse"})
    assert "resolved" in over.errors["text"]
    assert await entries(d, "ACME-1", ReportedWorse) == []


@pytest.mark.parametrize("words", ["list", "show ACME-1", "why ACME-1", "help", "lsit"])
async def test_a_mention_does_what_the_command_does(d: Desk, words: str) -> None:
    root = await opened(d)
    told = {"list": "Open tickets", "show ACME-1": "API is down", "why ACME-1": "promises a first response"}
    top = await d.people.say(ANN, ACME, f"<@{BOT}> {words}")
    expected = told.get(words, {"help": "`@support ask ACME-1`"}.get(words, "list"))
    await whispered(d, ANN, ACME, expected)
    await d.people.say(ANN, ACME, f"<@{BOT}> {words}", thread_ts=root["ts"])
    await whispered(d, ANN, ACME, expected, thread=root["ts"])
    assert await d.people.messages(ACME, thread_ts=top) == [
        one for one in await d.people.messages(ACME) if one["ts"] == top
    ]


async def test_accounts_of_others_are_nothing_to_a_customer(d: Desk) -> None:
    root = await opened(d, HANA, HINODE, severity="3")
    assert root
    for words in ("show HINODE-1", "why HINODE-1", "ask HINODE-1"):
        await d.people.say(ANN, ACME, f"<@{BOT}> {words}")
    await whispered(d, ANN, ACME, "no ticket HINODE-1")
    assert len(await entries(d, "HINODE-1", UpdateAsked)) == 0


async def test_an_account_without_an_uptime_guarantee_is_offered_none(empty_url: str, tmp_path: Path) -> None:
    accounts = [{**ACCOUNTS[0], "plan": "standard"}, ACCOUNTS[1]]
    async with desk(empty_url, tmp_path, accounts=accounts) as d:
        button = await pinned(d, ACME)
        await d.people.click(ANN, ACME, button["ts"], "our_plan")
        told = await whispered(d, ANN, ACME, "Your plan: Standard")
        (menu,) = told["blocks"][-1]["elements"]
        assert [option["value"] for option in menu["options"]] == [
            "plan",
            "policy",
            "severity",
            "hours",
            "contacts",
            "versions",
        ]
