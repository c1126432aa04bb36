"""What a worker does with a claimed item: a lane's next effect, or a ticket's reminder.

Decide, deliver, settle; on a conflict reload and decide again with what has been delivered. Nothing here sleeps
while it holds a lease: what must wait goes back with a later instant.
"""

import asyncio
import hashlib
import logging
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from bot.backoff import backoff_s
from bot.clock import SystemClock
from bot.dead_letters import DeadLetterAlerts
from bot.delivered import Delivered
from bot.delivery import Delivery
from bot.paging import Pager
from bot.posting import Item, LeaseGone, Paced, Posting
from bot.slack import Lasting, Passing, RateLimited, SlackHealth, TokenRefused
from commands.ports import Policies
from commands.views import reminders
from policy.closing import confirm_unanswered
from policy.commits import Committed, LeaseLost, Stored
from policy.effects import PAGING, Lane, NoteUndelivered, Page, RefreshCall, RefreshCard, RefreshThread
from policy.reminders import Reminder, due_reminder, reminded, reminder_lost, wake_at
from policy.tickets import MessageRef, Ticket
from policy.timeline import Undelivered
from policy.transitions import Change
from storage.codec import DeadLetter, NewerRecord, Queued, WorkNote, decode_note, encode
from storage.errors import StorageError
from storage.plan import Lease
from storage.queue import Queue
from storage.scripts import Claimed
from storage.tickets import Tickets

log = logging.getLogger(__name__)

LANE: Final = "lane:"
REMIND: Final = "remind:"
_AS_IT_STANDS: Final = (RefreshCard, RefreshCall, RefreshThread)
"""Edits that show the ticket as it stands: one shows what every other that waits behind it would."""
_NEWER_AGAIN_S: Final = 30.0
"""Until what a newer version wrote is looked at again: by then that version may run here, or have done it."""

Chore = Callable[[Item, Claimed], Awaitable[None]]
"""Does what a due member wants that is neither a lane nor a reminder. Raises SlackFault, Paced, LeaseGone, and the
store's errors."""

_PAGES: Final = tuple(f":{lane}" for lane in PAGING)
_REFUSED_S: Final = 15.0
"""How long everything waits that wants to speak in Slack, while the token is refused."""


