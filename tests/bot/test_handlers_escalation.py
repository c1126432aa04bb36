"""A silence reaches the account's escalation target and its TAM, each once whatever happens; triage serves where one
cannot be reached."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from policy.directory import Contact
from policy.effects import Escalate
from policy.timeline import Escalated, Source, Undelivered
from policy.transitions import acknowledge, post_update
from tests.bot.worker_rig import ACCOUNTS, ACME, ERIN, GLOBEX, LEADS, OMAR, OTHER, TRIAGE, Killed, Rig, rig_at

SIREN = ":rotating_light:"


@pytest.fixture
async def rig(empty_url: str) -> AsyncIterator[Rig]:
    async with rig_at(empty_url) as made:
        yield made


async def silent(rig: Rig, *, severity: str = "1", **account: Any) -> str:
    """A ticket of an account with these terms, whose first response has come due in silence; nobody has heard of
    it yet."""
    await rig.know({**ACCOUNTS, "ACME": replace(ACCOUNTS["ACME"], **account)})
    ticket = await rig.open(severity)
    await rig.work()
    rig.pass_time(hours=2)
    await rig.work_once(f"remind:{ticket}")
    return ticket


async def sirens(rig: Rig, channel: str) -> list[str]:
    """The escalations in a channel; a user's id is the direct message with that person."""
    place = await rig.people.dm(channel) if channel.startswith("U") else channel
    return [one for one in await rig.texts(place) if SIREN in one]


async def test_a_user_and_a_tam_are_told_directly(rig: Rig) -> None:
    ticket = await silent(rig, escalation=OMAR, tam=ERIN)
    await rig.work()
    for user in (OMAR, ERIN):
        (told,) = await sirens(rig, user)
        assert ticket in told
        assert "The first response is due now" in told
        assert "Missed in a row: 1 · Owner: none" in told
        assert f"<#{await rig.room(ticket)}>" in told
    assert await sirens(rig, TRIAGE) == []
    assert len(await rig.entries(ticket, Escalated)) == 1


async def test_who_is_both_is_told_once(rig: Rig) -> None:
    await silent(rig, escalation=ERIN, tam=ERIN)
    await rig.work()
    assert len(await sirens(rig, ERIN)) == 1


async def test_a_group_is_mentioned_in_triage(rig: Rig) -> None:
    await silent(rig, escalation="S0ONCALL")
    await rig.work()
    (told,) = await sirens(rig, TRIAGE)
    assert told.startswith("<!subteam^S0ONCALL> ACME-1")


async def test_a_channel_is_told_in_that_channel(rig: Rig) -> None:
    await silent(rig, escalation=LEADS)
    await rig.work()
    assert len(await sirens(rig, LEADS)) == 1
    assert await sirens(rig, TRIAGE) == []


async def test_where_no_target_is_set_triage_hears_of_it_and_nobody_is_mentioned(rig: Rig) -> None:
    await silent(rig)
    await rig.work()
    (told,) = await sirens(rig, TRIAGE)
    assert told.startswith("ACME-1 Sev 1")
    assert "<!subteam" not in told


async def test_a_thread_where_it_is_worked_on_is_linked(rig: Rig) -> None:
    await rig.people.faults("conversations.create", kind="error", error="restricted_action")
    ticket = await silent(rig, tam=ERIN)
    await rig.work()
    (told,) = await sirens(rig, ERIN)
    card = (await rig.ticket(ticket)).card
    assert card is not None
    assert f"/archives/{TRIAGE}/p{card.ts.replace('.', '')}|its thread>" in told


async def test_a_target_out_of_reach_is_named_in_triage(rig: Rig) -> None:
    ticket = await silent(rig, escalation=LEADS, tam=ERIN)
    await rig.people.archive(LEADS)
    await rig.work()
    (told,) = await sirens(rig, TRIAGE)
    assert f"Meant for <#{LEADS}>, who cannot be reached (is_archived)" in told
    assert len(await sirens(rig, ERIN)) == 1
    assert await rig.entries(ticket, Undelivered) == []


