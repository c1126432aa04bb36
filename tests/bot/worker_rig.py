"""The worker's side of the bot, one step at a time: a real Redis, the stand-in for Slack, a clock that the test
moves. Nobody works but when the test says so."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

import sandbox
from bot.clock import SystemClock
from bot.dead_letters import DeadLetterAlerts
from bot.delivery import Delivery, Places
from bot.digests import DIGEST, Digests
from bot.duty_reminders import DUTY, DutyReminders
from bot.handlers import Handlers
from bot.handover_notes import HANDOVER, HandoverNotes
from bot.paging import Pager
from bot.policies import PolicyBook
from bot.posting import Posting
from bot.profiles import Profiles
from bot.readers import Readers
from bot.rounds import Rounds
from bot.slack import Slack
from commands.summaries import Books
from commands.text import Texts, text
from commands.views.message import Message
from policy.closing import confirmed_by_itself_at
from policy.commits import Committed, Operation
from policy.directory import Account
from policy.instants import to_ms
from policy.load import load_policy
from policy.reminders import wake_at
from policy.schema import Policy
from policy.tickets import MessageRef, Person, Ticket
from policy.timeline import Entry
from policy.times_of_day import read_time_of_day
from policy.transitions import Change, Request, open_ticket
from storage import keys
from storage.connect import connect
from storage.directories import Directories
from storage.duties import DutyHistories
from storage.outages import OutageHistories
from storage.plan import Lease
from storage.queue import Queue
from storage.scripts import Scripts
from storage.summaries import Summaries
from storage.tickets import Tickets
from storage.told import Told

HOME, OTHER, BOT, TRIAGE = "T0HOME", "T0OTHER", "U0SUPPORT", "C0TRIAGE"
ERIN, OMAR, ANN = "U0ERIN", "U0OMAR", "U0ANN"
ACME, GLOBEX, LEADS = "C0ACME", "C0GLOBEX", "C0LEADS"
START = datetime(2026, 11, 18, 14, 0, tzinfo=UTC)
"""A Wednesday, 9:00 in New York."""


class MovedClock(SystemClock):
    """Stands still until it is moved."""

    def __init__(self, at: datetime = START) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at

    def real_s_until(self, instant: datetime) -> float:
        return 0.0 if instant <= self.at else 3600.0


class Killed(BaseException):
    """The process ends here: nothing after this point is carried out."""


class HookedSlack(Slack):
    """Slack's calls, with a place to step in before a post and after it."""

    before_post: Callable[[], Awaitable[None]] | None = None
    after_post: Callable[[], Awaitable[None]] | None = None

    async def post(self, channel: str, thread: str | None, message: Message, opaque_id: str) -> MessageRef:
        if self.before_post is not None:
            await self.before_post()
        posted = await super().post(channel, thread, message, opaque_id)
        if self.after_post is not None:
            await self.after_post()
        return posted


def world() -> dict[str, Any]:
    staff = [ERIN, OMAR, BOT]
    return {
        "app": {"team": HOME, "name": "support", "bot_user_id": BOT, "events": []},
        "teams": [{"id": HOME, "name": "Vendor"}, {"id": OTHER, "name": "Another company"}],
        "users": [
            {"id": ERIN, "team": HOME, "name": "erin"},
            {"id": OMAR, "team": HOME, "name": "omar"},
            {"id": ANN, "team": HOME, "name": "ann", "is_guest": True},
        ],
        "channels": [
            {"id": TRIAGE, "name": "triage", "private": True, "members": staff},
            {"id": LEADS, "name": "leads", "private": True, "members": staff},
            {"id": ACME, "name": "acme-support", "members": [ANN, *staff]},
            {"id": GLOBEX, "name": "globex-support", "members": [ANN, *staff]},
        ],
        "usergroups": [{"id": "S0ONCALL", "handle": "oncall", "members": [OMAR]}],
    }


ACCOUNTS = {
    key: Account(key=key, name=key.title(), plan="emergency", region="us-east", channel=channel)
    for key, channel in (("ACME", ACME), ("GLOBEX", GLOBEX))
}


