"""A ticket with all that happened to it: what figures are made from."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from policy import timeline as log
from policy.periods import iso_weeks
from policy.tickets import Ticket
from policy.timeline import Entry


class History(msgspec.Struct, frozen=True):
    """A ticket as it is now, and its whole timeline in order."""

    ticket: Ticket
    entries: Sequence[Entry]

    def open_spans(self) -> list[tuple[datetime, datetime | None]]:
        """While it was open, `[start, end)`, in order; the end is None while it is."""
        spans: list[tuple[datetime, datetime | None]] = []
        since: datetime | None = self.ticket.opened
        for entry in self.entries:
            if isinstance(entry, log.Resolved | log.Cancelled | log.Merged) and since is not None:
                spans.append((since, entry.at))
                since = None
            elif isinstance(entry, log.Reopened) and since is None:
                since = entry.at
        return spans if since is None else [*spans, (since, None)]

    def weeks(self) -> list[datetime]:
        """An instant of each ISO week (UTC) in which it was open or changed, up to its last change; from when a
        caller reported it, since its clock may have run out before it was opened."""
        first = self.ticket.reported or self.ticket.opened
        found = set(iso_weeks(min(first, self.ticket.opened), self.ticket.opened))
        for start, end in self.open_spans():
            found.update(iso_weeks(start, end or max(start, self.ticket.moved)))
        for entry in self.entries:
            found.update(iso_weeks(entry.at, entry.at))
        return sorted(found)
