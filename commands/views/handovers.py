"""The note at the change of a shift, for engineers on a phone: the most urgent first, a line a ticket."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from slack_sdk.models.blocks import Block

from commands.text import Text
from commands.views.card import one_line
from commands.views.escape import fitted, joined
from commands.views.message import Message, context, local_time, section, severity_short
from policy.clocks import ClockKind
from policy.handovers import Handover, Section
from policy.schema import Policy
from policy.tickets import Ticket
from policy.times_of_day import TimeOfDay

_LATE: Final = timedelta(hours=1)
_MOST: Final = {Section.LATE: 30, Section.SOON: 30, Section.UNOWNED: 20, Section.REST: 15}


def note(
    text: Text,
    policy_of: Callable[[str], Policy],
    handed: Handover,
    time: TimeOfDay,
    due: datetime,
    *,
    names: Mapping[str, str | None],
    accounts: Mapping[str, str],
) -> Message:
    """`due` is when the note should have come, `names` are those of owners, by user id; `accounts` by key."""
    zone = ZoneInfo(time.zone)
    shown = _Note(text, policy_of, zone, handed, names, accounts)
    late, soon = (len(handed.of(section)) for section in (Section.LATE, Section.SOON))
    values = {
        "time": text.lasting_time(due, zone),
        "count": handed.count,
        "late": late,
        "soon": soon,
        "unowned": handed.unowned,
        "until": text.clock_time(handed.until, zone, handed.at),
    }
    head = text("handover.head", **values)
    blocks: list[Block] = [section(f"{head}\n{text('handover.counts', **values)}")]
    if not handed.count:
        blocks = [section(f"{head}\n{text('handover.quiet')}")]
    if handed.at - due >= _LATE:
        blocks.append(context(text("digest.late", time=text.lasting_time(due, zone))))
    for part, tickets in handed.sections:
        most = _MOST[part]
        lines = [
            text(f"handover.{part.value}", until=values["until"], count=len(tickets)),
            *(shown.line(ticket) for ticket in tickets[:most]),
        ]
        if len(tickets) > most:
            lines.append(text("list.more", count=len(tickets) - most))
        blocks += [section(one) for one in joined(lines)]
    lock = text("handover.lock", **values) if handed.count else text("handover.lock.quiet", **values)
    return Message(text=lock, blocks=blocks)


class _Note:
    def __init__(
        self,
        text: Text,
        policy_of: Callable[[str], Policy],
        zone: ZoneInfo,
        handed: Handover,
        names: Mapping[str, str | None],
        accounts: Mapping[str, str],
    ) -> None:
        self._text = text
        self._policy_of = policy_of
        self._zone = zone
        self._handed = handed
        self._names = names
        self._accounts = accounts

    def line(self, ticket: Ticket) -> str:
        """`ACME-42 · Sev 1 · API is down · Acme / erin · update due 15:00 JST`."""
        text = self._text
        if ticket.owner is None:
            owner = text("handover.nobody")
        else:
            owner = text("handover.owner", name=fitted(self._names.get(ticket.owner) or ticket.owner, 50))
        return text(
            "handover.line",
            ticket=ticket.id,
            severity=severity_short(text, ticket.severity),
            title=one_line(ticket.title, 80),
            account=fitted(self._accounts.get(ticket.account, ticket.account), 50),
            owner=owner,
            next=self._next(ticket),
        )

    def _next(self, ticket: Ticket) -> str:
        text, clock = self._text, ticket.clock
        if clock is None or clock.pause is not None:
            return text("handover.waiting" if ticket.waiting else "handover.on_request")
        due = local_time(clock.due, text.clock_time(clock.due, self._zone, self._handed.at))
        kind = "response" if clock.kind is ClockKind.RESPONSE else "update"
        if clock.due < self._handed.at:
            late = text.elapsed(self._handed.at - clock.due)
            return text(f"handover.{kind}.late", due=due, late=late)
        return text(f"handover.{kind}", due=due)
