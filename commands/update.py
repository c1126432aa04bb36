"""Post an update: staff tell the customer how it stands, and the update clock starts anew. By the card's button and its
form, by `/incident update [ID] TEXT`, or by writing in the customer's thread."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from slack_sdk.models.views import View

from commands.answers import Answer, Errors, FormAnswer
from commands.callers import Asked, Caller
from commands.days import BadWhen, Fault
from commands.forms import named, ticket_for, too_long, why_not
from commands.handling import Done, NotAllowed, NoTicket, Refused, allowed, find, scene, zone_of
from commands.instants import read_instant
from commands.ports import Desk
from commands.roles import Act
from commands.text import text as text_of
from commands.views import update_form
from commands.views.escape import fitted
from commands.views.lists import said
from commands.views.message import Message
from commands.views.update_form import Draft
from commands.views.when import why_unread
from policy import next_updates, transitions
from policy.next_updates import NeedsAgreement, NextUpdateInThePast
from policy.schema import Policy
from policy.tickets import Ticket
from policy.timeline import Source
from policy.transitions import Change, NotOpen

FARTHEST: Final = timedelta(days=31)
"""A next update that is promised or proposed later than that is a slip of the pen."""

Reasons = NotOpen | NeedsAgreement | NextUpdateInThePast
Outcome = Done | NoTicket | NotAllowed | Refused[Reasons]


async def post_update(
    desk: Desk, who: Caller, ticket: str, words: str, operation: str, next_at: datetime | None = None
) -> Outcome:
    """Staff have the bot post a text. `next_at`: by when the next update comes, promised where that is no later than
    the cadence, else proposed (None: as the cadence has it). Raises the store's errors."""
    return await _update(desk, who, ticket, words, operation, Source.COMMAND, next_at)


async def wrote_in_thread(desk: Desk, who: Caller, ticket: str, words: str, operation: str) -> Outcome:
    """Staff wrote in the customer's thread, which is a public update. Raises the store's errors."""
    return await _update(desk, who, ticket, words, operation, Source.THREAD)


async def _update(
    desk: Desk,
    who: Caller,
    ticket: str,
    words: str,
    operation: str,
    source: Source,
    next_at: datetime | None = None,
) -> Outcome:
    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | Reasons:
        by = who.person.user
        if next_at is not None:
            return next_updates.post_update_until(policy, current, by, words, next_at, now)
        return transitions.post_update(policy, current, by, words, source, now)

    return await allowed(desk, who, Act.UPDATE, ticket, operation, decide)


async def by_command(desk: Desk, asked: Asked) -> Message | View:
    """`update [ID] TEXT`; without a text, the form."""
    found = await named(desk, asked, Act.UPDATE)
    if isinstance(found, Message):
        return found
    ticket, words = found
    if long := too_long(asked, words, update_form.TEXT_LIMIT):
        return long
    if not words:
        return _form(desk, asked, ticket, Draft(ticket.id, asked.who.channel))
    outcome = await post_update(desk, asked.who, ticket.id, words, asked.operation)
    return _done(desk, asked, outcome) if isinstance(outcome, Done) else why_not(desk, asked, outcome)


async def by_button(desk: Desk, asked: Asked, ticket: str) -> Answer:
    """The form, or why there is none."""
    found = await ticket_for(desk, asked, Act.UPDATE, ticket)
    if isinstance(found, Message):
        return found
    return _form(desk, asked, found, Draft(found.id, asked.who.channel))


async def filled_in(desk: Desk, asked: Asked, ticket: str, words: str) -> Answer:
    """The form with a text that somebody wrote elsewhere, or why there is none."""
    found = await ticket_for(desk, asked, Act.UPDATE, ticket)
    if isinstance(found, Message):
        return found
    draft = Draft(found.id, asked.who.channel, text=words[: update_form.TEXT_LIMIT])
    return _form(desk, asked, found, draft)


async def template_pressed(
    desk: Desk, asked: Asked, view: Mapping[str, Any], action: Mapping[str, Any]
) -> View | None:
    """The template is unfolded, or folded away again."""
    del action
    return await _redrawn(desk, asked, update_form.parse(view).folded_otherwise())


