"""A desk with much to do: its workspace, its settings with promises of seconds, what people do there, and what is
kept and shown at the end. For the tests that kill, stop and restart its processes."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

import sandbox
from bot.wiring import Store
from commands.views.desk import OPEN_FORM
from policy.clocks import next_slot
from policy.commits import Committed, Operation
from policy.reminders import wake_at
from policy.schema import Policy
from policy.tickets import Person, Ticket
from policy.timeline import Acknowledged, Entry, Reminded, Resolved, UpdatePosted
from policy.transitions import Change, Request, open_ticket, resolve
from storage import keys
from storage.errors import StorageUnavailable
from tests.scenarios.coverage_checker import History, Seen, seen_in
from tests.scenarios.processes import Processes

T = TypeVar("T")

SEED: Final = 20261122
PATIENCE_S: Final = 60.0

HOME, BOT, TRIAGE = "T0HOME", "U0SUPPORT", "C0TRIAGE"
STAFF: Final = ("U0ERIN", "U0OMAR", "U0IDA")
KEYS: Final = tuple(f"K{number:02}" for number in range(10))
WORKERS: Final = ("worker-1", "worker-2")

CONFIG: Final = f"""
[staff]
engineers = ["{'", "'.join(STAFF)}"]
triage_channel = "{TRIAGE}"

[worker]
channel_interval = "0s"
slack_timeout = "2s"
lease = "4s"

[policy.escalation]
tell_customer = false  # what the customer hears is held against what staff wrote

[policy.severity.1]
respond = "4s"
update_every = "3s"
wake_again = ["1s"]
[policy.severity.2]
respond = "5s"
update_every = "4s"
[policy.severity.3]
respond = "6s"
update_every = "4s"

