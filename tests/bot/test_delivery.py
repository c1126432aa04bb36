"""Every effect there is, delivered: each shows what Slack takes, in both languages, whatever state its ticket is in,
and nothing of the staff's side stands on the customer's."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from bot.delivery import Delivery, Places
from bot.posting import Item
from bot.slack import Lasting
from commands.views.message import Message
from policy import effects as do
from policy.clocks import ClockKind, Lateness, Pause
from policy.directory import Account, Contact, directory_of
from policy.load import load_policy
from policy.schema import LANGUAGES, Language
from policy.tickets import (
    Confirmation,
    MessageRef,
    Person,
    Proposal,
    Room,
    Score,
    State,
    Ticket,
    Update,
    Waiting,
)
from policy.transitions import Request, open_ticket
from sandbox.blocks import check_blocks
from storage.codec import Queued
from storage.plan import Lease

NOW = datetime(2026, 11, 18, 2, 4, tzinfo=UTC)
POLICY = load_policy()
SECRET = "INTERNAL"
WORST = "<&>\n" * 625
ANN, ERIN, OMAR, TAM = Person("U0ANN", "T1"), "U0ERIN", "U0OMAR", "U0TAM"
CUSTOMER, TRIAGE, INCIDENT = "C0ACME", "C0TRIAGE", "C0INC"
LATE = Lateness(support=timedelta(hours=1), elapsed=timedelta(hours=16))
SILENCE = do.Escalate(ClockKind.UPDATE, NOW, 2, LATE, asked_by=ANN.user)
BREACH = do.Escalate(ClockKind.RESPONSE, NOW, 1, Lateness(timedelta(), timedelta()))
SOON, PAST = NOW + timedelta(hours=20), NOW - timedelta(hours=1)

SAMPLES: Sequence[do.CustomerEffect | do.StaffEffect] = [
    do.PostThread(),
    do.TellContacts(("U0BEN",) * 50),
    do.RefreshThread(),
    do.TellAcknowledged(ERIN, SOON),
    do.TellAcknowledged(ERIN, None),
    do.TellUpdate(ERIN, WORST, SOON),
    do.TellUpdate(ERIN, "short", None, proposed=SOON),
    do.TellAgreed(ANN, SOON),
    do.TellAsked(ANN, SOON),
    do.TellAsked(ANN, PAST),
    do.TellAsked(ANN, None),
    do.TellWorse(ANN, WORST, SOON, "1"),
    do.TellWorse(ANN, "short", None),
    do.TellAsked(ANN, PAST, escalated=True),
    do.TellLate(ClockKind.RESPONSE, PAST),
    do.TellLate(ClockKind.UPDATE, PAST),
    do.TellReopened(OMAR, SOON),
    do.TellReopened(OMAR, None),
    do.TellCancelled(),
    do.TellMerged("ACME-7"),
    do.TellResolved(ERIN, WORST),
    do.TellResolved(ERIN, ""),
    do.RefreshResolved(ERIN, WORST),
    do.OpenRoom(),
    do.RestoreRoom(),
    do.PostCard(),
    do.PostDetails(),
    do.PinCard(),
    do.RefreshCard(),
    do.CallOnCall(),
    do.CallOnCall(page=False),
    do.RefreshCall(),
    do.Invite(),
    do.Invite(OMAR),
    SILENCE,
    *(
        do.EscalateTo(to, silence)
        for to in (None, "S0LEADS", TAM, "C0LEADS")
        for silence in (SILENCE, BREACH)
    ),
    do.EscalateTo("U0GONE", SILENCE),
    do.NoteUndelivered("<" * 500),
    do.NoteAcknowledged(ERIN),
    do.NoteUpdate(ERIN, WORST),
    do.NoteEdited(ANN, WORST, PAST),
    do.NoteEdited(ANN, None, PAST, staff=True),
    do.NoteWorse(ANN, WORST, True, "1"),
    do.NoteWorse(ANN, "short", False),
    do.NoteAssigned(OMAR, ERIN, OMAR),
    do.NoteAssigned(ERIN, ERIN, None),
    do.NoteJoined(OMAR),
    do.NoteScope(ERIN, "third-party"),
    do.NoteScope(ERIN, None),
    do.TellOutOfScope("It is about other software."),
    do.TellInScope(),
    do.NoteReply(ANN, "\n" * 2500 + "<"),
    do.NoteWrittenByStaff(ERIN, WORST),
    do.NoteMissed(ERIN, ClockKind.UPDATE, SOON, WORST),
    do.NoteAsked(ANN, SOON, page=True),
    do.NoteAsked(ANN, PAST, page=True),
    do.NoteAsked(ANN, None, page=False),
    do.NoteAgreed(ANN, SOON),
    do.NoteSnoozed(ERIN, SOON),
    do.NoteWaiting(ERIN, WORST, paused=True),
    do.NoteWaiting(ERIN, "", paused=False),
    do.NoteResumed(ANN.user, SOON),
    do.NoteResumed(ERIN, None),
    do.NoteSeverity(ERIN, "3", "1", WORST, SOON, PAST, breached=True, page=True),
    do.NoteSeverity(ERIN, "3", "4", "why", SOON, None, breached=False, page=False),
    do.NoteProduction(ERIN, production=True, reason=WORST, old_due=None, due=SOON, breached=False, page=True),
    do.NoteProduction(ERIN, production=False, reason="", old_due=SOON, due=SOON, breached=False, page=False),
    do.NoteResolved(ERIN, WORST),
    do.NoteResolved(ERIN, ""),
    do.NoteConfirmed(ANN),
    do.NoteScored(ANN, 1),
    do.NoteScored(ANN, 5, before=1),
    do.NoteScored(ANN, 5, before=5, comment=WORST),
    do.NoteReopened(ANN.user, WORST, SOON, page=True),
    do.NoteReopened(ERIN, "", None, page=False),
    do.NoteCancelled(ERIN, WORST),
    do.NoteMerged(ERIN, "ACME-7", WORST),
    do.NoteTookOver(ERIN, "ACME-7"),
    do.ShrinkReminder(MessageRef(INCIDENT, "1.1"), ERIN, NOW),
    do.ShrinkReminder(MessageRef(INCIDENT, "1.1"), None, NOW),
]
SILENT = {do.OpenRoom, do.RestoreRoom, do.Invite, do.NoteJoined, do.PinCard, do.Escalate}
"""Effects that show nothing themselves: a channel, an invitation, a pin, one that is split into others."""


def states() -> dict[str, Ticket]:
    """A ticket in every state, with internal words wherever a ticket can hold them."""
    account = Account(key="ACME", name="&" * 60, plan="standard", region="japan", channel=CUSTOMER)
    request = Request(
        title="<&>" * 50, description="\n" * 2990 + "x", severity="3", opener=ANN, channel=CUSTOMER
    )
    new = replace(
        open_ticket(POLICY, account, request, 1, NOW).ticket,
        customer=Room(CUSTOMER, "1.1"),
        staff=Room(INCIDENT),
        card=MessageRef(TRIAGE, "1.2"),
        call=MessageRef(TRIAGE, "1.3"),
        not_contact=True,
    )
    assert new.clock is not None
    clock = replace(new.clock, kind=ClockKind.UPDATE)
    taken = replace(
        new, owner=ERIN, acknowledged=NOW, clock=clock, last_update=Update(NOW, ERIN, WORST[:300])
    )
    waiting = replace(taken, waiting=Waiting(NOW, OMAR, SECRET * 100))
    held = replace(clock, pause=Pause(NOW, timedelta(hours=3)))
    over = replace(taken, clock=None, closed=NOW, resolved=NOW)
    asked = replace(over, state=State.RESOLVED, resolved_by=ERIN, closing=MessageRef(CUSTOMER, "1.4"))
    confirmed = replace(asked, confirmed=Confirmation(NOW, ANN))
    return {
        "new": new,
        "without a room": replace(new, staff=None, card=None, customer=None, call=None),
        "in a thread": replace(new, staff=Room(TRIAGE, "1.2")),
        "opened while closed": replace(new, clock=replace(new.clock, call_at=SOON)),
        "taken": taken,
        "late": replace(taken, clock=replace(clock, due=PAST, escalated=NOW, asked=NOW)),
        "waiting": waiting,
        "held": replace(waiting, clock=held),
        "on request": replace(waiting, clock=None),
        "proposed": replace(taken, proposal=Proposal(ERIN, NOW, SOON), snoozed_until=SOON),
        "resolved": replace(over, state=State.RESOLVED, resolution=SECRET),
        "asked to confirm": replace(asked, resolution=SECRET),
        "confirmed": confirmed,
        "confirmed by itself": replace(confirmed, confirmed=Confirmation(NOW)),
        "scored": replace(confirmed, score=Score(5, ANN, NOW, WORST)),
        "cancelled": replace(over, state=State.CANCELLED, owner=None),
        "merged": replace(over, state=State.MERGED, merged_into="ACME-7", owner=None),
    }


class Paper:
    """Stands where Slack and its posting do; keeps what would be shown, and where."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, Message]] = []

    async def unfinished(self, item: Item) -> None:
        return None

    async def post(self, item: Item, room: Room, message: Message, opaque_id: str) -> MessageRef:
        self.shown.append((room.channel, message))
        return MessageRef(room.channel, "2.1")

    async def edit(self, message: MessageRef, shown: Message) -> None:
        self.shown.append((message.channel, shown))

    async def create_private_channel(self, name: str) -> str:
        return INCIDENT

    async def is_archived(self, channel: str) -> bool:
        return False

    async def invite(self, channel: str, users: Sequence[str]) -> None: ...

    async def is_outsider(self, user: str) -> bool:
        return False

    async def is_shared(self, channel: str) -> bool:
        return False

    async def members_of_group(self, group: str) -> list[str]:
        return [OMAR]

    async def direct_message(self, user: str) -> str:
        if user == "U0GONE":
            raise Lasting("user_not_found")
        return f"D{user}"

    async def permalink(self, message: MessageRef) -> str:
        return f"https://vendor.slack.com/archives/{message.channel}/p{message.ts}"

    async def put_room(self, channel: str, thread: str | None, ticket: str) -> None: ...


