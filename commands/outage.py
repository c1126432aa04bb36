"""Outages of the vendor's product, as staff record them: `/incident outage [ID] COMPONENT FROM-UNTIL [maintenance]`.

On a ticket it concerns that ticket's account, by itself everybody. `-11:30` or `until 11:30` in place of the span
ends the open one; `/incident outage withdraw O3 REASON` takes back a slip.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from commands.callers import Asked, Caller
from commands.handling import MOST_CONFLICTS, NoTicket, TooManyConflicts, change, find, ticket_here, zone_of
from commands.ports import Desk
from commands.spans import BadSpan, Fault, Span, read_span
from commands.views.escape import fitted
from commands.views.lists import problem
from commands.views.message import Message
from commands.views.outages import OutageWords, recorded
from commands.wall import first_word, tidied
from policy.changes import Change
from policy.commits import Conflict
from policy.outages import (
    AlreadyOpen,
    AlreadyRecorded,
    EndsTooEarly,
    NoSuchOutage,
    NothingOpen,
    OutageEntry,
    Outages,
    RecordedOutage,
    read_outage_id,
)
from policy.records import note_outage
from policy.schema import LANGUAGES, Component, Policy
from policy.tickets import Ticket
from policy.timeline import OutageAct, OutageNoted
from policy.uptime import Outage

FARTHEST: Final = timedelta(days=92)
"""Maintenance is announced at most so long before; later is a slip of the pen."""
CLOCKS_DIFFER: Final = timedelta(minutes=1)
"""A person's clock may be so much ahead of ours, and shows whole minutes."""
LONGEST_REASON: Final = 200

NotRecorded = AlreadyOpen | AlreadyRecorded | NothingOpen | EndsTooEarly | NoSuchOutage
Decide = Callable[[Outages, datetime], OutageEntry | NotRecorded]

_MAINTENANCE: Final = re.compile(
    r"\s(?:maintenance|メンテナンス)$|^(?:maintenance|メンテナンス)\s", re.IGNORECASE
)
_FAULTS: Final = {
    Fault.UNREADABLE: "error.span.unreadable",
    Fault.ZONES: "error.span.zones",
    Fault.NO_SUCH_TIME: "error.span.no_such_time",
    Fault.TWICE: "error.span.twice",
    Fault.REVERSED: "error.span.reversed",
}


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom an outage concerns: an account, by the ticket it is recorded on, or (None) everybody. `zone` is that of
    times without one."""

    account: str | None
    ticket: str | None
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Kept:
    """It is in the history, by this operation, now or before."""

    outage: RecordedOutage


async def change_outages(
    desk: Desk, account: str | None, operation: str, decide: Decide
) -> Kept | NotRecorded:
    """Decide on the outages of an account, or (None) of everybody, as they are kept, and add what follows; while
    others were quicker, decide again. Raises TooManyConflicts, and the store's errors."""
    for _ in range(MOST_CONFLICTS):
        base = await desk.outages.of(account)
        if before := base.carried_out(operation):
            return Kept(before)
        decided = decide(base, desk.clock.now())
        if isinstance(decided, NotRecorded):
            return decided
        after = await desk.outages.add(base, decided)
        if not isinstance(after, Conflict) and (now := after.carried_out(operation)):
            return Kept(now)
    raise TooManyConflicts("outages")


async def by_command(desk: Desk, asked: Asked) -> Message:
    who, text = asked.who, asked.who.text
    if not who.is_staff:
        return problem(text, "error.staff_only")
    first, rest = first_word(asked.words)
    if first.lower() == "withdraw":
        return await _withdraw(desk, asked, rest)
    ticket, rest = await ticket_here(desk, asked)
    if ticket is None and not who.everywhere:
        return problem(text, "error.outage.everywhere")
    concerned = await _concerned(desk, who, ticket)
    if isinstance(concerned, NoTicket):
        return problem(text, "error.no_ticket", id=concerned.id)
    policy, now = desk.policies.current, desk.clock.now()
    words = OutageWords(text, policy, concerned.zone)
    component, rest = read_component(policy, rest)
    if component is None:
        known = text.listed([f"`{key}`" for key in policy.components])
        return _with_examples(words, "error.outage.component", components=known)
    maintenance, rest = read_maintenance(rest)
    try:
        span = read_span(rest, concerned.zone, now)
    except BadSpan as bad:
        what = fitted(bad.what, 100)
        return _with_examples(words, _FAULTS[bad.fault], what=what, zone=concerned.zone.key)
    if late := too_late(span, now, maintenance=maintenance):
        return _with_examples(words, late, days=FARTHEST.days)
    return await _kept(desk, asked, words, concerned, component.key, span, maintenance)


def read_component(policy: Policy, words: str) -> tuple[Component | None, str]:
    """The component that the words begin with, by its key or its name in either language, and the words after it.
    The longest name wins; None: no component, or two of the same name."""
    plain = tidied(words)
    best, rest = set[str](), 0
    for component in policy.components.values():
        for name in (component.key, *(component.name[language] for language in LANGUAGES)):
            said = tidied(name)
            length = len(said)
            if plain[:length].casefold() != said.casefold() or plain[length : length + 1].strip():
                continue
            if length > rest:
                best, rest = set(), length
            if length == rest:
                best.add(component.key)
    if len(best) != 1:
        return None, plain
    return policy.components[best.pop()], plain[rest:].strip()


