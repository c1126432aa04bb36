"""Why a promise was missed: staff say so, it stands in the summary, and the customer never reads it."""

from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.desk import ACME, BEN, ERIN, TRIAGE, Desk, desk
from tests.scenarios.test_story import shows


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> Any:
    async with desk(empty_url, tmp_path) as running:
        yield running


async def test_a_missed_promise_is_explained(d: Desk) -> None:
    await d.open_ticket(BEN, ACME, title="API is down")
    room = await d.channel("inc-acme-1")
    await d.people.wait_for(room, shows("ACME-1"))
    answer = await d.people.command(ERIN, TRIAGE, "/incident", "late ACME-1 asleep")
    assert "No promise of ACME-1 has been missed" in str(answer.body)

    d.pass_time(hours=3)
    await d.people.command(ERIN, TRIAGE, "/incident", "late ACME-1")
    (form,) = await d.people.views(ERIN)
    sent = await d.people.submit(ERIN, form.id, {"text": "  "})
    assert "Why was it missed?" in str(sent.errors)
    await d.people.submit(ERIN, form.id, {"text": "The pager was off"})
    await d.people.wait_for(room, shows("on why the first response due", "The pager was off"))

    shown = await d.people.command(ERIN, TRIAGE, "/tam", "summary ACME yesterday")
    assert "The pager was off" in str(shown.body) or await d.people.wait_for(
        TRIAGE, shows("The pager was off"), viewer=ERIN
    )
    for words in ("timeline ACME-1", "show ACME-1"):
        assert "pager" not in str((await d.people.command(BEN, ACME, "/incident", words)).body)
    refused = await d.people.command(BEN, ACME, "/incident", "late ACME-1 because")
    assert "Only support staff" in str(refused.body)