class Now:
    def now(self) -> datetime:
        return NOW


async def delivered(effect: Any, ticket: Ticket, language: Language) -> list[tuple[str, Message]]:
    paper: Any = Paper()
    account = Account(
        key="ACME",
        name="&" * 60,
        plan="standard",
        region="japan",
        channel=CUSTOMER,
        language=language,
        contacts=(Contact("Ben", user="U0BEN"),),
    )
    policies: Any = type("Policies", (), {"of": lambda self, version: POLICY})()
    places = Places(TRIAGE, language, "Vendor", {"japan": "S0ONCALL"})
    directory = directory_of({"ACME": account}, {})
    delivery = Delivery(paper, paper, paper, policies, lambda: directory, Now(), places)
    item, queued = Item(Lease(0, "lane", "token")), Queued("id", effect, ticket.id)
    spoken = replace(ticket, language=language)
    if isinstance(effect, do.CustomerEffect):
        await delivery.customer(item, queued, spoken)
    else:
        await delivery.staff(item, queued, spoken)
    return list(paper.shown)


def test_staff_are_not_called_where_customers_read() -> None:
    paper: Any = Paper()
    policies: Any = type("Policies", (), {"of": lambda self, version: POLICY})()
    account = Account(key="ACME", name="Acme", plan="standard", region="japan", channel=TRIAGE)
    directory = directory_of({"ACME": account}, {})
    places = Places(TRIAGE, "en", "Vendor")
    delivery = Delivery(paper, paper, paper, policies, lambda: directory, Now(), places)
    with pytest.raises(Lasting, match="triage_channel_belongs_to_an_account"):
        delivery.triage()


