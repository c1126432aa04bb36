"""The forms of handling, in both languages: Slack takes them, and they are read back as they were filled in. And the
timeline, of which the newest is kept."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from slack_sdk.models.views import View

from commands.text import text
from commands.views import (
    assign_form,
    line_form,
    merge_form,
    reason_form,
    scope_form,
    severity_form,
)
from commands.views.card import Scene
from commands.views.severity_form import Reclassified
from commands.views.timeline import MOST_SHOWN, timeline
from policy import timeline as log
from policy.schema import LANGUAGES, Language
from policy.tickets import OutOfScope, Ticket
from tests.policy.samples import MONDAY, default_policy, opened

POLICY = default_policy()
TICKET = opened("3", title="&<>" * 50).ticket
OTHERS = [opened("3", title="long " * 30, number=number).ticket for number in range(2, 203)]


def forms(language: Language, ticket: Ticket = TICKET) -> dict[str, View]:
    words = text(language)
    return {
        "severity": severity_form.build(words, POLICY, ticket, "C1"),
        "assign": assign_form.build(words, ticket, "C1"),
        "merge": merge_form.build(words, ticket, OTHERS, "C1"),
        "scope": scope_form.build(words, POLICY, ticket, "C1"),
        **{name: reason_form.build(words, name, ticket, "C1") for name in reason_form.LIMITS},
        **{name: line_form.build(words, name, ticket, "C1") for name in line_form.LIMITS},
    }


def sent(view: View, **chosen: Any) -> dict[str, Any]:
    """The view as Slack delivers it, with these fields filled in: a text, or what an element holds."""
    shown = view.to_dict()
    values = {
        name: {name: value if isinstance(value, dict) else {"value": value}} for name, value in chosen.items()
    }
    return {**shown, "state": {"values": values}}


def option(value: str) -> dict[str, Any]:
    return {"selected_option": {"value": value}}


@pytest.mark.parametrize("language", LANGUAGES)
def test_slack_takes_every_form_of_handling(language: Language) -> None:
    marked = replace(
        TICKET,
        owner="U1",
        acknowledged=MONDAY,
        out_of_scope=OutOfScope(MONDAY, "U1", "cloud"),
        link="https://x.example",
    )
    for ticket in (TICKET, marked):
        for name, view in forms(language, ticket).items():
            shown = view.to_dict()
            view.validate_json()
            assert shown["callback_id"] == name
            assert len(shown["title"]["text"]) <= 24, name
            assert len(shown["submit"]["text"]) <= 24, name
            assert json.loads(shown["private_metadata"]) == {"ticket": "ACME-1", "channel": "C1"}
            assert "&amp;&lt;&gt;" in str(shown["blocks"][0])
            for block in shown["blocks"]:
                options = block.get("element", {}).get("options", [])
                assert len(options) <= 100
                assert all(len(one["text"]["text"]) <= 75 for one in options)


def test_what_was_filled_in_is_read() -> None:
    words = forms("en")
    assert severity_form.parse(
        sent(words["severity"], severity=option("1"), production=option("no"), reason=" all down ")
    ) == Reclassified("ACME-1", "1", production=False, reason="all down")
    assert severity_form.parse(sent(words["severity"])) == Reclassified("ACME-1", None, True, "")
    assert assign_form.parse(sent(words["assign"], who={"selected_user": "U2"})) == ("ACME-1", "U2")
    assert assign_form.parse(sent(words["assign"], who={"selected_user": None})) == ("ACME-1", None)
    assert merge_form.parse(sent(words["merge"], into=option("ACME-7"), reason="x")) == (
        "ACME-1",
        "ACME-7",
        "x",
    )
    assert scope_form.parse(sent(words["scope"], reason=option("cloud"))) == ("ACME-1", "cloud")
    assert reason_form.parse(sent(words["wait"], text="  logs  ")) == ("ACME-1", "logs")
    assert line_form.parse(sent(words["snooze"], line=" 30m ")) == ("ACME-1", "30m")
    assert line_form.parse(sent(words["link"], line=None)) == ("ACME-1", "")


def test_forms_begin_with_how_it_stands_or_what_was_said() -> None:
    chosen = severity_form.build(text("en"), POLICY, TICKET, "C1", severity="1", production=False, reason="x")
    severity, production, reason = (block["element"] for block in chosen.to_dict()["blocks"][1:4])
    assert severity["initial_option"]["value"] == "1"
    assert production["initial_option"]["value"] == "no"
    assert reason["initial_value"] == "x"
    as_it_is = forms("en")["severity"].to_dict()["blocks"][1]["element"]
    assert as_it_is["initial_option"]["value"] == "3"
    marked = replace(TICKET, out_of_scope=OutOfScope(MONDAY, "U1", "cloud"))
    shown = [str(forms("en", one)["scope"].to_dict()) for one in (TICKET, marked)]
    assert [scope_form.COVERED in one for one in shown] == [False, True]
    newest = forms("en")["merge"].to_dict()["blocks"][1]["element"]["options"]
    assert (newest[0]["value"], len(newest)) == ("ACME-202", 100)


NOW = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)


def notes(count: int, length: int = 1) -> list[log.Entry]:
    return [
        log.NoteWritten(NOW + timedelta(minutes=number), "U1", f"no {number} " + "x" * length)
        for number in range(count)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("count", "length"), [(0, 0), (3, 1), (100, 1), (101, 1), (500, 1), (500, 5_000)])
def test_of_a_long_timeline_the_newest_is_kept_and_it_says_so(
    language: Language, count: int, length: int
) -> None:
    seen = Scene(text(language), POLICY, TICKET, "Acme", POLICY.regions["emea"].tz, NOW)
    shown = timeline(seen, notes(count, length)).payload()
    assert len(shown["blocks"]) <= 50
    assert all(len(block["text"]["text"]) <= 3_000 for block in shown["blocks"] if "text" in block)
    listed = [number for number in range(count) if f"no {number} " in str(shown)]
    assert listed == list(range(count - len(listed), count)), "in order, without a gap"
    assert len(listed) == min(count, MOST_SHOWN if length == 1 else len(listed))
    says = text(language)("timeline.cut", left=count - len(listed), shown=len(listed))
    assert (says in str(shown)) is (len(listed) < count)
    assert listed or not count
