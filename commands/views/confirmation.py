"""What the form turns into once the ticket is kept: its id, what is promised by when, and what else its opener should
know. Only the opener sees it, so a hotline number may stand here."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from slack_sdk.models.blocks import Block, PlainTextObject
from slack_sdk.models.views import View

from commands.text import Text
from commands.views.escape import fitted, joined, quoted
from commands.views.message import context, mention, section, severity_label
from policy.contacts import NotDesignated, Standing
from policy.entitlement import Entitlement, Hotline, OpensAt
from policy.schema import Policy
from policy.tickets import Ticket
from policy.versions import AskVersion, ConsultativeOnly, Supported, VersionSupport


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a confirmation is rendered from: the ticket, what it gets, and how its opener stands
    (None: there is nothing to say of that)."""

    text: Text
    policy: Policy
    ticket: Ticket
    entitlement: Entitlement
    standing: Standing | None
    zone: ZoneInfo
    now: datetime

    def time(self, at: datetime) -> str:
        return self.text.clock_time(at, self.zone, self.now)


def confirmation(receipt: Receipt) -> View:
    text, ticket = receipt.text, receipt.ticket
    told = [text("confirm.recorded", id=ticket.id, title=fitted(ticket.title, 400)), *_promised(receipt)]
    written = [quoted(ticket.description)] if ticket.description else []
    blocks: list[Block] = [section(one) for one in joined([*told, *notes(receipt), *written])]
    blocks.append(context(text("confirm.follow")))
    return View(
        type="modal",
        title=PlainTextObject(text=text("confirm.heading")),
        close=PlainTextObject(text=text("confirm.close")),
        blocks=blocks,
    )


def notes(receipt: Receipt) -> list[str]:
    """What the opener should know besides the promise, a line each; none when there is nothing."""
    text, ticket, found = receipt.text, receipt.ticket, receipt.entitlement
    lines = []
    if isinstance(found.hotline, Hotline):
        key = "confirm.hotline.classify" if found.hotline.to_classify else "confirm.hotline"
        lines.append(text(key, number=fitted(found.hotline.number, 100), id=ticket.id))
    if found.outside_cover:
        component = found.outside_cover.component.name[text.language]
        note = found.outside_cover.note[text.language]
        lines.append(text("confirm.cover", component=fitted(component, 100), note=fitted(note, 500)))
    if version := _version(text, found.version):
        lines.append(version)
    if isinstance(receipt.standing, NotDesignated):
        told = " ".join(mention(contact.user) for contact in receipt.standing.tell if contact.user)
        lines.append(text("confirm.not_contact.told", who=told) if told else text("confirm.not_contact"))
    return lines


def _promised(receipt: Receipt) -> list[str]:
    text, ticket = receipt.text, receipt.ticket
    label = severity_label(text, receipt.policy, ticket.severity)
    lines = []
    if ticket.clock is not None:
        due = receipt.time(ticket.clock.due)
        lines.append(text("confirm.promise", severity=label, time=due, zone=receipt.zone.key))
    if ticket.needs_classification:
        lines.append(text("confirm.not_sure", severity=label))
    if isinstance(receipt.entitlement.support, OpensAt):
        lines.append(_closed(receipt, receipt.entitlement.support.at))
    return lines


def _closed(receipt: Receipt, opens: datetime) -> str:
    """When support opens; and from when the clock runs, which for a target in business days is another instant."""
    ticket, text = receipt.ticket, receipt.text
    counted = receipt.policy.calendar(ticket.clock.calendar) if ticket.clock else None
    start = counted.next_opening(ticket.opened) if counted and not counted.is_open(ticket.opened) else None
    if start is None or start == opens:
        return text("confirm.closed", time=receipt.time(opens))
    return text("confirm.closed.business", time=receipt.time(opens), start=receipt.time(start))


def _version(text: Text, support: VersionSupport) -> str | None:
    match support:
        case Supported(release, _, fixes_in) if fixes_in is not None:
            return text("confirm.version.older", version=release.version, latest=fixes_in.version)
        case ConsultativeOnly(release, ended, current):
            day = text.day(ended)
            return text("confirm.version.old", version=release.version, day=day, latest=current.version)
        case AskVersion(None, _, current):
            return text("confirm.version.ask", latest=current.version)
        case AskVersion(given, near, current):
            meant = ", ".join(release.version for release in near) or current.version
            return text("confirm.version.unknown", version=fitted(given or "", 100), near=meant)
        case _:
            return None