async def phrase_chosen(
    desk: Desk, asked: Asked, view: Mapping[str, Any], action: Mapping[str, Any]
) -> View | None:
    """A ready phrase goes behind what is written, in the customer's language."""
    draft = update_form.parse(view)
    key = str((action.get("selected_option") or {}).get("value") or "")
    found = await find(desk, asked.who, draft.ticket)
    if isinstance(found, NoTicket):
        return None
    phrase = desk.policies.of(found.ticket.policy).phrases.get(key)
    if phrase is None:
        return None
    return await _redrawn(desk, asked, draft.extended(phrase.text[found.ticket.language]))


async def submitted(desk: Desk, asked: Asked, view: Mapping[str, Any]) -> FormAnswer:
    """The form was sent; it closes when its text is kept, and the card shows it."""
    text, draft = asked.who.text, update_form.parse(view)
    if not draft.text:
        return Errors({draft.text_block: text("error.form.text")})
    # A text alone needs nothing of the ticket but the commit.
    found = await ticket_for(desk, asked, Act.UPDATE, draft.ticket) if draft.is_answered else None
    # What Slack sends again finds the ticket as it is now: whether it was carried out is seen by the commit.
    ticket = found if isinstance(found, Ticket) else None
    next_at: datetime | None = None
    if draft.next_at and ticket is not None:
        read = await _read_next(desk, asked, ticket, draft.next_at)
        if isinstance(read, Errors):
            return read
        next_at = read
    words = update_form.composed(text_of(ticket.language), draft) if ticket else draft.text
    outcome = await post_update(desk, asked.who, draft.ticket, words, asked.operation, next_at)
    match outcome:
        case Done():
            return None
        case Refused(current, NeedsAgreement(due)):
            time = scene(desk, asked.who, current).plain_time(due)
            return Errors({update_form.NEXT_AT: text("error.next_at.agreement", time=time)})
        case Refused(current, NextUpdateInThePast()):
            bad = BadWhen(Fault.PAST, draft.next_at)
            zone = str(zone_of(desk.policies.of(current.policy), current))
            return Errors({update_form.NEXT_AT: why_unread(text, bad, zone)})
        case no:
            return Errors({draft.text_block: why_not(desk, asked, no).text})


async def _read_next(desk: Desk, asked: Asked, ticket: Ticket, words: str) -> datetime | Errors:
    """The instant that was written, on the clock of the account's region."""
    try:
        at = await read_instant(desk, asked, ticket, words)
    except BadWhen as bad:
        zone = zone_of(desk.policies.of(ticket.policy), ticket)
        why = why_unread(asked.who.text, bad, str(zone))
        return Errors({update_form.NEXT_AT: why})
    if at > desk.clock.now() + FARTHEST:
        return Errors({update_form.NEXT_AT: asked.who.text("error.next_at.far", days=FARTHEST.days)})
    return at


async def _redrawn(desk: Desk, asked: Asked, draft: Draft) -> View | None:
    found = await ticket_for(desk, asked, Act.UPDATE, draft.ticket)
    return _form(desk, asked, found, draft) if isinstance(found, Ticket) else None


def _form(desk: Desk, asked: Asked, ticket: Ticket, draft: Draft) -> View:
    """The form; it tells by when the update after this one is due if nothing else is said."""
    policy, now = desk.policies.of(ticket.policy), desk.clock.now()
    plain = transitions.post_update(policy, ticket, asked.who.person.user, "", Source.COMMAND, now)
    clock = plain.ticket.clock if isinstance(plain, Change) else None
    due = clock.due if clock and clock.pause is None else None
    return update_form.build(scene(desk, asked.who, ticket), draft, due)


def _done(desk: Desk, asked: Asked, outcome: Done) -> Message:
    shown = scene(desk, asked.who, outcome.ticket)
    clock = outcome.ticket.clock
    if clock is None:
        return said(shown.text, "done.updated.on_request", account=fitted(shown.account, 100))
    key = "done.updated.paused" if clock.pause else "done.updated"
    return said(shown.text, key, account=fitted(shown.account, 100), time=shown.time(clock.due))
