"""Summaries as messages in Slack: one account, in as many pages as it needs; all accounts in one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from slack_sdk.models.blocks import Block, ButtonElement, MarkdownTextObject, SectionBlock

from commands.views.customer_lines import customer_parts
from commands.views.escape import ELLIPSIS
from commands.views.message import Message, actions, context, section
from commands.views.overview_lines import attention_lines, overview_head, rest_lines
from commands.views.summary_lines import Part, Words, account_head, account_parts, kept
from policy.customer_summaries import CustomerSummary
from policy.figures import Kept
from policy.overviews import Overview
from policy.summaries import Summary

_SECTION: Final = 2_900
"""Slack takes 3,000 characters in a section."""
_LINE: Final = 1_000
_BLOCKS: Final = 45
"""Slack takes 50 in a message; there is a head, and a foot that numbers the pages."""
_PAGE: Final = 9_000
"""So many characters are a page: a message can be too long for Slack with fewer blocks than it takes, and for a phone
long before."""
_ACCOUNTS: Final = 40

ButtonOf = Callable[[Summary], ButtonElement]
"""The button that leads from the overview to an account's own summary."""
MoreOf = Callable[[int], ButtonElement]
"""The button that leads to the page of that number."""


def account_pages(
    words: Words, summary: Summary, more: MoreOf | None = None, files: Sequence[ButtonElement] = ()
) -> list[Message]:
    """An account's summary for staff; one page as a rule. `files`: the buttons for files, below each page."""
    figures = summary.figures
    return _pages(
        words,
        account_head(words, summary),
        (figures.response, figures.updates),
        account_parts(words, summary),
        more,
        files,
    )


def customer_pages(
    words: Words, summary: CustomerSummary, more: MoreOf | None = None, files: Sequence[ButtonElement] = ()
) -> list[Message]:
    """An account's summary for its customer."""
    return _pages(
        words,
        account_head(words, summary),
        (summary.response, summary.updates),
        customer_parts(words, summary),
        more,
        files,
    )


def _pages(
    words: Words,
    head: str,
    judged: tuple[Kept, Kept],
    parts: Iterable[Part],
    more: MoreOf | None,
    files: Sequence[ButtonElement],
) -> list[Message]:
    text = words.text
    pages = list(_together([block for part in parts for block in _sections(part)]))
    response, updates = (kept(text, one) for one in judged)
    shown = f"{head}. {text('overview.kept', response=response, updates=updates)}"
    messages = []
    for number, page in enumerate(pages, 1):
        foot: list[Block] = []
        if len(pages) > 1:
            foot.append(context(text("summary.page", number=number, count=len(pages))))
        buttons = [*([more(number + 1)] if more and number < len(pages) else []), *files]
        if buttons:
            foot.append(actions(*buttons))
        messages.append(Message(text=shown, blocks=[section(f"*{head}*"), *page, *foot]))
    return messages


def _together(blocks: Iterable[SectionBlock]) -> Iterator[list[SectionBlock]]:
    """Blocks by the page."""
    held: list[SectionBlock] = []
    length = 0
    for block in blocks:
        size = len(block.text.text) if block.text else 0
        if held and (len(held) == _BLOCKS or length + size > _PAGE):
            yield held
            held, length = [], 0
        held.append(block)
        length += size
    yield held


def overview_message(words: Words, overview: Overview, button: ButtonOf | None = None) -> Message:
    """All accounts in one message, the worst first. Those that want a look have the button beside them."""
    head = overview_head(words, overview)
    worst = attention_lines(words, overview)
    blocks: list[Block] = [section(f"*{head}*")]
    for summary, line in worst[:_ACCOUNTS]:
        accessory = button(summary) if button else None
        blocks.append(SectionBlock(text=MarkdownTextObject(text=_cut(line, _LINE)), accessory=accessory))
    if len(worst) > _ACCOUNTS:
        names = [words.typed(summary.name) for summary, _ in worst[_ACCOUNTS:]]
        more = words.text("overview.others", count=len(names), names=words.text("summary.join").join(names))
        blocks.append(section(_cut(more, _SECTION)))
    rest = rest_lines(words, overview)
    blocks += [section(_cut(line, _SECTION)) for line in rest]
    first = [_cut(line, 200) for _, line in worst[:1]]
    return Message(text="\n".join([head, *first, rest[-1]]), blocks=blocks)


def _sections(part: Part) -> Iterator[SectionBlock]:
    """A heading with its lines, in as many sections as they need; the heading stands above the first."""
    lines = [f"*{part.heading}*", *(f"• {_cut(line, _LINE)}" for line in part.lines)]
    for together in _chunks(lines):
        yield section("\n".join(together))


def _chunks(lines: Iterable[str]) -> Iterator[list[str]]:
    held: list[str] = []
    length = 0
    for line in lines:
        if held and length + len(line) + 1 > _SECTION:
            yield held
            held, length = [], 0
        held.append(line)
        length += len(line) + 1
    yield held


def _cut(line: str, most: int) -> str:
    """At most so many characters. What is cut off loses no half of an escape or a mention with it."""
    if len(line) <= most:
        return line
    kept_part = line[: most - len(ELLIPSIS)]
    for opened, closed in (("&", ";"), ("<", ">")):
        start = kept_part.rfind(opened)
        if start > kept_part.rfind(closed):
            kept_part = kept_part[:start]
    return kept_part.rstrip() + ELLIPSIS
