"""Effects: what must be done in Slack because a ticket changed. Queued with the change, delivered in order.

A ticket has two lanes, the customer's side and the staff's. Their effects are types of their own, so that no
code can put a staff text on the customer's side: the customer lane takes a `CustomerEffect` and nothing else.
Messages are rendered when they are delivered; an effect carries only what the ticket itself cannot tell.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

import msgspec

from policy.clocks import ClockKind, Lateness
from policy.pages import PageAction, PageKind
from policy.periods import Period
from policy.tickets import MessageRef, Person
from policy.words import Language


class Lane(StrEnum):
    """The customer's side, the staff's, and one for each way of paging, so that neither side waits for a pager."""

    CUSTOMER = "customer"
    STAFF = "staff"
    PAGERDUTY = "pagerduty"
    WEBHOOK = "webhook"


PAGING: Final = (Lane.PAGERDUTY, Lane.WEBHOOK)


# The customer's side: public updates and the bot's own public messages.


class PostThread(msgspec.Struct, frozen=True, tag="post_thread"):
    """Start the ticket's thread in the account's channel, mentioning the opener."""


class TellContacts(msgspec.Struct, frozen=True, tag="tell_contacts"):
    """Tell these designated contacts that somebody who is none of them opened the ticket."""

    users: tuple[str, ...]


class RefreshThread(msgspec.Struct, frozen=True, tag="refresh_thread"):
    """Edit the root of the thread so that it tells how the ticket stands."""


class TellAcknowledged(msgspec.Struct, frozen=True, tag="tell_acknowledged"):
    """Tell the customer who is on it, and by when the next update is promised (None: on request)."""

    by: str
    next_update: datetime | None


class TellUpdate(msgspec.Struct, frozen=True, tag="tell_update", omit_defaults=True):
    """Post a public update that staff wrote. `proposed`: a later next update, with a button to agree to it."""

    by: str
    text: str
    next_update: datetime | None
    proposed: datetime | None = None


class TellAgreed(msgspec.Struct, frozen=True, tag="tell_agreed"):
    """Tell the customer's side who agreed, and by when the next update comes."""

    by: Person
    next_update: datetime


class TellAsked(msgspec.Struct, frozen=True, tag="tell_asked", omit_defaults=True):
    """Tell the customer that the question for an update arrived, and by when one is promised (None: nothing is
    promised; a severity without cadence). `escalated`: what is late has been escalated by the question."""

    by: Person
    next_update: datetime | None
    escalated: bool = False


class TellLate(msgspec.Struct, frozen=True, tag="tell_late"):
    """Tell the customer that a promise is late since `due` and has been escalated, and what comes next."""

    clock: ClockKind
    due: datetime


class TellWorse(msgspec.Struct, frozen=True, tag="tell_worse", omit_defaults=True):
    """Tell the customer that staff know that it got worse, and by when the next update comes (None: on request)."""

    by: Person
    text: str
    next_update: datetime | None
    wished: str | None = None


class TellReopened(msgspec.Struct, frozen=True, tag="tell_reopened"):
    """Tell the customer that it is worked on again, and by when the next update comes (None: on request)."""

    by: str
    next_update: datetime | None


class TellCancelled(msgspec.Struct, frozen=True, tag="tell_cancelled"):
    """Tell the customer that the ticket was cancelled. The reason is for staff and is not told."""


class TellMerged(msgspec.Struct, frozen=True, tag="tell_merged"):
    """Tell the customer which ticket of theirs it goes on as."""

    into: str


class TellOutOfScope(msgspec.Struct, frozen=True, tag="tell_out_of_scope"):
    """Tell the customer, in the policy's own words, why support does not cover it."""

    text: str


class TellInScope(msgspec.Struct, frozen=True, tag="tell_in_scope"):
    """Tell the customer that support covers it after all."""


class TellResolved(msgspec.Struct, frozen=True, tag="tell_resolved"):
    """Tell the customer that it is resolved, and how; ask whether it is so."""

    by: str
    text: str


