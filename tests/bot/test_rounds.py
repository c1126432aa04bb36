"""What comes by itself, exactly once: whatever dies in between, whoever comes and goes, however long nobody worked."""

import re
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from bot.rounds import Rounds, slot_id
from bot.slack import Lasting, Passing
from policy.directory import Account
from policy.duties import DutyDone
from storage import keys
from tests.bot.worker_rig import ACCOUNTS, ERIN, LEADS, OMAR, TRIAGE, Killed, Rig, rig_at

DIGEST, DUTY = f"digest:tam:{OMAR}", f"duty:{OMAR}"
MONDAY_IN_TOKYO = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
"""9:00 there; the rig begins on the Wednesday before, at 23:00 there."""


def accounts(**changes: Any) -> dict[str, Account]:
    return {key: replace(account, **changes) for key, account in ACCOUNTS.items()}


@pytest.fixture
async def rig(empty_url: str) -> AsyncIterator[Rig]:
    async with rig_at(empty_url) as rig:
        rig.zones |= {OMAR: "Asia/Tokyo", ERIN: "America/New_York"}
        await rig.know(accounts(tam=OMAR))
        await rig.rounds.expect()
        await rig.work()
        yield rig


async def told(rig: Rig, user: str = OMAR) -> list[str]:
    """What a person has read in the direct message of what comes by itself."""
    posts = [one.args["text"] for one in await rig.posts(await rig.slack.direct_message(user))]
    return [plain(one) for one in posts if one.startswith(("Your weekly", "Coming up"))]


def plain(words: str) -> str:
    """With ordinary blanks in place of thin ones."""
    return re.sub(r"\u2009|\\+u2009", " ", words)


async def until(rig: Rig, at: datetime) -> None:
    """Work as time goes by, in steps of some hours."""
    while rig.clock.at < at:
        rig.clock.at = min(at, rig.clock.at + timedelta(hours=5))
        await rig.work()


# -- the digest


async def test_one_message_for_all_accounts_on_monday_at_nine_where_the_tam_is(rig: Rig) -> None:
    await rig.open("1")
    await rig.work()
    await until(rig, MONDAY_IN_TOKYO - timedelta(milliseconds=1))
    assert await told(rig) == []
    await until(rig, MONDAY_IN_TOKYO)
    (message,) = await told(rig)
    assert message.startswith("Your weekly summary. 2 accounts · Nov 16 – 22, 2026 (JST)")
    shown = plain(str(await rig.texts(await rig.slack.direct_message(OMAR))))
    assert "ACME-1" in shown
    assert "Globex" in shown  # of which there is nothing to tell: silence has a name
    assert await rig.told.until(keys.shard_of(OMAR), DIGEST) == date(2026, 11, 16)
    await until(rig, MONDAY_IN_TOKYO + timedelta(days=6, hours=23))
    assert len(await told(rig)) == 1
    await until(rig, MONDAY_IN_TOKYO + timedelta(days=7))
    assert "Nov 23 – 29, 2026 (JST)" in (await told(rig))[1]


@pytest.mark.parametrize("when", ["before_post", "after_post"])
async def test_a_worker_that_dies_at_the_post(rig: Rig, when: str) -> None:
    async def killed() -> None:
        raise Killed

    rig.clock.at = MONDAY_IN_TOKYO
    setattr(rig.slack, when, killed)
    with suppress(Killed):
        await rig.work()
    assert len(await told(rig)) == (1 if when == "after_post" else 0)
    setattr(rig.slack, when, None)
    await rig.leases_run_out()
    await rig.work()
    assert len(await told(rig)) == 1
    assert await rig.told.until(keys.shard_of(OMAR), DIGEST) == date(2026, 11, 16)
    await until(rig, MONDAY_IN_TOKYO + timedelta(days=3))
    assert len(await told(rig)) == 1
    assert await rig.nothing_doubled()


