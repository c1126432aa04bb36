"""A round of chaos: the product as processes, blows by a seed, people who go on meanwhile, a check at the end."""

import asyncio
import json
import time
import tomllib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any, Final

import sandbox
from bot.accounts import accounts_of
from bot.manifest import BOT_EVENTS
from bot.settings import Environment, settings_of
from bot.wiring import store_of
from sandbox.wire import Call
from storage import codec, keys
from storage.codec import Pause
from storage.errors import StorageError
from tests.chaos.crowd import Crowd, missing
from tests.chaos.stores import store_named
from tests.scenarios.busy_desk import (
    ACCOUNTS,
    CONFIG,
    TRIAGE,
    assert_kept,
    finish,
    insist,
    kept,
    shown,
    until,
    world,
)
from tests.scenarios.coverage_checker import Findings, History, Seen, check
from tests.scenarios.processes import DidNotStart, Processes, Program
from tests.servers import short_dir

LEASE_S: Final = 5.0
STANDS_STILL_S: Final = LEASE_S + 1.5
_ARRIVED_S: Final = 3.2
"""So long after a process was stopped Slack has what left it before: longer than the slowest post."""
_PATIENCE_S: Final = 120.0
_RETRIES_S: Final = [0.0, 1.0, 3.0, 8.0, 15.0, 30.0]
"""When Slack delivers an event again: its own schedule, shortened, and longer than any outage here."""
_CONFIG: Final = CONFIG.replace('lease = "4s"', f'lease = "{LEASE_S:g}s"')

