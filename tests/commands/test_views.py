"""Every view and message, in both languages, at the longest texts allowed, is one that Slack takes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args, get_type_hints

import pytest
from msgspec.structs import replace

from commands.text import text
from commands.views import (
    card,
    comment_form,
    desk,
    details,
    form,
    lists,
    notes,
    reminders,
    reopen_form,
    resolve_form,
    thread,
    update_form,
    worse_form,
)
from commands.views.card import Scene
from commands.views.confirmation import Receipt, confirmation
from commands.views.lists import said
from commands.views.message import Message
from commands.views.notice import notice
from commands.views.update_form import Draft
from policy import effects as do
from policy import timeline as log
from policy.clocks import ClockKind, Lateness, due_slots
from policy.closing import confirm
from policy.contacts import NotDesignated
from policy.directory import Account, Contact
from policy.endings import cancel, merge
from policy.entitlement import Addresses, entitlement
from policy.load import load_policy
from policy.reminders import Reminder
from policy.schema import LANGUAGES, Language
from policy.severity_changes import change_severity
from policy.tickets import (
    Confirmation,
    OutOfScope,
    Person,
    Proposal,
    Score,
    Ticket,
    Update,
    Waiting,
)
from policy.transitions import Request, acknowledge, open_ticket, post_update, resolve
from policy.versions import Release, VersionSupport, version_support
from policy.waiting import wait_for_customer
from sandbox.blocks import check_blocks, check_view

RELEASES = (
    Release("1.0", date(2024, 1, 1)),
    Release("2.0", date(2026, 3, 1)),
    Release("3.0", date(2026, 9, 1)),
)
NOW = datetime(2026, 11, 18, 2, 4, tzinfo=UTC)
POLICY = load_policy()
ZONE = POLICY.regions["japan"].tz
LONGEST = {"title": "<&>" * 50, "description": "&<\n" * 1000, "product_version": "<" * 50}
"""What escaping makes longest, at the limits of the form."""
WORST_WORDS = "<&>\n" * 625
ANN = Person("U0ANN", "T1")
WHAT = get_args(get_type_hints(do.NoteChannel)["what"])
LATE = Lateness(support=timedelta(hours=1), elapsed=timedelta(hours=16))


def account(language: Language) -> Account:
    return Account(
        key="ABCDEFGHIJKL", name="&" * 60, plan="emergency", region="japan", channel="C1", language=language
    )


def ticket(language: Language, severity: str | None = "1", **changes: Any) -> Ticket:
    request = Request(
        severity=severity,
        opener=Person("U0ANN", "T1"),
        channel="C1",
        impact="down",
        **{"component": "guest-agent", **LONGEST, **changes},
    )
    return open_ticket(POLICY, account(language), request, 123456, NOW).ticket


def states(language: Language) -> dict[str, Ticket]:
    opened = ticket(language)
    ann = Person("U0ANN", "T1")
    taken = acknowledge(POLICY, opened, "U0ERIN", NOW).ticket  # type: ignore[union-attr]
    told = post_update(POLICY, taken, "U0ERIN", WORST_WORDS, log.Source.COMMAND, NOW).ticket  # type: ignore[union-attr]
    done = resolve(told, "U0ERIN", WORST_WORDS, NOW).ticket  # type: ignore[union-attr]
    confirmed = confirm(done, ann, NOW).ticket  # type: ignore[union-attr]
    low = acknowledge(POLICY, ticket(language, "4"), "U0ERIN", NOW).ticket  # type: ignore[union-attr]
    third = acknowledge(POLICY, ticket(language, "3"), "U0ERIN", NOW).ticket  # type: ignore[union-attr]
    held = wait_for_customer(POLICY, third, "U0ERIN", WORST_WORDS, NOW).ticket  # type: ignore[union-attr]
    waiting = wait_for_customer(POLICY, told, "U0ERIN", WORST_WORDS, NOW).ticket  # type: ignore[union-attr]
    asked_low = wait_for_customer(POLICY, low, "U0ERIN", WORST_WORDS, NOW).ticket  # type: ignore[union-attr]
    cancelled = cancel(opened, "U0ERIN", WORST_WORDS, NOW).ticket  # type: ignore[union-attr]
    merged = merge(opened, replace(told, id="ABCDEFGHIJKL-7"), "U0ERIN", WORST_WORDS, NOW).ticket  # type: ignore[union-attr]
    proposed = replace(third, proposal=Proposal("U0ERIN", NOW, NOW + timedelta(days=3)))
    changed = change_severity(POLICY, third, "U0ERIN", "1", WORST_WORDS, NOW).ticket  # type: ignore[union-attr]
    assert told.clock is not None
    assert opened.clock is not None
    silent = replace(told.clock, due=NOW - timedelta(hours=3), escalated=NOW, asked=NOW)
    late = replace(opened.clock, due=NOW - timedelta(hours=3), escalated=NOW)
    closed = replace(opened.clock, call_at=NOW + timedelta(hours=3))
    return {
        "opened": opened,
        "not sure": ticket(language, None),
        "not suggested": ticket(language, "3"),
        "snoozed": replace(told, snoozed_until=NOW + timedelta(hours=1)),
        "taken": taken,
        "told": told,
        "on request": low,
        "resolved": done,
        "confirmed": confirmed,
        "confirmed by itself": replace(confirmed, confirmed=Confirmation(NOW)),
        "scored": replace(confirmed, score=Score(5, ann, NOW, WORST_WORDS)),
        "held": held,
        "waiting": waiting,
        "waiting, on request": asked_low,
        "cancelled": cancelled,
        "merged": merged,
        "proposed": proposed,
        "reclassified": changed,
        "silent": replace(told, clock=silent),
        "unowned and late": replace(opened, clock=late),
        "assigned": replace(opened, owner="U0OMAR"),
        "assigned and late": replace(opened, owner="U0OMAR", clock=late),
        "linked, out of scope": replace(
            told,
            link="https://portal.example/" + "&" * 400,
            out_of_scope=OutOfScope(NOW, "U0ERIN", "cloud"),
        ),
        "told by a caller": replace(
            opened, caller="&" * 100, stranger=True, reported=NOW - timedelta(hours=1)
        ),
        "opened while closed": replace(opened, clock=closed, not_contact=True),
    }


def scene(language: Language, shown: Ticket) -> Scene:
    return Scene(text(language), POLICY, shown, "&" * 60, ZONE, NOW)


def reminder(shown: Ticket, after: timedelta) -> Reminder:
    assert shown.clock is not None
    found, count = due_slots(POLICY, shown.clock, NOW + after)
    return Reminder(shown.clock, found, count)


def receipt(language: Language, shown: Ticket) -> Receipt:
    found = entitlement(
        POLICY, account(language), shown, NOW, vendor=Addresses(hotline="+81 3 0000 0000"), releases=RELEASES
    )
    how = NotDesignated((Contact("x", user="U0ANN"),) * 8, ())
    return Receipt(text(language), POLICY, shown, found, how, ZONE, NOW)


def worst_receipts(language: Language) -> list[Receipt]:
    """Every note that a confirmation can carry: closed, old and unknown versions, outside the cover."""
    shown = ticket(language, "4", component="documentation")
    versions = ("1.0", "2.0", "3.0", None, "<" * 50)
    return [receipt(language, replace(shown, product_version=version)) for version in versions]


def messages(language: Language) -> dict[str, Message]:
    words, found = text(language), {}
    for name, shown in states(language).items():
        seen = scene(language, shown)
        found[f"root, {name}"] = thread.root(words, POLICY, shown, ZONE)
        found[f"card, {name}"] = card.card(seen)
        for version in versions(shown):
            found[f"details, {name}, {version}"] = details.details(seen, version)
        found[f"call, {name}"] = reminders.call_on_call(seen, "S0ONCALL", "C0ROOM")
        found[f"call without anybody, {name}"] = reminders.call_on_call(seen, None, None)
        entries = [
            log.Opened(NOW, "U1", "1", None, None, shown.clock or ticket(language).clock),  # type: ignore[arg-type]
            *(log.UpdatePosted(NOW, "U1", WORST_WORDS, log.Source.COMMAND) for _ in range(60)),
            log.CustomerReplied(NOW, Person("U1", "T1"), WORST_WORDS),
            log.Undelivered(NOW, "x", "<" * 500),
        ]
        found[f"shown, {name}"] = lists.ticket_shown(seen, entries)
        found[f"handed over, {name}"] = notes.note(seen, do.NoteAssigned("U1", "U2", "U3"), None)
        found[f"told why, {name}"] = thread.told(
            words, POLICY, shown, do.TellOutOfScope("&" * 900), ZONE, NOW
        )
    opened, told = states(language)["opened"], states(language)["told"]
    for after in (timedelta(hours=1), timedelta(hours=2), timedelta(hours=50)):
        late = replace_now(scene(language, opened), after)
        found[f"response reminder {after}"] = reminders.reminder(late, reminder(opened, after), "S0ONCALL")
        given = replace_now(scene(language, states(language)["assigned"]), after)
        found[f"assigned reminder {after}"] = reminders.reminder(given, reminder(opened, after), None)
        owned = replace_now(scene(language, told), after)
        found[f"update reminder {after}"] = reminders.reminder(owned, reminder(told, after), None)
    seen = scene(language, told)
    for number, effect in enumerate(
        (
            do.NoteAssigned("U1", "U1", None),
            do.NoteJoined("U1"),
            do.NoteScope("U1", "cloud"),
            do.NoteScope("U1", None),
            do.NoteSeverity("U1", "1", "3", WORST_WORDS, NOW, NOW, True, True),
        )
    ):
        found[f"note {number}"] = notes.note(seen, effect, "S0ONCALL")
    found |= {
        "answered": reminders.answered_reminder(seen, "U1", NOW),
        "followed": reminders.answered_reminder(seen, None, NOW),
        "moved": card.moved(seen, "C0ROOM"),
        "list": lists.ticket_list(words, [seen] * 200),
        "list of all": lists.ticket_list(words, [scene(language, one) for one in states(language).values()]),
        "no list": lists.ticket_list(words, []),
        "button": desk.support_button(words, "&" * 60),
        "offer": desk.offer(words, "U1", form.Prefill.of('"\\\n<&' * 800), "1.000100"),
        "closed offer": desk.closed_offer(words, "ABCDEFGHIJKL-123456", "1.000100"),
        "terms": desk.with_terms(words, said(words, "support.help"), uptime=True),
        "worse": thread.told(words, POLICY, told, do.TellWorse(ANN, WORST_WORDS, NOW, "1"), ZONE, NOW),
        "note of worse": notes.note(seen, do.NoteWorse(ANN, WORST_WORDS, True, "1"), "S0ONCALL"),
        "note of an edit": notes.note(seen, do.NoteEdited(ANN, WORST_WORDS, NOW), None),
        "note of staff's edit": notes.note(seen, do.NoteEdited(ANN, WORST_WORDS, NOW, staff=True), None),
        "note of a deletion": notes.note(seen, do.NoteEdited(ANN, None, NOW), None),
        "note of staff's deletion": notes.note(seen, do.NoteEdited(ANN, None, NOW, staff=True), None),
        "an outsider": desk.outsider_note(words, do.NoteOutsider("ACME-1", "C1", "U1")),
        **{f"a channel is {what}": desk.channel_note(words, what, "&" * 60, "C1", "T1") for what in WHAT},
    }
    return found


def versions(shown: Ticket) -> list[VersionSupport]:
    """What can be owed on a version, each way that there is."""
    names = ("1.0", "2.0", "3.0", shown.product_version, None)
    found = [version_support(POLICY.versions, RELEASES, name, NOW.date()) for name in names]
    return [*found, version_support(POLICY.versions, (), "1.0", NOW.date())]


def replace_now(seen: Scene, after: timedelta) -> Scene:
    return Scene(seen.text, seen.policy, seen.ticket, seen.account, seen.zone, seen.now + after)


@pytest.mark.parametrize("language", LANGUAGES)
def test_slack_takes_every_message(language: Language) -> None:
    for name, message in messages(language).items():
        payload = message.payload()  # slack_sdk's own limits
        check_blocks(payload["blocks"])  # Slack's, which raises
        assert payload["text"].strip(), name
        assert len(payload["text"]) < 3000, name
        assert "{" not in payload["text"].replace("{date_short_pretty} {time}", ""), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_slack_takes_every_form(language: Language) -> None:
    words = text(language)
    prefilled = form.Prefill(title="<" * 400, severity="2")
    shown = ticket(language)
    plain = Draft(shown.id, "C1")
    drafts = [plain, plain.folded_otherwise(), plain.extended("<" * 2_500).folded_otherwise()]
    views = [
        form.build(words, POLICY, account(language), form.Meta("ABCDEFGHIJKL", "C1"), prefilled),
        form.build(words, POLICY, account(language), form.Meta("ABCDEFGHIJKL", "C1"), form.Prefill()),
        *(
            form.build(
                words,
                POLICY,
                None,
                form.Meta("", ""),
                form.Prefill.of(WORST_WORDS * 3, whole=True),
                accounts=[account(language)] * count,
                for_caller=True,
            )
            for count in (1, 100, 101, 1000)
        ),
        worse_form.build(words, POLICY, states(language)["told"], "C1"),
        notice(words, worse_form.known(scene(language, states(language)["told"]), "+81 3 0000 0000")),
        *(confirmation(receipt(language, shown)) for shown in states(language).values()),
        *(confirmation(one) for one in worst_receipts(language)),
        *(update_form.build(scene(language, shown), draft, NOW) for draft in drafts),
        update_form.build(scene(language, ticket(language, "4")), drafts[0], None),
        resolve_form.build(scene(language, shown), "C1"),
        resolve_form.build(scene(language, shown), "C1", "defect"),
        reopen_form.build(words, states(language)["resolved"], "C1"),
        comment_form.build(words, states(language)["scored"], "C1"),
    ]
    for view in views:
        check_view(view.to_dict())
        assert len(view.to_dict()["blocks"]) > 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_people_typed_becomes_a_broadcast_or_a_mention(language: Language) -> None:
    forged = "<!channel> <!here> <@U0BOSS> <https://evil.example|click>"
    shown = ticket(language, title=forged, description=forged, product_version=forged[:50])
    told = replace(shown, last_update=Update(NOW, "U1", forged), owner="U0ERIN")
    seen = scene(language, told)
    found = [
        thread.root(text(language), POLICY, told, ZONE),
        thread.told(text(language), POLICY, told, do.TellUpdate("U1", forged, NOW, NOW), ZONE, NOW),
        card.card(seen),
        *(details.details(seen, version) for version in versions(shown)),
        reminders.call_on_call(seen, None, None),
        card.card(scene(language, replace(told, waiting=Waiting(NOW, "U1", forged)))),
        notes.note(seen, do.NoteAssigned("U1", "U2", None), None),
        notes.note(seen, do.NoteReply(Person("U1", "T1"), forged), None),
        notes.note(seen, do.NoteWrittenByStaff("U1", forged), None),
        notes.note(seen, do.NoteEdited(ANN, forged, NOW), None),
        notes.note(seen, do.NoteWorse(ANN, forged, True, "1"), None),
        thread.told(text(language), POLICY, told, do.TellWorse(ANN, forged, NOW), ZONE, NOW),
        notes.note(seen, do.NoteSeverity("U1", "2", "1", forged, None, NOW, False, True), None),
        notes.escalation(seen, do.Escalate(ClockKind.UPDATE, NOW, 2, LATE), None, None),
        reminders.reminder(seen, reminder(shown, timedelta(hours=1)), None),
        lists.ticket_shown(
            seen,
            [
                log.UpdatePosted(NOW, "U1", forged, log.Source.COMMAND),
                log.NoteWritten(NOW, "U1", forged),
                log.SeverityChanged(NOW, "U1", "2", "1", forged),
                log.WaitStarted(NOW, "U1", forged),
            ],
        ),
    ]
    for message in found:
        for marker in ("<!channel", "<!here", "<@U0BOSS", "<https://evil"):
            assert marker not in str(message.payload()), marker


def test_the_form_is_read_back_as_it_was_filled_in() -> None:
    values = {
        "title": {"title": {"value": "  API   down "}},
        "severity": {"severity": {"selected_option": {"value": "2"}}},
        "description": {"description": {"value": "  "}},
        "impact": {"impact": {"selected_option": None}},
        "production": {"production": {"selected_option": {"value": "no"}}},
        "component": {"component": {"selected_option": {"value": "api"}}},
        "version": {"version": {"value": "9.4"}},
    }
    view = {"private_metadata": '{"account":"ACME","channel":"C1"}', "state": {"values": values}}
    meta, request = form.parse(view, Person("U1", "T1"))
    assert meta == form.Meta("ACME", "C1")
    assert request == Request(
        title="API down",
        severity="2",
        opener=Person("U1", "T1"),
        channel="C1",
        production=False,
        component="api",
        product_version="9.4",
    )


@pytest.mark.parametrize(("block", "value"), [("title", "   "), ("severity", None)])
def test_what_must_be_filled_is_named(block: str, value: str | None) -> None:
    values: dict[str, Any] = {
        "title": {"title": {"value": "x"}},
        "severity": {"severity": {"selected_option": {"value": "2"}}},
    }
    values[block][block] = {"value": value} if block == "title" else {"selected_option": value}
    view = {"private_metadata": '{"account":"ACME","channel":"C1"}', "state": {"values": values}}
    assert form.parse(view, Person("U1", "T1"))[1] == form.Missing(block)


def test_the_card_reads_at_night_on_a_phone() -> None:
    opened = ticket("en", title="API 502 for everyone", description="", product_version=None)
    lines = card.card(scene("en", opened)).payload()["blocks"][0]["text"]["text"].splitlines()
    assert lines[0] == "*ABCDEFGHIJKL-123456 · Sev 1 · API 502 for everyone*"
    assert lines[2].startswith("Owner: none. Acknowledge by <!date^")
    assert card.card(scene("en", opened)).text.startswith(
        "ABCDEFGHIJKL-123456 · Sev 1 · API 502 for everyone"
    )


def test_a_reminder_says_what_is_due_when_to_whom_and_how_late() -> None:
    opened = ticket("en")
    after = timedelta(minutes=96)
    early = reminders.reminder(replace_now(scene("en", opened), after), reminder(opened, after), "S1")
    assert early.text == (
        "<!subteam^S1> ABCDEFGHIJKL-123456 Sev 1: nobody has it. Response due 13:04 JST, 24 min left."
    )
    after = timedelta(hours=3)
    due = reminder(opened, after)
    late = reminders.reminder(replace_now(scene("en", opened), after), due, "S1")
    assert "Response was due 13:04 JST, 1 hr late." in late.text
    assert f"stands for {due.count} reminders" in str(late.payload())
