"""The chart and the report of a summary, sent in Slack: to whom, in which form, and what happens on the way."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import drawing_process
from commands.views.summary_buttons import shown
from policy.commits import Operation
from policy.effects import SendSummary
from policy.periods import Unit, days
from policy.tickets import Person
from tests.scenarios.desk import (
    ACME,
    ACME_TEAM,
    ANN,
    BEN,
    ERIN,
    HANA,
    HINODE,
    HINODE_TEAM,
    HOME,
    Desk,
    desk,
)
from tests.scenarios.forged import press

WEEK = days(date(2026, 11, 16), date(2026, 11, 23), "America/New_York", Unit.WEEK, 1)
REASON = "SECRET-REASON"


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """Acme has a ticket with a reason for staff on it."""
    async with desk(empty_url, tmp_path) as running:
        await running.open_ticket(BEN, ACME, title="API <is> & down")
        await running.people.command(ERIN, ACME, "/incident", "ack ACME-1")
        await running.people.command(ERIN, ACME, "/incident", f"severity ACME-1 2 {REASON}")
        yield running


async def send(d: Desk, **wanted: Any) -> None:
    effect = SendSummary(
        **{
            "account": "ACME",
            "period": WEEK,
            "shape": "chart",
            "by": Person(ERIN, HOME),
            "language": "en",
            **wanted,
        }
    )
    done = await d.bot.store.tickets.queue(
        "ACME", [effect], operation=Operation("pressed", "ACME"), now=d.clock.now()
    )
    assert done


async def got(
    d: Desk, channel: str, thread: str | None = None
) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    """The message, the file in it, and its bytes."""
    message = await d.people.wait_for(channel, lambda one: one.get("files"), thread_ts=thread, within_s=30)
    return message, message["files"][0], await content(message)


async def content(message: dict[str, Any]) -> bytes:
    """Of the file in a message."""
    (file,) = message["files"]
    async with aiohttp.ClientSession() as http, http.get(file["url_private"]) as answer:
        return await answer.read()


async def test_a_chart_comes_with_what_it_shows_in_words(d: Desk) -> None:
    await send(d)
    message, file, picture = await got(d, await d.people.dm(ERIN))
    assert message["text"].startswith("Chart of support for Acme, ")
    assert file["name"] == "acme-chart-2026-11-16-2026-11-22.png"
    assert picture.startswith(b"\x89PNG")
    assert "Tickets by severity: Sev 1 Critical 1 opened and 0 resolved" in file["alt_txt"]


async def test_the_internal_report_comes_to_whoever_asked_alone(d: Desk) -> None:
    await send(d, shape="report")
    message, file, page = await got(d, await d.people.dm(ERIN))
    assert "Internal" in message["text"]
    assert file["name"] == "acme-report-internal-2026-11-16-2026-11-22.html"
    told = page.decode()
    assert REASON in told
    assert "erin" in told
    assert ERIN not in told
    assert "API &lt;is&gt; &amp; down" in told
    for viewer in (ANN, BEN):
        assert not [one for one in await d.people.messages(ACME, viewer=viewer) if one.get("files")]


async def test_staff_get_the_customer_s_form_to_hand_it_over(d: Desk) -> None:
    await send(d, shape="report", customer=True, language="ja")
    message, file, page = await got(d, await d.people.dm(ERIN))
    assert message["text"].startswith("Acme 様のサポートレビュー")
    assert file["name"] == "acme-report-2026-11-16-2026-11-22.html"
    assert REASON not in page.decode()
    assert "社内" not in page.decode()


async def test_what_comes_into_the_account_s_channel_is_the_customer_s(d: Desk) -> None:
    """Whatever the effect says besides."""
    (root, *_) = [one for one in await d.people.messages(ACME) if "ACME-1" in one["text"]]
    await send(d, shape="report", customer=False, channel=ACME, thread=root["ts"], by=Person(ANN, ACME_TEAM))
    message, _, page = await got(d, ACME, root["ts"])
    assert message["text"].endswith(f"Asked for by <@{ANN}>")
    assert REASON not in page.decode()
    assert "Internal" not in page.decode()


async def test_staff_press_below_a_summary_and_get_it_in_a_direct_message(d: Desk) -> None:
    answer = await d.people.command(ERIN, ACME, "/tam", "summary ACME this week")
    buttons = answer.body["blocks"][-1]["elements"]
    labels = [one["text"]["text"] for one in buttons]
    assert labels == ["Chart", "Internal report", "Report for the customer"]
    _, internal, theirs = buttons
    for button, secret in ((internal, True), (theirs, False)):
        assert (await press(d, ERIN, HOME, ACME, button["action_id"], button["value"])).status_code == 200
        told = await d.people.wait_for(ACME, lambda one: "direct message" in one["text"], viewer=ERIN)
        assert told["text"].startswith("The file comes to you")
        name = "-report-internal-" if secret else "-report-2026"
        message = await d.people.wait_for(
            await d.people.dm(ERIN), lambda one, name=name: name in str(one.get("files")), within_s=30
        )
        assert (REASON in (await content(message)).decode()) is secret
    assert not [one for one in await d.people.messages(ACME, viewer=BEN) if one.get("files")]


async def test_customers_press_below_theirs_and_get_it_in_their_channel(d: Desk) -> None:
    answer = await d.people.command(BEN, ACME, "/support", "summary this week")
    chart, report = answer.body["blocks"][-1]["elements"]
    assert [one["text"]["text"] for one in (chart, report)] == ["Chart", "Report"]
    assert (await press(d, BEN, HOME, ACME, report["action_id"], report["value"])).status_code == 200
    message, _, page = await got(d, ACME)
    assert message["text"].endswith(f"<@{BEN}>")
    assert REASON not in page.decode()


async def test_a_forged_press_gets_no_more_than_a_customer_may_read(d: Desk) -> None:
    internal = shown("ACME", WEEK).encoded()
    assert (await press(d, HANA, HINODE_TEAM, HINODE, "summary_report", internal)).status_code == 200
    await d.people.wait_for(
        HINODE, lambda one: one["text"].startswith(":warning:") and "ACME" in one["text"], viewer=HANA
    )
    assert (await press(d, ANN, ACME_TEAM, ACME, "summary_report", internal)).status_code == 200
    message, file, page = await got(d, ACME)
    assert message["text"].endswith(f"<@{ANN}>")
    assert "internal" not in file["name"]
    assert REASON not in page.decode()
    assert not [one for one in await d.people.messages(HINODE) if one.get("files")]


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_it_comes_after_a_fault_of_slack(d: Desk, method: str) -> None:
    await d.people.faults(method, kind="ratelimited", times=1, retry_after=0)
    await send(d)
    await got(d, await d.people.dm(ERIN))


async def test_what_slack_will_not_take_is_a_dead_letter_and_holds_nothing_up(d: Desk) -> None:
    await d.people.faults("files.completeUploadExternal", kind="error", times=1, error="invalid_channel")
    await send(d)
    assert (await dead(d)).startswith("invalid_channel")


async def test_what_cannot_be_drawn_is_a_dead_letter(d: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing_process, "_MODULE", "no.such.module")
    await send(d)
    assert (await dead(d)).startswith("not drawn: ")


async def test_an_account_that_is_gone_gets_nothing(d: Desk) -> None:
    await send(d, account="GONE")
    await send_again(d)
    message, *_ = await got(d, await d.people.dm(ERIN))
    assert "Acme" in message["text"]


async def send_again(d: Desk) -> None:
    effect = SendSummary("ACME", WEEK, "chart", Person(ERIN, HOME), "en")
    await d.bot.store.tickets.queue("ACME", [effect], operation=Operation("again", "ACME"), now=d.clock.now())


async def dead(d: Desk) -> str:
    """Why something could not be delivered, once it is known."""

    async def found() -> str | None:
        letters = await d.bot.store.dead_letters.all()
        return letters[0].letter.error if letters else None

    error: str = await d.people.wait_until(found, within_s=30)
    return error
