"""What comes by itself, as it is read: the weekly summary of a TAM's accounts, and an account's own; and what triage
reads where one could not be delivered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from slack_sdk.models.blocks import Block

from commands.text import Text
from commands.views.escape import joined
from commands.views.message import Message, context, section
from commands.views.period import period_words
from policy.digests import DueDigest, week_of

_LATE: Final = timedelta(hours=1)
"""So long after its time a digest says when it should have come."""
_MOST_BLOCKS: Final = 50
_MOST_MISSED: Final = 8
_MOST_DUTIES: Final = 30


@dataclass(frozen=True, slots=True)
class DigestWords:
    """What is told of a digest itself, on the reader's clock."""

    text: Text
    zone: str
    due: DueDigest
    now: datetime

    @property
    def late(self) -> list[str]:
        """That it is late, and which weeks nothing was told of; nothing as a rule."""
        lines = []
        if self.now - self.due.sent_at >= _LATE:
            tz = week_of(self.due.week, self.zone).tz
            lines.append(self.text("digest.late", time=self.text.lasting_time(self.due.sent_at, tz)))
        if self.due.missed:
            weeks = [self._week(monday) for monday in self.due.missed[-_MOST_MISSED:]]
            lines.append(
                self.text("digest.missed", count=len(self.due.missed), weeks=self.text.listed(weeks))
            )
        return lines

    def _week(self, monday: date) -> str:
        return period_words(self.text, week_of(monday, self.zone), self.now)


def for_tam(words: DigestWords, overview: Message, duties: Sequence[str]) -> Message:
    """One message for all accounts of a TAM: the overview of the week, and below it the duties that are overdue or fall
    due in the week to come."""
    text = words.text
    below: list[Block] = []
    if duties:
        lines = [text("digest.duties"), *(f"• {line}" for line in duties[:_MOST_DUTIES])]
        below = [section(one) for one in joined(lines)]
        if len(duties) > _MOST_DUTIES:
            below.append(context(text("list.more", count=len(duties) - _MOST_DUTIES)))
    head = [section(text("digest.tam")), *(context(line) for line in words.late)]
    hint = context(text("digest.tam.hint"))
    room = _MOST_BLOCKS - len(head) - len(below) - 1
    kept = list(overview.blocks)
    if len(kept) > room:  # what the end says, the kept promises of all, is worth more than the last account
        kept = [*kept[: room - 1], kept[-1]]
    return Message(text=f"{text('digest.tam.lock')} {overview.text}", blocks=[*head, *kept, *below, hint])


def for_customer(words: DigestWords, summary: Message) -> Message:
    """The weekly summary in an account's channel; `summary` is in the form that is for customers."""
    text = words.text
    head = [section(text("digest.customer")), *(context(line) for line in words.late)]
    kept = list(summary.blocks)[: _MOST_BLOCKS - len(head)]
    return Message(text=f"{text('digest.customer.lock')} {summary.text}", blocks=[*head, *kept])


def instead(text: Text, message: Message, who: str | None, error: str) -> Message:
    """What triage reads in place of a message that its room does not take. `who` is whom it was for (None: it has no
    one reader)."""
    line = text("digest.instead", who=who, error=error) if who else text("digest.instead.room", error=error)
    blocks = [context(line), *message.blocks][:_MOST_BLOCKS]
    return Message(text=message.text, blocks=blocks)


def not_told(text: Text, account: str, channel: str, error: str) -> Message:
    """That a customer's weekly summary could not be posted; the summary itself stays where it belongs."""
    words = text("digest.customer.instead", account=account, channel=f"<#{channel}>", error=error)
    return Message(text=words, blocks=[section(words)])
