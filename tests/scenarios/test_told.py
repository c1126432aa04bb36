"""What people are told of their terms: in the form's confirmation, by `/support`, and why a deadline is what it is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.scenarios.desk import ACCOUNTS, ACME, ANN, BEN, ERIN, HANA, HINODE, TABLES, TRIAGE, Desk, desk
from tests.scenarios.test_story import shows

RELEASES = [
    {"version": "7.1", "date": "2024-06-01"},
    {"version": "8.0", "date": "2026-02-01"},
    {"version": "8.1", "date": "2026-09-01"},
]


@asynccontextmanager
async def desk_of(url: str, home: Path, **acme: Any) -> AsyncIterator[Desk]:
    """The usual desk, with releases and a hotline, and Acme on other terms."""
    tables = {**TABLES, "releases": RELEASES, "vendor": {**TABLES["vendor"], "hotline": "+1 555 0100"}}
    accounts = [{**ACCOUNTS[0], **acme}, ACCOUNTS[1]]
    async with desk(url, home, tables=tables, accounts=accounts) as found:
        yield found


async def test_a_closed_desk_says_when_it_opens_and_mentions_nobody(empty_url: str, tmp_path: Path) -> None:
    async with desk_of(empty_url, tmp_path, plan="standard") as d:  # 21:04 in New York
        sent = await d.open_ticket(ANN, ACME, title="API is down", severity="1")
        told = str(sent.view)
        assert "It opens Wed, Nov 18 09:00 EST" in told
        assert "first response by *Wed, Nov 18 11:00 EST*" in told
        assert "+1 555 0100" not in told
        called = await d.people.wait_for(TRIAGE, shows("ACME-1", "API is down"))
        assert "<!subteam" not in called["text"]


async def test_a_target_in_business_days_runs_from_business_hours(empty_url: str, tmp_path: Path) -> None:
    async with desk_of(empty_url, tmp_path, plan="premium", region="emea") as d:  # 2:04 in London
        sent = await d.open_ticket(ANN, ACME, title="A question", severity="4")
        told = str(sent.view)
        assert "It opens 06:00 GMT, and nobody is called before" in told
        assert "the clock runs from 09:00 GMT" in told
        assert "first response by *18:00 GMT*" in told or "first response by *Wed, Nov 18 18:00 GMT*" in told


async def test_an_emergency_account_is_given_the_hotline_in_private(empty_url: str, tmp_path: Path) -> None:
    async with desk_of(empty_url, tmp_path) as d:
        sent = await d.open_ticket(ANN, ACME, title="API is down", severity="1", component="documentation")
        told = str(sent.view)
        assert "*+1 555 0100*" in told
        assert "ACME-1" in told
        assert "Documentation: " in told  # the emergency cover does not extend to it
        unsure = await d.open_ticket(ANN, ACME, title="Odd", severity="not_sure")
        assert "classify it together" in str(unsure.view)
        low = await d.open_ticket(ANN, ACME, title="Question", severity="4")
        assert "+1 555 0100" not in str(low.view)
        await d.people.wait_for(ACME, shows("ACME-3", "Question"))
        for channel in await d.people.channels():
            assert "555 0100" not in str(await d.people.messages(channel["id"])), channel["name"]


async def test_staff_who_open_a_ticket_are_not_told_the_number(empty_url: str, tmp_path: Path) -> None:
    async with desk_of(empty_url, tmp_path) as d:
        sent = await d.open_ticket(ERIN, ACME, title="API is down", severity="1")
        assert "ACME-1" in str(sent.view)
        assert "555 0100" not in str(sent.view)


async def test_an_emergency_ticket_is_prioritized(empty_url: str, tmp_path: Path) -> None:
    async with desk_of(empty_url, tmp_path) as d:
        await d.open_ticket(HANA, HINODE, title="遅い", severity="2")
        await d.open_ticket(HANA, HINODE, title="質問", severity="4")
        d.pass_time(minutes=10)
        await d.open_ticket(ANN, ACME, title="Slow", severity="2")
        room = await d.channel("inc-acme-1")
        await d.people.wait_for(room, shows("ACME-1", "prioritized"))
        listed = str((await d.people.command(ERIN, TRIAGE, "/incident", "list")).body)
        places = [listed.index(ticket) for ticket in ("ACME-1", "HINODE-1", "HINODE-2")]
        assert places == sorted(places)


async def test_versions_are_judged_on_the_day_of_the_opening(empty_url: str, tmp_path: Path) -> None:
    async with desk_of(empty_url, tmp_path) as d:
        told = {}
        for version in ("v8.1", "8.0", "7.1", "9.9", ""):
            sent = await d.open_ticket(ANN, ACME, title="Slow", severity="3", version=version)
            told[version] = str(sent.view)
        assert "latest release" not in told["v8.1"]
        assert "fixes come in the latest release, 8.1" in told["8.0"]
        assert "left support on" in told["7.1"]
        assert "We do not know a version 9.9" in told["9.9"]
        assert "Which version do you run?" in told[""]
        listed = await d.people.command(BEN, ACME, "/support", "versions")
        assert "*8.1*" in str(listed.body)
        assert "7.1" not in str(listed.body)


async def test_somebody_who_is_no_contact_opens_it_all_the_same(empty_url: str, tmp_path: Path) -> None:
    contacts = [{"name": "Ben", "user": BEN, "trained": True}]
    async with desk_of(empty_url, tmp_path, contacts=contacts) as d:
        sent = await d.open_ticket(ANN, ACME, title="API is down", severity="1")
        assert "not among the designated technical contacts" in str(sent.view)
        assert (await d.ticket("ACME-1")).not_contact
        root = await d.people.wait_for(ACME, shows("ACME-1", "API is down"))
        await d.people.wait_for(ACME, shows(f"<@{BEN}>", f"<@{ANN}>", "designated"), thread_ts=root["ts"])
        own = await d.open_ticket(BEN, ACME, title="Mine", severity="3")
        assert "designated" not in str(own.view)
        assert not (await d.ticket("ACME-2")).not_contact


async def test_a_contact_known_by_e_mail_is_bound_when_first_seen(empty_url: str, tmp_path: Path) -> None:
    contacts = [{"name": "Ben", "email": "Ben@acme.example"}]
    async with desk_of(empty_url, tmp_path, contacts=contacts) as d:
        (pinned,) = await d.people.wait_until(lambda: d.people.pins(ACME))
        await d.people.click(BEN, ACME, pinned["ts"], "open_form")

        async def bound() -> bool:
            return d.bot.store.directories.current.accounts["ACME"].contacts[0].user == BEN

        assert await d.people.wait_until(bound)
        (form,) = await d.people.views(BEN)
        sent = await d.people.submit(BEN, form.id, {"title": "API is down", "severity": "1"})
        assert "designated" not in str(sent.view)
        assert not (await d.ticket("ACME-1")).not_contact


async def test_an_account_may_let_only_its_contacts_open(empty_url: str, tmp_path: Path) -> None:
    contacts = [{"name": "Ben <3", "user": BEN}]
    async with desk_of(empty_url, tmp_path, contacts=contacts, refuse_non_contacts=True) as d:
        sent = await d.open_ticket(ANN, ACME, title="API is down", severity="1")
        assert sent.action == "errors"
        assert "Ben <3" in sent.errors["title"]
        assert await d.bot.store.tickets.get("ACME-1") is None


async def test_what_belongs_to_a_plan(empty_url: str, tmp_path: Path) -> None:
    async with desk_of(empty_url, tmp_path) as d:
        told = str((await d.people.command(BEN, ACME, "/support", "plan")).body)
        assert "Your plan: Emergency" in told
        assert "+1 555 0100" in told
        assert "Uptime guarantee: 99.9 %" in told
        staff = str((await d.people.command(ERIN, ACME, "/support", "plan")).body)
        assert "+1 555 0100" not in staff


async def test_why_a_deadline_is_what_it_is_can_be_checked_by_hand(empty_url: str, tmp_path: Path) -> None:
    async with desk_of(empty_url, tmp_path) as d:
        await d.open_ticket(HANA, HINODE, title="遅い", severity="3", production="no")
        answer = str((await d.people.command(ERIN, TRIAGE, "/incident", "why HINODE-1")).body)
        assert "Severity 3 (Normal) promises a first response within 1 business day" in answer
        assert "business hours, Asia/Tokyo" in answer
        assert "11:04 JST" in answer
        card = await d.people.wait_for(TRIAGE, shows("HINODE-1 · Sev 3"))
        await d.people.click(ERIN, TRIAGE, card["ts"], "why")
        await d.people.wait_for(TRIAGE, shows("why this deadline"), viewer=ERIN)
        await d.people.command(ERIN, TRIAGE, "/incident", "ack HINODE-1")
        answer = str((await d.people.command(ERIN, TRIAGE, "/incident", "why HINODE-1")).body)
        assert "promises an update within 6 hr" in answer
        assert "extended hours, Asia/Tokyo" in answer
        other = str((await d.people.command(BEN, ACME, "/incident", "why HINODE-1")).body)
        assert "There is no ticket HINODE-1" in other
