"""The main job from start to end through the real app, the real server and the stand-in for Slack: over HTTP and
over Socket Mode, for an English and for the Japanese account."""

from pathlib import Path
from typing import Any

import pytest

from policy.clocks import ClockKind, Outcome
from policy.tickets import State
from policy.timeline import Acknowledged, ClockEnded, Opened, Reminded, Resolved, UpdatePosted
from tests.scenarios.desk import ACME, ANN, BEN, ERIN, HANA, HINODE, ON_CALL, TRIAGE, Desk, desk


def shows(*words: str) -> Any:
    """A message with all of these words in it, in its text or its blocks."""
    return lambda message: all(word in str(message) for word in words)


@pytest.fixture(params=["http", "socket"])
async def running_desk(request: pytest.FixtureRequest, empty_url: str, tmp_path: Path) -> Any:
    async with desk(empty_url, tmp_path, request.param) as found:
        yield found


async def test_an_incident_of_severity_1_from_the_command_to_the_end(running_desk: Desk) -> None:
    d, people = running_desk, running_desk.people

    # Ben is a guest of the vendor's own workspace, so he has the command.
    answer = await people.command(BEN, ACME, "/incident", "sev1 API is down")
    assert answer.ok
    (form,) = await people.views(BEN)
    sent = await people.submit(BEN, form.id, {"description": "502 everywhere", "impact": "down"})

    # The form turns into a confirmation with the id and the promised time: 21:04 in New York + 2 h.
    assert sent.action == "update"
    assert "ACME-1" in str(sent.view)
    assert "23:04 EST" in str(sent.view)
    assert (await d.ticket("ACME-1")).state is State.OPEN

    # Announced: the customer's thread, the incident channel with its card, the call in triage.
    root = await people.wait_for(ACME, shows("ACME-1", "API is down", f"<@{BEN}>", "23:04 EST"))
    room = await d.channel("inc-acme-1")
    card = await people.wait_for(room, shows("ACME-1", "Owner: none", "acknowledge"))
    called = await people.wait_for(TRIAGE, shows("ACME-1", f"<!subteam^{ON_CALL}>", f"<#{room}>"))
    assert called["text"].startswith(f"<!subteam^{ON_CALL}>")

    # Nobody has it: half of the target goes by.
    d.pass_time(minutes=60)
    reminder = await people.wait_for(room, shows("nobody has it", "1 hr left", f"<!subteam^{ON_CALL}>"))

    # Erin acknowledges from triage and is invited. The customer is told who is on it; card, call and reminder
    # tell the truth.
    assert (await people.click(ERIN, TRIAGE, called["ts"], "acknowledge")).ok
    told = await people.wait_for(
        ACME, shows(f"<@{ERIN}> has taken ACME-1", "23:04 EST"), thread_ts=root["ts"]
    )
    assert told["thread_ts"] == root["ts"]
    await people.wait_for(room, shows(f"Owner: <@{ERIN}>"))
    await people.wait_for(room, lambda m: m["ts"] == reminder["ts"] and "answered by" in str(m))
    await people.wait_for(TRIAGE, lambda m: m["ts"] == called["ts"] and f"Owner: <@{ERIN}>" in str(m))
    ticket = await d.ticket("ACME-1")
    assert ticket.owner == ERIN
    assert ticket.clock.kind is ClockKind.UPDATE

    # 45 minutes later, a heads-up to the owner.
    d.pass_time(minutes=45)
    heads_up = await people.wait_for(room, shows(f"<@{ERIN}> ACME-1", "update due", "15 min left"))

    # She posts an update by the form; the clock starts anew.
    await people.click(ERIN, room, card["ts"], "post_update")
    (form,) = await people.views(ERIN)
    sent = await people.submit(ERIN, form.id, {"text": "Rolling <back> & watching"})
    assert sent.ok
    assert await people.views(ERIN) == []
    update = await people.wait_for(ACME, shows("Update on ACME-1"), thread_ts=root["ts"])
    assert "Rolling &lt;back&gt; &amp; watching" in update["blocks"][1]["text"]["text"]
    assert "23:49 EST" in str(update["blocks"])
    await people.wait_for(room, lambda m: m["ts"] == heads_up["ts"] and "answered by" in str(m))
    assert (await d.ticket("ACME-1")).clock.due == d.clock.at.replace(hour=4, minute=49)

    # What she writes herself in the customer's thread is a public update too.
    d.pass_time(minutes=30)
    await people.say(ERIN, ACME, "Half of it is back.", thread_ts=root["ts"])
    await people.wait_for(room, shows("told Acme", "Half of it is back."))

    # The customer's answer appears where staff work; nothing of theirs appears there for the customer.
    await people.say(BEN, ACME, "Thanks, I see it.", thread_ts=root["ts"])
    await people.wait_for(room, shows("Thanks, I see it."))

    # Nobody writes for over an hour: at the deadline the worker says so, and again an hour later.
    d.pass_time(minutes=60)
    await people.wait_for(room, shows("ACME-1", "update is due now"))
    d.pass_time(minutes=60)
    await people.wait_for(room, shows("ACME-1", "update was due", "1 hr late"))

    # Resolved: all clocks end, everybody is told.
    answer = await people.command(ERIN, room, "/incident", "resolve Rolled back to 9.4.0")
    assert "ACME-1 is resolved" in str(answer.body)
    await people.wait_for(ACME, shows("ACME-1 is resolved", "Rolled back to 9.4.0"), thread_ts=root["ts"])
    await people.wait_for(ACME, lambda m: m["ts"] == root["ts"] and "Resolved" in str(m))
    await people.wait_for(
        room, lambda m: m["ts"] == card["ts"] and "Resolved" in str(m) and "Post" not in str(m)
    )
    d.pass_time(hours=30)
    ticket = await d.ticket("ACME-1")
    assert (ticket.state, ticket.clock) == (State.RESOLVED, None)

    # The timeline has all of it, with who and when.
    entries = await d.bot.store.tickets.timeline("ACME-1")
    assert [e.by for e in entries if isinstance(e, Opened)] == [BEN]
    assert [e.by for e in entries if isinstance(e, Acknowledged)] == [ERIN]
    assert [e.text for e in entries if isinstance(e, UpdatePosted)] == [
        "Rolling <back> & watching",
        "Half of it is back.",
    ]
    assert [e.by for e in entries if isinstance(e, Resolved)] == [ERIN]
    judged = [(e.interval.kind, e.interval.outcome) for e in entries if isinstance(e, ClockEnded)]
    assert judged == [
        (ClockKind.RESPONSE, Outcome.MET),
        (ClockKind.UPDATE, Outcome.MET),
        (ClockKind.UPDATE, Outcome.MET),
        (ClockKind.UPDATE, Outcome.BREACHED),
    ]
    assert [(e.clock, e.count) for e in entries if isinstance(e, Reminded)] == [
        (ClockKind.RESPONSE, 3),  # the two calls for the unowned and half of the target, one message for all
        (ClockKind.UPDATE, 1),
        (ClockKind.UPDATE, 2),  # heads-up and deadline
        (ClockKind.UPDATE, 1),
    ]
    intervals = await d.bot.store.tickets.ended_in_week("ACME", d.clock.at)
    assert len(intervals) == 4


