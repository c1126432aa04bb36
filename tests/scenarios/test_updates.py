"""What staff tell the customer by the form of an update, and a later next update to which the customer agrees: through
the whole bot, in English and in Japanese."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from policy.timeline import Resolved, UpdateAgreed, UpdatePosted
from tests.scenarios.desk import ACME, ANN, BEN, ERIN, HANA, HINODE, OMAR, TRIAGE, Desk, desk
from tests.scenarios.test_closing import Story, taken
from tests.scenarios.test_story import shows


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(empty_url, tmp_path) as found:
        yield found


async def in_triage(d: Desk, user: str, channel: str, severity: str) -> Story:
    """A ticket that is worked on in a thread of triage, taken by Erin."""
    await d.open_ticket(user, channel, title="Slow reports", severity=severity)
    ticket = "ACME-1" if channel == ACME else "HINODE-1"
    root = await d.people.wait_for(channel, shows(ticket, "Slow reports"))
    await d.people.wait_for(TRIAGE, shows(ticket, "acknowledge"))
    await d.people.command(ERIN, TRIAGE, "/incident", f"ack {ticket}")
    story = Story(d, ticket, channel, TRIAGE, root["ts"])
    await story.told(f"<@{ERIN}>")
    return story


async def form_of(d: Desk, ticket: str) -> str:
    """The form, by the command without a text."""
    await d.people.command(ERIN, TRIAGE, "/incident", f"update {ticket}")
    (form,) = await d.people.views(ERIN)
    return str(form.id)


async def seen(d: Desk) -> str:
    (form,) = await d.people.views(ERIN)
    return str(form.view)


async def test_the_form_asks_for_one_text(d: Desk) -> None:
    story = await taken(d)
    form = await form_of(d, "ACME-1")
    shown = await seen(d)
    assert "Acme reads this in their channel, in *English*" in shown
    assert "Next update by" in shown
    assert shown.count("'type': 'input'") == 1
    assert (await d.people.submit(ERIN, form, {"text": " "})).errors
    assert (await d.people.submit(ERIN, form, {"text": "We look into it."})).ok
    update = await story.told("Update on ACME-1", "We look into it.")
    assert "Next update by 22:04 EST" in str(update["blocks"])


async def test_the_answers_of_the_template_make_one_text(d: Desk) -> None:
    story = await taken(d)
    people = d.people
    form = await form_of(d, "ACME-1")
    # What is typed already stays.
    await people.click_view(ERIN, form, "update_template", values={"text": "The API answers again."})
    assert (await seen(d)).count("'type': 'input'") == 5
    await people.submit(ERIN, form, {"next_at": "soon"})
    assert "is not a time that can be read for sure" in str((await people.views(ERIN))[0].errors)
    # A severity 1 is promised an update every hour: no later.
    await people.submit(ERIN, form, {"next_at": "3h"})
    assert "at the latest" in str((await people.views(ERIN))[0].errors)
    sent = await people.submit(
        ERIN, form, {"impact": "Logins <fail>.", "next": "Roll back.", "next_at": "30 minutes"}
    )
    assert sent.ok
    update = await story.told("Update on ACME-1")
    said = update["blocks"][1]["text"]["text"]
    assert said == "The API answers again.\n\nImpact: Logins &lt;fail&gt;.\nWhat is next: Roll back."
    assert "Next update by 21:34 EST" in str(update["blocks"])
    assert (await d.ticket("ACME-1")).clock.due == d.clock.at + timedelta(minutes=30)


async def test_a_ready_phrase_is_in_the_customers_language(d: Desk) -> None:
    story = await in_triage(d, HANA, HINODE, "3")
    people = d.people
    form = await form_of(d, "HINODE-1")
    assert "in *Japanese*" in await seen(d)
    await people.click_view(
        ERIN,
        form,
        "update_phrase",
        selected_option="Cause found",
        values={"text": "お待たせしております。"},
    )
    await people.click_view(ERIN, form, "update_template")
    await people.click_view(ERIN, form, "update_phrase", selected_option="Cause found")
    await people.click_view(ERIN, form, "update_phrase", selected_option="Workaround")
    sent = await people.submit(ERIN, form, {"next": "索引を再作成します。"})
    assert sent.ok
    update = await story.told("お待たせしております。")
    assert [block["text"]["text"] for block in update["blocks"] if block["type"] == "section"][1] == (
        "お待たせしております。\n"
        "原因を特定いたしました。現在、修正の準備を進めております。\n"
        "修正までの間、次の方法で回避していただけます。\n\n"
        "今後の対応：索引を再作成します。"
    )


async def test_a_later_next_update_is_agreed_to_by_the_customer_alone(d: Desk) -> None:
    story = await in_triage(d, ANN, ACME, "3")
    people = d.people
    form = await form_of(d, "ACME-1")
    await people.click_view(ERIN, form, "update_template")
    await people.submit(ERIN, form, {"text": "We need a day.", "next_at": "40 days"})
    assert "more than 31 days ahead" in str((await people.views(ERIN))[0].errors)
    assert (await people.submit(ERIN, form, {"next_at": "24h"})).ok
    update = await story.told("We need a day.", "agree_update")
    # Six hours, as it was promised, until somebody agrees.
    due = d.clock.at + timedelta(hours=6)
    assert (await d.ticket("ACME-1")).clock.due == due

    await people.click(OMAR, ACME, update["ts"], "agree_update")
    await story.whispered(OMAR, "Only people of the customer can say that")
    assert (await d.ticket("ACME-1")).clock.due == due
    d.pass_time(hours=1)
    await people.click(ANN, ACME, update["ts"], "agree_update")
    await story.told(f"<@{ANN}>", "comes as agreed")
    (*_, pressed) = await people.dispatches("interactive", "block_actions")
    assert (await people.redeliver(pressed.id)).ok
    await people.click(BEN, ACME, update["ts"], "agree_update")
    await story.whispered(BEN, "no longer stands")
    assert (await d.ticket("ACME-1")).clock.due == due + timedelta(hours=18)
    entries = await d.bot.store.tickets.timeline("ACME-1")
    assert [entry.by.user for entry in entries if isinstance(entry, UpdateAgreed)] == [ANN]
    assert [entry.proposed for entry in entries if isinstance(entry, UpdatePosted)] == [
        due + timedelta(hours=18)
    ]
    await people.wait_for(
        TRIAGE, shows("ACME-1", "agreed"), thread_ts=(await d.ticket("ACME-1")).staff.thread
    )


async def test_resolving_by_the_form_keeps_the_cause_to_staff(d: Desk) -> None:
    story = await taken(d)
    people = d.people
    await people.command(ERIN, TRIAGE, "/incident", "resolve ACME-1")
    (form,) = await people.views(ERIN)
    sent = await people.submit(ERIN, form.id, {"text": "Rolled back."})
    assert set(sent.errors or ()) == {"cause"}
    assert (await people.submit(ERIN, form.id, {"cause": "outage"})).ok
    await story.told("Rolled back.", "confirm_resolved")
    ticket = await d.ticket("ACME-1")
    assert (ticket.cause, ticket.resolved_by) == ("outage", ERIN)
    assert not [m for m in await story.thread() if "Outage or overload" in str(m)]

    await people.command(ERIN, TRIAGE, "/incident", "reopen ACME-1 again")
    answer = await people.command(ERIN, TRIAGE, "/incident", "resolve ACME-1 cause:moon Done.")
    assert "There is no cause “moon”" in str(answer.body)
    answer = await people.command(ERIN, TRIAGE, "/incident", "resolve ACME-1 cause:defect Done.")
    assert "ACME-1 is resolved" in str(answer.body)
    answer = await people.command(ERIN, TRIAGE, "/incident", "update ACME-1 One more thing.")
    assert "ACME-1" in str(answer.body)
    entries = await d.bot.store.tickets.timeline("ACME-1")
    assert [(entry.text, entry.cause) for entry in entries if isinstance(entry, Resolved)] == [
        ("Rolled back.", "outage"),
        ("Done.", "defect"),
    ]