async def test_an_answer_that_was_lost_and_a_week_that_went_by_since(rig: Rig) -> None:
    async def lost() -> None:
        raise Passing("no answer in time", carried_out=True, under_way=True)

    rig.clock.at = MONDAY_IN_TOKYO
    rig.slack.after_post = lost
    await rig.work_once(DIGEST)
    rig.slack.after_post = None
    # The next look comes after another Monday: the first message is found, and the second week is told.
    rig.clock.at += timedelta(days=7)
    await rig.work()
    first, second = await told(rig)
    assert "Nov 16 – 22" in first
    assert "Nov 23 – 29" in second
    shown = await rig.texts(await rig.slack.direct_message(OMAR))
    assert not any("Nothing was told of the weeks before" in one for one in shown)
    assert await rig.nothing_doubled()


async def test_another_worker_has_it_meanwhile(rig: Rig) -> None:
    rig.clock.at = MONDAY_IN_TOKYO
    shard = keys.shard_of(OMAR)

    async def taken() -> None:
        await rig.scripts.command("HSET", keys.leases(shard), DIGEST, f"another|{2**52}")

    rig.slack.after_post = taken
    await rig.work_once(DIGEST)
    rig.slack.after_post = None
    assert await rig.told.until(shard, DIGEST) == date(2026, 11, 9)  # what it knows no more is not recorded
    await rig.leases_run_out()
    await rig.work()
    assert len(await told(rig)) == 1
    assert await rig.nothing_doubled()


async def test_restarts_and_changes_of_the_directory_tell_nothing_twice(rig: Rig) -> None:
    await until(rig, MONDAY_IN_TOKYO)
    for number in range(3):
        await rig.know(accounts(tam=OMAR, tier=number + 1))
        # A process that starts knows nothing of what another one has expected.
        fresh = Rounds(
            rig.told,
            rig.rounds._posting,
            rig.clock,
            lambda: rig.directories.current,
            rig.rounds._triage,
            rig.rounds._rounds,
        )
        await fresh.expect()
        rig.pass_time(minutes=1)
        await rig.work()
    assert len(await told(rig)) == 1


async def test_nothing_is_skipped_while_nobody_works(rig: Rig) -> None:
    rig.clock.at = MONDAY_IN_TOKYO + timedelta(days=2, hours=3)
    await rig.work()
    (message,) = await told(rig)
    assert "Nov 16 – 22" in message
    shown = plain(str(await rig.texts(await rig.slack.direct_message(OMAR))))
    assert "This should have come on Mon, Nov 23 09:00 JST" in shown
    assert "Nothing was told of the weeks before" not in shown


async def test_of_several_weeks_the_newest_is_told_and_the_others_are_named(rig: Rig) -> None:
    rig.clock.at = MONDAY_IN_TOKYO + timedelta(days=16)
    await rig.work()
    (message,) = await told(rig)
    assert "Nov 30 – Dec 6, 2026" in message
    shown = plain(str(await rig.texts(await rig.slack.direct_message(OMAR))))
    assert "the weeks before (2): Nov 16 – 22, 2026 (JST), Nov 23 – 29, 2026 (JST)" in shown
    await until(rig, MONDAY_IN_TOKYO + timedelta(days=20))
    assert len(await told(rig)) == 1


async def test_an_account_gets_another_tam(rig: Rig) -> None:
    known = accounts(tam=OMAR)
    await rig.know({**known, "GLOBEX": replace(known["GLOBEX"], tam=ERIN)})
    await rig.rounds.expect()
    await until(rig, MONDAY_IN_TOKYO + timedelta(days=1))
    ((omars,), (erins,)) = (await told(rig), await told(rig, ERIN))
    assert omars.startswith("Your weekly summary. 1 account · Nov 16 – 22, 2026 (JST)")
    assert erins.startswith("Your weekly summary. 1 account · Nov 16 – 22, 2026 (EST)")

    # Whoever is no TAM any more reads nothing more.
    await rig.know(accounts(tam=ERIN))
    await rig.rounds.expect()
    await until(rig, MONDAY_IN_TOKYO + timedelta(days=8))
    assert len(await told(rig)) == 1
    assert len(await told(rig, ERIN)) == 2
    assert DIGEST not in await rig.waiting()
    assert await rig.told.until(keys.shard_of(OMAR), DIGEST) is None


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        ("Pacific/Kiritimati", datetime(2026, 11, 22, 19, 0, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 11, 23, 17, 0, tzinfo=UTC)),
    ],
)
async def test_the_tam_moves(rig: Rig, zone: str, at: datetime) -> None:
    rig.zones[OMAR] = zone
    await until(rig, datetime(2026, 11, 22, 18, 59, tzinfo=UTC))
    await until(rig, at - timedelta(minutes=1))
    assert await told(rig) == []
    await until(rig, at)
    assert len(await told(rig)) == 1
    # Back where the week's Monday is still to come, or long over: it is told all the same.
    for elsewhere in ("America/Los_Angeles", "Pacific/Kiritimati", "Asia/Tokyo"):
        rig.zones[OMAR] = elsewhere
        await until(rig, rig.clock.at + timedelta(hours=12))
    assert len(await told(rig)) == 1


