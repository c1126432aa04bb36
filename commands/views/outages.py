"""Outages as people read them: what was recorded, and what a month's outages make of the uptime guarantee."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from slack_sdk.models.blocks import Block

from commands.text import Text
from commands.views.escape import fitted
from commands.views.lists import fitted_lines, problem
from commands.views.message import Message, context, section
from commands.views.terms import Terms
from policy.outages import RecordedOutage
from policy.schema import Policy
from policy.uptime import Outage, UptimeEstimate

MOST_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class OutageWords:
    """How outages are told: in which language, under which names of components, in which zone."""

    text: Text
    policy: Policy
    zone: ZoneInfo

    def component(self, key: str) -> str:
        """Its name; its key where the policy has no such component any more."""
        known = self.policy.components.get(key)
        return fitted(known.name[self.text.language] if known else key, 100)

    def time(self, at: datetime) -> str:
        return self.text.exact_time(at, self.zone)

    def span(self, outage: Outage) -> str:
        """From when until when, and how long."""
        start = self.time(outage.start)
        if outage.end is None:
            return self.text("outage.span.open", start=start)
        length = self.text.exact_length(outage.end - outage.start)
        return self.text("outage.span", start=start, end=self.time(outage.end), length=length)

    def what(self, one: RecordedOutage) -> str:
        """The outage in one line: component, span, whether it is maintenance."""
        outage = one.outage
        key = "outage.maintenance" if outage.announced_maintenance else "outage.outage"
        return self.text(key, component=self.component(outage.component), span=self.span(outage))

    def refused(self, key: str, one: RecordedOutage) -> Message:
        """Why nothing was recorded: because of this other outage."""
        return problem(self.text, key, id=one.id, outage=self.what(one))


def recorded(words: OutageWords, one: RecordedOutage, key: str) -> Message:
    """Exactly what is kept now, for whom it counts, and how it is taken back. `key` says what was done."""
    text = words.text
    if one.account is None:
        whose = text("outage.everybody")
    elif one.ticket is None:
        whose = text("outage.account", account=one.account)
    else:
        whose = text("outage.ticket", account=one.account, ticket=one.ticket)
    head = text(key, id=one.id)
    told = f"{head}\n{words.what(one)}\n{whose}"
    hints = [text("outage.exact", span=iso(one.outage), zone=words.zone.key)]
    if one.withdrawn is None:
        hints.append(text("outage.undo", id=one.id))
    return Message(text=told, blocks=[section(told), context("\n".join(hints))])


def uptime(
    terms: Terms, estimate: UptimeEstimate, found: Sequence[RecordedOutage], *, with_ids: bool
) -> Message:
    """The estimate of a month, and the outages that it was made from, the earliest first."""
    text, guarantee = terms.text, estimate.guarantee
    words = OutageWords(text, terms.policy, terms.zone)
    head = text("uptime.head", account=terms.name, month=estimate.month)
    verdict = text(
        "uptime.met" if estimate.is_guarantee_met else "uptime.missed", guaranteed=guarantee.percent
    )
    down = text.exact_length(estimate.downtime) if estimate.downtime else text("uptime.no_downtime")
    facts = [
        text("uptime.percent", percent=estimate.uptime_percent, down=down),
        verdict,
        text("uptime.credit", credit=estimate.credit_percent)
        if estimate.credit
        else text("uptime.no_credit"),
    ]
    if not estimate.is_over:
        facts.append(text("uptime.so_far", time=words.time(estimate.known_until)))
    lines = [f"• {words.what(one)}" + (f" · {one.id}" if with_ids else "") for one in found]
    body = fitted_lines(lines[-MOST_SHOWN:])
    hidden = len(lines) - len(body.splitlines())
    blocks: list[Block] = [section(head), section("\n".join(facts)), section(body or text("uptime.none"))]
    if hidden:
        blocks.append(context(text("uptime.more", count=hidden)))
    named = text.listed([words.component(key) for key in guarantee.components])
    blocks.append(context(text("uptime.hint", components=named)))
    return Message(text="\n".join([head, *facts]), blocks=blocks)


def iso(outage: Outage) -> str:
    """`2026-10-03T10:00:00Z/2026-10-03T11:30:00Z`; `..` where there is no end."""
    end = _iso(outage.end) if outage.end else ".."
    return f"{_iso(outage.start)}/{end}"


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
