"""Who may do what: every subcommand and button, by every role, on a ticket of one's own account and of another's."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from commands import routes
from commands.roles import CUSTOMERS, MAY, Act, Role
from commands.text import text
from policy.tickets import Ticket
from policy.timeline import CustomerReplied, Entry
from tests.scenarios.desk import (
    ACCOUNTS,
    ACME,
    ACME_TEAM,
    ANN,
    BEN,
    ERIN,
    HANA,
    HINODE,
    HINODE_TEAM,
    HOME,
    OMAR,
    TABLES,
    TRIAGE,
    Desk,
    desk,
)
from tests.scenarios.forged import command, press, submit

TINA, TOM = "U0TINA", "U0TOM"
"""The TAMs of Acme and of Hinode."""

WORDS: Final[dict[Act, str]] = {
    Act.SEVERITY: "2 since it is less",
    Act.PRODUCTION: "no it is the staging system",
    Act.ASSIGN: f"<@{OMAR}>",
    Act.SNOOZE: "30m",
    Act.SCOPE: "third_party",
    Act.MERGE: "ACME-2",
    Act.LINK: "https://portal.example/1",
    Act.OUTAGE: "api 2026-11-17T00:00Z/2026-11-17T00:10Z",
}
"""What stands behind a subcommand, where not every text would do."""

EVERY: Final = {name: one for name, one in routes.INCIDENT.items() if one.act is not None and name != "for"}

PEOPLE: Final[dict[str, tuple[str, str, str, frozenset[Role]]]] = {
    "a customer": (BEN, HOME, ACME, frozenset({Role.CUSTOMER})),
    "a contact of another company": (ANN, ACME_TEAM, ACME, frozenset({Role.CUSTOMER, Role.CONTACT})),
    "another account's customer": (HANA, HINODE_TEAM, HINODE, frozenset()),
    "an engineer": (ERIN, HOME, TRIAGE, frozenset({Role.ENGINEER})),
    "the account's TAM": (TINA, HOME, TRIAGE, frozenset({Role.TAM})),
    "another account's TAM": (TOM, HOME, TRIAGE, frozenset()),
    "an admin": (OMAR, HOME, TRIAGE, frozenset({Role.ADMIN})),
}


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    staff = {"engineers": [ERIN], "admins": [OMAR], "tams": [TINA, TOM], "triage_channel": TRIAGE}
    acme, hinode = ACCOUNTS
    contacts = [{"name": "Ann", "user": ANN, "trained": True}]
    accounts = [{**acme, "tam": TINA, "contacts": contacts}, {**hinode, "tam": TOM}]
    async with desk(empty_url, tmp_path, tables={**TABLES, "staff": staff}, accounts=accounts) as running:
        for user, name in ((TINA, "tina"), (TOM, "tom")):
            await running.people.add_user({"id": user, "team": HOME, "name": name})
            await running.people.join(user, TRIAGE)
            await running.people.join(user, HINODE)
        for title in ("API is down", "API is slow"):
            await running.open_ticket(BEN, ACME, title=title)

        async def announced() -> bool:
            tickets = [await running.ticket(name) for name in ("ACME-1", "ACME-2")]
            return all(ticket.customer and ticket.card and ticket.call for ticket in tickets)

        await running.people.wait_until(announced)
        yield running


def refusals(*keys: str) -> list[str]:
    """How a refusal begins, in both languages."""
    return [text(language)(key).partition("{")[0] for key in keys for language in ("en", "ja")]


ROLE_REFUSED: Final = refusals("error.staff_only", "error.customer_only")
NO_TICKET: Final = refusals("error.no_ticket")


async def asked(d: Desk, person: str, name: str, ticket: str) -> str:
    """What somebody reads who asks for a subcommand on a ticket; empty: a form opened."""
    user, team, channel, _ = PEOPLE[person]
    words = WORDS.get(EVERY[name].act or Act.SHOW, "for a reason")
    answer = await command(d, user, team, channel, f"{name} {ticket} {words}")
    assert answer.status_code == 200
    return answer.text


async def record(d: Desk) -> Ticket:
    found: Ticket = await d.ticket("ACME-1")
    return found


@pytest.mark.parametrize("person", PEOPLE)
async def test_every_subcommand_by_every_role(d: Desk, person: str) -> None:
    roles = PEOPLE[person][3]
    for name, subcommand in EVERY.items():
        assert subcommand.act is not None
        before = await record(d)
        said = await asked(d, person, name, "ACME-1")
        if roles.isdisjoint(MAY[subcommand.act]):
            assert await record(d) == before, name
        if not roles:
            wrong = await asked(d, person, name, "ACME-999")
            assert said.replace("ACME-1", "ACME-999") == wrong, (
                f"{name}: it shows that there is such a ticket"
            )
        elif roles.isdisjoint(MAY[subcommand.act]):
            # What customers cannot mean is a title, and opens the form; nothing else is done.
            assert any(words in said for words in ROLE_REFUSED) or said == "", f"{name}: {said}"
        else:
            assert not any(words in said for words in (*ROLE_REFUSED, *NO_TICKET)), f"{name}: {said}"


def test_the_table_names_every_act_and_no_act_is_nobody_s() -> None:
    assert set(MAY) == set(Act)
    assert all(MAY.values())


def test_what_customers_can_do_is_no_subcommand_for_staff_alone() -> None:
    for name, subcommand in EVERY.items():
        assert subcommand.act is not None
        assert subcommand.is_for_staff == MAY[subcommand.act].isdisjoint(CUSTOMERS), name


@pytest.mark.parametrize("person", ["another account's customer", "another account's TAM"])
async def test_a_forged_button_learns_and_changes_nothing(d: Desk, person: str) -> None:
    user, team, channel, _ = PEOPLE[person]
    before = await record(d)
    for name in routes.BUTTONS:
        for ticket in ("ACME-1", "ACME-999"):
            value = f"{ticket} 2026-11-19T00:00:00+00:00" if name == "agree_update" else ticket
            assert (await press(d, user, team, channel, name, value)).status_code == 200, name
    await d.bot.dispatch.finish()
    assert await record(d) == before
    told = [m["text"] for m in await d.people.messages(channel, viewer=user)]
    shown = [words for words in told if words.startswith(":warning:") and "ACME-" in words]
    assert shown
    nothing = {f":warning: {text(language)('error.no_ticket', id='ACME-1')}" for language in ("en", "ja")}
    about_one = [words for words in shown if "ACME-999" not in words]
    assert set(about_one) <= nothing
    assert sorted(about_one) == sorted(
        words.replace("ACME-999", "ACME-1") for words in shown if "999" in words
    )
    assert all("API is down" not in str(view) for view in await d.people.views(user))


async def test_a_forged_form_learns_and_changes_nothing(d: Desk) -> None:
    """Every form, sent from the channel of another account about a ticket that is not its own, and about one that
    there is not: the same answer."""
    before = await record(d)
    for callback in routes.FORMS:
        answers = []
        for ticket in ("ACME-1", "ACME-999"):
            metadata = {"ticket": ticket, "channel": HINODE, "account": "ACME"}
            said = {"type": "plain_text_input", "value": "We are hacked"}
            values = {name: {name: said} for name in ("text", "reason", "title", "note", "url")}
            answer = await submit(d, HANA, HINODE_TEAM, callback, metadata, values)
            assert answer.status_code == 200, callback
            answers.append(answer.text.replace("ACME-999", "ACME-1"))
        assert answers[0] == answers[1], callback
        assert "API is down" not in answers[0]
    assert await record(d) == before


async def test_in_a_channel_of_another_account_a_tam_is_told_nothing(d: Desk) -> None:
    """Neither its tickets nor its terms, by whatever words and buttons."""
    await d.open_ticket(HANA, HINODE, title="レポートが遅い", severity="3")
    for words in ("list", "list ACME", "list all", "list mine"):
        said = await command(d, TOM, HOME, ACME, words)
        assert "ACME-1" not in said.text, words
        assert "API is down" not in said.text, words
    assert "HINODE-1" in (await command(d, TOM, HOME, ACME, "list")).text
    for words in ("plan", "policy", "contacts", "hours", "plan ACME", "uptime", "tickets"):
        said = await command(d, TOM, HOME, ACME, words, "/support")
        assert "Acme" not in said.text, words
        assert "Emergency" not in said.text, words
    await d.people.join(TOM, ACME)
    for button in ("our_tickets", "our_plan", "our_terms"):
        await press(d, TOM, HOME, ACME, button, "plan")
    await d.bot.dispatch.finish()
    told = str([m for m in await d.people.messages(ACME, viewer=TOM) if m.get("is_ephemeral")])
    assert "HINODE-1" in told
    assert "API is down" not in told
    assert "Emergency" not in told
    assert "Acme" in (await command(d, TINA, HOME, ACME, "plan", "/support")).text
    assert "Acme" in (await command(d, TINA, HOME, TRIAGE, "plan ACME", "/support")).text


async def test_a_tam_of_another_account_who_writes_in_a_ticket_s_thread_changes_nothing(d: Desk) -> None:
    await d.people.join(TOM, ACME)
    before = await record(d)
    entries = await d.bot.store.tickets.timeline("ACME-1")
    assert before.customer is not None
    said = await d.people.say(TOM, ACME, "Have you tried it again?", thread_ts=before.customer.thread)
    await d.people.edit(TOM, ACME, said, "Have you restarted it?")
    await d.people.delete(TOM, ACME, said)
    await d.people.say(BEN, ACME, "Still down.", thread_ts=before.customer.thread)

    async def later() -> list[Entry]:
        return (await d.bot.store.tickets.timeline("ACME-1"))[len(entries) :]

    (reply,) = await d.people.wait_until(later)
    assert isinstance(reply, CustomerReplied)