class RefreshResolved(msgspec.Struct, frozen=True, tag="refresh_resolved"):
    """Edit the message that told of the resolution, so that it asks what is to be asked now."""

    by: str
    text: str


# The staff's side.


class OpenRoom(msgspec.Struct, frozen=True, tag="open_room"):
    """Make the incident channel, found again by its fixed name; nothing to make where a thread serves."""


class RestoreRoom(msgspec.Struct, frozen=True, tag="restore_room"):
    """Make another incident channel where the ticket's own was archived, which no bot can undo."""


class PostCard(msgspec.Struct, frozen=True, tag="post_card"):
    """Post the ticket's card: in the incident channel, or as the root of its thread in triage."""


class PostDetails(msgspec.Struct, frozen=True, tag="post_details"):
    """Post in the card's thread what the card leaves out: the description, the answers of the form, the terms."""


class PinCard(msgspec.Struct, frozen=True, tag="pin_card"):
    """Pin the card in the incident channel; nothing to pin where a thread serves."""


class RefreshCard(msgspec.Struct, frozen=True, tag="refresh_card"):
    """Edit the card so that it tells how the ticket stands."""


class CallOnCall(msgspec.Struct, frozen=True, tag="call_on_call", omit_defaults=True):
    """Mention the region's on-call target in triage, and say where the ticket is worked on. Not `page`: support
    is closed, and nobody is mentioned yet."""

    page: bool = True


class RefreshCall(msgspec.Struct, frozen=True, tag="refresh_call"):
    """Edit the call in triage so that it tells who has the ticket."""


class Invite(msgspec.Struct, frozen=True, tag="invite"):
    """Invite a user into the incident channel (None: the region's on-call target)."""

    user: str | None = None


class NoteUndelivered(msgspec.Struct, frozen=True, tag="note_undelivered"):
    """Tell staff that something did not reach the customer."""

    error: str


class NoteAcknowledged(msgspec.Struct, frozen=True, tag="note_acknowledged"):
    by: str


class NoteUpdate(msgspec.Struct, frozen=True, tag="note_update"):
    """Tell staff what the customer has just heard."""

    by: str
    text: str


class NoteReply(msgspec.Struct, frozen=True, tag="note_reply", omit_defaults=True):
    """Show staff what somebody wrote in the customer's thread. `files` are the ids of files that stand in it without
    a name, since Slack tells no more of what people of another company send."""

    by: Person
    text: str
    files: tuple[str, ...] = ()


class NoteEdited(msgspec.Struct, frozen=True, tag="note_edited", omit_defaults=True):
    """Show staff what a message in the customer's thread says now, or (None) that it is gone. `written` is when it
    was sent; `staff`: it was staff's own."""

    by: Person
    text: str | None
    written: datetime
    staff: bool = False


class NoteWorse(msgspec.Struct, frozen=True, tag="note_worse", omit_defaults=True):
    """Tell the owner (while nobody is: the on-call target) that the customer says it got worse, with buttons to
    reclassify. Not `page`: support is closed for it, and nobody is mentioned."""

    by: Person
    text: str
    page: bool
    wished: str | None = None


class NoteSnoozed(msgspec.Struct, frozen=True, tag="note_snoozed"):
    by: str
    until: datetime


class NoteResolved(msgspec.Struct, frozen=True, tag="note_resolved"):
    by: str
    text: str


class NoteConfirmed(msgspec.Struct, frozen=True, tag="note_confirmed"):
    """Tell staff who of the customer confirmed that it is solved."""

    by: Person


class NoteScored(msgspec.Struct, frozen=True, tag="note_scored", omit_defaults=True):
    """Tell staff the customer's score, the one before it (None: it is the first), and what was said about it."""

    by: Person
    value: int
    before: int | None = None
    comment: str = ""


