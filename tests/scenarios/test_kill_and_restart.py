"""200 tickets on a cadence of seconds, while workers are killed, everything is restarted and Slack misbehaves.

Nothing may be lost, and nobody may see a message twice: at the end the channels are held against the timelines.
"""

import asyncio
import tomllib
from datetime import datetime

import pytest

import sandbox
from bot.accounts import accounts_of
from bot.settings import Environment, settings_of
from bot.wiring import store_of
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
    world,
)
from tests.scenarios.coverage_checker import check
from tests.scenarios.processes import Processes
from tests.servers import short_dir

SEEDED, BY_FORM = 180, 20


async def test_each_due_slot_is_covered_by_exactly_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    with short_dir() as home:
        parts = await Processes.of(home, world(), CONFIG, workers=WORKERS)
        environment = Environment.of(redis_url=parts.redis.url)
        settings = settings_of(environment, tomllib.loads(CONFIG), "supportbot.toml")
        try:
            async with store_of(settings) as store, sandbox.Client(parts.slack_url) as people:
                policy = settings.policy
                await store.directories.put(
                    accounts_of(ACCOUNTS, policy, "accounts"), {policy.version: policy.source}
                )
                story = Story(parts, store, people, policy)
                cut = await play(story)
                histories = await kept(store)
                for name in parts.bots:
                    await parts.bots[name].stop()
                    assert parts.bots[name].process.returncode == 0, parts.bots[name].last_words()  # type: ignore[union-attr]
                messages = await shown(parts.slack_url)
        except BaseException:
            print(parts.last_words())
            raise
        finally:
            await parts.end()
    assert len(histories) == SEEDED + BY_FORM
    found = check(policy, histories, messages, until=cut, triage=TRIAGE)
    played = {kind: times for kind, times in story.calls.items() if kind != "posted"}
    with capsys.disabled():
        print(f"\n{found}; faults {played}; people: {len(story.done)} things kept")
    assert found.problems == [], found.problems[:40]
    assert_kept(story.done, histories)
    assert set(played) == {"ratelimited", "lost", "drop", "status", "error", "slow"}
    assert found.in_catch_ups > 0


async def play(story: Story) -> datetime:
    """All that happens; answers with an instant, up to which every slot must be covered. Then everything is
    resolved and delivered."""
    parts, people = story.parts, story.people
    address, *_ = await asyncio.gather(*(parts.start(name) for name in parts.bots))
    await people.set_request_url(address)
    await story.misbehave(4)
    await asyncio.gather(story.seed(SEEDED), story.by_form(BY_FORM))
    assert len(story.open) == SEEDED + BY_FORM
    await asyncio.gather(story.posted(800), story.act(40))

    for name in WORKERS:
        await story.in_the_middle_of_posts()
        await parts.bots[name].kill()
        await story.misbehave(2)
        await asyncio.gather(story.posted(200), story.act(15))
        await parts.start(name)
        await asyncio.gather(story.posted(200), story.act(15))

    await story.misbehave(3)
    await story.in_the_middle_of_posts()
    await asyncio.gather(
        parts.redis.end(), *(program.kill() for program in parts.bots.values()), story.act(10)
    )
    await parts.redis.start()
    address, *_ = await asyncio.gather(*(parts.start(name) for name in parts.bots))
    await people.set_request_url(address)
    await asyncio.gather(story.posted(400), story.act(30))

    cut = await finish(story)
    await story.count_calls()
    return cut
