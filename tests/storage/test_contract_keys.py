"""Every key is declared in the table of `storage/keys.py`, and everything that the table declares is used."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from policy.outages import Recorded
from policy.transitions import resolve
from policy.uptime import Outage
from storage import keys
from storage.codec import DeadLetter, Pause, WorkNote
from storage.connect import Client
from tests.policy.samples import ENGINEER, MONDAY, account, default_policy
from tests.servers import Server, flush
from tests.storage.key_leaks import declared, rows_in_use, undeclared
from tests.storage.stores import Store

SHARD = keys.shard_of("ACME")


async def test_the_store_uses_every_key_that_is_declared(store: Store, store_servers: list[Server]) -> None:
    policy = default_policy()
    await store.directories.put({"ACME": account()}, {policy.version: policy.source})
    base = await store.opened()
    await store.changed(base, resolve(base.ticket, ENGINEER, "Fixed.", MONDAY))
    await store.opened(operation="another")
    await store.queue.put_room("C-INC", None, "ACME-1")
    await store.queue.put_room("C-TRIAGE", "1.000100", "ACME-2")
    await store.queue.heard("ACME-1", "1763734000.000100")
    await store.queue.pace("C-ACME", interval_ms=1_000, place_ms=None)
    queued = await store.queue.head(SHARD, "ACME-1:staff")
    assert queued is not None
    buried = await store.lease(SHARD, "lane:ACME-1:staff")
    letter = DeadLetter(at=MONDAY, member=buried.member, queued=queued, error="is_archived")
    await store.queue.done(buried, "ACME-1:staff", now=MONDAY, dead=letter)
    held = await store.lease(SHARD, "lane:ACME-2:staff")
    assert await store.queue.attempt(held, WorkNote(tries=1))
    for whose in (None, "ACME"):
        outages = await store.outages.of(whose)
        out = outages.record(Outage("api", MONDAY), ticket=None, by=ENGINEER, operation="out", now=MONDAY)
        assert isinstance(out, Recorded)
        await store.outages.add(outages, out)
    duties = await store.duties.of("ACME")
    await store.duties.add(duties, duties.begin(MONDAY.date(), now=MONDAY))
    await store.told.expect(SHARD, ["digest:tam:U0OMAR"], now=MONDAY)
    telling = await store.lease(SHARD, "digest:tam:U0OMAR")
    await store.told.settle(telling, MONDAY.date(), MONDAY + timedelta(days=7), now=MONDAY)
    await store.pauses.pause(Pause(since=MONDAY, by="erin"))
    assert rows_in_use(store_servers) == {row.name for row in declared()}
    assert undeclared(store_servers) == []


def test_the_table_is_read() -> None:
    rows = {row.name: (row.type, row.longest_ms) for row in declared()}
    assert rows["{sNN}:ticket:ID"] == ("string", None)
    assert rows["{sNN}:timeline:ID"] == ("stream", None)
    assert rows["{sNN}:op:OPERATION"] == ("string", keys.OPERATION_LIFE_MS)


@pytest.mark.parametrize(
    ("leak", "says"),
    [
        (lambda client: client.set("incident:1", "x"), "fits none of the keys"),
        (lambda client: client.set("{s16}:ticket:ACME-1", "x"), "fits none of the keys"),
        (lambda client: client.set("{s10}:tickets:ACME-1", "x"), "fits none of the keys"),
        (lambda client: client.set("room:C1", "x"), "fits none of the keys"),
        (lambda client: client.sadd("{s10}:open:HOOLI", "x"), "is a set, declared as zset"),
        (lambda client: client.set("{s10}:ticket:ACME-1", "x", ex=60), "declared to be for good"),
        (lambda client: client.set("{s10}:op:view-1", "x"), "lasts -1 ms, declared to last at most"),
        (lambda client: client.set("{s10}:op:view-1", "x", ex=90_000), "declared to last at most"),
    ],
)
async def test_a_leak_is_found(
    store: Store, store_servers: list[Server], leak: Callable[[Client], Any], says: str
) -> None:
    await store.opened()
    assert undeclared(store_servers) == []
    await leak(store.client)
    (fault,) = undeclared(store_servers)
    assert says in fault
    flush(*store_servers)