class NoteMissed(msgspec.Struct, frozen=True, tag="note_missed"):
    """Show staff why a promise was missed, as one of them said."""

    by: str
    clock: ClockKind
    due: datetime
    reason: str


class NoteWrittenByStaff(msgspec.Struct, frozen=True, tag="note_internal"):
    """Show an internal note where staff work on the ticket."""

    by: str
    text: str


class NoteAsked(msgspec.Struct, frozen=True, tag="note_asked"):
    """Tell the owner (while nobody is: the on-call target) that the customer asks for an update, which is
    promised by `due` (None: not). Not `page`: support is closed, and nobody is mentioned."""

    by: Person
    due: datetime | None
    page: bool


class NoteAgreed(msgspec.Struct, frozen=True, tag="note_agreed"):
    """Tell staff that the customer agreed to a later next update."""

    by: Person
    due: datetime


class NoteWaiting(msgspec.Struct, frozen=True, tag="note_waiting"):
    """Tell staff that the customer is waited for, and whether a clock stands still."""

    by: str
    reason: str
    paused: bool


class NoteResumed(msgspec.Struct, frozen=True, tag="note_resumed"):
    """Tell staff that the customer is waited for no longer; `due` is the next deadline (None: no clock runs)."""

    by: str
    due: datetime | None


class NoteSeverity(msgspec.Struct, frozen=True, tag="note_severity"):
    """Tell staff of another severity: whose decision, and both deadlines (None: no clock ran, or runs). Not
    `page`: support is closed, and nobody is mentioned. `breached`: it is late at once by the new promise."""

    by: str
    old: str
    new: str
    reason: str
    old_due: datetime | None
    due: datetime | None
    breached: bool
    page: bool


class NoteProduction(msgspec.Struct, frozen=True, tag="note_production"):
    """Tell staff that it is about production, or is not, after all; the rest as in `NoteSeverity`."""

    by: str
    production: bool
    reason: str
    old_due: datetime | None
    due: datetime | None
    breached: bool
    page: bool


class NoteAssigned(msgspec.Struct, frozen=True, tag="note_assigned"):
    """Tell the new owner, with a summary of the ticket, and the one who had it before (None: nobody)."""

    by: str
    to: str
    before: str | None


class NoteJoined(msgspec.Struct, frozen=True, tag="note_joined"):
    """Let somebody in where it is worked on: invited into the incident channel; in a thread, mentioned there."""

    user: str


class NoteScope(msgspec.Struct, frozen=True, tag="note_scope"):
    """Tell staff that it was marked as out of scope, and why (None: as covered after all)."""

    by: str
    reason: str | None


class NoteReopened(msgspec.Struct, frozen=True, tag="note_reopened"):
    """Tell the owner that it is open again, and by when the customer expects an update (None: on request)."""

    by: str
    reason: str
    due: datetime | None
    page: bool


class NoteCancelled(msgspec.Struct, frozen=True, tag="note_cancelled"):
    by: str
    reason: str


class NoteMerged(msgspec.Struct, frozen=True, tag="note_merged"):
    by: str
    into: str
    reason: str


class NoteTookOver(msgspec.Struct, frozen=True, tag="note_took_over"):
    """Tell staff on a ticket that another one goes on as this one."""

    by: str
    merged: str


class Escalate(msgspec.Struct, frozen=True, tag="escalate"):
    """Have the account's escalation target and its TAM told of a silence, each by an `EscalateTo`: what is late and
    by how much, how many promises were missed in a row, and who had to ask (None: nobody did)."""

    clock: ClockKind
    due: datetime
    missed: int
    late: Lateness
    asked_by: str | None = None


class EscalateTo(msgspec.Struct, frozen=True, tag="escalate_to"):
    """Tell one of them: a user, a user group or a channel (None: triage, mentioning nobody)."""

    target: str | None
    silence: Escalate


class ShrinkReminder(msgspec.Struct, frozen=True, tag="shrink_reminder"):
    """Shrink a reminder that has been answered, or followed by a newer one, to one line."""

    message: MessageRef
    answered_by: str | None
    at: datetime