[regions.us-east]
on_call = "U0IDA"
"""


def customer(key: str) -> str:
    return f"U0{key}"


def channel(key: str) -> str:
    return f"C0{key}"


def world(events: Sequence[str] = ()) -> dict[str, Any]:
    staff = [*STAFF, BOT]
    return {
        "app": {
            "team": HOME,
            "name": "support",
            "bot_user_id": BOT,
            "commands": ["/incident"],
            "events": [*events],
        },
        "teams": [{"id": HOME, "name": "Vendor"}],
        "users": [
            *({"id": one, "team": HOME, "name": one[2:].lower()} for one in STAFF),
            *({"id": customer(key), "team": HOME, "name": key.lower(), "is_guest": True} for key in KEYS),
        ],
        "channels": [
            {"id": TRIAGE, "name": "triage", "private": True, "members": staff},
            *(
                {"id": channel(key), "name": f"{key.lower()}-support", "members": [customer(key), *staff]}
                for key in KEYS
            ),
        ],
    }


ACCOUNTS: Final[list[dict[str, Any]]] = [
    {"key": key, "name": f"Customer {key}", "plan": "emergency", "region": "us-east", "channel": channel(key)}
    for key in KEYS
]


class Story:
    """What people do while things break. `rng` decides who does what; `done` is what they were told is kept, by
    ticket: the words that they told the customer, or `ack`."""

    def __init__(
        self, parts: Processes, store: Store, people: sandbox.Client, policy: Policy, seed: int = SEED
    ) -> None:
        self.parts, self.store, self.people, self.policy = parts, store, people, policy
        self.rng = random.Random(seed)
        self.open: list[str] = []
        self.done: list[tuple[str, str]] = []
        self.calls: Counter[str] = Counter()
        self._calls_read = 0
        self._acts = 0

    async def seed(self, count: int) -> None:
        """Open tickets as the use case does, without a form for each."""
        accounts = self.store.directories.current.accounts
        for number in range(count):
            account = accounts[KEYS[number % len(KEYS)]]
            request = Request(
                title=f"trouble {number}",
                severity=self.rng.choice("1223333"),
                opener=Person(customer(account.key), HOME),
                channel=account.channel,
            )
            now = datetime.now(UTC)

            def decide(
                number: int, account: Any = account, request: Any = request, now: datetime = now
            ) -> Change:
                return open_ticket(self.policy, account, request, number, now)

            ask = partial(
                self.store.tickets.open,
                account.key,
                decide,
                operation=Operation(f"seed-{number}", account.key),
                wake=lambda change: wake_at(self.policy, change.ticket, change.ticket.moved),
                now=now,
            )
            outcome = await insist(ask)
            known = outcome.stored.ticket.id if isinstance(outcome, Committed) else outcome.ticket
            self.open.append(known)

    async def by_form(self, count: int) -> None:
        """Open tickets as customers do."""
        for number in range(count):
            key = KEYS[number % len(KEYS)]
            user = customer(key)
            await self.people.command(user, channel(key), "/incident", f"sev{number % 3 + 1} broken {number}")
            (form,) = await self.people.views(user)
            sent = await self.people.submit(user, form.id)
            assert sent.ok, sent
            await self.people.close_view(user, form.id, clear=True)
            for stored in await self.store.tickets.open_of(key):
                if stored.ticket.title == f"broken {number}":
                    self.open.append(stored.ticket.id)

    async def act(self, count: int) -> None:
        """Staff acknowledge, tell, resolve and snooze, here and there; what fails, fails: they see it."""
        for _ in range(count):
            self._acts += 1
            ticket = self.rng.choice(self.open)
            what = self.rng.choices(("ack", "update", "resolve", "snooze"), (5, 4, 2, 1))[0]
            words = {"ack": "", "snooze": "3s"}.get(what, f"words no {self._acts}.")
            sent = await self.people.command(
                self.rng.choice(STAFF), TRIAGE, "/incident", f"{what} {ticket} {words}"
            )
            if sent.ok and ":warning:" not in str(sent.body) and what != "snooze":
                self.done.append((ticket, words or what))
            if what == "resolve":
                self.open.remove(ticket)

    async def count_calls(self) -> None:
        for call in await self.people.calls(since=self._calls_read):
            self._calls_read = call.seq
            if call.method == "chat.postMessage" and call.error is None:
                self.calls["posted"] += 1
            if call.fault:
                self.calls[call.fault] += 1

    async def posted(self, more: int) -> None:
        """Wait until that many more messages stand in the channels."""
        wanted = self.calls["posted"] + more

        async def enough() -> bool:
            await self.count_calls()
            return self.calls["posted"] >= wanted

        await until(enough, f"{more} more messages")

    async def misbehave(self, times: int) -> None:
        """Have Slack fail in every way that it knows, that many times each."""
        for method in ("chat.postMessage", "chat.update"):
            await self.people.faults(method, kind="ratelimited", times=times, retry_after=1)
            await self.people.faults(method, kind="lost", times=times)
            await self.people.faults(method, kind="drop", times=times)
            await self.people.faults(method, kind="status", times=times, status=503)
            await self.people.faults(method, kind="error", times=times, error="internal_error")
        for method in ("conversations.history", "conversations.replies"):
            await self.people.faults(method, kind="ratelimited", times=times, retry_after=1)
            await self.people.faults(method, kind="lost", times=times)
        await self.people.faults("conversations.create", kind="lost", times=times)
        # Longer than the bot waits for Slack, and shorter than a lease.
        await self.people.faults("chat.postMessage", kind="slow", times=times, delay_s=2.6)

    async def in_the_middle_of_posts(self) -> None:
        """Come to a moment at which messages are on their way: Slack is slow, and has been for a while."""
        await self.count_calls()
        before = self.calls["slow"]
        await self.people.faults("chat.postMessage", kind="slow", times=80, delay_s=0.4)

        async def slow() -> bool:
            await self.count_calls()
            return self.calls["slow"] >= before + 5

        await until(slow, "slow posts")


async def until(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not await holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {PATIENCE_S:g} s in vain for {what}")
        await asyncio.sleep(0.1)


async def finish(story: Story) -> datetime:
    """Let all go well again, and everything be resolved and delivered; answers with an instant, up to which every
    slot must be covered."""
    await story.people.clear_faults()
    cut = datetime.now(UTC)
    await until(lambda: covered(story, cut), "every slot up to now")
    await asyncio.gather(*(resolve_now(story, ticket) for ticket in await open_tickets(story.store)))
    await until(lambda: idle(story.store), "all to be delivered")
    return cut


async def insist(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until it is answered: Redis may be away, or the machine too busy to answer in time. What is asked changes
    nothing, or nothing twice."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return await ask()
        except StorageUnavailable:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)


async def open_tickets(store: Store) -> list[Ticket]:
    return [stored.ticket for key in KEYS for stored in await insist(partial(store.tickets.open_of, key))]


async def covered(story: Story, cut: datetime) -> bool:
    return all(
        ticket.clock is None or next_slot(story.policy, ticket.clock, ticket.clock.covered_until).at > cut
        for ticket in await open_tickets(story.store)
    )


async def resolve_now(story: Story, ticket: Ticket) -> None:
    while True:
        base = await insist(partial(story.store.tickets.get, ticket.id))
        assert base is not None
        if not base.ticket.is_open:
            return  # the answer to an earlier try was lost
        now = datetime.now(UTC)
        change = resolve(base.ticket, STAFF[0], "the end.", now)
        assert isinstance(change, Change)
        try:
            outcome = await story.store.tickets.change(base, change, wake=None, now=now)
        except StorageUnavailable:
            continue
        if isinstance(outcome, Committed):
            return


async def idle(store: Store) -> bool:
    """Whether nothing waits for anything, but for what a resolved ticket wants in some days."""
    soon = (time.time() + 3600) * 1000
    for shard in range(keys.SHARDS):
        for words in (("ZCOUNT", keys.due(shard), "-inf", soon), ("HLEN", keys.work(shard))):
            if await insist(partial(store.scripts.command, *words)):
                return False
    return True


async def kept(store: Store) -> list[History]:
    for shard in range(keys.SHARDS):
        assert await insist(partial(store.queue.dead_letters, shard)) == []
    found = []
    for key in KEYS:
        newest = int(await insist(partial(store.scripts.command, "GET", keys.count(key))) or 0)
        ids = [f"{key}-{number}" for number in range(1, newest + 1)]
        for stored in await insist(partial(store.tickets.many, ids)):
            entries = await insist(partial(store.tickets.timeline, stored.ticket.id))
            found.append(History(stored.ticket, entries))
    return found


async def shown(slack_url: str) -> list[Seen]:
    """Every message of the bot but the buttons, of which each account has exactly one. Raises KeyError for one that
    has no id."""
    found: list[Seen] = []
    slack = AsyncWebClient(token="xoxb-sandbox", base_url=f"{slack_url}/api/", retry_handlers=[])

    async def pages(method: Any, name: str, **arguments: Any) -> list[dict[str, Any]]:
        got: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = await method(cursor=cursor, limit=200, **arguments)
            got += page[name]
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return got

    listed = await pages(slack.conversations_list, "channels", types="public_channel,private_channel")
    for one in (one["id"] for one in listed):
        top = await pages(slack.conversations_history, "messages", channel=one, include_all_metadata=True)
        buttons = [message for message in top if f"'{OPEN_FORM}'" in str(message.get("blocks"))]
        is_account = one in {channel(key) for key in KEYS}
        assert len(buttons) == (1 if is_account else 0)
        for message in top:
            if message in buttons or "bot_id" not in message:
                continue
            found.append(seen_in(one, message))
            if message.get("reply_count"):
                replies = await pages(
                    slack.conversations_replies,
                    "messages",
                    channel=one,
                    ts=message["ts"],
                    include_all_metadata=True,
                )
                found += [
                    seen_in(one, reply)
                    for reply in replies
                    if reply["ts"] != message["ts"] and "bot_id" in reply
                ]
    return found


def assert_kept(done: list[tuple[str, str]], histories: list[History]) -> None:
    """What people were told was kept is on the timeline, once."""
    by_ticket = {history.ticket.id: history.entries for history in histories}
    for ticket, what in done:
        entries = by_ticket[ticket]
        if what == "ack":
            assert any(isinstance(entry, Acknowledged | UpdatePosted | Resolved) for entry in entries)
        else:
            said = [entry for entry in entries if what in words_of(entry)]
            assert len(said) == 1, (ticket, what)
    assert any(isinstance(entry, Reminded) for entries in by_ticket.values() for entry in entries)


def words_of(entry: Entry) -> tuple[str, str]:
    """What somebody wrote of their own: a text, a reason (empty: none)."""
    return getattr(entry, "text", ""), getattr(entry, "reason", "")
