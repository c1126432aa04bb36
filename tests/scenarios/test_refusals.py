"""What must not work, and what is said then; what is asked for twice and happens once; the store away and back."""

import json
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from policy.timeline import Acknowledged, CustomerReplied
from tests.scenarios.desk import (
    ACME,
    ACME_TEAM,
    ANN,
    BEN,
    BOT,
    ERIN,
    HANA,
    HINODE,
    HOME,
    OMAR,
    TRIAGE,
    Desk,
    desk,
)
from tests.scenarios.forged import press, send, submit
from tests.scenarios.test_story import shows
from tests.servers import run_single


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> Any:
    async with desk(empty_url, tmp_path, "http") as found:
        yield found


async def whispered(d: Desk, user: str, channel: str, *words: str, thread: str | None = None) -> Any:
    """What only that person sees in a channel, or in a thread there."""
    return await d.people.wait_for(channel, shows(*words), viewer=user, thread_ts=thread)


async def test_customers_cannot_do_staff_things(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    before = await d.ticket("ACME-1")

    for words in ("ack ACME-1", "update ACME-1 hello", "resolve ACME-1 done", "snooze ACME-1 30m"):
        answer = await d.people.command(BEN, ACME, "/incident", words)
        assert "Only support staff can do that" in str(answer.body), words
    for action in ("acknowledge", "post_update", "resolve"):
        assert (await press(d, ANN, ACME_TEAM, ACME, action, "ACME-1")).status_code == 200
    await whispered(d, ANN, ACME, "Only support staff can do that")

    after = await d.ticket("ACME-1")
    assert (after.owner, after.state, after.clock) == (None, before.state, before.clock)
    assert await d.people.views(ANN) == []


@pytest.mark.parametrize(("callback", "field"), [("post_update", "text"), ("resolve", "text")])
async def test_a_forged_submission_of_a_staff_form_changes_nothing(
    d: Desk, callback: str, field: str
) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    metadata = {"ticket": "ACME-1", "channel": HINODE, "shown": False, "revision": 0}
    said = {field: {"text": {"type": "plain_text_input", "value": "We are hacked"}}}
    answer = await submit(d, HANA, "T0HINODE", callback, metadata, said)
    assert answer.json()["response_action"] == "errors"
    assert "ACME-1" in str(answer.json()["errors"])
    ticket = await d.ticket("ACME-1")
    assert (ticket.last_update, ticket.is_open) == (None, True)


async def test_anothers_ticket_does_not_exist(d: Desk) -> None:
    await d.open_ticket(HANA, HINODE, title="レポートが遅い", severity="3")
    await d.ticket("HINODE-1")
    others = await d.people.command(BEN, ACME, "/incident", "show HINODE-1")
    wrong = await d.people.command(BEN, ACME, "/incident", "show HINODE-2")
    assert others.body["text"].replace("HINODE-1", "?") == wrong.body["text"].replace("HINODE-2", "?")
    listed = await d.people.command(BEN, ACME, "/incident", "list HINODE")
    assert "HINODE" not in str(listed.body)
    everything = await d.people.command(BEN, ACME, "/incident", "list all")
    assert "HINODE" not in str(everything.body)


async def test_staff_see_every_account_and_the_customer_only_what_is_public(d: Desk) -> None:
    await d.open_ticket(HANA, HINODE, title="レポートが遅い", severity="3")
    await d.open_ticket(BEN, ACME, title="API is down")
    listed = await d.people.command(ERIN, TRIAGE, "/incident", "list")
    assert "ACME-1" in str(listed.body)
    assert "HINODE-1" in str(listed.body)
    room = await d.channel("inc-acme-1")
    await d.people.wait_for(room, shows("Owner: none"))
    d.pass_time(hours=1)
    await d.people.wait_for(room, shows("nobody has it"))

    async def reminded() -> bool:
        shown = await d.people.command(ERIN, TRIAGE, "/incident", "show ACME-1")
        return "reminded" in str(shown.body)

    assert await d.people.wait_until(reminded)
    seen = await d.people.command(BEN, ACME, "/incident", "show ACME-1")
    assert "opened by" in str(seen.body)
    assert "reminded" not in str(seen.body)


@pytest.mark.parametrize(
    "words",
    [
        "update fails on prod",
        "help me, production is down",
        "list API returns 500",
        "show stopper: login broken",
        "why is the API down",
        "ack NOBODY-1",
        "ack HINODE-1",  # another account's is nobody's
    ],
)
async def test_what_only_begins_like_a_subcommand_is_a_title(d: Desk, words: str) -> None:
    answer = await d.people.command(BEN, ACME, "/incident", words)
    assert answer.ok
    (form,) = await d.people.views(BEN)
    assert words in str(form.view)


async def test_nothing_typed_is_answered_with_a_broadcast(d: Desk) -> None:
    for words in ("show <!channel>-1", "show <!channel>", "why <!here>-2"):
        for user in (BEN, ERIN):
            answer = await d.people.command(user, ACME, "/incident", words)
            assert "<!" not in str(answer.body), words


async def test_a_payload_without_a_team_is_nobody_s_and_no_error(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    payload = {
        "type": "block_actions",
        "team": None,
        "user": {"id": ANN},
        "channel": {"id": ACME},
        "trigger_id": "without.team",
        "actions": [{"type": "button", "action_id": "acknowledge", "block_id": "b", "value": "ACME-1"}],
        "container": {"type": "message", "channel_id": ACME, "message_ts": "1.1"},
    }
    body = urlencode({"payload": json.dumps(payload)})
    answer = await send(d, body, "application/x-www-form-urlencoded")
    assert answer.status_code == 200
    assert (await d.ticket("ACME-1")).owner is None


async def test_a_reply_before_the_thread_is_on_record_is_not_lost(d: Desk) -> None:
    # The answer to the post is lost: the thread stands, and nobody knows yet whose it is.
    assert await d.people.wait_until(lambda: d.people.pins(ACME))
    await d.people.faults("chat.postMessage", channel=ACME, kind="lost", times=1)
    await d.open_ticket(BEN, ACME, title="API is down")
    root = await d.people.wait_for(ACME, shows("ACME-1", "API is down"))
    await d.people.say(BEN, ACME, "also in Osaka", thread_ts=root["ts"])

    async def known() -> bool:
        d.pass_time(seconds=1)  # the clock of the tests stands still, and so does the wait before another try
        return (await d.ticket("ACME-1")).customer is not None

    assert await d.people.wait_until(known, within_s=30)

    # It was not acknowledged, so Slack delivers it again, for the last time some minutes later.
    (event,) = [x for x in await d.people.dispatches("event") if "also in Osaka" in str(x)]
    assert event.attempts[0].status == 500
    assert (await d.people.redeliver(event.id)).ok
    entries = await d.bot.store.tickets.timeline("ACME-1")
    assert [e.text for e in entries if isinstance(e, CustomerReplied)] == ["also in Osaka"]


async def test_a_file_without_words_is_named_and_nothing_at_all_is_no_update(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    root = await d.people.wait_for(ACME, shows("ACME-1", "API is down"))
    room = await d.channel("inc-acme-1")
    await d.people.wait_for(room, shows("Owner: none"))

    async def known() -> bool:
        return (await d.ticket("ACME-1")).customer is not None

    assert await d.people.wait_until(known)
    for user, files in ((BEN, [{"id": "F1", "name": "trace.log"}]), (ERIN, [])):
        event = {
            "type": "message",
            "subtype": "file_share",
            "channel": ACME,
            "user": user,
            "user_team": HOME,
            "text": "",
            "files": files,
            "ts": "1.2",
            "thread_ts": root["ts"],
        }
        body = {"type": "event_callback", "team_id": HOME, "event_id": f"Ev{user}", "event": event}
        assert (await send(d, json.dumps(body), "application/json")).status_code == 200
    await d.people.wait_for(room, shows("trace.log"))
    assert (await d.ticket("ACME-1")).owner is None


async def test_staff_who_write_in_a_resolved_ticket_s_thread_are_told(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    root = await d.people.wait_for(ACME, shows("ACME-1", "API is down"))
    await d.people.command(ERIN, TRIAGE, "/incident", "resolve ACME-1 done")
    await d.people.wait_for(ACME, shows("is resolved"), thread_ts=root["ts"])
    await d.people.say(ERIN, ACME, "It came back", thread_ts=root["ts"])
    await whispered(d, ERIN, ACME, "ACME-1 is resolved", thread=root["ts"])


async def test_a_channel_of_no_account_opens_nothing(d: Desk) -> None:
    answer = await d.people.command(ERIN, "C0RANDOM", "/incident", "sev1 API is down")
    assert "not linked to an account" in str(answer.body)
    assert await d.people.views(ERIN) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("ack", "Which ticket?"),
        ("ack ACME-9", "There is no ticket ACME-9"),
        (f"update ACME-1 {'x' * 2501}", "longer than 2500 characters"),
        ("snooze ACME-1 soon", "not a time that can be read for sure. For example `30m`"),
        ("snooze ACME-1 8d", "more than 7 days away"),
        ("show nonsense", "There is no ticket nonsense"),
        ("show", "Which ticket?"),
    ],
)
async def test_what_is_wrong_and_what_to_do_is_said(d: Desk, words: str, said: str) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    answer = await d.people.command(ERIN, TRIAGE, "/incident", words)
    assert said in str(answer.body)


async def test_a_title_of_blanks_is_refused_in_the_account_s_language(d: Desk) -> None:
    sent = await d.open_ticket(HANA, HINODE, title="   ")
    assert sent.errors == {"title": "件名を入力してください。どのような問題か、短くお書きください。"}
    assert await d.bot.store.tickets.get("HINODE-1") is None


async def test_acknowledging_what_somebody_has_says_who(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    await d.people.command(ERIN, TRIAGE, "/incident", "ack ACME-1")
    answer = await d.people.command(OMAR, TRIAGE, "/incident", "ack ACME-1")
    assert f"<@{ERIN}> has ACME-1 already" in str(answer.body)


async def test_snooze_silences_until_the_deadline_and_moves_none(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    due = (await d.ticket("ACME-1")).clock.due
    room = await d.channel("inc-acme-1")
    await d.people.wait_for(room, shows("Owner: none"))
    answer = await d.people.command(ERIN, TRIAGE, "/incident", "snooze ACME-1 3h")
    assert "silent until" in str(answer.body)
    ticket = await d.ticket("ACME-1")
    assert (ticket.clock.due, ticket.snoozed_until) == (due, due)
    d.pass_time(minutes=119)
    await d.people.wait_for(room, shows("silenced the reminders"))
    assert not [m for m in await d.people.messages(room) if "nobody has it" in m["text"]]
    d.pass_time(minutes=1)
    await d.people.wait_for(room, shows("nobody has it"))
    late = await d.people.command(ERIN, TRIAGE, "/incident", "snooze ACME-1 1h")
    assert "past its deadline" in str(late.body)


async def test_what_slack_delivers_twice_happens_once(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    (sent,) = [x for x in await d.people.dispatches() if x.type == "view_submission"]
    again = await d.people.redeliver(sent.id)
    assert "ACME-1" in str(again.body)
    assert await d.bot.store.tickets.get("ACME-2") is None

    root = await d.people.wait_for(ACME, shows("ACME-1", "API is down"))
    await d.people.say(ANN, ACME, "still down", thread_ts=root["ts"])
    room = await d.channel("inc-acme-1")
    await d.people.wait_for(room, shows("still down"))
    for dispatch in await d.people.dispatches("event"):
        await d.people.redeliver(dispatch.id)
    entries = await d.bot.store.tickets.timeline("ACME-1")
    assert len([e for e in entries if isinstance(e, CustomerReplied)]) == 1

    await d.people.command(ERIN, TRIAGE, "/incident", "ack ACME-1")
    (command,) = [x for x in await d.people.dispatches("command") if "ack" in str(x)]
    again = await d.people.redeliver(command.id)
    assert "ACME-1 is yours" in str(again.body)
    entries = await d.bot.store.tickets.timeline("ACME-1")
    assert len([e for e in entries if isinstance(e, Acknowledged)]) == 1


async def test_a_mention_delivered_twice_gets_one_offer(d: Desk) -> None:
    ts = await d.people.say(ANN, ACME, f"<@{BOT}> we need help")
    await d.people.wait_for(ACME, shows("open_form", f"<@{ANN}>"), thread_ts=ts)
    for dispatch in await d.people.dispatches("event"):
        await d.people.redeliver(dispatch.id)
    other = await d.people.say(BEN, ACME, f"<@{BOT}> me too")
    await d.people.wait_for(ACME, shows("open_form", f"<@{BEN}>"), thread_ts=other)
    offers = [m for m in await d.people.messages(ACME, thread_ts=ts) if m["ts"] != ts]
    assert len(offers) == 1


async def test_what_staff_write_in_their_rooms_stays_there(d: Desk) -> None:
    await d.open_ticket(HANA, HINODE, title="レポートが遅い", severity="3")
    await d.open_ticket(BEN, ACME, title="API is down")
    room = await d.channel("inc-acme-1")
    card = await d.people.wait_for(TRIAGE, shows("HINODE-1 · Sev 3"))

    async def invited() -> bool:
        return any(one["id"] == room for one in await d.people.channels(OMAR))

    assert await d.people.wait_until(invited)
    await d.people.say(OMAR, room, "the customer is to blame")
    await d.people.say(OMAR, TRIAGE, "the customer is to blame", thread_ts=card["ts"])
    await d.people.command(OMAR, TRIAGE, "/incident", "ack ACME-1")
    await d.people.wait_for(room, shows(f"Owner: <@{OMAR}>"))
    for channel in (ACME, HINODE):
        for message in await d.people.messages(channel):
            replies = await d.people.messages(channel, thread_ts=message["ts"])
            assert "to blame" not in str([message, *replies])


async def test_a_wrong_signature_is_refused(d: Desk) -> None:
    answer = await send(d, "command=/incident", "application/x-www-form-urlencoded", secret="another")
    assert answer.status_code == 401


async def test_with_redis_away_the_form_stays_and_says_so(tmp_path: Path) -> None:
    home = tmp_path / "redis"
    home.mkdir()
    with run_single(home, appendonly="yes", appendfsync="always") as server:
        async with desk(server.url, tmp_path, "http") as d:
            (pinned,) = await d.people.wait_until(lambda: d.people.pins(ACME))
            await d.people.click(ANN, ACME, pinned["ts"], "open_form")
            (form,) = await d.people.views(ANN)
            server.process.kill()
            server.process.wait()

            sent = await d.people.submit(ANN, form.id, {"title": "API is down", "severity": "1"})
            assert sent.action == "errors"
            assert "NOT recorded yet" in sent.errors["title"]
            answer = await d.people.command(ERIN, TRIAGE, "/incident", "list")
            assert "does not answer" in str(answer.body)
            async with httpx.AsyncClient() as client:
                ready = await client.get(f"{d.address}/readyz")
                alive = await client.get(f"{d.address}/healthz")
            assert ready.status_code == 503
            assert "store" in str(ready.json()["problems"])
            assert alive.status_code == 200

            # Started again on its data. The form is still open with what was typed; nothing had been recorded.
            revived = subprocess.Popen(server.process.args, cwd=home, stdout=subprocess.DEVNULL)
            try:

                async def sent_at_last() -> Any:
                    (form,) = await d.people.views(ANN)
                    sent = await d.people.submit(ANN, form.id, {"title": "API is down", "severity": "1"})
                    return sent if sent.action == "update" else None

                sent = await d.people.wait_until(sent_at_last)
                assert "ACME-1" in str(sent.view)
                await d.people.wait_for(ACME, shows("ACME-1", "API is down"), within_s=20)
                assert await d.bot.store.tickets.get("ACME-2") is None
            finally:
                revived.terminate()
                revived.wait()