@pytest.mark.parametrize(
    "account", [{"escalation": ACME}, {"escalation": GLOBEX}, {"escalation": "U0ANN"}, {"tam": "U0ANN"}]
)
async def test_nothing_of_it_reaches_a_customer(rig: Rig, account: dict[str, str]) -> None:
    contacts = (Contact("Ann", user="U0ANN"),)
    await silent(rig, **account, contacts=contacts)
    await rig.work()
    for channel in (ACME, GLOBEX, "U0ANN"):
        assert await sirens(rig, channel) == []
    assert any("is_on_a_customers_side" in one for one in await sirens(rig, TRIAGE))


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("U0ANN", "is_not_of_our_workspace"),
        ("U0EVE", "is_not_of_our_workspace"),
        (LEADS, "is_shared_with_another_company"),
    ],
)
async def test_nothing_of_it_reaches_people_of_other_companies(rig: Rig, target: str, why: str) -> None:
    """Not in person, though nobody has designated them, a guest of ours neither, nor where they read along."""
    await rig.people.add_user({"id": "U0EVE", "team": OTHER, "name": "eve"})
    await rig.people.share(LEADS, OTHER)
    await rig.people.join("U0EVE", LEADS)
    await silent(rig, escalation=target)
    await rig.work()
    assert await sirens(rig, target) == []
    (told,) = await sirens(rig, TRIAGE)
    assert why in told


@pytest.mark.parametrize("escalation", [OMAR, "S0ONCALL"])
async def test_an_answer_that_was_lost_does_not_tell_anybody_twice(rig: Rig, escalation: str) -> None:
    await silent(rig, escalation=escalation, tam=ERIN)
    await rig.people.faults("chat.postMessage", kind="lost")
    for _ in range(4):
        await rig.work()
        rig.pass_time(seconds=4)
    assert len(await sirens(rig, ERIN)) == 1
    assert len(await sirens(rig, OMAR)) + len(await sirens(rig, TRIAGE)) == 1
    assert await rig.nothing_doubled()


@pytest.mark.parametrize("nth", [1, 2])
async def test_a_worker_dies_after_one_was_told(rig: Rig, nth: int) -> None:
    await silent(rig, escalation=OMAR, tam=ERIN)
    posts = 0

    async def killed() -> None:
        nonlocal posts
        posts += 1
        if posts == nth:
            rig.slack.after_post = None
            raise Killed

    rig.slack.after_post = killed
    with pytest.raises(Killed):
        await rig.work()
    await rig.leases_run_out()
    await rig.work()
    assert len(await sirens(rig, OMAR)) == len(await sirens(rig, ERIN)) == 1


async def test_a_target_that_goes_away_while_its_answer_is_lost(rig: Rig) -> None:
    """Nobody can look whether it was told: told twice is better than not at all."""
    await silent(rig, escalation=LEADS)
    await rig.people.faults("chat.postMessage", kind="drop", channel=LEADS)
    await rig.work()
    await rig.people.remove_bot(LEADS)
    rig.pass_time(seconds=4)
    await rig.work()
    assert len(await sirens(rig, TRIAGE)) == 1


async def test_triage_itself_loses_the_answer(rig: Rig) -> None:
    """Meant for somebody who cannot be reached, posted in triage, answer lost: found there."""
    await silent(rig, escalation="U0NOBODY")
    await rig.people.faults("chat.postMessage", kind="lost", channel=TRIAGE)
    for _ in range(4):
        await rig.work()
        rig.pass_time(seconds=4)
    assert len(await sirens(rig, TRIAGE)) == 1
    assert await rig.nothing_doubled()


async def test_without_triage_it_is_a_dead_letter(empty_url: str) -> None:
    async with rig_at(empty_url, triage=None) as rig:
        await silent(rig)
        await rig.work()
        letters = [letter.queued.effect for letter in await rig.dead_letters()]
        assert any(getattr(effect, "silence", None) for effect in letters)
        assert not any(isinstance(effect, Escalate) for effect in letters)


async def test_the_card_says_that_it_is_escalated_and_the_reminder_too(rig: Rig) -> None:
    ticket = await silent(rig, tam=ERIN)
    await rig.work()
    room = await rig.room(ticket)
    card, *_, reminder = await rig.texts(room)
    assert f"{SIREN} Escalated" in card
    assert "First response was due" not in card  # it is due this very instant
    assert "This is escalated now." in reminder


async def test_a_second_missed_update_in_a_row_is_told_with_its_owner(rig: Rig) -> None:
    await rig.know({**ACCOUNTS, "ACME": replace(ACCOUNTS["ACME"], tam=ERIN)})
    ticket = await rig.open("1")
    await rig.change(ticket, lambda t, now: acknowledge(rig.policy, t, OMAR, now))
    await rig.change(ticket, lambda t, now: post_update(rig.policy, t, OMAR, "x", Source.COMMAND, now))
    for _ in range(4):
        rig.pass_time(hours=1)
        await rig.work()
    (told,) = await sirens(rig, ERIN)
    assert "The update was due" in told
    assert "and is 1 hr late." in told
    assert f"Missed in a row: 2 · Owner: <@{OMAR}>" in told
