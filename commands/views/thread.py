"""The customer's side: the thread in the account's channel. What stands here, the customer reads."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from slack_sdk.models.blocks import Block, ButtonElement, PlainTextObject

from commands.text import Text
from commands.views import closing
from commands.views.escape import fitted, pieces
from commands.views.message import Message, actions, context, linked, mention, section, severity_label
from policy import effects as do
from policy.schema import Policy
from policy.tickets import State, Ticket

ASK_UPDATE: Final = "ask_update"
GOT_WORSE: Final = "got_worse"
AGREE_UPDATE: Final = "agree_update"
"""The button by which the customer agrees to a later next update; `agreed_to` reads its value."""


def root(text: Text, policy: Policy, ticket: Ticket, zone: ZoneInfo) -> Message:
    """The root of the thread: who reported what, and how it stands. Edited in place."""
    label = severity_label(text, policy, ticket.severity)
    title = fitted(ticket.title, 400)
    head = text("thread.root", id=ticket.id, severity=label, title=title, opener=mention(ticket.opener.user))
    blocks = [section(head)]
    if ticket.description:
        blocks += [section(piece) for piece in pieces(ticket.description, mark=">")]
    facts = [text("thread.production" if ticket.production else "thread.not_production")]
    if ticket.component and ticket.component in policy.components:
        facts.append(fitted(policy.components[ticket.component].name[text.language], 100))
    if ticket.caller:
        facts.append(text("thread.caller", caller=fitted(ticket.caller, 100)))
    if ticket.product_version:
        facts.append(text("thread.version", version=fitted(ticket.product_version, 100)))
    if ticket.link:
        facts.append(linked(text, ticket.link))
    scope = policy.scope_reasons.get(ticket.out_of_scope.reason) if ticket.out_of_scope else None
    if scope is not None:
        facts.append(text("thread.scope", reason=fitted(scope.name[text.language], 100)))
    return Message(
        text=text("thread.root.lock", id=ticket.id, severity=label, title=title),
        blocks=[
            *blocks,
            context(" · ".join(facts)),
            section(_standing(text, policy, ticket, zone)),
            *_what_to_do(text, ticket),
        ],
    )


Told = (
    do.TellContacts
    | do.TellAcknowledged
    | do.TellUpdate
    | do.TellAgreed
    | do.TellAsked
    | do.TellOutOfScope
    | do.TellInScope
    | do.TellWorse
    | do.TellReopened
    | do.TellCancelled
    | do.TellMerged
    | do.TellLate
)


def resolved(
    text: Text, policy: Policy, ticket: Ticket, zone: ZoneInfo, told: do.TellResolved | do.RefreshResolved
) -> Message:
    """The message that tells of the resolution and asks whether it is so. Edited in place."""
    return closing.resolved(text, policy, ticket, zone, told)


def told(text: Text, policy: Policy, ticket: Ticket, effect: Told, zone: ZoneInfo, now: datetime) -> Message:
    """What the customer is told in the thread, by the effect that tells it."""
    teller = _Teller(text, policy, ticket, zone, now)
    match effect:
        case do.TellContacts(users):
            return _not_contact(text, ticket, users)
        case do.TellAcknowledged(by, next_update):
            words = text("thread.acknowledged", id=ticket.id, owner=mention(by))
            return teller.said("thread.acknowledged.lock", words, teller.promise(next_update))
        case do.TellUpdate():
            return _update(teller, effect)
        case do.TellAgreed(by, next_update):
            words = text("thread.agreed", id=ticket.id, by=mention(by.user))
            return teller.said("thread.agreed.lock", words, teller.promise(next_update))
        case do.TellAsked(by, next_update, escalated):
            words = text("thread.asked", id=ticket.id, by=mention(by.user))
            return teller.said("thread.asked.lock", words, teller.answer(next_update, escalated=escalated))
        case do.TellLate(_, due):
            return closing.late(text, ticket, effect, teller.time(due))
        case do.TellOutOfScope(why):
            words = text("thread.out_of_scope", id=ticket.id)
            hint = text("thread.out_of_scope.hint")
            return teller.said("thread.out_of_scope.lock", words, hint, said=why)
        case do.TellInScope():
            words = text("thread.in_scope", id=ticket.id)
            return teller.said("thread.in_scope.lock", words, text("thread.in_scope.hint"))
        case do.TellWorse(by, words, next_update, wished):
            return teller.worse(by.user, words, next_update, wished)
        case do.TellReopened(_, next_update):
            words = text("thread.reopened", id=ticket.id)
            return teller.said("thread.reopened.lock", words, teller.promise(next_update))
        case do.TellCancelled():
            words = text("thread.cancelled", id=ticket.id)
            return teller.said("thread.cancelled.lock", words, text("thread.cancelled.hint"))
        case do.TellMerged(into):
            words = text("thread.merged", id=ticket.id, into=into)
            return teller.said("thread.merged.lock", words, text("thread.merged.hint", into=into), into=into)


def agreed_to(value: str) -> tuple[str, datetime]:
    """The ticket's id and the proposed instant from the value of the button. Raises ValueError."""
    ticket, _, at = value.partition(" ")
    return ticket, datetime.fromisoformat(at)


