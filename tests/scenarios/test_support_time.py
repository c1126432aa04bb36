"""Support time as people feel it: who is called when, and who is left in peace, through the real app, the real server
and the stand-in for Slack."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from policy.timeline import Escalated, Reminded
from tests.scenarios.desk import ACCOUNTS, ACME, ANN, ERIN, OMAR, ON_CALL, TRIAGE, Desk, desk
from tests.scenarios.test_story import shows

NEW_YORK = ZoneInfo("America/New_York")
SIREN = ":rotating_light:"


@asynccontextmanager
async def desk_of(url: str, home: Path, **acme: Any) -> AsyncIterator[Desk]:
    """The usual desk, with Acme in New York on other terms."""
    async with desk(url, home, accounts=[{**ACCOUNTS[0], **acme}, ACCOUNTS[1]]) as found:
        yield found


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026 on New York's clock; the 16th is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=NEW_YORK).astimezone(UTC)


def until(d: Desk, at: datetime) -> None:
    d.pass_time(seconds=(at - d.clock.at).total_seconds())


async def opened(d: Desk, at: datetime, severity: str = "1", **values: Any) -> str:
    """A ticket of Acme's opened then, once its room, its card and its call stand; the id of its room."""
    until(d, at)
    await d.open_ticket(ANN, ACME, title="API is down", severity=severity, **values)
    room = await d.channel("inc-acme-1")
    await d.people.wait_for(room, shows("ACME-1", "Owner: none"))
    await d.people.wait_for(TRIAGE, shows("New:", "ACME-1"))
    return room


async def reminders(d: Desk) -> list[datetime]:
    """When ACME-1 was reminded of, on the clock of deadlines, once its lanes are at rest."""
    entries = await d.bot.store.tickets.timeline("ACME-1")
    return [entry.at.astimezone(NEW_YORK) for entry in entries if isinstance(entry, Reminded)]


async def reminded(d: Desk, count: int) -> list[datetime]:
    """The same, once there are so many."""

    async def enough() -> list[datetime] | None:
        found = await reminders(d)
        return found if len(found) >= count else None

    found: list[datetime] = await d.people.wait_until(enough, what=f"{count} reminders")
    return found


async def sirens(d: Desk, user: str) -> list[str]:
    """What a person was told of silences, in the direct message."""
    told = await d.people.messages(await d.people.dm(user))
    return [str(message) for message in told if SIREN in str(message)]


async def told_of_silence(d: Desk, user: str, count: int = 1) -> str:
    """The newest of them, once there are so many."""

    async def enough() -> list[str] | None:
        found = await sirens(d, user)
        return found if len(found) >= count else None

    found: list[str] = await d.people.wait_until(enough, what=f"{count} escalations to {user}")
    assert len(found) == count
    return found[-1]


async def let_in(d: Desk, room: str, user: str) -> None:
    """Wait until somebody is a member of a channel."""

    async def found() -> bool:
        known = await d.people.channels()
        return any(one["id"] == room and user in one["members"] for one in known)

    await d.people.wait_until(found, what=f"{user} in {room}")


async def at_rest(d: Desk) -> None:
    """All that is due has been done: a message of another account's came through after it."""
    number = len(await d.bot.store.tickets.open_of("HINODE")) + 1
    await d.open_ticket("U0HANA", "C0HINODE", title=f"mark {number}", severity="4", production="no")
    await d.people.wait_for("C0HINODE", shows(f"HINODE-{number}"))
    await d.people.wait_for(TRIAGE, shows(f"HINODE-{number} "))


async def test_a_standard_account_s_reminders_stop_at_six_and_go_on_at_nine(
    empty_url: str, tmp_path: Path
) -> None:
    async with desk_of(empty_url, tmp_path, plan="standard", escalation=ERIN, tam=OMAR) as d:
        # A Friday; the first response is due after two hours of support time, at 17:00.
        room = await opened(d, local(20, 15))
        for count, at in enumerate([(15, 10), (15, 30), (16, 0), (16, 36), (17, 0)], 1):
            until(d, local(20, *at))
            await reminded(d, count)
        breach = await told_of_silence(d, ERIN)
        assert "The first response is due now" in breach
        assert "due now, 17:00 EST" in await told_of_silence(d, OMAR)

        # At closing time the last one goes out: an hour late by any clock. Then there is peace.
        until(d, local(20, 18))
        await reminded(d, 6)
        await d.people.wait_for(room, shows("was due 17:00 EST, 1 hr late."))
        for day, hour in ((20, 19), (20, 23), (21, 12), (22, 12), (23, 8)):
            until(d, local(day, hour))
            await at_rest(d)
            assert len(await reminders(d)) == 6

        # Monday, an hour of support time later: each kind of lateness is told.
        until(d, local(23, 9))
        await at_rest(d)
        until(d, local(23, 10))
        await reminded(d, 7)
        late = await d.people.wait_for(
            room, shows("was due Fri, Nov 20 17:00 EST, 2 days 17 hr late (2 hr of support time).")
        )
        assert f"<!subteam^{ON_CALL}>" in late["text"]
        friday = [(15, 10), (15, 30), (16, 0), (16, 36), (17, 0), (18, 0)]
        assert await reminders(d) == [*(local(20, *at) for at in friday), local(23, 10)]
        # Nobody was told again of the same silence.
        assert len(await sirens(d, ERIN)) == len(await sirens(d, OMAR)) == 1


