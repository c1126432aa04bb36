"""What `/incident` makes of the words behind it."""

import pytest

from commands.open import read_words
from commands.views.form import TITLE_LIMIT, Prefill
from policy.load import load_policy

POLICY = load_policy()


@pytest.mark.parametrize(
    ("words", "severity", "title"),
    [
        ("", None, ""),
        ("API is down", None, "API is down"),
        ("sev1 API is down", "1", "API is down"),
        ("P2 API is down", "2", "API is down"),
        ("sev3: API is slow", "3", "API is slow"),
        ("critical: API is down", "1", "API is down"),
        ("high： latency", "2", "latency"),
        ("1: API is down", "1", "API is down"),
        # What only begins like the name of a severity is a title.
        ("high latency on API", None, "high latency on API"),
        ("low disk space", None, "low disk space"),
        ("critical error in the log", None, "critical error in the log"),
        ("2 pods are gone", None, "2 pods are gone"),
        ("sev9 API is down", None, "sev9 API is down"),
        ("note: this is odd", None, "note: this is odd"),
        ("sev1", "1", ""),
        # As a Japanese keyboard has it.
        ("sev1　停止", "1", "停止"),
        ("ｓｅｖ２　ログイン不可", "2", "ログイン不可"),
        ("Ｐ１： 停止", "1", "停止"),
        ("２台のサーバー　停止", None, "２台のサーバー 停止"),
    ],
)
def test_a_severity_in_front_is_taken_off_the_title(words: str, severity: str | None, title: str) -> None:
    assert read_words(POLICY, words) == Prefill(title=title, severity=severity)


def test_what_is_too_much_for_a_title_is_described() -> None:
    long = "sev1 " + "API is down. " * 30
    found = read_words(POLICY, long)
    assert found.severity == "1"
    assert len(found.title) == TITLE_LIMIT
    assert found.description == ("API is down. " * 30).strip()
    lines = read_words(POLICY, "API is down\nsince noon")
    assert (lines.title, lines.description) == ("API is down", "API is down\nsince noon")
