"""What `/incident` makes of the words behind it."""

import pytest

from commands.open import read_words
from commands.views.form import Prefill
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
    ],
)
def test_a_severity_in_front_is_taken_off_the_title(words: str, severity: str | None, title: str) -> None:
    assert read_words(POLICY, words) == Prefill(title=title, severity=severity)