@dataclass
class Rig:
    """`sent` is a Slack client of the test's own, for what people don't see."""

    box: sandbox.Box
    people: sandbox.Client
    sent: AsyncWebClient
    slack: HookedSlack
    policy: Policy
    clock: MovedClock
    scripts: Scripts
    tickets: Tickets
    queue: Queue
    directories: Directories
    handlers: Handlers
    rounds: Rounds
    zones: dict[str, str]
    duties: DutyHistories
    told: Told
    handled: list[str] = field(default_factory=list)
    _claims: int = 0
    _acts: int = 0

    # -- time

    def pass_time(self, **amount: float) -> None:
        self.clock.at += timedelta(**amount)

    # -- what people do

    async def know(self, accounts: Mapping[str, Account]) -> None:
        """The accounts have other terms from now on."""
        await self.directories.put(accounts, {self.policy.version: self.policy.source})

    async def open(self, severity: str = "1", key: str = "ACME") -> str:
        """Open a ticket; its id."""
        account = ACCOUNTS[key]
        request = Request(
            title="API is down", severity=severity, opener=Person(ANN, HOME), channel=account.channel
        )
        now = self.clock.now()
        outcome = await self.tickets.open(
            key,
            lambda number: open_ticket(self.policy, account, request, number, now),
            operation=Operation(self._act(), key),
            wake=lambda change: wake_at(self.policy, change.ticket, now),
            now=now,
        )
        assert isinstance(outcome, Committed)
        return outcome.stored.ticket.id

    async def change(self, ticket_id: str, decide: Callable[[Ticket, datetime], object]) -> None:
        """Somebody does something to a ticket."""
        base = await self.tickets.get(ticket_id)
        assert base is not None
        now = self.clock.now()
        change = decide(base.ticket, now)
        assert isinstance(change, Change), change
        wake = wake_at(self.policy, change.ticket, now)
        assert isinstance(await self.tickets.change(base, change, wake=wake, now=now), Committed)

    # -- what the worker does

    async def work(self) -> list[str]:
        """Handle what is due, and what that makes due, until there is nothing; which members those were."""
        handled: list[str] = []
        while found := await self.work_once():
            handled += found
        return handled

    async def work_once(self, member: str | None = None) -> list[str]:
        """Handle what is due, or only `member`, once each."""
        handled: list[str] = []
        for shard in range(keys.SHARDS):
            self._claims += 1
            token = f"test.{self._claims}"
            now = self.clock.now()
            _, claimed = await self.queue.claim(shard, now=now, most=50, token=token)
            for item in claimed:
                if member in {None, item.member}:
                    handled.append(item.member)
                    await self.handlers.handle(shard, item, token)
                else:
                    await self.lease_runs_out(shard, item.member)
        return handled

    async def lease_runs_out(self, shard: int, member: str) -> None:
        """As if `lease` had passed since the claim; what was noted stays."""
        await self.scripts.command("HDEL", keys.leases(shard), member)

    async def leases_run_out(self) -> None:
        for shard in range(keys.SHARDS):
            await self.scripts.command("DEL", keys.leases(shard))

    async def taken_by_another(self, lease: Lease) -> None:
        """As if the lease had run out and another worker had claimed."""
        await self.scripts.command("HSET", keys.leases(lease.shard), lease.member, f"another|{2**52}")

    # -- what came of it

    async def ticket(self, ticket_id: str) -> Ticket:
        stored = await self.tickets.get(ticket_id)
        assert stored is not None
        return stored.ticket

    async def entries(self, ticket_id: str, kind: type[Entry]) -> list[Any]:
        return [entry for entry in await self.tickets.timeline(ticket_id) if isinstance(entry, kind)]

    async def room(self, ticket_id: str) -> str:
        """The id of the ticket's incident channel."""
        name = f"inc-{ticket_id.lower()}"
        return next(str(one["id"]) for one in await self.people.channels() if one["name"] == name)

    async def texts(self, channel: str, thread: str | None = None) -> list[str]:
        """What a channel or a thread says, oldest first, blocks and all."""
        shown = await self.people.messages(channel, thread_ts=thread)
        return [f"{one['text']} {one.get('blocks') or ''}" for one in shown]

    async def posts(self, channel: str | None = None) -> list[sandbox.Call]:
        """The calls that posted something."""
        calls = await self.people.calls("chat.postMessage")
        return [
            one
            for one in calls
            if one.error is None and one.status == 200 and channel in {None, one.args["channel"]}
        ]

    async def ids(self) -> list[str]:
        """The ids of all messages, from their metadata."""
        found: list[str] = []
        for channel in await self.people.channels():
            if BOT not in channel["members"]:
                continue
            where = {"channel": channel["id"], "include_all_metadata": True, "limit": 900}
            for root in (await self.sent.conversations_history(**where))["messages"]:
                found.append(root["metadata"]["event_payload"]["id"])
                if root.get("reply_count"):
                    replies = (await self.sent.conversations_replies(ts=root["ts"], **where))["messages"]
                    found += [
                        reply["metadata"]["event_payload"]["id"]
                        for reply in replies
                        if reply["ts"] != root["ts"]
                    ]
        return found

    async def nothing_doubled(self) -> bool:
        ids = await self.ids()
        return len(ids) == len(set(ids))

    async def dead_letters(self) -> list[Any]:
        return [letter for shard in range(keys.SHARDS) for letter in await self.queue.dead_letters(shard)]

    async def waiting(self) -> dict[str, float]:
        """Every due member, and when (ms)."""
        found: dict[str, float] = {}
        for shard in range(keys.SHARDS):
            pairs = await self.scripts.command("ZRANGE", keys.due(shard), 0, -1, "WITHSCORES")
            flat = [part for pair in pairs for part in (pair if isinstance(pair, list) else [pair])]
            found |= {flat[at].decode(): float(flat[at + 1]) for at in range(0, len(flat), 2)}
        return found

    async def to_be_confirmed(self, ticket: str) -> dict[str, float]:
        """What is due where nothing but the customer's word on a resolved ticket is waited for."""
        at = confirmed_by_itself_at(self.policy, await self.ticket(ticket))
        return {f"remind:{ticket}": to_ms(at)} if at else {}

    async def held(self) -> list[str]:
        """Every member under a lease, whether it has run out or not."""
        found: list[str] = []
        for shard in range(keys.SHARDS):
            held = await self.scripts.command("HKEYS", keys.leases(shard))
            found += [member.decode() for member in held]
        return found

    def _act(self) -> str:
        self._acts += 1
        return f"act-{self._acts}"


