"""How an incident ends, through the whole bot: resolved, confirmed by the customer or by itself, scored, reopened; who
may say so; and what the customer is told when a promise is late."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from policy.clocks import ClockKind
from policy.closing import confirmed_by_itself_at
from policy.tickets import State
from policy.timeline import Confirmed, Reopened, Scored
from tests.scenarios.desk import ACCOUNTS, ACME, ANN, BEN, ERIN, HANA, HINODE, OMAR, TRIAGE, Desk, desk
from tests.scenarios.test_story import shows


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(empty_url, tmp_path) as found:
        yield found


class Story:
    """A ticket of an account with its places in Slack."""

    def __init__(self, d: Desk, ticket: str, channel: str, room: str, root: str) -> None:
        self.d, self.people = d, d.people
        self.ticket, self.channel, self.room, self.root = ticket, channel, room, root

    async def thread(self) -> list[dict[str, Any]]:
        return await self.people.messages(self.channel, thread_ts=self.root)

    async def told(self, *words: str) -> dict[str, Any]:
        return await self.people.wait_for(self.channel, shows(*words), thread_ts=self.root)

    async def noted(self, *words: str) -> dict[str, Any]:
        return await self.people.wait_for(self.room, shows(*words))

    async def resolve(self, words: str) -> dict[str, Any]:
        """Resolved by Erin; the message that asks."""
        await self.people.command(ERIN, TRIAGE, "/incident", f"resolve {self.ticket} {words}")
        return await self.told(words, "confirm_resolved")

    async def until(self, message: str, *words: str) -> dict[str, Any]:
        """The message with that `ts`, once it has been edited to hold these words."""
        return await self.people.wait_for(
            self.channel, lambda m: m["ts"] == message and shows(*words)(m), thread_ts=self.root
        )

    async def whispered(self, user: str, *words: str) -> None:
        """Only that person sees it."""
        await self.people.wait_for(self.channel, shows(*words), viewer=user, thread_ts=self.root)
        assert not [m for m in await self.thread() if shows(*words)(m)]


async def opened(d: Desk, user: str = ANN, channel: str = ACME, severity: str = "1") -> Story:
    await d.open_ticket(user, channel, title="API is down", severity=severity)
    account = "ACME" if channel == ACME else "HINODE"
    ticket = f"{account}-1"
    root = await d.people.wait_for(channel, shows(ticket, f"<@{user}>", "API is down"))
    room = await d.channel(f"inc-{ticket.lower()}")
    await d.people.wait_for(room, shows(ticket, "acknowledge"))
    return Story(d, ticket, channel, room, root["ts"])


async def taken(d: Desk, user: str = ANN, channel: str = ACME) -> Story:
    story = await opened(d, user, channel)
    await d.people.command(ERIN, TRIAGE, "/incident", f"ack {story.ticket}")
    await story.told(f"<@{ERIN}>")
    return story


async def test_the_customer_confirms_and_gives_a_score(d: Desk) -> None:
    story = await taken(d)
    people = d.people
    asks = await story.resolve("Rolled back to 9.4.0")
    assert "Tue, Nov 24 18:00 EST" in str(asks), "by when it counts as confirmed"
    await story.people.wait_for(ACME, lambda m: m["ts"] == story.root and "Tue, Nov 24 18:00 EST" in str(m))

    # Neither staff nor a command of theirs can say it for the customer.
    await people.click(ERIN, ACME, asks["ts"], "confirm_resolved")
    await story.whispered(ERIN, "Only people of the customer can say that")
    answer = await people.command(ERIN, TRIAGE, "/incident", "confirm ACME-1")
    assert "Only people of the customer can say that" in str(answer.body)
    assert (await d.ticket("ACME-1")).confirmed is None

    # Ann of the customer's own company can, by the button, which people of another company can use. Twice is once.
    await people.click(ANN, ACME, asks["ts"], "confirm_resolved")
    (*_, pressed) = await people.dispatches("interactive", "block_actions")
    assert (await people.redeliver(pressed.id)).ok
    await story.until(
        asks["ts"], f"Confirmed by <@{ANN}>", "Rolled back to 9.4.0", "How satisfied", "score_5"
    )
    answer = await people.command(BEN, ACME, "/incident", "confirm ACME-1")
    assert f"ACME-1 is confirmed already, by <@{ANN}>" in str(answer.body)
    await story.noted(f"<@{ANN}> of Acme confirmed that ACME-1 is resolved")
    await people.wait_for(ACME, lambda m: m["ts"] == story.root and "Resolved and confirmed" in str(m))

    # One click is a score; another one changes it, whoever of the customer presses.
    await people.click(ANN, ACME, asks["ts"], "score_2")
    await story.until(asks["ts"], "2 Dissatisfied", f"<@{ANN}>")
    await people.click(ANN, ACME, asks["ts"], "score_2")
    await people.click(BEN, ACME, asks["ts"], "score_4")
    await story.until(asks["ts"], "*4 Satisfied*", f"<@{BEN}>")
    await story.noted(f"<@{BEN}> of Acme changed the score of ACME-1 from 2 Dissatisfied to *4 Satisfied*")
    await people.click(OMAR, ACME, asks["ts"], "score_5")
    await story.whispered(OMAR, "Only people of the customer can say that")

    # A comment is for staff alone.
    await people.click(ANN, ACME, asks["ts"], "score_comment")
    (form,) = await people.views(ANN)
    assert (await people.submit(ANN, form.id, {"words": "Quick <in> the end."})).ok
    await story.noted("on the score of ACME-1", "Quick &lt;in&gt; the end.")
    await story.until(asks["ts"], "With a comment")
    assert not [m for m in await story.thread() if "Quick" in str(m)]

    entries = await d.bot.store.tickets.timeline("ACME-1")
    assert [e.by.user for e in entries if isinstance(e, Confirmed) and e.by] == [ANN]
    scores = [(e.by.user, e.value, e.comment) for e in entries if isinstance(e, Scored)]
    assert scores == [(ANN, 2, ""), (BEN, 4, ""), (ANN, 4, "Quick <in> the end.")]
    assert (await d.ticket("ACME-1")).score.value == 4

    # One message asked, thanked and took the score: nothing else was posted for it.
    assert len([m for m in await story.thread() if "confirm" in str(m).lower()]) == 2, (
        "the root and the one that asks"
    )


async def test_in_japanese_by_a_company_of_its_own(d: Desk) -> None:
    story = await taken(d, HANA, HINODE)
    people = d.people
    asks = await story.resolve("索引を再作成しました。")
    # Five business days of Japan, with a holiday on Monday.
    await story.until(asks["ts"], "11月26日(木) 11:04 JST", "解決を確認", "再開する")

    await people.click(HANA, HINODE, asks["ts"], "confirm_resolved")
    await story.until(asks["ts"], f"<@{HANA}> さんに解決をご確認いただきました", "5 とても満足")
    await people.click(HANA, HINODE, asks["ts"], "score_5")
    await story.until(asks["ts"], "*5 とても満足*")
    await story.noted("gave HINODE-1 the score", "5 Very satisfied")
    for message in await story.thread():
        if message.get("bot_id"):
            assert not {"Resolved", "Confirmed", "Reopen", "satisfied"} & set(str(message["blocks"]).split())


async def test_unanswered_it_is_confirmed_by_itself_and_quietly(d: Desk) -> None:
    story = await taken(d)
    asks = await story.resolve("Rolled back.")
    before = len(await story.thread())
    ticket = await d.ticket("ACME-1")
    due = confirmed_by_itself_at(d.bot.desk.policies.of(ticket.policy), ticket)
    assert due is not None

    d.pass_time(seconds=(due - d.clock.at).total_seconds() - 1)
    assert (await d.ticket("ACME-1")).confirmed is None
    d.pass_time(seconds=1)
    await story.until(asks["ts"], "Counts as confirmed since Tue, Nov 24 18:00 EST", "score_1")
    await d.people.wait_for(ACME, lambda m: m["ts"] == story.root and "Resolved and confirmed" in str(m))
    d.pass_time(days=10)
    answer = await d.people.command(BEN, ACME, "/incident", "confirm ACME-1")
    assert "counts as confirmed since" in str(answer.body)
    entries = await d.bot.store.tickets.timeline("ACME-1")
    assert [(e.at, e.by) for e in entries if isinstance(e, Confirmed)] == [(due, None)]
    assert len(await story.thread()) == before, "nobody is told by a message"


async def test_the_customer_reopens_and_the_promises_run_again(d: Desk) -> None:
    story = await taken(d)
    people = d.people
    asks = await story.resolve("Rolled back.")
    d.pass_time(minutes=30)

    await people.click(ANN, ACME, asks["ts"], "reopen", block_id=_block(asks, "reopen"))
    (form,) = await people.views(ANN)
    assert (await people.submit(ANN, form.id, {"reason": "It is slow <again>."})).ok
    await story.told("ACME-1 is open again", "22:34 EST")
    await story.until(asks["ts"], "It was reopened afterwards")
    await story.noted(f"<@{ERIN}>", "It is slow &lt;again&gt;.")
    await people.wait_for(story.room, lambda m: "post_update" in str(m))
    ticket = await d.ticket("ACME-1")
    assert (ticket.state, ticket.owner, ticket.clock.kind) == (State.OPEN, ERIN, ClockKind.UPDATE)
    assert not [m for m in await story.thread() if "slow" in str(m)], "the reason is for staff"
    # The button that stands there no more does nothing twice.
    await people.command(ERIN, TRIAGE, "/incident", "resolve ACME-1 Restarted.")
    second = await story.told("Restarted.", "confirm_resolved")
    await people.click(ANN, ACME, second["ts"], "confirm_resolved")
    await story.until(second["ts"], f"Confirmed by <@{ANN}>")


async def test_it_is_reopened_by_a_mention_and_by_staff(d: Desk) -> None:
    story = await taken(d)
    people = d.people
    await story.resolve("Rolled back.")
    # In the ticket's own thread no id is needed.
    await people.say(ANN, ACME, "<@U0SUPPORT> reopen still slow", thread_ts=story.root)
    await story.told("ACME-1 is open again")
    await story.noted("still slow")

    await story.resolve("Restarted.")
    answer = await people.command(OMAR, TRIAGE, "/incident", "reopen ACME-1 the alert fires")
    assert "ACME-1 is open again" in str(answer.body)
    answer = await people.command(OMAR, TRIAGE, "/incident", "reopen ACME-1 the alert fires")
    assert "ACME-1 is open: there is nothing to confirm or to reopen" in str(answer.body)
    await story.resolve("Mended.")
    await people.command(OMAR, TRIAGE, "/incident", "reopen ACME-1")
    (form,) = await people.views(OMAR)
    assert (await people.submit(OMAR, form.id, {"reason": " "})).errors
    assert (await people.submit(OMAR, form.id, {"reason": "Once more."})).ok
    entries = await d.bot.store.tickets.timeline("ACME-1")
    assert [(e.by, e.reason) for e in entries if isinstance(e, Reopened)] == [
        (ANN, "still slow"),
        (OMAR, "the alert fires"),
        (OMAR, "Once more."),
    ]


async def test_a_title_that_begins_with_reopen_is_a_title(d: Desk) -> None:
    await d.people.command(BEN, ACME, "/incident", "reopen port 443 in the firewall")
    (form,) = await d.people.views(BEN)
    assert "reopen port 443 in the firewall" in str(form.view)


async def test_in_the_thread_a_mention_confirms(d: Desk) -> None:
    story = await taken(d)
    asks = await story.resolve("Rolled back.")
    await d.people.say(ANN, ACME, "<@U0SUPPORT> confirm", thread_ts=story.root)
    await story.until(asks["ts"], f"Confirmed by <@{ANN}>")
    await story.whispered(ANN, "ACME-1 is confirmed as resolved")


async def test_long_after_the_confirmation_a_new_ticket_is_offered(d: Desk) -> None:
    story = await taken(d)
    people = d.people
    asks = await story.resolve("Rolled back.")
    await people.click(ANN, ACME, asks["ts"], "confirm_resolved")
    await story.until(asks["ts"], "it can be reopened until Thu, Dec 17 21:04 EST")
    d.pass_time(days=30, seconds=1)
    await people.click(ANN, ACME, asks["ts"], "reopen")
    said = await people.wait_for(ACME, shows("please open a new ticket"), viewer=ANN, thread_ts=story.root)
    await people.click(ANN, ACME, said["ts"], "open_form")
    (form,) = await people.views(ANN)
    assert "Again: API is down (ACME-1)" in str(form.view)
    answer = await people.command(ERIN, TRIAGE, "/incident", "reopen ACME-1 x")
    assert "could be reopened until" in str(answer.body)
    assert (await d.ticket("ACME-1")).state is State.RESOLVED


async def test_where_the_incident_channel_is_archived_another_one_is_made(d: Desk) -> None:
    story = await taken(d)
    people = d.people
    await story.resolve("Rolled back.")
    await story.noted("resolved ACME-1")
    await people.archive(story.room, user=ERIN)
    await people.command(ERIN, TRIAGE, "/incident", "reopen ACME-1 the alert fires")
    room = await d.channel("inc-acme-1-2")
    assert room != story.room
    card = await people.wait_for(room, shows("ACME-1", "post_update"))
    note = await people.wait_for(room, shows(f"<@{ERIN}>", "the alert fires"))
    assert card["ts"] < note["ts"], "the card comes first"
    (made,) = [one for one in await people.channels() if one["id"] == room]
    assert ERIN in made["members"]
    ticket = await d.ticket("ACME-1")
    assert (ticket.staff.channel, ticket.card.channel, ticket.staff_rooms) == (room, room, 2)
    # It is the ticket's room now, and the second one archived gets a third.
    assert "is resolved" in str((await people.command(ERIN, room, "/incident", "resolve Done.")).body)
    await people.wait_for(room, shows("resolved ACME-1"))
    await people.archive(room, user=ERIN)
    await people.command(ERIN, TRIAGE, "/incident", "reopen ACME-1 again")
    third = await d.channel("inc-acme-1-3")
    await people.wait_for(third, shows("ACME-1", "post_update"))


async def test_others_cannot_speak_for_the_customer(empty_url: str, tmp_path: Path) -> None:
    """Ann's company is not the account's here: she only reads along in its channel."""
    accounts = [{**ACCOUNTS[0], "team_ids": ["T0OTHER"]}, ACCOUNTS[1]]
    async with desk(empty_url, tmp_path, accounts=accounts) as d:
        story = await taken(d, BEN)
        asks = await story.resolve("Rolled back.")
        for button in ("confirm_resolved", "reopen"):
            await d.people.click(ANN, ACME, asks["ts"], button)
        await story.whispered(ANN, "Only people of the account can say that")
        # Neither can another account, for which the ticket does not exist.
        said = await d.people.say(HANA, HINODE, "<@U0SUPPORT> confirm ACME-1")
        await d.people.wait_for(HINODE, shows("ACME-1"), viewer=HANA)
        await d.people.say(HANA, HINODE, "<@U0SUPPORT> reopen ACME-1 x")
        assert said
        ticket = await d.ticket("ACME-1")
        assert (ticket.state, ticket.confirmed) == (State.RESOLVED, None)
        await d.people.click(BEN, ACME, asks["ts"], "confirm_resolved")
        await story.until(asks["ts"], f"Confirmed by <@{BEN}>")


async def test_a_late_promise_is_told_to_the_customer_once(d: Desk) -> None:
    story = await opened(d)
    d.pass_time(hours=2)
    late = await story.told("our first response was promised by 23:04 EST", "late", "escalated")
    assert late["text"] == "ACME-1: our first response is late. We are sorry; it has been escalated."
    await d.people.wait_for(ACME, lambda m: m["ts"] == story.root and "is late. We are sorry" in str(m))
    d.pass_time(hours=1)
    await story.noted("1 hr late")
    await d.people.command(ERIN, TRIAGE, "/incident", "ack ACME-1")
    await story.told(f"<@{ERIN}> has taken ACME-1")
    await d.people.wait_for(ACME, lambda m: m["ts"] == story.root and f"<@{ERIN}> is on it" in str(m))
    # A silence of updates: at the second one missed it escalates.
    d.pass_time(hours=1)
    await story.noted("update is due now")
    assert not [m for m in await story.thread() if "the update that was promised" in str(m)]
    d.pass_time(hours=1)
    await story.told("the update that was promised by", "late", "escalated")
    d.pass_time(hours=1)
    await story.noted("2 hr late")
    told = [m for m in await story.thread() if "It has been escalated to those responsible" in str(m)]
    assert len(told) == 2


async def test_a_japanese_customer_reads_of_it_in_japanese(d: Desk) -> None:
    story = await opened(d, HANA, HINODE)
    d.pass_time(hours=2)
    late = await story.told("初回応答のお約束の期限 13:04 JST を過ぎており")
    assert late["text"].startswith("HINODE-1：初回応答が遅れており")


def _block(message: dict[str, Any], action: str) -> str:
    """The id of the block of a message that has the button."""
    return next(
        str(block["block_id"])
        for block in message["blocks"]
        for element in block.get("elements") or ()
        if element.get("action_id") == action
    )