async def test_a_premium_account_s_outage_never_sleeps(empty_url: str, tmp_path: Path) -> None:
    async with desk_of(empty_url, tmp_path, plan="premium", tam=ERIN) as d:
        room = await opened(d, local(21, 2))  # in the night to Saturday
        called = await d.people.wait_for(TRIAGE, shows(f"<!subteam^{ON_CALL}>", "ACME-1"))
        assert "closed" not in str(called)
        for count, at in enumerate([(2, 10), (2, 30), (3, 0), (3, 36), (4, 0), (5, 0), (6, 0)], 1):
            until(d, local(21, *at))
            await reminded(d, count)
        await d.people.wait_for(room, shows(f"<!subteam^{ON_CALL}>", "2 hr late."))
        assert "due now, 04:00 EST" in await told_of_silence(d, ERIN)


async def test_what_a_premium_account_opens_on_saturday_outside_production_waits_for_monday(
    empty_url: str, tmp_path: Path
) -> None:
    async with desk_of(empty_url, tmp_path, plan="premium") as d:
        await opened(d, local(21, 12), production="no")
        until(d, local(22, 12))
        await at_rest(d)
        assert await reminders(d) == []
        until(d, local(23, 6))  # extended hours open at six
        assert await reminded(d, 1) == [local(23, 6)]


async def test_opened_on_saturday_nobody_is_called_until_monday_at_nine(
    empty_url: str, tmp_path: Path
) -> None:
    async with desk_of(empty_url, tmp_path, plan="standard", escalation=ERIN, tam=OMAR) as d:
        room = await opened(d, local(21, 10))
        called = await d.people.wait_for(TRIAGE, shows("New:", "ACME-1", "Support is closed until"))
        for day, hour in ((21, 20), (22, 9), (23, 8)):
            until(d, local(day, hour))
            await at_rest(d)
        assert await reminders(d) == []
        for place in (TRIAGE, room):
            shown = [one for one in await d.people.messages(place) if "ACME-1" in str(one)]
            assert not [one for one in shown if ON_CALL in str(one)], place
        members = next(one["members"] for one in await d.people.channels() if one["id"] == room)
        assert OMAR not in members

        # Monday at nine: whoever is on call is called where the ticket is, let in, and sees the call in triage.
        until(d, local(23, 9))
        assert await reminded(d, 1) == [local(23, 9)]
        rung = await d.people.wait_for(room, shows(f"<!subteam^{ON_CALL}>", "nobody has it", "2 hr left"))
        assert "Support opens now" in str(rung)

        await let_in(d, room, OMAR)
        await d.people.wait_for(
            TRIAGE, lambda m: m["ts"] == called["ts"] and ON_CALL in str(m) and "closed until" not in str(m)
        )
        assert await sirens(d, ERIN) == []
        # Silence until the deadline, 11:00: it escalates once, to both.
        until(d, local(23, 11))
        await told_of_silence(d, ERIN)
        await told_of_silence(d, OMAR)
        until(d, local(23, 12))
        await reminded(d, 3)
        await at_rest(d)
        assert len(await sirens(d, ERIN)) == len(await sirens(d, OMAR)) == 1


async def test_the_second_missed_update_in_a_row_escalates_once(empty_url: str, tmp_path: Path) -> None:
    async with desk_of(empty_url, tmp_path, escalation=ERIN, tam=OMAR) as d:
        room = await opened(d, local(18, 10))
        await d.people.command(ERIN, TRIAGE, "/incident", "ack ACME-1")
        await d.people.wait_for(room, shows(f"Owner: <@{ERIN}>"))
        await let_in(d, room, ERIN)

        # The first update is missed: its owner is told, and nobody else.
        until(d, local(18, 11))
        await reminded(d, 1)
        await d.people.wait_for(room, shows(f"<@{ERIN}> ACME-1", "update is due now"))
        await at_rest(d)
        assert await sirens(d, OMAR) == []

        # The second in a row is for the escalation target and the TAM to hear of.
        until(d, local(18, 12))
        told = await told_of_silence(d, OMAR)
        assert "The update was due 11:00 EST and is 1 hr late." in told
        assert f"Missed in a row: 2 · Owner: <@{ERIN}> · <#{room}>" in told
        await told_of_silence(d, ERIN)
        await d.people.wait_for(room, shows("Update was due", f"{SIREN} Escalated"))

        # The same silence is told of once; after an update another silence is another.
        until(d, local(18, 13))
        await reminded(d, 3)
        await at_rest(d)
        assert len(await sirens(d, OMAR)) == 1
        await d.people.command(ERIN, room, "/incident", "update Still looking.")
        await d.people.wait_for(
            room, lambda m: "Owner" in str(m) and "Escalated" not in str(m) and "14:00" in str(m)
        )
        until(d, local(18, 15))
        await told_of_silence(d, OMAR, 2)
        entries = await d.bot.store.tickets.timeline("ACME-1")
        assert [entry.missed for entry in entries if isinstance(entry, Escalated)] == [2, 2]

        # Staff read it on the timeline; the customer does not.
        staff = str((await d.people.command(ERIN, room, "/incident", "show ACME-1")).body)
        assert "escalated: update due" in staff
        customer = str((await d.people.command("U0BEN", ACME, "/incident", "show ACME-1")).body)
        assert "scalated" not in customer
        assert "Update was due" in customer
