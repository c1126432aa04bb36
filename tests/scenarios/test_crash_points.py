"""A process dies between any two steps of its work, on purpose, at each point once; the next one goes on.

Each point has machines of its own; some of them crash at the same time. What holds afterwards: the checker finds
every promise kept, and Slack was asked for each message as often as the point says.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sandbox
from bot.accounts import accounts_of
from bot.running import running
from bot.settings import Environment, Settings, settings_of
from bot.wiring import Bot, Store, bot_of, store_of
from policy.timeline import Opened, Reminded, RoomOpened
from storage import codec, keys
from tests.scenarios.busy_desk import (
    ACCOUNTS,
    KEYS,
    STAFF,
    TRIAGE,
    Story,
    channel,
    customer,
    finish,
    insist,
    kept,
    shown,
    world,
)
from tests.scenarios.coverage_checker import Findings, History, check
from tests.scenarios.crashing import CHANNEL, DELIVERY, OPENING, WEBHOOK, Forge
from tests.scenarios.receiver import Receiver, receiving
from tests.servers import single_server

KEY = KEYS[0]
TICKET = f"{KEY}-1"
AT_ONCE = 3
TABLES: dict[str, Any] = {
    "staff": {"engineers": [*STAFF], "triage_channel": TRIAGE},
    "worker": {"channel_interval": "0s", "slack_timeout": "10s", "lease": "30s"},
    "policy": {
        "escalation": {"tell_customer": False},
        "severity": {
            "1": {"respond": "8s", "update_every": "6s", "wake_again": []},
            "3": {"respond": "8s", "update_every": "6s"},
        },
    },
}


@dataclass
class Scene:
    """Machines of their own for one crash. `bot` runs what comes after it."""

    point: str
    box: sandbox.Box
    store: Store
    settings: Settings
    forge: Forge
    job: dict[str, Any]
    receiver: Receiver | None = None
    histories: list[History] = field(default_factory=list)

    async def crash(self, target: str = "", *, web: bool = False) -> str:
        """Start the process that is to die; answers with its address."""
        return await self.forge.begin(self.point, target, web=web, **self.job)

    async def died(self) -> None:
        """Wait until it has, and for its leases to run out: here they have at once."""
        assert await self.forge.crashed(self.point), "the process did not come to its point"
        for shard in range(keys.SHARDS):
            for member, lease in (await hash_of(self.store, keys.leases(shard))).items():
                words = ("HSET", keys.leases(shard), member, lease.partition(b"|")[0] + b"|0")
                await insist(partial(self.store.scripts.command, *words))

    @asynccontextmanager
    async def rescued(self, *, web: bool = False) -> AsyncIterator[tuple[Bot, str]]:
        """Another process (here: this one) goes on."""
        async with bot_of(self.settings) as bot, running(bot, web=web) as address:
            looking = asyncio.create_task(_keep_looking(bot))
            try:
                yield bot, address
            finally:
                looking.cancel()

    async def opened(self, severity: str) -> None:
        story = self.story()
        story.rng.choice = lambda _: severity  # type: ignore[method-assign, assignment]
        await story.seed(1)

    async def opened_and_paged(self) -> None:
        """A severity 1 that a pager hears of: by the bot's own store, which knows who is paged."""
        async with bot_of(self.settings) as bot:
            own, self.store = self.store, bot.store
            await self.opened("1")
            self.store = own

    def story(self) -> Story:
        parts: Any = None  # there are none
        return Story(parts, self.store, self.box.client, self.settings.policy)

    async def checked(self) -> Findings:
        """Let the rest take place, and hold the channels against the timelines."""
        cut = await finish(self.story())
        self.histories = await kept(self.store)
        messages = await shown(self.box.url)
        found = check(self.settings.policy, self.histories, messages, until=cut, triage=TRIAGE)
        assert found.problems == [], found.problems
        return found

    async def posts(self) -> Counter[str]:
        """How often Slack was asked to post each message, by its id."""
        calls = await self.box.client.calls("chat.postMessage")
        return Counter(id_in(call.args["metadata"]) for call in calls if "metadata" in call.args)

    async def note(self, member: str) -> codec.WorkNote | None:
        """What is on record of a member's delivery; None: nothing."""
        shard = keys.shard_of(KEY)
        blob = await insist(partial(self.store.scripts.command, "HGET", keys.work(shard), member))
        return codec.decode_note(blob) if blob else None

    async def looked(self) -> int:
        """How often Slack was asked what stands in a channel or a thread, with the ids."""
        calls = await self.box.client.calls()
        found = [call for call in calls if call.method in {"conversations.history", "conversations.replies"}]
        return sum(bool(call.args.get("include_all_metadata")) for call in found)


