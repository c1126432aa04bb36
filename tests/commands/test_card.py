"""The card as an engineer reads it on a phone at night: what it says and offers, in every state and both languages."""

import re
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from commands.routes import BUTTONS
from commands.text import text
from commands.views import card, details, handles, reminders
from commands.views.card import Scene
from commands.views.message import Message
from policy.schema import LANGUAGES, Language
from policy.tickets import Confirmation, OutOfScope, Person, Score, Ticket, Update
from policy.versions import ConsultativeOnly, NotListed, VersionSupport
from tests.commands.test_views import NOW, POLICY, RELEASES, ZONE, reminder, scene, states, ticket, versions

OPEN = {name for name, one in states("en").items() if one.is_open}
LINES_ON_A_PHONE = 9
"""So many lines of the card are read without scrolling past other messages."""


def lines(message: Message) -> list[str]:
    """What the card says, as its reader sees it: without Slack's markup of instants."""
    shown: str = message.payload()["blocks"][0]["text"]["text"]
    return re.sub(r"<!date\^[^|]*\|([^>]*)>", r"\1", shown).splitlines()


def pressed(message: Message) -> tuple[list[str], list[str]]:
    """The action ids of its buttons, and the values of its menu."""
    found: list[dict[str, Any]] = [
        element
        for block in message.payload()["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]
    options = [one["value"] for menu in found if menu["type"] == "overflow" for one in menu["options"]]
    return [one["action_id"] for one in found if one["type"] == "button"], options


def short(severity: str = "1", **changes: Any) -> Ticket:
    words = {"title": "API 502 for everyone", "description": "Since 2:00", "product_version": "9.4"}
    return ticket("en", severity, **{**words, "component": "api", **changes})


def small(shown: Ticket, **changes: Any) -> Scene:
    return Scene(text("en"), POLICY, shown, "Acme", ZONE, NOW, **changes)


def test_it_says_who_what_how_urgent_whose_and_by_when() -> None:
    assert lines(card.card(small(short()))) == [
        "*ABCDEFGHIJKL-123456 · Sev 1 · API 502 for everyone*",
        "Acme · Emergency · :zap: prioritized · production · by <@U0ANN>, 11:04 JST",
        "Owner: none. Acknowledge by 13:04 JST",
        "The whole product is down, or critically slow · API",
    ]


def test_the_lock_screen_has_one_line_with_ticket_severity_and_by_when() -> None:
    assert card.card(small(short())).text == (
        "ABCDEFGHIJKL-123456 · Sev 1 · API 502 for everyone · Acme · Owner: none. Acknowledge by 13:04 JST"
    )
    called = reminders.call_on_call(small(short()), "S0ONCALL", "C0ROOM")
    assert called.text == (
        "<!subteam^S0ONCALL> ABCDEFGHIJKL-123456 · Sev 1: Acme: :zap: prioritized · API 502 for everyone. "
        "Nobody has it yet. Acknowledge by 13:04 JST."
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_one_message_of_few_lines_in_every_state(language: Language) -> None:
    for name, shown in states(language).items():
        shown = replace(shown, title="API 502 for everyone")
        message = card.card(replace_scene(scene(language, shown), call="https://meet.example.com/acme"))
        kinds = [block["type"] for block in message.payload()["blocks"]]
        links = ["context"] if shown.is_open or shown.link else []
        assert kinds == ["section", *links, "actions"], name
        assert len(lines(message)) <= LINES_ON_A_PHONE, name
        assert "\n" not in message.text, name


def replace_scene(seen: Scene, **changes: Any) -> Scene:
    return Scene(seen.text, seen.policy, seen.ticket, seen.account, seen.zone, seen.now, **changes)


@pytest.mark.parametrize(
    ("state", "buttons", "menu"),
    [
        ("opened", "acknowledge post_update why", "severity assign note wait resolve"),
        ("taken", "post_update resolve wait", "severity assign note snooze why"),
        ("told", "post_update resolve wait", "severity assign note snooze why"),
        ("on request", "post_update resolve wait", "severity assign note snooze why"),
        ("held", "post_update resolve resume", "severity assign note snooze why"),
        ("waiting", "post_update resolve resume", "severity assign note snooze why"),
        ("resolved", "reopen timeline", "note why"),
        ("cancelled", "timeline", ""),
        ("merged", "timeline", ""),
    ],
)
def test_it_offers_what_fits_its_state(state: str, buttons: str, menu: str) -> None:
    shown = states("en")[state]
    message = card.card(small(shown))
    assert pressed(message) == (buttons.split(), [f"{name} {shown.id}" for name in menu.split()])
    values = {one["value"] for one in message.payload()["blocks"][-1]["elements"] if one["type"] == "button"}
    assert values == {shown.id}
    menus = [one for one in message.payload()["blocks"][-1]["elements"] if one["type"] == "overflow"]
    assert [one["action_id"] for one in menus] == ([handles.MORE] if menu else [])


def test_every_action_of_staff_is_within_two_touches_of_an_open_ticket() -> None:
    """On the card, in its menu, or below what its thread begins with."""
    wanted = {"post_update", "resolve", "why", "severity", "assign", "note", "timeline", "link", "scope"}
    for state in OPEN:
        seen = small(states("en")[state])
        below, _ = pressed(details.details(seen, NotListed()))
        buttons, menu = pressed(card.card(seen))
        offered = {*below, *buttons, *(value.partition(" ")[0] for value in menu)}
        assert wanted <= offered, state
        assert offered & {"wait", "resume"}, state


def test_who_is_only_assigned_has_yet_to_acknowledge() -> None:
    given = replace(short(), owner="U0OMAR")
    shown = card.card(small(given))
    assert lines(shown)[2] == "Owner: <@U0OMAR>, only assigned. Acknowledge by 13:04 JST"
    assert pressed(shown)[0] == ["acknowledge", "post_update", "why"]
    reminded = reminders.reminder(small(given), reminder(given, timedelta(hours=1)), "S0ONCALL")
    assert "<@U0OMAR> ABCDEFGHIJKL-123456 Sev 1: yours, not acknowledged yet. Response due" in reminded.text
    assert pressed(reminded)[0][0] == "acknowledge"
    called = reminders.call_on_call(small(given), "S0ONCALL", None)
    assert pressed(called)[0] == ["acknowledge"]
    assert "Owner: <@U0OMAR>, only assigned. Acknowledge by <!date" in called.text


def test_what_is_out_of_scope_says_why() -> None:
    judged = replace(short(), out_of_scope=OutOfScope(NOW, "U0ERIN", "third-party"))
    assert lines(card.card(small(judged)))[-1].startswith(":no_entry: Out of scope: Third-party")


def test_how_it_ended_and_what_the_customer_says_to_it() -> None:
    done = replace(states("en")["resolved"], cause="defect")
    assert (
        lines(card.card(small(done)))[4] == "Cause: Defect in the product · Not confirmed by the customer yet"
    )
    replied = replace(done, replied=NOW)
    assert lines(card.card(small(replied)))[5] == ":speech_balloon: The customer wrote after that, 11:04 JST"
    ann = Person("U0ANN", "T1")
    scored = replace(done, confirmed=Confirmation(NOW, ann), score=Score(4, ann, NOW))
    assert lines(card.card(small(scored)))[4] == (
        "Cause: Defect in the product · Confirmed by <@U0ANN>, 11:04 JST · Score: 4 of 5"
    )
    silent = replace(done, cause=None, confirmed=Confirmation(NOW))
    assert lines(card.card(small(silent)))[4] == "Counts as confirmed since 11:04 JST"
    assert "onfirmed" not in str(card.card(small(states("en")["cancelled"])).payload())


def test_what_is_late_is_red() -> None:
    late = states("en")["unowned and late"]
    assert lines(card.card(small(late)))[2].startswith(":red_circle: Owner: none. First response was due")
    silent = states("en")["silent"]
    assert lines(card.card(small(silent)))[2].startswith(":red_circle: Owner: <@U0ERIN>. Update was due")


def test_the_last_update_stands_on_one_line() -> None:
    told = replace(short(), owner="U0ERIN", last_update=Update(NOW, "U0ERIN", "Rolling back.\n\nBack at <3>"))
    assert lines(card.card(small(told)))[-1] == ('Last update 11:04 JST: "Rolling back. Back at &lt;3&gt;"')


def test_the_call_of_an_account_stands_on_the_card_while_the_ticket_is_open() -> None:
    link = "https://meet.example.com/acme?a=1&b=2"
    linked = replace(short(), link="https://portal.example.com/7")
    shown = card.card(small(linked, call=link)).payload()["blocks"][1]
    assert [one["text"] for one in shown["elements"]] == [
        "<https://meet.example.com/acme?a=1&amp;b=2|Join the call>",
        "<https://portal.example.com/7|In the support portal>",
    ]
    assert "Join the call" not in str(card.card(small(states("en")["resolved"], call=link)).payload())
    assert "Join the call" not in str(card.card(small(short())).payload())


def test_the_thread_has_what_the_card_leaves_out() -> None:
    asked = replace(short("2"), not_contact=True, description="Since 2:00\nevery request fails")
    old = ConsultativeOnly(RELEASES[0], NOW.date(), RELEASES[2])
    message = details.details(small(asked), old)
    head, told, _ = message.payload()["blocks"]
    assert "&gt;" not in head["text"]["text"]
    assert head["text"]["text"].splitlines()[1:] == [">Since 2:00", ">every request fails"]
    assert told["elements"][0]["text"].splitlines() == [
        ":bust_in_silhouette: Opened by somebody who is not a designated contact",
        "Customer chose Severity 2 (High); the answers suggest Severity 1 (Critical)",
        "Version: 1.0, supported until Nov 18, 2026: answers and known solutions only, the latest is 3.0",
        "Support hours: any hour of any day",
        "Severity 2 (High): first response within 4 hr, updates every 2 hr",
    ]
    on_card = str(card.card(small(asked)).payload())
    assert "Since 2:00" not in on_card
    assert "designated" not in on_card


def test_all_of_a_long_description_stands_in_the_thread() -> None:
    words = "\n".join(f"line {number}" for number in range(400))
    shown = details.details(small(short(description=words)), NotListed()).payload()["blocks"]
    said = "\n".join(block["text"]["text"] for block in shown if block["type"] == "section")
    assert [line for line in said.splitlines() if line.startswith(">")] == [
        f">{line}" for line in words.splitlines()
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phone_number_stands_in_a_channel(language: Language) -> None:
    shown = ticket(language, None, component="documentation")
    for version in versions(shown):
        assert "+81" not in str(details.details(scene(language, shown), version).payload())


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (NotListed(), "Version: 9.4"),
        (ConsultativeOnly(RELEASES[0], NOW.date(), RELEASES[2]), "answers and known solutions only"),
    ],
)
def test_what_is_owed_on_a_version(given: VersionSupport, says: str) -> None:
    assert says in str(details.details(small(short()), given).payload())


def test_a_component_that_the_plan_does_not_cover_is_told() -> None:
    shown = details.details(small(short(component="documentation")), NotListed())
    assert "The cover of Emergency does not extend to Documentation" in str(shown.payload())


@pytest.mark.parametrize("channel", ["C0ROOM", None])
def test_the_call_lets_people_in_where_there_is_a_channel(channel: str | None) -> None:
    joins = ["join"] if channel else []
    for state, buttons in (("opened", ["acknowledge"]), ("taken", [])):
        called = reminders.call_on_call(small(states("en")[state]), None, channel)
        assert pressed(called)[0] == [*buttons, *joins]
    assert pressed(reminders.call_on_call(small(states("en")["resolved"]), None, channel)) == ([], [])


def test_a_card_that_was_opened_later_by_staff_says_when_it_was_reported() -> None:
    called = replace(short(), reported=NOW - timedelta(hours=1))
    told = str(details.details(small(called), NotListed()).payload())
    assert "A caller reported it <!date" in told


def test_there_is_an_answer_to_all_that_can_be_pressed() -> None:
    for state, shown in states("en").items():
        seen = small(shown)
        messages = [card.card(seen), details.details(seen, NotListed())]
        messages += [reminders.call_on_call(seen, None, channel) for channel in ("C0ROOM", None)]
        if shown.clock is not None and shown.clock.pause is None:
            messages.append(reminders.reminder(seen, reminder(shown, timedelta(days=3)), None))
        for message in messages:
            buttons, menu = pressed(message)
            names = {*buttons, *(value.partition(" ")[0] for value in menu)}
            assert names <= {*BUTTONS}, state
