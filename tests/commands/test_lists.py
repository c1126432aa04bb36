"""What a ticket's line and its timeline say: to staff all of it, to a customer nothing that is for staff."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from commands.text import text
from commands.views import card, reminders, thread
from commands.views.card import Scene
from commands.views.lists import public, ticket_list, ticket_shown
from policy import effects as do
from policy import timeline as log
from policy.clock_changes import Rule
from policy.clocks import Clock, ClockKind, Lateness, Pause, Slot, SlotKind, end
from policy.load import load_policy
from policy.reminders import due_reminder
from policy.schema import LANGUAGES, Language
from policy.tickets import MessageRef, Person, Proposal, State, Ticket, Waiting
from policy.transitions import Request, open_ticket
from policy.uptime import Outage
from tests.policy.samples import account

NOW = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
"""A Friday, 15:00 in New York."""
POLICY = load_policy()
ZONE = POLICY.regions["us-east"].tz
HOUR = timedelta(hours=1)
ANN, ERIN, OMAR = Person("U0ANN", "T1"), "U0ERIN", "U0OMAR"
SECRET = "INTERNAL"
LATE = Lateness(support=HOUR, elapsed=16 * HOUR)

ACME = account("ACME", plan="standard", region="us-east")
OPENED = open_ticket(POLICY, ACME, Request("Slow", "3", ANN, "C1"), 1, NOW).ticket
assert OPENED.clock is not None
RESPONSE: Clock = OPENED.clock
UPDATE: Clock = replace(RESPONSE, kind=ClockKind.UPDATE, due=NOW + HOUR)
HELD: Clock = replace(UPDATE, pause=Pause(NOW, 3 * HOUR))
TAKEN = replace(OPENED, owner=ERIN, acknowledged=NOW, clock=UPDATE)

ENTRIES: list[log.Entry] = [
    log.Opened(NOW, ANN.user, "3", None, None, RESPONSE),
    log.Acknowledged(NOW, ERIN),
    log.UpdatePosted(NOW, ERIN, "what is public", log.Source.COMMAND),
    log.UpdateAgreed(NOW, ANN, NOW, UPDATE),
    log.UpdateAsked(NOW, ANN, NOW),
    log.UpdateAsked(NOW, ANN, NOW, LATE),
    log.UpdateAsked(NOW, ANN, None),
    log.ReportedWorse(NOW, ANN, "much worse", "1"),
    log.MessageEdited(NOW, ANN, "better words", NOW),
    log.MessageDeleted(NOW, ANN, NOW),
    log.NoteWritten(NOW, OMAR, SECRET),
    log.MissExplained(NOW, OMAR, ClockKind.UPDATE, NOW, NOW, SECRET),
    log.CustomerReplied(NOW, ANN, "hello"),
    log.ClockStarted(NOW, UPDATE, OMAR),
    log.ClockPaused(NOW, HELD, OMAR),
    log.ClockResumed(NOW, HOUR, UPDATE, OMAR),
    log.ClockChanged(
        NOW, RESPONSE, UPDATE, Rule.FROM_CHANGE, NOW, "PT1H", "24x7", timedelta(), NOW, NOW, OMAR
    ),
    *(
        log.ClockEnded(NOW, end(replace(clock, due=due), "ACME-1", NOW, cancelled=cancelled), OMAR)
        for clock in (RESPONSE, UPDATE)
        for due, cancelled in ((NOW, False), (NOW - HOUR, False), (NOW, True))
    ),
    log.Reminded(NOW, ClockKind.UPDATE, NOW, (Slot(NOW, SlotKind.DUE),), 1, MessageRef("C1", "1.1")),
    log.Escalated(NOW, ClockKind.RESPONSE, NOW, 1, LATE),
    log.Escalated(NOW, ClockKind.UPDATE, NOW, 2, LATE, ANN.user),
    log.Snoozed(NOW, OMAR, NOW),
    log.WaitStarted(NOW, OMAR, SECRET),
    log.WaitEnded(NOW, OMAR, NOW),
    log.SeverityChanged(NOW, OMAR, "3", "1", SECRET),
    log.SeverityChanged(NOW, OMAR, "3", "3", SECRET),
    log.ProductionChanged(NOW, OMAR, production=True, reason=SECRET),
    log.ProductionChanged(NOW, OMAR, production=False, reason=SECRET),
    log.Assigned(NOW, OMAR, OMAR, None),
    log.Assigned(NOW, OMAR, ERIN, OMAR),
    log.ScopeJudged(NOW, OMAR, "cloud"),
    log.ScopeJudged(NOW, OMAR, None),
    log.Linked(NOW, OMAR, "https://portal.example/42"),
    log.Linked(NOW, OMAR, None),
    *(
        log.OutageNoted(NOW, OMAR, what, "ACME-O1", Outage("api", NOW - HOUR, ended, maintenance))
        for what in log.OutageAct
        for ended, maintenance in ((NOW, False), (None, True))
    ),
    log.Resolved(NOW, ERIN, "what solved it"),
    log.Confirmed(NOW, ANN),
    log.Confirmed(NOW, None),
    log.Scored(NOW, ANN, 4),
    log.Scored(NOW, ANN, 2, "Slow."),
    log.Reopened(NOW, OMAR, SECRET),
    log.Cancelled(NOW, OMAR, SECRET),
    log.Merged(NOW, OMAR, "ACME-7", SECRET),
    log.TookOver(NOW, OMAR, "ACME-7"),
    log.RoomOpened(NOW, "staff", "C0INC", None),
    log.Undelivered(NOW, "TellUpdate", SECRET),
]
UNTOLD = {log.ClockStarted, log.RoomOpened}
"""What only repeats another entry."""


def scene(ticket: Ticket = TAKEN, language: Language = "en", now: datetime = NOW, **more: Any) -> Scene:
    return Scene(text(language), POLICY, ticket, "Acme", ZONE, now, **more)


def lines(entries: list[log.Entry], language: Language = "en") -> list[str]:
    blocks = ticket_shown(scene(language=language), entries).payload()["blocks"]
    return str(blocks[1]["elements"][0]["text"]).splitlines() if len(blocks) > 1 else []


def state(ticket: Ticket, **more: Any) -> str:
    """What follows the title in a list."""
    shown = ticket_list(text("en"), [scene(ticket, **more)]).payload()["blocks"][1]["text"]["text"]
    return str(shown).partition("\n")[2]


def test_there_is_a_sample_of_every_entry() -> None:
    assert set(get_args(log.Entry)) == {type(entry) for entry in ENTRIES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_is_a_line(language: Language) -> None:
    for entry in ENTRIES:
        told = lines([entry], language)
        assert len(told) == (0 if type(entry) in UNTOLD else 1), entry
        assert "{" not in "".join(told).replace("{date_short_pretty} {time}", ""), entry
        assert SECRET in "".join(told) or SECRET not in str(entry), entry


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_customer_reads_no_reason_of_staff_and_of_staff_only_who_spoke_to_them(language: Language) -> None:
    for entry in ENTRIES:
        shown = public([entry])
        assert SECRET not in str(shown), entry
        assert OMAR not in str(shown), entry
        if shown:
            (line,) = lines(shown, language)
            assert "<@>" not in line, entry
    hidden = {type(entry) for entry in ENTRIES if not public([entry])}
    assert hidden == {
        log.NoteWritten,
        log.MissExplained,
        log.ClockStarted,
        log.ClockPaused,
        log.ClockResumed,
        log.ClockChanged,
        log.ClockEnded,
        log.Reminded,
        log.Escalated,
        log.Snoozed,
        log.Assigned,
        log.Linked,
        log.RoomOpened,
        log.Undelivered,
    }


def test_an_escalation_names_both_kinds_of_lateness() -> None:
    (line,) = lines([log.Escalated(NOW, ClockKind.UPDATE, NOW, 2, LATE)])
    assert line.endswith("16 hr late (1 hr of support time), missed in a row: 2")


CLOSED = replace(TAKEN, clock=None, closed=NOW)


@pytest.mark.parametrize(
    ("ticket", "said"),
    [
        (OPENED, "Nobody has it yet. First response by"),
        (replace(OPENED, owner=ERIN), "Nobody has it yet. First response by"),
        (TAKEN, "<@U0ERIN> is on it. Next update by"),
        (replace(TAKEN, clock=None), "<@U0ERIN> is on it. Updates on request"),
        (
            replace(TAKEN, waiting=Waiting(NOW, ERIN, SECRET)),
            "<@U0ERIN> waits for the customer's answer. Next",
        ),
        (
            replace(TAKEN, waiting=Waiting(NOW, ERIN, SECRET), clock=HELD),
            "stands still with 3 hr of support time",
        ),
        (replace(TAKEN, waiting=Waiting(NOW, ERIN, SECRET), clock=None), "waits for the customer's answer"),
        (replace(CLOSED, state=State.RESOLVED, resolved=NOW), "Resolved"),
        (replace(CLOSED, state=State.CANCELLED), "Cancelled"),
        (replace(CLOSED, state=State.MERGED, merged_into="ACME-7"), "Goes on as ACME-7 since"),
    ],
)
def test_a_line_says_how_it_stands(ticket: Ticket, said: str) -> None:
    assert said in state(ticket)
    assert SECRET not in state(ticket)


def test_what_is_late_says_by_how_much_in_support_time_too() -> None:
    monday = NOW + timedelta(days=2, hours=19)  # 10:00; the desk closed at 18:00 on Friday
    assert state(TAKEN, now=monday).endswith("2 days 18 hr late (3 hr of support time)")
    assert state(TAKEN, now=NOW + 2 * HOUR).endswith("1 hr late")
    overdue = replace(OPENED, clock=replace(RESPONSE, due=NOW))
    assert "Nobody has it yet. First response was due" in state(overdue, now=NOW + HOUR)


def test_that_it_is_escalated_is_for_staff() -> None:
    silent = replace(TAKEN, clock=replace(UPDATE, escalated=NOW))
    assert "Escalated" in state(silent, for_staff=True)
    assert "scalated" not in state(silent)


# -- the card and the thread in the same states


def shown(ticket: Ticket, **more: Any) -> str:
    return str(card.card(scene(ticket, **more)).payload()["blocks"][0]["text"]["text"])


@pytest.mark.parametrize(
    ("ticket", "said"),
    [
        (replace(TAKEN, waiting=Waiting(NOW, OMAR, "logs")), "Waiting for the customer since"),
        (replace(TAKEN, clock=HELD), "Clock stands still, 3 hr of support time left"),
        (replace(CLOSED, state=State.CANCELLED), "Cancelled"),
        (replace(CLOSED, state=State.MERGED, merged_into="ACME-7"), "Goes on as ACME-7 since"),
        (replace(TAKEN, clock=replace(UPDATE, due=NOW - HOUR)), "Update was due"),
        (replace(OPENED, clock=replace(RESPONSE, due=NOW - HOUR)), "First response was due"),
        (replace(TAKEN, clock=replace(UPDATE, escalated=NOW)), ":rotating_light: Escalated"),
        (replace(TAKEN, clock=replace(UPDATE, asked=NOW)), "The customer asked for an update"),
        (replace(TAKEN, proposal=Proposal(ERIN, NOW, NOW + HOUR)), "has not agreed yet"),
        (replace(OPENED, clock=replace(RESPONSE, call_at=NOW + HOUR)), "Support is closed until"),
        (replace(TAKEN, severity="1"), "Opened as Severity 3 (Normal), reclassified since"),
    ],
)
def test_the_card_says_how_it_stands(ticket: Ticket, said: str) -> None:
    assert said in shown(ticket)
    assert said not in shown(OPENED if ticket.owner is None else TAKEN)


@pytest.mark.parametrize(
    ("ticket", "said"),
    [
        (replace(TAKEN, waiting=Waiting(NOW, OMAR, SECRET)), "needs your answer"),
        (
            replace(TAKEN, waiting=Waiting(NOW, OMAR, SECRET), clock=HELD),
            "stands still, with 3 hr of support time",
        ),
        (replace(TAKEN, waiting=Waiting(NOW, OMAR, SECRET), clock=None), "needs your answer"),
        (replace(CLOSED, state=State.CANCELLED), "Cancelled"),
        (replace(CLOSED, state=State.MERGED, merged_into="ACME-7"), "goes on as *ACME-7*"),
    ],
)
def test_the_thread_says_how_it_stands_and_not_why(ticket: Ticket, said: str) -> None:
    told = str(thread.root(text("en"), POLICY, ticket, ZONE).payload())
    assert said in told
    assert SECRET not in told
    assert OMAR not in told


def test_the_button_of_a_later_update_carries_what_is_agreed_to() -> None:
    later = NOW + timedelta(days=2, microseconds=5)
    update = do.TellUpdate(ERIN, "Patch is being built.", NOW + HOUR, proposed=later)
    *_, asks, buttons = thread.told(text("en"), POLICY, TAKEN, update, ZONE, NOW).payload()["blocks"]
    assert "by *Sun, Nov 22 15:00 EST*" in asks["text"]["text"]
    (button,) = buttons["elements"]
    assert button["action_id"] == thread.AGREE_UPDATE
    assert thread.agreed_to(button["value"]) == ("ACME-1", later)


@pytest.mark.parametrize("value", ["", "ACME-1", "ACME-1 soon"])
def test_a_value_that_is_none(value: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        thread.agreed_to(value)


# -- reminders


def reminded(ticket: Ticket, now: datetime, on_call: str | None = "S0ONCALL") -> str:
    due = due_reminder(POLICY, ticket, now)
    assert due is not None
    return reminders.reminder(scene(ticket, now=now), due, on_call).text


def test_a_reminder_says_how_late_in_support_time_and_as_time_goes_by() -> None:
    urgent = open_ticket(POLICY, ACME, Request("Down", "1", ANN, "C1"), 1, NOW + HOUR).ticket
    assert urgent.clock is not None
    urgent = replace(urgent, clock=replace(urgent.clock, covered_until=NOW + timedelta(hours=2, minutes=40)))
    friday, monday = NOW + 3 * HOUR, NOW + timedelta(days=2, hours=19)  # closing time; Monday 10:00
    assert reminded(urgent, friday).endswith("Response is due now, 18:00 EST.")
    assert reminded(urgent, monday) == (
        "<!subteam^S0ONCALL> ACME-1 Sev 1: nobody has it. "
        "Response was due Fri, Nov 20 18:00 EST, 2 days 16 hr late (1 hr of support time)."
    )


def test_what_is_left_is_told_in_support_time_too() -> None:
    evening = NOW + 2 * HOUR + timedelta(minutes=30)  # 17:30, half an hour before closing
    urgent = open_ticket(POLICY, ACME, Request("Down", "1", ANN, "C1"), 1, evening).ticket
    opening = NOW + timedelta(days=2, hours=18)
    assert urgent.clock is not None
    assert "10:30 EST" in text("en").clock_time(urgent.clock.due, ZONE, opening)
    assert reminded(urgent, evening + timedelta(minutes=10)).endswith(
        "2 days 16 hr left (1 hr 50 min of support time)."
    )
    assert reminded(urgent, opening).endswith("10:30 EST, 1 hr 30 min left.")


def test_the_owner_is_mentioned_and_nobody_where_nobody_is_set() -> None:
    late = replace(TAKEN, clock=replace(UPDATE, due=NOW, covered_until=NOW - HOUR))
    assert reminded(late, NOW).startswith("<@U0ERIN> ACME-1 Sev 3: update is due now")
    unowned = replace(OPENED, clock=replace(RESPONSE, due=NOW, covered_until=NOW - HOUR))
    assert reminded(unowned, NOW, None).startswith("ACME-1 Sev 3: nobody has it.")
