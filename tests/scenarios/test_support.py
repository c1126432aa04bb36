"""`/support`: an account's terms, in its language, for those who may know them."""

from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.desk import ACCOUNTS, ACME, ANN, BEN, ERIN, HINODE, TRIAGE, Desk, desk
from tests.scenarios.test_story import shows


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> Any:
    async with desk(empty_url, tmp_path, "http") as found:
        yield found


async def said(d: Desk, user: str, channel: str, words: str) -> str:
    answer = await d.people.command(user, channel, "/support", words)
    assert answer.ok
    return str(answer.body)


async def test_what_the_plan_promises_by_severity(d: Desk) -> None:
    told = await said(d, BEN, ACME, "policy")
    assert "plan Emergency" in told
    assert "*Severity 1 (Critical)*: first response within 2 hr, then an update at least every 1 hr" in told
    assert "*Severity 4 (Low)*: first response within 1 business day, updates on request" in told
    assert "business hours, America/New_York" in told


async def test_hours_say_whether_it_is_open_and_from_when(d: Desk) -> None:
    told = await said(d, BEN, ACME, "hours")  # 21:04 on a Tuesday in New York
    assert "*Severity 1 (Critical)*: any hour of any day · open now, always" in told
    assert "closed now, opens Wed, Nov 18 09:00 EST" in told


async def test_staff_ask_for_any_account_and_customers_only_for_their_own(d: Desk) -> None:
    assert "日の出運輸" in await said(d, ERIN, TRIAGE, "policy HINODE")
    assert "Whose?" in await said(d, ERIN, TRIAGE, "policy")
    assert "日の出運輸" not in await said(d, BEN, ACME, "policy HINODE")


async def test_in_japanese_for_the_japanese_account(d: Desk) -> None:
    # Erin is of staff and reads English wherever she asks.
    assert "What we promise 日の出運輸" in await said(d, ERIN, HINODE, "policy")


async def test_the_addresses_of_contacts_are_for_themselves_and_for_staff(
    empty_url: str, tmp_path: Path
) -> None:
    known = [{"name": "Ann", "user": ANN}]
    unknown = [{"name": f"Contact {n} " + "x" * 60, "email": f"n{n}@acme.example"} for n in range(60)]
    accounts = [{**ACCOUNTS[0], "contacts": [*known, *unknown]}, ACCOUNTS[1]]
    async with desk(empty_url, tmp_path, accounts=accounts) as d:
        told = await said(d, BEN, ACME, "contacts")
        assert "Contact 59" in told
        assert "acme.example" not in told
        assert "n59@acme.example" in await said(d, ERIN, TRIAGE, "contacts ACME")
        (pinned,) = await d.people.wait_until(lambda: d.people.pins(ACME))
        await d.people.click(ANN, ACME, pinned["ts"], "our_plan")
        plan = await d.people.wait_for(ACME, shows("Your plan"), viewer=ANN)
        await d.people.click(ANN, ACME, plan["ts"], "our_terms", selected_option="contacts")
        await d.people.wait_for(ACME, shows("n59@acme.example"), viewer=ANN)


@pytest.mark.parametrize("words", ["severity", "contacts", "help", "", "nonsense"])
async def test_the_rest_answers_too(d: Desk, words: str) -> None:
    assert "*" in await said(d, BEN, ACME, words)
