"""Out of scope: what support does not cover, marked by staff for a reason that the policy lists. Source: policy.md
section 5."""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from policy import effects as do
from policy import timeline as log
from policy.changes import Change, NotOpen
from policy.schema import LANGUAGES, Policy, ScopeReason
from policy.tickets import OutOfScope, Ticket


@dataclass(frozen=True, slots=True)
class SameScope:
    """That is how it is marked already; `reason` is None where it is within scope."""

    reason: str | None


def mark_out_of_scope(
    policy: Policy, ticket: Ticket, by: str, reason: str, now: datetime
) -> Change | NotOpen | SameScope:
    """Staff say that support does not cover it, `reason` being a key of the policy's. The customer is told why in
    the policy's own words. It goes on as it is: no clock is met or moved by it."""
    if not ticket.is_open:
        return NotOpen(ticket)
    if ticket.out_of_scope is not None and ticket.out_of_scope.reason == reason:
        return SameScope(reason)
    now = max(now, ticket.moved)
    words = policy.scope_reasons[reason].text[ticket.language]
    return Change(
        replace(ticket, out_of_scope=OutOfScope(at=now, by=by, reason=reason), moved=now),
        entries=(log.ScopeJudged(at=now, by=by, reason=reason),),
        customer=(do.TellOutOfScope(text=words), do.RefreshThread()),
        staff=(do.NoteScope(by=by, reason=reason), do.RefreshCard()),
    )


def take_back_into_scope(ticket: Ticket, by: str, now: datetime) -> Change | NotOpen | SameScope:
    """It was marked by mistake: the customer is told that support covers it after all."""
    if not ticket.is_open:
        return NotOpen(ticket)
    if ticket.out_of_scope is None:
        return SameScope(None)
    now = max(now, ticket.moved)
    return Change(
        replace(ticket, out_of_scope=None, moved=now),
        entries=(log.ScopeJudged(at=now, by=by, reason=None),),
        customer=(do.TellInScope(), do.RefreshThread()),
        staff=(do.NoteScope(by=by, reason=None), do.RefreshCard()),
    )


def find_scope_reason(policy: Policy, words: str) -> ScopeReason | None:
    """The reason that words name: its key, its name in either language, or the beginning of just one of these, in
    any case."""
    wanted = _plain(words)
    if not wanted:
        return None
    exact, begun = [], []
    for reason in policy.scope_reasons.values():
        names = {_plain(reason.key), *(_plain(reason.name[language]) for language in LANGUAGES)}
        if wanted in names:
            exact.append(reason)
        if any(name.startswith(wanted) for name in names):
            begun.append(reason)
    found = exact or begun
    return found[0] if len(found) == 1 else None


def _plain(words: str) -> str:
    return " ".join(words.replace("-", " ").split()).casefold()
