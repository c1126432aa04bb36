"""Records of a newer version in the same store, as in a rolling restart: put off whole, and nobody else waits."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from storage import keys
from storage.codec import SCHEMA
from tests.bot.worker_rig import ACME, GLOBEX, Rig, rig_at

ACME_SHARD = keys.shard_of("ACME")


@pytest.fixture
async def rig(empty_url: str) -> AsyncIterator[Rig]:
    async with rig_at(empty_url) as made:
        yield made


async def newer_ticket(rig: Rig, ticket: str) -> bytes:
    """The ticket's record as a newer version would write it; what it was."""
    record: bytes = await rig.scripts.command("GET", keys.ticket(ticket))
    await rig.scripts.command(
        "SET", keys.ticket(ticket), record[:8] + bytes([SCHEMA + 1]) + b"\xc1" + record[9:]
    )
    return record


async def test_a_ticket_of_a_newer_version_is_put_off_alone(rig: Rig) -> None:
    await rig.open("3", "GLOBEX")
    ticket = await rig.open("3", "ACME")
    record = await newer_ticket(rig, ticket)
    await rig.work()
    assert (len(await rig.posts(ACME)), len(await rig.posts(GLOBEX))) == (0, 1)
    assert await rig.work() == []  # put off: nobody spins on it
    rig.pass_time(seconds=29.9)
    assert await rig.work() == []
    await rig.scripts.command("SET", keys.ticket(ticket), record)
    rig.pass_time(seconds=0.1)
    await rig.work()
    assert len(await rig.posts(ACME)) == 1
    assert await rig.nothing_doubled()


async def test_an_effect_of_a_newer_version_waits_for_that_version(rig: Rig) -> None:
    ticket = await rig.open("3", "ACME")
    lane = keys.lane(ACME_SHARD, f"{ticket}:customer")
    head: bytes = await rig.scripts.command("LINDEX", lane, 0)
    pigeon = {**msgspec.msgpack.decode(head), "effect": {"type": "send_pigeon"}}
    await rig.scripts.command("LSET", lane, 0, msgspec.msgpack.encode(pigeon))
    await rig.work()
    assert await rig.posts(ACME) == []
    assert await rig.dead_letters() == []
    await rig.scripts.command("LSET", lane, 0, head)
    rig.pass_time(seconds=30)
    await rig.work()
    assert len(await rig.posts(ACME)) == 1


async def test_a_note_of_a_newer_version_stays_as_it_was(rig: Rig) -> None:
    ticket = await rig.open("3", "ACME")
    member = f"lane:{ticket}:customer"
    note = bytes([SCHEMA + 1]) + b"beyond us"
    await rig.scripts.command("HSET", keys.work(ACME_SHARD), member, note)
    assert member in await rig.work()
    assert await rig.scripts.command("HGET", keys.work(ACME_SHARD), member) == note
    assert await rig.posts(ACME) == []
    rig.pass_time(seconds=29)
    assert member not in await rig.work()
