"""Every word a person sees: both languages have each key, with the same placeholders, and each key is used."""

import re
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po

from commands.text import text
from policy.durations import BusinessDays
from policy.figures import Step
from policy.schema import LANGUAGES
from policy.trends import Age

ROOT = Path(__file__).parents[2]
DYNAMIC = {
    r'f"handover\.\{part\.value\}"': ["late", "soon", "unowned", "rest"],
    r'f"missed\.\{clock\}"': ["response", "update"],
    r'f"missed\.\{entry\.clock\}"': ["response", "update"],
    r'f"handover\.\{kind\}"': ["response", "update"],
    r'f"handover\.\{kind\}\.late"': ["response", "update"],
    r'f"summary\.promise\.\{kind\.value\}"': ["response", "update"],
    r'f"report\.step\.\{one\.step\.value\}"': [step.value for step in Step],
    r'f"report\.column\.\{name\}"': [
        "ticket",
        "severity",
        "promise",
        "due",
        "late",
        "owner",
        "answered",
        "reason",
        "in_time",
        "late_count",
        "running",
        "paused",
        "cancelled",
        "opened",
        "court",
        "step",
        "by_when",
        "what",
        "median",
        "p90",
        "count",
        "from",
        "until",
        "length",
        "paused_for",
        "at",
        "change",
        "who",
        "month",
        "uptime",
        "guarantee",
        "verdict",
        "credit",
        "id",
        "component",
        "version",
        "support_ended",
        "held",
        "held_late",
        "missed",
        "next_due",
    ],
    r'f"summary\.file\.\{kind\}"': ["chart", "report", "internal"],
    r'f"chart\.age\.\{age\.value\}"': [age.value for age in Age],
    r'f"summary\.ball\.\{one\.ball\.value\}"': ["staff", "customer"],
    r'f"summary\.step\.\{one\.step\.value\}"': [
        "acknowledge",
        "classify",
        "answer",
        "update",
        "resolve",
        "customer_answers",
        "customer_agrees",
    ],
    r'f"summary\.customer\.ball\.\{one\.ball\.value\}"': ["staff", "customer"],
    r'f"summary\.customer\.step\.\{one\.step\.value\}"': [
        "acknowledge",
        "answer",
        "update",
        "resolve",
        "customer_answers",
        "customer_agrees",
    ],
    r'f"note\.\{what\}"': ["edited", "deleted"],
    r'f"note\.staff\.\{what\}"': ["edited", "deleted"],
    r'f"terms\.menu\.\{name\}"': [
        "plan",
        "policy",
        "severity",
        "hours",
        "contacts",
        "versions",
        "uptime",
    ],
    r'f"button\.\{action\}"': ["our_tickets", "our_plan"],
    r'f"desk\.channel\.\{what\}"': ["shared", "unshared", "bot_removed", "archived", "moved"],
    # Keys put together in code, by the pattern that puts them together.
    r'f"form\.\{name\}"': [
        "account",
        "caller",
        "title",
        "severity",
        "description",
        "impact",
        "production",
        "component",
        "version",
    ],
    r'f"form\.production\.\{value\}"': ["yes", "no"],
    r'f"error\.form\.\{request\.block\}"': ["account", "title", "severity"],
    r'f"button\.\{name\}"': [
        "acknowledge",
        "post_update",
        "resolve",
        "why",
        "confirm_resolved",
        "reopen",
        "score_comment",
        "wait",
        "resume",
        "severity",
        "assign",
        "note",
        "snooze",
        "join",
        "timeline",
        "scope",
        "link",
    ],
    r'f"score\.\{value\}"': ["1", "2", "3", "4", "5"],
    r'f"\{key\}\.lock"': ["thread.late.response", "thread.late.update"],
    r'f"\{key\}\.next"': ["thread.late.response", "thread.late.update"],
    r'f"thread\.late\.\{told\.clock\}"': ["response", "update"],
    r'f"thread\.state\.late\.\{clock\.kind\}"': ["response", "update"],
    r'f"why\.counted\.\{step\.kind\}"': ["response", "update"],
    r'f"why\.ended\.\{interval\.outcome\}"': ["met", "cancelled"],
    r'f"page\.late\.\{why\}"': ["behind", "store", "slack"],
    r'f"fault\.\{error\}"': ["is_archived", "not_in_channel", "channel_not_found", "restricted_action"],
    r'f"note\.escalated\.\{silence\.clock\}"': ["response", "update"],
    r'f"note\.escalated\.\{silence\.clock\}\.now"': ["response", "update"],
    r'f"event\.escalated\.\{entry\.clock\}"': ["response", "update"],
    r'f"remind\.\{key\}"': [
        "response",
        "response.late",
        "response.now",
        "assigned",
        "assigned.late",
        "assigned.now",
        "update",
        "update.late",
        "update.now",
    ],
    r'f"\{purpose\}\.heading"': ["wait", "cancel", "note", "late", "snooze", "link"],
    r'f"\{purpose\}\.submit"': ["wait", "cancel", "note", "late"],
    r'f"\{purpose\}\.text"': ["wait", "cancel", "note", "late"],
    r'f"\{purpose\}\.hint"': ["wait", "cancel", "note", "late", "snooze", "link"],
    r'f"\{purpose\}\.line"': ["snooze", "link"],
    r'f"error\.merge\.\{why\}"': ["itself", "another_accounts", "not_open"],
    r'f"done\.deadline\.\{clock\.kind\}"': ["response", "update"],
    r'f"update_form\.language\.\{ticket\.language\}"': ["en", "ja"],
    r'f"update_form\.\{name\}"': ["impact", "changed", "next"],
    r'f"update_text\.\{name\}"': ["impact", "changed", "next"],
    r'f"note\.assigned\.\{clock\.kind\}"': ["response", "update"],
    r'f"note\.assigned\.\{clock\.kind\}\.late"': ["response", "update"],
    r'f"event\.outage\.\{entry\.what\}"': ["recorded", "closed", "withdrawn"],
    r'f"event\.outage\.\{entry\.what\}\.public"': ["recorded", "closed", "withdrawn"],
    r'f"event\.clock\.\{interval\.kind\}\.\{interval\.outcome\}"': [
        f"{kind}.{outcome}" for kind in ("response", "update") for outcome in ("met", "breached", "cancelled")
    ],
}


