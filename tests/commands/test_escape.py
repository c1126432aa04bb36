"""Nothing that people typed becomes markup, and what Slack marked up reads as people wrote it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.views.escape import escaped, fitted, joined, pieces, plain, quoted, tidied


@pytest.mark.parametrize(
    ("delivered", "read"),
    [
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("&amp;lt;", "&lt;"),
        ("ask <@U123|bob> in <#C1|help>", "ask @bob in #help"),
        ("<@U123> said", "@U123 said"),
        ("<!channel> look", "@channel look"),
        ("<!subteam^S1|@oncall>", "@oncall"),
        ("<!date^1^{time}|10:00>", "10:00"),
        ("see <https://example.com/a?b=1&amp;c=2>", "see https://example.com/a?b=1&c=2"),
        ("see <https://example.com|the page>", "see the page (https://example.com)"),
        ("  spaces  ", "spaces"),
        ("", ""),
    ],
)
def test_what_slack_delivers_is_read_as_plain_text(delivered: str, read: str) -> None:
    assert plain(delivered) == read


def test_what_nobody_sees_is_taken_out() -> None:
    assert tidied(" a\u202eb\x00c\n\td\u2066 ") == "abc\n\td"
    assert tidied("\ufeffA\u200bPI \u061cis\u2060 down") == "API is down"
    # What belongs to words and to emoji stays.
    for whole in ("می‌خواهم", "👩‍🚒", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"):
        assert tidied(whole) == whole


@pytest.mark.parametrize(
    "typed", ["\u200b", "\u200d\u200d", " \u3000\n", "\u3164", "\u2800\u2800", "\u202e \ufe0f"]
)
def test_what_looks_empty_is_empty(typed: str) -> None:
    assert tidied(typed) == ""


@given(st.text())
def test_no_markup_survives(typed: str) -> None:
    assert not {"<", ">"} & set(escaped(typed))
    assert plain(escaped(typed)) == tidied(typed)


@given(st.text(max_size=200), st.integers(min_value=1, max_value=60))
def test_a_fitted_text_is_never_longer_and_never_cut_within_an_escape(typed: str, limit: int) -> None:
    shown = fitted(typed, limit)
    assert len(shown) <= limit
    assert shown == escaped(typed) or shown.endswith("…")
    assert tidied(escaped(plain(shown.removesuffix("…")))) == tidied(shown.removesuffix("…"))


@given(st.text(alphabet="ab<&\n", min_size=1, max_size=100))
def test_every_line_of_a_quotation_is_quoted(typed: str) -> None:
    assert all(line.startswith(">") for line in quoted(typed).split("\n"))


@given(
    st.text(alphabet="ab<&\n\r", max_size=300),
    st.integers(min_value=8, max_value=40),
    st.sampled_from(["", ">"]),
)
def test_pieces_are_all_of_a_text_and_each_fits(typed: str, limit: int, mark: str) -> None:
    found = pieces(typed, limit, mark)
    assert all(0 < len(piece) <= limit for piece in found)
    assert all(line.startswith(mark) for piece in found for line in piece.split("\n"))
    whole = "".join(line.removeprefix(mark) for piece in found for line in piece.split("\n"))
    assert whole == escaped("".join(typed.splitlines()))


def test_lines_that_fit_are_one_text_and_none_is_lost() -> None:
    assert joined(["head", ">a", ">b", "tail"]) == ["head\n>a\n>b\ntail"]
    assert joined(["head", "x" * 8, "tail"], limit=10) == ["head", "x" * 8, "tail"]
    assert joined(["head", "x" * 5, "tail"], limit=10) == ["head\nxxxxx", "tail"]
    assert joined(["x" * 20], limit=10) == ["x" * 20]
    assert joined([]) == []
