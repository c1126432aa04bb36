"""What each effect does in Slack, and what the ticket knows afterwards.

Each kind says how it is repeat-safe: a post is looked for by its id when an earlier attempt is unfinished; an
edit, an invitation and a pin may be repeated; a channel is found again by its fixed name.

An edit tells nothing that is not told elsewhere: one that Slack does not allow any more is left out, but for the
card, which is posted anew. A note for staff whose room is out of reach goes to triage, and says why it is there.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from msgspec.structs import replace

from bot.cards import GONE, Cards
from bot.delivered import BELONGS_TO_CARD, Delivered, asks_to_confirm, called_at, followed_by, room_opened
from bot.escalation import Escalations
from bot.posting import Item, Posting
from bot.rooms import channel_name, restored
from bot.slack import Lasting, Slack
from bot.summary_sending import SummaryFiles
from commands.open import read_words
from commands.ports import Clock, Policies
from commands.reading import a_file, as_a_title, is_by_a_person
from commands.text import Text, Texts
from commands.views import desk, notes, reminders, thread, undelivered
from commands.views.card import Scene
from commands.views.form import OPEN_FORM, Prefill
from commands.views.message import Message
from policy import effects as do
from policy.directory import Directory
from policy.schema import Language
from policy.support_time import on_duty, support_calendar
from policy.tickets import MessageRef, Room, Ticket
from policy.versions import Release
from storage.codec import Queued
from storage.queue import Queue

log = logging.getLogger(__name__)

_OUT_OF_REACH: Final = frozenset({"is_archived", "not_in_channel", "channel_not_found", "restricted_action"})


@dataclass(frozen=True, slots=True)
class Places:
    """Where staff are found: the triage channel (None: not set), who is woken, whose language they speak. `releases`
    are the vendor's, by which a version is judged."""

    triage: str | None
    language: Language
    vendor: str
    on_call: dict[str, str] = field(default_factory=dict)
    releases: Sequence[Release] = ()
    texts: Texts = field(default_factory=Texts)