def test_there_is_a_sample_of_every_effect() -> None:
    sampled = {type(sample) for sample in SAMPLES}
    assert {*get_args(do.CustomerEffect), *get_args(do.StaffEffect)} - sampled == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", states())
async def test_every_effect_shows_what_slack_takes(language: Language, state: str) -> None:
    ticket = states()[state]
    for effect in SAMPLES:
        shown = await delivered(effect, ticket, language)
        edits = isinstance(effect, do.RefreshThread | do.RefreshCard | do.RefreshCall)
        untold = isinstance(effect, do.RefreshResolved) and ticket.closing is None
        assert shown or type(effect) in SILENT or untold or (edits and state == "without a room"), effect
        for _, message in shown:
            payload = message.payload()
            check_blocks(payload["blocks"])
            assert payload["text"].strip(), effect
            assert len(payload["text"]) < 4_000, effect
            said = re.sub(r"<!date[^>]*>", "", str(payload))
            assert not re.search(r"\{[a-z_]+\}", said), effect
            assert "None" not in re.sub(r"'[a-z_]+': None", "", said), effect


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", states())
async def test_each_side_shows_its_own_and_nothing_of_the_other(language: Language, state: str) -> None:
    ticket = states()[state]
    for effect in SAMPLES:
        for channel, message in await delivered(effect, ticket, language):
            if isinstance(effect, do.CustomerEffect):
                assert channel == CUSTOMER, effect
                assert SECRET not in str(message.payload()), effect
                assert "Omar" not in str(message.payload()), effect
                assert OMAR not in str(message.payload()), effect
            else:
                assert channel != CUSTOMER, effect


