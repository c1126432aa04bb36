"""The ticket: one record that holds all that rules ask about an incident, and where it lives in Slack."""

from datetime import datetime
from enum import StrEnum

import msgspec

from policy.clocks import Clock
from policy.pages import PageAction, PageKind
from policy.plans import Target
from policy.support_time import Coverage
from policy.words import Language


class State(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"
    MERGED = "merged"


class Person(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Somebody in Slack: the user's id, and the id of the team that the user belongs to."""

    user: str
    team: str


class MessageRef(msgspec.Struct, frozen=True, gc=False):
    """A message in Slack: the id of its channel and its `ts`."""

    channel: str
    ts: str


class Room(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A place where a ticket is talked about: a channel (thread None), or a thread of one."""

    channel: str
    thread: str | None = None


class Update(msgspec.Struct, frozen=True, gc=False):
    """The last thing that the customer heard from staff."""

    at: datetime
    by: str
    text: str


class Waiting(msgspec.Struct, frozen=True, gc=False):
    """Staff wait for the customer: since when, who said so, and why (a text for staff)."""

    since: datetime
    by: str
    reason: str


class Proposal(msgspec.Struct, frozen=True, gc=False):
    """Staff proposed an instant for the next update that only the customer can agree to."""

    by: str
    made: datetime
    next_at: datetime


class OutOfScope(msgspec.Struct, frozen=True, gc=False):
    """Staff marked it as out of scope: when, who, and for which of the policy's reasons, by its key."""

    at: datetime
    by: str
    reason: str


class Confirmation(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The customer's word that it is solved. `by` is None where nobody answered and it was confirmed by itself."""

    at: datetime
    by: Person | None = None


class Score(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """How satisfied the customer was, from 1 (not at all) to 5, and what was said about it."""

    value: int
    by: Person
    at: datetime
    comment: str = ""


class Ticket(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """An incident. Ids are `KEY-NUMBER`, counted from 1 inside the account.

    `policy`, `plan`, `region`, `tier`, `edition`, `language`, and the account's own `hours` and `targets` are
    frozen at opening. `not_contact`: its opener is not a designated technical contact. `chosen` is the severity
    that the person chose (None: not sure) and `suggested` what the answers suggested (None: nothing).
    `clock` is the promise that runs now (None: none does). `owner` is a user id, set by an assignment or the
    first acknowledgement; `acknowledged` is when staff first answered (None: nobody has, and the owner is only
    assigned). `out_of_scope` is None within scope, `link` the address of the same ticket in the support portal.
    `customer` is the thread in the account's channel, `staff` the room where only staff are, `card` the ticket's
    card there, `call` the message that called for somebody to take it; each is None until it has been made.
    `reminder` is the one live reminder. `reported` is when a caller told staff, who opened it later (None: it was
    opened at once). `closed` is when it was cancelled or merged, `merged_into` another ticket's id.
    `stranger`: its opener belongs neither to the account nor to the vendor. `caller` names who told staff. `asked` is
    when the customer last asked for an update, `wished` the more urgent severity that they asked for and staff
    have not decided about (None: there is no such wish).
    `resolved_by` is a user id, `cause` the key of one of the policy's (None: not said), `replied` when the customer
    last wrote after it was resolved, `closing` the message in the thread that told of it and asks whether it is so.
    `score` outlives a reopening. `staff_rooms` counts the incident channels that it has had. `moved` is the instant
    of the last change: time on a ticket never runs backwards.
    """

    id: str
    account: str
    policy: str
    plan: str
    region: str
    tier: int
    edition: str
    language: Language
    title: str
    severity: str
    opened: datetime
    opener: Person
    channel: str
    moved: datetime
    description: str = ""
    impact: str | None = None
    production: bool = True
    component: str | None = None
    product_version: str | None = None
    chosen: str | None = None
    suggested: str | None = None
    needs_classification: bool = False
    state: State = State.OPEN
    owner: str | None = None
    acknowledged: datetime | None = None
    clock: Clock | None = None
    last_update: Update | None = None
    snoozed_until: datetime | None = None
    resolved: datetime | None = None
    resolution: str = ""
    customer: Room | None = None
    staff: Room | None = None
    card: MessageRef | None = None
    call: MessageRef | None = None
    reminder: MessageRef | None = None
    reported: datetime | None = None
    waiting: Waiting | None = None
    proposal: Proposal | None = None
    closed: datetime | None = None
    merged_into: str | None = None
    hours: str | None = None
    targets: dict[str, Target] | None = None
    not_contact: bool = False
    out_of_scope: OutOfScope | None = None
    link: str | None = None
    stranger: bool = False
    caller: str = ""
    asked: datetime | None = None
    wished: str | None = None
    resolved_by: str | None = None
    cause: str | None = None
    replied: datetime | None = None
    confirmed: Confirmation | None = None
    score: Score | None = None
    closing: MessageRef | None = None
    staff_rooms: int = 1
    paged: dict[PageKind, PageAction] = {}

    @property
    def number(self) -> int:
        return int(self.id.rpartition("-")[2])

    @property
    def coverage(self) -> Coverage:
        """The terms it was opened under."""
        return Coverage(
            plan=self.plan,
            region=self.region,
            production=self.production,
            hours=self.hours,
            targets=self.targets or {},
        )

    @property
    def is_open(self) -> bool:
        return self.state is State.OPEN


def ticket_id(account: str, number: int) -> str:
    """The id of an account's ticket with that number, which is at least 1."""
    return f"{account}-{number}"


def account_of(ticket: str) -> str:
    """The account's key in a ticket's id."""
    return ticket.rpartition("-")[0]
