"""Periods as they are printed, always with the zone, and the examples that a refusal gives: each can be read."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from commands.periods import BadPeriod, Fault, read_period
from commands.text import text
from commands.views.period import period_words, why_no_period
from policy.schema import LANGUAGES, Language

NOW = datetime(2026, 11, 18, 2, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "zone", "english", "japanese"),
    [
        ("2026-10-05..2026-10-11", "Asia/Tokyo", "Oct 5 – 11, 2026 (JST)", "2026年10月5日～11日（JST）"),
        ("yesterday", "Asia/Tokyo", "Nov 17, 2026 (JST)", "2026年11月17日（JST）"),
        (
            "this week",
            "Asia/Tokyo",
            "Nov 16 – 22, 2026, so far (JST)",
            "2026年11月16日～22日、現在まで（JST）",
        ),
        ("October", "Europe/London", "Oct 1 – 31, 2026 (BST/GMT)", "2026年10月1日～31日（BST/GMT）"),
        (
            "last week",
            "America/Sao_Paulo",
            "Nov 9 – 15, 2026 (America/Sao_Paulo)",
            "2026年11月9日～15日（America/Sao_Paulo）",
        ),
        (
            "past 24 hours",
            "Asia/Tokyo",
            "Nov 17, 2026 11:04 – Nov 18, 2026 11:04 (JST)",
            "2026/11/17 11:04 – 2026/11/18 11:04（JST）",
        ),
    ],
)
def test_how_it_was_understood(words: str, zone: str, english: str, japanese: str) -> None:
    period = read_period(words, zone=ZoneInfo(zone), now=NOW, language="en")
    shown = [period_words(text(language), period, NOW).replace("\u2009", " ") for language in LANGUAGES]
    assert shown == [english, japanese]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fault", Fault)
def test_a_refusal_gives_examples_that_can_be_read(fault: Fault, language: Language) -> None:
    told = why_no_period(text(language), BadPeriod(fault, "<!channel>"))
    assert "&lt;!channel&gt;" in told
    examples = re.findall(r"`([^`]+)`", told)
    assert len(examples) >= 8
    for example in examples:
        read_period(example, zone=ZoneInfo("Asia/Tokyo"), now=NOW, language=language)
