"""Effects: what must be done in Slack because a ticket changed. Queued with the change, delivered in order.

A ticket has two lanes, the customer's side and the staff's. Their effects are types of their own, so that no
code can put a staff text on the customer's side: the customer lane takes a `CustomerEffect` and nothing else.
Messages are rendered when they are delivered; an effect carries only what the ticket itself cannot tell.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from policy.tickets import MessageRef, Person


class Lane(StrEnum):
    CUSTOMER = "customer"
    STAFF = "staff"


# The customer's side: public updates and the bot's own public messages.


class PostThread(msgspec.Struct, frozen=True, tag="post_thread"):
    """Start the ticket's thread in the account's channel, mentioning the opener."""


class RefreshThread(msgspec.Struct, frozen=True, tag="refresh_thread"):
    """Edit the root of the thread so that it tells how the ticket stands."""


class TellAcknowledged(msgspec.Struct, frozen=True, tag="tell_acknowledged"):
    """Tell the customer who is on it, and by when the next update is promised (None: on request)."""

    by: str
    next_update: datetime | None


class TellUpdate(msgspec.Struct, frozen=True, tag="tell_update"):
    """Post a public update that staff wrote."""

    by: str
    text: str
    next_update: datetime | None


class TellResolved(msgspec.Struct, frozen=True, tag="tell_resolved"):
    """Tell the customer that it is resolved, and how."""

    by: str
    text: str


# The staff's side.


class OpenRoom(msgspec.Struct, frozen=True, tag="open_room"):
    """Make the incident channel, found again by its fixed name; nothing to make where a thread serves."""


class PostCard(msgspec.Struct, frozen=True, tag="post_card"):
    """Post the ticket's card: in the incident channel, or as the root of its thread in triage."""


class RefreshCard(msgspec.Struct, frozen=True, tag="refresh_card"):
    """Edit the card so that it tells how the ticket stands."""


class CallOnCall(msgspec.Struct, frozen=True, tag="call_on_call"):
    """Mention the region's on-call target in triage, and say where the ticket is worked on."""


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


class NoteReply(msgspec.Struct, frozen=True, tag="note_reply"):
    """Show staff what somebody wrote in the customer's thread."""

    by: Person
    text: str


class NoteSnoozed(msgspec.Struct, frozen=True, tag="note_snoozed"):
    by: str
    until: datetime


class NoteResolved(msgspec.Struct, frozen=True, tag="note_resolved"):
    by: str
    text: str


class ShrinkReminder(msgspec.Struct, frozen=True, tag="shrink_reminder"):
    """Shrink a reminder that has been answered, or followed by a newer one, to one line."""

    message: MessageRef
    answered_by: str | None
    at: datetime


# What belongs to no ticket.


class PinSupportButton(msgspec.Struct, frozen=True, tag="pin_support_button"):
    """Post and pin the *Get support* button in an account's channel."""

    account: str
    channel: str


class OfferForm(msgspec.Struct, frozen=True, tag="offer_form"):
    """Answer a mention with a button that opens the form, prefilled with the words of the mention."""

    account: str
    channel: str
    thread: str
    user: str
    title: str


CustomerEffect = PostThread | RefreshThread | TellAcknowledged | TellUpdate | TellResolved
StaffEffect = (
    OpenRoom
    | PostCard
    | RefreshCard
    | CallOnCall
    | RefreshCall
    | Invite
    | NoteUndelivered
    | NoteAcknowledged
    | NoteUpdate
    | NoteReply
    | NoteSnoozed
    | NoteResolved
    | ShrinkReminder
)
DeskEffect = PinSupportButton | OfferForm
Effect = CustomerEffect | StaffEffect | DeskEffect