def id_in(metadata: Any) -> str:
    given = json.loads(metadata) if isinstance(metadata, str) else metadata
    return str(given["event_payload"]["id"])


async def hash_of(store: Store, key: str) -> dict[bytes, bytes]:
    flat = await insist(partial(store.scripts.command, "HGETALL", key))
    return flat if isinstance(flat, dict) else dict(zip(flat[::2], flat[1::2], strict=True))


async def _keep_looking(bot: Bot) -> None:
    """A lease that runs out wakes nobody; a worker looks every few seconds."""
    while True:
        bot.worker.look_again()
        await asyncio.sleep(0.1)


Crash = Callable[[Scene], Awaitable[None]]


async def at_each(points: Iterable[str], crash: Crash, *, paged: bool = False) -> None:
    """Have a crash at each of the points, some at the same time."""

    at_once = asyncio.Semaphore(AT_ONCE)

    async def one(point: str) -> None:
        try:
            async with at_once, _scene(point, forge, paged=paged) as scene:
                await crash(scene)
        except BaseException as error:
            error.add_note(f"at the point: {point}")
            raise

    async with Forge.running() as forge, asyncio.TaskGroup() as group:
        for point in points:
            group.create_task(one(point))


@asynccontextmanager
async def _scene(point: str, forge: Forge, *, paged: bool) -> AsyncIterator[Scene]:
    async with single_server() as url, sandbox.serve(world()) as box, receiving() as receiver:
        app = world()["app"]
        environment = {
            "slack_bot_token": app.get("bot_token", "xoxb-sandbox"),
            "slack_signing_secret": app.get("signing_secret", "sandbox-signing-secret"),
            "slack_api_url": box.api_url,
            "redis_url": url,
            "supportbot_port": 0,
            "supportbot_paging_secret": "a-long-secret-of-the-pager",
        }
        tables = {**TABLES, "paging": {"webhook": f"{receiver.url}/page"}} if paged else TABLES
        settings = settings_of(Environment.of(**environment), tables, "test settings")
        async with store_of(settings) as store:
            known = accounts_of(ACCOUNTS, settings.policy, "accounts")
            version = {settings.policy.version: settings.policy.source}
            await insist(partial(store.directories.put, known, version))
            job = {"environment": environment, "tables": tables}
            yield Scene(point, box, store, settings, forge, job, receiver)


async def test_each_step_of_a_lane() -> None:
    """The thread that the customer reads: the first message of a ticket."""

    async def crash(scene: Scene) -> None:
        await scene.opened("3")
        await scene.crash(lane := f"lane:{TICKET}:customer")
        await scene.died()
        note, posts = await scene.note(lane), await scene.posts()
        assert_left_behind(scene.point, note, posts)
        async with scene.rescued():
            await scene.checked()
        (history,) = scene.histories
        assert history.ticket.customer is not None
        await assert_asked_once(scene)

    await at_each(DELIVERY, crash)