# Outside of Slack.


class Page(msgspec.Struct, frozen=True, tag="page"):
    """Raise, acknowledge or resolve an alert about the ticket, through the pager whose lane it is in."""

    kind: PageKind
    action: PageAction


# What belongs to no ticket.


class PinSupportButton(msgspec.Struct, frozen=True, tag="pin_support_button"):
    """Have the pinned message with the buttons for customers stand in an account's channel, as it is today."""

    account: str
    channel: str


class OfferForm(msgspec.Struct, frozen=True, tag="offer_form"):
    """Answer a message with a button that opens the form, prefilled with `title`, or where that is empty with what
    the message says then. `message` is its `ts` (empty, from an earlier version: that of the thread); one that has
    been offered before is left alone."""

    account: str
    channel: str
    thread: str
    user: str
    title: str
    message: str = ""


class CloseOffer(msgspec.Struct, frozen=True, tag="close_offer"):
    """An offer has become a ticket, whose id it shows in place of its button. `offer` is the offer's own `ts`,
    `message` that of the message that it was made for."""

    account: str
    channel: str
    offer: str
    message: str
    ticket: str


class SendSummary(msgspec.Struct, frozen=True, tag="send_summary", omit_defaults=True):
    """Send the chart of an account's summary, or its report, as a file to whoever asked for it, in a direct message.
    With `channel` (the account's own) it is for the customer's people there, in `thread` if one is named: then, or
    with `customer`, in the form that the customer may read."""

    account: str
    period: Period
    shape: Literal["chart", "report"]
    by: Person
    language: Language
    channel: str | None = None
    thread: str | None = None
    customer: bool = False

    @property
    def for_customer(self) -> bool:
        """What stands in a channel that customers read is theirs, whatever was asked for."""
        return self.customer or self.channel is not None


class NoteChannel(msgspec.Struct, frozen=True, tag="note_channel", omit_defaults=True):
    """Tell staff in triage what became of an account's channel. `team` is the other company's."""

    account: str
    channel: str
    what: Literal["shared", "unshared", "bot_removed", "archived", "moved"]
    team: str | None = None


class NoteOutsider(msgspec.Struct, frozen=True, tag="note_outsider"):
    """Tell staff in triage that somebody who is a guest or of another company has come into a ticket's incident
    channel; nothing of anybody else."""

    ticket: str
    channel: str
    user: str


CustomerEffect = (
    PostThread
    | TellContacts
    | RefreshThread
    | TellAcknowledged
    | TellUpdate
    | TellAgreed
    | TellAsked
    | TellOutOfScope
    | TellInScope
    | TellWorse
    | TellLate
    | TellResolved
    | RefreshResolved
    | TellReopened
    | TellCancelled
    | TellMerged
)
StaffEffect = (
    OpenRoom
    | RestoreRoom
    | PostCard
    | PostDetails
    | PinCard
    | RefreshCard
    | CallOnCall
    | RefreshCall
    | Invite
    | Escalate
    | EscalateTo
    | NoteUndelivered
    | NoteAcknowledged
    | NoteUpdate
    | NoteReply
    | NoteEdited
    | NoteWorse
    | NoteWrittenByStaff
    | NoteMissed
    | NoteAsked
    | NoteAgreed
    | NoteSnoozed
    | NoteWaiting
    | NoteResumed
    | NoteSeverity
    | NoteProduction
    | NoteAssigned
    | NoteJoined
    | NoteScope
    | NoteResolved
    | NoteConfirmed
    | NoteScored
    | NoteReopened
    | NoteCancelled
    | NoteMerged
    | NoteTookOver
    | ShrinkReminder
)
DeskEffect = PinSupportButton | OfferForm | CloseOffer | NoteChannel | NoteOutsider | SendSummary
Effect = CustomerEffect | StaffEffect | DeskEffect | Page
