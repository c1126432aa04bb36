"""The real worker in a process of its own, before a Slack that answers at once and does nothing."""

import asyncio
import time
from typing import Any

from benchmarks.accounts import TRIAGE
from benchmarks.child import tell, told
from bot.clock import SystemClock
from bot.dead_letters import DeadLetterAlerts
from bot.delivery import Delivery, Places
from bot.handlers import Handlers
from bot.heap import settle_heap
from bot.paging import Pager
from bot.policies import PolicyBook
from bot.posting import Posting
from bot.settings import Environment, settings_of
from bot.slack import Slack, SlackHealth
from bot.worker import Worker
from commands.text import text
from commands.views.message import Message
from policy.commits import Committed, Conflict, LeaseLost
from policy.tickets import MessageRef
from storage.connect import connect
from storage.directories import Directories
from storage.plan import Lease
from storage.queue import Queue
from storage.scripts import Scripts
from storage.tickets import Tickets
from storage.wakes import Wakes


class NoSlack(Slack):
    """Posts nothing, at once. `posted` has the id of every message that would have been posted. With `render`,
    each message is made into what the SDK would be given, as the real one does before it calls Slack."""

    def __init__(self, *, render: bool = False) -> None:
        self.health = SlackHealth()
        self._render = render
        self.posted: list[str] = []
        self.edits = 0

    async def post(self, channel: str, thread: str | None, message: Message, opaque_id: str) -> MessageRef:
        if self._render:
            message.payload()
        self.posted.append(opaque_id)
        return MessageRef(channel, f"1790000001.{len(self.posted):06d}")

    async def edit(self, message: MessageRef, shown: Message) -> None:
        if self._render:
            shown.payload()
        self.edits += 1


class Watched(Tickets):
    """Notes when the last reminder was settled."""

    settled = 0
    last_at = 0.0

    async def settle(self, lease: Lease, *args: Any, **named: Any) -> Committed | Conflict | LeaseLost:
        outcome = await super().settle(lease, *args, **named)
        if isinstance(outcome, Committed) and lease.member.startswith("remind:"):
            self.settled += 1
            self.last_at = time.monotonic()
        return outcome


def main(url: str, render: str = "") -> None:
    asyncio.run(_work(url, render=render == "render"))


async def _work(url: str, *, render: bool) -> None:
    settings = settings_of(Environment.of(), {}, "the benchmark")
    clock, slack = SystemClock(), NoSlack(render=render)
    client = connect(url)
    scripts = Scripts(client)
    queue, tickets, directories = Queue(scripts), Watched(scripts), Directories(scripts)
    await directories.refresh()
    policies = PolicyBook(settings.policy, lambda: directories.current)
    posting = Posting(slack, queue, interval_ms=0)
    places = Places(TRIAGE, "en", "Vendor", {"us-east": "S0ENGINEERS", "japan": "S0ENGINEERS"})
    delivery = Delivery(slack, posting, queue, policies, lambda: directories.current, clock, places)
    alerts = DeadLetterAlerts(queue, posting, clock, delivery.triage, text("en"))
    handlers = Handlers(
        queue,
        tickets,
        delivery,
        posting,
        policies,
        clock,
        health=slack.health,
        alerts=alerts,
        pager=Pager([], delivery.scene),
        chores={"alert": alerts.tell},
    )
    async with Wakes.at(url) as wakes:
        worker = Worker(queue, handlers, clock, wakes.shards, concurrency=settings.worker.concurrency)
        lines = await told()
        settle_heap()
        tell({"ready": True})
        await lines.readline()
        running = asyncio.create_task(worker.run())
        await lines.readline()
        worker.stop()
        await running
    await client.aclose()
    tell(
        {"posted": slack.posted, "edits": slack.edits, "settled": tickets.settled, "last_at": tickets.last_at}
    )