async def test_practice_accounts_count_nowhere(rig: Rig) -> None:
    await rig.know(accounts(tam=OMAR, practice=True, weekly_summary=True, tam_service=True))
    await rig.rounds.expect()
    await until(rig, MONDAY_IN_TOKYO + timedelta(days=8))
    assert await told(rig) == []
    assert await rig.posts() == []


async def test_who_cannot_be_reached_is_named_in_triage(rig: Rig) -> None:
    async def away(user: str) -> str:
        raise Lasting("user_disabled")

    rig.slack.direct_message = away  # type: ignore[method-assign]
    rig.clock.at = MONDAY_IN_TOKYO
    await rig.work()
    shown = plain(str(await rig.texts(TRIAGE)))
    assert f"For <@{OMAR}>, who could not be reached (user_disabled)" in shown
    assert "2 accounts · Nov 16 – 22" in shown
    await until(rig, MONDAY_IN_TOKYO + timedelta(days=6))
    assert len(await rig.posts()) == 1


async def test_without_triage_either_it_waits_until_somebody_has_mended_it(empty_url: str) -> None:
    async with rig_at(empty_url, triage=None) as rig:
        rig.zones[OMAR] = "Asia/Tokyo"
        await rig.know(accounts(tam=OMAR))
        await rig.rounds.expect()
        await rig.work()
        reach = rig.slack.direct_message

        async def away(user: str) -> str:
            raise Lasting("user_disabled")

        rig.slack.direct_message = away  # type: ignore[method-assign]
        await until(rig, MONDAY_IN_TOKYO + timedelta(hours=5))
        assert await rig.posts() == []
        rig.slack.direct_message = reach  # type: ignore[method-assign]
        await until(rig, MONDAY_IN_TOKYO + timedelta(hours=7))
        assert len(await told(rig)) == 1


async def test_an_account_that_wants_it_reads_its_own_in_its_channel(rig: Rig) -> None:
    known = accounts(tam=OMAR)
    acme = replace(known["ACME"], weekly_summary=True, language="ja", region="japan")
    await rig.know({**known, "ACME": acme})
    await rig.rounds.expect()
    await rig.open("1")
    await rig.work()
    await until(rig, MONDAY_IN_TOKYO)
    posts = [one.args["text"] for one in await rig.posts(acme.channel)]
    (summary,) = [one for one in posts if "週次サマリー" in one]
    assert "2026年11月16日～22日" in plain(summary)
    shown = str([one for one in await rig.texts(acme.channel) if "週次サマリー" in one])
    assert "ACME-1" in shown
    assert "Globex" not in shown
    assert f"<@{OMAR}>" not in shown  # nobody is called by it
    assert not any("weekly" in one.lower() for one in await rig.texts(known["GLOBEX"].channel))
    await until(rig, MONDAY_IN_TOKYO + timedelta(days=6))
    assert len([one for one in await rig.posts(acme.channel) if "週次サマリー" in one.args["text"]]) == 1


async def test_where_a_channel_takes_no_summary_triage_hears_of_it_and_reads_none(rig: Rig) -> None:
    known = accounts()
    acme = replace(known["ACME"], weekly_summary=True, channel="C0GONE")
    await rig.know({**known, "ACME": acme})
    await rig.rounds.expect()
    await rig.work()
    await until(rig, datetime(2026, 11, 23, 14, 0, tzinfo=UTC))
    (shown,) = await rig.texts(TRIAGE)
    assert "The weekly summary of Acme could not be posted in <#C0GONE> (channel_not_found)" in shown
    await until(rig, datetime(2026, 11, 29, 14, 0, tzinfo=UTC))
    assert len(await rig.texts(TRIAGE)) == 1


