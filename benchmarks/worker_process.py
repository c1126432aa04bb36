"""The real worker in a process of its own: before a Slack that answers at once and does nothing, or before one
that is spoken to over HTTP."""

import asyncio
from contextlib import AsyncExitStack
from typing import Final

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.accounts import TRIAGE
from benchmarks.child import tell, told
from benchmarks.posts import Log, was_posted
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
from policy.tickets import MessageRef
from storage.connect import connect
from storage.directories import Directories
from storage.queue import Queue
from storage.scripts import Scripts
from storage.tickets import Tickets
from storage.wakes import Wakes

_CONNECTIONS: Final = 128


class NoSlack(Slack):
    """Posts nothing, at once, and finds what any process has noted. With `render`, each message is made into what the
    SDK would be given, as the real one does before it calls Slack."""

    def __init__(self, log: Log, *, render: bool) -> None:
        self.health = SlackHealth()
        self._log = log
        self._render = render

    async def post(self, channel: str, thread: str | None, message: Message, opaque_id: str) -> MessageRef:
        if self._render:
            message.payload()
        self._log.note(thread or channel)
        return MessageRef(channel, thread or opaque_id)

    async def find(
        self, channel: str, thread: str | None, opaque_id: str, since_s: float
    ) -> MessageRef | None:
        there = was_posted(
            self._log.directory, thread or channel
        )  # one reminder a ticket, one thread a ticket
        return MessageRef(channel, thread or opaque_id) if there else None

    async def edit(self, message: MessageRef, shown: Message) -> None:
        if self._render:
            shown.payload()


def main(url: str, log: str, slack_url: str, lease_ms: str, render: str = "") -> None:
    asyncio.run(_work(url, Log(log), slack_url, int(lease_ms), render=render == "render"))


async def _work(url: str, log: Log, slack_url: str, lease_ms: int, *, render: bool) -> None:
    settings = settings_of(Environment.of(), {}, "the benchmark")
    clock = SystemClock()
    client = connect(url)
    async with AsyncExitStack() as stack:
        slack: Slack = NoSlack(log, render=render)
        if slack_url:
            session = await stack.enter_async_context(
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=_CONNECTIONS))
            )
            slack = Slack(
                AsyncWebClient(token="xoxb-bench", base_url=slack_url, session=session, retry_handlers=[])
            )
        scripts = Scripts(client)
        queue, tickets, directories = (
            Queue(scripts, lease_ms=lease_ms),
            Tickets(scripts),
            Directories(scripts),
        )
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
        wakes = await stack.enter_async_context(Wakes.at(url))
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
    tell({"ended": False})