def entries(language: str) -> dict[str, str]:
    with (resources.files("commands.text") / f"{language}.po").open("rb") as file:
        catalog = read_po(file)
    return {str(message.id): str(message.string) for message in catalog if message.id}


def placeholders(words: str) -> list[str]:
    return sorted({name for _, name, _, _ in Formatter().parse(words) if name is not None})


def used_keys() -> set[str]:
    source = "\n".join(path.read_text() for path in (ROOT / "commands").rglob("*.py"))
    known = set(entries("en"))
    found = {key for key in re.findall(r"""["']([a-z_]+(?:\.[a-z_]+)*)["']""", source) if key in known}
    for pattern, values in DYNAMIC.items():
        assert re.search(pattern, source), f"nothing in commands/ puts keys together like {pattern}"
        prefix = re.sub(r"\\|f\"|\"", "", pattern)
        for value in values:
            first = re.sub(r"\{[^}]*\}", "@", prefix)
            parts = value.split(".") if first.count("@") > 1 else [value]
            key = first
            for part in parts:
                key = key.replace("@", part, 1)
            found.add(key)
    return found


def test_both_languages_have_the_same_keys() -> None:
    assert set(entries("en")) == set(entries("ja"))


def test_no_entry_is_empty() -> None:
    for language in LANGUAGES:
        assert [key for key, words in entries(language).items() if not words.strip()] == []


@pytest.mark.parametrize("key", sorted(entries("en")))
def test_placeholders_are_the_same(key: str) -> None:
    assert placeholders(entries("en")[key]) == placeholders(entries("ja")[key])


def test_every_entry_is_used_and_every_key_has_an_entry() -> None:
    assert used_keys() == set(entries("en"))


def test_keys_in_calls_exist() -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "commands").rglob("*.py"))
    called = set(re.findall(r'\b(?:text|scene\.text|who\.text|asked\.who\.text)\(\s*"([^"]+)"', source))
    called |= set(re.findall(r'\b(?:problem|said)\(\s*[\w.]+,\s*"([^"]+)"', source))
    assert called
    assert called - set(entries("en")) == set()


def test_a_missing_placeholder_is_an_error() -> None:
    with pytest.raises(KeyError):
        text("en")("severity.label", key="1")


NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "hours", "shown"),
    [
        ("en", 0, "15:00 JST"),
        ("en", 8, "23:00 JST"),
        ("en", 9, "Mon, Nov 23 00:00 JST"),
        ("ja", 0, "15:00 JST"),
        ("ja", 9, "11月23日(月) 00:00 JST"),
    ],
)
def test_times_name_the_zone_and_the_day_unless_it_is_today(language: str, hours: int, shown: str) -> None:
    at = NOW + timedelta(hours=hours)
    assert text(language).clock_time(at, ZoneInfo("Asia/Tokyo"), NOW) == shown  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "en", "ja"),
    [
        (timedelta(seconds=-3), "0 sec", "0 秒"),
        (timedelta(seconds=8), "8 sec", "8 秒"),
        (timedelta(seconds=90), "1 min 30 sec", "1 分 30 秒"),
        (timedelta(minutes=14, seconds=59), "15 min", "15 分"),
        (timedelta(minutes=90), "1 hr 30 min", "1 時間 30 分"),
        (timedelta(days=2, minutes=3), "2 days", "2 日"),
        (BusinessDays(1), "1 business day", "1 営業日"),
        (BusinessDays(3), "3 business days", "3 営業日"),
    ],
)
def test_amounts_of_time(amount: timedelta | BusinessDays, en: str, ja: str) -> None:
    assert (text("en").duration(amount), text("ja").duration(amount)) == (en, ja)