class Delivery:
    """Every method raises SlackFault, Paced, LeaseGone, and the store's errors."""

    def __init__(
        self,
        slack: Slack,
        posting: Posting,
        queue: Queue,
        policies: Policies,
        directory: Callable[[], Directory],
        clock: Clock,
        places: Places,
        summaries: SummaryFiles | None = None,
    ) -> None:
        self._slack = slack
        self._posting = posting
        self._queue = queue
        self._policies = policies
        self._directory = directory
        self._clock = clock
        self.places = places
        self._summaries = summaries
        self._escalations = Escalations(slack, directory, self._post, self.triage)
        self._cards = Cards(
            slack, queue, self._post, self._edit, self._tell_staff, self.triage, places.releases
        )

    async def customer(self, item: Item, queued: Queued, ticket: Ticket) -> Delivered:
        """An effect of the customer lane. This is the leak guard: it takes the customer's effects and renders
        them by `views/thread.py` alone."""
        ticket = self._directory().follow(ticket)
        effect, scene = queued.effect, self._scene(ticket, ticket.language)
        if not isinstance(effect, do.CustomerEffect):
            raise TypeError(f"{type(effect).__name__} is not for the customer's side")
        match effect:
            case do.PostThread():
                message = thread.root(scene.text, scene.policy, ticket, scene.zone)
                posted = await self._post(item, queued.id, Room(ticket.channel), message)
                await self._queue.put_room(posted.channel, posted.ts, ticket.id)
                return Delivered(room_opened("customer", Room(posted.channel, posted.ts), None))
            case do.RefreshThread():
                if ticket.customer is not None and ticket.customer.thread is not None:
                    root = MessageRef(ticket.customer.channel, ticket.customer.thread)
                    shown = thread.root(scene.text, scene.policy, ticket, scene.zone)
                    await self._edit(root, shown)
                return Delivered()
            case do.TellResolved():
                message = thread.resolved(scene.text, scene.policy, ticket, scene.zone, effect)
                posted = await self._post(item, queued.id, ticket.customer or Room(ticket.channel), message)
                return Delivered(asks_to_confirm(posted))
            case do.RefreshResolved():
                if ticket.closing is not None:
                    shown = thread.resolved(scene.text, scene.policy, ticket, scene.zone, effect)
                    await self._edit(ticket.closing, shown)
                return Delivered()
            case told:
                message = thread.told(scene.text, scene.policy, ticket, told, scene.zone, scene.now)
                await self._post(item, queued.id, ticket.customer or Room(ticket.channel), message)
                return Delivered()

    async def staff(self, item: Item, queued: Queued, ticket: Ticket) -> Delivered:
        """An effect of the staff lane."""
        ticket = self._directory().follow(ticket)
        effect, scene = queued.effect, self.scene(ticket)
        if not isinstance(effect, do.StaffEffect):
            raise TypeError(f"{type(effect).__name__} is not for staff")
        on_call = self.on_call(ticket)
        own_channel = ticket.staff is not None and ticket.staff.thread is None
        channel_made = ticket.staff.channel if own_channel and ticket.staff else None
        match effect:
            case do.OpenRoom():
                channel = await self._slack.create_private_channel(channel_name(ticket))
                await self._queue.put_room(channel, None, ticket.id)
                return Delivered(room_opened("staff", Room(channel), None))
            case do.RestoreRoom():
                made = await restored(self._slack, ticket, channel_made) if channel_made else None
                if made is None:
                    return Delivered()
                channel, number = made
                await self._queue.put_room(channel, None, ticket.id)
                return Delivered(
                    room_opened("staff", Room(channel), None, number=number, then=BELONGS_TO_CARD)
                )
            case do.PostCard():
                return await self._cards.post(item, queued.id, scene)
            case do.PostDetails():
                return await self._cards.tell_details(item, queued.id, scene)
            case do.PinCard():
                return await self._cards.pin(ticket)
            case do.RefreshCard():
                return await self._cards.refresh(item, queued.id, scene)
            case do.ShrinkReminder(message, answered_by, at):
                await self._edit(message, reminders.answered_reminder(scene, answered_by, at))
                return Delivered()
            case do.Invite(user):
                if channel_made:
                    await self._slack.invite(channel_made, await self._people(user or on_call))
                return Delivered()
            case do.NoteJoined(user) if channel_made:
                await self._slack.invite(channel_made, [user])
                return Delivered()
            case do.CallOnCall(page):
                room = self.triage() if own_channel else self.staff_room(ticket)
                called = reminders.call_on_call(scene, on_call, channel_made, page=page)
                return Delivered(called_at(await self._post(item, queued.id, room, called)))
            case do.RefreshCall():
                if ticket.call is not None:
                    called = reminders.call_on_call(scene, on_call, channel_made, page=not _closed(scene))
                    await self._edit(ticket.call, called)
                return Delivered()
            case do.Escalate() as silence:
                return Delivered(followed_by(*self._escalations.split(ticket, silence), do.RefreshCard()))
            case do.EscalateTo() as one:
                await self._escalations.tell(item, queued.id, scene, one)
                return Delivered()
            case do.NoteReply(by, words, files) if files:
                named = do.NoteReply(by, await self._with_names(words, files))
                noted = notes.note(scene, named, on_call)
                await self._tell_staff(item, queued.id, scene, noted, self.staff_room(ticket))
                return Delivered()
            case note:
                noted = notes.note(scene, note, on_call)
                await self._tell_staff(item, queued.id, scene, noted, self.staff_room(ticket))
                return Delivered()

    async def desk(self, item: Item, queued: Queued) -> Delivered:
        """An effect that belongs to no ticket."""
        match queued.effect:
            case do.PinSupportButton(account, channel):
                await self._pin(item, queued.id, self.places.texts(self._language_of(account)), channel)
            case do.OfferForm() as offered:
                await self._offer(item, queued.id, offered)
            case do.CloseOffer(account, channel, offered_at, message, ticket_id):
                shown = desk.closed_offer(self.places.texts(self._language_of(account)), ticket_id, message)
                await self._edit(MessageRef(channel, offered_at), shown)
            case do.NoteChannel(account, channel, what, team):
                known = self._directory().accounts.get(account)
                name = known.name if known else account
                told = desk.channel_note(self.places.texts(self.places.language), what, name, channel, team)
                await self._post(item, queued.id, self.triage(), told)
            case do.NoteOutsider() as came:
                await self._warn(item, queued.id, came)
            case do.SendSummary() as wanted if self._summaries is not None:
                await self._summaries.send(item, wanted)
            case other:
                raise TypeError(f"{type(other).__name__} belongs to a ticket")
        return Delivered()

    def scene(self, ticket: Ticket) -> Scene:
        """What the staff's messages about a ticket are rendered from."""
        return self._scene(self._directory().follow(ticket), self.places.language)

    def staff_room(self, ticket: Ticket) -> Room:
        """Where staff work on a ticket; the triage channel while it has no room. Raises Lasting where there is
        neither."""
        return ticket.staff or self.triage()

    def on_call(self, ticket: Ticket) -> str | None:
        """Who is woken for a ticket now: the target of its region, or under hours that follow the sun, of the
        region whose desk is open or opens next; None: nobody is set."""
        policy = self._policies.of(ticket.policy)
        hours = support_calendar(policy, ticket.coverage, ticket.severity)
        regions = on_duty(policy, hours, ticket.region, self._clock.now())
        return next((self.places.on_call[key] for key in regions if key in self.places.on_call), None)

    async def _edit(self, message: MessageRef, shown: Message) -> str | None:
        """Edit a message; Slack's word for why it cannot be edited any more (None: it was)."""
        try:
            await self._slack.edit(message, shown)
        except Lasting as fault:
            if fault.error not in GONE | _OUT_OF_REACH:
                raise
            log.warning("the message %s in %s stays as it is: %s", message.ts, message.channel, fault.error)
            return fault.error
        return None

    async def _tell_staff(self, item: Item, opaque_id: str, scene: Scene, noted: Message, room: Room) -> None:
        try:
            await self._post(item, opaque_id, room, noted)
        except Lasting as fault:
            triage = self.triage()
            if room.channel == triage.channel or fault.error not in _OUT_OF_REACH:
                raise
            log.warning("%s: a note goes to triage: %s: %s", scene.ticket.id, room.channel, fault.error)
            if item.note.channel != triage.channel:
                # Where it may have been posted nobody can look any more: told twice is better than not at all.
                item.note = replace(item.note, attempt=None)
            await self._post(
                item, opaque_id, triage, undelivered.instead(scene, noted, room.channel, fault.error)
            )

    async def _post(self, item: Item, opaque_id: str, room: Room, message: Message) -> MessageRef:
        if item.note.attempt == opaque_id and (found := await self._posting.unfinished(item)):
            return found
        return await self._posting.post(item, room, message, opaque_id)

    async def _people(self, target: str | None) -> list[str]:
        if target is None:
            return []
        return await self._slack.members_of_group(target) if target.startswith("S") else [target]

    async def _with_names(self, words: str, files: Sequence[str]) -> str:
        """What is said, with the names of files and links to them; one that cannot be looked at keeps its id."""
        for file in files:
            try:
                name, link = await self._slack.file(file)
            except Lasting as fault:
                log.info("file %s cannot be looked at: %s", file, fault.error)
                continue
            words = words.replace(a_file(file, None), a_file(name, link))
        return words

    async def _pin(self, item: Item, opaque_id: str, speaking: Text, channel: str) -> None:
        """Have the message with the buttons for customers pinned. An older one is edited where it stands."""
        shown, found = desk.support_button(speaking, self.places.vendor), None
        for message in await self._slack.pinned(channel):
            there = _action_ids(message)
            if OPEN_FORM in there:
                if there >= set(desk.PINNED):
                    return
                found = MessageRef(channel, message["ts"])
        if found is not None:
            await self._slack.edit(found, shown)
        else:
            await self._slack.pin(await self._post(item, opaque_id, Room(channel), shown))

    async def _offer(self, item: Item, opaque_id: str, offered: do.OfferForm) -> None:
        """Offer the form below a message: once, whatever has become of the operation's record meanwhile."""
        prefill, in_thread = self._said(offered.title), offered.thread
        offered_at = offered.message or offered.thread
        if not offered.title:
            said = await self._slack.thread(offered.channel, offered_at)
            own = next((one for one in said if one["ts"] == offered_at), None)
            if own is None or not is_by_a_person(own):
                return
            in_thread = own.get("thread_ts") or offered_at
            if in_thread != offered_at:
                said = await self._slack.thread(offered.channel, in_thread)
            if any(desk.offer_of(offered_at) in _block_ids(one) for one in said):
                return
            prefill = self._said(as_a_title(own))
        message = desk.offer(
            self.places.texts(self._language_of(offered.account)), offered.user, prefill, offered_at
        )
        await self._post(item, opaque_id, Room(offered.channel, in_thread), message)

    def _said(self, words: str) -> Prefill:
        """What the form is filled in with: as behind the command, a severity's name may stand in front."""
        return read_words(self._policies.current, words)

    async def _warn(self, item: Item, opaque_id: str, came: do.NoteOutsider) -> None:
        """Only of people who are no staff, and of whom nobody can tell."""
        try:
            outsider = await self._slack.is_outsider(came.user)
        except Lasting as fault:
            log.warning("nobody can tell who has come into %s: %s", came.channel, fault.error)
            outsider = True
        if outsider:
            told = desk.outsider_note(self.places.texts(self.places.language), came)
            await self._post(item, opaque_id, self.triage(), told)

    def triage(self) -> Room:
        """The triage channel. Raises Lasting where none is set, and where customers would read along."""
        return self.staff_channel(None)

    def staff_channel(self, channel: str | None) -> Room:
        """A channel of the staff's (None: triage). Raises Lasting as `triage` does."""
        channel = channel or self.places.triage
        if channel is None:
            raise Lasting("no_triage_channel_is_set")
        directory = self._directory()
        found = directory.now_of(channel)
        if directory.account_at(found) is not None:
            raise Lasting("triage_channel_belongs_to_an_account")
        return Room(found)

    def _language_of(self, account: str) -> Language:
        found = self._directory().accounts.get(account)
        return found.language if found else self.places.language

    def _scene(self, ticket: Ticket, language: Language) -> Scene:
        policy = self._policies.of(ticket.policy)
        account = self._directory().accounts.get(ticket.account)
        return Scene(
            text=self.places.texts(language),
            policy=policy,
            ticket=ticket,
            account=account.name if account else ticket.account,
            zone=policy.regions[ticket.region].tz,
            now=self._clock.now(),
            call=account.call if account else None,
        )


def _action_ids(message: Mapping[str, Any]) -> set[str]:
    return {
        str(element.get("action_id"))
        for block in message.get("blocks") or ()
        for element in block.get("elements") or ()
    }


def _block_ids(message: Mapping[str, Any]) -> set[str]:
    return {str(block.get("block_id")) for block in message.get("blocks") or ()}


def _closed(scene: Scene) -> bool:
    """Whether the on-call target is still to be called, at the next opening."""
    clock = scene.ticket.clock
    return clock is not None and clock.call_at is not None and scene.now < clock.call_at