@pytest.mark.parametrize("state", states())
async def test_a_japanese_account_reads_japanese(state: str) -> None:
    for effect in SAMPLES:
        if isinstance(effect, do.CustomerEffect) and not isinstance(effect, do.TellUpdate | do.TellResolved):
            for _, message in await delivered(effect, states()[state], "ja"):
                assert re.search(r"[ぁ-ん]", str(message.payload()["blocks"])), effect


async def test_an_instant_on_the_customer_s_side_names_the_zone() -> None:
    for effect in SAMPLES:
        due = getattr(effect, "next_update", None)
        if isinstance(effect, do.CustomerEffect) and due is not None:
            ((_, message),) = await delivered(effect, states()["taken"], "en")
            assert " JST" in str(message.payload()["blocks"]), effect


@pytest.mark.parametrize("kind", [do.NoteUpdate(ERIN, "x"), do.PinSupportButton("ACME", CUSTOMER)])
async def test_the_customer_s_lane_takes_nothing_else(kind: do.Effect) -> None:
    paper: Any = Paper()
    policies: Any = type("Policies", (), {"of": lambda self, version: POLICY})()
    delivery = Delivery(
        paper, paper, paper, policies, lambda: directory_of({}, {}), Now(), Places(TRIAGE, "en", "V")
    )
    ticket = states()["taken"]
    with pytest.raises(TypeError, match="is not for the customer's side"):
        await delivery.customer(Item(Lease(0, "lane", "t")), Queued("id", kind, ticket.id), ticket)
    assert paper.shown == []


@pytest.mark.parametrize(
    ("effect", "mentioned"),
    [
        (do.NoteAsked(ANN, SOON, page=True), True),
        (do.NoteAsked(ANN, SOON, page=False), False),
        (do.NoteReopened(ANN.user, "again", SOON, page=True), True),
        (do.NoteReopened(ANN.user, "again", SOON, page=False), False),
        (do.NoteSeverity(OMAR, "3", "2", "x", SOON, SOON, breached=False, page=True), True),
        (do.NoteSeverity(OMAR, "3", "2", "x", SOON, SOON, breached=False, page=False), False),
    ],
)
@pytest.mark.parametrize(("state", "target"), [("taken", f"<@{ERIN}>"), ("new", "<!subteam^S0ONCALL>")])
async def test_the_owner_is_asked_else_those_on_call_and_nobody_while_support_is_closed(
    effect: do.Effect, mentioned: bool, state: str, target: str
) -> None:
    ((_, message),) = await delivered(effect, states()[state], "en")
    assert (target in str(message.payload()["blocks"])) is mentioned
    assert message.text.startswith(target) is mentioned


async def test_an_escalation_reads_at_night_on_a_phone() -> None:
    ticket = replace(states()["taken"], title="Reports are slow", staff=Room(INCIDENT))
    ((channel, message),) = await delivered(do.EscalateTo(TAM, SILENCE), ticket, "en")
    assert channel == f"D{TAM}"
    head, what, asked, facts = message.payload()["blocks"][0]["text"]["text"].splitlines()
    assert head.startswith(":rotating_light: *ACME-1 · Sev 3* · Reports are slow (")
    assert what.endswith("and is 16 hr late (1 hr of support time).")
    assert asked == f"<@{ANN.user}> had to ask for it."
    assert facts == f"Missed in a row: 2 · Owner: <@{ERIN}> · <#{INCIDENT}>"
    assert "The update was due 11:04 JST and is 16 hr late (1 hr of support time)." in message.text


async def test_a_ticket_that_moves_to_a_channel_leaves_a_line_where_its_card_stood() -> None:
    (_, card), (left_in, line) = await delivered(do.PostCard(), states()["taken"], "en")
    assert "Sev 3" in card.text
    assert left_in == TRIAGE
    assert f"worked on in <#{INCIDENT}> now" in line.text


async def test_a_ticket_that_could_get_no_channel_keeps_its_card() -> None:
    ((channel, card),) = await delivered(do.PostCard(), states()["in a thread"], "en")
    assert channel == TRIAGE
    assert "worked on in" not in card.text
