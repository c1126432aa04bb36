"""Post an update: staff tell the customer how it stands, and the update clock starts anew."""

from datetime import datetime

from commands.callers import Caller
from commands.handling import allowed
from commands.ports import Desk
from commands.roles import Act
from commands.telling import Outcome, Telling
from commands.views.card import Scene
from commands.views.lists import said
from commands.views.message import Message
from policy import transitions
from policy.schema import Policy
from policy.tickets import Ticket
from policy.timeline import Source
from policy.transitions import Change, NotOpen


async def post_update(desk: Desk, who: Caller, ticket: str, words: str, operation: str) -> Outcome:
    """Staff have the bot post a text. Raises the store's errors."""
    return await _update(desk, who, ticket, words, operation, Source.COMMAND)


async def wrote_in_thread(desk: Desk, who: Caller, ticket: str, words: str, operation: str) -> Outcome:
    """Staff wrote in the customer's thread, which is a public update. Raises the store's errors."""
    return await _update(desk, who, ticket, words, operation, Source.THREAD)


async def _update(
    desk: Desk, who: Caller, ticket: str, words: str, operation: str, source: Source
) -> Outcome:
    def decide(policy: Policy, current: Ticket, now: datetime) -> Change | NotOpen:
        return transitions.post_update(policy, current, who.person.user, words, source, now)

    return await allowed(desk, who, Act.UPDATE, ticket, operation, decide)


def _done(scene: Scene) -> Message:
    if scene.ticket.clock is None:
        return said(scene.text, "done.updated.on_request", account=scene.account)
    return said(scene.text, "done.updated", account=scene.account, time=scene.time(scene.ticket.clock.due))


TELLING = Telling(purpose="post_update", may=Act.UPDATE, act=post_update, done=_done)