async def test_a_japanese_customer_of_another_company_by_the_button(running_desk: Desk) -> None:
    d, people = running_desk, running_desk.people

    sent = await d.open_ticket(HANA, HINODE, title="レポートが遅い", severity="3", production="no")

    assert sent.action == "update"
    assert "HINODE-1" in str(sent.view)
    assert "11月19日(木) 11:04 JST" in str(sent.view)
    root = await people.wait_for(HINODE, shows("HINODE-1", "重症度 3", "報告者"))
    card = await people.wait_for(TRIAGE, shows("HINODE-1 · Sev 3", "日の出運輸", "Owner: none"))
    await people.wait_for(TRIAGE, shows(f"<!subteam^{ON_CALL}>", "HINODE-1"), thread_ts=card["ts"])

    await people.command(ERIN, TRIAGE, "/incident", "ack HINODE-1")
    await people.wait_for(HINODE, shows("受領確認しました", f"<@{ERIN}>"), thread_ts=root["ts"])
    await people.command(ERIN, TRIAGE, "/incident", "update hinode-1 原因を調査しています。")
    told = await people.wait_for(HINODE, shows("原因を調査しています。"), thread_ts=root["ts"])
    assert "17:04 JST" in str(told["blocks"])

    # 90 minutes before the deadline, in the triage thread.
    d.pass_time(hours=4, minutes=30)
    await people.wait_for(TRIAGE, shows("HINODE-1", "1 hr 30 min left"), thread_ts=card["ts"])

    await people.command(ERIN, TRIAGE, "/incident", "resolve HINODE-1 索引を再作成しました。")
    await people.wait_for(HINODE, shows("解決済みです", "索引を再作成しました。"), thread_ts=root["ts"])

    # No English on the customer's side.
    for message in await people.messages(HINODE, thread_ts=root["ts"]):
        if message.get("bot_id"):
            assert not {"Update", "Resolved", "Severity", "production"} & set(message["text"].split())


async def test_a_mention_offers_the_form_with_what_was_said(running_desk: Desk) -> None:
    d, people = running_desk, running_desk.people

    ts = await people.say(ANN, ACME, "<@U0SUPPORT> deployments hang since noon")

    offer = await people.wait_for(ACME, shows(f"<@{ANN}>", "open_form"), thread_ts=ts)
    await people.click(ANN, ACME, offer["ts"], "open_form")
    (form,) = await people.views(ANN)
    sent = await people.submit(ANN, form.id, {"severity": "not_sure", "impact": "part"})
    assert sent.action == "update"
    ticket = await d.ticket("ACME-1")
    assert ticket.title == "deployments hang since noon"
    assert (ticket.severity, ticket.chosen, ticket.needs_classification) == ("2", None, True)
    assert ticket.opener.user == ANN
    assert ticket.opener.team == "T0ACME"