class Handlers:
    """`handle` never raises but for the store's errors and bugs. `chores` go by what their members begin with."""

    def __init__(
        self,
        queue: Queue,
        tickets: Tickets,
        delivery: Delivery,
        posting: Posting,
        policies: Policies,
        clock: SystemClock,
        *,
        health: SlackHealth,
        alerts: DeadLetterAlerts,
        pager: Pager,
        chores: Mapping[str, Chore],
    ) -> None:
        self._queue = queue
        self._tickets = tickets
        self._delivery = delivery
        self._posting = posting
        self._policies = policies
        self._clock = clock
        self._health = health
        self._alerts = alerts
        self._pager = pager
        self._chores = chores

    async def most_urgent_first(
        self, claimed: Sequence[tuple[int, Claimed]]
    ) -> list[tuple[int, Claimed, Stored | None]]:
        """What was claimed together, in the order to be worked through: by the rank of the ticket's severity, then
        by how long it has been due. Each comes with its ticket (None: it has none, or nobody could read it)."""
        ids = [_ticket_of(one.member) for _, one in claimed]
        try:
            found = await self._tickets.many([ticket for ticket in dict.fromkeys(ids) if ticket])
        except StorageError:
            return [(shard, one, None) for shard, one in claimed]  # each fares as it will
        kept = {stored.ticket.id: stored for stored in found}

        order = [
            (shard, one, kept.get(ticket or "")) for (shard, one), ticket in zip(claimed, ids, strict=True)
        ]
        return sorted(order, key=lambda entry: (self._rank(entry[2]), entry[1].due_ms))

    def _rank(self, base: Stored | None) -> float:
        """What belongs to no ticket comes last."""
        if base is None:
            return math.inf
        ticket = base.ticket
        return self._policies.of(ticket.policy).severity(ticket.severity).rank

    async def handle(
        self, shard: int, claimed: Claimed, token: str, base: Stored | None = None
    ) -> datetime | None:
        """Do what a due member wants; `base` is its ticket, where it has been read since the claim. Answers when its
        shard is worth another look (None: no sooner than it was). Raises StorageError."""
        lease = Lease(shard, claimed.member, token)
        try:
            item = Item(lease, decode_note(claimed.note))
        except NewerRecord as newer:
            return await self._put_off(lease, newer, claimed.note)
        if self._health.refused is not None and not claimed.member.endswith(_PAGES):
            return await self._put_back(item, _REFUSED_S)
        try:
            return await self._do(item, claimed, base)
        except asyncio.CancelledError:
            # The program stops, and Slack has not answered: the next worker looks when it must have.
            await self._put_back(item, self._queue.lease_s)
            raise
        except NewerRecord as newer:
            return await self._put_off(lease, newer, encode(item.note))
        except LeaseGone:
            log.info("%s is left alone: another worker has it, or posting is paused", claimed.member)
            # After a pause it is due at once; where another worker has it this changes nothing.
            await self._queue.put_back(item.lease, None, item.note if item.note != WorkNote() else None)
        except TokenRefused:
            return await self._put_back(item, _REFUSED_S)
        except Paced as paced:
            return await self._put_back(item, paced.wait_s)
        except RateLimited as limited:
            return await self._put_back(item, limited.retry_after_s)
        except Passing as passing:
            tries = item.note.tries + 1
            item.note = replace(item.note, tries=tries)
            log.warning("%s: %s; try %d comes later", claimed.member, passing, tries + 1)
            wait_s = backoff_s(tries)
            if passing.under_way and item.note.attempt is not None:
                # Slack may still be at it: whoever looked now could miss what comes a moment later.
                wait_s = max(wait_s, self._queue.lease_s)
            return await self._put_back(item, wait_s)
        return None

    async def _do(self, item: Item, claimed: Claimed, base: Stored | None) -> datetime | None:
        if claimed.member.startswith(REMIND):
            await self._remind(item, claimed.member.removeprefix(REMIND), base)
            return None
        if claimed.member.startswith(LANE):
            await self._lane(item, claimed.member.removeprefix(LANE), base)
            return self._clock.now()  # the lane's next effect is due at once
        chore = self._chores.get(claimed.member.partition(":")[0])
        if chore is not None:
            await chore(item, claimed)
            return None
        raise NewerRecord(f"nobody here knows what to do with {claimed.member}")

    async def _lane(self, item: Item, lane_id: str, base: Stored | None) -> None:
        queued = await self._queue.head(item.lease.shard, lane_id)
        if queued is None:
            await self._queue.move(item.lease, None, now=self._clock.now())
            return
        covered: list[bytes] = []
        if isinstance(queued.effect, _AS_IT_STANDS):
            covered = await self._queue.repeats(item.lease.shard, lane_id, queued)
            if covered:
                base = None  # what they were queued for may be newer than the ticket at hand
        if base is None and queued.ticket:
            base = await self._tickets.get(queued.ticket)
        try:
            delivered = await self._deliver(item, lane_id, queued, base)
        except Lasting as fault:
            await self._give_up(item, lane_id, queued, base, fault)
            return
        if base is None or delivered.learned is None:
            await self._queue.done(item.lease, lane_id, now=self._clock.now(), covered=covered)
            return
        learned = delivered.learned
        await self._settle(item, base, lambda ticket: learned(ticket, self._clock.now()), pop=lane_id)

    async def _deliver(self, item: Item, lane_id: str, queued: Queued, base: Stored | None) -> Delivered:
        if base is None:
            return await self._delivery.desk(item, queued)
        if isinstance(queued.effect, Page):
            lane = Lane(lane_id.rpartition(":")[2])
            await self._pager.page(item, queued.id, lane, base.ticket, queued.effect)
            return Delivered()
        if lane_id.endswith(f":{Lane.CUSTOMER}"):
            return await self._delivery.customer(item, queued, base.ticket)
        return await self._delivery.staff(item, queued, base.ticket)

    async def _remind(self, item: Item, ticket_id: str, base: Stored | None) -> None:
        base = base or await self._tickets.get(ticket_id)
        if base is None:
            await self._queue.move(item.lease, None, now=self._clock.now())
            return
        reminder, posted = item.note.reminder, None
        if reminder is not None:
            try:
                posted = await self._posting.unfinished(item)
            except Lasting as fault:
                # Its room is out of reach: nobody can say whether it was posted, and a promise must be kept.
                log.warning("%s: no look at %s: %s", ticket_id, item.note.channel, fault.error)
        if reminder is None or posted is None:
            policy = self._policies.of(base.ticket.policy)
            reminder = due_reminder(policy, base.ticket, self._clock.now())
            if reminder is None:
                await self._settle(
                    item, base, lambda ticket: confirm_unanswered(policy, ticket, self._clock.now())
                )
                return
            try:
                posted = await self._post_reminder(item, base.ticket, reminder)
            except Lasting as fault:
                await self._give_up_reminder(item, base, reminder, fault)
                return
        covering, message = reminder, posted

        def decide(ticket: Ticket) -> Change:
            return reminded(ticket, covering, message, self._clock.now())

        await self._settle(item, base, decide)

    async def _post_reminder(self, item: Item, ticket: Ticket, reminder: Reminder) -> MessageRef:
        scene = self._delivery.scene(ticket)
        shown = reminders.reminder(scene, reminder, self._delivery.on_call(ticket))
        opaque_id = reminder_id(ticket, reminder)
        room = self._delivery.staff_room(ticket)
        try:
            return await self._posting.post(item, room, shown, opaque_id, reminder)
        except Lasting as fault:
            # Without the incident channel the triage channel serves.
            triage = self._delivery.triage()
            if room == triage:
                raise
            log.warning("%s: no reminder in %s (%s), triage instead", ticket.id, room.channel, fault.error)
            return await self._posting.post(item, triage, shown, opaque_id, reminder)

    async def _give_up(
        self, item: Item, lane_id: str, queued: Queued, base: Stored | None, fault: Lasting
    ) -> None:
        """Put an effect that cannot be delivered among the dead letters; the lane goes on, and staff are told
        of what the customer did not get."""
        await self._alerts.expect()
        now = self._clock.now()
        dead = DeadLetter(at=now, member=item.lease.member, queued=queued, error=fault.error)
        what = type(queued.effect).__name__
        log.error("%s: %s cannot be delivered: %s", lane_id, what, fault.error)
        if base is None:
            await self._queue.done(item.lease, lane_id, now=now, dead=dead)
            return
        tell = (NoteUndelivered(fault.error),) if lane_id.endswith(f":{Lane.CUSTOMER}") else ()

        def decide(ticket: Ticket) -> Change:
            at = max(now, ticket.moved)
            entry = Undelivered(at=at, what=what, error=fault.error)
            return Change(replace(ticket, moved=at), entries=(entry,), staff=tell)

        await self._settle(item, base, decide, pop=lane_id, dead=dead)

    async def _give_up_reminder(self, item: Item, base: Stored, reminder: Reminder, fault: Lasting) -> None:
        """No room takes the reminder: its slots are recorded as not delivered, the later ones stand."""
        log.error("%s: a reminder cannot be delivered: %s", base.ticket.id, fault.error)

        def decide(ticket: Ticket) -> Change:
            return reminder_lost(ticket, reminder, fault.error, self._clock.now())

        await self._settle(item, base, decide)

    async def _settle(
        self,
        item: Item,
        base: Stored,
        decide: Callable[[Ticket], Change | None],
        *,
        pop: str | None = None,
        dead: DeadLetter | None = None,
    ) -> None:
        """Commit under the lease what `decide` makes of the ticket (None: nothing changes); decide again on
        the newer ticket while others change it."""
        while True:
            change = decide(base.ticket)
            ticket = change.ticket if change else base.ticket
            now = self._clock.now()
            outcome = await self._tickets.settle(
                item.lease,
                base,
                change,
                wake=wake_at(self._policies.of(ticket.policy), ticket, now),
                now=now,
                pop=pop,
                dead=dead,
            )
            if isinstance(outcome, LeaseLost):
                raise LeaseGone
            if isinstance(outcome, Committed):
                return
            newer = await self._tickets.get(ticket.id)
            assert newer is not None, "tickets are never removed"
            base = newer

    async def _put_off(self, lease: Lease, newer: NewerRecord, note: bytes | None) -> datetime:
        """What a newer version wrote waits for that version; whatever else is due goes on."""
        log.error("%s is put off for %g s: %s", lease.member, _NEWER_AGAIN_S, newer)
        again = self._clock.after_s(_NEWER_AGAIN_S)
        await self._queue.put_off(lease, again, note)
        return again

    async def _put_back(self, item: Item, wait_s: float) -> datetime:
        again = self._clock.after_s(wait_s)
        if not await self._queue.put_back(item.lease, again, item.note):
            log.info("%s is left alone: another worker has it", item.lease.member)
        return again


def _ticket_of(member: str) -> str | None:
    """The ticket that a due member is about; None: it names none."""
    kind, _, rest = member.partition(":")
    ticket = rest.partition(":")[0]
    return ticket if kind in {"lane", "remind", "read"} and "-" in ticket else None


def reminder_id(ticket: Ticket, reminder: Reminder) -> str:
    """The opaque id of a reminder's message: the same for the same slot of the same clock, whoever posts it."""
    clock, slot = reminder.clock, reminder.latest
    what = f"{ticket.id} {clock.kind} {clock.started.isoformat()} {slot.at.isoformat()}"
    return hashlib.sha256(what.encode()).hexdigest()[:32]