class _Teller:
    """What the messages of a ticket's thread have in common."""

    def __init__(self, text: Text, policy: Policy, ticket: Ticket, zone: ZoneInfo, now: datetime) -> None:
        self.text = text
        self.policy = policy
        self.ticket = ticket
        self.now = now
        self._zone = zone

    def time(self, at: datetime) -> str:
        return self.text.clock_time(at, self._zone, self.now)

    def promise(self, next_update: datetime | None) -> str:
        """By when the next update comes."""
        if next_update is not None:
            return self.text("thread.next_update", time=self.time(next_update))
        if self.ticket.clock is not None and self.ticket.clock.pause is not None:
            return self.text("thread.next_update.paused")
        return self.text("thread.next_update.on_request")

    def answer(self, next_update: datetime | None, *, escalated: bool = False) -> str:
        """By when somebody who asked reads an answer."""
        clock = self.ticket.clock
        response = self.ticket.acknowledged is None and clock is not None
        due = clock.due if response and clock is not None else next_update
        if due is None:
            return self.text("thread.asked.no_promise")
        if due < self.now:
            late = self.text("thread.asked.late", time=self.time(due))
            return f"{late} {self.text('thread.asked.escalated')}" if escalated else late
        return self.text("thread.asked.response" if response else "thread.next_update", time=self.time(due))

    def worse(self, by: str, words: str, next_update: datetime | None, wished: str | None) -> Message:
        """That staff know of it, and that the severity is theirs to change."""
        text = self.text
        head = text("thread.worse", id=self.ticket.id, by=mention(by))
        if wished is not None:
            head += " " + text("thread.worse.wished", severity=severity_label(text, self.policy, wished))
        current = severity_label(text, self.policy, self.ticket.severity)
        under = f"{text('thread.worse.severity', severity=current)} {self.answer(next_update)}"
        written = [section(piece) for piece in pieces(words, mark=">")]
        lock = text("thread.worse.lock", id=self.ticket.id)
        return Message(text=lock, blocks=[section(head), *written, context(under)])

    def said(self, lock: str, words: str, under: str, *more: Block, said: str = "", **values: str) -> Message:
        """`lock` is the key of what a lock screen shows, `said` what staff wrote: all of it is shown."""
        shown = self.text(lock, id=self.ticket.id, **values)
        written = [section(piece) for piece in pieces(said)] if said else []
        return Message(text=shown, blocks=[section(words), *written, context(under), *more])


def _not_contact(text: Text, ticket: Ticket, contacts: Sequence[str]) -> Message:
    """For the designated contacts to know that somebody who is none of them opened it."""
    who = " ".join(mention(user) for user in contacts)
    words = text("thread.not_contact", who=who, opener=mention(ticket.opener.user))
    lock = text("thread.not_contact.lock", id=ticket.id)
    return Message(text=f"{who} {lock}", blocks=[section(words)])


def _update(teller: _Teller, update: do.TellUpdate) -> Message:
    """A public update, as staff wrote it. A later next update is only asked for: the customer may press the
    button, and what was promised stands until then."""
    text, ticket = teller.text, teller.ticket
    words = text("thread.update", id=ticket.id, by=mention(update.by))
    asks: list[Block] = []
    if update.proposed is not None:
        button = ButtonElement(
            action_id=AGREE_UPDATE,
            value=f"{ticket.id} {update.proposed.isoformat()}",
            text=PlainTextObject(text=text("button.agree_update")),
        )
        asks = [section(text("thread.proposed", time=teller.time(update.proposed))), actions(button)]
    short = fitted(update.text, 150)
    promise = teller.promise(update.next_update)
    return teller.said("thread.update.lock", words, promise, *asks, said=update.text, text=short)


def _what_to_do(text: Text, ticket: Ticket) -> list[Block]:
    """The buttons of the root: what the customer can do as it stands. Who may not is told so when pressing."""
    if ticket.state is not State.OPEN:
        return closing.buttons(text, ticket)
    ask = ButtonElement(
        action_id=ASK_UPDATE, value=ticket.id, text=PlainTextObject(text=text("button.ask_update"))
    )
    worse = ButtonElement(
        action_id=GOT_WORSE, value=ticket.id, text=PlainTextObject(text=text("button.got_worse"))
    )
    return [actions(ask, worse)]


def _standing(text: Text, policy: Policy, ticket: Ticket, zone: ZoneInfo) -> str:
    """How it stands; why staff wait, or ended it, is not told here."""
    match ticket.state:
        case State.RESOLVED:
            return closing.standing(text, policy, ticket, zone)
        case State.CANCELLED:
            return text("thread.state.cancelled")
        case State.MERGED:
            return text("thread.state.merged", into=ticket.merged_into)
        case State.OPEN:
            pass
    clock = ticket.clock
    # The root is read on other days than it was written.
    due = text.lasting_time(clock.due, zone) if clock else None
    if due and (late := closing.late_standing(text, policy, ticket, due)):
        return late
    if ticket.acknowledged is None:
        return text("thread.state.waiting", time=due)
    owner = mention(ticket.owner) if ticket.owner else ""
    if clock is not None and clock.pause is not None:
        left = text.elapsed(clock.pause.remaining)
        return text("thread.state.paused", owner=owner, remaining=left)
    if ticket.waiting is not None:
        key = "thread.state.asks" if due else "thread.state.asks.on_request"
    else:
        key = "thread.state.working" if due else "thread.state.working.on_request"
    return text(key, owner=owner, time=due)
