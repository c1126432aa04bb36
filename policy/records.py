"""What is put on record on a ticket and moves no clock: the vendor's own ticket of it elsewhere, outages."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

from msgspec.structs import replace

from policy import effects as do
from policy import timeline as log
from policy.changes import Change
from policy.outages import RecordedOutage
from policy.tickets import Ticket

LONGEST_LINK = 1_000


@dataclass(frozen=True, slots=True)
class SameLink:
    """That is the link that it has already (None: it has none)."""

    url: str | None


def link(ticket: Ticket, by: str, url: str | None, now: datetime) -> Change | SameLink:
    """Staff name the ticket's address in the support portal, where the customer can follow it too; None takes it
    back. `url` as `read_link` gives it. A ticket that has ended may still be linked."""
    if ticket.link == url:
        return SameLink(url)
    now = max(now, ticket.moved)
    return Change(
        replace(ticket, link=url, moved=now),
        entries=(log.Linked(at=now, by=by, url=url),),
        customer=(do.RefreshThread(),),
        staff=(do.RefreshCard(),),
    )


def read_link(text: str) -> str | None:
    """An address that may be shown as a link, as it is kept: http or https, with a host, no name or password in
    it, of at most `LONGEST_LINK` characters. None for any other text."""
    written = text.strip()
    if any(character.isspace() or not character.isprintable() for character in written):
        return None
    try:
        parts = urlsplit(written)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host or "@" in parts.netloc or "\\" in written:
        return None
    # What would end a link in Slack's markup, and everything that is not ASCII, is written in percent.
    kept = quote(written, safe="%:/?#[]@!$&'()*+,;=~-._")
    return kept if len(kept) <= LONGEST_LINK else None


def note_outage(
    ticket: Ticket, outage: RecordedOutage, what: log.OutageAct, by: str, now: datetime
) -> Change:
    """What staff recorded of an outage on this ticket stands on its timeline too."""
    now = max(now, ticket.moved)
    entry = log.OutageNoted(at=now, by=by, what=what, id=outage.id, outage=outage.outage)
    return Change(replace(ticket, moved=now), entries=(entry,))