async def test_each_step_of_a_reminder() -> None:
    async def crash(scene: Scene) -> None:
        await scene.opened("3")
        await scene.crash(member := f"remind:{TICKET}")
        await scene.died()
        note, posts = await scene.note(member), await scene.posts()
        before = [
            one
            for one in await insist(partial(scene.store.tickets.timeline, TICKET))
            if isinstance(one, Reminded)
        ]
        assert len(before) == (scene.point == "after settle")
        assert_left_behind(scene.point, note, posts)
        async with scene.rescued():
            found = await scene.checked()
        assert found.reminders
        await assert_asked_once(scene)

    await at_each(DELIVERY, crash)


def assert_left_behind(point: str, note: codec.WorkNote | None, posts: Counter[str]) -> None:
    """What the process that died has left: the attempt is on record from before the call until it is settled."""
    if point in {"claimed", "after settle"}:
        assert note is None or note.attempt is None
        return
    assert note is not None
    assert note.attempt is not None
    assert posts[note.attempt] == (0 if point == "attempt recorded" else 1)


async def assert_asked_once(scene: Scene) -> None:
    """Nobody asks Slack twice for one message: who takes over an attempt without an end looks first."""
    posts = await scene.posts()
    assert set(posts.values()) == {1}, posts
    if scene.point not in {"claimed", "after settle"}:
        assert await scene.looked()


async def test_each_step_of_an_opening() -> None:
    """The web half dies under a form that is sent; whoever sent it sees that it failed, and sends it again."""

    async def crash(scene: Scene) -> None:
        people, user = scene.box.client, customer(KEY)
        await people.set_request_url(await scene.crash(web=True))
        await people.command(user, channel(KEY), "/incident", "sev3 API is down")
        (form,) = await people.views(user)
        dying = asyncio.create_task(scene.died())
        while not dying.done():
            sent = await people.submit(
                user, form.id
            )  # again, where the machine was too busy to keep it in time
            await asyncio.wait([dying], timeout=0.5)
        await dying
        assert not sent.ok
        kept_already = await insist(partial(scene.store.tickets.get, TICKET))
        assert (kept_already is None) == (scene.point == "before the script")
        async with scene.rescued(web=True) as (_, address):
            await people.set_request_url(address)
            (form,) = await people.views(user)
            again = await people.submit(user, form.id)
            assert again.ok, again
            assert TICKET in str(again.view)
            await scene.checked()
        assert [history.ticket.title for history in scene.histories] == ["API is down"]
        assert sum(isinstance(entry, Opened) for entry in scene.histories[0].entries) == 1

    await at_each(OPENING, crash)


async def test_each_step_of_making_a_channel() -> None:
    async def crash(scene: Scene) -> None:
        await scene.opened("1")
        await scene.crash(f"lane:{TICKET}:staff")
        await scene.died()
        stored = await insist(partial(scene.store.tickets.get, TICKET))
        assert stored is not None
        assert (stored.ticket.staff is not None) == (scene.point == "ticket settled")
        async with scene.rescued():
            await scene.checked()
        names = Counter(one["name"] for one in await scene.box.client.channels())
        assert names[f"inc-{TICKET.lower()}"] == 1
        (history,) = scene.histories
        rooms = [one for one in history.entries if isinstance(one, RoomOpened) and one.side == "staff"]
        assert len(rooms) == 1
        assert history.ticket.staff is not None
        assert await insist(partial(scene.store.queue.room, history.ticket.staff.channel, None)) == TICKET

    await at_each(CHANNEL, crash)


async def test_each_step_of_a_page() -> None:
    """A webhook has the id of its alert as the key by which the receiver knows a second one."""

    async def crash(scene: Scene) -> None:
        assert scene.receiver is not None
        await scene.opened_and_paged()
        await scene.crash("")
        await scene.died()
        assert len(scene.receiver.bodies) == 1
        async with scene.rescued():
            await scene.checked()
        raised = [body for body in scene.receiver.bodies if body["id"] == scene.receiver.bodies[0]["id"]]
        assert len(raised) == 2
        assert raised[0] | {"at": ""} == raised[1] | {"at": ""}
        assert set(Counter(body["id"] for body in scene.receiver.bodies[2:]).values()) <= {1}

    await at_each(WEBHOOK, crash, paged=True)