# -- reminders of duties

SINCE = date(2026, 10, 26)
"""A month later, 26 November, the road-map review is due; the call on Mondays."""


async def with_duties(rig: Rig) -> None:
    await rig.know(accounts(tam=OMAR, tam_service=True, tam_since=SINCE))
    await rig.rounds.expect()
    await rig.work()


async def reminders(rig: Rig) -> list[str]:
    return [one for one in await told(rig) if one.startswith("Coming up")]


def tokyo(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC) - timedelta(hours=9)


async def test_a_week_and_a_day_before_in_one_message(rig: Rig) -> None:
    await with_duties(rig)
    await until(rig, tokyo(19) - timedelta(milliseconds=1))
    assert await reminders(rig) == []
    await until(rig, tokyo(19))
    (first,) = await reminders(rig)
    assert first.startswith(
        "Coming up for you: 2 duties Product road-map review for Acme (ACME): Thu, Nov 26"
    )
    await until(rig, tokyo(25, 23))
    assert len(await reminders(rig)) == 3  # the calls of Monday, on Sunday; and the road map again
    day_before = (await reminders(rig))[-1]
    assert "tomorrow, Thu, Nov 26, 2026" in day_before
    calls = (await reminders(rig))[1]
    assert "Regular call for Acme (ACME): tomorrow, Mon, Nov 23, 2026 · :warning: overdue since" in calls


async def test_what_is_done_is_not_reminded_of(rig: Rig) -> None:
    await with_duties(rig)
    for key in ACCOUNTS:
        history = await rig.duties.of(key)
        done = history.record("roadmap", date(2026, 11, 18), by=OMAR, operation="op", now=rig.clock.now())
        assert isinstance(done, DutyDone)
        await rig.duties.add(history, done)
    await until(rig, tokyo(30))
    assert not any("road-map" in one for one in await reminders(rig))


@pytest.mark.parametrize("when", ["before_post", "after_post"])
async def test_a_worker_that_dies_at_a_reminder(rig: Rig, when: str) -> None:
    async def killed() -> None:
        raise Killed

    await with_duties(rig)
    rig.clock.at = tokyo(19)
    setattr(rig.slack, when, killed)
    with suppress(Killed):
        await rig.work()
    setattr(rig.slack, when, None)
    await rig.leases_run_out()
    await until(rig, tokyo(21))
    assert len(await reminders(rig)) == 1
    assert await rig.nothing_doubled()


async def test_after_an_absence_one_message_has_all(rig: Rig) -> None:
    await with_duties(rig)
    rig.clock.at = tokyo(26, 12)
    await rig.work()
    (message,) = await reminders(rig)
    shown = str(await rig.texts(await rig.slack.direct_message(OMAR)))
    assert "4 duties" in message  # the road map and the call of Monday, of two accounts
    assert "today, Thu, Nov 26, 2026" in shown


async def test_of_a_service_that_nobody_dated_the_first_look_is_the_beginning(rig: Rig) -> None:
    await rig.know(accounts(tam=OMAR, tam_service=True))
    await rig.rounds.expect()
    await rig.work()
    await until(rig, rig.clock.at + timedelta(days=2))
    history = await rig.duties.of("ACME")
    assert history.began == date(2026, 11, 18)
    assert len(history.entries) == 1
    assert (await rig.duties.of("GLOBEX")).began == date(2026, 11, 18)


async def test_the_digest_names_duties_that_are_overdue_or_due_this_week(rig: Rig) -> None:
    await with_duties(rig)
    await until(rig, MONDAY_IN_TOKYO)
    (shown,) = [one for one in await rig.texts(await rig.slack.direct_message(OMAR)) if "weekly" in one]
    assert "Your duties, overdue or due within a week" in shown
    assert "*Regular call* for Acme (ACME): today, Mon, Nov 23, 2026 · :warning: overdue since" in shown
    assert "*Product road-map review* for Globex (GLOBEX): Thu, Nov 26, 2026" in shown
    assert "Onsite" not in shown