Blow = Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a round is. `turns`: the blows of each; those of a turn fall at the same time."""

    store: str
    workers: int
    tickets: int
    turns: tuple[tuple[str, ...], ...]
    faults: int = 2


BLOWS: Final = ("kill worker", "kill web", "stop worker", "store", "pause", "kill all workers", "restart all")
_TOGETHER: Final = (
    ("stop worker", "kill web"),
    ("stop worker", "store"),
    ("kill worker", "store"),
    ("pause", "store"),
    ("pause", "kill worker"),
    ("kill all workers", "kill web"),
)


def short_shape(rng: Random) -> Shape:
    """What takes half a minute: every kind of fault, on one server."""
    turns = [("stop worker", "kill web"), ("kill worker", "store"), ("pause",)]
    rng.shuffle(turns)
    return Shape("single", 2, 30, tuple(turns), faults=1)


def long_shape(rng: Random, store: str) -> Shape:
    """What takes a minute or two."""
    turns = [rng.choice(_TOGETHER) if rng.random() < 0.5 else (rng.choice(BLOWS),) for _ in range(6)]
    return Shape(store, 3, 60, (("store",), *turns))


@dataclass(slots=True)
class Result:
    """What a round found, and what it did: `blows` and `faults` by kind, `kept` confirmed writes."""

    found: Findings
    blows: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    deeds: int = 0
    kept: int = 0

    def __str__(self) -> str:
        def listed(counts: Counter[str]) -> str:
            return ", ".join(f"{kind} {times}" for kind, times in sorted(counts.items()))

        return (
            f"{self.found}\n  blows: {listed(self.blows)}\n  of Slack: {listed(self.faults)}\n"
            f"  people: {self.deeds} deeds, {self.kept} writes confirmed"
        )


async def play_round(seed: int, shape_of: Callable[[Random], Shape]) -> Result:
    """One round on machines of its own. `problems` of what was found is empty when every promise was kept."""
    rng = Random(seed)
    shape = shape_of(rng)
    workers = [f"worker-{number}" for number in range(1, shape.workers + 1)]
    with short_dir() as home:
        here = {**world(BOT_EVENTS), "event_retry_s": _RETRIES_S}
        redis = store_named(shape.store, home)
        parts = await Processes.of(home, here, _CONFIG, workers=workers, redis=redis)
        settings = settings_of(
            Environment.of(redis_url=parts.redis.url), tomllib.loads(_CONFIG), "supportbot.toml"
        )
        try:
            async with store_of(settings) as store, sandbox.Client(parts.slack_url) as people:
                known = accounts_of(ACCOUNTS, settings.policy, "accounts")
                await store.directories.put(known, {settings.policy.version: settings.policy.source})
                crowd = Crowd(parts, store, people, settings.policy, seed=seed)
                chaos = Chaos(shape, crowd, rng)
                await chaos.play()
                cut = await finish(crowd)
                await crowd.count_calls()
                posts = await people.calls("chat.postMessage")
                histories = await kept(store)
                edits = await crowd.confirmed_edits()
                for program in parts.bots.values():
                    await program.stop()
                messages = await shown(parts.slack_url)
        except BaseException:
            print(parts.last_words())
            raise
        finally:
            await parts.end()
    found = check(
        settings.policy,
        histories,
        messages,
        until=cut,
        triage=TRIAGE,
        private=crowd.private,
        in_the_window=chaos.in_the_window,
    )
    found.problems += missing(crowd, edits, histories)
    if found.problems:
        tell(found.problems, histories, messages, posts)
    assert_kept(crowd.done, histories)
    faults = Counter({kind: times for kind, times in crowd.calls.items() if kind != "posted"})
    kept_writes = len(crowd.done) + sum(crowd.titles.values()) + len(crowd.said) + len(edits)
    return Result(found, chaos.blows, faults, crowd.deeds, kept_writes)


def tell(
    problems: Sequence[str], histories: Sequence[History], messages: Sequence[Seen], posts: Sequence[Call]
) -> None:
    """Print what there is to know about the first problems."""
    about = " ".join(problems[:8])
    for history in histories:
        if f"{history.ticket.id}:" in about:
            print(f"--- {history.ticket.id}, {history.ticket.state}")
            print("\n".join(f"  {entry}" for entry in history.entries))
    for message in messages:
        if message.id in about:
            print(
                f"--- {message.id} stands at {message.channel} {message.thread} {message.ts}: {message.words[:60]!r}"
            )
    for call in posts:
        if (opaque_id := _id_in(call.args.get("metadata"))) and opaque_id in about:
            print(f"--- {opaque_id} asked for at {call.at:.3f}: {call.fault} {call.error} {call.result}")


class Chaos:
    """The blows of one round. `in_the_window`: what was under way to Slack, and had not left, when its process was
    stopped."""

    def __init__(self, shape: Shape, crowd: Crowd, rng: Random) -> None:
        self.shape, self.crowd, self.rng = shape, crowd, rng
        self.parts: Processes = crowd.parts
        self.blows: Counter[str] = Counter()
        self.in_the_window: set[str] = set()
        self._stopping = asyncio.Event()
        self._taken: set[str] = set()

    async def play(self) -> None:
        """Blow after blow; at the end everything runs, and nothing is broken any more."""
        crowd = self.crowd
        await asyncio.gather(*(self._start(program) for program in self.parts.bots.values()))
        await crowd.seed(self.shape.tickets)
        going_on = [asyncio.create_task(crowd.go_on(self._stopping)) for _ in range(2)]
        try:
            for turn in self.shape.turns:
                await crowd.misbehave(self.shape.faults)
                await crowd.in_the_middle_of_posts()
                self._taken.clear()
                done = await asyncio.gather(*(self._blow(kind)() for kind in turn))
                self.blows.update(done)
                await crowd.posted(20)
        finally:
            self._stopping.set()
            await asyncio.gather(*going_on)
        await crowd.people.clear_faults()
        await until(crowd.settled, "every event to be taken")
        await until(self._read, "the threads to be read")

    def _blow(self, kind: str) -> Blow:
        match kind:
            case "kill worker":
                return self._kill_worker
            case "kill web":
                return self._kill_web
            case "stop worker":
                return self._stop_worker
            case "kill all workers":
                return self._kill_all_workers
            case "restart all":
                return self._restart_all
            case "pause":
                return self._pause
            case _:
                return self._strike_store

    async def _strike_store(self) -> str:
        redis: Any = self.parts.redis
        return str(await redis.strike(self.rng))

    def _a_worker(self) -> Program:
        """One that nothing else befalls in this turn."""
        names = [name for name in self.parts.bots if name != "web" and name not in self._taken]
        name = self.rng.choice(names)
        self._taken.add(name)
        return self.parts.bots[name]

    async def _kill_worker(self) -> str:
        worker = self._a_worker()
        await worker.kill()
        await asyncio.sleep(self.rng.uniform(0, 1))
        await self._start(worker)
        return "worker killed"

    async def _kill_all_workers(self) -> str:
        workers = [self.parts.bots[name] for name in self.parts.bots if name != "web"]
        await asyncio.gather(*(worker.kill() for worker in workers))
        await asyncio.sleep(self.rng.uniform(0, 4))
        await asyncio.gather(*(self._start(worker) for worker in workers))
        return "all workers killed"

    async def _kill_web(self) -> str:
        web = self.parts.bots["web"]
        await asyncio.sleep(self.rng.uniform(0, 1))
        await web.kill()
        await self._start(web)
        return "web killed"

    async def _restart_all(self) -> str:
        for program in self.parts.bots.values():
            await program.stop()
            await self._start(program)
        return "all restarted, one after the other"

    async def _pause(self) -> str:
        pauses = self.crowd.store.pauses
        await insist(lambda: pauses.pause(Pause(since=datetime.now(UTC), by="chaos")))
        await asyncio.sleep(self.rng.uniform(1, 3))
        await insist(pauses.resume)
        return "paused and resumed"

    async def _stop_worker(self) -> str:
        """SIGSTOP for longer than a lease."""
        worker = self._a_worker()
        worker.freeze()
        try:
            await asyncio.sleep(0.2)
            under_way = await self._attempts()
            await asyncio.sleep(_ARRIVED_S)
            arrived = await self._arrived()
            self.in_the_window |= under_way - arrived
            await asyncio.sleep(STANDS_STILL_S - _ARRIVED_S)
        finally:
            worker.thaw()
        return "worker stopped for longer than its lease"

    async def _attempts(self) -> set[str]:
        """The ids of all messages that are recorded as being posted."""
        found: set[str] = set()
        for shard in range(keys.SHARDS):
            try:
                notes = await self.crowd.store.scripts.command("HVALS", keys.work(shard))
            except StorageError:
                continue
            attempts = (codec.decode_note(note).attempt for note in notes)
            found.update(attempt for attempt in attempts if attempt)
        return found

    async def _arrived(self) -> set[str]:
        """The ids of all messages that Slack was asked to post."""
        calls = await self.crowd.people.calls("chat.postMessage")
        metadata = (call.args.get("metadata") for call in calls)
        return {opaque_id for one in metadata if (opaque_id := _id_in(one))}

    async def _start(self, program: Program) -> None:
        """Start a part again; it may find Redis away, and then ends: as long as it does."""
        give_up_at = time.monotonic() + _PATIENCE_S
        while True:
            try:
                address = await self.parts.start(program.name)
                break
            except (DidNotStart, TimeoutError):
                await program.kill()
                if time.monotonic() > give_up_at:
                    raise
                await asyncio.sleep(0.3)
        if program.name == "web":
            await self.crowd.people.set_request_url(address)

    async def _read(self) -> bool:
        """Whether no thread waits to be read."""
        for shard in range(keys.SHARDS):
            ask = partial(self.crowd.store.scripts.command, "ZRANGE", keys.due(shard), 0, -1)
            waiting = await insist(ask)
            if any(member.startswith(b"read:") for member in waiting):
                return False
        return True


def _id_in(metadata: Any) -> str | None:
    if isinstance(metadata, str):
        metadata = json.loads(metadata)
    return metadata["event_payload"]["id"] if metadata else None
