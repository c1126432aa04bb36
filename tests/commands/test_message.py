"""The blocks that are checked by name say what the SDK's own would say, and refuse what Slack would refuse."""

import pytest
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block, ContextBlock, MarkdownTextObject, SectionBlock

from commands.views.message import context, section


@pytest.mark.parametrize("words", ["API is *down*", "x", "x" * 3_000, "API が止まった\n> 502"])
def test_a_section_is_what_the_sdk_makes_of_it(words: str) -> None:
    assert section(words).to_dict() == SectionBlock(text=MarkdownTextObject(text=words)).to_dict()


@pytest.mark.parametrize("words", [("one",), ("one", "*two*"), ("x",) * 10])
def test_a_context_is_what_the_sdk_makes_of_it(words: tuple[str, ...]) -> None:
    theirs = ContextBlock(elements=[MarkdownTextObject(text=one) for one in words])
    assert context(*words).to_dict() == theirs.to_dict()


@pytest.mark.parametrize(
    "block",
    [
        section(""),
        section("x" * 3_001),
        context(),
        context(*("x",) * 11),
        context(""),
        context("x" * 3_001),
    ],
    ids=["no text", "long text", "no element", "too many elements", "an empty element", "a long element"],
)
def test_what_slack_would_not_take_is_refused(block: Block) -> None:
    with pytest.raises(SlackObjectFormationError):
        block.to_dict()