@asynccontextmanager
async def rig_at(
    redis_url: str,
    *,
    triage: str | None = TRIAGE,
    interval_ms: int = 0,
    clock: Any = None,
    slack_timeout_s: float = 10,
    handover_at: Sequence[str] = (),
    handover_channel: str | None = None,
) -> AsyncIterator[Rig]:
    """A rig on an empty store. `interval_ms` is the least time between two messages in a channel."""
    clock = clock or MovedClock()
    client = connect(redis_url)
    timeout = aiohttp.ClientTimeout(total=slack_timeout_s)
    async with sandbox.serve(world()) as box, aiohttp.ClientSession(timeout=timeout) as session:
        try:
            scripts = Scripts(client)
            tickets, queue, directories = Tickets(scripts), Queue(scripts), Directories(scripts)
            policy = load_policy()
            await directories.put(ACCOUNTS, {policy.version: policy.source})
            web = AsyncWebClient(
                token="xoxb-sandbox", base_url=box.api_url, session=session, retry_handlers=[]
            )
            slack = HookedSlack(web)
            policies = PolicyBook(policy, lambda: directories.current)
            posting = Posting(slack, queue, interval_ms=interval_ms)
            places = Places(triage, "en", "Vendor", {"us-east": "S0ONCALL"})
            delivery = Delivery(slack, posting, queue, policies, lambda: directories.current, clock, places)
            alerts = DeadLetterAlerts(queue, posting, clock, delivery.triage, text("en"))
            zones: dict[str, str] = {}
            duties, told = DutyHistories(scripts), Told(scripts)
            profiles = Profiles(slack, zones)
            readers = Readers(slack, profiles, policies, Texts(), "en")
            books = Books(Summaries(scripts), OutageHistories(scripts), policies, ())
            rounds = Rounds(
                told,
                posting,
                clock,
                lambda: directories.current,
                delivery.triage,
                {
                    DIGEST: Digests(books, duties, lambda: directories.current, readers),
                    DUTY: DutyReminders(duties, policies, lambda: directories.current, readers),
                    HANDOVER: HandoverNotes(
                        tickets,
                        policies,
                        lambda: directories.current,
                        readers,
                        profiles,
                        [read_time_of_day(one) for one in handover_at],
                        lambda: delivery.staff_channel(handover_channel),
                    ),
                },
            )
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
                chores={"alert": alerts.tell, **dict.fromkeys(rounds.kinds, rounds.tell)},
            )
            yield Rig(
                box,
                box.client,
                web,
                slack,
                policy,
                clock,
                scripts,
                tickets,
                queue,
                directories,
                handlers,
                rounds,
                zones,
                duties,
                told,
            )
        finally:
            await client.aclose()


async def until(holds: Callable[[], Awaitable[Any]], what: str, *, patience_s: float = 20.0) -> Any:
    """Ask again and again until the answer is something."""
    deadline = time.monotonic() + patience_s
    while not (answer := await holds()):
        assert time.monotonic() < deadline, f"waited {patience_s:g} s in vain: {what}"
        await asyncio.sleep(0.02)
    return answer