def read_maintenance(words: str) -> tuple[bool, str]:
    """Whether it is announced maintenance, and the words without that one."""
    rest = _MAINTENANCE.sub("", words)
    return rest != words, rest.strip()


def too_late(span: Span, now: datetime, *, maintenance: bool) -> str | None:
    """The key of what is wrong with a span that lies in the future; None when nothing is. What is announced may lie
    ahead; an outage has happened, or begun."""
    last = max(at for at in (span.start, span.end) if at)
    if maintenance:
        return "error.outage.far" if last > now + FARTHEST else None
    return "error.outage.future" if last > now + CLOCKS_DIFFER else None


async def _concerned(desk: Desk, who: Caller, ticket: str | None) -> Concerned | NoTicket:
    if ticket is None:
        return Concerned(None, None, ZoneInfo("UTC"))
    found = await find(desk, who, ticket)
    if isinstance(found, NoTicket):
        return found
    kept = found.ticket
    return Concerned(kept.account, kept.id, zone_of(desk.policies.of(kept.policy), kept))


async def _kept(
    desk: Desk,
    asked: Asked,
    words: OutageWords,
    concerned: Concerned,
    component: str,
    span: Span,
    maintenance: bool,
) -> Message:
    by, operation = asked.who.person.user, asked.operation

    def decide(outages: Outages, now: datetime) -> OutageEntry | NotRecorded:
        if span.start is None:
            assert span.end is not None
            return outages.close(
                component,
                span.end,
                announced_maintenance=maintenance,
                by=by,
                operation=operation,
                now=now,
            )
        outage = Outage(component, span.start, span.end, maintenance)
        return outages.record(outage, ticket=concerned.ticket, by=by, operation=operation, now=now)

    outcome = await change_outages(desk, concerned.account, operation, decide)
    what = OutageAct.CLOSED if span.start is None else OutageAct.RECORDED
    await _on_timeline(desk, asked, outcome, what)
    done = "done.outage.closed" if span.start is None else "done.outage.recorded"
    return _told(words, outcome, done, component)


async def _withdraw(desk: Desk, asked: Asked, rest: str) -> Message:
    text = asked.who.text
    first, reason = first_word(rest)
    named = read_outage_id(first)
    if named is None or not reason:
        return problem(text, "error.outage.withdraw")
    if len(reason) > LONGEST_REASON:
        return problem(text, "error.text_long", limit=LONGEST_REASON)
    account, number = named
    roles = asked.who.everywhere if account is None else asked.who.roles_on(account)
    if not roles:
        return problem(text, "error.outage.none", id=first.upper())
    by, operation = asked.who.person.user, asked.operation

    def decide(outages: Outages, now: datetime) -> OutageEntry | NotRecorded:
        return outages.withdraw(number, reason, by=by, operation=operation, now=now)

    outcome = await change_outages(desk, account, operation, decide)
    await _on_timeline(desk, asked, outcome, OutageAct.WITHDRAWN)
    if isinstance(outcome, NoSuchOutage):
        return problem(text, "error.outage.none", id=first.upper())
    policy = desk.policies.current
    known = desk.directory().accounts.get(account or "")
    region = policy.regions.get(known.region) if known else None
    zone = region.tz if region else ZoneInfo("UTC")
    return _told(OutageWords(text, policy, zone), outcome, "done.outage.withdrawn", "")


async def _on_timeline(desk: Desk, asked: Asked, outcome: Kept | NotRecorded, what: OutageAct) -> None:
    """What was recorded on a ticket stands on its timeline too; so does what an earlier attempt recorded and could
    not note there. Raises the store's errors."""
    match outcome:
        case Kept(outage) | AlreadyRecorded(outage):
            pass
        case _:
            return
    if outage.ticket is None:
        return
    noted = await desk.tickets.timeline(outage.ticket)
    if any(isinstance(one, OutageNoted) and (one.id, one.what) == (outage.id, what) for one in noted):
        return
    by = asked.who.person.user

    def decide(policy: Policy, current: Ticket, now: datetime) -> Change:
        del policy
        return note_outage(current, outage, what, by, now)

    await change(desk, outage.ticket, f"{asked.operation}:timeline", decide)


def _told(words: OutageWords, outcome: Kept | NotRecorded, done: str, component: str) -> Message:
    match outcome:
        case Kept(outage):
            return recorded(words, outage, done)
        case AlreadyOpen(other):
            return words.refused("error.outage.open", other)
        case AlreadyRecorded(other):
            return words.refused("error.outage.recorded", other)
        case EndsTooEarly(other):
            return words.refused("error.outage.early", other)
        case NothingOpen(None):
            return _with_examples(words, "error.outage.nothing_open", component=words.component(component))
        case NothingOpen(other):
            assert other is not None
            is_maintenance = other.outage.announced_maintenance
            key = "error.outage.only_maintenance" if is_maintenance else "error.outage.no_maintenance"
            return words.refused(key, other)
        case NoSuchOutage():
            raise AssertionError("only a withdrawal names an outage")


def _with_examples(words: OutageWords, key: str, **values: object) -> Message:
    """What is wrong, and how to write it."""
    return problem(words.text, key, examples=words.text("error.outage.examples"), **values)
