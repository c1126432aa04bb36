"""A message before it is sent, and what messages share: mentions, times, names of severities."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    MarkdownTextObject,
    SectionBlock,
)

from commands.text import Text
from commands.views.escape import escaped
from policy.schema import Policy

_LONGEST: Final = SectionBlock.text_max_length
_WORTH_TELLING: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel shows. `text` is what a lock screen shows, written for it."""

    text: str
    blocks: Sequence[Block]

    def payload(self) -> dict[str, Any]:
        """The arguments of `chat.postMessage` and `chat.update`. Raises SlackObjectFormationError on a block
        that Slack would not take."""
        return {
            "text": self.text,
            "blocks": [block.to_dict() for block in self.blocks],
            "unfurl_links": False,
            "unfurl_media": False,
        }


class _Mrkdwn(MarkdownTextObject):
    """Text alone, of which answers and reminders mostly consist. What the SDK checks by looking every attribute over,
    some 20 microseconds for each object, is checked by name here and in the two blocks below."""

    def to_dict(self, *args: Any) -> dict[str, Any]:
        del args
        _check("text", len(self.text), _LONGEST)
        return {"type": self.type, "text": self.text}


class _Section(SectionBlock):
    def __init__(self, mrkdwn: str) -> None:
        super().__init__(text=_Mrkdwn(text=mrkdwn))

    def to_dict(self, *args: Any) -> dict[str, Any]:
        del args
        assert self.text is not None
        return {"type": self.type, "text": self.text.to_dict()}


class _Context(ContextBlock):
    def __init__(self, mrkdwn: Sequence[str]) -> None:
        super().__init__(elements=[_Mrkdwn(text=one) for one in mrkdwn])

    def to_dict(self, *args: Any) -> dict[str, Any]:
        del args
        _check("elements", len(self.elements), self.elements_max_length)
        return {"type": self.type, "elements": [element.to_dict() for element in self.elements]}


def _check(name: str, length: int, most: int) -> None:
    if not 1 <= length <= most:
        raise SlackObjectFormationError(f"{name} attribute must have 1 to {most}, has {length}")


def section(mrkdwn: str) -> SectionBlock:
    return _Section(mrkdwn)


def context(*mrkdwn: str) -> ContextBlock:
    return _Context(mrkdwn)


def actions(*buttons: ButtonElement) -> ActionsBlock:
    return ActionsBlock(elements=list(buttons))


def mention(target: str) -> str:
    """A user (`U`, `W`) or a user group (`S`), by id."""
    return f"<!subteam^{target}>" if target.startswith("S") else f"<@{target}>"


def linked(text: Text, url: str) -> str:
    """The ticket's address in the support portal, as `policy.records.read_link` keeps it."""
    return f"<{escaped(url)}|{text('ticket.link')}>"


def local_time(at: datetime, fallback: str) -> str:
    """An instant in the zone of whoever reads it; `fallback` where a client cannot."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def in_support_time(text: Text, support: timedelta, elapsed: timedelta) -> str:
    """What is said after an amount of elapsed time: how much of it is support time, where that differs by more than
    a minute; else nothing."""
    if abs(elapsed - support) <= _WORTH_TELLING:
        return ""
    return text("amount.support", support=text.elapsed(support))


def severity_label(text: Text, policy: Policy, severity: str) -> str:
    """`Severity 1 (Critical)`."""
    return text("severity.label", key=severity, name=policy.severity(severity).name[text.language])


def severity_short(text: Text, severity: str) -> str:
    """`Sev 1`, as it stands in front of a title."""
    return text("severity.short", key=severity)
