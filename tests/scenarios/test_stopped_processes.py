"""Workers that stand still for longer than their lease, and that are asked to end, while much is to be done.

Real processes: SIGSTOP and SIGCONT, SIGTERM one after the other with messages on their way. Nothing is lost, nobody
sees a message twice, and who ends leaves nothing in hand.
"""

import asyncio
import tomllib

import sandbox
from bot.accounts import accounts_of
from bot.settings import Environment, settings_of
from bot.wiring import Store, store_of
from storage import keys
from tests.scenarios.busy_desk import (
    ACCOUNTS,
    CONFIG,
    TRIAGE,
    WORKERS,
    Story,
    assert_kept,
    finish,
    kept,
    shown,
    until,
    world,
)
from tests.scenarios.coverage_checker import check
from tests.scenarios.processes import Processes
from tests.servers import short_dir

ROUNDS = 1


async def test_a_stopped_process_and_a_rolling_restart_lose_and_double_nothing() -> None:
    with short_dir() as home:
        parts = await Processes.of(home, world(), CONFIG, workers=WORKERS)
        settings = settings_of(
            Environment.of(redis_url=parts.redis.url), tomllib.loads(CONFIG), "supportbot.toml"
        )
        try:
            async with store_of(settings) as store, sandbox.Client(parts.slack_url) as people:
                policy = settings.policy
                await store.directories.put(
                    accounts_of(ACCOUNTS, policy, "accounts"), {policy.version: policy.source}
                )
                story = Story(parts, store, people, policy)
                address, *_ = await asyncio.gather(*(parts.start(name) for name in parts.bots))
                await people.set_request_url(address)
                await story.seed(60)
                for _ in range(ROUNDS):
                    await stand_still(story)
                await restart_one_by_one(story)
                cut = await finish(story)
                histories = await kept(store)
                for name in parts.bots:
                    await parts.bots[name].stop()
                messages = await shown(parts.slack_url)
        except BaseException:
            print(parts.last_words())
            raise
        finally:
            await parts.end()
    found = check(policy, histories, messages, until=cut, triage=TRIAGE)
    assert found.problems == [], found.problems[:40]
    assert_kept(story.done, histories)


async def stand_still(story: Story) -> None:
    """A worker stops with messages on their way; the other one takes over what it had; it goes on as if nothing had
    been, and must leave all of it alone."""
    parts = story.parts
    frozen, other = (parts.bots[name] for name in WORKERS)
    await other.stop()
    await story.in_the_middle_of_posts()
    frozen.freeze()
    try:
        held = await leases(story.store)
        assert held, "it was stopped with nothing in hand"
        await parts.start(WORKERS[1])
        await story.people.clear_faults()
        await asyncio.gather(
            story.act(10), until(lambda: passed_on(story.store, held), "its leases to pass on")
        )
        await story.posted(20)
    finally:
        frozen.thaw()

    async def noticed() -> bool:
        return "another worker has it" in frozen.log.read_text(errors="replace")

    await until(noticed, "the stopped worker to see that its leases are gone")


async def restart_one_by_one(story: Story) -> None:
    """Every process ends and starts again while messages are on their way and people act; who ends has nothing in
    hand any more."""
    for name in (*WORKERS, "web"):
        program = story.parts.bots[name]
        await story.in_the_middle_of_posts()
        _, _ = await asyncio.gather(program.stop(), story.act(5))
        assert program.process is not None
        assert program.process.returncode == 0, program.last_words()
        assert "is left to the next one" not in program.log.read_text(errors="replace")
        address = await story.parts.start(name)
        if name == "web":
            await story.people.set_request_url(address)
        await asyncio.gather(story.posted(20), story.act(5))


async def leases(store: Store) -> dict[bytes, bytes]:
    """Which members are held, and under which token."""
    found: dict[bytes, bytes] = {}
    for shard in range(keys.SHARDS):
        flat = await store.scripts.command("HGETALL", keys.leases(shard))
        pairs = flat.items() if isinstance(flat, dict) else zip(flat[::2], flat[1::2], strict=True)
        found |= {member: lease.partition(b"|")[0] for member, lease in pairs}
    return found


async def passed_on(store: Store, held: dict[bytes, bytes]) -> bool:
    now = await leases(store)
    return not any(now.get(member) == token for member, token in held.items())