# -- the note at the change of a shift


@pytest.fixture
async def desk(empty_url: str) -> AsyncIterator[Rig]:
    async with rig_at(empty_url, handover_at=("09:00 Asia/Tokyo", "17:00 Europe/London")) as rig:
        await rig.rounds.expect()
        await rig.work()
        yield rig


async def notes(rig: Rig, channel: str = TRIAGE) -> list[str]:
    return [one.args["text"] for one in await rig.posts(channel) if "andover" in one.args["text"]]


async def test_a_note_at_each_time_every_day(desk: Rig) -> None:
    await until(desk, tokyo(21))
    assert len(await notes(desk)) == 6  # London on 18, 19, 20; Tokyo on 19, 20, 21
    assert (await notes(desk))[0] == "Handover Wed, Nov 18 17:00 GMT: nothing is open."


async def test_the_note_says_what_is_open_whose_it_is_and_what_is_due(desk: Rig) -> None:
    await desk.open("1")
    await desk.work()
    await desk.change("ACME-1", lambda ticket, now: replace_owner(desk, ticket, now))
    await desk.open("2", "GLOBEX")
    await desk.work()
    desk.clock.at = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)
    await desk.work()
    (note,) = await notes(desk)
    assert note == "Handover: 2 open, 1 late, 1 due by Thu, Nov 19 01:00 GMT, 1 without an owner"
    (shown,) = [one for one in await desk.texts(TRIAGE) if "Handover" in one]
    assert shown.index("Late now") < shown.index("ACME-1") < shown.index("Due by") < shown.index("GLOBEX-1")
    assert "omar" in shown
    assert f"<@{OMAR}>" not in shown  # nobody is called by it
    assert ":warning: nobody" in shown


def replace_owner(rig: Rig, ticket: Any, now: datetime) -> object:
    from policy.transitions import acknowledge

    return acknowledge(rig.policy, ticket, OMAR, now)


@pytest.mark.parametrize("when", ["before_post", "after_post"])
async def test_a_worker_that_dies_at_a_note(desk: Rig, when: str) -> None:
    async def killed() -> None:
        raise Killed

    desk.clock.at = tokyo(19)
    setattr(desk.slack, when, killed)
    with suppress(Killed):
        await desk.work()
    setattr(desk.slack, when, None)
    await desk.leases_run_out()
    await desk.work()
    # One for each of the two times that have come.
    assert len(await notes(desk)) == 2
    assert await desk.nothing_doubled()


async def test_of_days_that_nobody_worked_on_one_note_is_enough(desk: Rig) -> None:
    desk.clock.at = tokyo(25, 12)
    await desk.work()
    assert len(await notes(desk)) == 2
    shown = [one for one in await desk.texts(TRIAGE) if "Handover" in one]
    assert any("This should have come on Wed, Nov 25 09:00 JST" in one for one in shown)


async def test_in_the_channel_that_the_settings_name_and_not_where_customers_read(empty_url: str) -> None:
    async with rig_at(empty_url, handover_at=["09:00 Asia/Tokyo"], handover_channel=LEADS) as rig:
        await rig.rounds.expect()
        await rig.work()
        await until(rig, tokyo(19))
        assert len(await notes(rig, LEADS)) == 1
        assert await notes(rig) == []
        # It becomes an account's: from then on the note stands in triage.
        await rig.know({"GLOBEX": replace(ACCOUNTS["GLOBEX"], channel=LEADS)})
        await until(rig, tokyo(20))
        assert len(await notes(rig, LEADS)) == 1
        (shown,) = [one for one in await rig.texts(TRIAGE) if "Handover" in one]
        assert "triage_channel_belongs_to_an_account" in shown


async def test_a_time_that_the_settings_name_no_more_is_forgotten(desk: Rig) -> None:
    member = "handover:03:00 UTC"
    shard = keys.shard_of("03:00 UTC")
    await desk.told.expect(shard, [member], now=desk.clock.now())
    await desk.work()
    assert member not in await desk.waiting()


def test_slots_have_ids_of_their_own() -> None:
    ids = {slot_id(member, date(2026, 11, day)) for member in (DIGEST, DUTY) for day in range(1, 20)}
    assert len(ids) == 38
