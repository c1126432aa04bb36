"""Who hears of a silence, and where: the account's escalation target and its TAM. Source: policy.md section 3."""

import logging
from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from bot.posting import Item
from bot.slack import Lasting, Slack
from commands.views import notes
from commands.views.card import Scene
from commands.views.message import Message
from policy.directory import Directory
from policy.effects import Escalate, EscalateTo
from policy.tickets import MessageRef, Room, Ticket

log = logging.getLogger(__name__)

Post = Callable[[Item, str, Room, Message], Awaitable[MessageRef]]
"""Posts a message under an opaque id, once in effect."""


class Escalations:
    """`triage` raises Lasting where no such channel is set."""

    def __init__(
        self, slack: Slack, directory: Callable[[], Directory], post: Post, triage: Callable[[], Room]
    ) -> None:
        self._slack = slack
        self._directory = directory
        self._post = post
        self._triage = triage

    def split(self, ticket: Ticket, silence: Escalate) -> tuple[EscalateTo, ...]:
        """An effect for each who is told; one who is both target and TAM is told once. Triage serves where no target
        is set."""
        account = self._directory().accounts.get(ticket.account)
        told = [account.escalation, *([account.tam] if account.tam else [])] if account else [None]
        return tuple(EscalateTo(target, silence) for target in dict.fromkeys(told))

    async def tell(self, item: Item, opaque_id: str, scene: Scene, effect: EscalateTo) -> None:
        """Tell one of them, once in effect. A user group is mentioned in triage, which serves too where the target
        cannot be reached. Raises SlackFault, Paced, LeaseGone."""
        target, silence = effect.target, effect.silence
        link = await self._link(scene)
        if target is None or target.startswith("S"):
            message = notes.escalation(scene, silence, target, link)
            await self._post(item, opaque_id, self._triage(), message)
            return
        try:
            room = await self._room_of(target)
            await self._post(item, opaque_id, room, notes.escalation(scene, silence, None, link))
        except Lasting as fault:
            log.warning("%s: no escalation to %s (%s), triage instead", scene.ticket.id, target, fault.error)
            triage = self._triage()
            if item.note.channel != triage.channel:
                # Where it may have been posted nobody can look any more: told twice is better than not at all.
                item.note = replace(item.note, attempt=None)
            unreachable = (target, fault.error)
            message = notes.escalation(scene, silence, None, link, unreachable=unreachable)
            await self._post(item, opaque_id, triage, message)

    async def _room_of(self, target: str) -> Room:
        """Where a user or a channel reads. Raises Lasting for what is on a customer's side, or may be: this is for
        staff. Guests and people of other companies are no staff, and in a shared channel others read along."""
        directory = self._directory()
        contacts = (one.user for account in directory.accounts.values() for one in account.contacts)
        if directory.account_at(target) is not None or target in contacts:
            raise Lasting("is_on_a_customers_side")
        if target.startswith(("U", "W")):
            if await self._slack.is_outsider(target):
                raise Lasting("is_not_of_our_workspace")
            return Room(await self._slack.direct_message(target))
        if await self._slack.is_shared(target):
            raise Lasting("is_shared_with_another_company")
        return Room(target)

    async def _link(self, scene: Scene) -> str | None:
        """The address of the thread where staff work on a ticket; None where they have a channel, or none yet."""
        work = scene.ticket.staff
        if work is None or work.thread is None:
            return None
        try:
            return await self._slack.permalink(MessageRef(work.channel, work.thread))
        except Lasting:
            return None
